// SPDX-License-Identifier: MIT OR Apache-2.0
//! The annunciator's lamps and sounder as edges on the kernel's lines, against IEC 60601-1-8.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use ecmod_quantities::Monotonic;
use ecmod_sim::chips::Level;
use ecmod_sim::chips::board::Faults;
use ecmod_sim::kernel::{Recorder, Wired, now};
use ecmod_vm_tests::{Daemon, Host, Stalls, figure, until};

use crate::board;

/// Pulses and pauses of a burst in ms, pulse first; and the time from a burst's beginning to the next. After the worked example of
/// `drivers/annunciator/README.md`.
struct Table {
    code: f64,
    intervals: &'static [f64],
    repeats_after: f64,
    lamp: &'static str,
    /// Hz, after Table 2.
    flash: Option<RangeInclusive<f64>>,
}

const HIGH: Table = Table {
    code: 3.0,
    intervals: &[
        150.0, 100.0, 150.0, 100.0, 150.0, 350.0, 150.0, 100.0, 150.0, 500.0, 150.0, 100.0, 150.0, 100.0,
        150.0, 350.0, 150.0, 100.0, 150.0,
    ],
    repeats_after: 6300.0,
    lamp: "LAMP_RED",
    flash: Some(1.4..=2.8),
};
const MEDIUM: Table = Table {
    code: 2.0,
    intervals: &[200.0, 200.0, 200.0, 200.0, 200.0],
    repeats_after: 6000.0,
    lamp: "LAMP_YELLOW",
    flash: Some(0.4..=0.8),
};
const LOW: Table =
    Table { code: 1.0, intervals: &[200.0], repeats_after: 20_200.0, lamp: "LAMP_CYAN", flash: None };

/// Of every interval of a burst (IEC 60601-1-8 Table 3, note `[K]`).
const TOLERANCE: f64 = 0.05;
/// Edges that may be later than this, in ms, are not judged.
const TOO_LATE: f64 = 20.0;

struct Console {
    wired: Wired,
    host: Host,
    daemon: Daemon,
    recorder: Recorder,
}

/// With silence demanded, and obeyed.
fn console() -> Console {
    let wired = Wired::new(7).unwrap();
    let host = Host::start("alarms", &board::alarms(&wired.chip()));
    let daemon = host.daemon();
    daemon.demand("annunciator", "lamp", 0.0);
    daemon.demand("annunciator", "sound", 0.0);
    daemon.good("annunciator", "heartbeat_lost", 0.0, 0.0);
    daemon.good("annunciator", "pattern", 0.0, 0.0);
    let recorder = Recorder::start().unwrap();
    Console { wired, host, daemon, recorder }
}

impl Console {
    fn demand(&self, code: f64) {
        self.daemon.demand("annunciator", "lamp", code);
        self.daemon.demand("annunciator", "sound", code);
    }

    /// Changes of a line since the recorder was started, beginning with the first high.
    fn changes(&self, line: &str) -> Vec<(Monotonic, Level)> {
        let number = self.wired.bank().number(line).unwrap();
        let changes = self.recorder.changes(number).unwrap();
        changes.into_iter().skip_while(|(_, level)| *level == Level::Low).collect()
    }

    fn wait_for_changes(&self, line: &str, count: usize, limit: Duration) -> Vec<(Monotonic, Level)> {
        let deadline = Instant::now() + limit;
        loop {
            let changes = self.changes(line);
            if changes.len() >= count {
                return changes;
            }
            assert!(Instant::now() < deadline, "{line} has changed {} times, not {count}", changes.len());
            // To read a trace takes long; nobody is in a hurry for it.
            std::thread::sleep(Duration::from_millis(500));
        }
    }
}

fn intervals(changes: &[(Monotonic, Level)]) -> Vec<f64> {
    changes.windows(2).map(|pair| (pair[1].0.0 - pair[0].0.0) as f64 / 1e6).collect()
}

/// Compares the recorded sounder and lamp with the table and tells the worst deviation.
///
/// An edge that fell into a time in which the whole machine stood still may be late by that time. A burst with such a time that is
/// too long to judge by does not count: the next one does.
fn keeps(console: &Console, stalls: &Stalls, table: &Table, name: &str) {
    let edges = table.intervals.len() + 1;
    for number in 0.. {
        let sounder = console.wait_for_changes("SOUNDER", (number + 1) * edges + 1, Duration::from_secs(50));
        let burst = &sounder[number * edges..=(number + 1) * edges];
        let late: Vec<f64> = burst
            .iter()
            .map(|(at, _)| stalls.at(*at).map_or(0.0, |stall| stall.as_secs_f64() * 1e3))
            .collect();
        if late.iter().any(|late| *late > TOO_LATE) {
            println!("{name}: the machine stood still, edges may be late by {late:?} ms: next burst");
            continue;
        }
        let (mut worst, mut judged) = (0.0_f64, 0);
        let wanted = table.intervals.iter().chain([&table.repeats_after]);
        let mut measured = intervals(burst);
        let repeats = measured.iter().sum();
        measured[edges - 1] = repeats;
        for (place, (measured, wanted)) in measured.iter().zip(wanted).enumerate() {
            let first = if place == edges - 1 { 0 } else { place };
            let allowed = late[first] + late[place + 1];
            let deviation = (measured - wanted).abs();
            assert!(
                deviation <= wanted * TOLERANCE + allowed,
                "{name}: interval {place} is {measured} ms, not {wanted} ms; the machine's own part is {allowed} ms"
            );
            if allowed == 0.0 && place < edges - 1 {
                worst = worst.max(deviation);
                judged += 1;
            }
        }
        figure(
            &format!("{name} priority, worst deviation of the {judged} intervals that nothing delayed"),
            worst,
            "ms",
        );
        break;
    }
    let lamp = console.changes(table.lamp);
    let Some(flash) = &table.flash else {
        assert_eq!(lamp.len(), 1, "{name}: the lamp is steady");
        return;
    };
    assert!(lamp.len() >= 7, "{name}: the lamp has flashed {} times", lamp.len() / 2);
    let whole = &lamp[..(lamp.len() - 1) / 2 * 2 + 1];
    let all: f64 = intervals(whole).iter().sum();
    let lit: f64 = intervals(whole).iter().step_by(2).sum();
    let rate = (whole.len() / 2) as f64 / all * 1e3;
    figure(&format!("{name} priority, lamp"), rate, "Hz");
    assert!(flash.contains(&rate), "{name}: the lamp flashes at {rate} Hz");
    assert!((0.2..=0.6).contains(&(lit / all)), "{name}: the lamp is lit for {} of the time", lit / all);
}

