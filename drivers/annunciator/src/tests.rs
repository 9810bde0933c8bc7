// SPDX-License-Identifier: MIT OR Apache-2.0
//! The whole driver through its C ABI, on scripted lines; its edges are recorded with their times.

mod sounder;

use crate::Annunciator;
use ecmod_plugin::conformance::{self, Case};
use ecmod_plugin::quantities::{Cause, Monotonic, Quality, Span};
use ecmod_plugin::testing::{Everywhere, FakeHost, Harness};
use ecmod_plugin::{Error, Level, LineLevel};

const PERIOD: Span = Span::from_millis(10);
const SENSED: &str = r#"{"sounder_sense": "sense"}"#;

fn lines(fake: &FakeHost) {
    for name in ["lamp_red", "lamp_yellow", "lamp_cyan", "sounder", "sense"] {
        fake.set_line(name, LineLevel::Low);
    }
}

/// A driver, its host, and what the daemon demands.
struct Bench {
    fake: FakeHost,
    harness: Harness,
    demands: Option<(f64, f64)>,
    /// Whether current flows when the sounder is on, and when it is off.
    current: (bool, bool),
}

impl Bench {
    fn new(config: &str) -> Self {
        let fake = FakeHost::new();
        lines(&fake);
        fake.configure(config);
        let harness = Harness::open::<Annunciator>(&fake).unwrap();
        Self { fake, harness, demands: None, current: (true, false) }
    }

    fn demanding(config: &str, lamp: f64, sound: f64) -> Self {
        Self { demands: Some((lamp, sound)), ..Self::new(config) }
    }

    fn cycle(&mut self) -> i32 {
        if let Some((lamp, sound)) = self.demands {
            self.harness.demand("lamp", lamp);
            self.harness.demand("sound", sound);
        }
        let on = self.on("sounder");
        let flows = if on { self.current.0 } else { self.current.1 };
        self.fake.set_line("sense", if flows { LineLevel::High } else { LineLevel::Low });
        let begun = self.fake.now();
        let code = self.harness.cycle();
        let took = self.fake.now().since(begun);
        assert!(took <= PERIOD, "a cycle took {took:?}");
        self.fake.advance(Span(PERIOD.0 - took.0));
        code
    }

    fn run(&mut self, span_ms: u64) {
        let end = self.fake.now().plus(Span::from_millis(span_ms));
        while self.fake.now() < end {
            assert_eq!(self.cycle(), 0);
        }
    }

    fn on(&self, line: &str) -> bool {
        self.fake.line(line) == Some(LineLevel::High)
    }

    /// The edges of a line since the last look: time in us since `since`, and whether it rose.
    fn edges(&self, line: &str, since: Monotonic) -> Vec<(u64, bool)> {
        let line = self.fake.host().input_line(line).unwrap();
        let mut edges = vec![];
        loop {
            let more = line.edges(64, Span(1)).unwrap();
            if more.is_empty() {
                return edges;
            }
            edges.extend(more.iter().map(|edge| (edge.t.since(since).0 / 1000, edge.to == LineLevel::High)));
        }
    }

    fn value(&self, signal: &str) -> f64 {
        let sample = self.harness.sample(signal).unwrap();
        assert_eq!((sample.quality, sample.cause), (Quality::Good, Cause::None), "{signal}");
        sample.value.unwrap()
    }

    /// The first sample of a signal within 150 ms.
    fn sample(&mut self, signal: &str) -> (Option<f64>, Cause) {
        for _ in 0..15 {
            self.cycle();
            if let Some(sample) = self.harness.sample(signal) {
                return (sample.value, sample.cause);
            }
        }
        panic!("no sample of {signal}");
    }

    fn logged(&self, text: &str) -> usize {
        self.fake.log().iter().filter(|(_, line)| line.contains(text)).count()
    }
}

fn onsets_ms(edges: &[(u64, bool)]) -> Vec<u64> {
    let first = edges.iter().find(|(_, rises)| *rises).unwrap().0;
    edges.iter().filter(|(_, rises)| *rises).map(|(us, _)| (us - first) / 1000).collect()
}

/// Every interval between neighbouring edges is within 1 ms of the table's.
fn assert_intervals(edges: &[(u64, bool)], table_ms: &[u64]) {
    let measured: Vec<u64> = edges.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    assert_eq!(measured.len(), table_ms.len());
    for (us, ms) in measured.iter().zip(table_ms) {
        assert!(us.abs_diff(ms * 1000) <= 1000, "{us} us in the place of {ms} ms: {measured:?}");
    }
}

const HIGH: [u64; 20] =
    [150, 100, 150, 100, 150, 350, 150, 100, 150, 500, 150, 100, 150, 100, 150, 350, 150, 100, 150, 3000];

