// SPDX-License-Identifier: MIT OR Apache-2.0
//! Measures how long the console takes from an edge on a GPIO line to the pump command that follows from it.
//!
//! ```text
//! cargo run --release -p ecmod-sim --example fast_path -- BIN_DIR EDGE_DRIVER PUMP_DRIVER fast|plain EDGES [kernel]
//! ```
//! The daemon and two hosts run as in a product, from `BIN_DIR`. This process drives the line and is the pump's serial line. The
//! edge changes the flow that the first driver reports, so the flow controller changes the speed, and the second driver writes it
//! to the line (the drivers are `xtask/bench/fast_path_*.c`). Each edge comes at a moment of its own within the loop's period,
//! after a silence: the first command behind it is the one that follows from it. The edge's time stamp is the one that its driver
//! was given, which tells it when the line falls again and nothing is measured.
//!
//! The line is one of a simulated line chip, which stamps the edge when it changes the line; or, with `kernel`, one of the kernel's
//! own chip (`gpio-sim`, in the virtual machine), stamped by the kernel, and the hosts have the priority that their unit gives them.
//!
//! `fast`: the edge wakes driver and loop. `plain`: the driver looks each 10 ms, and its sample waits for the loop's tick.
//!
//! One JSON object is printed, times in microseconds, from the edge's time stamp to the end of the command's write to the line:
//! `p50`, `p99`, `max`, how many `edges`, and how many `urgent_ticks` the loop has counted.

use std::error::Error;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use ecmod_sim::chips::Level;
use ecmod_sim::kernel::{Bank, Pin};
use ecmod_sim_link::server::{LineChip, LineServer};
use rustix::pty::OpenptFlags;
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// How long anything may take to start or to answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// The line's name.
const LINE: &str = "bubble";
/// Of the hosts, as `systemd/ecmod-host@.service` says.
const HOST_PRIORITY: &str = "10";
/// How long an edge's line stays active.
const ACTIVE: Duration = Duration::from_millis(30);
/// After so long without a command the loop is at rest.
const SILENCE: Duration = Duration::from_millis(60);
/// Edges lie this much, times a number below the prime, behind the end of the silence: at every phase of the 10 ms.
const PHASES: (Duration, u32) = (Duration::from_micros(137), 73);

fn main() -> Result<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let kernel = arguments.pop_if(|last| last == "kernel").is_some();
    let [bin, edge, pump, way, edges] = arguments.as_slice() else {
        return Err("usage: fast_path BIN_DIR EDGE_DRIVER PUMP_DRIVER fast|plain EDGES [kernel]".into());
    };
    let is_fast = match way.as_str() {
        "fast" => true,
        "plain" => false,
        _ => return Err("either fast or plain".into()),
    };
    let mut console = Console::new(Path::new(bin), kernel)?;
    console.start(edge, pump, is_fast)?;
    let mut times = Vec::new();
    for edge in 0..edges.parse()? {
        rest(&console.commands)?;
        let (step, phases) = PHASES;
        std::thread::sleep(step * (edge % phases));
        console.line.set(true);
        let written = console.commands.recv_timeout(PATIENCE)?;
        std::thread::sleep(ACTIVE);
        console.line.set(false);
        times.push(written.saturating_sub(console.stamps.recv_timeout(PATIENCE)?));
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

/// The line whose edges count.
enum Line {
    Simulated(LineServer),
    Kernel(Bank, Pin),
}

impl Line {
    fn new(folder: &Path, kernel: bool) -> Result<Self> {
        if kernel {
            let bank = Bank::new(&[LINE])?;
            let pin = bank.pin(LINE)?;
            pin.set(Level::Low);
            Ok(Self::Kernel(bank, pin))
        } else {
            Ok(Self::Simulated(LineServer::start(&folder.join("lines"), LineChip::new(&[LINE]))?))
        }
    }

    /// As the configuration says it.
    fn chip(&self, folder: &Path) -> String {
        match self {
            Self::Simulated(_) => format!("unix:{}/lines", folder.display()),
            Self::Kernel(bank, _) => bank.device().display().to_string(),
        }
    }

    fn set(&self, active: bool) {
        match self {
            Self::Simulated(chip) => chip.drive(LINE, active),
            Self::Kernel(_, pin) => pin.set(Level::from_bool(active)),
        }
    }
}

/// The processes, killed at the end, and what is around them.
struct Console {
    bin: PathBuf,
    kernel: bool,
    address: String,
    processes: Vec<Child>,
    line: Line,
    device: String,
    /// When each command was written.
    commands: Receiver<u64>,
    /// When each rising edge was, once the line has fallen again.
    stamps: Receiver<u64>,
    tell_stamps: Sender<u64>,
    folder: PathBuf,
}

impl Console {
    fn new(bin: &Path, kernel: bool) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("ecmod-fast-path-{}", std::process::id()));
        std::fs::create_dir(&folder)?;
        let line = Line::new(&folder, kernel)?;
        let (device, commands) = serial_line()?;
        let (tell_stamps, stamps) = channel();
        let (bin, address) = (bin.to_owned(), format!("unix:path={}", path(&folder.join("dbus/bus"))?));
        let processes = Vec::new();
        Ok(Self { bin, kernel, address, processes, line, device, commands, stamps, tell_stamps, folder })
    }

    /// Until it supports in flow mode.
    fn start(&mut self, edge: &str, pump: &str, is_fast: bool) -> Result<()> {
        let bus = self.folder.join("dbus/bus");
        self.run("ecmod-sim", &["bus", "--socket", path(&bus)?])?;
        let file = self.folder.join("ecmod.toml");
        std::fs::write(&file, self.configuration((edge, pump), is_fast))?;
        let configuration = ["--config", path(&file)?];
        self.run("ecmod", &configuration)?;
        for port in ["edges", "pump_line"] {
            self.run("ecmod-host", &[&[port], &configuration[..]].concat())?;
        }
        let began = Instant::now();
        while !self.regulates() {
            if began.elapsed() > PATIENCE {
                let status = self.ecmoctl(&["--json", "status"])?;
                return Err(format!("no support in flow mode: {status}").into());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    fn run(&mut self, program: &str, arguments: &[&str]) -> Result<()> {
        let path = self.bin.join(program);
        let is_host = program == "ecmod-host";
        let mut command = if self.kernel && is_host {
            let mut command = Command::new("chrt");
            command.args(["--fifo", HOST_PRIORITY]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if is_host {
            command.stderr(Stdio::piped());
        }
        let mut process = command.spawn()?;
        if let Some(said) = process.stderr.take() {
            let tell = self.tell_stamps.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(said).lines().map_while(std::result::Result::ok) {
                    if let Some(stamp) = line.strip_prefix("edge ").and_then(|stamp| stamp.parse().ok()) {
                        let _ = tell.send(stamp);
                    }
                }
            });
        }
        self.processes.push(process);
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

    fn configuration(&self, (edge, pump): (&str, &str), is_fast: bool) -> String {
        let (here, chip) = (self.folder.display(), self.line.chip(&self.folder));
        let (address, device) = (&self.address, &self.device);
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
chip = "{chip}"
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
