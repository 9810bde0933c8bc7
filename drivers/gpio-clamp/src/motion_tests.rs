// SPDX-License-Identifier: MIT OR Apache-2.0
//! Demands and switches, and what comes of them.

use super::*;
use proptest::prelude::*;

const OPENED: Monotonic = Monotonic(1_000_000_000_000);
const OPEN: Seen = Seen::At(Position::Open);
const CLOSED: Seen = Seen::At(Position::Closed);

fn at(ms: u64) -> Monotonic {
    OPENED.plus(Span::from_millis(ms))
}

/// A clamp and the time since its driver was opened.
struct Bench {
    motion: Motion,
    demand: Option<Demand>,
    settled: Settled,
    ms: u64,
}

impl Bench {
    fn new(seen: Seen) -> Self {
        let settled = Settled { seen, since: at(0) };
        Self { motion: Motion::new(OPENED, Span::from_millis(500)), demand: None, settled, ms: 0 }
    }

    /// Some cycles after it was opened.
    fn awake(seen: Seen) -> Self {
        let mut bench = Self::new(seen);
        bench.run(100);
        bench
    }

    fn demand(&mut self, value: f64) {
        let sequence = self.demand.map_or(1, |demand| demand.sequence + 1);
        self.demand = Some(Demand { value, decided: at(self.ms), sequence });
    }

    fn see(&mut self, seen: Seen) {
        self.settled = Settled { seen, since: at(self.ms) };
    }

    fn step(&mut self) -> Option<Position> {
        self.motion.step(self.demand, Some(self.settled), at(self.ms))
    }

    /// How many of the steps of 20 ms energise a coil.
    fn run(&mut self, ms: u64) -> usize {
        let end = self.ms + ms;
        let mut energised = 0;
        while self.ms < end {
            energised += usize::from(self.step().is_some());
            self.ms += 20;
        }
        energised
    }

    fn state(&self) -> (Whereabouts, Option<Fault>) {
        (self.motion.whereabouts(self.settled, at(self.ms)), self.motion.fault(self.settled, at(self.ms)))
    }
}

#[test]
fn nothing_demanded_moves_nothing() {
    for seen in [OPEN, CLOSED, Seen::Between, Seen::Both] {
        assert_eq!(Bench::new(seen).run(5000), 0, "{seen:?}");
    }
}

#[test]
fn a_demand_energises_one_coil_until_the_clamp_arrives() {
    let mut bench = Bench::awake(OPEN);
    bench.demand(1.0);
    assert_eq!(bench.step(), Some(Position::Closed));
    assert_eq!(bench.state(), (Whereabouts::Moving, None));
    bench.run(60);
    bench.see(Seen::Between);
    assert_eq!(bench.run(140), 7);
    bench.see(CLOSED);
    assert_eq!(bench.run(2000), 0);
    assert_eq!(bench.state(), (Whereabouts::Closed, None));
    assert_eq!(bench.motion.travel(), Some(Span::from_millis(200)));
}

#[test]
fn a_clamp_that_is_there_already_is_not_moved() {
    let mut bench = Bench::awake(CLOSED);
    bench.demand(1.0);
    assert_eq!(bench.run(2000), 0);
    assert_eq!(bench.state(), (Whereabouts::Closed, None));
}

#[test]
fn a_clamp_that_does_not_arrive_is_given_up_after_the_mismatch_time_until_something_is_demanded_anew() {
    let mut bench = Bench::awake(OPEN);
    bench.demand(1.0);
    assert_eq!(bench.run(10_000), 25, "half a second of current");
    assert_eq!(bench.state(), (Whereabouts::Fault, Some(Fault::NotArrived)));
    bench.demand(1.0);
    assert_eq!(bench.run(10_000), 25, "demanded anew: tried again, once");
    bench.demand(0.0);
    assert_eq!(bench.run(1000), 0, "it is there");
    assert_eq!(bench.state(), (Whereabouts::Open, None));
}

#[test]
fn a_demand_that_is_refreshed_all_the_time_is_not_demanded_anew() {
    let mut bench = Bench::awake(OPEN);
    let mut energised = 0;
    for _ in 0..1000 {
        bench.demand(1.0);
        energised += bench.run(20);
    }
    assert_eq!(energised, 25);
}

#[test]
fn a_demand_that_stood_when_the_driver_was_opened_moves_nothing_however_late_it_is_seen_and_a_new_one_does() {
    for seen_after in [0, 300, 60_000] {
        let mut bench = Bench::new(OPEN);
        bench.run(seen_after);
        bench.demand = Some(Demand { value: 1.0, decided: OPENED, sequence: 1 });
        assert_eq!(bench.run(10_000), 0);
        assert_eq!(bench.state(), (Whereabouts::Open, Some(Fault::NotCarriedOut)));
        bench.demand(0.0);
        assert_eq!(bench.run(1000), 0);
        assert_eq!(bench.state(), (Whereabouts::Open, None));
        bench.demand(1.0);
        assert!(bench.run(100) > 0);
    }
    let mut bench = Bench::new(CLOSED);
    bench.demand = Some(Demand { value: 1.0, decided: OPENED, sequence: 1 });
    assert_eq!(bench.run(10_000), 0);
    assert_eq!(bench.state(), (Whereabouts::Closed, None), "it is where it was demanded");
}

