// SPDX-License-Identifier: MIT OR Apache-2.0
//! The mock's interventions: what a test says they are, and the override.

use std::{fs::File, io::Write as _, os::fd::OwnedFd};

use super::console::{Fault, change};
use super::{Shared, lock, model::Model};
use crate::{Maybe, Recording};

/// How long the mock's override lasts, in ns.
pub(super) const OVERRIDE: u64 = 300_000_000_000;

/// Names and actions.
pub(super) const KINDS: [(&str, &str); 9] = [
    ("gross_air", "zero_flow"),
    ("suction", "alarm_only"),
    ("venous_pressure_low", "regulate"),
    ("pre_membrane_pressure_high", "regulate"),
    ("arterial_pressure_high", "regulate"),
    ("backflow", "raise"),
    ("level_low", "lower_to_floor"),
    ("clamp_mismatch", "alarm_only"),
    ("sweep_gas_lost", "alarm_only"),
];

/// One invented intervention.
#[derive(Debug, Clone, PartialEq)]
pub struct MockIntervention {
    /// A word of the contract.
    pub state: &'static str,
    /// When active began, in ns; 0 unless it is.
    pub since: u64,
    /// When active or overridden ends, in ns; 0 otherwise.
    pub ends: u64,
    /// What set it off: value, limit, unit.
    pub trigger: Option<(f64, f64, &'static str)>,
    /// Words of the contract.
    pub corroboration: Vec<&'static str>,
    /// A word of the contract; empty unless inhibited.
    pub inhibit_reason: &'static str,
    /// In rpm.
    pub bound: Option<f64>,
    /// How often it has acted.
    pub count: u64,
    /// What it recorded, newest first: what is known of it, and what is in it.
    pub recordings: Vec<(Recording, Vec<u8>)>,
}

impl MockIntervention {
    pub(super) fn idle(action: &str) -> Self {
        Self {
            state: if action == "alarm_only" { "alarm_only" } else { "watching" },
            since: 0,
            ends: 0,
            trigger: None,
            corroboration: Vec::new(),
            inhibit_reason: "",
            bound: None,
            count: 0,
            recordings: Vec::new(),
        }
    }
}

impl Model {
    /// Overrides one or all, or lets them act again.
    pub(super) fn override_interventions(&mut self, name: Option<&str>, on: bool) {
        let until = self.monotonic.saturating_add(OVERRIDE);
        for (kind, intervention) in &mut self.interventions {
            let meant = name.is_none_or(|name| name == *kind);
            match (meant, on, intervention.state) {
                (true, true, _) => {
                    intervention.state = "overridden";
                    intervention.since = 0;
                    intervention.ends = until;
                    intervention.bound = None;
                }
                (true, false, "overridden") => {
                    let action =
                        KINDS.iter().find(|(known, _)| known == kind).map_or("", |(_, action)| action);
                    intervention.state = MockIntervention::idle(action).state;
                    intervention.ends = 0;
                }
                _ => {}
            }
        }
    }
}

pub(super) struct Intervention {
    pub(super) name: &'static str,
    pub(super) action: &'static str,
    pub(super) model: Shared,
}

impl Intervention {
    fn look<T: Default>(&self, look: impl FnOnce(&MockIntervention) -> T) -> T {
        lock(&self.model).interventions.get(self.name).map(look).unwrap_or_default()
    }
}

#[zbus::interface(name = "org.ecmod.Intervention1")]
impl Intervention {
    #[zbus(name = "Override")]
    fn override_(&self) -> Result<(), Fault> {
        change(&self.model, |model| {
            model.override_interventions(Some(self.name), true);
            Ok(())
        })
    }

    fn release_override(&self) -> Result<(), Fault> {
        change(&self.model, |model| {
            model.override_interventions(Some(self.name), false);
            Ok(())
        })
    }

    #[zbus(out_args("records"))]
    fn records(&self) -> Vec<Recording> {
        self.look(|own| own.recordings.iter().map(|(recording, _)| recording.clone()).collect())
    }

    #[zbus(out_args("file"))]
    fn open_record(&self, number: u64) -> Result<zbus::OwnedFd, Fault> {
        let found =
            self.look(|own| own.recordings.iter().find(|(recording, _)| recording.number == number).cloned());
        let Some((_, content)) = found else {
            let reason = format!("There is no recording {number}. [ecmod.refused.no_such_record]");
            return Err(Fault::Refused(reason));
        };
        let file = readable(&content).map_err(|error| Fault::Unavailable(error.to_string()))?;
        Ok(zbus::OwnedFd::from(file))
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn name(&self) -> &str {
        self.name
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn description(&self) -> &str {
        "An invented intervention"
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn action(&self) -> &str {
        self.action
    }
    #[zbus(property)]
    fn state(&self) -> &str {
        self.look(|own| own.state)
    }
    #[zbus(property)]
    fn since(&self) -> u64 {
        self.look(|own| own.since)
    }
    #[zbus(property)]
    fn ends(&self) -> u64 {
        self.look(|own| own.ends)
    }
    #[zbus(property(emits_changed_signal = "false"))]
    fn remaining(&self) -> Maybe {
        let now = lock(&self.model).monotonic;
        let seconds = |ends: u64| std::time::Duration::from_nanos(ends.saturating_sub(now)).as_secs_f64();
        self.look(|own| Maybe((own.ends > 0).then(|| seconds(own.ends))))
    }
    #[zbus(property)]
    fn trigger_present(&self) -> bool {
        self.look(|own| own.trigger.is_some())
    }
    #[zbus(property)]
    fn trigger_value(&self) -> Maybe {
        self.look(|own| Maybe(own.trigger.map(|(value, ..)| value)))
    }
    #[zbus(property)]
    fn trigger_limit(&self) -> Maybe {
        self.look(|own| Maybe(own.trigger.map(|(_, limit, _)| limit)))
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn trigger_unit(&self) -> &str {
        self.look(|own| own.trigger.map_or("", |(.., unit)| unit))
    }
    #[zbus(property)]
    fn triggered_at(&self) -> u64 {
        self.look(|own| if own.trigger.is_some() { own.since } else { 0 })
    }
    #[zbus(property)]
    fn corroboration(&self) -> Vec<&str> {
        self.look(|own| own.corroboration.clone())
    }
    #[zbus(property)]
    fn inhibit_reason(&self) -> &str {
        self.look(|own| own.inhibit_reason)
    }
    #[zbus(property(emits_changed_signal = "false"))]
    fn floor(&self) -> Maybe {
        Maybe((self.action != "alarm_only").then_some(1450.0))
    }
    #[zbus(property(emits_changed_signal = "false"))]
    fn bound(&self) -> Maybe {
        self.look(|own| Maybe(own.bound))
    }
    #[zbus(property)]
    fn longest_duration(&self) -> u64 {
        if self.action == "alarm_only" { 0 } else { 30_000_000_000 }
    }
    #[zbus(property)]
    fn count(&self) -> u64 {
        self.look(|own| own.count)
    }
}

/// A file with this content, open for reading at its beginning.
fn readable(content: &[u8]) -> std::io::Result<OwnedFd> {
    let file = tempfile::NamedTempFile::new()?;
    file.as_file().write_all(content)?;
    Ok(File::open(file.path())?.into())
}
