// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole driver through its C ABI, on scripted lines.

use crate::GpioInputs;
use ecmod_plugin::conformance::{self, Case};
use ecmod_plugin::quantities::{Cause, Quality, Quantity, Span};
use ecmod_plugin::testing::{Everywhere, FakeHost, Harness};
use ecmod_plugin::{Error, Level, LineLevel};

/// Half of the period: a line may wake the driver at any time.
const STEP: Span = Span::from_millis(10);
const CONFIG: &str = r#"{"inputs": [
    {"kind": "level", "name": "level_low", "lines": ["level_a", "level_b"]},
    {"kind": "bubble", "name": "bubble", "line": "pulse", "heartbeat": {"line": "alive", "kind": "level"}},
    {"kind": "key", "name": "mute", "line": "key"},
    {"kind": "tacho", "name": "rotor", "line": "magnet", "pulses_per_revolution": 2, "heartbeat": {"line": "magnet_alive", "kind": "level"}}
]}"#;
const SIGNALS: [&str; 7] =
    ["level_low", "bubble", "bubble_count", "bubble_lost", "mute", "mute_count", "rotor"];

fn lines(fake: &FakeHost) {
    for name in ["level_a", "level_b", "pulse", "key", "magnet"] {
        fake.set_line(name, LineLevel::Low);
    }
    fake.set_line("alive", LineLevel::High);
    fake.set_line("magnet_alive", LineLevel::High);
}

struct Bench {
    fake: FakeHost,
    harness: Harness,
}

impl Bench {
    fn new(config: &str) -> Self {
        let fake = FakeHost::new();
        lines(&fake);
        fake.configure(config);
        let harness = Harness::open::<GpioInputs>(&fake).unwrap();
        Self { fake, harness }
    }

    /// Everything has stood still for a while.
    fn settled() -> Self {
        let mut bench = Self::new(CONFIG);
        bench.run(1020);
        bench
    }

    fn run(&mut self, ms: u64) {
        for _ in 0..ms / 10 {
            assert_eq!(self.harness.cycle_after(STEP), 0);
        }
    }

    fn set(&self, line: &str, active: bool) {
        self.fake.set_line(line, if active { LineLevel::High } else { LineLevel::Low });
    }

    fn pulse(&self) {
        self.set("pulse", true);
        self.fake.advance(Span::from_micros(100));
        self.set("pulse", false);
    }

    fn result(&self, signal: &str) -> (Option<f64>, Quality, Cause) {
        let sample = self.harness.sample(signal).unwrap();
        (sample.value, sample.quality, sample.cause)
    }

    fn good(&self, signal: &str) -> f64 {
        let (value, quality, cause) = self.result(signal);
        assert_eq!((quality, cause), (Quality::Good, Cause::None), "{signal}");
        value.unwrap()
    }

    fn is(&self, signal: &str, expected: f64) -> bool {
        (self.good(signal) - expected).abs() < 1e-9
    }
}

#[test]
fn every_input_has_its_signals_with_their_quantities() {
    let bench = Bench::settled();
    let table: Vec<_> = bench
        .harness
        .table()
        .signals
        .iter()
        .map(|signal| (signal.name.as_str().to_owned(), signal.quantity.unwrap()))
        .collect();
    let expected = [
        Quantity::State,
        Quantity::State,
        Quantity::Count,
        Quantity::Count,
        Quantity::State,
        Quantity::Count,
        Quantity::Speed,
    ];
    assert_eq!(table, SIGNALS.map(str::to_owned).into_iter().zip(expected).collect::<Vec<_>>());
    for signal in SIGNALS {
        assert!(bench.is(signal, 0.0), "{signal}");
    }
}

#[test]
fn a_bubble_is_seen_however_short_with_the_time_of_its_edge_and_is_urgent_once() {
    let mut bench = Bench::settled();
    bench.fake.advance(Span::from_millis(3));
    let happened = bench.fake.now();
    bench.pulse();
    bench.run(10);
    assert!(bench.is("bubble", 1.0) && bench.is("bubble_count", 1.0));
    assert_eq!(bench.harness.sample("bubble").unwrap().t, happened);
    assert_eq!(bench.fake.urgent_count(), 1);
    for _ in 0..20 {
        bench.pulse();
        bench.run(10);
    }
    assert!(bench.is("bubble_count", 21.0));
    assert_eq!(bench.fake.urgent_count(), 1, "it is news only when it begins");
    bench.run(980);
    assert!(bench.is("bubble", 1.0), "held");
    bench.run(40);
    assert!(bench.is("bubble", 0.0) && bench.is("bubble_lost", 0.0));
}