#[test]
fn the_sounder_plays_the_tables_of_each_priority_within_a_millisecond() {
    for (sound, burst, length) in [
        (3.0, HIGH.to_vec(), 12_500),
        (2.0, vec![200, 200, 200, 200, 200, 5000], 11_900),
        (1.0, vec![200, 20_000], 40_000),
    ] {
        let mut bench = Bench::demanding("{}", sound, sound);
        let start = bench.fake.now();
        bench.run(length);
        let edges = bench.edges("sounder", start);
        assert!(edges[0].0 <= 13_000, "the first pulse comes within two cycles");
        let twice: Vec<u64> = burst.iter().chain(&burst).copied().take(edges.len() - 1).collect();
        assert!(twice.len() > burst.len(), "the burst is repeated");
        assert_intervals(&edges, &twice);
    }
}

#[test]
fn intervals_stay_in_tolerance_when_cycles_begin_late_by_up_to_two_milliseconds() {
    let mut bench = Bench::demanding("{}", 3.0, 3.0);
    let start = bench.fake.now();
    for cycle in 0..650_u64 {
        bench.demands = Some((3.0, 3.0));
        bench.fake.advance(Span::from_micros(cycle * 7919 % 1900));
        let grid = start.plus(Span::from_millis(10 * (cycle + 1)));
        bench.harness.demand("lamp", 3.0);
        bench.harness.demand("sound", 3.0);
        bench.harness.cycle();
        let now = bench.fake.now();
        bench.fake.advance(grid.since(now));
    }
    let edges = bench.edges("sounder", start);
    assert_intervals(&edges[..21], &HIGH);
}

