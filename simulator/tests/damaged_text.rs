// SPDX-License-Identifier: MIT OR Apache-2.0
//! The flow meter's text, damaged on the wire, through the real driver and the real core to the pump, in simulated time:
//! no wrong flow is believed, and the pump stays where it is.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use ecmod_control::{Mode, Role, State};
use ecmod_driver_emtec_bioprott::EmtecBioprott;
use ecmod_plugin::testing::{FakeHost, Harness as DriverHarness};
use ecmod_quantities::{Cause, Monotonic, PerSecond, Quality, Reading, Span};
use ecmod_sim::harness::{FlowReader, Harness, Options};
use ecmod_sim::random::Noise;
use ecmod_sim::scenario::{Fault, Scenario};
use std::collections::VecDeque;

/// A driver's cycle.
const CYCLE: Span = Span::from_millis(20);
/// What is called wrong, L/min.
const WRONG: f64 = 0.3;

/// The driver on the meter's line, in a host that is not there.
#[derive(Debug)]
struct Driver {
    host: FakeHost,
    driver: DriverHarness,
    /// The core's time when the host's was 0, modulo 2^64.
    origin: Option<u64>,
    next: Monotonic,
    sequence: u64,
    /// Digits of the flows that are damaged in a line, and the probability that a line is.
    digits: Option<(usize, f64)>,
    noise: Noise,
}

impl Driver {
    fn new(digits: Option<(usize, f64)>, seed: u64) -> Self {
        let host = FakeHost::new();
        host.configure("{}");
        let driver = DriverHarness::open::<EmtecBioprott>(&host).unwrap();
        let noise = Noise::seeded(seed);
        Self { host, driver, origin: None, next: Monotonic(0), sequence: 0, digits, noise }
    }

    /// What it declares of its first signal.
    fn declared_slew(&self) -> PerSecond {
        PerSecond(self.driver.table().signals.first().unwrap().max_slew)
    }

    fn damage(&mut self, bytes: &mut [u8]) {
        let Some((count, part)) = self.digits else { return };
        if bytes.len() < 43 || !self.noise.chance(part) {
            return;
        }
        for _ in 0..count {
            let place = 15 + usize::from(self.noise.byte()) % 23;
            if let Some(digit) = bytes.get_mut(place).filter(|byte| byte.is_ascii_digit()) {
                *digit = b'0' + (*digit - b'0' + 1 + self.noise.byte() % 9) % 10;
            }
        }
    }
}

impl FlowReader for Driver {
    fn read(&mut self, bytes: &[u8], now: Monotonic) -> Option<Reading> {
        let mut bytes = bytes.to_vec();
        self.damage(&mut bytes);
        self.host.feed(&bytes);
        if now < self.next {
            return None;
        }
        self.next = now.plus(CYCLE);
        let origin = *self.origin.get_or_insert(now.0.wrapping_sub(self.host.now().0));
        // A read that waited has taken the host ahead of us.
        self.host.advance(Monotonic(now.0.wrapping_sub(origin)).since(self.host.now()));
        assert_eq!(self.driver.cycle(), 0);
        let sample = self.driver.sample("flow")?;
        self.sequence += 1;
        let at = Monotonic(sample.t.0.wrapping_add(origin));
        Some(match (sample.quality, sample.value) {
            (Quality::Good, Some(value)) => Reading::good(value, at, self.sequence),
            (Quality::Uncertain, Some(value)) => Reading::uncertain(value, sample.cause, at, self.sequence),
            _ => Reading::bad(sample.cause, at, self.sequence),
        })
    }
}

/// A console that supports in Flow mode at 4 L/min, its flow read by the driver, with the slew that the driver declares.
fn steady(driver: Driver) -> Harness {
    let scenario = Scenario::parse(
        "title = 'text'\n[[events]]\nat_s = 0.5\naction = { start = true, mode = 'flow', flow = 4.0, sweep_gas = 3.0 }",
    )
    .unwrap();
    let mut options = Options::for_scenario(scenario);
    let signal = options.core.signals.first_mut().unwrap().as_mut().unwrap();
    signal.longest_age = Span::from_millis(350);
    signal.max_slew = Some(driver.declared_slew());
    let mut harness = Harness::new(&options).unwrap();
    harness.read_flow_with(Box::new(driver));
    harness.run(40.0, |_| {});
    assert!((harness.plant.truth().flow.value() - 4.0).abs() < 0.1);
    assert_eq!(harness.core().outputs().state, State::Support(Mode::Flow));
    harness
}

