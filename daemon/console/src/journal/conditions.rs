// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the core is told of disk, clock and restarts: facts, each for as long as it is so, and an event for at least
//! [`HELD`], so that the alarm engine sees it.

use std::time::SystemTime;

use ecmod_control::{Fact, Facts};
use ecmod_quantities::{Monotonic, Span};

use super::files::Problem;
use super::keeper::{Disk, Health, Keeper};
use super::memory::Memory;
use crate::record::entry::{Entry, Event, Stamp};
use crate::record::recorder;
use crate::service::log_losses::Log;
use crate::supervision::Board;

/// How long an event is told.
pub const HELD: Span = Span::from_secs(10);
/// A step of the wall clock larger than this is a jump; time servers correct small errors by going faster or slower.
const JUMP_NS: i64 = 1_000_000_000;
/// The same over a restart of the machine, where nothing tells how long it was off: only a clock that goes back is noticed.
const BACK_NS: i64 = 60_000_000_000;
/// A disk that has not answered for so long is as good as none.
const STUCK: Span = Span::from_secs(5);
/// What a writing thread has not taken for so long it will not take: it is gone, or stuck where no disk is. It takes what there is
/// every few seconds, also while the disk fails.
const UNTAKEN: Span = Span::from_secs(15);

/// Keeps an eye on them.
#[derive(Debug)]
pub struct Conditions {
    started: Monotonic,
    is_restarted: bool,
    is_damaged: bool,
    has_lost_limits: bool,
    /// Wall clock minus monotonic clock when it was last looked.
    offset: i64,
    jumped: Option<Monotonic>,
}

/// What was found in one look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Of [`Conditions::FACTS`], those that are so.
    pub facts: Facts,
    /// The wall clock was set by so many seconds since the last look.
    pub clock_step: Option<f64>,
}

impl Conditions {
    /// The facts that are found here; all others are somebody else's.
    pub const FACTS: [Fact; 7] = [
        Fact::JournalDamaged,
        Fact::ClockJumped,
        Fact::DiskFull,
        Fact::StorageFailed,
        Fact::LogLoss,
        Fact::DaemonRestarted,
        Fact::LimitsReset,
    ];

    /// After this start.
    #[must_use]
    pub fn new(memory: &Memory) -> Self {
        let mut offset = offset(memory.now);
        let mut jumped = None;
        if let Some(saved) = memory.record.as_ref().and_then(|record| record.saved.as_ref()) {
            if saved.boot.is_same(&memory.boot) {
                // The first look compares with it.
                offset = self::offset(saved.at);
            } else if saved.at.wall_ns.saturating_sub(memory.now.wall_ns) > BACK_NS {
                jumped = Some(Monotonic(memory.now.monotonic_ns));
            }
        }
        Self {
            started: Monotonic(memory.now.monotonic_ns),
            is_restarted: memory.before.is_unclean(),
            is_damaged: memory.problems.iter().any(Problem::is_damage),
            has_lost_limits: memory.has_lost_limits(),
            offset,
            jumped,
        }
    }

    /// Looks. To be done at least every second.
    pub fn look(
        &mut self,
        now: Monotonic,
        wall: SystemTime,
        journal: &Health,
        records: &recorder::Health,
    ) -> Look {
        let clock_step = self.look_at_clock(now, wall);
        let is_start = now.since(self.started) < HELD;
        // What is damaged on the disk is whole again as soon as it has been written.
        self.is_damaged &= is_start || !journal.is_state_written;
        let is_stuck = |busy: Option<Span>| busy.is_some_and(|busy| busy >= STUCK);
        let is_untaken = |waiting: Option<Span>| waiting.is_some_and(|waiting| waiting >= UNTAKEN);
        let failing = journal.disk == Disk::Failing || records.is_failing;
        let is_so = |fact| match fact {
            Fact::JournalDamaged => self.is_damaged,
            Fact::ClockJumped => self.jumped.is_some_and(|at| now.since(at) < HELD),
            Fact::DiskFull => journal.disk == Disk::Full || records.is_full,
            Fact::StorageFailed => {
                failing
                    || is_stuck(journal.busy)
                    || is_stuck(records.busy)
                    || is_untaken(journal.waiting)
                    // Those for which there is no room wait in good order.
                    || (is_untaken(records.waiting) && !records.is_full)
            }
            Fact::LogLoss => records.is_losing,
            Fact::DaemonRestarted => self.is_restarted && is_start,
            Fact::LimitsReset => self.has_lost_limits && is_start,
            _ => false,
        };
        let facts = Self::FACTS.into_iter().filter(|fact| is_so(*fact)).fold(Facts::NONE, Facts::with);
        Look { facts, clock_step }
    }

    /// Looks, tells the core by the board, and has the alarm log say when the wall clock was set.
    pub fn tell(
        &mut self,
        now: Monotonic,
        keeper: &Keeper,
        (records, log): (&recorder::Handle, Log),
        board: &Board,
    ) {
        let mut health = records.health(now);
        health.is_losing |= log == Log::Losing;
        let look = self.look(now, SystemTime::now(), &keeper.health(now), &health);
        for fact in Self::FACTS {
            board.set(fact, look.facts.has(fact));
        }
        if let Some(step_s) = look.clock_step {
            tracing::warn!(
                event = "clock.set",
                step_s,
                "the wall clock was set by {step_s} s: times in logs before now are by the old clock"
            );
            records.note(Entry { at: Stamp::at(now), event: Event::ClockSet { step_s } });
        }
    }

    fn look_at_clock(&mut self, now: Monotonic, wall: SystemTime) -> Option<f64> {
        let offset = offset(Stamp::of(now, wall));
        let step = offset.saturating_sub(self.offset);
        self.offset = offset;
        if step.saturating_abs() < JUMP_NS {
            return None;
        }
        self.jumped = Some(now);
        // To the millisecond it fits a double for as long as there are clocks.
        #[allow(clippy::cast_precision_loss)]
        Some((step / 1_000_000) as f64 / 1000.0)
    }
}

/// Wall clock minus monotonic clock: what stays the same while both run.
fn offset(stamp: Stamp) -> i64 {
    stamp.wall_ns.saturating_sub(i64::try_from(stamp.monotonic_ns).unwrap_or(i64::MAX))
}

#[cfg(test)]
#[path = "conditions_tests.rs"]
mod tests;
