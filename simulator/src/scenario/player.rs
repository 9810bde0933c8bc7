// SPDX-License-Identifier: MIT OR Apache-2.0
//! Hands out a scenario's events in time.

use super::{Action, Fault, PatientChange, Scenario};
use crate::words::u64_of;
use ecmod_quantities::Span;
use std::collections::VecDeque;

/// Something that is due. `event` numbers the events of the scenario, so that an end finds its beginning.
#[derive(Debug, Clone, PartialEq)]
pub enum Due {
    /// A fault begins.
    Begin {
        /// Which event.
        event: usize,
        /// What goes wrong.
        fault: Fault,
    },
    /// A fault ends.
    End {
        /// Which event.
        event: usize,
    },
    /// The patient changes.
    Patient(PatientChange),
    /// The operator acts.
    Act(Action),
}

/// A scenario being played.
#[derive(Debug, Clone, Default)]
pub struct Player {
    pending: VecDeque<(Span, Due)>,
}

impl Player {
    /// From its beginning.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        let at = |seconds: f64| Span(u64_of(seconds * 1e9));
        let mut pending = Vec::new();
        for (index, event) in scenario.events.iter().enumerate() {
            if let Some(fault) = &event.fault {
                pending.push((at(event.at_s), Due::Begin { event: index, fault: fault.clone() }));
                if let Some(seconds) = event.for_s {
                    pending.push((at(event.at_s + seconds), Due::End { event: index }));
                }
            } else if let Some(change) = event.patient {
                pending.push((at(event.at_s), Due::Patient(change)));
            } else if let Some(action) = event.action {
                pending.push((at(event.at_s), Due::Act(action)));
            }
        }
        pending.sort_by_key(|(at, _)| *at);
        Self { pending: pending.into() }
    }

    /// The next thing that is due at `now`.
    pub fn next_due(&mut self, now: Span) -> Option<Due> {
        if self.pending.front()?.0 > now {
            return None;
        }
        self.pending.pop_front().map(|(_, due)| due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_in_time_and_faults_end() {
        let scenario = Scenario::parse(
            "title = 'x'\n\
             [[events]]\nat_s = 5\naction = { start = true }\n\
             [[events]]\nat_s = 1\nfor_s = 2\nfault = { kind = 'drive_alarm', code = 0x30 }\n",
        )
        .unwrap();
        let mut player = Player::new(&scenario);
        assert_eq!(player.next_due(Span::from_millis(999)), None);
        assert!(matches!(player.next_due(Span::from_secs(1)), Some(Due::Begin { event: 1, .. })));
        assert_eq!(player.next_due(Span::from_secs(1)), None);
        assert_eq!(player.next_due(Span::from_secs(3)), Some(Due::End { event: 1 }));
        assert!(matches!(player.next_due(Span::from_secs(9)), Some(Due::Act(Action { start: true, .. }))));
        assert_eq!(player.next_due(Span::from_secs(99)), None);
    }
}
