// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `Frame` costs: 50 signals at 10 Hz, with no, one, four and sixteen subscribers.
//!
//! The daemon and one host, whose `modbus-map` driver reads 50 registers of a libmodbus server over TCP, on a private
//! `dbus-daemon`. `dbus/examples/follow_frames.rs` is all subscribers, each with a connection of its own. The processor time of
//! the daemon (its control loop and hosts' server included) and of the broker is the kernel's (`schedstat`).

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::process::{Running, processor_time};
use super::report::{Measurement, Target, folder};
use super::{programs, statistics};

const ROUNDS: usize = 3;
const SIGNALS: usize = 50;
const SUBSCRIBERS: [usize; 4] = [0, 1, 4, 16];
const RUN: Duration = Duration::from_secs(10);
const LIMIT: Duration = Duration::from_secs(20);

pub fn measure() -> Result<Measurement, String> {
    programs::console()?;
    let subscribers = programs::example("ecmod-client", "follow_frames")?;
    let mut measurement =
        Measurement::new("frame", "processor time for 50 signals at 10 Hz by number of subscribers", ROUNDS);
    let console = Console::start()?;
    measurement.command("target/release/ecmod --config target/bench/frame/ecmod.toml").command(
        "cargo run --release -p ecmod-client --example follow_frames -- ADDRESS SUBSCRIBERS SIGNALS SECONDS",
    );
    let mut daemon = [const { Vec::new() }; SUBSCRIBERS.len()];
    let mut broker = [const { Vec::new() }; SUBSCRIBERS.len()];
    for _ in 0..ROUNDS {
        for ((count, daemon), broker) in SUBSCRIBERS.into_iter().zip(&mut daemon).zip(&mut broker) {
            let (of_daemon, of_broker) = console.watch(&subscribers, count)?;
            daemon.push(of_daemon);
            broker.push(of_broker);
        }
    }
    for ((count, daemon), broker) in SUBSCRIBERS.into_iter().zip(&daemon).zip(&broker) {
        measurement.figure(
            format!("daemon, {count} subscribers"),
            statistics::median(daemon)?,
            "% of a core",
            Target::None,
        );
        measurement.figure(
            format!("broker, {count} subscribers"),
            statistics::median(broker)?,
            "% of a core",
            Target::None,
        );
    }
    console.end()?;
    Ok(measurement)
}

/// Bus, server, daemon and host.
struct Console {
    address: String,
    broker: Running,
    daemon: Running,
    host: Running,
    _server: Running,
}

impl Console {
    fn start() -> Result<Self, String> {
        let place = folder()?.join("frame");
        std::fs::create_dir_all(&place).map_err(|error| format!("{}: {error}", place.display()))?;
        let server = Running::start(Command::new(programs::other("modbus_server")?).arg("tcp"))?;
        let port = server.line(LIMIT)?;
        let address = format!("unix:path={}", place.join("bus").display());
        let _ = std::fs::remove_file(place.join("bus"));
        let broker = Running::start(
            Command::new("dbus-daemon")
                .args(["--session", "--nofork", "--print-address", "--address", &address])
                .stderr(Stdio::null()),
        )?;
        broker.line(LIMIT)?;
        let configuration = place.join("ecmod.toml");
        std::fs::write(&configuration, configuration_in(&place, &address, &port))
            .map_err(|error| format!("{}: {error}", configuration.display()))?;
        let start = |name: &str, arguments: &[&str]| {
            let program: PathBuf = programs::release().join(name);
            Running::start(
                Command::new(program)
                    .args(arguments)
                    .arg("--config")
                    .arg(&configuration)
                    .stderr(Stdio::null()),
            )
        };
        let (daemon, host) = (start("ecmod", &[])?, start("ecmod-host", &["monitor"])?);
        Ok(Self { address, broker, daemon, host, _server: server })
    }

    /// Processor time of daemon and broker while `count` subscribers follow, in per cent of a core.
    fn watch(&self, program: &Path, count: usize) -> Result<(f64, f64), String> {
        let arguments =
            [self.address.clone(), count.to_string(), SIGNALS.to_string(), RUN.as_secs().to_string()];
        let mut followers = Running::start(Command::new(program).args(arguments))?;
        followers.line(LIMIT)?;
        let (begin, daemon, broker) =
            (Instant::now(), processor_time(self.daemon.id())?, processor_time(self.broker.id())?);
        let line = followers.line(LIMIT)?;
        let per_cent = 100.0 / begin.elapsed().as_secs_f64();
        let (daemon, broker) =
            (processor_time(self.daemon.id())? - daemon, processor_time(self.broker.id())? - broker);
        followers.wait(LIMIT)?;
        let value: Value =
            serde_json::from_str(&line).map_err(|error| format!("follow_frames: {error}: {line}"))?;
        let number = |key: &str| value.get(key).and_then(Value::as_u64);
        let expected = RUN.as_secs() * 10 * u64::try_from(count).unwrap_or(0);
        let received = number("frames").unwrap_or(0);
        if number("lost") != Some(0) || received * 100 < expected * 95 {
            return Err(format!("{count} subscribers should have got {expected} frames: {line}"));
        }
        Ok((daemon * per_cent, broker * per_cent))
    }

    fn end(self) -> Result<(), String> {
        self.host.end()?;
        self.daemon.end()?;
        self.broker.end()
    }
}

/// 50 signals of one driver, each a register.
fn configuration_in(place: &Path, address: &str, port: &str) -> String {
    let (place, drivers) = (place.display(), programs::release());
    let mut text = format!(
        "[console]\nhosts_socket = \"{place}/hosts.sock\"\nstate_directory = \"{place}/state\"\n\
         driver_directory = \"{}\"\n[log]\ntarget = \"stderr\"\n[dbus]\naddress = \"{address}\"\n\
         [ports.monitor]\nkind = \"modbus-tcp\"\naddress = \"127.0.0.1:{port}\"\n\
         [drivers.monitor]\ndriver = \"modbus-map\"\nport = \"monitor\"\n[drivers.monitor.config]\nunit = 1\n",
        drivers.display()
    );
    for index in 0..SIGNALS {
        let _ = write!(
            text,
            "[[drivers.monitor.config.signals]]\nname = \"value_{index}\"\nquantity = \"count\"\ntable = \"holding\"\n\
             address = {index}\ntype = \"u16\"\nminimum = 0\nmaximum = 65535\n"
        );
    }
    for index in 0..SIGNALS {
        let _ = write!(
            text,
            "[signals.value_{index}]\nquantity = \"count\"\nminimum = 0\nmaximum = 65535\n\
             sources = [\"monitor.value_{index}\"]\n"
        );
    }
    text
}
