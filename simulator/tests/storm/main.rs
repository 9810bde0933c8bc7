// SPDX-License-Identifier: MIT OR Apache-2.0
//! The storm: processes of the console die and hang at random, in every mode, also while an intervention holds the speed down.
//!
//! Asserted of every strike: the pump does not stop, its speed changes no faster than the slew limit, the daemon is back in control
//! within a second, an alarm that was there is there again, and an intervention's end is not forgotten. `cargo xtask storm` makes
//! a thousand strikes, the ordinary tests a few dozen (`STRIKES`).
#![cfg(test)] // helpers between the tests are test code too

#[path = "../steady/mod.rs"]
mod steady;
#[path = "../stranger/mod.rs"]
mod stranger;
mod strike;
#[path = "../support/mod.rs"]
mod support;
mod weather;

use steady::{Figures, Room};
use strike::Strike;
use support::until;
use weather::{MODES, Mode, Random};

/// How many strikes there are, if `ECMOD_STORM` does not say.
const STRIKES: u64 = 36;
/// One strike in so many falls into an intervention.
const INTERVENTIONS: u64 = 4;

#[test]
fn in_a_storm_of_kills_and_hangs_the_pump_goes_on_and_no_alarm_is_lost() {
    let asked = std::env::var("ECMOD_STORM").ok();
    let strikes = asked.map_or(STRIKES, |number| number.parse().expect("ECMOD_STORM is a number"));
    let mut room = Room::steady();
    // The same in every run of this length.
    let mut random = Random(0x0057_0412_1E55 ^ strikes);
    let (mut back, mut steps) = (Figures::default(), Figures::default());
    let mut alarms_seen = Vec::new();
    for (index, mode) in MODES.iter().enumerate() {
        mode.choose(&room);
        // What is left over falls into the last mode.
        let part = strikes * (index as u64 + 1) / 3 - strikes * index as u64 / 3;
        for number in 0..part {
            let held_down = number % INTERVENTIONS == INTERVENTIONS - 1 && mode.can_be_held_down();
            let occlusion = held_down.then(|| weather::occlude(&room));
            let before = weather::alarms(&room);
            let strike = Strike::choose(&mut random);
            let result = strike.fall(&mut room, &mut random);
            let what = format!("strike {number} in {} mode: {result}", mode.name);
            mode.assert_runs(&room, &result, held_down, &what);
            steps.push(weather::assert_slew(&room, &result, &what));
            if let Some(time) = result.back_ms {
                assert!(time <= 1000.0, "{what}");
                back.push(time);
            }
            if let Some(occlusion) = occlusion {
                weather::assert_alarms_are_back(&room, &before, &what);
                room.console.simulator().clear(occlusion);
                until("the flow is not held down any more", || mode.is_reached(&room).then_some(()));
            }
            alarms_seen.extend(before);
        }
    }
    back.tell("a strike at the daemon or the pump's host to control", "ms");
    steps.tell("the largest change of the speed within 0.2 s of a strike", "rpm");
    weather::assert_all_are_in_the_log(&room, &alarms_seen);
    assert!(back.count() > usize::try_from(strikes / 5).unwrap(), "daemon and pump's host were struck too");
}

impl Mode {
    /// The pump has not stopped, and where nothing held it down it has not been slowed either.
    #[track_caller]
    fn assert_runs(&self, room: &Room, result: &strike::Fallen, held_down: bool, what: &str) {
        let speed = room.truth.between(result.struck, result.over).speed;
        let lowest = if held_down { self.floor } else { self.lowest };
        assert!(speed.0 > lowest, "{what}: the speed fell to {} rpm", speed.0);
    }
}
