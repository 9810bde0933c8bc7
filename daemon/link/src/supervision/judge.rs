// SPDX-License-Identifier: MIT OR Apache-2.0
//! When a thread that does not count its turns is hung. Pure: what is known is passed in.
//!
//! ```text
//!            turns stand still for half the limit            ... for the limit, and the kernel says:
//!   Moves -----------------------------------> Doubtful --- it sleeps and has not run once ---> Hung(Asleep)
//!     ^                                          |  |  |---- it used a processor all along ----> Hung(Spins)
//!     |          a turn                          |  |  '---- it has ended ---------------------> Hung(Ended)
//!     +------------------------------------------+  +------ it was starved, it ran, it waits for a disk, or nothing:
//!                                                           Doubtful, for as long as that is so
//! ```
//!
//! A look that comes late means that the judge itself did not run: whatever kept it, kept the thread too. The thread then has its whole
//! limit again.

use super::account::{Account, Scheduling};
use ecmod_quantities::{Monotonic, Span};

/// Looks that are farther apart than this are a standstill of the judge's.
pub const STANDSTILL: Span = Span::from_millis(500);
/// A thread that had a processor for at least this share of the time, one part in so many, was not starved: it had time for far more
/// than a turn.
const OWN_SHARE: u64 = 20;

/// What is ordinary for a thread while it has nothing to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// It turns by itself, whatever happens: one that runs now and then is alive, and its counting is at fault.
    Steady,
    /// It is inside somebody else's code, which may run and sleep as it likes without ever coming back.
    Foreign,
    /// It writes to disks, which may take as long as they like.
    Disk,
}

/// What a thread is given for its present turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// How long it may take.
    pub limit: Span,
    /// What is ordinary for it meanwhile.
    pub nature: Nature,
}

/// What is known of a thread after a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It turns.
    Moves,
    /// It has not turned for more than half of its limit. One symptom: worth a word, and nothing else.
    Doubtful,
    /// Two symptoms.
    Hung(Hang),
}

/// How it hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hang {
    /// It waits and is not woken.
    Asleep,
    /// It computes and does not come to an end.
    Spins,
    /// It is no more.
    Ended,
}

impl Hang {
    /// The words in logs.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Asleep => "it waits and nothing wakes it",
            Self::Spins => "it computes and comes to no end",
            Self::Ended => "it has ended",
        }
    }
}

/// The judge of one thread.
#[derive(Debug, Clone)]
pub struct Judge {
    turns: u64,
    since: Monotonic,
    looked: Monotonic,
    /// The kernel's account when the suspicion began, and when that was.
    suspected: Option<(Account, Monotonic)>,
}

impl Judge {
    /// A thread at the first look.
    #[must_use]
    pub const fn new(turns: u64, now: Monotonic) -> Self {
        Self { turns, since: now, looked: now, suspected: None }
    }

    /// One look: how often the thread has turned, what it is given for the turn that it is at, and, asked only under suspicion, the
    /// kernel's account of it.
    pub fn look(
        &mut self,
        turns: u64,
        allowance: Allowance,
        now: Monotonic,
        account: impl FnOnce() -> Option<Account>,
    ) -> Verdict {
        let stood_still = now.since(self.looked) > STANDSTILL;
        self.looked = now;
        if turns != self.turns || stood_still {
            self.turns = turns;
            self.begin_anew(now);
            return Verdict::Moves;
        }
        let still = now.since(self.since);
        if still < Span(allowance.limit.0 / 2) {
            return Verdict::Moves;
        }
        let Some(account) = account() else { return Verdict::Doubtful };
        let Some((before, at)) = self.suspected else {
            self.suspected = Some((account, now));
            return Verdict::Doubtful;
        };
        if still < allowance.limit {
            return Verdict::Doubtful;
        }
        match second_symptom(allowance.nature, before, account, now.since(at)) {
            Some(hang) => Verdict::Hung(hang),
            None => Verdict::Doubtful,
        }
    }

    /// Forgets all suspicion: the thread has its whole limit from now on.
    pub const fn begin_anew(&mut self, now: Monotonic) {
        self.since = now;
        self.suspected = None;
    }

    /// How long the thread has not turned.
    #[must_use]
    pub const fn still(&self, now: Monotonic) -> Span {
        now.since(self.since)
    }
}

fn second_symptom(nature: Nature, before: Account, account: Account, over: Span) -> Option<Hang> {
    let processor = account.processor_ns.saturating_sub(before.processor_ns);
    let is_fed = processor >= over.0 / OWN_SHARE;
    let ran = account.switches != before.switches;
    match (account.scheduling, nature) {
        (Scheduling::Ended, _) => Some(Hang::Ended),
        // Ready, and with a processor: it computes. Without one it is starved.
        (Scheduling::Ready, _) => is_fed.then_some(Hang::Spins),
        // One that wakes now and then and does not turn: alive, if it is ours.
        (Scheduling::Asleep, Nature::Steady | Nature::Disk) => (!ran).then_some(Hang::Asleep),
        (Scheduling::Asleep | Scheduling::InKernel, Nature::Foreign) => Some(Hang::Asleep),
        (Scheduling::InKernel, Nature::Steady) => (!ran).then_some(Hang::Asleep),
        (Scheduling::InKernel, Nature::Disk) => None,
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
