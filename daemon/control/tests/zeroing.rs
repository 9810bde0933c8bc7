// SPDX-License-Identifier: MIT OR Apache-2.0
//! Zeroing a pressure, from the request to the zero in use; and every reason not to.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_cmp)] // helpers of tests are tests

use ecmod_control::{
    Boot, Core, Inhibit, Inputs, InterventionKind, InterventionState, Mode, PumpLink, PumpPreset, Refusal,
    Request, Role, Settings, SignalSettings, SourceSettings, State, ZERO_NOISE, ZERO_RANGE, ZeroFound,
    ZeroPolicy,
};
use ecmod_quantities::{Cause, MmHg, Monotonic, PerSecond, Quality, Quantity, Reading, Rpm, Seconds};
use proptest::prelude::*;

const MS: u64 = 1_000_000;
/// Signals: a drainage pressure of two sources (with calibrations), a return pressure that shares the second of them, a flow.
const VENOUS: u16 = 0;
const ARTERIAL: u16 = 1;
const FLOW: u16 = 2;
const VENOUS_LOW: InterventionKind = InterventionKind::VenousPressureLow;

/// A console with two transducers and a flow meter, and the time. What a source delivers next is a function of the sample's number.
struct Bench {
    core: Box<Core>,
    sources: [Reading; 3],
    now: u64,
}

fn settings(change: impl Fn(&mut Settings)) -> Settings {
    let mut settings = Settings::for_pump(PumpPreset::RotaflowLike);
    let mut venous = SignalSettings::new(Role::VenousPressure, Quantity::Pressure, 0);
    venous.sources[0] = Some(SourceSettings { index: 0, offset: 3.0, gain: 2.0, zero: None });
    venous.sources[1] = Some(SourceSettings::new(1));
    settings.signals[usize::from(VENOUS)] = Some(venous);
    settings.signals[usize::from(ARTERIAL)] =
        Some(SignalSettings::new(Role::ArterialPressure, Quantity::Pressure, 1));
    settings.signals[usize::from(FLOW)] = Some(SignalSettings::new(Role::BloodFlow, Quantity::BloodFlow, 2));
    change(&mut settings);
    settings
}

impl Bench {
    fn new(change: impl Fn(&mut Settings)) -> Self {
        let core = Box::new(Core::new(settings(change), Boot::Cold).unwrap());
        Self { core, sources: [Reading::NO_DATA; 3], now: 1_000 * MS }
    }

    /// 10 ms later, with these raw samples.
    fn step(&mut self, samples: [Option<Result<f64, Cause>>; 3]) {
        self.now += 10 * MS;
        for (source, sample) in self.sources.iter_mut().zip(samples) {
            let (at, sequence) = (Monotonic(self.now), source.sequence() + 1);
            *source = match sample {
                Some(Ok(value)) => Reading::good(value, at, sequence),
                Some(Err(cause)) => Reading::bad(cause, at, sequence),
                None => *source,
            };
        }
        self.tick();
    }

    fn tick(&mut self) {
        let pump = PumpLink::Present { held: Some(Rpm(3000.0)), local: false };
        let inputs = Inputs { sources: &self.sources, pump, ..Inputs::NOTHING };
        self.core.tick(&inputs, Monotonic(self.now));
    }

    /// Runs; sample `n` of sources 0 and 1 is what these say.
    fn run(&mut self, seconds: f64, first: impl Fn(u32) -> f64, second: impl Fn(u32) -> f64) {
        for n in (0u32..).take_while(|n| f64::from(*n) * 0.01 < seconds) {
            self.step([Some(Ok(first(n))), Some(Ok(second(n))), Some(Ok(4.0))]);
        }
    }

    fn ask(&mut self, signal: u16) -> Result<(), Refusal> {
        self.core.request(Request::Zero { signal }, Monotonic(self.now))
    }

    fn reading(&self, signal: u16) -> Reading {
        self.core.outputs().readings[usize::from(signal)]
    }

    /// How the latest zeroing ended.
    fn ended(&self) -> Result<[Option<ZeroFound>; 3], Refusal> {
        assert_eq!(self.core.outputs().zeroing.running, None);
        self.core.outputs().zeroing.ended.unwrap().result
    }
}

/// Plus and minus this.
fn jitter(half: f64) -> impl Fn(u32) -> f64 {
    move |n| if n % 2 == 0 { half } else { -half }
}

