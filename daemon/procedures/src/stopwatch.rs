// SPDX-License-Identifier: MIT OR Apache-2.0
//! A time that runs on through restarts, and through boots, whose monotonic clocks do not compare.

use ecmod_quantities::{Monotonic, Span};

/// How long something has lasted: so much when `since` was, and all the time after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopwatch {
    base: Span,
    since: Monotonic,
}

impl Stopwatch {
    /// It begins now.
    #[must_use]
    pub const fn started(now: Monotonic) -> Self {
        Self { base: Span::ZERO, since: now }
    }

    /// It has lasted for this long already.
    #[must_use]
    pub const fn lasting(base: Span, now: Monotonic) -> Self {
        Self { base, since: now }
    }

    /// How long it has lasted.
    #[must_use]
    pub const fn elapsed(&self, now: Monotonic) -> Span {
        Span(self.base.0.saturating_add(now.since(self.since).0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_from_what_it_was_on_a_clock_that_began_anew() {
        let before = Stopwatch::started(Monotonic(5_000));
        let kept = before.elapsed(Monotonic(5_700));
        let after = Stopwatch::lasting(kept, Monotonic(10));
        assert_eq!(after.elapsed(Monotonic(110)), Span(800));
        assert_eq!(after.elapsed(Monotonic(5)), Span(700), "a clock behind is no time");
    }
}
