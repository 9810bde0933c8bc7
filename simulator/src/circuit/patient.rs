// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the circuit is connected to: pressures at both ends, and a vein that can collapse.
//!
//! # Words
//! - **Venous return**: the flow at which the vein at the cannula's tip is about to collapse; more cannot be drained,
//!   however fast the pump turns.
//! - **Transmural pressure**: inside less outside of the vein. Below 0 the wall closes on the cannula.

use super::vein::Vein;
use ecmod_quantities::{LitresPerMinute, MmHg};
use serde::{Deserialize, Serialize};

/// Where the blood is returned to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Support {
    /// Veno-arterial: against mean arterial pressure.
    #[default]
    Va,
    /// Veno-venous: against central venous pressure.
    Vv,
}

/// The patient's side of the circuit; may change while it runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Patient {
    /// Where the blood is returned to.
    pub support: Support,
    /// Mean arterial pressure.
    pub arterial: MmHg,
    /// Central venous pressure, with the drainage stopped.
    pub venous: MmHg,
    /// The largest flow that can be drained before the vein collapses.
    pub venous_return: LitresPerMinute,
    /// Half the arterial pulse pressure of the native heart (0 to 40 mmHg); felt in VA only.
    pub pulse: MmHg,
    /// Beats per minute of the native heart.
    pub heart_rate: f64,
}

impl Patient {
    /// Well filled: far above what any cannula drains, so that the vein adds next to nothing to the cannula's loss
    /// (which, measured in vivo, contains the normal vein already).
    pub const REPLETE: LitresPerMinute = LitresPerMinute(80.0);

    /// An adult on VA support: MAP 75, CVP 8 mmHg, a heart that does not eject.
    pub const VA: Self = Self {
        support: Support::Va,
        arterial: MmHg(75.0),
        venous: MmHg(8.0),
        venous_return: Self::REPLETE,
        pulse: MmHg(0.0),
        heart_rate: 70.0,
    };
    /// An adult on VV support: CVP 8 mmHg at both ends.
    pub const VV: Self = Self { support: Support::Vv, ..Self::VA };

    /// Mean pressure at the tip of the return cannula.
    #[must_use]
    pub const fn back_pressure(&self) -> MmHg {
        match self.support {
            Support::Va => self.arterial,
            Support::Vv => self.venous,
        }
    }

    /// Pressure at the tip of the return cannula at this time of the simulation.
    pub(super) fn back_pressure_at(&self, time_s: f64) -> f64 {
        let mean = self.back_pressure().value();
        if self.support == Support::Vv || self.pulse.value() <= 0.0 {
            return mean;
        }
        mean + self.pulse.value() * (core::f64::consts::TAU * time_s * self.heart_rate / 60.0).sin()
    }

    /// Resistance from the large veins to the cannula's tip, in mmHg per L/min: it uses up the whole of CVP when
    /// flow reaches the venous return.
    pub(super) fn inflow_resistance(&self) -> f64 {
        (self.venous.value() - Vein::COLLAPSE_BELOW).max(0.5) / self.venous_return.value().max(0.2)
    }
}
