// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a driver's thread says of itself: which call it is in, since when, whether it is inside a function of this host there, and how often any of
//! that has changed.
//!
//! # Whose time it is
//! A call has a limit for the driver's **own time**: what it spends outside of this host's functions. A request to a device that does not answer, with its
//! repetitions and a line to be waited out, takes as long as it is allowed to, and is no hang of the driver; so each **function** that waits for a bus has a limit of its
//! own, made of its timeouts. A driver that asks and asks and never comes back uses up [`LONGEST_ASKING`]; from then on all its time is its own.

use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};

use ecmod_link::supervision::{Allowance, Nature};
use ecmod_plugin::abi;
use ecmod_quantities::{Monotonic, Span};

/// A cycle may take this much longer than its budget before the process is replaced.
const PATIENCE: u64 = 10;
/// And at least this long.
const LEAST: Span = Span::from_secs(1);
/// What a function may take beyond its own timeouts before it counts as hung.
const MARGIN: Span = Span::from_secs(1);
/// So much time inside of functions is not the driver's own, in one call.
const LONGEST_ASKING: Span = Span::from_secs(10);
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

    /// How much time of its own it may take before the driver counts as hung.
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
    /// Start of the function that it is in, 0: none.
    function: AtomicU64,
    function_limit: AtomicU64,
    /// Time that this call has spent in functions.
    asked: AtomicU64,
    /// What is left of the call's limit since its latest function.
    left: AtomicU64,
    turns: AtomicU64,
    /// Its number in the kernel; 0 until its first call.
    thread: AtomicU32,
}

impl Watch {
    /// The driver is called now.
    pub fn begin(&self, call: Call, limit: Span, now: Monotonic) {
        if self.thread.load(Ordering::Relaxed) == 0 {
            self.thread.store(this_thread(), Ordering::Relaxed);
        }
        self.call.store(call as u8, Ordering::Relaxed);
        self.limit.store(limit.0, Ordering::Relaxed);
        self.left.store(limit.0, Ordering::Relaxed);
        self.asked.store(0, Ordering::Relaxed);
        self.function.store(0, Ordering::Relaxed);
        self.since.store(now.0.max(1), Ordering::Release);
        self.turns.fetch_add(1, Ordering::Release);
    }

    /// It came back.
    pub fn end(&self) {
        self.limit.store(0, Ordering::Relaxed);
        self.since.store(0, Ordering::Release);
        self.turns.fetch_add(1, Ordering::Release);
    }

    /// It enters a function that may take so long. False: this time is not excused, because there has been too much of it in this call, or another
    /// thread of the driver's asks.
    #[must_use]
    pub fn ask(&self, limit: Span, now: Monotonic) -> bool {
        let is_excused = self.since.load(Ordering::Relaxed) != 0
            && self.asked.load(Ordering::Relaxed) < LONGEST_ASKING.0
            && self.thread.load(Ordering::Relaxed) == this_thread();
        if is_excused {
            self.function_limit.store(limit.0.saturating_add(MARGIN.0), Ordering::Relaxed);
            self.function.store(now.0.max(1), Ordering::Release);
            self.turns.fetch_add(1, Ordering::Release);
        }
        is_excused
    }

    /// That function has ended.
    pub fn answered(&self, now: Monotonic) {
        let function = Monotonic(self.function.swap(0, Ordering::AcqRel));
        self.asked.fetch_add(now.since(function).0, Ordering::Relaxed);
        let left = self.limit.load(Ordering::Relaxed).saturating_sub(self.own_time(now).0);
        self.left.store(left, Ordering::Relaxed);
        self.turns.fetch_add(1, Ordering::Release);
    }

    /// It rests now, and begins its next call after this time.
    pub fn rest(&self, rest: Span) {
        self.limit.store(rest.0.saturating_add(OVERSLEEP.0), Ordering::Relaxed);
    }

    /// How often it has begun or ended a call or a function.
    #[must_use]
    pub fn turns(&self) -> u64 {
        self.turns.load(Ordering::Acquire)
    }

