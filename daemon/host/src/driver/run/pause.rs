// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pause between two cycles: until the next time of the period's grid, the daemon's bell, or an edge.

use ecmod_quantities::{Monotonic, Span};

use super::Runner;
use crate::clock;

/// No driver is called more often, by whatever mistake or storm of edges.
pub const SHORTEST_PERIOD: Span = Span::from_millis(1);
/// A thread that sleeps or waits for the bell looks up this often, to see a new image.
const NAP: Span = Span::from_millis(50);

impl Runner {
    /// Waits for the next cycle, which is at once when the daemon demands something else or an edge wakes the driver. True if it is
    /// time to end.
    pub fn rest(&self, due: Monotonic, ended: Monotonic, has_commands: bool) -> bool {
        loop {
            let now = clock::now();
            if self.stop.is_raised() {
                return true;
            }
            if now >= due {
                return false;
            }
            if self.waker.take() {
                return self.stop.sleep_until(due.min(ended.plus(SHORTEST_PERIOD)));
            }
            let nap = due.min(now.plus(NAP));
            let image = if has_commands { self.cell.image() } else { None };
            let Some(image) = image else {
                // in place of the daemon somebody else may demand
                if has_commands && self.cell.demands(&mut []) {
                    return self.stop.is_raised();
                }
                // a thread that nothing can wake but the end sleeps through
                if has_commands || self.host.can_be_woken() {
                    self.waker.wait(nap);
                } else {
                    self.stop.sleep_until(due);
                }
                continue;
            };
            let bell = image.doorbell();
            // before waiting: what was rung while the driver ran
            if self.cell.demands(&mut []) {
                return self.stop.is_raised();
            }
            if self.waker.at_the_bell(true) {
                let _ = image.wait(bell, nap);
            }
            self.waker.at_the_bell(false);
        }
    }
}

/// The next time on the grid of the period; times that have passed are left out, never caught up. A cycle before its time (the
/// bell) leaves the grid as it is, and takes the place of the regular one if that is less than half a period away.
pub fn next_due(due: Monotonic, period: Span, now: Monotonic) -> Monotonic {
    if due > now {
        return if due.since(now).0 < period.0 / 2 { due.plus(period) } else { due };
    }
    let passed = now.since(due).0 / period.0.max(1);
    due.plus(Span(period.0.saturating_mul(passed.saturating_add(1))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_cycle_stays_on_the_grid_and_is_never_in_the_past() {
        let period = Span::from_millis(10);
        let at = |ms| Monotonic(0).plus(Span::from_millis(ms));
        assert_eq!(next_due(at(20), period, at(21)), at(30));
        assert_eq!(next_due(at(20), period, at(30)), at(40));
        assert_eq!(next_due(at(20), period, at(57)), at(60), "late cycles are left out");
        assert_eq!(next_due(at(30), period, at(22)), at(30), "a cycle at the bell's ring keeps the grid");
        assert_eq!(next_due(at(30), period, at(28)), at(40), "and may take the next one's place");
    }
}
