// SPDX-License-Identifier: MIT OR Apache-2.0
//! What surrounds a strike: chance, modes, alarms, and how fast the speed may change.

use crate::steady::{Room, nanoseconds};
use crate::strike::Fallen;
use crate::support::until;
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

/// Of the demo, rpm per second.
pub const SLEW: f64 = 400.0;
/// The time over which a change of the speed is looked at.
const WINDOW: Duration = Duration::from_millis(200);
/// Noise of the meter answered by the controller, and the drive's own ripple, rpm; and that a host that hung acts at once on a
/// demand that moved for up to 80 ms before it counted as lost.
const NOISE: f64 = 12.0 + SLEW * 0.08;
/// How long a flow has to be there to be reached.
const STEADY: Duration = Duration::from_secs(2);

/// Random numbers that are the same in every run (xorshift64*).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % limit
    }
}

/// A mode, what is set in it, and which speeds it may have while nothing else acts, rpm.
pub struct Mode {
    pub name: &'static str,
    set: Option<(&'static str, &'static str)>,
    /// Flow that is reached, L/min.
    flow: f64,
    pub lowest: f64,
    /// No intervention goes below it.
    pub floor: f64,
}

/// At 4 L/min the demo's pump makes 3625 rpm, at zero flow 1500.
pub const MODES: [Mode; 3] = [
    Mode { name: "flow", set: Some(("flow", "4")), flow: 4.0, lowest: 3500.0, floor: 1400.0 },
    Mode { name: "speed", set: Some(("speed", "3600")), flow: 3.95, lowest: 3500.0, floor: 1400.0 },
    Mode { name: "zero_flow", set: None, flow: 0.0, lowest: 1200.0, floor: 1200.0 },
];

impl Mode {
    /// Sets it and waits until it is reached.
    pub fn choose(&self, room: &Room) {
        let told = room.console.ecmoctl(&["set", "mode", self.name]);
        assert!(told.status.success(), "{told:?}");
        if let Some((what, value)) = self.set {
            let told = room.console.ecmoctl(&["set", what, value]);
            assert!(told.status.success(), "{told:?}");
        }
        until(&format!("{} mode at its setpoint", self.name), || self.is_reached(room).then_some(()));
    }

    pub fn is_reached(&self, room: &Room) -> bool {
        let now = room.truth.now();
        let flow =
            room.truth.between_if_known(now.saturating_sub(nanoseconds(STEADY)), now).map(|all| all.flow);
        let limit = room.stranger.said().map(|said| said.active_limit);
        flow.is_some_and(|(least, most)| least > self.flow - 0.1 && most < self.flow + 0.1)
            && limit.is_some_and(|limit| ["none", "floor"].contains(&limit.as_str()))
    }

    /// At zero flow an occlusion raises no pressure.
    pub fn can_be_held_down(&self) -> bool {
        self.flow > 1.0
    }
}

impl Room {
    /// The alarms that are present, as `ecmoctl` has them.
    pub fn alarms(&self) -> Vec<Value> {
        let mut said = self.console.ecmoctl_json(&["alarms"]);
        let Value::Array(list) = said["alarms"].take() else { panic!("{said}: no list") };
        list
    }
}

/// Every alarm that was ever seen stands in the log.
#[track_caller]
pub fn assert_all_are_in_the_log(room: &Room, seen: &BTreeSet<String>) {
    let log = room.console.ecmoctl_json(&["alarms", "log", "--after", "0"]);
    let records = log.as_array().expect("a list of records");
    let appeared = |alarm: &String| {
        let is_it = |record: &Value| record["id"] == **alarm && record["event"] == "appeared";
        records.iter().any(is_it)
    };
    assert!(!seen.is_empty(), "there were alarms");
    let lost: Vec<&String> = seen.iter().filter(|alarm| !appeared(alarm)).collect();
    assert!(lost.is_empty(), "not in the log: {lost:?}");
}

/// The speed has changed no faster than the slew limit; the largest change within the window, rpm.
#[track_caller]
pub fn assert_slew(room: &Room, fallen: &Fallen, what: &str) -> f64 {
    let largest = room.truth.ripples(fallen.struck, fallen.over, WINDOW).max();
    let most = SLEW * WINDOW.as_secs_f64() + NOISE;
    assert!(largest <= most, "{what}: the speed changed by {largest} rpm within {WINDOW:?}");
    debug_assert!(fallen.over - fallen.struck >= nanoseconds(WINDOW));
    largest
}
