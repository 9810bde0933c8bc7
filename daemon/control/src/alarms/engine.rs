// SPDX-License-Identifier: MIT OR Apache-2.0
//! The alarm engine: what is found becomes alarms, and what an operator does about them.
//!
//! It owns the life of every alarm that can be (`slots`), and the pause of the sound. It never decides whether a condition is
//! present (`conditions`), what an alarm is like (`catalogue`), or how alarms are ordered (`ranking`); and nothing it does
//! reaches the pump.
//!
//! - **Acknowledged**: silent for as long as it lasts, at this priority.
//! - **Audio paused**: those that were there are silent for a time; new ones, and those that rise in priority, are not.
//! - **Alarm off**: a kind is not announced below high priority, until it is switched on again.
//! - **Latched**: its condition is gone; it is silent, and stays until somebody acknowledges or resets it.

use super::conditions;
use super::definition::BEFORE_RESTART;
use super::instance::{Condition, Life, Shown, Times};
use super::scene::{Scene, Sink};
use super::slots::{SLOTS, every, slot};
use super::{
    Alarm, AlarmCause, AlarmKind, AlarmMemory, AlarmSettings, AlarmTable, AudioState, KeptAlarm, Priority,
    ranking,
};
use crate::{Annunciation, Refusal};
use ecmod_quantities::{Monotonic, Span};

/// After a restart, the time in which a condition must be found again for its alarm to be the same.
const FOUND_AGAIN: Span = Span::from_secs(10);

/// The engine.
#[derive(Debug, Clone)]
pub(crate) struct Engine {
    lives: [Life; SLOTS],
    memory: conditions::Memory,
    off: super::AlarmSet,
    paused_until: Option<Monotonic>,
    announced: u64,
    /// What was present before a restart, until the first tick.
    kept: Option<[Option<KeptAlarm>; super::ALARMS_KEPT]>,
}

impl Engine {
    #[allow(clippy::large_stack_arrays)] // once, when a core is made: there is no heap to build it on
    pub(crate) const fn new() -> Self {
        Self {
            lives: [Life::Clear; SLOTS],
            memory: conditions::Memory::NEW,
            off: super::AlarmSet::NONE,
            paused_until: None,
            announced: 0,
            kept: None,
        }
    }

    /// What was present before a restart goes on: it is the same alarm if its condition is found again.
    pub(crate) fn recall(&mut self, memory: &AlarmMemory) {
        self.off = memory
            .off
            .kinds()
            .filter(|kind| kind.definition().may_be_off)
            .fold(super::AlarmSet::NONE, super::AlarmSet::with);
        self.paused_until = memory.paused_until;
        self.kept = Some(memory.alarms);
    }

    /// One tick.
    #[allow(clippy::large_stack_arrays)] // less than a kilobyte
    pub(crate) fn step(&mut self, scene: &Scene<'_>) {
        let now = scene.now;
        let settings = &scene.settings.alarms;
        self.revive(settings, now);
        // A pause never lasts longer than one that would begin now.
        if self.paused_until.is_some_and(|until| now >= until || until > now.plus(settings.audio_pause)) {
            self.pause(false, settings, now);
        }
        let mut found = [false; SLOTS];
        let mut sink = Sink {
            lives: &mut self.lives,
            found: &mut found,
            off: self.off,
            delay_percent: settings.delay_percent,
            now,
            announced: &mut self.announced,
        };
        self.memory.find(scene, &mut sink);
        for ((life, found), alarm) in self.lives.iter_mut().zip(found).zip(every()) {
            if !found && *life != Life::Clear {
                let times = Times::of(alarm.kind.definition(), settings.delay_percent);
                life.step(None, times, now);
            }
        }
    }

    fn revive(&mut self, settings: &AlarmSettings, now: Monotonic) {
        let Some(kept) = self.kept.take() else { return };
        for KeptAlarm { alarm, priority, acknowledged } in kept.into_iter().flatten() {
            let highest = alarm.kind.definition().priorities.highest();
            if let Some(life) = slot(alarm).and_then(|index| self.lives.get_mut(index)) {
                let until = now.plus(FOUND_AGAIN);
                let cause = AlarmCause::word(BEFORE_RESTART);
                *life = Life::recalled(priority.min(highest), acknowledged, cause, now, until);
            }
        }
        let paused =
            self.paused_until.is_some_and(|until| now < until && until <= now.plus(settings.audio_pause));
        for life in &mut self.lives {
            life.pause(paused);
        }
    }

