// SPDX-License-Identifier: MIT OR Apache-2.0
//! The life of one alarm, after IEC 60601-1-8.
//!
//! ```text
//!            condition        delay over: announced            condition gone
//!   Clear ------------> Pending ---------> Shown(Present) ---------------------> Shown(Leaving)
//!     ^  <-- gone -------'                   |   ^  ^  '--- it comes back ------------'  |
//!     |                 raised: announced ---'   |  |                                    | clear time over
//!     |                                          |  '-- delay over: announced -----.     |
//!     '-- acknowledged or reset -- Shown(Gone) <-+--- latching, or high and unseen -+----+
//!     '----------------------------------------- else ------------------------------ ----'
//! ```
//!
//! Of some kinds the times add up (`adds_up`): what is gone before its delay is over stays Pending for a hundred times as long as it was there, and
//! what was there counts when it comes again. Something that happens again and again is told as if it lasted.
//!
//! The boxes are [`Life`] and [`Condition`]. What is announced is heard, whatever was acknowledged or paused before: the
//! alarm itself, its coming again after it was gone, and the rise of its priority. What comes back within its clear time is
//! the same alarm: it is counted, and not announced.

use super::definition::BEFORE_RESTART;
use super::{AlarmCause, Definition, Priority};
use ecmod_quantities::{Monotonic, Span};

/// How long a lower priority must last before it counts: a value at a limit must not make the priority flicker.
const LOWERING: Span = Span::from_secs(5);

/// What a condition finds: the case in which the alarm has its special priority, or the usual one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Finding {
    pub(super) priority: Priority,
    pub(super) cause: AlarmCause,
}

/// Where an alarm is in its life.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Life {
    /// Its condition is not present.
    Clear,
    /// Its condition is present, and its delay is not over.
    Pending {
        /// Since when; later by what an absence has taken away.
        since: Monotonic,
        /// Since when it is absent, of a kind whose times add up.
        missed: Option<Monotonic>,
        /// The lowest that was found: what is announced.
        priority: Priority,
    },
    /// It was announced.
    Shown(Shown),
}

/// An alarm that was announced.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shown {
    pub(super) priority: Priority,
    pub(super) acknowledged: bool,
    pub(super) paused: bool,
    /// It had high priority, and nobody has acknowledged it since.
    pub(super) unseen_high: bool,
    pub(super) announced: Monotonic,
    pub(super) occurrences: u32,
    pub(super) cause: AlarmCause,
    pub(super) condition: Condition,
}

/// Whether the condition of an announced alarm lasts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Condition {
    /// It lasts. Another priority than the one in force is found, and since when.
    Present { other: Option<(Priority, Monotonic)> },
    /// It is gone, and the clear time is not over.
    Leaving { until: Monotonic },
    /// It is gone, and the alarm stays until somebody acknowledges or resets it. It may be coming again.
    Gone { again: Option<Monotonic> },
}

/// The times that count for an alarm, from its definition and the settings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) delay: Span,
    pub(super) clear: Span,
    pub(super) latching: bool,
    pub(super) adds_up: bool,
}

/// An absence takes away a hundredth of its length of what adds up.
const TAKEN_AWAY: u64 = 100;

impl Times {
    pub(super) fn of(definition: &Definition, delay_percent: u8) -> Self {
        let delay = Span(definition.delay.0.saturating_mul(u64::from(delay_percent)) / 100);
        let Definition { clear, latching, adds_up, .. } = *definition;
        Self { delay, clear, latching, adds_up }
    }
}

/// What an absence takes away of the time that was there before.
const fn taken_away(absent: Monotonic, now: Monotonic) -> Span {
    Span(now.since(absent).0 / TAKEN_AWAY)
}

