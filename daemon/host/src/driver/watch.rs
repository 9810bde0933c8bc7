// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a driver's thread says of itself: which call it is in, since when, and how often it has begun or ended one.

use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};

use ecmod_link::supervision::{Allowance, Nature};
use ecmod_plugin::abi;
use ecmod_quantities::{Monotonic, Span};

/// A cycle may take this much longer than its budget before the process is replaced.
const PATIENCE: u64 = 10;
/// And at least this long: a cycle of some requests to a device that answers none of them, each with its repetitions and with a line to be
/// waited out, takes a second on a machine that has too much to do, and is no hang.
const LEAST: Span = Span::from_secs(3);
/// How much longer than it means to a thread may rest between two calls.
const OVERSLEEP: Span = Span::from_secs(3);
/// The longest rest of a thread that does not say how long: waiting to load or open again.
const LONGEST_REST: Span = Span::from_secs(5);

/// What a driver's thread is doing inside the driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Loading the library.
    Load,
    /// `open` and `describe`.
    Open,
    /// `cycle`.
    Cycle,
    /// `holds_on_link_loss`.
    Ask,
    /// `close`.
    Close,
    /// `self_test`.
    SelfTest,
}

impl Call {
    const ALL: [Self; 6] = [Self::Load, Self::Open, Self::Cycle, Self::Ask, Self::Close, Self::SelfTest];

    /// The word in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Load => "loading",
            Self::Open => "open",
            Self::Cycle => "cycle",
            Self::Ask => "holds_on_link_loss",
            Self::Close => "close",
            Self::SelfTest => "self_test",
        }
    }

    /// How long it may take before the driver counts as hung.
    #[must_use]
    pub fn limit(self, cycle_budget: Span) -> Span {
        match self {
            Self::Load | Self::Open => Span(2 * abi::ECMOD_OPEN_BUDGET_NS),
            Self::Cycle | Self::Ask => Span(cycle_budget.0.saturating_mul(PATIENCE)).max(LEAST),
            Self::Close => Span(2 * abi::ECMOD_CLOSE_BUDGET_NS),
            Self::SelfTest => Span(2 * abi::ECMOD_SELF_TEST_BUDGET_NS),
        }
    }
}

/// Written by the driver's thread, read by the watchdog.
#[derive(Debug, Default)]
pub struct Watch {
    /// Start of the call, 0: none.
    since: AtomicU64,
    /// Of the call or, between two calls, of the rest; 0: not stated.
    limit: AtomicU64,
    call: AtomicU8,
    turns: AtomicU64,
    /// Its number in the kernel; 0 until its first call.
    thread: AtomicU32,
}

impl Watch {
    /// The driver is called now.
    pub fn begin(&self, call: Call, limit: Span, now: Monotonic) {
        if self.thread.load(Ordering::Relaxed) == 0 {
            let thread = rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned();
            self.thread.store(thread, Ordering::Relaxed);
        }
        self.call.store(call as u8, Ordering::Relaxed);
        self.limit.store(limit.0, Ordering::Relaxed);
        self.since.store(now.0.max(1), Ordering::Release);
        self.turns.fetch_add(1, Ordering::Release);
    }

    /// It came back.
    pub fn end(&self) {
        self.limit.store(0, Ordering::Relaxed);
        self.since.store(0, Ordering::Release);
        self.turns.fetch_add(1, Ordering::Release);
    }

    /// It rests now, and begins its next call after this time.
    pub fn rest(&self, rest: Span) {
        self.limit.store(rest.0.saturating_add(OVERSLEEP.0), Ordering::Relaxed);
    }

    /// How often it has begun or ended a call.
    #[must_use]
    pub fn turns(&self) -> u64 {
        self.turns.load(Ordering::Acquire)
    }

    /// What it is given for what it does now.
    #[must_use]
    pub fn allowance(&self) -> Allowance {
        let limit = Span(self.limit.load(Ordering::Relaxed));
        let is_inside = self.since.load(Ordering::Acquire) != 0;
        let nature = if is_inside { Nature::Foreign } else { Nature::Steady };
        let rest = Span(LONGEST_REST.0.saturating_add(OVERSLEEP.0));
        Allowance { limit: if limit == Span::ZERO { rest } else { limit }, nature }
    }

    /// Its number in the kernel, once it has made a call.
    #[must_use]
    pub fn thread(&self) -> Option<u32> {
        Some(self.thread.load(Ordering::Relaxed)).filter(|thread| *thread != 0)
    }

    /// The call that it is in, for the log.
    #[must_use]
    pub fn doing(&self) -> &'static str {
        match self.since.load(Ordering::Acquire) {
            0 => "its rest between two calls",
            _ => Call::ALL
                .get(usize::from(self.call.load(Ordering::Relaxed)))
                .map_or("a call", |call| call.name()),
        }
    }

    /// The call that has lasted too long, and for how long.
    #[must_use]
    pub fn hung(&self, now: Monotonic) -> Option<(Call, Span)> {
        let since = self.since.load(Ordering::Acquire);
        let lasted = now.since(Monotonic(since));
        if since == 0 || lasted.0 <= self.limit.load(Ordering::Relaxed) {
            return None;
        }
        let call = Call::ALL.get(usize::from(self.call.load(Ordering::Relaxed))).copied()?;
        // it may have come back, and even begun another call, while we looked
        (self.since.load(Ordering::Acquire) == since).then_some((call, lasted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_hung_only_beyond_its_limit_and_while_it_lasts() {
        let watch = Watch::default();
        let at = |ms| Monotonic(5).plus(Span::from_millis(ms));
        assert_eq!(watch.hung(at(10_000)), None);
        watch.begin(Call::Cycle, Call::Cycle.limit(Span::from_millis(20)), at(0));
        assert_eq!(watch.hung(at(3000)), None);
        assert_eq!(watch.hung(at(3001)), Some((Call::Cycle, Span::from_millis(3001))));
        watch.end();
        assert_eq!(watch.hung(at(5000)), None);
    }

    #[test]
    fn a_call_has_its_limit_and_a_rest_the_time_that_it_means_to_take() {
        let watch = Watch::default();
        assert_eq!((watch.thread(), watch.turns()), (None, 0));
        watch.begin(Call::Cycle, Span::from_secs(1), Monotonic(5));
        let inside = Allowance { limit: Span::from_secs(1), nature: Nature::Foreign };
        assert_eq!((watch.allowance(), watch.doing(), watch.turns()), (inside, "cycle", 1));
        watch.end();
        let back_off = Allowance { limit: Span::from_secs(8), nature: Nature::Steady };
        assert_eq!((watch.allowance(), watch.turns()), (back_off, 2));
        watch.rest(Span::from_millis(20));
        assert_eq!(watch.allowance().limit, Span::from_millis(3020));
        assert!(watch.thread().is_some());
    }

    #[test]
    fn a_slow_driver_has_more_patience_than_a_fast_one() {
        assert_eq!(Call::Cycle.limit(Span::from_millis(5)), Span::from_secs(3));
        assert_eq!(Call::Cycle.limit(Span::from_millis(500)), Span::from_secs(5));
    }
}
