// SPDX-License-Identifier: MIT OR Apache-2.0
//! Clients that others wrote: `busctl`, `gdbus` and Python's dbus-fast each introspect, read all signals, follow `Frame`
//! without loss, change the flow setpoint, and are refused an impossible one in words. On both brokers.
#![cfg(test)] // helpers between the tests are test code too

mod support;

use serde_json::Value;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};
use support::{Console, LIMIT, Process, Settings, python, until};

const PATH: &str = "/org/ecmod/console";
const INTERFACE: &str = "org.ecmod.Console1";
/// The demo's signals.
const SIGNALS: usize = 43;
/// How long a battery lasts is known only while it is discharged, and here it is not: no client is told a number.
const ABSENT: &str = "battery_time_to_empty";
/// Ten seconds of frames, which come ten times a second.
const FRAMES: usize = 100;
/// What a refused flow is told; the demo's pump gives up to 8 L/min.
const RANGE: &str = "0 to 8 L/min";

/// One signal frame as a client has seen it.
struct Frame {
    monotonic_ns: u64,
    sequence: u64,
    readings: usize,
}

/// Ten seconds of frames, none missing, each with all signals.
fn assert_no_loss(frames: &[Frame]) {
    assert!(frames.len() >= FRAMES, "{} frames", frames.len());
    for pair in frames.windows(2) {
        assert_eq!(pair[1].sequence, pair[0].sequence + 1, "a frame is lost");
        // By the console's own time of the frame, which no client's lateness can change.
        let apart_ms = (pair[1].monotonic_ns - pair[0].monotonic_ns) / 1_000_000;
        assert!((50..=150).contains(&apart_ms), "{apart_ms} ms between two frames");
    }
    assert!(frames.iter().all(|frame| frame.readings == SIGNALS), "every frame has all signals");
}

fn demo(broker: &str) -> Console {
    let console = Console::start(&Settings { broker: Some(broker), ..Settings::default() });
    // A reading is good once its device has spoken.
    until("every reading is good or almost", || {
        let signals = console.ecmoctl_json(&["signals"]);
        let mut waited_for = signals.as_array()?.iter().filter(|signal| signal["name"] != ABSENT);
        let bad = waited_for.any(|signal| signal["quality"] == "bad");
        (!bad).then_some(())
    });
    console
}

/// What a client prints; it must succeed.
#[track_caller]
fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What a client that is refused says.
#[track_caller]
fn refusal(command: &mut Command) -> String {
    let Output { status, stderr, .. } = command.output().unwrap();
    let text = String::from_utf8(stderr).unwrap();
    assert!(!status.success(), "{command:?} is not refused: {text}");
    text
}

/// The frames that a following client prints, a line each.
fn follow(
    console: &Console,
    program: impl AsRef<OsStr>,
    arguments: &[&str],
    parse: impl Fn(&str) -> Option<Frame>,
) -> Vec<Frame> {
    let environment = [("DBUS_SYSTEM_BUS_ADDRESS", console.address())];
    let client = Process::start(program, arguments, &environment, &console.path("follower.log"), None);
    let began = std::time::Instant::now();
    let mut frames = Vec::new();
    while frames.len() < FRAMES + 1 {
        assert!(began.elapsed() < LIMIT, "only {} frames: {}", frames.len(), client.log());
        frames.extend(parse(&client.line()));
    }
    frames
}

fn busctl(console: &Console, arguments: &[&str]) -> Command {
    let mut command = console.command("busctl");
    command.arg("--system").args(arguments);
    command
}

fn with_busctl(broker: &str) {
    let console = demo(broker);
    let introspection = said(&mut busctl(&console, &["introspect", "org.ecmod", PATH]));
    for member in [".SetFlow", ".Frame", ".FlowSetpoint"] {
        assert!(introspection.contains(member), "{member}: {introspection}");
    }

    let objects = said(&mut busctl(&console, &["tree", "--list", "org.ecmod"]));
    let signals: Vec<&str> =
        objects.lines().map(str::trim).filter(|path| path.starts_with("/org/ecmod/signals/")).collect();
    assert_eq!(signals.len(), SIGNALS, "{objects}");
    for path in signals {
        let words = ["--json=short", "get-property", "org.ecmod", path, "org.ecmod.Signal1", "Reading"];
        until(&format!("{path} is known, or is the one that never is"), || {
            let reading: Value = serde_json::from_str(&said(&mut busctl(&console, &words))).unwrap();
            assert_eq!(reading["type"], "(adsstt)");
            let known = reading["data"][0][0].is_number() && reading["data"][1] != "bad";
            (known != path.ends_with(ABSENT)).then_some(())
        });
    }

    let matching = format!("type='signal',interface='{INTERFACE}',member='Frame'");
    let words = ["--system", "--json=short", "monitor", "--match", &matching];
    let frames = follow(&console, "busctl", &words, |line| {
        let message: Value = serde_json::from_str(line).ok()?;
        let data = (message["member"] == "Frame").then(|| message["payload"]["data"].as_array())??;
        let readings = data[2].as_object()?.len();
        Some(Frame { monotonic_ns: data[0].as_u64()?, sequence: data[1].as_u64()?, readings })
    });
    assert_no_loss(&frames);

    said(&mut busctl(&console, &["call", "org.ecmod", PATH, INTERFACE, "SetFlow", "d", "3.5"]));
    until("the new setpoint shows", || {
        let words = ["get-property", "org.ecmod", PATH, INTERFACE, "FlowSetpoint"];
        (said(&mut busctl(&console, &words)).trim() == "d 3.5").then_some(())
    });
    let refused =
        refusal(&mut busctl(&console, &["call", "org.ecmod", PATH, INTERFACE, "SetFlow", "d", "99"]));
    assert!(refused.contains(RANGE), "{refused}");
}

