// SPDX-License-Identifier: MIT OR Apache-2.0
//! One thing that happens: a fault, a change of the patient, or something the operator does.

use super::Fault;
use crate::circuit::HandClamp;
use crate::line::names;
use ecmod_quantities::{LitresPerMinute, MmHg};
use serde::{Deserialize, Serialize};

/// Something that happens at a time: exactly one of a fault, a change of the patient, or an action of the operator.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When, in seconds from the start.
    pub at_s: f64,
    /// How long a fault lasts; to the end without it.
    pub for_s: Option<f64>,
    /// What goes wrong.
    pub fault: Option<Fault>,
    /// What changes in the patient.
    pub patient: Option<PatientChange>,
    /// What the operator does.
    pub action: Option<Action>,
}

/// A change of the patient; what is left out stays.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatientChange {
    /// Mean arterial pressure.
    pub arterial_mmhg: Option<f64>,
    /// Central venous pressure.
    pub venous_mmhg: Option<f64>,
    /// Half the pulse pressure of the native heart.
    pub pulse_mmhg: Option<f64>,
    /// Beats per minute.
    pub heart_rate: Option<f64>,
    /// The flow above which the vein collapses.
    pub venous_return_l_min: Option<f64>,
    /// The clamp on the return line.
    pub clamp: Option<HandClamp>,
}

impl PatientChange {
    /// Makes the change.
    pub const fn apply(&self, circuit: &mut crate::circuit::Circuit) {
        let patient = circuit.patient_mut();
        if let Some(value) = self.arterial_mmhg {
            patient.arterial = MmHg(value);
        }
        if let Some(value) = self.venous_mmhg {
            patient.venous = MmHg(value);
        }
        if let Some(value) = self.pulse_mmhg {
            patient.pulse = MmHg(value);
        }
        if let Some(value) = self.heart_rate {
            patient.heart_rate = value;
        }
        if let Some(value) = self.venous_return_l_min {
            patient.venous_return = LitresPerMinute(value);
        }
        if let Some(clamp) = self.clamp {
            circuit.set_clamp(clamp);
        }
    }
}

/// Something the operator does; parts in the order of the fields.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// Begins support.
    #[serde(default)]
    pub start: bool,
    /// The pump's speed setpoint, rpm.
    pub speed: Option<f64>,
    /// The flow setpoint, L/min.
    pub flow: Option<f64>,
    /// The mode.
    pub mode: Option<OperatorMode>,
    /// The sweep gas setpoint, L/min.
    pub sweep_gas: Option<f64>,
    /// Stops the pump, in both steps.
    #[serde(default)]
    pub stop: bool,
}

/// The modes an operator can choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperatorMode {
    /// Speed setpoint.
    Speed,
    /// Flow setpoint.
    Flow,
    /// Closed loop to 0 L/min.
    ZeroFlow,
}

impl OperatorMode {
    /// The name on D-Bus and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Speed => "speed",
            Self::Flow => "flow",
            Self::ZeroFlow => "zero_flow",
        }
    }
}

impl Event {
    pub(super) fn check(&self) -> Result<(), String> {
        if !(0.0..=1e9).contains(&self.at_s) {
            return Err("at_s is not a time".into());
        }
        match (&self.fault, &self.patient, &self.action) {
            (Some(fault), None, None) => fault.check(&names::ALL)?,
            (None, Some(_), None) | (None, None, Some(_)) if self.for_s.is_some() => {
                return Err("for_s belongs to a fault".into());
            }
            (None, Some(_), None) | (None, None, Some(_)) => {}
            _ => return Err("an event has exactly one of fault, patient, action".into()),
        }
        match self.for_s {
            Some(seconds) if !(0.0..=1e9).contains(&seconds) => Err("for_s is not a duration".into()),
            _ => Ok(()),
        }
    }
}
