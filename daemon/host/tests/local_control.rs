// SPDX-License-Identifier: MIT OR Apache-2.0
//! Keys on the pump's port, served by a real host without a daemon, and what the next daemon hears of them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers may stop at the first surprise, as tests do
#![allow(clippy::float_cmp)] // a demand is passed on to the last bit

#[path = "support/process.rs"]
mod support;

use std::time::Duration;

use ecmod_host::clock;
use ecmod_link::image::{Demand, Fallback, Sample, Slot};
use ecmod_link::message::{DriverState, FromHost, Held, Hello, MAX_MESSAGE};
use ecmod_quantities::{Quality, Span};
use ecmod_sim_link::server::{LineChip, LineServer};
use support::{Daemon, Host, build_driver, pause, receive, until};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);
/// Between a debounced press and the first repetition, with as much room at both ends as there is: the host may be late.
const PRESS: Span = Span::from_millis(350);

/// A host with a pump, a display beside it, two keys and a lamp.
struct Panel {
    lines: LineServer,
    host: Host,
}

impl Panel {
    fn new(more: &str, display_mode: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lines =
            LineServer::start(&folder.path().join("lines"), LineChip::new(&["RAISE", "LOWER", "LAMP"]))
                .unwrap();
        let tables = tables(&folder, more, display_mode);
        Self { lines, host: Host::configured(folder, &tables) }
    }

    fn hold(&self, key: &str, for_span: Span) {
        self.lines.drive(key, true);
        clock::sleep_until(clock::now().plus(for_span));
    }

    fn press(&self, key: &str) {
        self.hold(key, PRESS);
        self.lines.drive(key, false);
    }

    /// Waits until the keys act (or no longer do; they may have before the first daemon came).
    fn serves(&self, does: bool) {
        assert!(self.lines.wait_level("LAMP", does, PATIENCE), "the lamp");
    }

    /// A daemon that is greeted by both drivers, and beats.
    fn daemon(&self) -> Daemon {
        until("a daemon is attached", || self.attached())
    }

    /// One attempt: greets, and waits until the host has attached the image or hung up.
    fn attached(&self) -> Option<Daemon> {
        let (connection, hello) = self.host.greeted();
        let daemon = Daemon::welcome(connection, hello);
        let slot = daemon.hello.input("probe", "cycles")?;
        let mut first = None;
        let mut buffer = vec![0; MAX_MESSAGE];
        loop {
            daemon.image.beat(clock::now());
            // the newest sample is there at once; that a second one comes means that it is attached
            if let Slot::Value(sample) = daemon.image.read(slot) {
                let first = *first.get_or_insert(sample.sequence);
                if sample.sequence > first + 3 {
                    return Some(daemon);
                }
            }
            match daemon.connection.recv(&mut buffer) {
                Ok(_) | Err(ecmod_link::transport::Error::WouldBlock) => pause(),
                Err(_) => return None,
            }
        }
    }

    /// Waits until the pump's host holds this, set by keys or not; answers no hello.
    fn held(&self, value: f64, local: bool) {
        until(&format!("{value} is held"), || {
            let (connection, hello) = self.host.greeted();
            drop(connection);
            held(&hello)
                .filter(|held| held.value.to_bits() == value.to_bits() && held.local == local)
                .map(|_| ())
        });
    }
}

