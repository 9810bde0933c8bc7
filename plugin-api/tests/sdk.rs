// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the SDK promises a driver's author and a host, seen through the C ABI.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test stops at the first surprise

use ecmod_plugin::conformance::{self, Case};
use ecmod_plugin::loaded::OpenFailure;
use ecmod_plugin::quantities::{Cause, Monotonic, Quality, Quantity, Span};
use ecmod_plugin::testing::{FakeHost, Harness, Request};
use ecmod_plugin::{
    Command, CommandSpec, Demands, Driver, Error, Findings, Hold, Host, Info, Level, Samples, Signal,
    SignalSpec, Table, TableBuilder, abi,
};
use std::cell::RefCell;

/// Does in each call what its configuration says.
struct Probe {
    host: Host,
    config: Config,
    table: Option<Table>,
}

#[derive(serde::Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Config {
    panic_in: String,
    fail_in: String,
    outside: bool,
    send: bool,
    value: Option<f64>,
    described: Vec<String>,
}

thread_local! {
    /// A host that outlived its instance.
    static KEPT: RefCell<Option<Host>> = const { RefCell::new(None) };
}

impl Probe {
    fn act(&self, call: &str) -> Result<(), Error> {
        assert!(self.config.panic_in != call, "as told in {call}");
        if self.config.fail_in == call { Err(Error::Device) } else { Ok(()) }
    }
}

impl Driver for Probe {
    const INFO: Info = Info::new(c"example,probe", c"0.1.0", c"MIT", c"A probe")
        .signals(&[
            Signal::new(c"first", Quantity::Pressure, (-100.0, 100.0)),
            Signal::new(c"second", Quantity::State, (0.0, 1.0)),
        ])
        .commands(&[Command::new(c"valve", Quantity::State, (0.0, 1.0))]);

    type Config = Config;

    fn open(host: Host, config: Config) -> Result<Self, Error> {
        let mut table = TableBuilder::new();
        for name in &config.described {
            table.signal(&SignalSpec::new(name, Quantity::Count, (0.0, 10.0))).inspect_err(|error| {
                host.log(Level::Error, &error.to_string());
            })?;
        }
        let table = (!config.described.is_empty()).then(|| table.build());
        KEPT.set(Some(host.clone()));
        let probe = Self { host, config, table };
        probe.act("open")?;
        Ok(probe)
    }

    fn describe(&self) -> Option<&Table> {
        assert!(self.config.panic_in != "describe", "as told in describe");
        self.table.as_ref()
    }

    fn cycle(
        &mut self,
        now: Monotonic,
        demands: &Demands<'_>,
        samples: &mut Samples<'_>,
    ) -> Result<(), Error> {
        self.act("cycle")?;
        if let Some(value) = self.config.value {
            samples.good(0, value, now);
        }
        if self.config.send {
            self.host.serial().write(b"x")?;
        }
        if self.config.outside {
            samples.good(7, 0.0, now);
        }
        if let Some(demand) = demands.get(0) {
            self.host.log(Level::Debug, &format!("valve {} at {}", demand.value, demand.sequence));
        }
        Ok(())
    }

    fn self_test(&mut self, findings: &mut Findings<'_>) -> Result<(), Error> {
        self.act("self_test")?;
        findings.passed(c"link");
        findings.failed(c"zero", c"offset too large: zero the sensor");
        Ok(())
    }

    fn holds_on_link_loss(&self) -> Hold {
        assert!(self.config.panic_in != "holds_on_link_loss", "as told in holds_on_link_loss");
        Hold::Verified
    }

    fn close(self) {
        let _ = self.act("close");
        self.host.log(Level::Info, "closed");
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        assert!(self.config.panic_in != "drop", "as told in drop");
        self.host.log(Level::Info, "dropped");
    }
}

fn open(config: &str) -> Result<Harness, OpenFailure> {
    let fake = FakeHost::new();
    fake.configure(config);
    Harness::open::<Probe>(&fake)
}