#[test]
fn pulse_and_key_lines_wake_the_driver_and_a_storm_does_not() {
    let mut bench = Bench::settled();
    assert!(bench.fake.wakes("pulse") && bench.fake.wakes("key"));
    for _ in 0..20 {
        for _ in 0..100 {
            bench.pulse();
        }
        assert_eq!(bench.harness.cycle(), 0);
    }
    assert_eq!(bench.result("bubble"), (Some(1.0), Quality::Uncertain, Cause::Rate));
    assert_eq!(bench.result("bubble_count").1, Quality::Uncertain);
    assert!(!bench.fake.wakes("pulse"));
    bench.run(1500);
    assert!(bench.fake.wakes("pulse"));
    assert!(bench.is("bubble", 0.0) && bench.is("bubble_count", 2000.0));
    assert!(bench.is("mute", 0.0), "the others went on");
}

#[test]
fn a_cycle_takes_a_bounded_number_of_edges() {
    let mut bench = Bench::settled();
    for _ in 0..1000 {
        bench.pulse();
    }
    bench.harness.cycle();
    let (count, quality, cause) = bench.result("bubble_count");
    assert_eq!((count, quality, cause), (Some(128.0), Quality::Uncertain, Cause::Rate), "256 edges");
    bench.run(2000);
    assert!(bench.is("bubble_count", 1000.0));
}