    /// What it is given, since its latest turn, for what it does now.
    #[must_use]
    pub fn allowance(&self) -> Allowance {
        let limit = Span(self.limit.load(Ordering::Relaxed));
        if self.since.load(Ordering::Acquire) == 0 {
            let rest = Span(LONGEST_REST.0.saturating_add(OVERSLEEP.0));
            return Allowance {
                limit: if limit == Span::ZERO { rest } else { limit },
                nature: Nature::Steady,
            };
        }
        let of_this_turn = match self.function.load(Ordering::Acquire) {
            0 => &self.left,
            _ => &self.function_limit,
        };
        Allowance { limit: Span(of_this_turn.load(Ordering::Relaxed)), nature: Nature::Foreign }
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

    /// The call in which it is for too long, and how long the call has lasted.
    #[must_use]
    pub fn hung(&self, now: Monotonic) -> Option<(Call, Span)> {
        let since = self.since.load(Ordering::Acquire);
        let function = self.function.load(Ordering::Acquire);
        let too_long = match function {
            0 => self.own_time(now).0 > self.limit.load(Ordering::Relaxed),
            function => now.since(Monotonic(function)).0 > self.function_limit.load(Ordering::Relaxed),
        };
        if since == 0 || !too_long {
            return None;
        }
        let call = Call::ALL.get(usize::from(self.call.load(Ordering::Relaxed))).copied()?;
        // it may have come back, and even begun another call, while we looked
        let is_still =
            self.since.load(Ordering::Acquire) == since && self.function.load(Ordering::Acquire) == function;
        is_still.then(|| (call, now.since(Monotonic(since))))
    }

    /// What this call has taken outside of functions.
    fn own_time(&self, now: Monotonic) -> Span {
        let lasted = now.since(Monotonic(self.since.load(Ordering::Acquire)));
        Span(lasted.0.saturating_sub(self.asked.load(Ordering::Relaxed)))
    }
}

fn this_thread() -> u32 {
    rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CYCLE: Span = Span::from_secs(1);

    fn at(ms: u64) -> Monotonic {
        Monotonic(5).plus(Span::from_millis(ms))
    }

    fn ms(ms: u64) -> Span {
        Span::from_millis(ms)
    }

    #[test]
    fn a_call_is_hung_only_beyond_its_limit_and_while_it_lasts() {
        let watch = Watch::default();
        assert_eq!(watch.hung(at(10_000)), None);
        watch.begin(Call::Cycle, Call::Cycle.limit(ms(20)), at(0));
        assert_eq!(watch.hung(at(1000)), None);
        assert_eq!(watch.hung(at(1001)), Some((Call::Cycle, ms(1001))));
        watch.end();
        assert_eq!(watch.hung(at(5000)), None);
    }

    #[test]
    fn a_call_has_its_limit_and_a_rest_the_time_that_it_means_to_take() {
        let watch = Watch::default();
        assert_eq!((watch.thread(), watch.turns()), (None, 0));
        watch.begin(Call::Cycle, CYCLE, Monotonic(5));
        let inside = Allowance { limit: CYCLE, nature: Nature::Foreign };
        assert_eq!((watch.allowance(), watch.doing(), watch.turns()), (inside, "cycle", 1));
        watch.end();
        let back_off = Allowance { limit: Span::from_secs(8), nature: Nature::Steady };
        assert_eq!((watch.allowance(), watch.turns()), (back_off, 2));
        watch.rest(ms(20));
        assert_eq!(watch.allowance().limit, ms(3020));
        assert!(watch.thread().is_some());
    }

    #[test]
    fn a_slow_driver_has_more_patience_than_a_fast_one() {
        assert_eq!(Call::Cycle.limit(ms(5)), Span::from_secs(1));
        assert_eq!(Call::Cycle.limit(ms(500)), Span::from_secs(5));
    }

    #[test]
    fn time_in_which_a_device_does_not_answer_is_not_the_drivers() {
        let watch = Watch::default();
        watch.begin(Call::Cycle, CYCLE, at(0));
        // 300 ms of its own, then three requests of two seconds, each with a hundred of its own behind
        let mut now = 300;
        for _ in 0..3 {
            assert!(watch.ask(ms(2000), at(now)));
            assert_eq!((watch.allowance().limit, watch.hung(at(now + 2000))), (ms(3000), None));
            now += 2000;
            watch.answered(at(now));
            now += 100;
            assert_eq!(watch.hung(at(now)), None);
        }
        assert_eq!((watch.allowance().limit, watch.turns()), (ms(500), 7), "without the last hundred");
        assert_eq!(watch.hung(at(now + 400)), None);
        assert_eq!(watch.hung(at(now + 401)), Some((Call::Cycle, ms(7001))), "a second of its own");
    }

    #[test]
    fn a_function_that_does_not_end_in_its_own_time_is_a_hang() {
        let watch = Watch::default();
        watch.begin(Call::Cycle, CYCLE, at(0));
        assert!(watch.ask(ms(200), at(100)));
        assert_eq!((watch.allowance().limit, watch.hung(at(1300))), (ms(1200), None));
        assert_eq!(watch.hung(at(1301)), Some((Call::Cycle, ms(1301))));
    }

    #[test]
    fn who_asks_for_ever_is_not_excused_for_ever() {
        let watch = Watch::default();
        watch.begin(Call::Cycle, CYCLE, at(0));
        let mut now = 0;
        while watch.ask(ms(100), at(now)) {
            now += 50;
            watch.answered(at(now));
        }
        assert_eq!(now, 10_000);
        let turns = watch.turns();
        assert!(!watch.ask(ms(100), at(now + 500)), "and is told so each time");
        assert_eq!(watch.turns(), turns);
        assert!(watch.hung(at(now + 1000)).is_none() && watch.hung(at(now + 1001)).is_some());
    }

    #[test]
    fn what_another_thread_of_the_drivers_asks_excuses_nothing() {
        let watch = Watch::default();
        watch.begin(Call::Cycle, CYCLE, at(0));
        std::thread::scope(|scope| {
            assert!(!scope.spawn(|| watch.ask(ms(100), at(0))).join().unwrap());
        });
        watch.end();
        assert!(!watch.ask(ms(100), at(0)), "nor what is asked outside of a call");
    }
}
