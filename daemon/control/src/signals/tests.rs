// SPDX-License-Identifier: MIT OR Apache-2.0
extern crate std;

use super::*;
use crate::{PumpPreset, SourceSettings, Vote};
use ecmod_quantities::{PerSecond, Quantity, Seconds, Span};
use std::{boxed::Box, vec, vec::Vec};

const MS: u64 = 1_000_000;

/// One blood flow signal and the time, driven sample by sample.
struct Bench {
    settings: Box<Settings>,
    pipeline: Box<Pipeline>,
    sources: Vec<Reading>,
    now: u64,
}

impl Bench {
    fn new(sources: u16, change: impl Fn(&mut SignalSettings)) -> Self {
        let mut signal = SignalSettings::new(Role::BloodFlow, Quantity::BloodFlow, 0);
        for (place, index) in signal.sources.iter_mut().zip(0..sources) {
            *place = Some(SourceSettings::new(index));
        }
        change(&mut signal);
        let mut settings = Box::new(Settings::for_pump(PumpPreset::RotaflowLike));
        settings.signals[0] = Some(signal);
        settings.check().unwrap();
        let pipeline = Box::new(Pipeline::new(&settings));
        Self { settings, pipeline, sources: vec![Reading::NO_DATA; usize::from(sources)], now: 1_000 * MS }
    }

    /// A good sample of this source, acquired now.
    fn sample(&mut self, source: usize, value: f64) {
        let sequence = self.sources[source].sequence() + 1;
        self.sources[source] = Reading::good(value, Monotonic(self.now), sequence);
    }

    fn fail(&mut self, source: usize, cause: Cause) {
        let sequence = self.sources[source].sequence() + 1;
        self.sources[source] = Reading::bad(cause, Monotonic(self.now), sequence);
    }

    fn tick(&mut self) -> (Reading, Option<u8>) {
        let mut readings = [Reading::NO_DATA; MAX_SIGNALS];
        let mut active = [None; MAX_SIGNALS];
        self.pipeline.tick(&self.settings, &self.sources, Monotonic(self.now), &mut readings, &mut active);
        (self.pipeline.reading(Role::BloodFlow, &readings), active[0])
    }

    /// 100 ms later, with these samples.
    fn step(&mut self, values: &[f64]) -> (Reading, Option<u8>) {
        self.now += 100 * MS;
        for (source, value) in values.iter().enumerate() {
            self.sample(source, *value);
        }
        self.tick()
    }
}

#[test]
fn a_sample_passes_with_value_time_and_a_growing_sequence() {
    let mut bench = Bench::new(1, |_| {});
    assert_eq!(bench.tick().0, Reading::NO_DATA);
    let (first, active) = bench.step(&[4.0]);
    assert_eq!((first.good_value(), first.acquired(), active), (Some(4.0), Monotonic(bench.now), Some(0)));
    assert_eq!(bench.tick().0, first, "without a new sample nothing changes");
    assert_eq!(bench.step(&[4.0]).0.sequence(), first.sequence() + 1);
}

#[test]
fn the_sequence_grows_also_when_a_restarted_host_counts_from_one() {
    let mut bench = Bench::new(1, |_| {});
    for _ in 0..5 {
        bench.step(&[4.0]);
    }
    let before = bench.tick().0.sequence();
    bench.fail(0, Cause::HostLost);
    assert_eq!(bench.tick().0.cause(), Cause::HostLost);
    bench.now += 100 * MS;
    bench.sources[0] = Reading::good(4.0, Monotonic(bench.now), 1);
    assert_eq!(bench.tick().0.sequence(), before + 1);
}

#[test]
fn age_is_checked_on_every_tick_and_a_stale_value_is_no_value() {
    let mut bench = Bench::new(1, |signal| signal.longest_age = Span::from_millis(300));
    let sampled = bench.step(&[4.0]).0.acquired();
    bench.now += 300 * MS;
    assert_eq!(bench.tick().0.good_value(), Some(4.0));
    bench.now += 1;
    let (stale, active) = bench.tick();
    assert_eq!((stale.value(), stale.cause(), active), (None, Cause::Stale, None));
    assert_eq!(stale.acquired(), sampled.plus(Span::from_millis(300)), "since when it is stale");
}

#[test]
fn times_from_the_future_and_backwards_are_bad_and_recovery_takes_one_sample() {
    let mut bench = Bench::new(1, |_| {});
    bench.step(&[4.0]);
    bench.now += 100 * MS;
    bench.sources[0] = Reading::good(4.0, Monotonic(bench.now + 11 * MS), 7);
    assert_eq!(bench.tick().0.cause(), Cause::BadTime);
    assert_eq!(bench.step(&[4.0]).0.good_value(), Some(4.0));
    bench.sources[0] = Reading::good(4.0, Monotonic(bench.now - 1), 9);
    assert_eq!(bench.tick().0.cause(), Cause::BadTime);
    assert_eq!(bench.step(&[4.0]).0.good_value(), Some(4.0));
    bench.sources[0] = Reading::good(4.1, Monotonic(bench.now + 9 * MS), 11);
    assert_eq!(bench.tick().0.good_value(), Some(4.1), "taken after the tick read its clock");
}

