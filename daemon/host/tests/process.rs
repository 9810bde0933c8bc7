// SPDX-License-Identifier: MIT OR Apache-2.0
//! The host as a process: what it tells the daemon, what it holds, and what becomes of drivers that misbehave.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers may stop at the first surprise, as tests do

#[path = "support/process.rs"]
mod support;

use ecmod_host::clock;
use ecmod_host::host::EXIT_HUNG;
use ecmod_link::image::Slot;
use ecmod_link::message::{DriverState, FromDaemon, Hold, PROTOCOL, Refused, Welcome};
use ecmod_quantities::{Cause, Quality, Span};
use rustix::process::Signal;
use std::os::fd::AsFd;
use std::os::unix::net::UnixListener;
use std::os::unix::process::ExitStatusExt;
use support::{Daemon, Host, build, until};

fn is_value(sample: &ecmod_link::image::Sample, value: f64) -> bool {
    sample.quality == Quality::Good.code() && sample.value.to_bits() == value.to_bits()
}

fn is_bad(sample: &ecmod_link::image::Sample, cause: Cause) -> bool {
    sample.quality == Quality::Bad.code() && sample.cause == cause.code()
}

#[test]
fn the_daemon_is_told_what_the_driver_is_and_what_it_measures() {
    let host = Host::probe("echo");
    let daemon = host.daemon();
    let driver = &daemon.hello.drivers[0];
    assert_eq!(
        (driver.id.as_str(), driver.model.as_str(), driver.version.as_str()),
        ("probe", "test,probe", "1.2.3")
    );
    assert_eq!(
        driver.signals.iter().map(|signal| signal.name.as_str()).collect::<Vec<_>>(),
        ["cycles", "echo"]
    );
    assert!(driver.commands[0].pump);
    let sample = daemon.sample("cycles", |sample| sample.quality == Quality::Good.code());
    assert!(sample.t <= clock::now());
    let event = daemon.event(|event| event.state == DriverState::Running && event.cycles > 3);
    assert_eq!((event.hold, event.faults, event.overruns), (Hold::Unverified, 0, 0));
    let port = daemon.port(|_| true);
    assert_eq!(port.counters["connected"], 0, "nobody is at the other end of this line");
    let (count, _) = daemon.image.host_beat();
    until("the heart beats", || (daemon.image.host_beat().0 > count + 3).then_some(()));
}

#[test]
fn a_demand_reaches_the_driver_at_once_and_an_unfit_one_never() {
    let host = Host::probe("echo");
    let daemon = host.daemon();
    daemon.sample("echo", |sample| is_bad(sample, Cause::NoData));
    daemon.demand(300.0, 1, true);
    daemon.sample("echo", |sample| is_value(sample, 300.0));
    for (sequence, unfit) in [(2, 500.5), (3, f64::NAN), (4, -1.0)] {
        daemon.demand(unfit, sequence, true);
        let now = clock::now();
        daemon.sample("echo", |sample| sample.t > now && is_value(sample, 300.0));
    }
    assert_eq!(daemon.port(|port| port.counters["refused_demands"] > 0).counters["refused_demands"], 3);
    daemon.demand(0.0, 5, false);
    daemon.sample("echo", |sample| is_bad(sample, Cause::NoData));
}

#[test]
fn without_a_daemon_the_last_demand_is_held_and_a_new_one_finds_fresh_samples() {
    let host = Host::probe("echo");
    let daemon = host.daemon();
    daemon.demand(321.0, 7, true);
    let before = daemon.sample("echo", |sample| is_value(sample, 321.0));
    drop(daemon);

    let (connection, hello) = host.greeted();
    let held = &hello.drivers[0].held;
    assert_eq!(
        (held[0].command.as_str(), held[0].value.to_bits(), held[0].sequence),
        ("speed", 321.0_f64.to_bits(), 7)
    );
    let daemon = Daemon::welcome(connection, hello);
    // nothing is demanded in the new image, and the driver still gets the held demand
    let after = daemon.sample("echo", |_| true);
    assert!(is_value(&after, 321.0) && after.sequence >= before.sequence);
    daemon.sample("echo", |sample| sample.sequence > after.sequence + 3 && is_value(sample, 321.0));
    daemon.demand(0.0, 1, false);
    let now = clock::now();
    daemon.sample("echo", |sample| sample.t > now.plus(Span::from_millis(50)) && is_value(sample, 321.0));
    daemon.demand(10.0, 2, true);
    daemon.sample("echo", |sample| is_value(sample, 10.0));
}

