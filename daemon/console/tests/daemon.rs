// SPDX-License-Identifier: MIT OR Apache-2.0
//! The binary: start, end, what it remembers, what it says of bad configurations, how long and how large it is.
// Helpers of tests may stop at the first surprise, too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::{Duration, Instant};

use support::bus::{self, Client, PrivateBus, get};
use support::daemon::{Daemon, write_configuration};
use support::{Host, LIMIT, pump_hello, until};

#[test]
fn it_is_ready_soon_ends_in_order_and_says_so_to_systemd() {
    let folder = tempfile::tempdir().unwrap();
    let file = write_configuration(folder.path(), "unix:path=/nonexistent/bus", "");
    let path = folder.path().join("notify");
    let systemd = UnixDatagram::bind(&path).unwrap();
    systemd.set_read_timeout(Some(LIMIT)).unwrap();
    let heard = || {
        let mut buffer = [0; 256];
        let length = systemd.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    // The middle of several: this machine may be busy.
    let mut times: Vec<Duration> = (0..5)
        .map(|_| {
            let began = Instant::now();
            let mut daemon = Daemon::start(&file, Some(&path));
            assert!(heard().contains("READY=1"));
            let time = began.elapsed();
            assert!(daemon.terminate().success());
            assert!(heard().contains("STOPPING=1"));
            assert!(daemon.said().contains("daemon.ending"));
            time
        })
        .collect();
    times.sort();
    println!("from exec to ready: {times:?}");
    assert!(times[2] < Duration::from_millis(200), "{times:?}");
}

#[tokio::test]
async fn a_killed_daemon_comes_back_supporting_at_the_speed_it_left() {
    let folder = tempfile::tempdir().unwrap();
    let bus = PrivateBus::start();
    let file = write_configuration(folder.path(), &bus.address(), "");
    let socket = folder.path().join("hosts.sock");
    let client = Client::join(&bus.address()).await;
    let mut held = 3000.0;
    let mut daemon = Daemon::start(&file, None);
    for round in 0..3 {
        let mut host = Host::connect(&socket, &pump_hello(Some(held))).unwrap();
        bus::until("support goes on", || {
            if let Some(demanded) = host.demanded(0) {
                assert!((demanded - 3000.0).abs() < 1.0, "round {round}: {demanded}");
                held = demanded;
            }
            host.publish(0, held);
            async {
                let objects = client.objects().await?;
                let state = |object, interface| get::<String>(&objects, object, interface, "State");
                let port = state("ports/pump_line", "org.ecmod.Port1");
                (state("console", "org.ecmod.Console1") == "support" && port == "connected").then_some(())
            }
        })
        .await;
        daemon.kill();
        until("the host notices", || host.is_closed().then_some(()));
        daemon = Daemon::start(&file, None);
    }
    let _host = Host::connect(&socket, &pump_hello(Some(held))).unwrap();
    assert!(daemon.terminate().success());
    let said = daemon.said();
    assert!(said.contains("journal.read") && said.contains("supporting=true"), "{said}");
}

#[test]
fn a_ruined_journal_is_said_and_survived() {
    let folder = tempfile::tempdir().unwrap();
    let file = write_configuration(folder.path(), "unix:path=/nonexistent/bus", "");
    std::fs::create_dir(folder.path().join("state")).unwrap();
    std::fs::write(folder.path().join("state/state.a"), "garbage").unwrap();
    std::fs::create_dir(folder.path().join("state/state.b")).unwrap();
    let mut daemon = Daemon::start(&file, None);
    let _host = Host::connect(&folder.path().join("hosts.sock"), &pump_hello(None)).unwrap();
    assert!(daemon.terminate().success());
    let said = daemon.said();
    assert!(said.contains("journal.problem") && said.contains("journal.none"), "{said}");
}

#[test]
fn its_memory_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let file = write_configuration(folder.path(), "unix:path=/nonexistent/bus", "");
    let daemon = Daemon::start(&file, None);
    let mut host = Host::connect(&folder.path().join("hosts.sock"), &pump_hello(None)).unwrap();
    let mut samples = 0;
    until("a hundred samples", || {
        host.publish(0, 3000.0);
        samples += 1;
        (samples == 100).then_some(())
    });
    println!("resident: {} kB", daemon.resident());
    // The promise of 12 MiB is one of the release build; this one carries its symbols and debug code, locked in memory.
    let limit = if cfg!(debug_assertions) { 64 } else { 12 } * 1024;
    assert!(daemon.resident() <= limit, "{} kB", daemon.resident());
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_ecmod")).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn check_says_all_problems_with_file_and_line_and_fails() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.toml");
    std::fs::write(&file, "[console]\nperiod_ms = 99\n[log]\nlevle = \"info\"\n").unwrap();
    let name = file.to_str().unwrap();
    let (code, _, said) = run(&["check", name]);
    assert_eq!(code, Some(1));
    assert!(said.contains(&format!("{name}:2")) && said.contains(&format!("{name}:4")), "{said}");
    let (code, _, said) = run(&["--config", name, "run"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("levle"));
}

#[test]
fn the_default_configuration_is_a_good_one_and_the_schema_is_json() {
    let (code, text, _) = run(&["config", "default"]);
    assert_eq!(code, Some(0));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let (code, said, problems) = run(&["check", file.path().to_str().unwrap()]);
    assert_eq!((code, said.trim()), (Some(0), "the configuration is good"), "{problems}");
    let (code, text, _) = run(&["config", "schema"]);
    assert_eq!(code, Some(0));
    assert!(serde_json::from_str::<serde_json::Value>(&text).unwrap().is_object());
}

#[test]
fn nonsense_on_the_command_line_is_exit_code_2_with_the_help() {
    let (code, _, said) = run(&["fly"]);
    assert_eq!(code, Some(2));
    let first = BufReader::new(said.as_bytes()).lines().next().unwrap().unwrap();
    assert!(first.contains("fly") && said.contains("ecmod check"), "{said}");
    assert!(run(&["--help"]).1.contains("ecmod config schema"));
}

#[tokio::test]
async fn a_configuration_that_was_spoilt_behind_a_running_pump_costs_an_alarm_and_not_the_daemon() {
    let folder = tempfile::tempdir().unwrap();
    let bus = PrivateBus::start();
    let file = write_configuration(folder.path(), &bus.address(), "");
    let good = std::fs::read_to_string(&file).unwrap();
    let client = Client::join(&bus.address()).await;
    let copy = folder.path().join("state/configuration.toml");
    let mut daemon = Daemon::start(&file, None);
    until("a copy of the configuration", || copy.exists().then_some(()));
    daemon.kill();
    std::fs::write(&file, format!("{good}\n[alarms]\naudio_pause_s = \"long\"\n")).unwrap();
    let mut daemon = Daemon::start(&file, None);
    let alarm = zbus::OwnedObjectPath::try_from("/org/ecmod/alarms/CFG_INVALID").unwrap();
    bus::until("the alarm", || async { client.objects().await?.contains_key(&alarm).then_some(()) }).await;
    assert!(daemon.terminate().success());
    let said = daemon.said();
    assert!(said.contains("audio_pause_s") && said.contains("configuration.copy"), "{said}");
}