    /// Shows everything.
    pub(crate) fn publish(&self, table: &mut AlarmTable) {
        table.audio = match self.paused_until {
            Some(until) => AudioState::Paused { until },
            None => AudioState::On,
        };
        table.announced = self.announced;
        table.off = self.off;
        let seen = |shown: &&Shown| shown.unseen_high;
        table.unreviewed_high =
            self.shown().map(|(_, shown)| shown).filter(seen).fold(0u16, |count, _| count.saturating_add(1));
        (table.list, table.more) = ranking::rank(self.shown());
    }

    /// What the lamps show: the highest priority whose condition lasts, or that nobody has acknowledged.
    pub(crate) fn lamp(&self) -> Annunciation {
        self.loudest(Shown::lights)
    }

    /// What the sounder sounds.
    pub(crate) fn sound(&self) -> Annunciation {
        self.loudest(Shown::sounds)
    }

    fn loudest(&self, counts: impl Fn(&Shown) -> bool) -> Annunciation {
        let counted = self.shown().map(|(_, shown)| shown).filter(|shown| counts(shown));
        counted.map(|shown| shown.priority).max().map_or(Annunciation::None, Priority::annunciation)
    }

    fn shown(&self) -> impl Iterator<Item = (Alarm, &Shown)> + Clone {
        every().zip(&self.lives).filter_map(|(alarm, life)| match life {
            Life::Shown(shown) => Some((alarm, shown)),
            Life::Clear | Life::Pending { .. } => None,
        })
    }

    /// Somebody has seen one alarm, or all of them.
    pub(crate) fn acknowledge(&mut self, alarm: Option<Alarm>) -> Result<(), Refusal> {
        match alarm {
            None => {
                for life in &mut self.lives {
                    life.acknowledge();
                }
                Ok(())
            }
            Some(alarm) if self.life(alarm).is_some_and(Life::acknowledge) => Ok(()),
            Some(alarm) => Err(Refusal::NoSuchAlarm(alarm)),
        }
    }

    /// Lets an alarm leave whose condition is gone, or all of these.
    pub(crate) fn reset(&mut self, alarm: Option<Alarm>) -> Result<(), Refusal> {
        match alarm {
            None => {
                for life in &mut self.lives {
                    if matches!(life, Life::Shown(shown) if shown.is_gone()) {
                        life.reset();
                    }
                }
                Ok(())
            }
            Some(alarm) => match self.life(alarm).and_then(Life::reset) {
                Some(true) => Ok(()),
                Some(false) => Err(Refusal::AlarmPresent(alarm)),
                None => Err(Refusal::NoSuchAlarm(alarm)),
            },
        }
    }

    /// Begins a pause of the sound, or ends it.
    pub(crate) fn pause(&mut self, on: bool, settings: &AlarmSettings, now: Monotonic) {
        self.paused_until = on.then(|| now.plus(settings.audio_pause));
        for life in &mut self.lives {
            life.pause(on);
        }
    }

    /// Switches a kind off, or on again. What is there of it below high priority leaves.
    pub(crate) fn switch_off(&mut self, kind: AlarmKind, off: bool) -> Result<(), Refusal> {
        if !kind.definition().may_be_off {
            return Err(Refusal::AlarmStaysOn(kind));
        }
        self.off = if off { self.off.with(kind) } else { self.off.without(kind) };
        for (life, alarm) in self.lives.iter_mut().zip(every()) {
            let high = matches!(life, Life::Shown(Shown { priority: Priority::High, .. }));
            if off && alarm.kind == kind && !high {
                *life = Life::Clear;
            }
        }
        Ok(())
    }

    fn life(&mut self, alarm: Alarm) -> Option<&mut Life> {
        slot(alarm).and_then(|index| self.lives.get_mut(index))
    }
}

impl Shown {
    pub(super) const fn phase(&self) -> super::AlarmPhase {
        match self.condition {
            Condition::Present { .. } | Condition::Leaving { .. } => super::AlarmPhase::Active,
            Condition::Gone { .. } => super::AlarmPhase::Latched,
        }
    }
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