impl Life {
    /// Goes on by what the condition finds now. Whether something is announced.
    pub(super) fn step(&mut self, found: Option<Finding>, times: Times, now: Monotonic) -> bool {
        match (&mut *self, found) {
            (Self::Clear, None) => false,
            (Self::Clear, Some(finding)) => {
                *self = Self::Pending { since: now, missed: None, priority: finding.priority };
                self.announce_if_due(finding, times, now)
            }
            (Self::Pending { since, missed, .. }, None) => {
                let absent = missed.unwrap_or(now);
                if times.adds_up && taken_away(absent, now) < absent.since(*since) {
                    *missed = Some(absent);
                } else {
                    *self = Self::Clear;
                }
                false
            }
            (Self::Pending { since, missed, priority }, Some(finding)) => {
                if let Some(absent) = missed.take() {
                    *since = since.plus(now.since(absent)).plus(taken_away(absent, now));
                }
                *priority = finding.priority.min(*priority);
                self.announce_if_due(finding, times, now)
            }
            (Self::Shown(shown), Some(finding)) => shown.found(finding, times, now),
            (Self::Shown(shown), None) => {
                if shown.missed(times, now) {
                    *self = Self::Clear;
                }
                false
            }
        }
    }

    fn announce_if_due(&mut self, finding: Finding, times: Times, now: Monotonic) -> bool {
        let Self::Pending { since, priority, .. } = *self else { return false };
        if now.since(since) < times.delay {
            return false;
        }
        *self = Self::Shown(Shown {
            priority,
            acknowledged: false,
            paused: false,
            unseen_high: priority == Priority::High,
            announced: now,
            occurrences: 1,
            cause: finding.cause,
            condition: Condition::Present { other: None },
        });
        true
    }

    /// An alarm that was present before a restart: it leaves unless its condition is found again.
    pub(super) const fn recalled(
        priority: Priority,
        acknowledged: bool,
        cause: AlarmCause,
        now: Monotonic,
        until: Monotonic,
    ) -> Self {
        Self::Shown(Shown {
            priority,
            acknowledged,
            paused: false,
            unseen_high: matches!(priority, Priority::High) && !acknowledged,
            announced: now,
            occurrences: 1,
            cause,
            condition: Condition::Leaving { until },
        })
    }

    /// Somebody has seen it. Whether there was something to see.
    pub(super) fn acknowledge(&mut self) -> bool {
        let Self::Shown(shown) = self else { return false };
        if matches!(shown.condition, Condition::Gone { .. }) {
            *self = shown.dismissed();
        } else {
            shown.acknowledged = true;
            shown.unseen_high = false;
        }
        true
    }

    /// Somebody resets it. `None` if it is not shown, else whether its condition is gone, so that it left.
    pub(super) fn reset(&mut self) -> Option<bool> {
        let Self::Shown(shown) = self else { return None };
        let gone = !matches!(shown.condition, Condition::Present { .. });
        if gone {
            *self = shown.dismissed();
        }
        Some(gone)
    }

    /// Keeps it silent, or no longer.
    pub(super) const fn pause(&mut self, paused: bool) {
        if let Self::Shown(shown) = self {
            shown.paused = paused;
        }
    }

    /// Whether its condition was found the last time: then it is gone only beyond its hysteresis.
    pub(super) const fn is_present(&self) -> bool {
        match self {
            Self::Clear => false,
            Self::Pending { missed, .. } => missed.is_none(),
            Self::Shown(shown) => {
                matches!(shown.condition, Condition::Present { .. } | Condition::Gone { again: Some(_) })
            }
        }
    }

    /// Whether it was announced and its condition lasts, or has left only just now.
    pub(super) const fn is_active(&self) -> bool {
        matches!(
            self,
            Self::Shown(Shown { condition: Condition::Present { .. } | Condition::Leaving { .. }, .. })
        )
    }
}