/// What came of some time.
#[derive(Debug, Default)]
struct Course {
    /// The most that a reading with a value was wrong by, L/min.
    worst: f64,
    /// Part of the time in which there was a value.
    known: f64,
    speed: (f64, f64),
}

fn watch(harness: &mut Harness, seconds: f64) -> Course {
    watch_on(harness, seconds, &mut VecDeque::new())
}

/// With the true flows of the last 0.6 s, the newest first: what the meter says was, and lies between them.
fn watch_on(harness: &mut Harness, seconds: f64, truths: &mut VecDeque<f64>) -> Course {
    let mut course = Course { speed: (f64::MAX, f64::MIN), ..Course::default() };
    let (mut ticks, mut known) = (0.0, 0.0);
    harness.run(seconds, |moment| {
        truths.push_front(moment.truth.flow.value());
        truths.truncate(60);
        ticks += 1.0;
        let speed = moment.truth.pump_speed.value();
        course.speed = (course.speed.0.min(speed), course.speed.1.max(speed));
        if let Some(value) = moment.outputs.readings.get(Role::BloodFlow as usize).unwrap().value() {
            known += 1.0;
            let low = truths.iter().copied().fold(f64::MAX, f64::min);
            let high = truths.iter().copied().fold(f64::MIN, f64::max);
            course.worst = course.worst.max(low - value).max(value - high);
        }
    });
    course.known = known / ticks;
    course
}

fn assert_harmless(what: &str, harness: &mut Harness, seconds: f64) {
    let before = watch(harness, 3.0);
    let course = watch(harness, seconds);
    println!("{what}: {course:.3?}, before {before:.3?}");
    assert!(course.worst <= WRONG, "{what}: a flow that was wrong by {} L/min was believed", course.worst);
    let (low, high) = before.speed;
    assert!(
        course.speed.0 > low * 0.97 && course.speed.1 < high * 1.03,
        "{what}: the pump moved from {:?} to {:?} rpm",
        before.speed,
        course.speed
    );
}

#[test]
fn faults_of_the_line_make_no_wrong_flow_and_move_no_pump() {
    for probability in [0.05, 0.3, 0.7, 1.0] {
        let line = || "flow_line".to_owned();
        let faults = [
            Fault::WrongCrc { line: line(), probability },
            Fault::Noise { line: line(), probability, bytes: 60 },
            Fault::ShortFrames { line: line(), probability },
        ];
        for (number, fault) in faults.into_iter().enumerate() {
            let mut harness = steady(Driver::new(None, 3));
            let id = harness.plant.inject(fault.clone());
            let what = format!("{fault:?}");
            assert_harmless(&what, &mut harness, 120.0);
            harness.plant.clear(id);
            harness.run(2.0, |_| {});
            let reading = harness.core().outputs().readings[Role::BloodFlow as usize];
            assert_eq!(
                (reading.quality(), reading.cause()),
                (Quality::Good, Cause::None),
                "{what}, {number}"
            );
        }
    }
}

#[test]
fn damaged_digits_make_no_wrong_flow_and_move_no_pump() {
    for (count, part) in [(1, 0.05), (1, 0.3), (1, 0.7), (1, 1.0), (2, 0.3), (2, 1.0)] {
        for seed in [1, 2] {
            let mut harness = steady(Driver::new(Some((count, 0.0)), seed));
            let driver = Driver::new(Some((count, part)), seed);
            driver.host.feed(b"\r\n");
            harness.read_flow_with(Box::new(driver));
            harness.run(1.0, |_| {});
            assert_harmless(&format!("{count} digits, {part}, seed {seed}"), &mut harness, 120.0);
        }
    }
}

#[test]
fn a_flow_that_really_changes_fast_is_followed() {
    let mut harness = steady(Driver::new(None, 1));
    let mut truths = VecDeque::new();
    watch_on(&mut harness, 1.0, &mut truths);
    for clamped in [[1.0, 0.0], [0.0, 0.0], [0.0, 1.0], [0.0, 0.0], [1.0, 1.0], [0.0, 0.0]] {
        harness.plant.set_clamped(clamped);
        let course = watch_on(&mut harness, 4.0, &mut truths);
        println!("clamped {clamped:?}: {course:.3?}");
        assert!(course.worst <= 0.1 && course.known > 0.9, "{clamped:?}: {course:?}");
    }
}
