// SPDX-License-Identifier: MIT OR Apache-2.0
//! What holds for *any* inputs: NaN, bad, stale and future readings, jumping time, a host that comes and goes,
//! requests in any order with any value.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_cmp)] // helpers of tests are tests

use ecmod_control::{
    Boot, Clamp, ClampLinks, ClampPosition, Core, INTERVENTION_LONGEST, Inputs, MAX_SIGNALS, Mode, Outputs,
    PumpLink, PumpPreset, Request, Resume, Role, Settings, SignalSettings, SourceSettings, State, StopState,
    TransitionCause, Vote,
};
use ecmod_quantities::{
    Cause, GasLitresPerMinute, LitresPerMinute, Monotonic, PerSecond, Quality, Quantity, Reading, Rpm,
    Seconds,
};
use proptest::prelude::*;

const MS: u64 = 1_000_000;
const ROLES: [Role; 5] = [
    Role::BloodFlow,
    Role::PumpSpeed,
    Role::VenousPressure,
    Role::PreMembranePressure,
    Role::ArterialPressure,
];
/// Two sources per signal.
const SOURCES: usize = 2 * ROLES.len();

/// What one source does in one step.
#[derive(Debug, Clone, Copy)]
enum Sample {
    Nothing,
    Good(f64),
    Uncertain(f64),
    Bad(Cause),
    /// This many milliseconds before (negative: after) now.
    Aged(f64, i64),
}

#[derive(Debug, Clone)]
struct Step {
    elapsed_ms: i64,
    samples: [Sample; SOURCES],
    pump: PumpLink,
    clamps: ClampLinks,
    request: Option<Request>,
    confirm: bool,
}

/// Usual values more often than odd ones, else nothing but faults would ever be reached.
fn number(usual: std::ops::Range<f64>) -> impl Strategy<Value = f64> + Clone {
    prop_oneof![
        12 => usual,
        1 => prop_oneof![
            Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY), Just(f64::MAX), Just(-0.0), -1e5..1e5f64
        ],
    ]
}

fn sample(usual: std::ops::Range<f64>) -> impl Strategy<Value = Sample> {
    let value = number(usual);
    prop_oneof![
        3 => Just(Sample::Nothing),
        8 => value.clone().prop_map(Sample::Good),
        1 => value.clone().prop_map(Sample::Uncertain),
        1 => (0u32..22).prop_map(|code| Sample::Bad(Cause::from_code(code).unwrap())),
        1 => (value, -50i64..2_000).prop_map(|(value, age)| Sample::Aged(value, age)),
    ]
}

fn samples() -> impl Strategy<Value = [Sample; SOURCES]> {
    let usual = [-1.0..6.0, 0.0..5000.0, -150.0..10.0, 50.0..400.0, 50.0..350.0];
    let pairs = usual.map(|range| (sample(range.clone()), sample(range)));
    pairs.prop_map(|pairs| {
        let mut all = [Sample::Nothing; SOURCES];
        for (places, (first, second)) in all.chunks_exact_mut(2).zip(pairs) {
            (places[0], places[1]) = (first, second);
        }
        all
    })
}