#[test]
fn range_is_judged_after_calibration() {
    let mut bench = Bench::new(1, |signal| {
        (signal.minimum, signal.maximum) = (-1.0, 5.0);
        signal.sources[0] = Some(SourceSettings { index: 0, offset: -0.5, gain: 2.0, zero: None });
    });
    assert_eq!(bench.step(&[2.5]).0.good_value(), Some(4.5));
    assert_eq!(bench.step(&[2.8]).0.cause(), Cause::OutOfRange);
    assert_eq!(bench.step(&[1.0]).0.good_value(), Some(1.5));
    assert_eq!(bench.step(&[f64::MAX]).0.cause(), Cause::NotFinite);
    assert_eq!(bench.step(&[f64::NAN]).0.cause(), Cause::NotFinite);
}

#[test]
fn a_spike_is_bad_with_its_cause_and_a_persistent_level_is_back_within_three_samples() {
    let mut bench = Bench::new(1, |signal| signal.max_slew = Some(PerSecond(5.0)));
    assert_eq!(bench.step(&[4.0]).0.cause(), Cause::NotReady, "one alone may be damaged");
    assert_eq!(bench.step(&[4.0]).0.good_value(), Some(4.0));
    assert_eq!(bench.step(&[9.0]).0.cause(), Cause::Rate);
    assert_eq!(bench.step(&[4.1]).0.good_value(), Some(4.1));
    let causes: Vec<_> = (0..4).map(|_| bench.step(&[8.0]).0.cause()).collect();
    assert_eq!(causes, [Cause::Rate, Cause::Rate, Cause::None, Cause::None]);
}

#[test]
fn the_filter_has_its_time_constant_and_restarts_after_a_gap() {
    let mut bench = Bench::new(1, |signal| signal.filter = Seconds(1.0));
    assert_eq!(bench.step(&[0.0]).0.good_value(), Some(0.0));
    let mut value = 0.0;
    for _ in 0..10 {
        value = bench.step(&[1.0]).0.good_value().unwrap();
    }
    assert!((value - 0.63).abs() < 0.03, "{value} after one time constant");
    bench.now += 1_000 * MS;
    assert_eq!(bench.tick().0.cause(), Cause::Stale);
    assert_eq!(bench.step(&[3.0]).0.good_value(), Some(3.0));
    bench.fail(0, Cause::SignalLost);
    bench.tick();
    assert_eq!(bench.step(&[5.0]).0.good_value(), Some(5.0));
}

#[test]
fn a_redundant_source_steps_in_at_once_is_marked_and_usable() {
    let mut bench = Bench::new(2, |_| {});
    assert_eq!(bench.step(&[4.0, 4.2]).1, Some(0));
    bench.fail(0, Cause::Communication);
    let (reading, active) = bench.tick();
    assert_eq!((reading.value(), reading.cause(), active), (Some(4.2), Cause::Redundant, Some(1)));
    assert_eq!(usable(&reading), Ok(4.2));
}

#[test]
fn a_source_that_comes_and_goes_does_not_make_the_signal_flap() {
    let mut bench = Bench::new(2, |_| {});
    bench.step(&[4.0, 4.2]);
    let mut switches = 0;
    let mut last = Some(0);
    for round in 0..100 {
        bench.now += 100 * MS;
        bench.sample(1, 4.2);
        if round % 2 == 0 {
            bench.fail(0, Cause::Communication)
        } else {
            bench.sample(0, 4.0)
        }
        let active = bench.tick().1;
        switches += u32::from(active != last);
        last = active;
    }
    assert_eq!((switches, last), (1, Some(1)));
    for _ in 0..19 {
        assert_eq!(bench.step(&[4.0, 4.2]).1, Some(1), "not yet good for two seconds");
    }
    assert_eq!(bench.step(&[4.0, 4.2]).1, Some(0));
}

#[test]
fn a_preferred_source_that_only_starts_later_is_taken_at_once() {
    let mut bench = Bench::new(2, |_| {});
    bench.sample(1, 4.2);
    assert_eq!(bench.tick().1, Some(1));
    assert_eq!(bench.step(&[4.0, 4.2]).1, Some(0));
}

#[test]
fn when_all_sources_are_bad_the_preferred_ones_cause_is_shown() {
    let mut bench = Bench::new(2, |_| {});
    bench.step(&[4.0, 4.2]);
    bench.fail(0, Cause::Communication);
    bench.fail(1, Cause::HostLost);
    let (reading, active) = bench.tick();
    assert_eq!((reading.value(), reading.cause(), active), (None, Cause::Communication, None));
}

