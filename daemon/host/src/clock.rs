// SPDX-License-Identifier: MIT OR Apache-2.0
//! `CLOCK_MONOTONIC`, asked for in one place, and sleeping until a point of it.

use ecmod_quantities::{Monotonic, Span};
use rustix::time::{ClockId, Timespec, clock_gettime};

const SECOND: u64 = 1_000_000_000;

/// Now.
#[must_use]
pub fn now() -> Monotonic {
    let time = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanoseconds = u64::try_from(time.tv_nsec).unwrap_or(0);
    Monotonic(seconds.saturating_mul(SECOND).saturating_add(nanoseconds))
}

/// A span as the kernel wants it.
#[must_use]
pub fn timespec(span: Span) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(span.0 / SECOND).unwrap_or(i64::MAX),
        // below 10^9, so it fits into every width of this field
        #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
        tv_nsec: (span.0 % SECOND) as _,
    }
}

/// Sleeps until `deadline`; at once if it has passed. Signals do not shorten it.
pub fn sleep_until(deadline: Monotonic) {
    while now() < deadline {
        let absolute = timespec(Span(deadline.0));
        if rustix::thread::clock_nanosleep_absolute(ClockId::Monotonic, &absolute).is_ok() {
            return;
        }
    }
}

/// The same span for the standard library.
#[must_use]
pub const fn duration(span: Span) -> std::time::Duration {
    std::time::Duration::from_nanos(span.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_runs_forwards_and_a_sleep_ends_behind_its_deadline() {
        let deadline = now().plus(Span::from_micros(300));
        sleep_until(deadline);
        assert!(now() >= deadline);
        sleep_until(Monotonic(0));
    }
}
