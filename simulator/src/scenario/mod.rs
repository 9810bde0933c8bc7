// SPDX-License-Identifier: MIT OR Apache-2.0
//! What happens when: one format for the real-time simulator and for the in-process harness.
//!
//! ```
//! let scenario = ecmod_sim::scenario::Scenario::parse(r#"
//!     title = "Suction"
//!     duration_s = 60
//!
//!     [circuit]
//!     support = "va"
//!     pump = "rotaflow_like"
//!
//!     [[events]]
//!     at_s = 1
//!     action = { start = true, mode = "flow", flow = 4.0 }
//!
//!     [[events]]
//!     at_s = 30
//!     for_s = 10
//!     fault = { kind = "hypovolaemia", venous_return_l_min = 2.5 }
//! "#).unwrap();
//! assert_eq!(scenario.events.len(), 2);
//! ```

mod effects;
mod event;
mod fault;
mod player;
mod possible;

pub use effects::Effects;
pub use event::{Action, Event, OperatorMode, PatientChange};
pub use fault::{EVERY_LINE, Fault};
pub use player::{Due, Player};

use crate::circuit::{
    Blood, DrainageCannula, HandClamp, Membrane, PumpPreset, ReturnCannula, Settings, Support,
};
use serde::{Deserialize, Serialize};
use std::path::Path;
use thiserror::Error;

/// Why a scenario cannot be played.
#[derive(Debug, Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("scenario {path}: {source}")]
    Read {
        /// Which file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// It is not TOML, or has keys or values that do not exist.
    #[error("scenario: {0}")]
    Syntax(#[from] toml::de::Error),
    /// An event is impossible.
    #[error("scenario, event {number} (at {at_s} s): {reason}")]
    Event {
        /// Counted from 1.
        number: usize,
        /// When it would happen.
        at_s: f64,
        /// Why it cannot.
        reason: String,
    },
}

/// A scenario file.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it shows, in a line.
    pub title: String,
    /// How long it runs; without it the simulator goes on until it is ended.
    pub duration_s: Option<f64>,
    /// What the circuit is built of.
    #[serde(default)]
    pub circuit: CircuitTable,
    /// What happens; in any order.
    #[serde(default)]
    pub events: Vec<Event>,
}

/// `[circuit]`: what is left out is that of the usual circuit for this kind of support.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CircuitTable {
    /// `va` or `vv`.
    #[serde(default)]
    pub support: Support,
    /// The pump head.
    #[serde(default)]
    pub pump: PumpPreset,
    /// The cannula that drains.
    pub drainage: Option<DrainageCannula>,
    /// The cannula that returns.
    #[serde(rename = "return")]
    pub back: Option<ReturnCannula>,
    /// The membrane lung.
    pub membrane: Option<Membrane>,
    /// What is pumped.
    pub blood: Option<Blood>,
    /// The clamp on the return line.
    pub clamp: Option<HandClamp>,
}

impl CircuitTable {
    /// The circuit that this describes.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let usual = Settings::of(self.support, self.pump);
        Settings {
            drainage: self.drainage.unwrap_or(usual.drainage),
            back: self.back.unwrap_or(usual.back),
            membrane: self.membrane.unwrap_or(usual.membrane),
            blood: self.blood.unwrap_or(usual.blood),
            clamp: self.clamp.unwrap_or(usual.clamp),
            ..usual
        }
    }
}

impl Scenario {
    /// Reads a scenario from text.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = toml::from_str(text)?;
        for (number, event) in (1..).zip(&scenario.events) {
            event.check().map_err(|reason| ScenarioError::Event { number, at_s: event.at_s, reason })?;
        }
        Ok(scenario)
    }

    /// Reads a scenario file.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn load(path: &Path) -> Result<Self, ScenarioError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ScenarioError::Read { path: path.display().to_string(), source })?;
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_scenario_is_playable() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
        let mut count = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let scenario =
                Scenario::load(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert!(!scenario.title.is_empty() && !scenario.events.is_empty(), "{}", path.display());
            count += 1;
        }
        assert!(count >= 5, "{count} scenarios");
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let refused = |text: &str| Scenario::parse(text).unwrap_err().to_string();
        assert!(refused("title = 'x'\nduration = 3").contains("duration"));
        let event = |rest: &str| format!("title = 'x'\n[[events]]\nat_s = 3\n{rest}");
        assert!(refused(&event("")).contains("event 1 (at 3 s): an event has exactly one"));
        assert!(refused(&event("fault = { kind = 'nosie', line = '*' }")).contains("nosie"));
        assert!(refused(&event("fault = { kind = 'echo', line = 'pump' }")).contains("no line \"pump\""));
        assert!(refused(&event("for_s = 3\naction = { start = true }")).contains("for_s"));
        assert!(refused(&event("action = { flow = 'much' }")).contains("much"));
    }

    #[test]
    fn the_circuit_table_replaces_only_what_it_names() {
        let scenario = Scenario::parse("title = 'x'\n[circuit]\nsupport = 'vv'\nreturn = '19fr'").unwrap();
        let settings = scenario.circuit.settings();
        assert_eq!(settings.back, ReturnCannula::Fr19);
        assert_eq!(settings.drainage, DrainageCannula::Fr25);
    }
}