fn request() -> impl Strategy<Value = Request> {
    prop_oneof![
        3 => Just(Request::Start),
        2 => Just(Request::RequestStop),
        1 => any::<u32>().prop_map(|token| Request::ConfirmStop { token }),
        1 => Just(Request::CancelStop),
        3 => prop::sample::select(&Mode::ALL).prop_map(Request::SetMode),
        3 => number(0.0..6000.0).prop_map(|speed| Request::SetSpeed(Rpm(speed))),
        3 => number(-1.0..9.0).prop_map(|flow| Request::SetFlow(LitresPerMinute(flow))),
        1 => number(-1.0..20.0).prop_map(|flow| Request::SetSweepGasFlow(GasLitresPerMinute(flow))),
        1 => (prop::sample::select(&Clamp::ALL), prop::sample::select(&ClampPosition::ALL))
            .prop_map(|(clamp, position)| Request::SetClamp { clamp, position }),
        1 => (0u16..70).prop_map(|signal| Request::Zero { signal }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let elapsed = prop_oneof![20 => 1i64..30, 2 => Just(0i64), 1 => 30i64..20_000, 1 => -5_000i64..0];
    let pump = prop_oneof![
        16 => Just(PumpLink::Present { held: None, local: false }),
        2 => Just(PumpLink::Absent),
        2 => number(0.0..5000.0).prop_map(|held| PumpLink::Present { held: Some(Rpm(held)), local: false }),
    ];
    let request = prop_oneof![4 => Just(None), 1 => request().prop_map(Some)];
    let clamps = any::<(bool, bool)>()
        .prop_map(|(return_clamp, drainage_clamp)| ClampLinks { return_clamp, drainage_clamp });
    (elapsed, samples(), pump, clamps, request, prop::bool::weighted(0.1)).prop_map(
        |(elapsed_ms, samples, pump, clamps, request, confirm)| Step {
            elapsed_ms,
            samples,
            pump,
            clamps,
            request,
            confirm,
        },
    )
}

fn boot() -> impl Strategy<Value = Boot> {
    let resume = (prop::sample::select(&Mode::ALL), number(0.0..5000.0), number(0.0..8.0), any::<bool>());
    prop_oneof![
        1 => Just(Boot::Cold),
        1 => resume.prop_map(|(mode, speed, flow, supporting)| {
            Boot::Resume(Resume { flow: LitresPerMinute(flow), supporting, ..Resume::at(mode, Rpm(speed)) })
        }),
    ]
}

fn settings(preset: PumpPreset, vote: Vote) -> Settings {
    let mut settings = Settings::for_pump(preset);
    for (index, role) in ROLES.into_iter().enumerate() {
        let first = u16::try_from(2 * index).unwrap();
        let mut signal = SignalSettings::new(role, Quantity::BloodFlow, first);
        signal.sources[1] = Some(SourceSettings { index: first + 1, offset: 0.1, gain: 1.02, zero: None });
        signal.vote = vote;
        signal.filter = Seconds(0.05);
        signal.max_slew = Some(PerSecond(50.0 * signal.tolerance));
        settings.signals[index] = Some(signal);
    }
    settings
}

/// The speed limits that hold: those of the settings, and a speed that was taken over from outside them.
struct Watch {
    settings: Settings,
    highest: f64,
    last: Option<(Outputs, Monotonic)>,
}

impl Watch {
    fn look(&mut self, out: &Outputs, now: Monotonic) {
        self.readings(out);
        self.fallback(out);
        if let Some(speed) = out.pump_speed {
            self.demand(out, speed.value(), now);
        }
        self.last = Some((*out, now));
    }

    fn readings(&self, out: &Outputs) {
        for (reading, signal) in out.readings.iter().zip(&self.settings.signals) {
            let Some(signal) = signal else { continue };
            if let Some(value) = reading.value() {
                prop_assert_ok(
                    value.is_finite() && (signal.minimum..=signal.maximum).contains(&value),
                    reading,
                );
                prop_assert_ok(out.now.since(reading.acquired()) <= signal.longest_age, reading);
            }
            prop_assert_ok((reading.quality() == Quality::Good) == (reading.cause() == Cause::None), reading);
        }
        assert_ne!(out.flow_estimate.quality(), Quality::Good);
    }

    /// What the host would do alone only ever gives back, within limits, slew and time.
    fn fallback(&self, out: &Outputs) {
        let Some(fallback) = out.fallback else { return };
        let (then, speed) = (fallback.then.value(), out.pump_speed.unwrap().value());
        assert!(then > speed && then <= self.settings.speed.maximum.value(), "{out:?}");
        let slew = fallback.slew.value();
        assert!(slew > 0.0 && slew <= self.settings.speed.slew.value(), "{out:?}");
        assert!(fallback.until.since(out.now) <= INTERVENTION_LONGEST.1, "{out:?}");
        assert!(matches!(out.state, State::Support(_)) && out.stop != StopState::Ramping, "{out:?}");
    }

    fn demand(&mut self, out: &Outputs, speed: f64, now: Monotonic) {
        let last = self.last.and_then(|(last, at)| Some((last, last.pump_speed?.value(), at)));
        // When the drive's own speed becomes known it need not be our last demand. (Two transitions in one tick: it
        // became known, and a lost flow or the end of a stop was noticed as well.)
        let adopted = |last: &Outputs| match out.transition.count - last.transition.count {
            0 => false,
            1 => matches!(
                out.transition.cause,
                TransitionCause::Started
                    | TransitionCause::PumpBack
                    | TransitionCause::TakenOver
                    | TransitionCause::Resumed
            ),
            _ => true,
        };
        match last {
            Some((last, before, at)) if !adopted(&last) => {
                let elapsed = now.since(at).seconds().min(0.1);
                let most = self.settings.speed.slew.value() * elapsed + 1e-6;
                assert!((speed - before).abs() <= most, "{before} to {speed} rpm in {elapsed} s: {out:?}");
                self.above_the_floor(out, speed, before);
            }
            Some(_) | None => self.highest = self.highest.max(speed + 30.0),
        }
        assert!(speed.is_finite() && 0.0 <= speed && speed <= self.highest, "{speed} rpm");
    }

    fn above_the_floor(&self, out: &Outputs, speed: f64, before: f64) {
        let floor = self.settings.limits.floor.value();
        let lowest = match (out.state, out.stop) {
            (State::Standby, _) | (State::Support(_), StopState::Ramping) => return,
            (State::Support(Mode::Speed), _) => floor.min(out.speed_setpoint.value()),
            (State::Support(Mode::Flow), _) => floor,
            (State::Support(Mode::ZeroFlow), _) => self.settings.speed.minimum.value(),
        };
        assert!(speed >= lowest.min(before) - 1e-6, "{speed} rpm below {lowest}: {out:?}");
    }
}

#[track_caller]
fn prop_assert_ok(fine: bool, reading: &Reading) {
    assert!(fine, "{reading:?}");
}

struct Run {
    core: Box<Core>,
    sources: [Reading; SOURCES],
    now: u64,
}

impl Run {
    fn new(settings: Settings, boot: Boot) -> Self {
        let core = Box::new(Core::new(settings, boot).unwrap());
        Self { core, sources: [Reading::NO_DATA; SOURCES], now: 1_000_000 * MS }
    }

    fn step(&mut self, step: &Step) {
        self.now = self.now.saturating_add_signed(step.elapsed_ms * MS.cast_signed());
        let now = Monotonic(self.now);
        for (source, sample) in self.sources.iter_mut().zip(step.samples) {
            let sequence = source.sequence() + 1;
            let at = |age: i64| Monotonic(self.now.saturating_add_signed(-age * MS.cast_signed()));
            *source = match sample {
                Sample::Nothing => *source,
                Sample::Good(value) => Reading::good(value, now, sequence),
                Sample::Uncertain(value) => Reading::uncertain(value, Cause::NearZero, now, sequence),
                Sample::Bad(cause) => Reading::bad(cause, now, sequence),
                Sample::Aged(value, age) => Reading::good(value, at(age), sequence),
            };
        }
        self.core.tick(
            &Inputs { sources: &self.sources, pump: step.pump, clamps: step.clamps, ..Inputs::NOTHING },
            now,
        );
    }

    /// The request of a step, and a confirmation with the right token; whether each was granted.
    fn ask(&mut self, step: &Step) {
        let now = Monotonic(self.now);
        if let Some(request) = step.request {
            let before = *self.core.outputs();
            let asked = self.core.request(request, now);
            assert!(asked.is_ok() || *self.core.outputs() == before, "refused, and yet something changed");
        }
        if let (true, StopState::Pending { token, .. }) = (step.confirm, self.core.outputs().stop) {
            let linked = matches!(step.pump, PumpLink::Present { .. });
            let asked = self.core.request(Request::ConfirmStop { token }, now);
            assert_eq!(asked.is_ok(), linked, "{asked:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_in_the_demand_keeps_its_limits_its_slew_and_its_floor(
        boot in boot(),
        preset in prop::sample::select(&PumpPreset::ALL),
        vote in prop::sample::select(&[Vote::FirstGood, Vote::Median]),
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let settings = settings(preset, vote);
        let mut run = Run::new(settings, boot);
        let mut watch = Watch { settings, highest: settings.speed.maximum.value(), last: None };
        for step in &steps {
            run.step(step);
            watch.look(run.core.outputs(), Monotonic(run.now));
            run.ask(step);
            if let Some((last, _)) = &mut watch.last {
                // What a request changes is seen with the next tick; only a start moves the demand at once.
                if run.core.outputs().transition.cause == TransitionCause::Started {
                    last.pump_speed = run.core.outputs().pump_speed;
                }
            }
        }
    }

    #[test]
    fn the_same_inputs_give_the_same_bits(
        boot in boot(), steps in prop::collection::vec(step(), 1..60),
    ) {
        let settings = settings(PumpPreset::RotaflowLike, Vote::FirstGood);
        let mut runs = [Run::new(settings, boot), Run::new(settings, boot)];
        for step in &steps {
            for run in &mut runs {
                run.step(step);
                run.ask(step);
            }
            let [first, second] = &runs;
            prop_assert_eq!(format!("{:?}", first.core.outputs()), format!("{:?}", second.core.outputs()));
        }
    }

    #[test]
    fn a_core_made_from_any_settings_is_refused_or_survives(
        numbers in prop::array::uniform8(prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(0.0), -1e6..1e6f64]),
        steps in prop::collection::vec(step(), 1..20),
    ) {
        let mut settings = settings(PumpPreset::Dp3Like, Vote::Median);
        let [minimum, maximum, slew, flow, proportional, integral, ramp, floor] = numbers;
        (settings.speed.minimum, settings.speed.maximum, settings.speed.slew) = (Rpm(minimum), Rpm(maximum), Rpm(slew));
        settings.flow.maximum = LitresPerMinute(flow);
        settings.flow.ramp = LitresPerMinute(ramp);
        (settings.flow.gains.proportional, settings.flow.gains.integral) = (proportional, integral);
        settings.limits.floor = Rpm(floor);
        if let Ok(core) = Core::new(settings, Boot::Cold) {
            let mut run = Run { core: Box::new(core), sources: [Reading::NO_DATA; SOURCES], now: 1_000_000 * MS };
            for step in &steps {
                run.step(step);
                run.ask(step);
                prop_assert!(run.core.outputs().pump_speed.is_none_or(Rpm::is_finite));
            }
        }
    }
}

#[test]
fn the_core_and_its_outputs_are_small_enough_for_a_thread_without_a_heap() {
    assert!(size_of::<Core>() < 160 * 1024, "{}", size_of::<Core>());
    assert!(size_of::<Outputs>() < 16 * 1024, "{}", size_of::<Outputs>());
    let copy = |outputs: &Outputs| *outputs;
    let core = Core::new(Settings::for_pump(PumpPreset::RotaflowLike), Boot::Cold).unwrap();
    assert_eq!(copy(core.outputs()).readings.len(), MAX_SIGNALS);
    println!(
        "Core {} B, Outputs {} B, Settings {} B",
        size_of::<Core>(),
        size_of::<Outputs>(),
        size_of::<Settings>()
    );
}
