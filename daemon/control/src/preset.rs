// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pumps that the core has numbers for.
//!
//! `H = a N^2 - b Q - c Q |Q|` with the head H in mmHg, the speed N in rpm, the flow Q in L/min. The coefficients are
//! engineering fits to published operating points, not bench data `[C]`: an OEM replaces them by measurements.

use crate::math::sqrt;
use ecmod_quantities::{LitresPerMinute, MmHg, Rpm};

/// Head across a patient at zero flow that the static floor is made for: mean arterial pressure 75 mmHg, central
/// venous pressure 8 mmHg `[C]`.
const ZERO_FLOW_HEAD: MmHg = MmHg(75.0 - 8.0);
/// Linear part of the resistance of a usual circuit (membrane and tubing at low flow), mmHg/(L/min) `[C]`.
const CIRCUIT_LINEAR: f64 = 11.0;
/// Quadratic part, chosen so that dQ/dN is that of the solved operating points at 2 to 5 L/min, mmHg/(L/min)^2 `[C]`.
const CIRCUIT_QUADRATIC: f64 = 13.0;

/// A pump that the core has numbers for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PumpPreset {
    /// Like a Rotaflow, also like the pump of an HLS set.
    RotaflowLike,
    /// Like a `CentriMag`.
    CentrimagLike,
    /// Like a DP3.
    Dp3Like,
}

/// Head over flow and speed of a centrifugal pump, for blood of about 3 mPa s.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadCurve {
    /// `a`: head at zero flow over speed squared, mmHg/rpm^2.
    pub shutoff: f64,
    /// `b`: linear loss, mmHg/(L/min).
    pub linear: f64,
    /// `c`: quadratic loss, mmHg/(L/min)^2.
    pub quadratic: f64,
}

impl PumpPreset {
    /// Every preset.
    pub const ALL: [Self; 3] = [Self::RotaflowLike, Self::CentrimagLike, Self::Dp3Like];

    /// The name in configuration files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RotaflowLike => "rotaflow_like",
            Self::CentrimagLike => "centrimag_like",
            Self::Dp3Like => "dp3_like",
        }
    }

    /// The preset with this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// Its head curve `[C]`.
    #[must_use]
    pub const fn curve(self) -> HeadCurve {
        match self {
            Self::RotaflowLike => HeadCurve { shutoff: 31.0e-6, linear: 5.0, quadratic: 2.4 },
            Self::CentrimagLike => HeadCurve { shutoff: 23.5e-6, linear: 3.0, quadratic: 1.8 },
            Self::Dp3Like => HeadCurve { shutoff: 6.3e-6, linear: 10.0, quadratic: 2.0 },
        }
    }

    /// The highest speed that a console usually allows `[K]`.
    #[must_use]
    pub const fn maximum_speed(self) -> Rpm {
        match self {
            Self::RotaflowLike => Rpm(5000.0),
            Self::CentrimagLike => Rpm(5500.0),
            Self::Dp3Like => Rpm(10_000.0),
        }
    }

    /// dQ/dN at a usual operating point (about 4 L/min), in (L/min)/rpm: 1.4 to 1.9 mL/min per rpm for the Rotaflow
    /// and `CentriMag` class, 0.7 to 0.8 for the DP3 `[C]`. The gains of the flow controller are stated for it.
    #[must_use]
    pub const fn nominal_sensitivity(self) -> f64 {
        match self {
            Self::RotaflowLike | Self::CentrimagLike => 1.6e-3,
            Self::Dp3Like => 0.8e-3,
        }
    }

    /// dQ/dN at this speed and flow in a usual circuit, in (L/min)/rpm, from the derivative of
    /// `a N^2 = (b + r) Q + (c + s) Q |Q|`. It is several times the nominal one near zero flow.
    #[must_use]
    pub fn sensitivity(self, speed: Rpm, flow: LitresPerMinute) -> f64 {
        let curve = self.curve();
        let slope =
            curve.linear + CIRCUIT_LINEAR + 2.0 * (curve.quadratic + CIRCUIT_QUADRATIC) * flow.abs().value();
        2.0 * curve.shutoff * speed.abs().value() / slope
    }

    /// What membrane and tubing of a usual circuit take at this flow.
    pub(crate) fn circuit_loss(self, flow: LitresPerMinute) -> MmHg {
        let q = flow.value();
        MmHg(CIRCUIT_LINEAR * q + CIRCUIT_QUADRATIC * q * q.abs())
    }

    /// The speed at which no blood runs back in a usual patient in VA support, where the head at zero flow is the
    /// difference of mean arterial and central venous pressure: about 1470, 1690 and 3260 rpm `[C]`.
    #[must_use]
    pub fn static_floor(self) -> Rpm {
        Rpm(sqrt(ZERO_FLOW_HEAD.value() / self.curve().shutoff))
    }
}

