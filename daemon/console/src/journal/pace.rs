// SPDX-License-Identifier: MIT OR Apache-2.0
//! When a state is worth writing. Flash wears out, so only what an operator changed, and what must end in time, is written at
//! once; alarms that come and go, and what a controller or an estimator moves by itself, are written now and then.

use ecmod_control::{AlarmMemory, EstimatorMemory, InterventionMemory, Kept, Mode, Resume};
use ecmod_quantities::{Monotonic, Rpm, Span};

use super::record::{Record, Saved};
use crate::record::entry::Stamp;

/// How far a controller's or an estimator's speed must have moved to be written anew, and how long after the last time.
const MOVED: Rpm = Rpm(20.0);
const SELDOM: Span = Span::from_secs(10);
/// By how much a membrane's resistance must have changed to be written anew.
const CHANGED: f64 = 0.02;
/// Alarms that come and go, and interventions that act and ease, are written so long after the last time.
const SOON: Span = Span::from_secs(1);

/// What was written last, and when.
#[derive(Debug)]
pub struct Pace {
    last: Option<(Resume, Monotonic)>,
    origin: Saved,
}

impl Pace {
    /// What the journal holds already, and what is to be written beside the state: the boot, the names, and a time that is
    /// replaced by that of each record.
    #[must_use]
    pub fn knowing(record: Option<&Record>, origin: Saved) -> Self {
        Self { last: record.map(|record| (record.state, Monotonic(0))), origin }
    }

    /// The record to write now, if it is time to write one.
    pub fn due(&mut self, state: Resume, now: Monotonic) -> Option<Record> {
        if let Some((last, at)) = &self.last
            && !is_worth_writing(last, &state, now.since(*at))
        {
            return None;
        }
        self.last = Some((state, now));
        Some(self.record(state, now))
    }

    /// The record to write before the end: whatever is not written yet.
    #[must_use]
    pub fn overdue(&self, state: Resume, now: Monotonic) -> Option<Record> {
        self.last.is_none_or(|(last, _)| last != state).then(|| self.record(state, now))
    }

    fn record(&self, state: Resume, now: Monotonic) -> Record {
        let saved = Saved { at: Stamp::at(now), ..self.origin.clone() };
        Record { state, saved: Some(saved), limits_lost: false }
    }
}

fn is_worth_writing(last: &Resume, new: &Resume, after: Span) -> bool {
    let same_otherwise = Resume {
        speed: last.speed,
        estimators: last.estimators,
        alarms: AlarmMemory { alarms: last.alarms.alarms, ..new.alarms },
        interventions: without_easing(&new.interventions),
        ..*new
    } == Resume { interventions: without_easing(&last.interventions), ..*last };
    let operators_speed = new.mode == Mode::Speed && new.speed != last.speed;
    let comes_and_goes = new.alarms.alarms != last.alarms.alarms || new.interventions != last.interventions;
    !same_otherwise
        || operators_speed
        || takes_anew(&last.interventions, &new.interventions)
        || (comes_and_goes && after >= SOON)
        || (after >= SELDOM
            && (has_moved(last.speed, new.speed) || has_learnt(&last.estimators, &new.estimators)))
}

/// Whether an intervention has taken another speed than the one that is written. That the pump is there again may wait: who resumes with a
/// speed that is owed no more finds the pump there, and forgets it.
fn takes_anew(last: &InterventionMemory, new: &InterventionMemory) -> bool {
    let before = |memory: &InterventionMemory| memory.undisturbed.or(memory.eased).map(|before| before.speed);
    match (before(last), before(new)) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(last), Some(new)) => has_moved(last, new),
    }
}

/// An intervention acts and eases in turn while a pressure lies at its limit; its end stays the same.
fn without_easing(interventions: &InterventionMemory) -> InterventionMemory {
    let mut plain = InterventionMemory { undisturbed: None, eased: None, ..*interventions };
    for kept in &mut plain.kept {
        if let Kept::Eased { since, ends } = *kept {
            *kept = Kept::Begun { since, ends };
        }
    }
    plain
}

fn has_moved(last: Rpm, new: Rpm) -> bool {
    (new - last).abs() >= MOVED
}

fn has_learnt(last: &EstimatorMemory, new: &EstimatorMemory) -> bool {
    let floor = match (last.zero_flow_speed, new.zero_flow_speed) {
        (Some(last), Some(new)) => has_moved(last, new),
        (last, new) => last.is_some() != new.is_some(),
    };
    let membrane = match (last.membrane_baseline, new.membrane_baseline) {
        (Some(last), Some(new)) => (new - last).abs() >= CHANGED * last.abs(),
        (last, new) => last.is_some() != new.is_some(),
    };
    floor || membrane
}

#[cfg(test)]
#[path = "pace_tests.rs"]
mod tests;
