// SPDX-License-Identifier: MIT OR Apache-2.0
//! The alarms of a tick, and what an operator asks for about alarms and limits, by request or by key. Nothing here changes
//! what the pump does, but a limit that regulates and the override of interventions.

use super::keys::Key;
use super::phase::Link;
use super::{Core, advance};
use crate::alarms::Scene;
use crate::{Inputs, LimitKind, PatientClass, Refusal, Request, Role};
use ecmod_quantities::Monotonic;

/// The keys with what they ask for.
const KEYS: [(Role, Request); 3] = [
    (Role::KeyMute, Request::PauseAudio(true)),
    (Role::KeyConfirm, Request::Acknowledge(None)),
    (Role::KeyOverride, Request::Override { intervention: None, on: true }),
];

impl Core {
    /// Finds the alarms of this tick.
    pub(super) fn find_alarms(&mut self, inputs: &Inputs<'_>, now: Monotonic) {
        let scene = Scene {
            settings: &self.settings,
            outputs: &self.outputs,
            view: advance::view(&self.pipeline, &self.outputs),
            drivers: inputs.drivers,
            links: inputs.links,
            facts: inputs.facts,
            pump: matches!(self.link, Link::Present { .. }),
            drive_silent: self.line.is_silent(),
            stuck_keys: self.stuck_keys,
            now,
        };
        self.alarms.step(&scene);
        self.show_alarms();
    }

    /// Shows the alarms in the outputs.
    pub(super) fn show_alarms(&mut self) {
        self.alarms.publish(&mut self.outputs.alarms);
        self.outputs.alarm_lamp = self.alarms.lamp();
        self.outputs.alarm_sound = self.alarms.sound();
    }

    /// Lets the keys act, and notes which of them are stuck.
    pub(super) fn press_keys(&mut self, now: Monotonic) {
        let mut stuck = 0u64;
        for (index, (role, request)) in KEYS.into_iter().enumerate() {
            let Some(signal) = self.pipeline.place(role) else { continue };
            let reading = self.reading(role);
            let Some(key) = self.keys.get_mut(index) else { continue };
            let acts = key.step(&reading, now);
            if key.is_stuck(now) {
                stuck |= 1u64.wrapping_shl(u32::from(signal));
            }
            if acts {
                // None of these is ever refused.
                let _ = self.decide(request, now);
            }
        }
        self.stuck_keys = stuck;
    }

    /// Keys of which nothing is known yet.
    pub(super) const fn keys_unknown() -> [Key; KEYS.len()] {
        [Key::NEW; KEYS.len()]
    }

    pub(super) fn decide_limit(&mut self, limit: LimitKind, value: f64) -> Result<(), Refusal> {
        self.outputs.limits.set(limit, value)
    }

    /// The whole preset, at once; it was checked when the core was made.
    pub(super) fn decide_preset(&mut self, class: PatientClass) {
        self.outputs.limits = self.settings.first_limits(class);
        self.outputs.class = class;
    }

    /// What the state journal knows of alarms and limits.
    pub(super) fn recall_alarms(&mut self, memory: &crate::AlarmMemory) {
        let class = memory.class.unwrap_or(self.settings.alarms.class);
        self.outputs.class = class;
        self.outputs.limits = self.settings.first_limits(class);
        if let Some(limits) = memory.limits.filter(|limits| limits.conflict().is_none()) {
            for kind in LimitKind::ALL {
                self.outputs.limits.put(kind, limits.get(kind));
            }
        }
        self.outputs.alarms.transport = memory.transport.unwrap_or(self.settings.alarms.transport);
        self.alarms.recall(memory);
    }
}
