// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the daemon may ask a host behind the welcome, and what the host tells its supervisor: as a process, with a driver made by `cc`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers may stop at the first surprise, as tests do

#[path = "support/process.rs"]
mod support;

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ecmod_host::host::EXIT_HUNG;
use ecmod_link::message::{DriverState, FromDaemon, FromHost, Ping, SelfTest, SelfTestReport};
use support::{Daemon, Host, build, receive, until};

/// No test waits longer than this for a message.
const LIMIT: Duration = Duration::from_secs(30);

fn ask(daemon: &Daemon, question: &FromDaemon) {
    daemon.connection.send(&question.encode().unwrap(), None).unwrap();
}

fn report(daemon: &Daemon, number: u64) -> SelfTestReport {
    until("the self test's report comes", || match receive(&daemon.connection).unwrap() {
        FromHost::SelfTest(report) if report.number == number => Some(report),
        _ => None,
    })
}

#[test]
fn a_host_that_says_that_it_answers_does() {
    let host = Host::probe("echo");
    let daemon = host.daemon();
    assert!(daemon.hello.answers);
    for number in [0, 7, u64::MAX] {
        ask(&daemon, &FromDaemon::Ping(Ping { number }));
        until("the answer comes", || {
            matches!(receive(&daemon.connection).unwrap(), FromHost::Pong(pong) if pong.number == number)
                .then_some(())
        });
    }
}

#[test]
fn a_driver_tests_its_device_between_two_cycles_and_goes_on() {
    let host = Host::probe("echo");
    let daemon = host.daemon();
    daemon.event(|event| event.state == DriverState::Running);
    ask(
        &daemon,
        &FromDaemon::SelfTest(SelfTest { number: 3, drivers: vec!["nobody".into(), "probe".into()] }),
    );
    let report = report(&daemon, 3);
    assert_eq!((report.driver.as_str(), report.problem.as_str()), ("probe", ""));
    let found: Vec<_> = report
        .findings
        .iter()
        .map(|finding| (finding.passed, finding.item.as_str(), finding.detail.as_str()))
        .collect();
    assert_eq!(
        found,
        [(true, "the probe answers", ""), (false, "the reference", "Out of tolerance: replace it.")]
    );
    let now = ecmod_host::clock::now();
    daemon.sample("cycles", |sample| sample.t > now);
}

#[test]
fn a_self_test_that_cannot_be_made_says_why_and_costs_the_driver_nothing() {
    let host = Host::probe("mute");
    let daemon = host.daemon();
    ask(&daemon, &FromDaemon::SelfTest(SelfTest { number: 1, drivers: vec!["probe".into()] }));
    let report = report(&daemon, 1);
    assert!(report.findings.is_empty() && report.problem.contains("could not be made"), "{report:?}");
    daemon.event(|event| event.state == DriverState::Running && event.restarts == 0);
}

#[test]
fn a_self_test_that_kills_the_instance_has_it_opened_again() {
    let host = Host::probe("frail");
    let daemon = host.daemon();
    ask(&daemon, &FromDaemon::SelfTest(SelfTest { number: 1, drivers: vec!["probe".into()] }));
    assert!(report(&daemon, 1).problem.contains("panicked"));
    daemon.event(|event| event.state == DriverState::Running && event.restarts == 1);
}

/// A host under a supervisor that is played by the test.
struct Watched {
    child: Child,
    socket: UnixDatagram,
    _folder: tempfile::TempDir,
}

impl Watched {
    fn start(mode: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = build(folder.path(), "libprobe.so", &[]);
        let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        socket.set_read_timeout(Some(LIMIT)).unwrap();
        let child = command(folder.path(), &library, mode)
            .env("NOTIFY_SOCKET", folder.path().join("notify"))
            .env("WATCHDOG_USEC", "400000")
            .spawn()
            .unwrap();
        Self { child, socket, _folder: folder }
    }

    fn said(&self) -> String {
        let mut buffer = [0; 256];
        let length = self.socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A host without a daemon, with one probe driver.
fn command(folder: &Path, library: &Path, mode: &str) -> Command {
    let config = folder.join("ecmod.toml");
    let text = format!(
        "[console]\nhosts_socket = \"{0}/hosts.sock\"\n[log]\ntarget = \"stderr\"\n[ports.line]\nkind = \"serial\"\n\
         device = \"unix:{0}/nobody\"\nbaud = 9600\n[drivers.probe]\nlibrary = {library:?}\nport = \"line\"\n\
         config = {{ mode = \"{mode}\" }}\n",
        folder.display()
    );
    std::fs::write(&config, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecmod-host"));
    command.args(["line", "--config"]).arg(&config).env_remove("NOTIFY_SOCKET").env_remove("WATCHDOG_PID");
    command.stderr(Stdio::null());
    command
}

#[test]
fn a_watched_host_says_that_it_is_ready_and_then_that_it_lives_also_without_a_daemon() {
    let host = Watched::start("echo");
    assert_eq!(host.said(), "READY=1");
    for _ in 0..5 {
        assert_eq!(host.said(), "WATCHDOG=1");
    }
}

#[test]
fn a_watched_host_whose_driver_hangs_ends_itself_and_does_not_say_that_it_lives_for_longer_than_that() {
    let mut host = Watched::start("loop");
    assert_eq!(host.said(), "READY=1");
    let status = until("the host ends", || {
        std::thread::sleep(Duration::from_millis(2));
        host.child.try_wait().unwrap()
    });
    assert_eq!(status.code(), Some(i32::from(EXIT_HUNG)));
    host.socket.set_nonblocking(true).unwrap();
    let mut buffer = [0; 256];
    while let Ok(length) = host.socket.recv(&mut buffer) {
        assert_eq!(&buffer[..length], b"WATCHDOG=1");
    }
}

#[test]
fn a_host_that_was_just_killed_some_times_waits_a_little_and_starts() {
    let folder = tempfile::tempdir().unwrap();
    let library = build(folder.path(), "libprobe.so", &[]);
    let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    let run = |log: &str| {
        let mut child = command(folder.path(), &library, "echo")
            .env("NOTIFY_SOCKET", folder.path().join("notify"))
            .env("RUNTIME_DIRECTORY", folder.path())
            .stderr(std::fs::File::create(folder.path().join(log)).unwrap())
            .spawn()
            .unwrap();
        let mut buffer = [0; 64];
        let length = socket.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], b"READY=1", "it never gives up");
        child.kill().unwrap();
        child.wait().unwrap();
    };
    let waited = |log: &str| std::fs::read_to_string(folder.path().join(log)).unwrap().contains("host.waits");
    // On a loaded machine a life may be a long one, which costs nothing: more are tried then.
    let found = (0..100).map(|n| format!("log{n}")).find(|log| {
        run(log);
        waited(log)
    });
    assert!(found.is_some_and(|log| log != "log0" && log != "log1"), "two short lives are free");
}