#[test]
fn a_daemon_that_talks_nonsense_is_left_and_tried_again() {
    let host = Host::probe("echo");
    host.daemon();
    // garbage
    let (connection, _) = host.greeted();
    connection.send(b"{\"welcome\":{}}", None).unwrap();
    // a refusal
    let (connection, _) = host.greeted();
    let refused = FromDaemon::Refused(Refused { reason: "not today".to_owned() }).encode().unwrap();
    connection.send(&refused, None).unwrap();
    // a welcome without an image, with an image of another size, with something that is no image
    let (connection, hello) = host.greeted();
    let layout = hello.layout().unwrap();
    let welcome = FromDaemon::Welcome(Welcome { protocol: PROTOCOL, layout }).encode().unwrap();
    connection.send(&welcome, None).unwrap();
    let (connection, _) = host.greeted();
    let small = ecmod_link::image::Layout::new(0, 0).unwrap();
    let (_image, file) = ecmod_link::image::DaemonImage::create(small).unwrap();
    connection.send(&welcome, Some(file.as_fd())).unwrap();
    let (connection, _) = host.greeted();
    connection.send(&welcome, Some(std::fs::File::open("/dev/null").unwrap().as_fd())).unwrap();
    // a message behind the welcome
    let (connection, hello) = host.greeted();
    let daemon = Daemon::welcome(connection, hello);
    daemon.connection.send(&welcome, None).unwrap();
    daemon.hung_up();

    let daemon = host.daemon();
    daemon.sample("cycles", |sample| sample.quality == Quality::Good.code());
}

/// Processor time that a process has used, in clock ticks (100 in a second).
fn ticks_of(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[test]
fn a_daemon_that_does_not_answer_is_waited_for_without_spending_processor_time() {
    let host = Host::probe("echo");
    let (_connection, hello) = host.greeted();
    let begin = ticks_of(hello.pid);
    // Nothing is waited for: this is the window that is measured. The host gives up after it.
    clock::sleep_until(clock::now().plus(Span::from_millis(600)));
    let used = ticks_of(hello.pid) - begin;
    assert!(used < 20, "{used} of 60 ticks");
}

#[test]
fn a_driver_beyond_its_budget_has_its_samples_thrown_away() {
    let host = Host::probe("slow");
    let daemon = host.daemon();
    let sample = daemon.sample("cycles", |sample| is_bad(sample, Cause::Timeout));
    assert!(sample.t <= clock::now());
    let event = daemon.event(|event| event.state == DriverState::Fault);
    assert!(event.overruns >= 3 && event.detail.contains("budget of 20 ms"), "{event:?}");
}

#[test]
fn a_driver_that_hangs_has_its_host_replaced_and_the_daemon_knows_why() {
    let host = Host::probe("hang");
    let daemon = host.daemon();
    daemon.sample("cycles", |sample| is_bad(sample, Cause::DriverFault));
    let event = daemon.event(|event| event.state == DriverState::Fault);
    assert!(event.detail.contains("hangs in cycle"), "{}", event.detail);
    let (status, log) = host.ended();
    assert_eq!(status.code(), Some(i32::from(EXIT_HUNG)));
    assert!(log.contains("driver.hung"), "{log}");
    // what is in memory stays readable, and says that there is no value
    assert!(matches!(daemon.image.read(0), Slot::Value(sample) if is_bad(&sample, Cause::DriverFault)));
}

/// A line that is there and says nothing.
fn silent_line(mode: &str) -> (UnixListener, Host) {
    let folder = tempfile::tempdir().unwrap();
    let line = UnixListener::bind(folder.path().join("nobody")).unwrap();
    let library = build(folder.path(), "libprobe.so", &[]);
    (line, Host::with_library(folder, &library, mode))
}

#[test]
fn a_driver_that_waits_for_a_silent_device_for_longer_than_its_own_limit_is_late_and_not_hung() {
    let (_line, mut host) = silent_line("patient");
    let daemon = host.daemon();
    let late = daemon.event(|event| event.overruns >= 3);
    assert_eq!((late.restarts, host.is_running()), (0, true), "three cycles of two seconds each");
}

/// The thread of this process that has this name.
fn thread_of(process: u32, name: &str) -> i32 {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).unwrap().map(|entry| entry.unwrap());
    let mut named = threads.filter(|thread| {
        std::fs::read_to_string(thread.path().join("comm")).is_ok_and(|comm| comm.trim() == name)
    });
    named.next().unwrap().file_name().to_str().unwrap().parse().unwrap()
}

