// SPDX-License-Identifier: MIT OR Apache-2.0
//! The units as they are installed, under a real systemd: the accounts, rights and priorities that they give, and that what dies or
//! hangs is started again.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use ecmod_sim::kernel::Wired;
use ecmod_vm_tests::{figure, programs, until};
use rustix::process::{Pid, Signal, kill_process};

use crate::board;

/// What `cargo xtask vm-test` has handed in.
const UNITS: &str = "/run/host/systemd";
const DAEMON: &str = "ecmod.service";
const HOST: &str = "ecmod-host@alarms.service";

/// Installed and started; stopped when dropped.
struct Installed {
    _wired: Wired,
}

/// Runs a program that must succeed; gives what it said.
#[track_caller]
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {text}{errors}{}", journal());
    text.trim().to_owned()
}

fn journal() -> String {
    let output = Command::new("journalctl").args(["--no-pager", "--lines=60", "--output=cat"]).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

fn install(from: &str, to: &str) {
    fs::create_dir_all(Path::new(to).parent().unwrap()).unwrap();
    fs::copy(Path::new(UNITS).join(from), to).unwrap();
}

impl Installed {
    fn new() -> Self {
        for program in ["ecmod", "ecmod-host", "ecmoctl"] {
            let place = Path::new("/usr/bin").join(program);
            let _from_an_earlier_test = fs::remove_file(&place);
            symlink(programs().join(program), place).unwrap();
        }
        for unit in [DAEMON, "ecmod-host@.service", "ecmod-hosts.socket"] {
            install(unit, &format!("/etc/systemd/system/{unit}"));
        }
        install("dbus/org.ecmod.conf", "/etc/dbus-1/system.d/org.ecmod.conf");
        install("90-ecmod.rules", "/etc/udev/rules.d/90-ecmod.rules");
        install("ecmod.sysusers", "/etc/sysusers.d/ecmod.conf");
        install("ecmod.tmpfiles", "/etc/tmpfiles.d/ecmod.conf");
        said("systemd-sysusers", &[]);
        said("systemd-tmpfiles", &["--create", "/etc/tmpfiles.d/ecmod.conf"]);
        said("udevadm", &["control", "--reload"]);
        said("systemctl", &["reload", "dbus.service"]);
        let wired = Wired::new(7).unwrap();
        said("udevadm", &["settle"]);
        let commands = ["alarm_lamp", "alarm_sound"]
            .map(|command| format!("[commands.{command}]\ntarget = \"annunciator.{}\"\n", &command[6..]));
        let config = format!(
            "[console]\ndriver_directory = {:?}\n[control]\npump = \"rotaflow_like\"\n{}{}",
            programs(),
            board::alarms(&wired.chip()),
            commands.concat()
        );
        fs::write("/etc/ecmod/ecmod.toml", config).unwrap();
        said("systemctl", &["daemon-reload"]);
        said("systemctl", &["start", "ecmod-hosts.socket", DAEMON, HOST]);
        let installed = Self { _wired: wired };
        until("the host is connected", || connected().then_some(()));
        installed
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the journal\n{}", journal());
        }
        let units = ["stop", DAEMON, HOST, "ecmod-hosts.socket"];
        let _ = Command::new("systemctl").args(units).status();
    }
}

/// Whether a client on the system bus sees the daemon, and in it the host.
fn connected() -> bool {
    let property = ["get-property", "org.ecmod", "/org/ecmod/ports/alarms", "org.ecmod.Port1", "State"];
    let output = Command::new("busctl").args(property).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim() == "s \"connected\""
}

fn main_process(unit: &str) -> u32 {
    said("systemctl", &["show", "--property=MainPID", "--value", unit]).parse().unwrap()
}

fn send(process: u32, signal: Signal) {
    let process = Pid::from_raw(i32::try_from(process).unwrap()).expect("it runs");
    kill_process(process, signal).unwrap();
}

/// Waits until the unit runs as another process and the host is connected again; the time it took, in ms.
fn comes_back(unit: &str, before: u32) -> f64 {
    let began = std::time::Instant::now();
    until(&format!("{unit} is another process, and host and daemon are connected"), || {
        let process = main_process(unit);
        (process != 0 && process != before && connected()).then_some(())
    });
    began.elapsed().as_secs_f64() * 1e3
}

#[test]
fn daemon_and_host_run_without_roots_rights_and_with_their_priorities() {
    let _installed = Installed::new();
    for (unit, account) in [(DAEMON, "ecmod"), (HOST, "ecmod-host")] {
        let process = main_process(unit);
        let user = said("id", &["-u", account]);
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        assert!(status.contains(&format!("Uid:\t{user}\t{user}\t{user}\t{user}\n")), "{unit}: {status}");
        assert!(status.contains("NoNewPrivs:\t1\n") && status.contains("Seccomp:\t2\n"), "{unit}: {status}");
    }
    let status = fs::read_to_string(format!("/proc/{}/status", main_process(HOST))).unwrap();
    for set in ["CapPrm", "CapEff", "CapBnd", "CapAmb"] {
        assert!(status.contains(&format!("{set}:\t0000000000000000\n")), "foreign code runs there: {status}");
    }
    let host = said("chrt", &["--all-tasks", "--pid", &main_process(HOST).to_string()]);
    assert_eq!(host.matches("SCHED_FIFO").count(), host.matches("policy").count(), "{host}");
    assert_eq!(host.matches("priority: 10").count(), host.matches("priority:").count(), "{host}");
    assert!(host.matches("SCHED_FIFO").count() >= 4, "main thread, log, driver, link: {host}");
    let limits = fs::read_to_string(format!("/proc/{}/limits", main_process(HOST))).unwrap();
    assert!(
        limits.lines().any(|line| line.starts_with("Max realtime timeout") && line.contains("200000")),
        "{limits}"
    );
    let all = said("chrt", &["--all-tasks", "--pid", &main_process(DAEMON).to_string()]);
    assert!(all.contains("SCHED_FIFO") && all.contains("priority: 50"), "the control thread: {all}");
}

#[test]
fn what_is_killed_comes_back() {
    let _installed = Installed::new();
    for unit in [DAEMON, HOST] {
        let before = main_process(unit);
        send(before, Signal::KILL);
        figure(&format!("{unit} killed to connected again"), comes_back(unit, before), "ms");
    }
}

#[test]
fn what_hangs_is_ended_by_the_watchdog_and_comes_back() {
    let _installed = Installed::new();
    for unit in [DAEMON, HOST] {
        let before = main_process(unit);
        send(before, Signal::STOP);
        figure(&format!("{unit} stopped to connected again"), comes_back(unit, before), "ms");
    }
}
