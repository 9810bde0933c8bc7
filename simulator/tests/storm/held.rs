// SPDX-License-Identifier: MIT OR Apache-2.0
//! An intervention that holds the speed down while something is struck, and what must come of it: it goes on in the new daemon with
//! the deadline it had, it is over by then, and the flow comes back.

use crate::steady::{Room, monotonic, nanoseconds};
use crate::support::{try_until, until};
use crate::weather::{Mode, Random, SLEW};
use serde_json::{Value, json};
use std::time::Duration;

/// How much later than its deadline an intervention may be seen to be over: a period, the bus, a busy machine.
const SEEN: Duration = Duration::from_millis(500);
/// An alarm is there again so long after a new daemon: it has its delay anew.
const ALARM_BACK: Duration = Duration::from_secs(10);
/// When the cause is gone, the flow is back after the way at the slew limit, and this for pressures, filters and the controller.
const SETTLED: Duration = Duration::from_secs(15);

/// The other pressure limit on the same side has a budget of its own, and may act when the first one's is spent.
const OTHER: Duration = Duration::from_secs(30);

/// What makes an intervention act.
struct Cause {
    fault: fn() -> Value,
    intervention: &'static str,
    /// The alarm that lasts as long as the cause.
    alarm: &'static str,
}

/// A return line that is kinked, and a drainage line that is.
const CAUSES: [Cause; 2] = [
    Cause {
        fault: || json!({ "kind": "occlusion", "site": "return", "fraction": 0.85 }),
        intervention: "arterial_pressure_high",
        alarm: "PART_HIGH",
    },
    Cause {
        fault: || json!({ "kind": "occlusion", "site": "drainage", "fraction": 0.6 }),
        intervention: "venous_pressure_low",
        alarm: "PVEN_LOW",
    },
];

/// An intervention that acts.
pub struct Held {
    cause: &'static Cause,
    fault: u64,
    /// When it is over at the latest, ns.
    ends: u64,
    /// The speed before it.
    before: f64,
}

impl Held {
    /// One of the causes comes; returns when its intervention acts.
    pub fn down(room: &Room, random: &mut Random) -> Self {
        let cause = &CAUSES[usize::try_from(random.below(CAUSES.len() as u64)).unwrap()];
        let mut attempts = (0..3).filter_map(|_| Self::try_down(room, cause));
        attempts.next().expect("it acts when its condition has been gone for long enough")
    }

    /// One that acted a moment ago has the rest of its time only, and none if that is over: then the cause goes, and comes again when the
    /// intervention has its whole time.
    fn try_down(room: &Room, cause: &'static Cause) -> Option<Self> {
        until("the intervention would act", || {
            room.intervention(cause.intervention).filter(|(state, _)| state == "watching")
        });
        let before = room.speed();
        let fault = room.console.simulator().inject(&(cause.fault)());
        let ends = until("the intervention holds the speed down and is announced", || {
            let (state, ends) = room.intervention(cause.intervention)?;
            let present = room.alarms().iter().any(|alarm| alarm["id"] == cause.alarm);
            match state.as_str() {
                "active" if present => Some(Some(ends)),
                "expired" => Some(None),
                _ => None,
            }
        });
        if ends.is_none() {
            room.console.simulator().clear(fault);
        }
        ends.map(|ends| Self { cause, fault, ends, before })
    }

    /// After a strike: the alarm is there, and the deadline has not moved.
    #[track_caller]
    pub fn assert_goes_on(&self, room: &Room, what: &str) {
        let Cause { intervention, alarm, .. } = self.cause;
        let there = || room.alarms().iter().any(|present| present["id"] == **alarm).then_some(());
        assert!(try_until(ALARM_BACK, there).is_some(), "{what}: {alarm} has been lost");
        if let Some(ends) = room.acting_until(intervention) {
            assert!(
                ends <= self.ends,
                "{what}: {intervention} was to end by {} and now by {ends}",
                self.ends
            );
        }
    }

    /// The cause stays: the intervention is over by its deadline all the same, and the speed goes back up, limits or not.
    #[track_caller]
    pub fn assert_ends_in_time(&self, room: &Room, what: &str) {
        let Cause { intervention, .. } = self.cause;
        let over = try_until(self.left() + SEEN, || {
            room.intervention(intervention).filter(|(state, _)| state != "active")
        });
        assert!(over.is_some(), "{what}: {intervention} acts behind its deadline");
        let way = Duration::from_secs_f64(self.before / SLEW);
        let back = try_until(OTHER + way + SETTLED, || (room.speed() > self.before - 50.0).then_some(()));
        assert!(back.is_some(), "{what}: {} rpm, and {} before {intervention}", room.speed(), self.before);
    }

    /// The cause goes; returns when the mode has what it wants again, which must not take long.
    #[track_caller]
    pub fn release(self, room: &Room, mode: &Mode, what: &str) -> f64 {
        let cleared = monotonic();
        room.console.simulator().clear(self.fault);
        let way = Duration::from_secs_f64(self.before / SLEW);
        let reached = try_until(way + SETTLED, || mode.is_reached(room).then_some(()));
        assert!(
            reached.is_some(),
            "{what}: the flow is held down without a cause: {:?}",
            room.stranger.said()
        );
        Duration::from_nanos(monotonic() - cleared).as_secs_f64()
    }

    fn left(&self) -> Duration {
        Duration::from_nanos(self.ends.saturating_sub(monotonic()))
    }
}

impl Room {
    /// The true speed now, rpm.
    fn speed(&self) -> f64 {
        let now = self.truth.now();
        let last = self.truth.between(now - nanoseconds(Duration::from_millis(50)), now);
        last.speed.0
    }

    /// State and end of an intervention, from its object on the bus.
    fn intervention(&self, name: &str) -> Option<(String, u64)> {
        let path = format!("/org/ecmod/interventions/{name}");
        let mut all = self.stranger.properties((&path, "org.ecmod.Intervention1"))?;
        let state = String::try_from(all.remove("State")?).ok()?;
        Some((state, u64::try_from(all.remove("Ends")?).ok()?))
    }

    /// Until when it acts at most, if it acts.
    fn acting_until(&self, name: &str) -> Option<u64> {
        self.intervention(name).filter(|(state, _)| state == "active").map(|(_, ends)| ends)
    }
}

/// The alarms that no restart may take away: latched ones, and those of high priority that nobody has acknowledged.
pub fn lasting(alarms: &[Value]) -> Vec<(String, Value)> {
    let lasts = |alarm: &&Value| {
        alarm["latching"] == true || (alarm["priority"] == "high" && alarm["acknowledged"] == false)
    };
    alarms
        .iter()
        .filter(lasts)
        .map(|alarm| (alarm["id"].as_str().expect("an id").to_owned(), alarm["subject"].clone()))
        .collect()
}

/// Whatever was struck, these are still there.
#[track_caller]
pub fn assert_last(room: &Room, lasting: &[(String, Value)], what: &str) {
    for (id, subject) in lasting {
        let there = || {
            let present = room.alarms();
            present.iter().any(|alarm| alarm["id"] == **id && alarm["subject"] == *subject).then_some(())
        };
        assert!(try_until(ALARM_BACK, there).is_some(), "{what}: {id} of {subject} has been lost");
    }
}
