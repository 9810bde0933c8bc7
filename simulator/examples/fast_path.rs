// SPDX-License-Identifier: MIT OR Apache-2.0
//! Measures how long the console takes from an edge on a GPIO line to the pump command that follows from it.
//!
//! ```text
//! cargo run --release -p ecmod-sim --example fast_path -- BIN_DIR EDGE_DRIVER PUMP_DRIVER fast|plain EDGES
//! ```
//! The daemon and two hosts run as in a product, from `BIN_DIR`. This process is the line chip, which stamps the edge, and the
//! pump's serial line. The edge changes the flow that the first driver reports, so the flow controller changes the speed, and
//! the second driver writes it to the line (the drivers are `xtask/bench/fast_path_*.c`). Each edge comes at a moment of its own
//! within the loop's period, after a silence: the first command behind it is the one that follows from it.
//!
//! `fast`: the edge wakes driver and loop. `plain`: the driver looks each 10 ms, and its sample waits for the loop's tick.
//!
//! One JSON object is printed, times in microseconds, from the edge's time stamp to the end of the command's write to the line:
//! `p50`, `p99`, `max`, how many `edges`, and how many `urgent_ticks` the loop has counted.

use std::error::Error;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use ecmod_sim_link::server::{LineChip, LineServer, now_ns};
use rustix::pty::OpenptFlags;
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How long anything may take to start or to answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long an edge's line stays active.
const ACTIVE: Duration = Duration::from_millis(30);
/// After so long without a command the loop is at rest.
const SILENCE: Duration = Duration::from_millis(60);
/// Edges lie this much, times a number below the prime, behind the end of the silence: at every phase of the 10 ms.
const PHASES: (Duration, u32) = (Duration::from_micros(137), 73);

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [bin, edge, pump, way, edges] = arguments.as_slice() else {
        return Err("usage: fast_path BIN_DIR EDGE_DRIVER PUMP_DRIVER fast|plain EDGES".into());
    };
    let is_fast = match way.as_str() {
        "fast" => true,
        "plain" => false,
        _ => return Err("either fast or plain".into()),
    };
    let (console, chip, commands) = Console::start(Path::new(bin), edge, pump, is_fast)?;
    let mut times = Vec::new();
    for edge in 0..edges.parse()? {
        rest(&commands)?;
        let (step, phases) = PHASES;
        std::thread::sleep(step * (edge % phases));
        let stamped = now_ns();
        chip.drive("bubble", true);
        let written = commands.recv_timeout(PATIENCE)?;
        times.push(written.saturating_sub(stamped));
        std::thread::sleep(ACTIVE);
        chip.drive("bubble", false);
    }
    let status = console.ecmoctl(&["--json", "status"])?;
    times.sort_unstable();
    let quantile = |per_cent: usize| {
        let rank = (times.len() * per_cent).div_ceil(100).max(1);
        times.get(rank - 1).copied().map(microseconds)
    };
    let result = json!({
        "edges": times.len(), "p50": quantile(50), "p99": quantile(99), "max": quantile(100),
        "urgent_ticks": status.pointer("/loop/urgent_ticks"),
    });
    println!("{result}");
    Ok(())
}

#[allow(clippy::cast_precision_loss)] // times of a few milliseconds
fn microseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e3
}

/// Waits until the loop demands nothing new.
fn rest(commands: &Receiver<u64>) -> Result<()> {
    let began = Instant::now();
    while commands.recv_timeout(SILENCE).is_ok() {
        if began.elapsed() > PATIENCE {
            return Err("the speed does not come to rest".into());
        }
    }
    Ok(())
}

/// The processes, killed at the end.
struct Console {
    bin: PathBuf,
    address: String,
    processes: Vec<Child>,
    folder: PathBuf,
}