#[test]
fn after_a_second_the_mean_of_each_source_is_its_zero_and_gain_and_offset_count_on_top() {
    let mut bench = Bench::new(|_| {});
    bench.run(0.1, |_| 6.5, |_| -4.0);
    assert_eq!(bench.reading(VENOUS).good_value(), Some(2.0 * 6.5 + 3.0));
    assert_eq!(bench.ask(VENOUS), Ok(()));
    let run = bench.core.outputs().zeroing.running.unwrap();
    assert_eq!((run.number, run.signal, run.ends), (1, VENOUS, Monotonic(bench.now + 1_000 * MS)));
    bench.run(0.99, |n| 6.5 + jitter(0.5)(n), |n| -4.0 + jitter(1.0)(n));
    assert_eq!(bench.core.outputs().zeroing.ended, None, "not yet");
    assert!(bench.reading(VENOUS).good_value().is_some(), "the readings go on");
    bench.run(0.02, |_| 6.5, |_| -4.0);
    let end = bench.core.outputs().zeroing.ended.unwrap();
    assert_eq!((end.number, end.signal), (1, VENOUS));
    let [Some(first), Some(second), None] = end.result.unwrap() else { panic!("{end:?}") };
    assert_eq!((first.source, second.source), (0, 1));
    assert!((first.zero - 6.5).abs() < 0.02 && (second.zero + 4.0).abs() < 0.04, "{end:?}");
    assert!((first.noise.value() - 1.0).abs() < 0.05, "in the signal's unit: {:?}", first.noise);
    bench.run(0.1, |_| 6.5, |_| -4.0);
    let value = bench.reading(VENOUS).good_value().unwrap();
    assert!((value - 3.0).abs() < 0.05, "open to air it shows its offset: {value}");
    let shared = bench.reading(ARTERIAL).good_value().unwrap();
    assert!(shared.abs() < 0.05, "the zero belongs to the transducer, in whatever signal: {shared}");
    bench.run(0.1, |_| -23.5, |_| -34.0);
    assert!((bench.reading(VENOUS).good_value().unwrap() - (2.0 * -30.0 + 3.0)).abs() < 0.05);
}

#[test]
fn a_noisy_a_far_off_and_a_silent_transducer_are_refused_with_what_was_measured() {
    let refused = |first: fn(u32) -> Option<Result<f64, Cause>>| {
        let mut bench = Bench::new(|settings| settings.signals[0].as_mut().unwrap().sources[1] = None);
        bench.run(0.1, |_| 5.0, |_| 0.0);
        bench.ask(VENOUS).unwrap();
        for n in 0..101 {
            bench.step([first(n), None, None]);
        }
        let before = bench.reading(VENOUS);
        bench.tick();
        assert_eq!(before, bench.reading(VENOUS));
        bench.ended().unwrap_err()
    };
    let noisy = refused(|n| Some(Ok(5.0 + jitter(1.2)(n))));
    let Refusal::ZeroNoisy { noise, most: ZERO_NOISE } = noisy else { panic!("{noisy:?}") };
    assert!((noise.value() - 2.4).abs() < 0.05, "{noise:?}");
    assert_eq!(
        noisy.to_string(),
        "not quiet enough to be zeroed: 2.4 mmHg of noise, at most 2 mmHg is allowed"
    );
    for sign in [1.0, -1.0] {
        let far = if sign > 0.0 { refused(|_| Some(Ok(25.1))) } else { refused(|_| Some(Ok(-25.1))) };
        let Refusal::ZeroFarOff { mean, most: ZERO_RANGE } = far else { panic!("{far:?}") };
        assert!((mean.value() - 50.2 * sign).abs() < 1e-9, "{mean:?}");
        assert!(far.to_string().contains("50.2 mmHg"), "{far}");
    }
    assert_eq!(refused(|_| None), Refusal::ZeroSamples { good: 0, all: 0 });
    assert_eq!(
        refused(|n| if n < 9 { Some(Ok(1.0)) } else { None }),
        Refusal::ZeroSamples { good: 9, all: 9 }
    );
    let loose = refused(|n| Some(if n % 5 == 0 { Err(Cause::Disconnected) } else { Ok(1.0) }));
    assert_eq!(loose, Refusal::ZeroSamples { good: 80, all: 100 });
    let lost = refused(|_| Some(Err(Cause::Disconnected)));
    assert_eq!(lost, Refusal::ZeroSamples { good: 0, all: 100 });
    assert_eq!(
        lost.to_string(),
        "too few good samples to be zeroed: 0 of 100; at least 10 and nine of ten are needed"
    );
}

#[test]
fn all_sources_are_zeroed_or_none_but_a_dead_one_does_not_hinder_its_neighbour() {
    let mut bench = Bench::new(|_| {});
    bench.ask(VENOUS).unwrap();
    bench.run(1.01, |_| 1.0, |_| 51.0);
    assert!(matches!(bench.ended(), Err(Refusal::ZeroFarOff { .. })));
    assert_eq!(bench.reading(VENOUS).good_value(), Some(5.0), "the first one as it was");
    bench.ask(VENOUS).unwrap();
    for _ in 0..101 {
        bench.step([Some(Ok(1.0)), Some(Err(Cause::Disconnected)), None]);
    }
    assert!(matches!(bench.ended(), Ok([Some(ZeroFound { source: 0, .. }), None, None])));
}

