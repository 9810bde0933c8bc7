// SPDX-License-Identifier: MIT OR Apache-2.0
//! The annunciator without its daemon: it sounds by itself, in the high-priority pattern.

use crate::bench::{Change, changes, now_ns};
use crate::support::{Bare, Process, Simulator, binary, until};
use rustix::process::Signal;
use serde_json::Value;

/// When the pulses of a high-priority burst begin, ms (IEC 60601-1-8, as worked out in the alarm requirements).
const ONSETS_MS: [f64; 10] = [0.0, 250.0, 500.0, 1000.0, 1250.0, 1900.0, 2150.0, 2400.0, 2900.0, 3150.0];
/// How long each is, ms.
const PULSE_MS: f64 = 150.0;
/// What `alarm_pattern` reads.
const SILENT: f64 = 0.0;
const MEDIUM: f64 = 2.0;
/// The same of a medium-priority burst.
const MEDIUM_ONSETS_MS: [f64; 3] = [0.0, 400.0, 800.0];
const MEDIUM_PULSE_MS: f64 = 200.0;
/// From the end of a medium-priority burst to the next.
const MEDIUM_INTERBURST_MS: f64 = 5000.0;
/// How far an edge may be from its place on a loaded machine, ms. The narrow limits are kept where the machine is known.
const SLACK_MS: f64 = 60.0;

/// Devices, daemon and the annunciator's host, which nobody starts again.
struct Room {
    daemon: Option<Process>,
    _host: Process,
    _devices: Process,
    simulator: Simulator,
    bare: Bare,
}

impl Room {
    fn new() -> Self {
        let bare = Bare::new();
        let folder = bare.path("run");
        let arguments = ["devices".as_ref(), "--run-dir".as_ref(), folder.as_os_str()];
        let devices = Process::start(binary("ecmod-sim"), arguments, &[], &bare.path("devices.log"), None);
        let ready: Value = serde_json::from_str(&devices.line()).unwrap();
        let line = |name: &str, line: &str, direction: &str| {
            let chip = ready["ports"]["lines"].as_str().unwrap();
            let initial = if direction == "output" { ", initial = 0" } else { "" };
            format!(
                "{name} = {{ chip = \"unix:{chip}\", name = \"{line}\", direction = \"{direction}\"{initial} }}\n"
            )
        };
        bare.configure(&format!(
            "[ports.alarms]\nkind = \"gpio\"\n[ports.alarms.lines]\n{}{}{}{}\
             [drivers.annunciator]\ndriver = \"annunciator\"\nport = \"alarms\"\npriority = \"high\"\n\
             config = {{ sounder_sense = \"sounder_sense\" }}\n\
             [signals.sounder_ok]\nquantity = \"state\"\nminimum = 0.0\nmaximum = 1.0\n\
             sources = [\"annunciator.sounder_ok\"]\n\
             [signals.alarm_heartbeat_lost]\nquantity = \"state\"\nminimum = 0.0\nmaximum = 1.0\n\
             sources = [\"annunciator.heartbeat_lost\"]\n\
             [signals.alarm_pattern]\nquantity = \"code\"\nminimum = 0.0\nmaximum = 3.0\n\
             sources = [\"annunciator.pattern\"]\n\
             [commands.alarm_lamp]\ntarget = \"annunciator.lamp\"\n\
             [commands.alarm_sound]\ntarget = \"annunciator.sound\"\n",
            line("lamp_red", "LAMP_RED", "output"),
            line("lamp_yellow", "LAMP_YELLOW", "output"),
            line("sounder", "SOUNDER", "output"),
            line("sounder_sense", "SOUNDER_SENSE", "input"),
        ));
        let simulator = Simulator::connect(ready["control_socket"].as_str().unwrap().as_ref());
        let daemon = bare.daemon();
        let host = bare.host("alarms");
        let room = Self { daemon: Some(daemon), _host: host, _devices: devices, simulator, bare };
        room.until_content();
        room
    }

    /// Waits until the annunciator hears the daemon and has tested its sounder.
    fn until_content(&self) {
        until("the heartbeat is heard", || self.bare.good("alarm_heartbeat_lost").filter(|lost| *lost < 0.5));
        until("the sounder is tested", || self.bare.good("sounder_ok").filter(|ok| *ok > 0.5));
    }

    /// The changes of a line since a time.
    fn since(&mut self, line: &str, from_ns: u64) -> Vec<Change> {
        changes(&mut self.simulator, line).into_iter().filter(|change| change.t_ns > from_ns).collect()
    }
}