impl Console {
    /// In support, in flow mode. With it the chip of the line, and when each command was written.
    fn start(bin: &Path, edge: &str, pump: &str, is_fast: bool) -> Result<(Self, LineServer, Receiver<u64>)> {
        let folder = std::env::temp_dir().join(format!("ecmod-fast-path-{}", std::process::id()));
        std::fs::create_dir(&folder)?;
        let mut console = Self {
            bin: bin.to_owned(),
            address: String::new(),
            processes: Vec::new(),
            folder: folder.clone(),
        };
        let chip = LineServer::start(&folder.join("lines"), LineChip::new(&["bubble"]))?;
        let (device, commands) = serial_line()?;
        let socket = folder.join("dbus/bus");
        console.run("ecmod-sim", &["bus", "--socket", path(&socket)?])?;
        console.address = format!("unix:path={}", path(&socket)?);
        let file = folder.join("ecmod.toml");
        std::fs::write(&file, configuration(&folder, &console.address, &device, (edge, pump), is_fast))?;
        let configuration = ["--config", path(&file)?];
        console.run("ecmod", &configuration)?;
        for port in ["edges", "pump_line"] {
            console.run("ecmod-host", &[&[port], &configuration[..]].concat())?;
        }
        let began = Instant::now();
        while !console.regulates() {
            if began.elapsed() > PATIENCE {
                return Err(
                    format!("no support in flow mode: {}", console.ecmoctl(&["--json", "status"])?).into()
                );
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok((console, chip, commands))
    }

    fn run(&mut self, program: &str, arguments: &[&str]) -> Result<()> {
        let mut command = Command::new(self.bin.join(program));
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.processes.push(command.spawn()?);
        Ok(())
    }

    /// Asks for support at 4 L/min. The pump runs, so it is taken over first.
    fn regulates(&self) -> bool {
        let done = |arguments: &[&str]| self.ecmoctl(arguments).is_ok();
        let Ok(status) = self.ecmoctl(&["--json", "status"]) else { return false };
        status.get("state").and_then(Value::as_str) == Some("support")
            && done(&["--json", "set", "mode", "flow"])
            && done(&["--json", "set", "flow", "4"])
    }

    fn ecmoctl(&self, arguments: &[&str]) -> Result<Value> {
        let mut command = Command::new(self.bin.join("ecmoctl"));
        let output = command.args(["--address", &self.address]).args(arguments).output()?;
        if output.status.success() {
            Ok(serde_json::from_slice(&output.stdout)?)
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
        }
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        for process in self.processes.iter_mut().rev() {
            let _just_ended = process.kill();
            let _ = process.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn configuration(
    folder: &Path,
    address: &str,
    device: &str,
    (edge, pump): (&str, &str),
    is_fast: bool,
) -> String {
    let here = folder.display();
    format!(
        r#"
[console]
hosts_socket = "{here}/hosts.sock"
state_directory = "{here}/state"
driver_directory = "{here}"
[log]
target = "stderr"
[dbus]
address = "{address}"
[control]
pump = "rotaflow_like"
[ports.edges]
kind = "gpio"
[ports.edges.lines.bubble]
chip = "unix:{here}/lines"
line = 0
direction = "input"
edge = "both"
[ports.pump_line]
kind = "serial"
device = "{device}"
baud = 115200
[drivers.edge]
library = "{edge}"
port = "edges"
config = {{ fast = {is_fast} }}
[drivers.pump]
library = "{pump}"
port = "pump_line"
priority = "high"
config = {{}}
[signals.blood_flow]
sources = ["edge.flow"]
[signals.pump_speed]
sources = ["pump.actual_speed"]
[commands.pump_speed]
target = "pump.speed"
"#
    )
}

fn path(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| format!("{} is not UTF-8", path.display()).into())
}

/// A serial line: its device, and when each command was written to it, as the pump's driver says.
fn serial_line() -> Result<(String, Receiver<u64>)> {
    let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    rustix::pty::grantpt(&master)?;
    rustix::pty::unlockpt(&master)?;
    let device = rustix::pty::ptsname(&master, Vec::new())?.into_string()?;
    let slave = std::fs::OpenOptions::new().read(true).write(true).open(&device)?;
    let mut attributes = rustix::termios::tcgetattr(&slave)?;
    attributes.make_raw();
    rustix::termios::tcsetattr(&slave, rustix::termios::OptionalActions::Now, &attributes)?;
    let (tell, commands) = channel();
    std::thread::spawn(move || {
        // Held open, so that a host may come later.
        let _slave = slave;
        let lines = BufReader::new(std::fs::File::from(master).take(u64::MAX)).lines();
        for line in lines.map_while(std::result::Result::ok) {
            let written = line.split(' ').nth(1).and_then(|time| time.parse().ok());
            if written.is_some_and(|written| tell.send(written).is_err()) {
                return;
            }
        }
    });
    Ok((device, commands))
}
