// SPDX-License-Identifier: MIT OR Apache-2.0
//! The one clock of the daemon: `CLOCK_MONOTONIC`, which is the same in every process of the machine and never jumps.

use ecmod_quantities::Monotonic;
use rustix::time::{ClockId, Timespec, clock_gettime};

const NANOSECONDS_PER_SECOND: u64 = 1_000_000_000;

/// The time now. Answered by the vDSO: no system call.
#[must_use]
pub fn now() -> Monotonic {
    let time = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanoseconds = u64::try_from(time.tv_nsec).unwrap_or(0);
    Monotonic(seconds.saturating_mul(NANOSECONDS_PER_SECOND).saturating_add(nanoseconds))
}

/// The kernel's name for this boot of the machine: times of [`now`] compare within one boot only. Empty if there is none.
#[must_use]
pub fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map_or_else(|_| String::new(), |id| id.trim().to_owned())
}

/// A point in time as the kernel wants it.
#[must_use]
pub(crate) fn timespec(time: Monotonic) -> Timespec {
    let seconds = time.0 / NANOSECONDS_PER_SECOND;
    let nanoseconds = time.0 % NANOSECONDS_PER_SECOND;
    Timespec {
        tv_sec: i64::try_from(seconds).unwrap_or(i64::MAX),
        // Below 10^9, so it fits every width of the kernel's field.
        #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap)]
        tv_nsec: nanoseconds as _,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_runs_forward_and_survives_the_way_to_the_kernel_and_back() {
        let first = now();
        assert!(now() >= first);
        let time = timespec(Monotonic(12_345_678_901));
        assert_eq!((time.tv_sec, time.tv_nsec), (12, 345_678_901));
    }
}
