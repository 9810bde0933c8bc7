// SPDX-License-Identifier: MIT OR Apache-2.0
//! What keys may do to a pump, and what not.

use ecmod_config::Endpoint;
use ecmod_quantities::Rpm;
use proptest::prelude::*;

use super::*;

const LOOK_MS: u64 = 20;

fn settings() -> LocalControl {
    LocalControl {
        pump: Endpoint { driver: "pump".into(), name: "speed".into() },
        feedback: "actual_speed".into(),
        raise: "raise".into(),
        lower: "lower".into(),
        lamp: None,
        display: None,
        step: Rpm(100.0),
        minimum: Rpm(1000.0),
        maximum: Rpm(4000.0),
        slew_rpm_per_s: 300.0,
        silence: Span::from_millis(500),
    }
}

/// A hand at a pump that does what is demanded.
struct Bench {
    hand: Hand,
    seen: Seen,
    now: Monotonic,
}

impl Bench {
    fn new(held: Option<f64>, measured: Option<f64>) -> Self {
        let seen = Seen { raise: Some(false), lower: Some(false), held, measured, range: (80.0, 5000.0) };
        let mut bench = Self { hand: Hand::new(&settings()), seen, now: Monotonic(0) };
        bench.wait(100);
        bench
    }

    fn wait(&mut self, ms: u64) -> Vec<Move> {
        let looks = (0..ms).step_by(usize::try_from(LOOK_MS).unwrap());
        looks.map(|_| self.look(LOOK_MS)).collect()
    }

    fn look(&mut self, ms: u64) -> Move {
        self.now = self.now.plus(Span::from_millis(ms));
        let moved = self.hand.look(&self.seen, self.now);
        if moved.demand.is_some() {
            self.seen.held = moved.demand;
        }
        moved
    }

    /// Presses for so long, lets go, and waits until the pump has followed.
    fn press(&mut self, raise: bool, lower: bool, ms: u64) -> Option<f64> {
        (self.seen.raise, self.seen.lower) = (Some(raise), Some(lower));
        self.wait(ms);
        (self.seen.raise, self.seen.lower) = (Some(false), Some(false));
        self.wait(20_000);
        assert!(!self.hand.is_moving());
        self.seen.held
    }
}

#[test]
fn a_press_is_one_step_from_what_is_held() {
    let mut bench = Bench::new(Some(3037.0), Some(3036.2));
    assert_eq!(bench.press(true, false, 100), Some(3137.0));
    assert_eq!(bench.press(false, true, 100), Some(3037.0));
    assert_eq!(bench.press(false, true, 100), Some(2937.0));
    assert_eq!(bench.press(true, true, 5000), Some(2937.0), "both are no press");
}

#[test]
fn a_held_key_repeats_and_a_stuck_one_ends_by_itself() {
    let mut bench = Bench::new(Some(2000.0), None);
    assert_eq!(bench.press(true, false, 700), Some(2200.0), "the first repetition comes after 0.6 s");
    bench.seen.lower = Some(true);
    let stuck = bench.wait(60_000).iter().filter(|moved| moved.stuck).count();
    assert_eq!((stuck, bench.seen.held), (1, Some(1000.0)), "at the bound");
    assert_eq!(bench.press(true, false, 100), Some(1100.0), "the other key acts beside a stuck one");
}

#[test]
fn behind_a_restart_a_step_begins_at_what_is_measured() {
    let mut bench = Bench::new(None, Some(3098.5));
    assert_eq!(bench.press(false, false, 1000), None, "without a press nothing is demanded");
    assert_eq!(bench.press(true, false, 100), Some(3198.5));
}

#[test]
fn a_pump_that_stands_is_started_by_three_seconds_of_raise_and_by_nothing_else() {
    for held in [None, Some(0.0)] {
        let mut bench = Bench::new(held, Some(0.0));
        assert_eq!(bench.press(true, false, 2500), held);
        assert_eq!(bench.press(false, true, 5000), held);
        assert_eq!(bench.press(true, true, 5000), held);
        (bench.seen.raise, bench.seen.lower) = (Some(true), Some(false));
        let first = bench.wait(3300).iter().find_map(|moved| moved.target);
        assert_eq!(first, Some(1000.0));
        bench.seen.raise = Some(false);
        bench.wait(5000);
        assert_eq!(bench.seen.held, Some(1000.0));
    }
}

#[test]
fn what_is_outside_of_the_keys_bounds_is_not_moved_inside_and_a_key_moves_it_only_towards_them() {
    let mut high = Bench::new(Some(4500.0), None);
    assert_eq!(high.press(true, false, 100), Some(4500.0));
    assert_eq!(high.press(false, true, 100), Some(4400.0));
    let mut low = Bench::new(Some(800.0), None);
    assert_eq!(low.press(false, true, 100), Some(800.0));
    assert_eq!(low.press(true, false, 100), Some(900.0));
}

#[test]
fn when_a_daemon_is_back_the_speed_stays_where_it_is_and_a_held_key_is_dead() {
    let mut bench = Bench::new(Some(3000.0), None);
    bench.seen.raise = Some(true);
    bench.wait(200);
    let there = bench.seen.held.unwrap();
    assert!(3000.0 < there && there < 3100.0, "{there}: on its way");
    bench.hand.let_go();
    assert!(bench.wait(5000).iter().all(|moved| moved.demand.is_none()));
    assert_eq!(bench.seen.held, Some(there));
    bench.seen.raise = Some(false);
    bench.wait(100);
    assert_eq!(bench.press(true, false, 100), Some(there + 100.0));
}

proptest! {
    #[test]
    fn no_finger_makes_it_leave_its_bounds_or_go_faster_than_the_slew(
        begin in 1000.0..4000.0_f64,
        looks in prop::collection::vec((1_u64..2000, prop::option::of(any::<bool>()), prop::option::of(any::<bool>())), 1..200),
    ) {
        let mut bench = Bench::new(Some(begin), None);
        for (ms, raise, lower) in looks {
            let before = bench.seen.held.unwrap();
            (bench.seen.raise, bench.seen.lower) = (raise, lower);
            bench.look(ms);
            let after = bench.seen.held.unwrap();
            prop_assert!((1000.0..=4000.0).contains(&after), "{after}");
            prop_assert!((after - before).abs() <= 300.0 * Span::from_millis(ms).seconds() + 1e-9);
        }
    }
}
