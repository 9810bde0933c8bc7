// SPDX-License-Identifier: MIT OR Apache-2.0
//! Notices that a driver does not come back from a call.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use ecmod_plugin::abi;
use ecmod_quantities::{Monotonic, Span};

/// A cycle may take this much longer than its budget before the process is replaced.
const PATIENCE: u64 = 10;
/// And at least this long.
const LEAST: Span = Span::from_secs(1);

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
    limit: AtomicU64,
    call: AtomicU8,
}

impl Watch {
    /// The driver is called now.
    pub fn begin(&self, call: Call, limit: Span, now: Monotonic) {
        self.call.store(call as u8, Ordering::Relaxed);
        self.limit.store(limit.0, Ordering::Relaxed);
        self.since.store(now.0.max(1), Ordering::Release);
    }

    /// It came back.
    pub fn end(&self) {
        self.since.store(0, Ordering::Release);
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
        assert_eq!(watch.hung(at(1000)), None);
        assert_eq!(watch.hung(at(1001)), Some((Call::Cycle, Span::from_millis(1001))));
        watch.end();
        assert_eq!(watch.hung(at(5000)), None);
    }

    #[test]
    fn a_slow_driver_has_more_patience_than_a_fast_one() {
        assert_eq!(Call::Cycle.limit(Span::from_millis(5)), Span::from_secs(1));
        assert_eq!(Call::Cycle.limit(Span::from_millis(500)), Span::from_secs(5));
    }
}
