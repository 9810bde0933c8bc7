// SPDX-License-Identifier: MIT OR Apache-2.0
//! A user who is not an operator may look and not touch: every method that changes something is refused by name.
//!
//! The bus is dbus-daemon, whose credentials the console trusts in a product too. Only root can become another user, so
//! without root these tests fail and say so.
#![cfg(test)] // helpers between the tests are test code too

mod support;

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};
use support::{Console, NOBODY, Settings, until};

/// The user `nobody` of Debian, who is in no group.
const STRANGER: &str = "65534";
const CONSOLE: &str = "/org/ecmod/console";
const PRESSURE: &str = "/org/ecmod/signals/venous_pressure";

#[track_caller]
fn assert_root() {
    assert!(
        rustix::process::geteuid().is_root(),
        "only root can become another user: run these tests as root"
    );
}

/// A console whose bus everybody can reach.
fn open_to_everybody() -> Console {
    let console = Console::start(&Settings {
        scenario: Some(NOBODY),
        broker: Some("dbus-daemon"),
        ..Settings::default()
    });
    let mut folder = console.path("dbus");
    for _ in ["dbus", "run", "the console's folder"] {
        std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o711)).unwrap();
        folder.pop();
    }
    let socket = console.path("dbus/bus");
    std::fs::set_permissions(socket, PermissionsExt::from_mode(0o666)).unwrap();
    console
}

/// A program as the stranger, on the console's bus.
fn stranger(console: &Console, program: &str) -> Command {
    let mut command = console.command("setpriv");
    command.args(["--reuid", STRANGER, "--regid", STRANGER, "--clear-groups", "--", program]);
    command
}

fn call(mut command: Command, path: &str, method: &str, arguments: &[&str]) -> Output {
    command.args(["call", "--system", "--dest", "org.ecmod", "--object-path", path, "--method", method]);
    // Numbers below 0 and options look alike.
    command.arg("--").args(arguments).output().unwrap()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_stranger_may_read_everything() {
    assert_root();
    let console = open_to_everybody();
    let get = "org.freedesktop.DBus.Properties.GetAll";
    for (path, interface, shows) in [
        (CONSOLE, "org.ecmod.Console1", "'standby'"),
        ("/org/ecmod/signals/blood_flow", "org.ecmod.Signal1", "'L/min'"),
        ("/org/ecmod/drivers/pump", "org.ecmod.Driver1", "'oriental-motor,blv'"),
        ("/org/ecmod/ports/pump_line", "org.ecmod.Port1", "'modbus-rtu'"),
    ] {
        let output = call(stranger(&console, "gdbus"), path, get, &[interface]);
        assert!(output.status.success() && text(&output).contains(shows), "{path}: {}", text(&output));
    }
    let list = "org.freedesktop.DBus.ObjectManager.GetManagedObjects";
    assert!(call(stranger(&console, "gdbus"), "/org/ecmod", list, &[]).status.success());
}

#[test]
fn a_stranger_is_refused_every_change_and_nothing_happens() {
    assert_root();
    let console = open_to_everybody();
    let status = || {
        let mut status = console.ecmoctl_json(&["status"]);
        // What changes by itself.
        for own in ["loop", "alarms", "highest_alarm", "audio", "interventions", "self_test_passed"] {
            status.as_object_mut().unwrap().remove(own);
        }
        status
    };
    // The runner's hosts may still be opening their drivers.
    until("every driver runs", || {
        let status = status();
        (status["drivers_running"] == status["drivers"]).then_some(())
    });
    let before = status();
    for (method, arguments) in [
        ("Start", &[][..]),
        ("RequestStop", &[]),
        ("ConfirmStop", &["1"]),
        ("CancelStop", &[]),
        ("SetMode", &["flow"]),
        ("SetSpeed", &["2000"]),
        ("SetFlow", &["3"]),
        ("SetSweepGasFlow", &["3"]),
        ("SetClamp", &["return", "closed"]),
        // Who may not, is not told what would be wrong with the number.
        ("SetFlow", &["99"]),
    ] {
        let name = format!("org.ecmod.Console1.{method}");
        let refused = call(stranger(&console, "gdbus"), CONSOLE, &name, arguments);
        let words = text(&refused);
        assert!(!refused.status.success(), "{method} is not refused: {words}");
        assert!(words.contains("org.ecmod.Error.NotAuthorised"), "{method}: {words}");
    }
    let zero = call(stranger(&console, "gdbus"), PRESSURE, "org.ecmod.Signal1.Zero", &[]);
    assert!(text(&zero).contains("org.ecmod.Error.NotAuthorised"), "{}", text(&zero));
    assert_eq!(status(), before);

    let root = call(console.command("gdbus"), CONSOLE, "org.ecmod.Console1.SetFlow", &["3"]);
    assert!(root.status.success(), "root may: {}", text(&root));
    until("root's setpoint", || (status()["flow_setpoint_l_min"] == 3.0).then_some(()));
}

#[test]
fn the_development_bus_lets_no_stranger_in() {
    assert_root();
    let console = Console::standby();
    let output = call(stranger(&console, "gdbus"), CONSOLE, "org.freedesktop.DBus.Peer.Ping", &[]);
    assert!(!output.status.success(), "{}", text(&output));
    assert!(call(console.command("gdbus"), CONSOLE, "org.freedesktop.DBus.Peer.Ping", &[]).status.success());
}
