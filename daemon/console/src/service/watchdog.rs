// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tells systemd that the daemon is alive, and only while the control loop moves.
//!
//! With `WatchdogSec=` in the unit, a loop that stands still, or a service thread that no longer runs, has the daemon
//! killed and started again: the hosts hold the pump meanwhile, and the new daemon takes over. Without it nothing is sent.

use std::time::Duration;

use ecmod_quantities::{Monotonic, Span};

/// When to send, and what was seen last.
#[derive(Debug)]
pub struct Watchdog {
    interval: Option<Span>,
    ticks: u64,
    sent: Option<Monotonic>,
}

impl Watchdog {
    /// `limit` is the silence after which systemd acts; `None`: it does not watch.
    #[must_use]
    pub fn new(limit: Option<Duration>) -> Self {
        // Four times per limit: a look that comes late is no silence yet.
        let interval = limit.map(|limit| Span(u64::try_from(limit.as_nanos() / 4).unwrap_or(u64::MAX)));
        Self { interval, ticks: 0, sent: None }
    }

    /// As systemd asks for it in this process's environment.
    #[must_use]
    pub fn from_systemd() -> Self {
        Self::new(sd_notify::watchdog_enabled())
    }

    /// Whether to say that all is well: it is time, and the loop has ticked since the last time.
    pub fn is_due(&mut self, ticks: u64, now: Monotonic) -> bool {
        let Some(interval) = self.interval else { return false };
        let is_time = self.sent.is_none_or(|sent| now.since(sent) >= interval);
        if !is_time || ticks == self.ticks {
            return false;
        }
        self.ticks = ticks;
        self.sent = Some(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(ms: u64) -> Monotonic {
        Monotonic(ms * 1_000_000)
    }

    #[test]
    fn a_moving_loop_is_reported_four_times_per_limit() {
        let mut watchdog = Watchdog::new(Some(Duration::from_millis(400)));
        let sent = (1..=100_u64).filter(|look| watchdog.is_due(*look, at(look * 20))).count();
        assert_eq!(sent, 20, "once each 100 ms of two seconds");
    }

    #[test]
    fn a_loop_that_stands_still_is_not_reported() {
        let mut watchdog = Watchdog::new(Some(Duration::from_millis(400)));
        assert!(watchdog.is_due(5, at(0)));
        assert!((1..100).all(|look| !watchdog.is_due(5, at(look * 20))));
        assert!(watchdog.is_due(6, at(2000)));
    }

    #[test]
    fn nobody_is_told_if_nobody_watches() {
        assert!(!Watchdog::new(None).is_due(5, at(0)));
    }
}
