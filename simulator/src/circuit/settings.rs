// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a circuit is built of, and what may be wrong with it.

use super::parts::QuadraticLoss;
use super::{
    Blood, DrainageCannula, GasSupply, Membrane, Oxygen, Patient, PumpPreset, ReturnCannula, Support,
};
use ecmod_quantities::Celsius;
use serde::{Deserialize, Serialize};

/// What a circuit is built of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// The pump head.
    pub pump: PumpPreset,
    /// The cannula that drains.
    pub drainage: DrainageCannula,
    /// The cannula that returns.
    pub back: ReturnCannula,
    /// The membrane lung.
    pub membrane: Membrane,
    /// What is pumped.
    pub blood: Blood,
    /// Whom it is connected to.
    pub patient: Patient,
    /// The clamp on the return line.
    pub clamp: HandClamp,
}

impl Settings {
    /// VA: 23 Fr drainage, 17 Fr return, Quadrox-like membrane.
    #[must_use]
    pub const fn va(pump: PumpPreset) -> Self {
        Self {
            pump,
            drainage: DrainageCannula::Fr23,
            back: ReturnCannula::Fr17,
            membrane: Membrane::QuadroxLike,
            blood: Blood { viscosity: 3.0, density: 1.05 },
            patient: Patient::VA,
            clamp: HandClamp::ByPerfusionist,
        }
    }

    /// VV: 25 Fr drainage, 21 Fr return, Quadrox-like membrane.
    #[must_use]
    pub const fn vv(pump: PumpPreset) -> Self {
        Self {
            drainage: DrainageCannula::Fr25,
            back: ReturnCannula::Fr21,
            patient: Patient::VV,
            ..Self::va(pump)
        }
    }

    /// The usual circuit for this kind of support.
    #[must_use]
    pub const fn of(support: Support, pump: PumpPreset) -> Self {
        match support {
            Support::Va => Self::va(pump),
            Support::Vv => Self::vv(pump),
        }
    }
}

/// The clamp on the return line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandClamp {
    /// Opened as soon as the pump holds the back pressure, shut when it has stopped: what a
    /// perfusionist does at every start, so that a standing pump does not bleed the patient backwards.
    #[default]
    ByPerfusionist,
    /// Never closed.
    Open,
    /// Closed.
    Closed,
}

/// Which side of the pump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Site {
    /// Between patient and pump.
    Drainage,
    /// Between membrane and patient.
    Return,
}

/// What is wrong with the circuit.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Condition {
    /// Fraction of the drainage line's area that is closed, 0 to 1.
    pub occluded_drainage: f64,
    /// Fraction of the return line's area that is closed, 0 to 1.
    pub occluded_return: f64,
    /// Fraction of the membrane that is clotted, 0 to 0.95.
    pub clot: f64,
    /// A line has come off.
    pub disconnected: Option<Site>,
    /// The gas supply.
    pub gas: GasSupply,
    /// Whether it carries oxygen.
    pub oxygen: Oxygen,
    /// The magnetic coupling between motor and rotor has let go.
    pub decoupled: bool,
    /// The drive's heat sink is this hot, whatever the load.
    pub drive_temperature: Option<Celsius>,
    /// How much of the pump head a thrombus has taken, 0 to 1.
    pub pump_thrombus: f64,
}

/// The loss of a line whose area is closed by `fraction`, beyond its open loss: grows with `1/area^2` `[C]`.
pub(super) fn occlusion(fraction: f64) -> QuadraticLoss {
    let open = 1.0 - fraction.clamp(0.0, 0.999);
    let factor = open.powi(-2) - 1.0;
    QuadraticLoss::new(0.5, 1.5).times(factor)
}