impl Shown {
    /// What is left when nobody has to see it any more: a condition that is coming again keeps the time that it has had.
    const fn dismissed(&self) -> Life {
        match self.condition {
            Condition::Gone { again: Some(since) } => {
                Life::Pending { since, missed: None, priority: Priority::High }
            }
            Condition::Gone { again: None } | Condition::Leaving { .. } | Condition::Present { .. } => {
                Life::Clear
            }
        }
    }

    /// The condition is found. Whether something is announced.
    fn found(&mut self, finding: Finding, times: Times, now: Monotonic) -> bool {
        match self.condition {
            Condition::Present { other } => self.follow(finding, other, times, now),
            Condition::Leaving { .. } => {
                // After a restart its cause is known only now, and it is the same occurrence.
                if self.cause.word == BEFORE_RESTART {
                    self.cause = finding.cause;
                } else {
                    self.occurrences = self.occurrences.saturating_add(1);
                }
                self.condition = Condition::Present { other: None };
                self.follow(finding, None, times, now)
            }
            Condition::Gone { again } => {
                let since = again.unwrap_or(now);
                if now.since(since) < times.delay {
                    self.condition = Condition::Gone { again: Some(since) };
                    return false;
                }
                self.occurrences = self.occurrences.saturating_add(1);
                self.condition = Condition::Present { other: None };
                self.announce(finding.priority, finding.cause, now)
            }
        }
    }

    /// It lasts: its priority rises after its delay, and falls after a while.
    fn follow(
        &mut self,
        finding: Finding,
        other: Option<(Priority, Monotonic)>,
        times: Times,
        now: Monotonic,
    ) -> bool {
        if finding.priority == self.priority {
            self.condition = Condition::Present { other: None };
            return false;
        }
        let rises = finding.priority > self.priority;
        let same_way = other.filter(|(priority, _)| (*priority > self.priority) == rises);
        // Of several priorities on this way, the nearest counts.
        let (target, since) = same_way.map_or((finding.priority, now), |(priority, since)| {
            let nearer = if rises { priority.min(finding.priority) } else { priority.max(finding.priority) };
            (nearer, since)
        });
        self.condition = Condition::Present { other: Some((target, since)) };
        let wait = if rises { times.delay } else { LOWERING };
        if now.since(since) < wait {
            return false;
        }
        self.condition = Condition::Present { other: None };
        if rises {
            return self.announce(target, finding.cause, now);
        }
        (self.priority, self.cause) = (target, finding.cause);
        false
    }

    const fn announce(&mut self, priority: Priority, cause: AlarmCause, now: Monotonic) -> bool {
        self.priority = priority;
        self.cause = cause;
        self.announced = now;
        (self.acknowledged, self.paused) = (false, false);
        self.unseen_high |= matches!(priority, Priority::High);
        true
    }

    /// The condition is not found. Whether the alarm leaves.
    fn missed(&mut self, times: Times, now: Monotonic) -> bool {
        if let Condition::Present { .. } = self.condition {
            self.condition = Condition::Leaving { until: now.plus(times.clear) };
        }
        match self.condition {
            Condition::Leaving { until } if now < until => false,
            Condition::Leaving { .. } | Condition::Present { .. } => {
                self.condition = Condition::Gone { again: None };
                !(times.latching || self.unseen_high)
            }
            Condition::Gone { .. } => {
                self.condition = Condition::Gone { again: None };
                false
            }
        }
    }

    /// Whether it sounds.
    pub(super) const fn sounds(&self) -> bool {
        let lasts = matches!(self.condition, Condition::Present { .. } | Condition::Leaving { .. });
        lasts && !self.acknowledged && !self.paused
    }

    /// Whether it is gone and stays.
    pub(super) const fn is_gone(&self) -> bool {
        matches!(self.condition, Condition::Gone { .. })
    }

    /// Whether it is seen at its priority: while its condition lasts, and until it is acknowledged.
    pub(super) const fn lights(&self) -> bool {
        !self.is_gone() || !self.acknowledged
    }
}

#[cfg(test)]
#[path = "instance_tests.rs"]
mod tests;