#[test]
fn high_priority_keeps_the_table() {
    let console = console();
    let stalls = Stalls::watch();
    console.demand(HIGH.code);
    keeps(&console, &stalls, &HIGH, "high");
    console.daemon.good("annunciator", "pattern", 3.0, 0.0);
    console.daemon.good("annunciator", "sounder_ok", 1.0, 0.0);
}

#[test]
fn medium_priority_keeps_the_table() {
    let console = console();
    let stalls = Stalls::watch();
    console.demand(MEDIUM.code);
    keeps(&console, &stalls, &MEDIUM, "medium");
}

#[test]
fn low_priority_keeps_the_table() {
    let console = console();
    let stalls = Stalls::watch();
    console.demand(LOW.code);
    keeps(&console, &stalls, &LOW, "low");
}

/// What the annunciator does by itself, and how long after `since` it began.
fn sounds_by_itself(console: &Console, since: Monotonic, what: &str) {
    let sounder = console.wait_for_changes("SOUNDER", 4, Duration::from_secs(5));
    let after = (sounder[0].0.0.saturating_sub(since.0)) as f64 / 1e6;
    figure(what, after, "ms");
    assert!(after <= 500.0, "{what}: {after} ms");
    // That it is the high priority's: how exactly, the others show.
    for (measured, wanted) in intervals(&sounder).iter().zip(HIGH.intervals) {
        assert!((measured - wanted).abs() <= 20.0, "{measured} ms, not {wanted} ms");
    }
    let red = console.changes("LAMP_RED");
    let after = (red[0].0.0.saturating_sub(since.0)) as f64 / 1e6;
    assert!(after <= 500.0, "the red lamp came after {after} ms");
}

#[test]
fn the_daemon_dies_and_the_high_priority_pattern_begins_within_half_a_second() {
    let Console { wired, host, daemon, recorder } = console();
    let since = now();
    drop(daemon);
    let number = wired.bank().number("SOUNDER").unwrap();
    let red = wired.bank().number("LAMP_RED").unwrap();
    let begun = |number| {
        until("the line becomes high", || {
            recorder.changes(number).unwrap().into_iter().find(|(_, level)| level.is_high()).map(|(at, _)| at)
        })
    };
    for (line, at) in [("sounder", begun(number)), ("red lamp", begun(red))] {
        let after = at.0.saturating_sub(since.0) as f64 / 1e6;
        figure(&format!("daemon dead to the {line}"), after, "ms");
        assert!(after <= 500.0, "{line}: {after} ms");
    }
    // It goes on until a daemon demands again.
    let daemon = host.daemon();
    daemon.good("annunciator", "heartbeat_lost", 1.0, 0.0);
    daemon.demand("annunciator", "lamp", 0.0);
    daemon.demand("annunciator", "sound", 0.0);
    daemon.good("annunciator", "heartbeat_lost", 0.0, 0.0);
}

#[test]
fn the_daemon_hangs_and_the_high_priority_pattern_begins_within_half_a_second() {
    let mut console = console();
    let since = now();
    console.daemon.hang();
    sounds_by_itself(&console, since, "daemon hung to the sounder");
    console.daemon.good("annunciator", "heartbeat_lost", 1.0, 0.0);
}

#[test]
fn a_dead_sounder_is_found_when_it_should_sound() {
    let console = console();
    console.wired.set_faults(Faults { sounder_dead: true, ..Faults::default() });
    console.demand(HIGH.code);
    console.daemon.good("annunciator", "sounder_ok", 0.0, 0.0);
    console.wired.set_faults(Faults::default());
    console.daemon.good("annunciator", "sounder_ok", 1.0, 0.0);
}

#[test]
fn lamps_and_sounder_go_off_when_the_host_ends() {
    let Console { wired, host, daemon, .. } = console();
    daemon.demand("annunciator", "lamp", 1.0);
    let lamp = wired.bank().pin("LAMP_CYAN").unwrap();
    until("the lamp is lit", || lamp.level().is_high().then_some(()));
    drop((host, daemon));
    until("the lamp is dark", || (!lamp.level().is_high()).then_some(()));
}