fn texts(fake: &FakeHost) -> Vec<String> {
    fake.log().into_iter().map(|(_, text)| text).collect()
}

#[test]
fn a_panic_is_caught_logged_and_kills_only_its_instance() {
    let fake = FakeHost::new();
    fake.configure(r#"{"panic_in": "cycle"}"#);
    let mut broken = Harness::open::<Probe>(&fake).unwrap();
    assert_eq!(broken.cycle(), abi::ECMOD_E_PANIC);
    let log = fake.log();
    let (level, text) = log.last().unwrap();
    assert_eq!(*level, Level::Error);
    assert!(text.starts_with("the driver panicked at ") && text.ends_with("as told in cycle"), "{text}");
    assert!(text.contains("sdk.rs:"), "with its place: {text}");

    assert_eq!(broken.cycle(), abi::ECMOD_E_STATE);
    assert_eq!(broken.self_test(), Err(abi::ECMOD_E_STATE));
    assert_eq!(broken.holds_on_link_loss(), Ok(Hold::Unverified), "it knows nothing of its device any more");
    fake.configure("{}");
    let mut other = Harness::open::<Probe>(&fake).unwrap();
    assert_eq!(other.cycle(), abi::ECMOD_OK);
    broken.close();
    assert!(!texts(&fake).contains(&"closed".to_owned()), "code that panicked is not run again");
    assert_eq!(other.cycle(), abi::ECMOD_OK);
}

#[test]
fn a_panic_is_caught_in_every_call() {
    for call in ["open", "describe"] {
        let failure = open(&format!(r#"{{"panic_in": "{call}"}}"#)).unwrap_err();
        assert_eq!(failure, OpenFailure::Open(abi::ECMOD_E_PANIC), "{call}");
    }
    let mut probe = open(r#"{"panic_in": "self_test"}"#).unwrap();
    assert_eq!(probe.self_test(), Err(abi::ECMOD_E_PANIC));
    assert_eq!(probe.cycle(), abi::ECMOD_E_STATE);
    let mut probe = open(r#"{"panic_in": "holds_on_link_loss"}"#).unwrap();
    assert_eq!(probe.holds_on_link_loss(), Ok(Hold::Unverified));
    assert_eq!(probe.cycle(), abi::ECMOD_E_STATE);
    for call in ["close", "drop"] {
        open(&format!(r#"{{"panic_in": "{call}"}}"#)).unwrap().close();
    }
}

/// Runs one test of this file again, in a process of its own that is told so; returns how that ended and what it said.
fn in_a_process_of_its_own(test: &str) -> Option<(bool, String)> {
    const INNER: &str = "ECMOD_TEST_INNER";
    if std::env::var_os(INNER).is_some() {
        return None;
    }
    let mut process = std::process::Command::new(std::env::current_exe().unwrap());
    let output = process.args(["--exact", test, "--nocapture"]).env(INNER, "1").output().unwrap();
    Some((output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned()))
}

#[test]
fn a_panic_outside_a_driver_is_left_to_the_hook_that_was_there() {
    let Some((ended_well, text)) =
        in_a_process_of_its_own("a_panic_outside_a_driver_is_left_to_the_hook_that_was_there")
    else {
        let mut probe = open(r#"{"panic_in": "cycle"}"#).unwrap();
        assert_eq!(probe.cycle(), abi::ECMOD_E_PANIC);
        panic!("outside");
    };
    assert!(!ended_well && text.contains("outside"), "{text}");
    assert!(!text.contains("as told in cycle"), "the driver's went to the host's log: {text}");
}

#[test]
fn a_panic_that_cannot_be_caught_is_still_told() {
    let Some((ended_well, text)) = in_a_process_of_its_own("a_panic_that_cannot_be_caught_is_still_told")
    else {
        let fake = FakeHost::new();
        fake.configure(r#"{"send": true}"#);
        fake.on_serial_write(|_| panic!("in a script of the test"));
        Harness::open::<Probe>(&fake).unwrap().cycle();
        return;
    };
    assert!(!ended_well, "a script's panic cannot pass through C");
    assert!(text.contains("in a script of the test"), "{text}");
}

#[test]
fn a_wrong_configuration_is_logged_with_its_place() {
    let fake = FakeHost::new();
    for (config, place) in [
        (r#"{"outside": 1}"#, "configuration: /outside: "),
        (r#"{"described": ["a", 2]}"#, "configuration: /described/1: "),
        (r#"{"unknown": 1}"#, "configuration: /unknown: unknown field"),
        ("{", "configuration: "),
        ("[1", "configuration: "),
    ] {
        fake.configure(config);
        let failure = Harness::open::<Probe>(&fake).unwrap_err();
        assert_eq!(failure, OpenFailure::Open(abi::ECMOD_E_CONFIG));
        let log = texts(&fake);
        assert!(log.last().unwrap().starts_with(place), "{config}: {log:?}");
    }
}

#[test]
fn a_configuration_longer_than_the_first_buffer_is_read_whole() {
    let names: Vec<String> = (0..400).map(|n| format!("signal_{n}")).collect();
    let config = serde_json::json!({ "described": names }).to_string();
    assert!(config.len() > 4096);
    let probe = open(&config).unwrap();
    let described: Vec<_> = probe.table().signals.iter().map(|signal| signal.name.as_str()).collect();
    assert_eq!(described, names);
}

#[test]
fn described_signals_replace_those_of_the_descriptor_and_stay() {
    let mut probe = open(r#"{"described": ["a", "b", "c"]}"#).unwrap();
    assert_eq!((probe.table().signals.len(), probe.table().commands.len()), (3, 0));
    let first = probe.table().clone();
    assert_eq!(probe.cycle(), abi::ECMOD_OK);
    assert_eq!(probe.describe(), Ok(Some(first)));
    let plain = open("{}").unwrap();
    assert_eq!((plain.table().signals.len(), plain.table().commands.len()), (2, 1));
}

#[test]
fn a_table_refuses_what_a_host_could_not_use() {
    let mut table = TableBuilder::new();
    let spec = SignalSpec::new("flow", Quantity::BloodFlow, (0.0, 8.0));
    assert_eq!(table.signal(&spec), Ok(0));
    let refused = [
        (SignalSpec { name: "flow".into(), ..spec.clone() }, "there is a second `flow`"),
        (SignalSpec { name: "Flow".into(), ..spec.clone() }, "`Flow` is no name"),
        (SignalSpec { name: "a".into(), max: f64::NAN, ..spec.clone() }, "the range of `a`"),
        (SignalSpec { name: "a".into(), max: 0.0, ..spec.clone() }, "the range of `a`"),
        (SignalSpec { name: "a".into(), longest_age: Span::ZERO, ..spec.clone() }, "the longest age of `a`"),
        (SignalSpec { name: "a".into(), max_slew: Some(-1.0), ..spec.clone() }, "the slew of `a`"),
        (SignalSpec { name: "a".into(), label: "x\0".into(), ..spec.clone() }, "the label of `a`"),
    ];
    for (spec, complaint) in refused {
        let error = table.signal(&spec).unwrap_err();
        assert!(error.to_string().starts_with(complaint), "{error}");
        assert_eq!(Error::from(error), Error::Config);
    }
    let command = CommandSpec::new("flow", Quantity::Speed, (0.0, 1.0));
    assert!(table.command(&command).is_err(), "no command shares a signal's name");
    assert_eq!(table.command(&CommandSpec { name: "speed".into(), ..command }), Ok(0));
    for n in 1..512 {
        assert_eq!(table.signal(&SignalSpec { name: format!("s{n}"), ..spec.clone() }), Ok(n));
    }
    assert!(table.signal(&SignalSpec { name: "more".into(), ..spec }).is_err());
}

#[test]
fn values_that_cannot_be_are_bad_whatever_the_driver_says() {
    for (value, cause) in
        [("101", Cause::OutOfRange), ("-100.5", Cause::OutOfRange), ("1e308", Cause::OutOfRange)]
    {
        let mut probe = open(&format!(r#"{{"value": {value}}}"#)).unwrap();
        assert_eq!(probe.cycle(), abi::ECMOD_OK);
        let sample = probe.sample("first").unwrap();
        assert_eq!((sample.value, sample.quality, sample.cause), (None, Quality::Bad, cause));
        assert_eq!(probe.sample("second"), None, "untouched is no news");
    }
    let mut probe = open(r#"{"value": -100}"#).unwrap();
    probe.cycle();
    assert_eq!(probe.sample("first").unwrap().value, Some(-100.0));
}

#[test]
fn a_sample_for_a_signal_that_is_not_there_is_a_defect_of_the_driver() {
    let mut probe = open(r#"{"outside": true}"#).unwrap();
    assert_eq!(probe.cycle(), abi::ECMOD_E_INVALID);
    assert!(texts(probe.fake()).last().unwrap().contains("signal 7"));
}

#[test]
fn only_a_valid_demand_inside_its_range_reaches_the_driver() {
    let mut probe = open("{}").unwrap();
    probe.cycle();
    for refused in [f64::NAN, f64::INFINITY, -0.1, 1.1] {
        probe.demand("valve", refused);
        probe.cycle();
    }
    assert_eq!(texts(probe.fake()), Vec::<String>::new());
    probe.demand("valve", 1.0);
    probe.cycle();
    probe.demand_nothing();
    probe.cycle();
    assert_eq!(texts(probe.fake()), ["valve 1 at 5"]);
}

#[test]
fn a_self_test_gives_its_findings() {
    let mut probe = open("{}").unwrap();
    let findings = probe.self_test().unwrap();
    let seen: Vec<_> = findings.iter().map(|finding| (finding.passed, finding.item.as_str())).collect();
    assert_eq!(seen, [(true, "link"), (false, "zero")]);
    assert!(findings[0].detail.is_none());
    assert_eq!(findings[1].detail.as_ref().unwrap().as_str(), "offset too large: zero the sensor");
    let mut failing = open(r#"{"fail_in": "self_test"}"#).unwrap();
    assert_eq!(failing.self_test(), Err(abi::ECMOD_E_DEVICE));
}

#[test]
fn a_host_kept_beyond_close_answers_state() {
    let probe = open("{}").unwrap();
    let kept = KEPT.take().unwrap();
    let fake = probe.fake().clone();
    assert_eq!(kept.now(), fake.now());
    probe.close();
    assert_eq!(texts(&fake), ["closed", "dropped"], "close runs the driver's own, with its host still there");
    assert_eq!(kept.now(), Monotonic(0));
    assert_eq!(kept.modbus(1).read_holding(0, &mut [0]), Err(Error::State));
    assert_eq!(kept.serial().write(b"x"), Err(Error::State));
    kept.log(Level::Error, "lost");
    assert_eq!((texts(&fake).len(), fake.requests()), (2, Vec::<Request>::new()));
}

#[test]
fn a_host_kept_beyond_a_failed_open_answers_state() {
    assert_eq!(open(r#"{"fail_in": "open"}"#).unwrap_err(), OpenFailure::Open(abi::ECMOD_E_DEVICE));
    let kept = KEPT.take().unwrap();
    assert_eq!(kept.serial().read(&mut [0], Span::ZERO), Err(Error::State));
}

#[test]
fn a_driver_made_with_the_sdk_passes_every_check() {
    let findings = conformance::of::<Probe>(&Case::new(r#"{"value": 1.5}"#));
    assert_eq!(conformance::failed(&findings), []);
    let panic = findings.iter().find(|finding| finding.check == "panic").unwrap();
    assert!(panic.tested && panic.passed, "{panic}");
}