#[test]
fn a_detector_without_a_sign_of_life_is_bad_and_never_no_bubble_until_it_is_back() {
    let toggled = CONFIG.replacen(r#""kind": "level"}"#, r#""kind": "toggle"}"#, 1);
    for config in [CONFIG, &toggled] {
        let mut bench = Bench::new(config);
        let live = |bench: &mut Bench, ms: u64| {
            for step in 0..ms / 10 {
                bench.set("alive", config == CONFIG || step % 10 < 5);
                bench.run(10);
            }
        };
        bench.harness.cycle();
        if config != CONFIG {
            assert_eq!(bench.result("bubble"), (None, Quality::Bad, Cause::NotReady));
        }
        live(&mut bench, 1000);
        assert!(bench.is("bubble", 0.0));
        bench.set("alive", false);
        bench.run(600);
        for signal in ["bubble", "bubble_count", "bubble_lost"] {
            assert_eq!(bench.result(signal), (None, Quality::Bad, Cause::SignalLost), "{signal}");
        }
        assert!(bench.is("level_low", 0.0) && bench.is("mute", 0.0));
        assert_eq!(bench.fake.log().iter().filter(|(_, text)| text.contains("no sign of life")).count(), 1);
        assert!(bench.harness.self_test().unwrap().iter().any(|finding| !finding.passed));
        live(&mut bench, 200);
        assert!(bench.is("bubble", 0.0));
        assert!(bench.harness.self_test().unwrap().iter().all(|finding| finding.passed));
    }
}

#[test]
fn a_level_is_debounced_and_two_switches_vote() {
    let mut bench = Bench::settled();
    bench.set("level_a", true);
    bench.run(190);
    assert!(bench.is("level_low", 0.0));
    bench.run(30);
    assert!(bench.is("level_low", 1.0));
    bench.run(300);
    assert_eq!(bench.result("level_low"), (Some(1.0), Quality::Uncertain, Cause::Disagreement));
    bench.set("level_b", true);
    bench.run(300);
    assert!(bench.is("level_low", 1.0));
    bench.set("level_a", false);
    bench.set("level_b", false);
    bench.run(300);
    assert!(bench.is("level_low", 0.0));
}

#[test]
fn a_key_is_counted_and_a_stuck_one_reported() {
    let mut bench = Bench::settled();
    for _ in 0..3 {
        bench.set("key", true);
        bench.run(100);
        assert!(bench.is("mute", 1.0));
        bench.set("key", false);
        bench.run(100);
    }
    assert!(bench.is("mute_count", 3.0) && bench.is("mute", 0.0));
    assert_eq!(bench.fake.urgent_count(), 0, "not configured");
    bench.set("key", true);
    bench.run(31_000);
    assert_eq!(bench.result("mute"), (Some(1.0), Quality::Uncertain, Cause::Frozen));
    assert!(bench.harness.self_test().unwrap().iter().any(|finding| !finding.passed));
    bench.set("key", false);
    bench.run(100);
    assert!(bench.is("mute", 0.0));
}

#[test]
fn lines_that_cannot_be_read_are_bad_with_their_cause_and_come_back() {
    let mut bench = Bench::settled();
    bench.pulse();
    bench.run(10);
    bench.fake.everywhere(Some(Everywhere::Silence));
    bench.run(100);
    for signal in SIGNALS {
        assert_eq!(bench.result(signal), (None, Quality::Bad, Cause::Communication), "{signal}");
    }
    bench.fake.everywhere(None);
    bench.run(1200);
    for (signal, value) in SIGNALS.into_iter().zip([0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]) {
        assert!(bench.is(signal, value), "{signal}");
    }
    assert_eq!(bench.fake.writes(), []);
}

#[test]
fn a_rotor_is_as_fast_as_its_magnets_pass_and_a_sensor_that_is_dead_is_no_rotor_that_stands() {
    let mut bench = Bench::settled();
    assert!(!bench.fake.wakes("magnet"), "a pulse is no news");
    // Half a revolution every 20 ms.
    let turn = |bench: &mut Bench, ms: u64| {
        for step in 0..ms / 10 {
            bench.set("magnet", step % 2 == 0);
            bench.run(10);
        }
    };
    // While the next pulse is awaited, it is the bus' own time that makes it a little less.
    let turns = |bench: &Bench| (bench.good("rotor") - 1500.0).abs() < 1.0;
    turn(&mut bench, 500);
    assert!(turns(&bench));
    bench.run(1200);
    assert!(bench.is("rotor", 0.0), "it stands");
    turn(&mut bench, 500);
    bench.set("magnet_alive", false);
    bench.run(600);
    assert_eq!(bench.result("rotor"), (None, Quality::Bad, Cause::SignalLost));
    bench.set("magnet_alive", true);
    turn(&mut bench, 200);
    assert!(turns(&bench));
}

#[test]
fn a_wrong_configuration_does_not_open_and_says_which_input() {
    let wrong = [
        (r#"{"inputs": []}"#, "empty"),
        (r#"{"inputs": [{"kind": "level", "name": "a", "lines": []}]}"#, "`a`"),
        (r#"{"inputs": [{"kind": "level", "name": "a", "lines": ["key", "key"]}]}"#, "`a`"),
        (r#"{"inputs": [{"kind": "level", "name": "A", "lines": ["key"]}]}"#, "`A`"),
        (
            r#"{"inputs": [{"kind": "key", "name": "a", "line": "key"}, {"kind": "key", "name": "a", "line": "pulse"}]}"#,
            "`a`",
        ),
        (r#"{"inputs": [{"kind": "key", "name": "a", "line": "key", "debounce_ms": 900}]}"#, "`a`"),
        (r#"{"inputs": [{"kind": "key", "name": "a", "line": "key", "stuck_after_s": 0}]}"#, "`a`"),
        (r#"{"inputs": [{"kind": "bubble", "name": "a", "line": "pulse", "hold_ms": 1}]}"#, "`a`"),
        (
            r#"{"inputs": [{"kind": "tacho", "name": "a", "line": "pulse", "pulses_per_revolution": 3}]}"#,
            "`a`",
        ),
        (
            r#"{"inputs": [{"kind": "bubble", "name": "a", "line": "pulse", "heartbeat": {"line": "alive", "kind": "level", "timeout_ms": 1}}]}"#,
            "`a`",
        ),
    ];
    for (config, named) in wrong {
        let fake = FakeHost::new();
        lines(&fake);
        fake.configure(config);
        let failure = Harness::open::<GpioInputs>(&fake).unwrap_err();
        assert_eq!(failure.to_string(), format!("open failed with {}", Error::Config.code()), "{config}");
        let logged = |(level, text): &(Level, String)| *level == Level::Error && text.contains(named);
        assert!(fake.log().iter().any(logged), "{config}: {:?}", fake.log());
    }
    let fake = FakeHost::new();
    fake.configure(CONFIG);
    let failure = Harness::open::<GpioInputs>(&fake).unwrap_err();
    assert_eq!(failure.to_string(), format!("open failed with {}", Error::NotFound.code()));
}

#[test]
fn the_driver_keeps_the_rules_of_the_abi() {
    let case = Case::new(CONFIG).device("level, bubble detector, key, tacho", lines);
    assert_eq!(conformance::failed(&conformance::of::<GpioInputs>(&case)), []);
}
