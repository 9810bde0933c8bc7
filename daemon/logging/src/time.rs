// SPDX-License-Identifier: MIT OR Apache-2.0
//! The time of a line in a log: UTC, milliseconds, as RFC 3339 writes it.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

const SECONDS_PER_DAY: u64 = 86_400;

/// Shows a time as `2026-11-22T15:42:00.123Z`. What lies before 1970 shows as its beginning: a clock that was never set.
#[derive(Debug, Clone, Copy)]
pub struct Rfc3339(
    /// The time.
    pub SystemTime,
);

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = self.0.duration_since(UNIX_EPOCH).unwrap_or_default();
        let (day, second) = (since.as_secs() / SECONDS_PER_DAY, since.as_secs() % SECONDS_PER_DAY);
        let (year, month, day) = date(day);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z",
            since.subsec_millis()
        )
    }
}

/// The Gregorian date of a day counted from 1970-01-01.
fn date(mut day: u64) -> (u64, u64, u64) {
    // The calendar repeats every 400 years, so at most 400 steps follow.
    const DAYS_PER_400_YEARS: u64 = 146_097;
    let mut year = 1970 + day / DAYS_PER_400_YEARS * 400;
    day %= DAYS_PER_400_YEARS;
    let leap = |year: u64| (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    while day >= 365 + u64::from(leap(year)) {
        day -= 365 + u64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    (year, month, day + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn times_are_written_as_the_calendar_has_them() {
        // Compared with `date -u -d @N`.
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.250Z"),
            (951_782_399, "2000-02-28T23:59:59.250Z"),
            (951_782_400, "2000-02-29T00:00:00.250Z"),
            (1_795_362_120, "2026-11-22T15:42:00.250Z"),
            (4_107_542_400, "2100-03-01T00:00:00.250Z"),
            (13_569_465_600, "2400-01-01T00:00:00.250Z"),
        ] {
            let at = UNIX_EPOCH + Duration::from_secs(seconds) + Duration::from_millis(250);
            assert_eq!(Rfc3339(at).to_string(), text);
        }
    }
}
