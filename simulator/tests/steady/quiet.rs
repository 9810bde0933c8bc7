// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an undisturbed pump does by itself, and whether it did more than that.

use super::{Extremes, FLOW, Figures, Room, monotonic, nanoseconds};
use std::time::Duration;

/// Windows in which the speed's movement is looked at.
pub const WINDOW: Duration = Duration::from_secs(1);
/// How long the pump is left alone before anything happens to it, at least.
pub const LESSON: Duration = Duration::from_secs(20);
/// The flow never leaves its setpoint by more. L/min
const FLOW_BAND: f64 = 0.15;
/// How much more than the pump that is left alone it may move, as a factor. The meter's noise makes the ripple, so it is never the same
/// twice: seven undisturbed stretches of 53 s each had medians of 4.2 to 5.1 rpm, 95th percentiles of 6.4 to 6.7 rpm and
/// largest movements of 6.8 to 8.7 rpm. What is allowed is what two undisturbed stretches may differ by; the longer they are, the
/// less for median and percentile. Garbage on the pump's and the meter's lines costs samples and commands; a controller that sees one
/// sample of three must not answer the noise of that one for all three of them, and does not. (A stretch with a hundred kills moved
/// *less* than one that was left alone: a controller that begins anew answers noise step by step; what is allowed there stands in
/// that test.)
pub const LARGEST: f64 = 1.6;

fn by_chance(stretch: Duration) -> f64 {
    1.0 + 1.8 / stretch.as_secs_f64().sqrt()
}

/// The pump's own *ripple*: how much its true speed moves, from peak to peak, in windows of one second while the flow is
/// regulated and nothing happens.
pub struct Quiet {
    begin: u64,
    since: u64,
}

impl Quiet {
    /// Leaves the pump alone for the lesson.
    pub fn learn(room: &Room) -> Self {
        let begin = room.truth.now();
        let since = begin + nanoseconds(LESSON);
        room.truth.until(since);
        Self { begin, since }
    }

    /// Asserts for all the time since: the flow stayed in its band, and the speed moved by its own ripple and no more. Its own
    /// ripple, which is returned, is that of as many windows in which it was left alone: in the lesson, and for as long as it takes
    /// from now on.
    #[track_caller]
    pub fn assert_kept(&self, room: &Room) -> Figures {
        let end = monotonic() + nanoseconds(WINDOW);
        let Extremes { flow, .. } = room.truth.between(self.since, end);
        let ripple = room.truth.ripples(self.since, end, WINDOW);
        ripple.tell("movement of the speed in a second, all the time since", "rpm");
        println!("flow: {:.3} to {:.3} L/min", flow.0, flow.1);
        assert!(FLOW - FLOW_BAND < flow.0 && flow.1 < FLOW + FLOW_BAND, "the flow went to {flow:?} L/min");
        let own = self.own_ripple(room, end);
        assert!(
            own.count() + 1 >= ripple.count(),
            "as many windows of either: {} {}",
            own.count(),
            ripple.count()
        );
        let stretch = Duration::from_nanos(end - self.since);
        for (which, part, allowed) in [
            ("median", 0.5, by_chance(stretch)),
            ("95th percentile", 0.95, by_chance(stretch)),
            ("largest", 1.0, LARGEST),
        ] {
            let (moved, usual) = (ripple.quantile(part), own.quantile(part));
            assert!(
                moved <= allowed * usual,
                "the {which} of the speed's movements in a second is {moved} rpm; left alone {usual} rpm"
            );
        }
        own
    }

    /// The ripple of as much undisturbed time as lies between the lesson and `end`.
    fn own_ripple(&self, room: &Room, end: u64) -> Figures {
        let mut own = room.truth.ripples(self.begin, self.since, WINDOW);
        let lesson = self.since - self.begin;
        if end - self.since > lesson {
            room.until_steady();
            let begin = room.truth.now();
            // One window more: the windows of two stretches are one window fewer than those of one.
            let length = end - self.since - lesson + nanoseconds(WINDOW);
            own.append(room.truth.ripples(begin, begin + length, WINDOW));
        }
        own.tell("movement of the speed in a second, left alone", "rpm");
        own
    }
}
