// SPDX-License-Identifier: MIT OR Apache-2.0
//! The log of a real process: to standard error, to a pipe that nobody reads, and to a journald that stalls.
//!
//! The journald is our own: a datagram socket at the well-known path, in a mount namespace of its own (`unshare`), so that the real
//! one, if there is one, is neither needed nor disturbed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // helpers of tests

use ecmod_logging::{Error, Level, Target, lost, start};
use std::io::Read;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Which part the started process plays.
const PART: &str = "ECMOD_LOGGING_PART";
const EVENTS: u64 = 3000;
/// Far more than a process with a time limit at its end needs.
const PATIENCE: Duration = Duration::from_secs(30);

/// Not a test of its own: the processes that the tests below start.
#[test]
fn part() {
    match std::env::var(PART).as_deref() {
        Ok("greet") => greet(),
        Ok("flood") => flood(),
        Ok("journal") => journal(),
        Ok("journal gone") => journal_gone(),
        Ok("no journal") => {
            assert!(matches!(start(Target::Journald, Level::Info), Err(Error::NoJournald)));
            let _guard = start(Target::Auto, Level::Info).unwrap();
            assert!(matches!(start(Target::Auto, Level::Info), Err(Error::AlreadyStarted)));
            tracing::info!(target: "ecmod::test", "instead");
        }
        _ => {}
    }
}

fn greet() {
    let _guard = start(Target::Stderr, Level::Info).unwrap();
    tracing::info!(target: "ecmod::test", event = "test.greeting", port = "pump line", "hello\nworld");
    tracing::debug!(target: "ecmod::test", "below the level");
}

/// Standard error is a pipe that nobody reads.
fn flood() {
    let guard = start(Target::Stderr, Level::Info).unwrap();
    for n in 0..EVENTS {
        tracing::info!(target: "ecmod::test", event = format!("test.n{n}"), filler = "x".repeat(500), "one of many");
    }
    println!("lost {}", lost());
    drop(guard);
    println!("ended");
}

/// A journald that reads nothing until all events are logged.
fn journal() {
    let socket = UnixDatagram::bind("/run/systemd/journal/socket").unwrap();
    let guard = start(Target::Auto, Level::Info).unwrap();
    for n in 0..EVENTS {
        tracing::info!(target: "ecmod::test", event = format!("test.n{n}"), port = "pump_line", "one of many");
    }
    let lost_meanwhile = lost();
    assert!(lost_meanwhile > 0, "journald stalled and nothing was lost: somebody has waited");

    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut buffer = vec![0; 1 << 16];
    let (mut arrived, mut reported) = (0, 0);
    while arrived + reported < EVENTS {
        let length = socket.recv(&mut buffer).expect("a datagram in time");
        let fields = fields(&buffer[..length]);
        let field =
            |name: &str| fields.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value);
        if field("ECMOD_EVENT") == "log.lost" {
            assert_eq!((field("PRIORITY"), field("TARGET")), ("4", "ecmod_logging"));
            reported += field("ECMOD_COUNT").parse::<u64>().unwrap();
        } else if !fields.is_empty() {
            assert!(field("ECMOD_EVENT").starts_with("test.n"), "{fields:?}");
            assert_eq!((field("MESSAGE"), field("ECMOD_PORT")), ("one of many", "pump_line"));
            assert_eq!((field("PRIORITY"), field("TARGET")), ("6", "ecmod::test"));
            assert!(field("CODE_FILE").ends_with("process.rs"), "{fields:?}");
            arrived += 1;
        } // else: the empty datagram by which tracing-journald sees that somebody listens
    }
    assert_eq!(
        (arrived, reported),
        (EVENTS - lost_meanwhile, lost_meanwhile),
        "written or counted, nothing else"
    );
    drop(guard);
    println!("all accounted for");
}