fn gdbus(console: &Console, verb: &str, path: &str, arguments: &[&str]) -> Command {
    let mut command = console.command("gdbus");
    command.args([verb, "--system", "--dest", "org.ecmod", "--object-path", path]).args(arguments);
    command
}

/// The two numbers in `org.ecmod.Console1.Frame (uint64 1, uint64 2, {...`, and how many readings follow.
fn gdbus_frame(line: &str) -> Option<Frame> {
    let (_, rest) = line.split_once("Console1.Frame (uint64 ")?;
    let (monotonic, rest) = rest.split_once(", uint64 ")?;
    let (sequence, readings) = rest.split_once(", {")?;
    Some(Frame {
        monotonic_ns: monotonic.parse().ok()?,
        sequence: sequence.parse().ok()?,
        readings: readings.matches("': (").count(),
    })
}

fn with_gdbus(broker: &str) {
    let console = demo(broker);
    let introspection = said(&mut gdbus(&console, "introspect", PATH, &["--xml"]));
    for member in [r#"method name="SetFlow""#, r#"signal name="Frame""#, r#"property name="FlowSetpoint""#] {
        assert!(introspection.contains(member), "{member}: {introspection}");
    }

    let method = "org.freedesktop.DBus.ObjectManager.GetManagedObjects";
    let objects = said(&mut gdbus(&console, "call", "/org/ecmod", &["--method", method]));
    let signals: Vec<&str> =
        objects.split('\'').filter(|part| part.starts_with("/org/ecmod/signals/")).collect();
    assert_eq!(signals.len(), SIGNALS, "{objects}");
    for path in signals {
        let words = ["--method", "org.freedesktop.DBus.Properties.Get", "org.ecmod.Signal1", "Reading"];
        until(&format!("{path} is known, or is the one that never is"), || {
            let reading = said(&mut gdbus(&console, "call", path, &words));
            let known = reading.contains("'good'") || reading.contains("'uncertain'");
            (known != path.ends_with(ABSENT)).then_some(())
        });
    }

    let words = ["monitor", "--system", "--dest", "org.ecmod", "--object-path", PATH];
    assert_no_loss(&follow(&console, "gdbus", &words, gdbus_frame));

    let set = format!("{INTERFACE}.SetFlow");
    said(&mut gdbus(&console, "call", PATH, &["--method", &set, "3.25"]));
    until("the new setpoint shows", || {
        let words = ["--method", "org.freedesktop.DBus.Properties.Get", INTERFACE, "FlowSetpoint"];
        (said(&mut gdbus(&console, "call", PATH, &words)).trim() == "(<3.25>,)").then_some(())
    });
    let refused = refusal(&mut gdbus(&console, "call", PATH, &["--method", &set, "99"]));
    assert!(refused.contains("org.ecmod.Error.Refused") && refused.contains(RANGE), "{refused}");
}

fn with_dbus_fast(broker: &str) {
    let console = demo(broker);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/stranger.py");
    let mut command = console.command(python());
    command.arg(script).args([console.address(), &(FRAMES + 1).to_string(), "4.25", "99"]);
    let seen: Value = serde_json::from_str(&said(&mut command)).unwrap();

    assert!(seen["interfaces"].as_array().unwrap().contains(&INTERFACE.into()), "{seen}");
    let signals = seen["signals"].as_object().unwrap();
    assert_eq!(signals.len(), SIGNALS, "{seen}");
    assert_eq!(signals["blood_flow"]["unit"], "L/min");
    for (name, signal) in signals {
        let reading = &signal["reading"];
        let known = reading[0][0].is_number() && reading[1] != "bad";
        assert!(known != (name == ABSENT), "{name}: {signal}");
    }
    let number = |value: &Value| value.as_u64().unwrap();
    let frames: Vec<Frame> = seen["frames"]
        .as_array()
        .unwrap()
        .iter()
        .map(|frame| Frame {
            monotonic_ns: number(&frame[0]),
            sequence: number(&frame[1]),
            readings: usize::try_from(number(&frame[2])).unwrap(),
        })
        .collect();
    assert_no_loss(&frames);
    assert_eq!(seen["setpoint"], 4.25);
    assert_eq!(seen["refusal"]["name"], "org.ecmod.Error.Refused");
    assert!(seen["refusal"]["text"].as_str().unwrap().contains(RANGE), "{seen}");
}

#[test]
fn busctl_reads_follows_changes_and_is_refused_on_busd() {
    with_busctl("busd");
}

#[test]
fn busctl_reads_follows_changes_and_is_refused_on_dbus_daemon() {
    with_busctl("dbus-daemon");
}

#[test]
fn gdbus_reads_follows_changes_and_is_refused_on_busd() {
    with_gdbus("busd");
}

#[test]
fn gdbus_reads_follows_changes_and_is_refused_on_dbus_daemon() {
    with_gdbus("dbus-daemon");
}

#[test]
fn dbus_fast_reads_follows_changes_and_is_refused_on_busd() {
    with_dbus_fast("busd");
}

#[test]
fn dbus_fast_reads_follows_changes_and_is_refused_on_dbus_daemon() {
    with_dbus_fast("dbus-daemon");
}