#[test]
fn a_demand_of_the_drivers_first_second_is_carried_out() {
    for ms in [20, 500] {
        let mut bench = Bench::new(OPEN);
        bench.run(ms);
        bench.demand(1.0);
        assert_eq!(bench.step(), Some(Position::Closed), "{ms} ms behind its opening");
    }
}

#[test]
fn a_demand_that_is_told_again_behind_a_gap_of_the_link_moves_nothing_back() {
    let mut bench = Bench::awake(OPEN);
    bench.demand(1.0);
    bench.run(100);
    bench.see(CLOSED);
    bench.run(3000);
    bench.see(OPEN); // by hand
    bench.run(5000);
    bench.demand = bench.demand.map(|demand| Demand { sequence: demand.sequence + 7, ..demand });
    assert_eq!(bench.run(10_000), 0);
    assert_eq!(bench.state(), (Whereabouts::Open, None));
}

#[test]
fn both_switches_end_a_movement_and_are_a_fault_as_long_as_they_last() {
    let mut bench = Bench::awake(OPEN);
    bench.demand(1.0);
    bench.run(100);
    bench.see(Seen::Both);
    assert_eq!(bench.run(1000), 0);
    assert_eq!(bench.state(), (Whereabouts::Fault, Some(Fault::BothSwitches)));
    bench.demand(0.0);
    bench.demand(1.0);
    assert_eq!(bench.run(1000), 0, "while both are active nothing moves");
    bench.see(CLOSED);
    bench.run(20);
    assert_eq!(bench.state(), (Whereabouts::Closed, None));
}

#[test]
fn a_clamp_moved_by_hand_is_not_moved_back() {
    let mut bench = Bench::awake(CLOSED);
    bench.demand(1.0);
    bench.run(100);
    bench.see(Seen::Between);
    assert_eq!(bench.run(480), 0);
    assert_eq!(bench.state(), (Whereabouts::Moving, None));
    bench.run(40);
    assert_eq!(bench.state(), (Whereabouts::Fault, Some(Fault::Between)));
    bench.see(OPEN);
    assert_eq!(bench.run(5000), 0);
    assert_eq!(bench.state(), (Whereabouts::Open, None));
}

#[test]
fn a_withdrawn_demand_or_unreadable_switches_end_a_movement() {
    let mut bench = Bench::awake(OPEN);
    bench.demand(1.0);
    bench.run(100);
    bench.demand = None;
    assert_eq!(bench.run(1000), 0);

    let mut bench = Bench::awake(OPEN);
    bench.demand(1.0);
    bench.run(100);
    assert_eq!(bench.motion.step(bench.demand, None, at(bench.ms)), None);
    assert_eq!(bench.run(1000), 0, "not tried again by itself");
    assert_eq!(bench.state(), (Whereabouts::Fault, Some(Fault::NotArrived)));
}

#[test]
fn another_demand_on_the_way_turns_it_round() {
    let mut bench = Bench::awake(OPEN);
    bench.demand(1.0);
    bench.run(60);
    bench.see(Seen::Between);
    bench.run(40);
    bench.demand(0.0);
    assert_eq!(bench.step(), Some(Position::Open));
    bench.see(OPEN);
    assert_eq!(bench.run(1000), 0);
    assert_eq!(bench.state(), (Whereabouts::Open, None));
}

proptest! {
    #[test]
    fn no_coil_is_energised_for_longer_than_the_mismatch_time_nor_without_a_demand_nor_towards_elsewhere(
        steps in proptest::collection::vec((0_u8..8, 0_u8..12), 1..400),
    ) {
        let mut bench = Bench::new(OPEN);
        let (mut since, mut last) = (None, None);
        for (demand, see) in steps {
            match demand {
                0 => bench.demand = None,
                1 => bench.demand(0.0),
                2 => bench.demand(1.0),
                _ => {}
            }
            match see {
                0 => bench.see(OPEN),
                1 => bench.see(CLOSED),
                2 => bench.see(Seen::Between),
                3 => bench.see(Seen::Both),
                _ => {}
            }
            let coil = bench.step();
            if coil != last || (coil.is_some() && demand < 3) {
                since = coil.map(|_| bench.ms);
            }
            last = coil;
            if let Some(to) = coil {
                prop_assert_eq!(bench.demand.map(|demand| Position::demanded(demand.value)), Some(to));
                prop_assert!(bench.settled.seen != Seen::Both && bench.settled.seen != Seen::At(to));
                prop_assert!(since.is_some_and(|since| bench.ms - since < 500));
            }
            bench.ms += 20;
        }
    }
}