impl HeadCurve {
    /// The head at this speed and flow. For backward flow the loss changes its sign with the flow.
    #[must_use]
    pub fn head(&self, speed: Rpm, flow: LitresPerMinute) -> MmHg {
        let (n, q) = (speed.value(), flow.value());
        MmHg(self.shutoff * n * n - self.linear * q - self.quadratic * q * q.abs())
    }

    /// The flow at which the pump at this speed has this head: the inverse of [`HeadCurve::head`].
    #[must_use]
    pub fn flow(&self, speed: Rpm, head: MmHg) -> LitresPerMinute {
        let n = speed.value();
        let loss = self.shutoff * n * n - head.value();
        let (b, c) = (self.linear, self.quadratic);
        let magnitude = (sqrt(b * b + 4.0 * c * loss.abs()) - b) / (2.0 * c);
        LitresPerMinute(magnitude.copysign(loss))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_presets_meet_the_points_they_were_fitted_to() {
        let near =
            |value: f64, wanted: f64, tolerance: f64| assert!((value - wanted).abs() < tolerance, "{value}");
        let none = LitresPerMinute::ZERO;
        near(PumpPreset::RotaflowLike.curve().head(Rpm(4000.0), none).value(), 496.0, 1.0);
        near(PumpPreset::RotaflowLike.curve().head(Rpm(3750.0), LitresPerMinute(5.0)).value(), 350.0, 2.0);
        near(PumpPreset::CentrimagLike.curve().head(Rpm(5500.0), none).value(), 711.0, 1.0);
        near(PumpPreset::Dp3Like.curve().head(Rpm(10_000.0), none).value(), 630.0, 1.0);
        for (preset, floor) in PumpPreset::ALL.into_iter().zip([1470.0, 1690.0, 3260.0]) {
            near(preset.static_floor().value(), floor, 5.0);
        }
    }

    #[test]
    fn flow_is_the_inverse_of_head_in_both_directions() {
        for preset in PumpPreset::ALL {
            for flow in [-3.0, -0.1, 0.0, 0.5, 4.0, 8.0] {
                let head = preset.curve().head(Rpm(3000.0), LitresPerMinute(flow));
                assert!((preset.curve().flow(Rpm(3000.0), head).value() - flow).abs() < 1e-9);
            }
            assert_eq!(PumpPreset::from_name(preset.name()), Some(preset));
        }
    }

    #[test]
    fn the_sensitivity_is_near_that_of_the_solved_operating_points() {
        // Differences between neighbouring rows of the solved VA points of the three presets, in mL/min per rpm.
        for (preset, speed, flow, wanted) in [
            (PumpPreset::RotaflowLike, 2750.0, 2.6, 1.64),
            (PumpPreset::RotaflowLike, 3750.0, 4.2, 1.58),
            (PumpPreset::CentrimagLike, 3750.0, 3.5, 1.42),
            (PumpPreset::Dp3Like, 6500.0, 2.8, 0.73),
        ] {
            let found = preset.sensitivity(Rpm(speed), LitresPerMinute(flow)) * 1000.0;
            assert!((found / wanted - 1.0).abs() < 0.15, "{preset:?} {found} {wanted}");
        }
    }
}