#[test]
fn lamps_flash_by_priority_and_only_one_is_lit() {
    let half = |line: &str, lamp: f64, run: u64, config: &str| -> Vec<u64> {
        let mut bench = Bench::demanding(config, lamp, 0.0);
        let start = bench.fake.now();
        for _ in 0..run / 10 {
            bench.cycle();
            let lit = ["lamp_red", "lamp_yellow", "lamp_cyan"].iter().filter(|line| bench.on(line)).count();
            assert!(lit <= 1);
        }
        bench.edges(line, start).windows(2).map(|pair| (pair[1].0 - pair[0].0) / 1000).collect()
    };
    assert_eq!(half("lamp_red", 3.0, 2000, "{}"), [250; 7]);
    assert_eq!(half("lamp_yellow", 2.0, 6000, "{}"), [1000; 5]);
    for (config, line) in [("{}", "lamp_yellow"), (r#"{"lamp_cyan": "lamp_cyan"}"#, "lamp_cyan")] {
        let mut bench = Bench::demanding(config, 1.0, 0.0);
        let start = bench.fake.now();
        bench.run(5000);
        assert_eq!(bench.edges(line, start), [(0, true)], "steady");
    }
}

#[test]
fn the_daemons_death_is_heard_and_seen_within_half_a_second_and_ends_with_its_return() {
    let mut bench = Bench::demanding("{}", 0.0, 0.0);
    bench.run(1000);
    assert_eq!(bench.edges("sounder", Monotonic(0)), []);
    assert_eq!(bench.sample("heartbeat_lost"), (Some(0.0), Cause::None));

    let death = bench.fake.now();
    bench.demands = None; // the last demand stands, and grows old
    bench.run(500);
    let edges = bench.edges("sounder", death);
    assert!(edges[0].1 && (290_000..=350_000).contains(&edges[0].0), "{edges:?}");
    let red = bench.edges("lamp_red", death);
    assert!(red[0].1 && red[0].0 <= 350_000, "{red:?}");
    assert_eq!(bench.sample("heartbeat_lost"), (Some(1.0), Cause::None));
    assert_eq!(bench.sample("pattern"), (Some(3.0), Cause::None));
    assert_eq!(bench.logged("sounds by itself"), 1);
    bench.run(7000);
    let edges = bench.edges("sounder", death);
    assert!(edges.len() > 2 * 9 + 4, "it goes on for as long as it takes: {edges:?}");

    bench.demands = Some((0.0, 0.0));
    bench.cycle();
    assert!((bench.value("heartbeat_lost")).abs() < 0.5);
    bench.run(3300); // the burst is completed ...
    bench.edges("sounder", death);
    bench.run(20_000); // ... and not repeated
    assert_eq!(bench.edges("sounder", death), []);
    assert!(!bench.on("lamp_red") && !bench.on("sounder"));
}

#[test]
fn a_daemon_that_never_demands_anything_is_dead_after_the_grace() {
    let mut bench = Bench::new(r#"{"start_grace_s": 2}"#);
    bench.run(2000);
    assert_eq!(bench.fake.writes(), [], "nothing was demanded: nothing is driven");
    bench.run(20);
    assert_eq!(bench.sample("heartbeat_lost"), (Some(1.0), Cause::None));
    bench.run(20);
    assert!(bench.on("sounder") && bench.on("lamp_red"));
}

#[test]
fn audio_paused_silences_at_once_while_the_lamp_goes_on() {
    let mut bench = Bench::demanding("{}", 3.0, 3.0);
    bench.run(340);
    assert!(bench.on("sounder"));
    bench.demands = Some((3.0, 0.0));
    bench.cycle();
    assert!(!bench.on("sounder"));
    let start = bench.fake.now();
    bench.edges("sounder", start);
    bench.edges("lamp_red", start);
    bench.run(10_000);
    assert_eq!(bench.edges("sounder", start), []);
    assert_eq!(bench.edges("lamp_red", start).len(), 40);
}

#[test]
fn a_burst_is_completed_when_its_alarm_ends() {
    let mut bench = Bench::demanding("{}", 3.0, 3.0);
    let start = bench.fake.now();
    bench.run(600);
    bench.demands = Some((0.0, 0.0));
    bench.run(20_000);
    assert_eq!(
        onsets_ms(&bench.edges("sounder", start)),
        [0, 250, 500, 1000, 1250, 1900, 2150, 2400, 2900, 3150]
    );
    assert!(!bench.on("lamp_red"));
}

#[test]
fn a_higher_priority_breaks_in_and_the_lower_one_returns_after_it() {
    let mut bench = Bench::demanding("{}", 1.0, 1.0);
    let start = bench.fake.now();
    bench.run(1000);
    bench.demands = Some((3.0, 3.0));
    bench.run(1000);
    bench.demands = Some((2.0, 2.0));
    bench.run(7000);
    let onsets = onsets_ms(&bench.edges("sounder", start));
    assert!((990..=1010).contains(&onsets[1]), "{onsets:?}");
    let relative: Vec<u64> = onsets[1..].iter().map(|ms| ms - onsets[1]).collect();
    assert_eq!(relative[10..], [6300, 6700, 7100]);
}

#[test]
fn an_output_that_reads_back_otherwise_is_driven_again() {
    let mut bench = Bench::demanding("{}", 1.0, 0.0);
    bench.run(200);
    assert!(bench.on("lamp_yellow"));
    bench.fake.set_line("lamp_yellow", LineLevel::Low); // somebody else's doing
    let faults: Vec<_> = (0..12)
        .map(|_| {
            bench.cycle();
            bench.harness.sample("pattern")
        })
        .collect();
    assert!(faults.iter().flatten().any(|sample| sample.cause == Cause::DeviceError));
    assert!(bench.on("lamp_yellow"));
    assert_eq!(bench.sample("pattern"), (Some(0.0), Cause::None));
}

#[test]
fn lines_that_fail_make_all_bad_with_their_cause_are_tried_in_every_cycle_and_come_back() {
    let mut bench = Bench::demanding(SENSED, 3.0, 3.0);
    bench.run(1000);
    bench.fake.everywhere(Some(Everywhere::Silence));
    bench.run(500);
    for signal in ["pattern", "heartbeat_lost", "sounder_ok"] {
        let sample = bench.harness.sample(signal).unwrap();
        assert_eq!((sample.quality, sample.cause), (Quality::Bad, Cause::Communication), "{signal}");
    }
    assert_eq!(bench.logged("cannot be driven or read"), 1);
    bench.fake.everywhere(None);
    bench.run(1000);
    assert_eq!(bench.sample("pattern"), (Some(3.0), Cause::None));
    assert_eq!(bench.logged("driven and read again"), 1);
    bench.run(7000);
    assert!(!bench.edges("sounder", Monotonic(0)).is_empty());
}

#[test]
fn a_wrong_configuration_or_a_missing_line_does_not_open() {
    let wrong = [
        r#"{"start_grace_s": 0}"#,
        r#"{"test_every_h": 200}"#,
        r#"{"test_pulse_us": 10}"#,
        r#"{"test_pulse_us": 9000}"#,
        r#"{"lamp_red": "sounder"}"#,
        r#"{"volume": 11}"#,
    ];
    for config in wrong {
        let fake = FakeHost::new();
        lines(&fake);
        fake.configure(config);
        let failure = Harness::open::<Annunciator>(&fake).unwrap_err();
        assert_eq!(failure.to_string(), format!("open failed with {}", Error::Config.code()), "{config}");
        assert!(fake.log().iter().any(|(level, _)| *level == Level::Error), "{config}");
    }
    let failure = Harness::open::<Annunciator>(&FakeHost::new()).unwrap_err();
    assert_eq!(failure.to_string(), format!("open failed with {}", Error::NotFound.code()));
}

#[test]
fn the_driver_keeps_the_rules_of_the_abi() {
    let case = Case::new(SENSED).device("lamps and sounder", lines);
    assert_eq!(conformance::failed(&conformance::of::<Annunciator>(&case)), []);
}
