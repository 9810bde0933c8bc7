// SPDX-License-Identifier: MIT OR Apache-2.0
//! When a state is worth writing. Flash wears out, so only what an operator changed is written at once; the speed that a
//! controller moves by itself is written now and then.

use ecmod_control::{Mode, Resume};
use ecmod_quantities::{Monotonic, Rpm, Span};

use super::record::Record;

/// How far a controller's speed must have moved to be written anew, and how long after the last time.
const MOVED: Rpm = Rpm(20.0);
const SELDOM: Span = Span::from_secs(10);

/// What was written last, and when.
#[derive(Debug, Default)]
pub struct Pace {
    last: Option<(Record, Monotonic)>,
}

impl Pace {
    /// What the journal holds already.
    #[must_use]
    pub fn knowing(record: Option<Record>) -> Self {
        Self { last: record.map(|record| (record, Monotonic(0))) }
    }

    /// The record to write now, if it is time to write one.
    pub fn due(&mut self, state: Resume, now: Monotonic) -> Option<Record> {
        let record = record(state);
        if let Some((last, at)) = self.last
            && !is_worth_writing(&last, &record, now.since(at))
        {
            return None;
        }
        self.last = Some((record, now));
        Some(record)
    }

    /// The record to write before the end: whatever is not written yet.
    #[must_use]
    pub fn overdue(&self, state: Resume) -> Option<Record> {
        let record = record(state);
        self.last.is_none_or(|(last, _)| last != record).then_some(record)
    }
}

const fn record(state: Resume) -> Record {
    Record {
        mode: state.mode,
        speed: state.speed,
        flow: state.flow,
        sweep_gas_flow: state.sweep_gas_flow,
        supporting: state.supporting,
    }
}

fn is_worth_writing(last: &Record, new: &Record, after: Span) -> bool {
    let same_otherwise = Record { speed: last.speed, ..*new } == *last;
    if !same_otherwise {
        return true;
    }
    match new.mode {
        Mode::Speed => new.speed != last.speed,
        Mode::Flow | Mode::ZeroFlow => (new.speed - last.speed).abs() >= MOVED && after >= SELDOM,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecmod_quantities::LitresPerMinute;

    fn state(mode: Mode, rpm: f64) -> Resume {
        Resume { flow: LitresPerMinute(4.0), supporting: true, ..Resume::at(mode, Rpm(rpm)) }
    }

    const fn at(seconds: u64) -> Monotonic {
        Monotonic(seconds * 1_000_000_000)
    }

    #[test]
    fn what_an_operator_changes_is_written_at_once() {
        let mut pace = Pace::default();
        assert!(pace.due(state(Mode::Speed, 3000.0), at(0)).is_some());
        assert!(pace.due(state(Mode::Speed, 3000.0), at(1)).is_none());
        assert!(pace.due(state(Mode::Speed, 3001.0), at(1)).is_some());
        assert!(pace.due(state(Mode::Flow, 3001.0), at(1)).is_some());
        let stopped = Resume { supporting: false, ..state(Mode::Flow, 3001.0) };
        assert!(pace.due(stopped, at(1)).is_some());
        assert!(pace.due(Resume { flow: LitresPerMinute(4.1), ..stopped }, at(1)).is_some());
    }

    #[test]
    fn a_speed_that_a_controller_moves_is_written_now_and_then() {
        let mut pace = Pace::default();
        let written = (0..6000_u32)
            .filter(|tick| {
                let now = Monotonic(u64::from(*tick) * 10_000_000);
                pace.due(state(Mode::Flow, 3000.0 + f64::from(*tick)), now).is_some()
            })
            .count();
        assert_eq!(written, 6, "a minute at 100 Hz: the first, and one each ten seconds");
    }
}