#[test]
fn a_driver_of_real_time_priority_that_never_sleeps_is_ended_by_the_kernel() {
    let host = Host::probe("compute");
    let daemon = host.daemon();
    daemon.sample("cycles", |sample| sample.quality == Quality::Good.code());
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", host.pid())).unwrap();
    let limit = limits.lines().find(|line| line.starts_with("Max realtime timeout")).unwrap();
    let words: Vec<&str> = limit.split_whitespace().collect();
    assert_eq!(words[3..5], ["200000", "200000"], "{limit}");
    let driver = thread_of(host.pid(), "probe");
    let parameters = libc::sched_param { sched_priority: 1 };
    // SAFETY: the parameters outlive the call.
    let refused = unsafe { libc::sched_setscheduler(driver, libc::SCHED_FIFO, &raw const parameters) } != 0;
    // Who may not give it (an ordinary user) sees it judged as any driver that does not come back.
    daemon.demand(300.0, 1, true);
    let (status, log) = host.ended();
    let (signal, code) = if refused { (None, Some(i32::from(EXIT_HUNG))) } else { (Some(9), None) };
    assert_eq!((status.signal(), status.code()), (signal, code), "{log}");
}

#[test]
fn a_driver_that_asks_without_end_is_not_excused_without_end() {
    let (_line, host) = silent_line("asks");
    let daemon = host.daemon();
    let begun = clock::now();
    let event = daemon.event(|event| event.state == DriverState::Fault);
    assert!(event.detail.contains("hangs in cycle"), "{}", event.detail);
    let took = clock::now().since(begun);
    assert!(took > Span::from_secs(7) && took < Span::from_secs(25), "{} ms", took.millis());
    assert_eq!(host.ended().0.code(), Some(i32::from(EXIT_HUNG)));
}

#[test]
fn a_driver_that_crashes_takes_its_own_host_with_it_and_nothing_else() {
    let host = Host::probe("crash");
    let daemon = host.daemon();
    let (status, _) = host.ended();
    assert_eq!(status.signal(), Some(Signal::SEGV.as_raw()));
    daemon.hung_up();
}

#[test]
fn nonsense_values_become_bad_with_a_cause_and_are_counted() {
    let host = Host::probe("garbage");
    let daemon = host.daemon();
    for cause in [Cause::NotFinite, Cause::OutOfRange, Cause::BadTime, Cause::DriverFault] {
        daemon.sample("cycles", |sample| is_bad(sample, cause));
    }
    assert!(daemon.port(|port| port.counters["refused_samples"] > 0).counters["refused_samples"] > 0);
    daemon.event(|event| event.state == DriverState::Running);
}

#[test]
fn a_dead_instance_is_opened_again_and_never_called_or_closed() {
    let mut host = Host::probe("dead");
    let daemon = host.daemon();
    daemon.sample("cycles", |sample| is_bad(sample, Cause::DriverFault));
    let event = daemon.event(|event| event.restarts >= 2);
    assert!(event.faults >= 2);
    daemon.sample("cycles", |sample| sample.quality == Quality::Good.code());
    assert!(host.is_running(), "the probe aborts when it is called after its panic");
}

#[test]
fn a_device_that_cannot_be_opened_is_tried_again_and_its_signals_are_bad() {
    let host = Host::probe("refuse");
    let daemon = host.daemon();
    daemon.sample("cycles", |sample| is_bad(sample, Cause::Timeout));
    let event = daemon.event(|event| event.state == DriverState::Fault);
    assert!(event.detail.contains("cannot be opened: no answer in time"), "{}", event.detail);
}

