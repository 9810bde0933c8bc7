// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an undisturbed pump does by itself, and whether it did more than that.

use super::{Extremes, FLOW, Figures, Room, monotonic, nanoseconds};
use std::time::Duration;

/// Windows in which the speed's movement is looked at.
pub const WINDOW: Duration = Duration::from_secs(1);
/// How long the pump is left alone to learn its ripple.
const LESSON: Duration = Duration::from_secs(20);
/// The flow never leaves its setpoint by more. L/min
const FLOW_BAND: f64 = 0.15;
/// However large the ripple, the speed may not move more in a second: half a per cent of 3600 rpm.
const MOST: f64 = 18.0;

/// The pump's own *ripple*: how much its true speed moves, from peak to peak, in windows of one second while the flow is
/// regulated and nothing happens.
pub struct Quiet {
    since: u64,
    ripple: Figures,
}

impl Quiet {
    /// Leaves the pump alone and learns.
    pub fn learn(room: &Room) -> Self {
        let begin = room.truth.now();
        let since = begin + nanoseconds(LESSON);
        let ripple = room.truth.ripples(begin, since, WINDOW);
        ripple.tell("movement of the speed in a second, undisturbed", "rpm");
        Self { since, ripple }
    }

    /// Asserts for all the time since: the flow stayed in its band, and the speed never moved by more than its own ripple
    /// (in the median by no more; at most by twice as much, as many windows have more to show than a few).
    #[track_caller]
    pub fn assert_kept(&self, room: &Room) {
        let end = monotonic() + nanoseconds(WINDOW);
        let Extremes { flow, .. } = room.truth.between(self.since, end);
        let ripple = room.truth.ripples(self.since, end, WINDOW);
        ripple.tell("movement of the speed in a second, all the time since", "rpm");
        println!("flow: {:.3} to {:.3} L/min", flow.0, flow.1);
        assert!(FLOW - FLOW_BAND < flow.0 && flow.1 < FLOW + FLOW_BAND, "the flow went to {flow:?} L/min");
        let (median, own) = (ripple.quantile(0.5), self.ripple.quantile(0.5));
        assert!(
            median <= 1.3 * own,
            "in the median the speed moved by {median} rpm; undisturbed by {own} rpm"
        );
        let (most, own) = (ripple.max(), self.ripple.max());
        let allowed = (2.0 * own).min(MOST);
        assert!(most <= allowed, "the speed moved by {most} rpm in a second; undisturbed by {own} rpm");
    }
}