fn tables(folder: &TempDir, more: &str, display_mode: &str) -> String {
    let library = build_driver(folder.path(), "libprobe.so", "probe.c", &[]);
    let at = folder.path().display();
    let line =
        |name: &str, rest: &str| format!("{{ chip = \"unix:{at}/lines\", name = \"{name}\", {rest} }}");
    let (raise, lower) = (line("RAISE", "direction = \"input\""), line("LOWER", "direction = \"input\""));
    let lamp = line("LAMP", "direction = \"output\", initial = 0");
    format!(
        "[control]\nminimum_speed_rpm = 0.0\nmaximum_speed_rpm = 500.0\nslew_rpm_per_s = 1000.0\n\
         [ports.line]\nkind = \"gpio\"\ntimeout_ms = 500\n\
         lines.raise = {raise}\nlines.lower = {lower}\nlines.lamp = {lamp}\n\
         [ports.line.local_control]\ndriver = \"probe\"\nfeedback = \"echo\"\nraise = \"raise\"\nlower = \"lower\"\n\
         lamp = \"lamp\"\ndisplay = \"display.speed\"\nstep_rpm = 20.0\nminimum_rpm = 100.0\nsilence_ms = 300\n{more}\n\
         [drivers.probe]\nlibrary = {library:?}\nport = \"line\"\n\
         [drivers.display]\nlibrary = {library:?}\nport = \"line\"\nconfig = {{ mode = \"{display_mode}\" }}\n"
    )
}

fn held(hello: &Hello) -> Option<&Held> {
    hello.drivers.iter().find(|driver| driver.id == "probe")?.held.first()
}

/// The value of a signal, if it is good.
fn value(daemon: &Daemon, driver: &str, signal: &str) -> Option<f64> {
    let good = |sample: &Sample| sample.quality == Quality::Good.code();
    match daemon.image.read(daemon.hello.input(driver, signal)?) {
        Slot::Value(sample) if good(&sample) => Some(sample.value),
        _ => None,
    }
}

/// Beats until a signal has this value.
fn beat_until(daemon: &Daemon, driver: &str, signal: &str, wanted: f64) {
    until(&format!("{driver}.{signal} is {wanted}"), || {
        daemon.image.beat(clock::now());
        pause();
        (value(daemon, driver, signal)? == wanted).then_some(())
    });
}

/// Beats for a while, and looks at what the pump is told all that time. (On a busy machine a cycle overruns its budget, and the reading is
/// bad; it never tells another value.)
fn beat_for(daemon: &Daemon, span: Span, wanted: f64) {
    let end = clock::now().plus(span);
    while clock::now() < end {
        daemon.image.beat(clock::now());
        assert_eq!(value(daemon, "probe", "echo").unwrap_or(wanted), wanted);
        pause();
    }
    beat_until(daemon, "probe", "echo", wanted);
}

fn demand(daemon: &Daemon, value: f64) {
    let slot = daemon.hello.output("probe", "speed").unwrap();
    assert!(
        daemon.image.write(slot, Demand { value, t: clock::now(), sequence: 1, valid: true, fallback: None })
    );
    daemon.image.ring();
}

#[test]
fn while_a_daemon_lives_keys_do_nothing_and_when_it_is_gone_they_step_the_pump() {
    let panel = Panel::new("", "echo");
    let daemon = panel.daemon();
    demand(&daemon, 300.0);
    beat_until(&daemon, "probe", "echo", 300.0);
    panel.serves(false);
    panel.lines.drive("RAISE", true);
    beat_for(&daemon, Span::from_millis(1000), 300.0);
    panel.lines.drive("RAISE", false);
    beat_until(&daemon, "display", "echo", 300.0);

    drop(daemon);
    panel.serves(true);
    panel.press("RAISE");
    panel.held(320.0, true);
    panel.press("LOWER");
    panel.held(300.0, true);
    panel.press("LOWER");
    panel.held(280.0, true);

    let next = panel.daemon();
    let told = held(&next.hello).unwrap();
    assert!(told.value == 280.0 && told.local);
    beat_for(&next, Span::from_millis(500), 280.0);
    demand(&next, 281.0);
    beat_until(&next, "probe", "echo", 281.0);
    drop(next);
    panel.held(281.0, false);
}

