// SPDX-License-Identifier: MIT OR Apache-2.0
//! The storm: processes of the console die and hang at random, in every mode, also while an intervention holds the speed down.
//!
//! Asserted of every strike: the pump does not stop, its speed changes no faster than the slew limit, the daemon is back in control
//! within a second, an alarm that was there is there again, and an intervention keeps its deadline. `cargo xtask storm` makes a
//! thousand strikes, the ordinary tests a few dozen (`STRIKES`).
#![cfg(test)] // helpers between the tests are test code too

mod held;
#[path = "../steady/mod.rs"]
mod steady;
#[path = "../stranger/mod.rs"]
mod stranger;
mod strike;
#[path = "../support/mod.rs"]
mod support;
mod weather;

use held::Held;
use std::collections::BTreeSet;
use steady::{Figures, Room};
use strike::Strike;
use weather::{MODES, Mode, Random};

/// How many strikes there are, if `ECMOD_STORM` does not say. `ECMOD_STORM_SEED` makes it another storm.
const STRIKES: u64 = 36;
/// One strike in so many falls into an intervention.
const INTERVENTIONS: u64 = 4;
/// Of so many interventions that are struck, one has a cause that outlasts it.
const STAYING: u64 = 3;

#[test]
fn in_a_storm_of_kills_and_hangs_the_pump_goes_on_and_no_alarm_is_lost() {
    let asked = |name: &str| std::env::var(name).ok().map(|number| number.parse().expect("a number"));
    let strikes = asked("ECMOD_STORM").unwrap_or(STRIKES);
    let mut storm = Storm::gather(strikes, asked("ECMOD_STORM_SEED").unwrap_or(0));
    for (index, mode) in MODES.iter().enumerate() {
        mode.choose(&storm.room);
        // What is left over falls into the last mode.
        let part = strikes * (index as u64 + 1) / 3 - strikes * index as u64 / 3;
        for number in 0..part {
            let what = format!("strike {number} in {} mode", mode.name);
            if mode.can_be_held_down() && number % INTERVENTIONS == INTERVENTIONS - 1 {
                let stays = number / INTERVENTIONS % STAYING == STAYING - 1;
                storm.strike_an_intervention(mode, stays, &what);
            } else {
                storm.strike(mode, mode.lowest, &what);
            }
        }
    }
    storm.tell();
    weather::assert_all_are_in_the_log(&storm.room, &storm.alarms);
    assert!(
        storm.back.count() > usize::try_from(strikes / 5).unwrap(),
        "daemon and pump's host were struck too"
    );
}

/// The console, and what was seen of it so far.
struct Storm {
    room: Room,
    random: Random,
    back: Figures,
    steps: Figures,
    released: Figures,
    alarms: BTreeSet<String>,
}

impl Storm {
    /// The same in every run of this length and seed.
    fn gather(strikes: u64, seed: u64) -> Self {
        Self {
            room: Room::steady(),
            random: Random(0x0057_0412_1E55 ^ strikes ^ (seed << 32)),
            back: Figures::default(),
            steps: Figures::default(),
            released: Figures::default(),
            alarms: BTreeSet::new(),
        }
    }

    /// One strike: the pump goes on, no faster than its slew, control is back, and no alarm is lost.
    #[track_caller]
    fn strike(&mut self, mode: &Mode, lowest: f64, what: &str) -> String {
        let before = self.room.alarms();
        let strike = Strike::choose(&mut self.random);
        let fallen = strike.fall(&mut self.room, &mut self.random);
        let what = format!("{what}: {fallen}");
        let speed = self.room.truth.between(fallen.struck, fallen.over).speed;
        assert!(speed.0 > lowest, "{what}: the speed fell to {} rpm in {} mode", speed.0, mode.name);
        self.steps.push(weather::assert_slew(&self.room, &fallen, &what));
        if let Some(time) = fallen.back_ms {
            assert!(time <= 1000.0, "{what}");
            self.back.push(time);
        }
        held::assert_last(&self.room, &held::lasting(&before), &what);
        self.alarms.extend(before.iter().map(|alarm| alarm["id"].as_str().expect("an id").to_owned()));
        what
    }

    /// A strike while an intervention holds the speed down; `stays`: its cause outlasts it.
    #[track_caller]
    fn strike_an_intervention(&mut self, mode: &Mode, stays: bool, what: &str) {
        let held = Held::down(&self.room, &mut self.random);
        let what = self.strike(mode, mode.floor, what);
        held.assert_goes_on(&self.room, &what);
        if stays {
            held.assert_ends_in_time(&self.room, &what);
        }
        self.released.push(held.release(&self.room, mode, &what));
    }

    fn tell(&self) {
        self.back.tell("a strike at the daemon or the pump's host to control", "ms");
        self.steps.tell("the largest change of the speed within 0.2 s of a strike", "rpm");
        self.released
            .tell("the cause of a struck intervention gone to the flow back and steady for 2 s", "s");
        println!("alarms seen: {:?}", self.alarms);
    }
}
