// SPDX-License-Identifier: MIT OR Apache-2.0
//! From exec to the first tick of the control loop, with no host and no bus there.
//!
//! Two looks at it: `READY=1`, which the daemon sends to the socket in `NOTIFY_SOCKET` behind its loop's start, undisturbed; and
//! the control thread's first sleep until a deadline, which follows the first tick, as `strace` sees it (its seccomp filter
//! stops the daemon for these calls alone; starting threads under it costs extra, so this is an upper bound).

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::process::Running;
use super::report::{Measurement, Target, folder};
use super::{programs, statistics};

const ROUNDS: usize = 15;
const LIMIT: Duration = Duration::from_secs(10);
const LONGEST_MS: f64 = 50.0;

pub fn measure() -> Result<Measurement, String> {
    programs::console()?;
    let daemon = programs::release().join("ecmod");
    let place = folder()?.join("start");
    std::fs::create_dir_all(&place).map_err(|error| format!("{}: {error}", place.display()))?;
    let configuration = place.join("ecmod.toml");
    std::fs::write(&configuration, configuration_in(&place))
        .map_err(|error| format!("{}: {error}", configuration.display()))?;
    let mut measurement = Measurement::new("start", "from exec to the first tick, the daemon alone", ROUNDS);
    measurement
        .command("NOTIFY_SOCKET=SOCKET target/release/ecmod --config target/bench/start/ecmod.toml")
        .command(
            "strace -f --seccomp-bpf -ttt -e trace=execve,clock_nanosleep -o FILE target/release/ecmod ...",
        );
    let (mut ready, mut ticked) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ready.push(until_ready(&daemon, &configuration, &place)?);
        ticked.push(until_first_tick(&daemon, &configuration, &place)?);
    }
    let (median, largest) = (statistics::median, statistics::largest);
    measurement.figure("READY, median", median(&ready)?, "ms", Target::AtMost(LONGEST_MS));
    measurement.figure("READY, longest", largest(&ready)?, "ms", Target::None);
    measurement.figure(
        "first tick over, under strace, median",
        median(&ticked)?,
        "ms",
        Target::AtMost(LONGEST_MS),
    );
    measurement.figure("first tick over, under strace, longest", largest(&ticked)?, "ms", Target::None);
    Ok(measurement)
}

/// A console that has nothing but its loop; the bus is not there, and nothing waits for it.
fn configuration_in(place: &Path) -> String {
    let place = place.display();
    format!(
        "[console]\nhosts_socket = \"{place}/hosts.sock\"\nstate_directory = \"{place}/state\"\n\
         [log]\ntarget = \"stderr\"\n[dbus]\naddress = \"unix:path={place}/no-bus\"\n"
    )
}

fn until_ready(daemon: &Path, configuration: &Path, place: &Path) -> Result<f64, String> {
    let path = place.join("notify.sock");
    let _ = std::fs::remove_file(&path);
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    let socket = UnixDatagram::bind(&path).map_err(failed)?;
    socket.set_read_timeout(Some(LIMIT)).map_err(failed)?;
    let began = Instant::now();
    let running = Running::start(
        Command::new(daemon)
            .arg("--config")
            .arg(configuration)
            .env("NOTIFY_SOCKET", &path)
            .stderr(Stdio::null()),
    )?;
    let mut buffer = [0; 4096];
    loop {
        let length = socket.recv(&mut buffer).map_err(failed)?;
        let elapsed = began.elapsed();
        let message = String::from_utf8_lossy(buffer.get(..length).unwrap_or_default()).into_owned();
        if message.lines().any(|line| line == "READY=1") {
            running.end()?;
            return Ok(elapsed.as_secs_f64() * 1e3);
        }
    }
}

fn until_first_tick(daemon: &Path, configuration: &Path, place: &Path) -> Result<f64, String> {
    let file = place.join("strace.txt");
    let _ = std::fs::remove_file(&file);
    let mut strace = Running::start(
        Command::new("strace")
            .args(["-f", "-I2", "--seccomp-bpf", "-ttt", "-e", "trace=execve,clock_nanosleep", "-o"])
            .arg(&file)
            .arg(daemon)
            .arg("--config")
            .arg(configuration)
            .stderr(Stdio::null()),
    )?;
    let elapsed = super::process::until(LIMIT, "the control loop does not tick", || {
        strace.still_runs()?;
        Ok(between(&std::fs::read_to_string(&file).unwrap_or_default()))
    });
    // With -I2, strace hands this on to the program that it started.
    let ended = strace.signal("TERM").and_then(|()| strace.wait(LIMIT));
    let elapsed = elapsed?;
    ended.map(|_| elapsed)
}

/// Milliseconds from `execve` to the first sleep until a deadline: the first tick is due at once, so this is behind it.
fn between(trace: &str) -> Option<f64> {
    let time = |is: fn(&str) -> bool| {
        let line = trace.lines().find(|line| is(line))?;
        line.split_whitespace().nth(1)?.parse::<f64>().ok()
    };
    let begin = time(|line| line.contains(" execve("))?;
    let end = time(|line| line.contains(" clock_nanosleep(") && line.contains("TIMER_ABSTIME"))?;
    Some((end - begin) * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_tick_is_over_when_a_thread_sleeps_until_a_deadline() {
        let mut trace = "7 100.000 execve(\"ecmod\") = 0\n\
                         8 100.010 clock_nanosleep(CLOCK_MONOTONIC, 0, {tv_sec=0, ...}, NULL) = 0\n"
            .to_owned();
        assert_eq!(between(&trace), None);
        trace.push_str("9 100.012 clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, ... <unfinished ...>\n");
        assert!((between(&trace).unwrap() - 12.0).abs() < 0.1);
    }
}
