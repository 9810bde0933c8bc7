// SPDX-License-Identifier: MIT OR Apache-2.0
//! The daemon is dead or hangs: the keys at the pump's host step the pump, a display shows it, and the daemon that comes back goes on at that
//! speed and says so.
#![cfg(test)] // helpers between the tests are test code too

#[path = "support/mod.rs"]
mod support;

use rustix::process::Signal;
use serde_json::{Value, json};
use std::time::Duration;
use support::{Bare, Process, Simulator, binary, try_until, until};

/// What the drive is told differs from what is demanded by its own rounding, rpm.
const ROUNDING: f64 = 2.0;

/// Drive, display, keys, the pump's host and a daemon, which nobody starts again.
struct Room {
    daemon: Option<Process>,
    host: Process,
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
        let port = |name: &str| ready["ports"][name].as_str().unwrap();
        let line = |name: &str, line: &str, rest: &str| {
            format!("{name} = {{ chip = \"unix:{}\", name = \"{line}\", {rest} }}\n", port("lines"))
        };
        let (key, output) = (
            "direction = \"input\", bias = \"pull_up\", active_low = true",
            "direction = \"output\", initial = 0",
        );
        bare.configure(&format!(
            "[control]\npump = \"rotaflow_like\"\nmaximum_speed_rpm = 4000.0\n\
             [ports.pump_line]\nkind = \"modbus-rtu\"\ndevice = \"{}\"\nbaud = 115200\nparity = \"even\"\n\
             [ports.pump_line.lines]\n{}{}{}{}{}{}\
             [ports.pump_line.local_control]\ndriver = \"pump\"\nraise = \"raise\"\nlower = \"lower\"\nlamp = \"lamp\"\n\
             display = \"display.speed\"\n\
             [drivers.pump]\ndriver = \"oriental-blv\"\nport = \"pump_line\"\npriority = \"high\"\nconfig = {{ unit = 1 }}\n\
             [drivers.display]\ndriver = \"segment-display\"\nport = \"pump_line\"\n\
             [signals.pump_speed]\nsources = [\"pump.actual_speed\"]\n\
             [commands.pump_speed]\ntarget = \"pump.speed\"\n",
            port("pump_line"),
            line("raise", "KEY_RAISE", key),
            line("lower", "KEY_LOWER", key),
            line("lamp", "LOCAL_LAMP", output),
            line("display_data", "DISPLAY_DATA", output),
            line("display_clock", "DISPLAY_CLOCK", output),
            line("display_load", "DISPLAY_LOAD", output),
        ));
        let simulator = Simulator::connect(ready["control_socket"].as_str().unwrap().as_ref());
        let (daemon, host) = (bare.daemon(), bare.host("pump_line"));
        Self { daemon: Some(daemon), host, _devices: devices, simulator, bare }
    }

    /// Support in Speed mode at 3000 rpm.
    fn supporting() -> Self {
        let mut room = Self::new();
        until("the pump is seen", || room.bare.good("pump_speed"));
        for arguments in [&["set", "mode", "speed"][..], &["set", "speed", "3000"], &["start"]] {
            until(arguments[0], || room.bare.ecmoctl(arguments).status.success().then_some(()));
        }
        room.commanded(3000.0);
        room.displays("3000");
        room
    }

    /// Waits until the drive is told this speed.
    fn commanded(&mut self, wanted: f64) {
        let mut told = 0.0;
        let reached = try_until(Duration::from_secs(30), || {
            told = f64::from(self.simulator.state().drive_commanded_rpm);
            ((told - wanted).abs() <= ROUNDING).then_some(())
        });
        assert!(reached.is_some(), "{told} in place of {wanted}");
    }

    /// Waits until the display shows a speed near this one: the drive turns with a ripple.
    fn displays(&mut self, wanted: &str) {
        let wanted: f64 = wanted.parse().unwrap();
        until("the display", || {
            let shown =
                self.simulator.command(&json!({ "cmd": "state" }))["display"].as_str()?.trim().parse::<f64>();
            shown.ok().filter(|shown| (shown - wanted).abs() <= 10.0).map(|_| ())
        });
    }

    /// Waits until the lamp says that the keys act, or do not.
    fn lamp(&mut self, on: bool) {
        until("the lamp", || {
            let answer = self.simulator.command(&json!({ "cmd": "line", "name": "LOCAL_LAMP" }));
            let high = answer["changes"].as_array()?.last().is_some_and(|change| change["high"] == true);
            (high == on).then_some(())
        });
    }

    /// One press of a key, and then the pump is there.
    fn press(&mut self, key: &str, then: f64) {
        let pressed = self.simulator.inject(&json!({ "kind": "key_pressed", "key": key }));
        until("it moves", || {
            let told = f64::from(self.simulator.state().drive_commanded_rpm);
            let before = if key == "raise" { then - 100.0 } else { then + 100.0 };
            ((told - before).abs() > ROUNDING).then_some(())
        });
        self.simulator.clear(pressed);
        self.commanded(then);
    }

    /// The daemon is there, supports in Speed mode at this speed and says why; the pump did not move.
    fn goes_on_at(&mut self, speed: f64) {
        until("the daemon supports at that speed", || {
            let status = self.bare.ecmoctl_json(&["status"])?;
            let demand = status["speed_demand_rpm"].as_f64()?;
            let is_there = status["state"] == "support" && status["mode"] == "speed";
            (is_there && (demand - speed).abs() <= ROUNDING).then_some(())
        });
        let alarms = until("an alarm", || {
            let alarms = self.bare.ecmoctl_json(&["alarms"])?.to_string();
            alarms.contains("LOCAL_CONTROL").then_some(alarms)
        });
        let behind = self.simulator.extremes();
        assert!(behind.speed_min > speed - 10.0 && behind.speed_max < speed + 10.0, "{behind:?} {alarms}");
    }
}

#[test]
fn without_its_daemon_the_pump_follows_the_keys_and_the_next_daemon_goes_on_there_and_says_so() {
    let mut room = Room::supporting();
    let pressed = room.simulator.inject(&json!({ "kind": "key_pressed", "key": "raise" }));
    room.simulator.clear(pressed);
    room.daemon = None; // killed
    room.lamp(true);
    room.commanded(3000.0);
    room.press("raise", 3100.0);
    room.press("raise", 3200.0);
    room.displays("3200");
    room.press("lower", 3100.0);
    until("it is there", || {
        let turns = room.simulator.state().pump_speed_rpm;
        ((turns - 3100.0).abs() < 5.0).then_some(())
    });
    room.simulator.extremes();
    room.daemon = Some(room.bare.daemon());
    room.goes_on_at(3100.0);
    room.lamp(false);
    assert!(room.host.runs());
}

#[test]
fn a_daemon_that_hangs_and_wakes_up_again_goes_on_where_the_keys_left_the_pump() {
    let mut room = Room::supporting();
    room.lamp(false);
    room.daemon.as_ref().unwrap().signal(Signal::STOP);
    room.lamp(true);
    room.press("raise", 3100.0);
    until("it is there", || {
        let turns = room.simulator.state().pump_speed_rpm;
        ((turns - 3100.0).abs() < 5.0).then_some(())
    });
    room.simulator.extremes();
    room.daemon.as_ref().unwrap().signal(Signal::CONT);
    room.goes_on_at(3100.0);
    room.lamp(false);
}