#[test]
fn a_daemon_that_hangs_has_nothing_to_say_any_more_once_a_key_was_pressed() {
    let panel = Panel::new("", "echo");
    let hung = panel.daemon();
    demand(&hung, 300.0);
    beat_until(&hung, "probe", "echo", 300.0);
    panel.serves(false);
    // it stops beating; that alone changes nothing
    panel.serves(true);
    assert_eq!(value(&hung, "probe", "echo").unwrap_or(300.0), 300.0);
    panel.press("RAISE");
    hung.hung_up();
    // it wakes up and demands what it last knew
    demand(&hung, 250.0);
    let next = panel.daemon();
    assert!(held(&next.hello).is_some_and(|held| held.value == 320.0 && held.local));
    beat_for(&next, Span::from_millis(500), 320.0);
    panel.serves(false);
}

#[test]
fn whoever_presses_a_key_decides_and_nothing_that_a_daemon_lowered_is_given_back_behind_that() {
    let panel = Panel::new("", "echo");
    let daemon = panel.daemon();
    let until = clock::now().plus(Span::from_secs(5));
    daemon.lower(200.0, Fallback { until, then: 400.0, slew: 400.0 });
    beat_until(&daemon, "probe", "echo", 200.0);
    drop(daemon);
    panel.serves(true);
    panel.press("RAISE");
    panel.held(220.0, true);
    let end = until.plus(Span::from_secs(2));
    while clock::now() < end {
        let (_, hello) = panel.host.greeted();
        assert!(held(&hello).is_some_and(|held| held.value == 220.0 && held.local && !held.returned));
    }
}

#[test]
fn when_a_daemon_comes_back_under_a_pressed_key_it_knows_to_the_last_bit_what_is_held() {
    // so slow that the speed is on its way all the time
    let panel = Panel::new("slew_rpm_per_s = 10.0", "echo");
    let daemon = panel.daemon();
    demand(&daemon, 300.0);
    beat_until(&daemon, "probe", "echo", 300.0);
    panel.serves(false);
    drop(daemon);
    panel.serves(true);
    panel.lines.drive("RAISE", true);
    until("it moves", || {
        let (_, hello) = panel.host.greeted();
        held(&hello).filter(|held| held.local && held.value > 302.0).map(|_| ())
    });
    let began = clock::now();
    let next = panel.daemon();
    let told = held(&next.hello).unwrap().clone();
    assert!(told.local && told.value < 400.0, "{told:?}");
    beat_for(&next, Span::from_millis(1000), told.value);
    assert!(clock::now().since(began) < Span::from_secs(10));
    panel.serves(false);
}

#[test]
fn without_any_daemon_ever_a_standing_pump_is_started_by_a_long_press() {
    let panel = Panel::new("", "echo");
    panel.serves(true);
    panel.hold("RAISE", Span::from_millis(3500));
    panel.lines.drive("RAISE", false);
    until("it runs", || {
        let (_, hello) = panel.host.greeted();
        held(&hello).filter(|held| held.local && (100.0..=140.0).contains(&held.value)).map(|_| ())
    });
}

#[test]
fn a_display_that_hangs_costs_the_pump_neither_its_host_nor_its_keys() {
    let mut panel = Panel::new("", "hang");
    let daemon = panel.daemon();
    demand(&daemon, 300.0);
    beat_until(&daemon, "probe", "echo", 300.0);
    until("the display is in fault", || {
        daemon.image.beat(clock::now());
        match receive(&daemon.connection).unwrap() {
            FromHost::Driver(event) if event.id == "display" && event.state == DriverState::Fault => {
                assert!(event.detail.contains("hangs in cycle"), "{}", event.detail);
                Some(())
            }
            _ => None,
        }
    });
    panel.serves(false);
    drop(daemon);
    panel.serves(true);
    panel.press("RAISE");
    panel.held(320.0, true);
    let daemon = panel.daemon();
    // twice as long as a driver that hangs costs its host otherwise
    beat_for(&daemon, Span::from_secs(3), 320.0);
    assert!(panel.host.is_running());
    let event = daemon.event(|event| event.id == "probe");
    assert_eq!((event.state, event.restarts, event.faults), (DriverState::Running, 0, 0));
}