#[test]
fn the_median_outvotes_one_liar_and_is_bad_without_a_majority() {
    let mut bench = Bench::new(3, |signal| (signal.vote, signal.tolerance) = (Vote::Median, 0.5));
    assert_eq!(bench.step(&[4.0, 4.2, 4.1]).0.good_value(), Some(4.1));
    let outvoted = bench.step(&[4.0, 4.2, 9.0]).0;
    assert_eq!((outvoted.value(), outvoted.cause()), (Some(4.2), Cause::Disagreement));
    assert_eq!(usable(&outvoted), Ok(4.2));
    let split = bench.step(&[1.0, 4.2, 9.0]).0;
    assert_eq!((split.value(), split.cause()), (None, Cause::Disagreement));
    bench.fail(2, Cause::Communication);
    bench.now += 100 * MS;
    bench.sample(0, 4.0);
    bench.sample(1, 4.2);
    assert_eq!(
        bench.tick().0.good_value().map(|v| (v * 10.0).round()),
        Some(41.0),
        "two that agree: their mean"
    );
    bench.sample(1, 6.0);
    assert_eq!(bench.tick().0.cause(), Cause::Disagreement, "two that do not: nobody knows");
    bench.fail(1, Cause::Communication);
    let last = bench.tick().0;
    assert_eq!((last.value(), last.cause()), (Some(4.0), Cause::Redundant));
}

#[test]
fn controllers_refuse_values_that_are_in_doubt() {
    let at = Monotonic(1);
    for (cause, wanted) in [
        (Cause::NearZero, Ok(1.0)),
        (Cause::Redundant, Ok(1.0)),
        (Cause::Estimated, Err(Cause::Estimated)),
        (Cause::NotCalibrated, Err(Cause::NotCalibrated)),
    ] {
        assert_eq!(usable(&Reading::uncertain(1.0, cause, at, 1)), wanted);
    }
    assert_eq!(usable(&Reading::bad(Cause::Stale, at, 1)), Err(Cause::Stale));
}

#[test]
fn an_index_without_a_source_is_no_data() {
    let mut bench = Bench::new(1, |signal| signal.sources[0] = Some(SourceSettings::new(100)));
    assert_eq!(bench.step(&[4.0]).0.cause(), Cause::NoData);
    assert!(bench.pipeline.has(Role::BloodFlow) && !bench.pipeline.has(Role::PumpSpeed));
}

#[test]
fn doubt_without_a_cause_is_a_fault_of_the_driver() {
    let mut bench = Bench::new(1, |_| {});
    let at = Monotonic(bench.now);
    for (sequence, reading) in (1..).zip([Reading::bad, |cause, at, n| Reading::uncertain(4.0, cause, at, n)])
    {
        bench.sources[0] = reading(Cause::None, at, sequence);
        assert_eq!(bench.tick().0, Reading::bad(Cause::DriverFault, at, 0));
    }
}

#[test]
fn one_damaged_number_after_a_gap_or_a_fault_is_never_believed() {
    for (gap, fault) in
        [(1, None), (3, None), (30, None), (1, Some(Cause::Communication)), (30, Some(Cause::HostLost))]
    {
        let mut bench = Bench::new(1, |signal| signal.max_slew = Some(PerSecond(10.0)));
        bench.step(&[4.0]);
        bench.step(&[4.0]);
        bench.now += (gap - 1) * 100 * MS;
        if let Some(cause) = fault {
            bench.fail(0, cause);
            assert_eq!(bench.tick().0.cause(), cause);
        }
        let damaged = bench.step(&[9.0]).0;
        assert_eq!(damaged.value(), None, "after {gap} samples' time and {fault:?}: {damaged:?}");
        let next: Vec<_> = (0..3).map(|_| bench.step(&[4.0]).0.good_value()).collect();
        assert!(next[0].is_none_or(|first| (3.9..4.1).contains(&first)), "{next:?}");
        assert_eq!(next[1..], [Some(4.0); 2]);
    }
}

#[test]
fn a_drivers_statement_counts_where_the_settings_have_none_and_only_if_it_is_sense() {
    let cause_of_a_step = |settings: Option<PerSecond>, declared: Option<PerSecond>| {
        let mut bench = Bench::new(1, |signal| {
            signal.max_slew = settings;
            signal.sources[0] = Some(SourceSettings { gain: -2.0, ..SourceSettings::new(0) });
        });
        let Bench { pipeline, settings, .. } = &mut bench;
        pipeline.declare_slew(settings, 0, declared);
        bench.step(&[0.0]);
        bench.step(&[0.0]);
        bench.step(&[-1.0]).0.cause()
    };
    let slew = |value| Some(PerSecond(value));
    for (settings, declared, wanted) in [
        (None, None, Cause::None),
        (None, slew(9.0), Cause::Rate),
        (None, slew(11.0), Cause::None),
        (slew(30.0), slew(9.0), Cause::None),
        (slew(19.0), slew(90.0), Cause::Rate),
        (None, slew(0.0), Cause::None),
        (None, slew(f64::NAN), Cause::None),
    ] {
        assert_eq!(cause_of_a_step(settings, declared), wanted, "{settings:?} {declared:?}");
    }
}