#[test]
fn what_cannot_be_zeroed_is_refused_at_once_and_changes_nothing() {
    let mut bench = Bench::new(|_| {});
    bench.run(0.1, |_| 1.0, |_| 1.0);
    let before = *bench.core.outputs();
    assert_eq!(bench.ask(FLOW), Err(Refusal::NotAPressure(Quantity::BloodFlow)));
    assert_eq!(bench.ask(3), Err(Refusal::NoSuchSignal));
    assert_eq!(bench.ask(u16::MAX), Err(Refusal::NoSuchSignal));
    assert_eq!(*bench.core.outputs(), before);
    bench.ask(VENOUS).unwrap();
    assert_eq!(bench.ask(ARTERIAL), Err(Refusal::ZeroingRuns));
    bench.run(1.01, |_| 1.0, |_| 1.0);
    bench.ask(ARTERIAL).unwrap();
    assert_eq!(bench.core.outputs().zeroing.running.unwrap().number, 2);
    assert_eq!(bench.core.outputs().zeroing.ended.unwrap().number, 1, "still to be read");
}

#[test]
fn a_zero_from_before_counts_from_the_start_and_another_one_is_found_without_it() {
    let mut bench = Bench::new(|settings| {
        let venous = settings.signals[0].as_mut().unwrap();
        venous.sources[0].as_mut().unwrap().zero = Some(6.0);
        venous.sources[1].as_mut().unwrap().zero = Some(-2.0);
    });
    bench.run(0.1, |_| 6.0, |_| -2.0);
    assert_eq!(bench.reading(VENOUS).good_value(), Some(3.0));
    assert_eq!(bench.reading(ARTERIAL).good_value(), Some(0.0), "the source is the same");
    bench.ask(ARTERIAL).unwrap();
    bench.run(1.1, |_| 6.0, |_| 10.0);
    assert!(
        matches!(bench.ended(), Ok([Some(ZeroFound { zero, .. }), None, None]) if (zero - 10.0).abs() < 1e-9)
    );
    assert_eq!(bench.reading(ARTERIAL).good_value(), Some(0.0));
}

#[test]
fn a_bridge_transducer_is_shown_but_not_relied_on_until_it_was_zeroed() {
    let mut bench = Bench::new(|settings| {
        let venous = settings.signals[0].as_mut().unwrap();
        venous.zero = ZeroPolicy::Required;
        settings.signals[1] = None;
    });
    bench.run(0.1, |_| -10.0, |_| -20.0);
    let reading = bench.reading(VENOUS);
    assert_eq!((reading.value(), reading.cause()), (Some(-17.0), Cause::NotCalibrated));
    assert_eq!(bench.core.outputs().state, State::Support(Mode::Speed), "taken over");
    assert_eq!(
        bench.core.outputs().intervention(VENOUS_LOW).state,
        InterventionState::Inhibited(Inhibit::SignalBad(Cause::NotCalibrated))
    );
    bench.ask(VENOUS).unwrap();
    bench.run(1.1, |_| -10.0, |_| -20.0);
    assert_eq!(bench.reading(VENOUS).good_value(), Some(3.0));
    assert_eq!(bench.core.outputs().intervention(VENOUS_LOW).state, InterventionState::Watching);
}

#[test]
fn a_new_zero_makes_no_gap_in_a_signal_with_a_slew_and_a_filter() {
    let mut bench = Bench::new(|settings| {
        let arterial = settings.signals[1].as_mut().unwrap();
        arterial.max_slew = Some(PerSecond(100.0));
        arterial.filter = Seconds(0.5);
    });
    bench.run(1.0, |_| 0.0, |_| 45.0);
    bench.ask(ARTERIAL).unwrap();
    for _ in 0..130 {
        bench.run(0.005, |_| 0.0, |_| 45.0);
        assert_eq!(bench.reading(ARTERIAL).quality(), Quality::Good);
    }
    assert!(bench.reading(ARTERIAL).good_value().unwrap().abs() < 1e-9, "and nothing to settle");
}

proptest! {
    #[test]
    fn the_zero_is_the_mean_and_the_noise_the_deviation_of_what_was_sampled(
        samples in prop::collection::vec(-30.0..30.0f64, 101),
    ) {
        let mut bench = Bench::new(|_| {});
        bench.ask(ARTERIAL).unwrap();
        for sample in &samples {
            bench.step([None, Some(Ok(*sample)), None]);
            bench.tick(); // a tick without news counts nothing
        }
        let count = 100.0; // the hundredth comes when the second is over
        let mean = samples[..100].iter().sum::<f64>() / count;
        let noise = (samples[..100].iter().map(|sample| (sample - mean).powi(2)).sum::<f64>() / count).sqrt();
        match bench.ended() {
            Ok([Some(found), None, None]) => {
                prop_assert!((found.zero - mean).abs() < 1e-9);
                prop_assert!((found.noise.value() - noise).abs() < 1e-9 && noise <= 2.0);
            }
            Err(Refusal::ZeroNoisy { noise: found, .. }) => {
                prop_assert!((found - MmHg(noise)).abs() < MmHg(1e-9) && noise > 2.0);
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }
}
