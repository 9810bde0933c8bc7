// SPDX-License-Identifier: MIT OR Apache-2.0
//! The passive parts: cannulae, membrane, tubing. Each gives a pressure loss and its slope at a flow.
//!
//! Fits of domain physics 4.2 and 4.3 `[C]`: in-vivo losses for drainage cannulae, water data less 12 % flow for
//! return cannulae, clinical pressure drops for membranes.

use serde::{Deserialize, Serialize};

/// A passive part: pressure falls with flow, symmetrically for reverse flow.
pub(super) trait Loss {
    /// Pressure lost in mmHg at a flow in L/min.
    fn drop(&self, flow: f64) -> f64;
    /// Its derivative, in mmHg per L/min; never negative.
    fn slope(&self, flow: f64) -> f64;
}

/// `k |Q|^n`, with the sign of Q.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PowerLoss {
    k: f64,
    n: f64,
}

impl Loss for PowerLoss {
    fn drop(&self, flow: f64) -> f64 {
        self.k * flow.abs().powf(self.n).copysign(flow)
    }
    fn slope(&self, flow: f64) -> f64 {
        self.k * self.n * flow.abs().powf(self.n - 1.0)
    }
}

/// `r1 Q + r2 Q |Q|`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct QuadraticLoss {
    r1: f64,
    r2: f64,
}

impl QuadraticLoss {
    /// With these coefficients, in mmHg per L/min and mmHg per (L/min)^2.
    pub(super) const fn new(r1: f64, r2: f64) -> Self {
        Self { r1, r2 }
    }

    /// Every loss multiplied.
    pub(super) const fn times(self, factor: f64) -> Self {
        Self { r1: self.r1 * factor, r2: self.r2 * factor }
    }
}

impl Loss for QuadraticLoss {
    fn drop(&self, flow: f64) -> f64 {
        self.r1 * flow + self.r2 * flow * flow.abs()
    }
    fn slope(&self, flow: f64) -> f64 {
        self.r1 + 2.0 * self.r2 * flow.abs()
    }
}

/// The cannula in the vein: `k Q^1.8`, in vivo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DrainageCannula {
    /// 19 Fr.
    #[serde(rename = "19fr")]
    Fr19,
    /// 21 Fr.
    #[serde(rename = "21fr")]
    Fr21,
    /// 23 Fr.
    #[serde(rename = "23fr")]
    Fr23,
    /// 25 Fr.
    #[serde(rename = "25fr")]
    Fr25,
}

impl DrainageCannula {
    pub(super) const fn loss(self) -> PowerLoss {
        let k = match self {
            Self::Fr19 => 16.0,
            Self::Fr21 => 10.2,
            Self::Fr23 => 6.8,
            Self::Fr25 => 5.1,
        };
        PowerLoss { k, n: 1.8 }
    }
}

/// The cannula that returns blood: `k Q^1.75`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReturnCannula {
    /// 15 Fr.
    #[serde(rename = "15fr")]
    Fr15,
    /// 17 Fr.
    #[serde(rename = "17fr")]
    Fr17,
    /// 19 Fr.
    #[serde(rename = "19fr")]
    Fr19,
    /// 21 Fr.
    #[serde(rename = "21fr")]
    Fr21,
    /// 23 Fr.
    #[serde(rename = "23fr")]
    Fr23,
}

impl ReturnCannula {
    pub(super) const fn loss(self) -> PowerLoss {
        let k = match self {
            Self::Fr15 => 20.6,
            Self::Fr17 => 11.9,
            Self::Fr19 => 7.3,
            Self::Fr21 => 4.7,
            Self::Fr23 => 3.2,
        };
        PowerLoss { k, n: 1.75 }
    }
}

/// The membrane lung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Membrane {
    /// Quadrox-D class: 39 mmHg at 4 L/min.
    #[default]
    QuadroxLike,
    /// HLS class: 21 mmHg at 4 L/min.
    HlsLike,
}

impl Membrane {
    /// The loss when `clot` (0.0 clean to 0.95) of the area is closed: resistance grows with `1/(1-f)^2` `[S103 form]`.
    pub(super) fn loss(self, clot: f64) -> QuadraticLoss {
        let clean = match self {
            Self::QuadroxLike => QuadraticLoss { r1: 7.0, r2: 0.7 },
            Self::HlsLike => QuadraticLoss { r1: 3.5, r2: 0.45 },
        };
        clean.times((1.0 - clot.clamp(0.0, 0.95)).powi(-2))
    }
}

/// 2 to 3 m of 3/8 inch tubing, all of it on the return side.
pub(super) const TUBING: QuadraticLoss = QuadraticLoss { r1: 4.0, r2: 0.6 };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cannulae_meet_their_anchors() {
        // 25 Fr reaches -100 mmHg at 5.5 L/min in vivo from CVP 10, 23 Fr at 4.7 (S95).
        assert!((DrainageCannula::Fr25.loss().drop(5.5) - 110.0).abs() < 4.0);
        assert!((DrainageCannula::Fr23.loss().drop(4.7) - 110.0).abs() < 4.0);
        // 15 Fr: 100 mmHg at 2.8 L/min of water, 12 % less of blood (S99).
        assert!((ReturnCannula::Fr15.loss().drop(2.8 * 0.88) - 100.0).abs() < 3.0);
    }

    #[test]
    fn membranes_meet_clinical_pressure_drops_and_clot_raises_them() {
        assert!((Membrane::QuadroxLike.loss(0.0).drop(4.0) - 39.2).abs() < 0.1);
        assert!((Membrane::HlsLike.loss(0.0).drop(4.0) - 21.2).abs() < 0.1);
        assert!((Membrane::HlsLike.loss(0.5).drop(4.0) / 21.2 - 4.0).abs() < 1e-9);
    }

    #[test]
    fn losses_are_odd_and_their_slope_is_the_derivative() {
        for loss in [&DrainageCannula::Fr19.loss() as &dyn Loss, &ReturnCannula::Fr23.loss(), &TUBING] {
            for flow in [-5.0, -0.5, 0.7, 4.0] {
                assert!((loss.drop(flow) + loss.drop(-flow)).abs() < 1e-12);
                let numeric = (loss.drop(flow + 1e-5) - loss.drop(flow - 1e-5)) / 2e-5;
                assert!((numeric - loss.slope(flow)).abs() < 1e-3, "{flow}");
            }
        }
    }
}
