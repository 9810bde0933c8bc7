// SPDX-License-Identifier: MIT OR Apache-2.0
//! When something happened: by the wall clock, which people read and which may be wrong, and by the monotonic clock, which
//! is right within one boot.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ecmod_quantities::Monotonic;
use serde::{Deserialize, Serialize};

use crate::clock;

/// When something happened, on both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Nanoseconds since 1970-01-01 UTC, as the wall clock then said. It may have been wrong.
    pub wall_ns: i64,
    /// Nanoseconds of `CLOCK_MONOTONIC` since the machine's start; comparable within one boot.
    pub monotonic_ns: u64,
}

impl Stamp {
    /// Now.
    #[must_use]
    pub fn now() -> Self {
        Self::of(clock::now(), SystemTime::now())
    }

    /// Something that happened a moment ago, whose wall-clock time follows from how long ago that was.
    #[must_use]
    pub fn at(then: Monotonic) -> Self {
        Self::now().moved_to(then)
    }

    /// The same two clocks at an earlier time.
    const fn moved_to(self, then: Monotonic) -> Self {
        let ago = self.monotonic_ns.saturating_sub(then.0).cast_signed();
        Self { wall_ns: self.wall_ns.saturating_sub(ago), monotonic_ns: then.0 }
    }

    /// These two clocks.
    #[must_use]
    pub fn of(monotonic: Monotonic, wall: SystemTime) -> Self {
        let wall_ns = match wall.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |ns| -ns),
        };
        Self { wall_ns, monotonic_ns: monotonic.0 }
    }

    /// The wall clock's time.
    #[must_use]
    pub fn wall(self) -> SystemTime {
        let since = Duration::from_nanos(self.wall_ns.unsigned_abs());
        let wall =
            if self.wall_ns < 0 { UNIX_EPOCH.checked_sub(since) } else { UNIX_EPOCH.checked_add(since) };
        wall.unwrap_or(UNIX_EPOCH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_clocks_are_kept_and_come_back_also_before_1970() {
        for wall in [
            UNIX_EPOCH + Duration::from_nanos(1_790_000_000_123_456_789),
            UNIX_EPOCH - Duration::from_nanos(5),
        ] {
            let stamp = Stamp::of(Monotonic(7), wall);
            assert_eq!((stamp.wall(), stamp.monotonic_ns), (wall, 7));
        }
    }

    #[test]
    fn what_happened_a_moment_ago_has_the_wall_time_of_that_moment() {
        let now = Stamp { wall_ns: 1_790_000_002_000_000_000, monotonic_ns: 7_000_000_000 };
        let then = now.moved_to(Monotonic(5_500_000_000));
        assert_eq!(then, Stamp { wall_ns: 1_790_000_000_500_000_000, monotonic_ns: 5_500_000_000 });
    }
}
