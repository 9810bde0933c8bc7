// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the estimators say, in one place: [`Estimates`]. All of it is advisory.

use ecmod_quantities::{LitresPerMinute, MmHg, Rpm};

/// What the estimators say. `None` where what they need is missing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimates {
    /// How far the measured flow lies from the one that speed and head give, in percent of the latter, averaged over
    /// some seconds; positive if more is measured. `None` near zero flow, where a percentage says nothing.
    pub flow_deviation: Option<f64>,
    /// Suction: how much the drainage pressure chatters between 1 and 8 Hz, as a standard deviation.
    pub venous_chatter: Option<MmHg>,
    /// Suction: the same of the flow.
    pub flow_chatter: Option<LitresPerMinute>,
    /// The speed at which nothing flows, as far as it has been learnt.
    pub zero_flow_speed: Option<Rpm>,
    /// The floor in force: of the settings, raised to what was learnt within bounds.
    pub floor: Rpm,
    /// The membrane.
    pub membrane: MembraneEstimate,
    /// By signal index, a bit each: its value has not moved although it should have.
    pub frozen: u64,
    /// By signal index, a bit each: it contradicts another signal.
    pub disagrees: u64,
    /// By signal index, a bit each: it jumps about faster than is physically possible, again and again.
    pub erratic: u64,
}

/// The resistance of the membrane: the way to see a clot or an ageing coating grow.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MembraneEstimate {
    /// The pressure drop over the membrane.
    pub drop: Option<MmHg>,
    /// Its resistance at low flow, in mmHg/(L/min): `r1` of `dP = r1 (Q + 0.1 Q^2)`, smoothed over half a minute.
    pub resistance: Option<f64>,
    /// What the resistance was in the first hours of the membrane.
    pub baseline: Option<f64>,
    /// The resistance over its baseline: 1.0 for a membrane as it was.
    pub ratio: Option<f64>,
    /// By how much the ratio has risen within the last hour.
    pub rise_per_hour: Option<f64>,
}

impl Estimates {
    pub(crate) const fn none(floor: Rpm) -> Self {
        Self {
            flow_deviation: None,
            venous_chatter: None,
            flow_chatter: None,
            zero_flow_speed: None,
            floor,
            membrane: MembraneEstimate {
                drop: None,
                resistance: None,
                baseline: None,
                ratio: None,
                rise_per_hour: None,
            },
            frozen: 0,
            disagrees: 0,
            erratic: 0,
        }
    }
}
