// SPDX-License-Identifier: MIT OR Apache-2.0
//! When the next frame is due: at multiples of its period from the first one on, however late one of them was. Pure.
//!
//! A frame that comes late does not delay those behind it; one whose time passed while nobody looked is left out, so that two never
//! come at once.

use tokio::time::{Duration, Instant};

/// The times of frames.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    period: Duration,
    next: Instant,
}

impl Pace {
    /// The first one is due at `first`.
    pub(super) const fn new(first: Instant, period: Duration) -> Self {
        Self { period, next: first }
    }

    /// Whether one is due now; if so, it is the next one's turn.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        let Some(late) = now.checked_duration_since(self.next) else { return false };
        let passed = late.as_nanos().checked_div(self.period.as_nanos()).unwrap_or(0);
        let periods = u32::try_from(passed).unwrap_or(u32::MAX).saturating_add(1);
        self.next += self.period.saturating_mul(periods);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: Duration = Duration::from_millis(100);

    /// At which of these times, in ms behind the first, a frame is sent.
    fn sent(looks: &[u64]) -> Vec<u64> {
        let first = Instant::now();
        let mut pace = Pace::new(first, PERIOD);
        looks.iter().copied().filter(|ms| pace.is_due(first + Duration::from_millis(*ms))).collect()
    }

    #[test]
    fn a_frame_is_sent_at_each_multiple_of_its_period() {
        let looks: Vec<u64> = (0..=400).step_by(25).collect();
        assert_eq!(sent(&looks), [0, 100, 200, 300, 400]);
    }

    #[test]
    fn a_late_one_delays_no_other() {
        assert_eq!(sent(&[0, 25, 50, 75, 160, 175, 200, 225, 300]), [0, 160, 200, 300]);
    }

    #[test]
    fn those_whose_time_passed_are_left_out() {
        assert_eq!(sent(&[0, 50, 430, 450, 475, 500]), [0, 430, 500]);
    }
}