#[test]
fn a_library_that_is_none_is_reported_with_what_to_do() {
    let absent = |make: &dyn Fn(&std::path::Path) -> std::path::PathBuf| {
        let folder = tempfile::tempdir().unwrap();
        let library = make(folder.path());
        let host = Host::with_library(folder, &library, "echo");
        host.told(|driver| driver.state == DriverState::Absent).detail
    };
    let missing = absent(&|folder| folder.join("missing.so"));
    assert!(missing.contains("install the driver's library"), "{missing}");
    let truncated = absent(&|folder| {
        let library = build(folder, "libprobe.so", &[]);
        let bytes = std::fs::read(&library).unwrap();
        std::fs::write(&library, &bytes[..bytes.len() / 2]).unwrap();
        library
    });
    assert!(truncated.contains("truncated"), "{truncated}");
    let version = absent(&|folder| build(folder, "libprobe.so", &["-DABI=0x00020000u"]));
    assert!(version.contains("ABI version 2.0"), "{version}");
    let symbol = absent(&|folder| build(folder, "libprobe.so", &["-DNO_SYMBOL"]));
    assert!(symbol.contains("exports no ecmod_driver_v1"), "{symbol}");
}

/// The dynamic linker knows libraries by name, and would give the first one again for a name that comes back.
#[test]
fn libraries_that_are_loaded_one_after_the_other_are_not_mixed_up() {
    let folder = tempfile::tempdir().unwrap();
    let ids = ["test,one", "test,two", "test,three"];
    let loaded = ids.map(|id| {
        let library = build(folder.path(), &format!("{id}.so"), &[&format!("-DID=\"{id}\"")]);
        ecmod_host::loader::load(&library).unwrap().descriptor.id.to_string()
    });
    assert_eq!(loaded, ids);
}

#[test]
fn a_library_that_is_installed_later_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("libprobe.so");
    let host = Host::with_library(folder, &library, "echo");
    host.told(|driver| driver.state == DriverState::Absent);
    let built = build(host.folder.path(), "new.so", &[]);
    std::fs::rename(built, &library).unwrap();
    let daemon = host.daemon();
    daemon.sample("cycles", |sample| sample.quality == Quality::Good.code());
}

#[test]
fn asked_to_end_the_host_closes_its_drivers() {
    let host = Host::probe("echo");
    host.daemon().sample("cycles", |_| true);
    host.signal(Signal::TERM);
    let (status, log) = host.ended();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("opened") && log.contains("closed"), "{log}");
}

#[test]
fn a_port_that_is_not_configured_is_named_with_those_that_are() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("ecmod.toml");
    let text = "[ports.line]\nkind = \"serial\"\ndevice = \"/dev/ttyS9\"\nbaud = 9600\n\
                [drivers.x]\nlibrary = \"/none.so\"\nport = \"line\"\n";
    std::fs::write(&config, text).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_ecmod-host"))
        .args(["pump", "--config"])
        .arg(&config)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("no port \"pump\"") && said.contains("line"), "{said}");
}

fn check(mode: &str, flags: &[&str]) -> (i32, Vec<serde_json::Value>) {
    let folder = tempfile::tempdir().unwrap();
    let library = build(folder.path(), "libprobe.so", flags);
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_ecmod-host"))
        .arg("check")
        .arg(&library)
        .args(["--json", "--config"])
        .arg(format!("{{\"mode\": \"{mode}\"}}"))
        .output()
        .unwrap();
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
}

fn failed(findings: &[serde_json::Value]) -> Vec<String> {
    let failed = findings.iter().filter(|finding| finding["passed"] == false);
    failed.map(|finding| format!("{}: {}", finding["check"].as_str().unwrap(), finding["detail"])).collect()
}

#[test]
fn the_check_passes_a_driver_that_keeps_the_rules() {
    let (code, findings) = check("echo", &[]);
    assert_eq!(failed(&findings), Vec::<String>::new());
    assert_eq!(code, 0);
    assert!(findings.len() > 20);
}

#[test]
fn the_check_survives_a_driver_that_crashes_and_names_what_is_wrong() {
    let (code, findings) = check("crash", &[]);
    assert_eq!(code, 1);
    let last = failed(&findings).pop().unwrap();
    assert!(last.starts_with("survives") && last.contains("signal 11"), "{last}");

    let (code, findings) = check("echo", &["-DNO_SYMBOL"]);
    assert_eq!((code, findings.len()), (1, 2));
    assert!(failed(&findings)[0].starts_with("load"));

    let (code, findings) = check("garbage", &[]);
    assert_eq!(code, 1);
    assert!(failed(&findings).iter().any(|finding| finding.starts_with("cycle.values")));
}