/// A journald that goes away and comes back.
fn journal_gone() {
    const PLACE: &str = "/run/systemd/journal/socket";
    let socket = UnixDatagram::bind(PLACE).unwrap();
    let guard = start(Target::Journald, Level::Info).unwrap();
    let hear = |socket: &UnixDatagram, event: &str| {
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut buffer = vec![0; 1 << 16];
        loop {
            let length = socket.recv(&mut buffer).expect("a datagram in time");
            let fields = fields(&buffer[..length]);
            if fields.iter().any(|(name, value)| name == "ECMOD_EVENT" && value == event) {
                return fields;
            }
        }
    };
    tracing::info!(target: "ecmod::test", event = "test.before", "it is there");
    hear(&socket, "test.before");
    assert_eq!(lost(), 0);
    drop(socket);
    std::fs::remove_file(PLACE).unwrap();
    for _ in 0..2 {
        tracing::info!(target: "ecmod::test", event = "test.meanwhile", "nobody hears it");
    }
    let began = Instant::now();
    while lost() < 2 {
        assert!(began.elapsed() < PATIENCE, "{} lost", lost());
        std::thread::sleep(Duration::from_millis(1));
    }
    let socket = UnixDatagram::bind(PLACE).unwrap();
    tracing::info!(target: "ecmod::test", event = "test.after", "it is there again");
    hear(&socket, "test.after");
    let report = hear(&socket, "log.lost");
    assert!(report.contains(&("ECMOD_COUNT".to_owned(), "2".to_owned())), "{report:?}");
    drop(guard);
    println!("all accounted for");
}

/// Takes a datagram of journald's native protocol apart: a name and its value in a line, or with the value's length in between.
fn fields(mut datagram: &[u8]) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    while let Some(end) = datagram.iter().position(|byte| *byte == b'\n') {
        let line = text(&datagram[..end]);
        datagram = &datagram[end + 1..];
        if let Some((name, value)) = line.split_once('=') {
            fields.push((name.to_owned(), value.to_owned()));
        } else {
            let (length, rest) = datagram.split_first_chunk().unwrap();
            let length = usize::try_from(u64::from_le_bytes(*length)).unwrap();
            fields.push((line, text(&rest[..length])));
            datagram = &rest[length + 1..];
        }
    }
    fields
}

fn myself(part: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "part", "--nocapture"]).env(PART, part).env_remove("JOURNAL_STREAM");
    command
}

/// Runs a part in a mount namespace with an empty `/run`. `None` where the system does not let us.
fn with_own_run(part: &str) -> Option<Output> {
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "--kill-child", "--fork", "sh", "-c", script]);
        command
    };
    let mount = "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal";
    if !unshare(mount).output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: this system gives us no mount namespace (unshare, mount)");
        return None;
    }
    let own = std::env::current_exe().unwrap();
    let script = format!("{mount} && exec \"$0\" --exact part --nocapture");
    Some(unshare(&script).arg(own).env(PART, part).env_remove("JOURNAL_STREAM").output().unwrap())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn standard_error_gets_one_line_per_event() {
    let output = myself("greet").output().unwrap();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{stdout}{stderr}");
    let lines: Vec<_> = stderr.lines().filter(|line| line.contains("ecmod::test: ")).collect();
    let [line] = lines.as_slice() else { panic!("{stderr}") };
    let (time, rest) = line.split_once(' ').unwrap();
    assert!(time.len() == 24 && time.ends_with('Z'), "{time}");
    assert_eq!(rest, "INFO ecmod::test: hello\\nworld event=test.greeting port=\"pump line\"");
}

#[test]
fn a_pipe_that_nobody_reads_blocks_neither_the_callers_nor_the_end_of_the_process() {
    let begin = Instant::now();
    let mut child = myself("flood").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stderr = child.stderr.take().unwrap();
    let mut stdout = String::new();
    // Ends with the process: nobody reads its standard error until then.
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(begin.elapsed() < PATIENCE);
    drop(stderr);
    let lost: u64 = stdout.lines().find_map(|line| line.split_once("lost ")?.1.parse().ok()).unwrap();
    // A pipe holds 64 KiB, some 100 of these lines; the queue 512.
    assert!(lost > EVENTS / 2 && lost < EVENTS, "{lost}");
    assert!(stdout.contains("ended"));
}

#[test]
fn a_journald_that_stalls_blocks_nobody_and_every_event_is_written_or_counted() {
    if let Some(output) = with_own_run("journal") {
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success() && stdout.contains("all accounted for"), "{stdout}{stderr}");
    }
}

#[test]
fn what_is_said_while_journald_is_gone_is_counted_and_reported_when_it_is_back() {
    if let Some(output) = with_own_run("journal gone") {
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success() && stdout.contains("all accounted for"), "{stdout}{stderr}");
    }
}

#[test]
fn without_a_journald_auto_means_standard_error_and_journald_is_an_error() {
    if let Some(output) = with_own_run("no journal") {
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success() && stderr.contains("instead"), "{stdout}{stderr}");
    }
}