#[test]
fn killed_the_daemon_is_replaced_by_the_annunciators_own_high_priority_pattern_within_half_a_second() {
    let mut room = Room::new();
    let killed = now_ns();
    room.daemon.take().unwrap().signal(Signal::KILL);
    let edges = until("a whole burst", || {
        let edges = room.since("SOUNDER", killed);
        // The next burst begins 6.3 s after this one.
        (edges.len() > 20).then_some(edges)
    });
    let ms = |edge: &Change, from: u64| (edge.t_ns - from) as f64 / 1e6;
    let first = edges[0];
    assert!(first.high && ms(&first, killed) <= 500.0, "it sounds {} ms after the kill", ms(&first, killed));
    println!("it sounds {:.0} ms after the kill", ms(&first, killed));
    let mut worst: f64 = 0.0;
    for (pulse, onset) in edges.chunks(2).zip(ONSETS_MS) {
        let (begin, end) = (ms(&pulse[0], first.t_ns), ms(&pulse[1], first.t_ns));
        assert!(pulse[0].high && !pulse[1].high, "{pulse:?}");
        worst = worst.max((begin - onset).abs()).max((end - onset - PULSE_MS).abs());
    }
    let next = ms(&edges[20], first.t_ns);
    worst = worst.max((next - 6300.0).abs());
    println!("every edge within {worst:.1} ms of its place");
    assert!(worst <= SLACK_MS, "{worst} ms: {edges:?}");
    let lamp = room.since("LAMP_RED", killed);
    assert!(lamp.len() >= 20, "the red lamp flashes at 2 Hz: {lamp:?}");

    // A new daemon is in charge again. It says that it was restarted without having been asked to stop, with medium priority, and says
    // nothing else; acknowledged, that is silent.
    room.daemon = Some(room.bare.daemon());
    room.until_content();
    until("the daemon's own alarm alone", || {
        let alarms = room.bare.ecmoctl_json(&["alarms"])?;
        let [alarm] = alarms["alarms"].as_array()?.as_slice() else { return None };
        (alarm["alarm"] == "DAEMON_RESTARTED" && alarm["priority"] == "medium").then_some(())
    });
    until("it sounds", || room.bare.good("alarm_pattern").filter(|pattern| *pattern == MEDIUM));
    let back = now_ns();
    let burst =
        until("a burst of the daemon's own, and the next", || medium_burst(&room.since("SOUNDER", back)));
    let mut worst: f64 = 0.0;
    for (pulse, onset) in burst.chunks(2).zip(MEDIUM_ONSETS_MS) {
        let (begin, end) = (ms(&pulse[0], burst[0].t_ns), ms(&pulse[1], burst[0].t_ns));
        worst = worst.max((begin - onset).abs()).max((end - onset - MEDIUM_PULSE_MS).abs());
    }
    println!("every edge of the medium burst within {worst:.1} ms of its place");
    assert!(worst <= SLACK_MS, "{worst} ms: {burst:?}");
    assert_eq!(room.bare.good("alarm_heartbeat_lost"), Some(0.0));
    assert!(room.bare.ecmoctl(&["ack"]).status.success());
    until("it is silent", || room.bare.good("alarm_pattern").filter(|pattern| *pattern == SILENT));
}

/// The three pulses of a whole medium-priority burst: behind a pause as long as the one between two bursts, and before another.
fn medium_burst(edges: &[Change]) -> Option<Vec<Change>> {
    let pause =
        |pair: &[Change]| (pair[1].t_ns - pair[0].t_ns) as f64 / 1e6 > MEDIUM_INTERBURST_MS - SLACK_MS;
    let pauses: Vec<usize> = (0..edges.len().saturating_sub(1))
        .filter(|at| !edges[*at].high && pause(&edges[*at..*at + 2]))
        .collect();
    let [first, second, ..] = pauses.as_slice() else { return None };
    let burst = edges[first + 1..=*second].to_vec();
    assert_eq!(burst.len(), 2 * MEDIUM_ONSETS_MS.len(), "three pulses: {burst:?}");
    Some(burst)
}

#[test]
fn a_sounder_that_does_not_sound_is_told() {
    let mut room = Room::new();
    room.simulator.inject(&serde_json::json!({ "kind": "sounder_dead" }));
    room.daemon.take().unwrap().signal(Signal::KILL);
    let killed = now_ns();
    until("some pulses", || (room.since("SOUNDER", killed).len() > 6).then_some(()));
    assert_eq!(room.since("SOUNDER_SENSE", killed), []);
    room.daemon = Some(room.bare.daemon());
    until("a dead sounder", || room.bare.good("sounder_ok").filter(|ok| *ok < 0.5));
}
