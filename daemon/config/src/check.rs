// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a tree of the right shape to a [`Configuration`]: ranges, references, doubles.
//!
//! Every check goes on after it has found something, with a harmless stand-in, so that all problems come at once;
//! if there was any, the result is thrown away.

mod alarms;
mod buses;
mod interventions;
mod local;
mod pins;
mod procedures;
mod signals;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ecmod_quantities::{LitresPerMinute, Rpm, Span};

use crate::file;
use crate::model::{BusAddress, Configuration, Console, Control, Dbus, Log, LogLevel, LogTarget, PumpPreset};
use crate::places::Places;
use crate::problem::Problem;
use crate::read::{Tree, problem_at};

/// Collects problems with their places.
struct Checker {
    places: Places,
    main: PathBuf,
    left_out: Vec<String>,
    problems: Vec<Problem>,
}

impl Checker {
    fn problem(&mut self, key: &str, message: impl Into<String>) {
        self.problems.push(problem_at(&self.places, &self.main, key, message.into(), None));
    }

    fn problem_with_help(&mut self, key: &str, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(problem_at(&self.places, &self.main, key, message.into(), Some(help.into())));
    }

    /// A number that must be finite and inside a range, both ends included.
    fn number(&mut self, key: &str, value: f64, range: (f64, f64)) -> f64 {
        let (low, high) = range;
        if !(value.is_finite() && (low..=high).contains(&value)) {
            self.problem(key, format!("{value} is outside {low} to {high}"));
        }
        value
    }

    /// A whole number inside a range, both ends included.
    fn whole<T: Copy + PartialOrd + std::fmt::Display>(&mut self, key: &str, value: T, range: (T, T)) -> T {
        let (low, high) = range;
        if value < low || value > high {
            self.problem(key, format!("{value} is outside {low} to {high}"));
        }
        value
    }

    /// The path must not depend on where a process was started.
    fn absolute(&mut self, key: &str, path: &str) -> PathBuf {
        if !Path::new(path).is_absolute() {
            self.problem(key, format!("\"{path}\" is not an absolute path"));
        }
        PathBuf::from(path)
    }

    /// A device node, or `unix:PATH` of a simulated one.
    fn node(&mut self, key: &str, node: &str) {
        if !Path::new(node.strip_prefix("unix:").unwrap_or(node)).is_absolute() {
            self.problem(key, format!("\"{node}\" is not an absolute path"));
        }
    }

    /// The name of a user or group; whether it exists is known only where the daemon runs.
    fn account(&mut self, key: &str, name: String) -> String {
        if name.is_empty() || name.contains(char::is_whitespace) {
            self.problem(key, format!("\"{name}\" is not the name of a user or group"));
        }
        name
    }

    /// Names become D-Bus object paths and file names.
    fn name(&mut self, key: &str, name: &str) {
        let mut letters = name.chars();
        let starts_well = letters.next().is_some_and(|letter| letter.is_ascii_lowercase());
        let goes_on_well =
            letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
        if !(starts_well && goes_on_well && name.len() <= LONGEST_NAME) {
            self.problem(
                key,
                format!(
                    "\"{name}\" is not a name: lower-case letters, digits and _, a letter first, at most {LONGEST_NAME} characters"
                ),
            );
        }
    }

    /// Whether this table was written but could not be read, which has been reported already.
    fn was_left_out(&self, key: &str) -> bool {
        self.left_out.iter().any(|left_out| left_out == key)
    }
}

const LONGEST_NAME: usize = 48;

pub(crate) fn check(tree: Tree) -> Result<Configuration, Vec<Problem>> {
    let Tree { root, places, problems, left_out, main, merged: _ } = tree;
    let mut checker = Checker { places, main, left_out, problems };
    let console = console(&mut checker, root.console);
    let locals =
        root.ports.iter().filter_map(|(name, port)| Some((name.clone(), port.local_control.clone()?)));
    let locals: BTreeMap<String, file::LocalControl> = locals.collect();
    let mut ports = buses::ports(&mut checker, root.ports);
    let drivers = buses::drivers(&mut checker, root.drivers, &ports, &console.driver_directory);
    let signals = signals::signals(&mut checker, root.signals, &drivers);
    let alarms = alarms::alarms(&mut checker, root.alarms);
    let interventions = interventions::interventions(&mut checker, root.interventions, &signals);
    let commands = signals::commands(&mut checker, root.commands, &drivers, &signals);
    let procedures = procedures::procedures(&mut checker, root.procedures);
    let control = control(&mut checker, &root.control);
    let around = local::Around { drivers: &drivers, control: &control, pump: commands.get("pump_speed") };
    local::local_controls(&mut checker, locals, &mut ports, &around);
    let configuration = Configuration {
        console,
        log: log(&root.log),
        dbus: dbus(&mut checker, root.dbus),
        control,
        alarms,
        interventions,
        ports,
        drivers,
        signals,
        commands,
        procedures,
    };
    if checker.problems.is_empty() { Ok(configuration) } else { Err(checker.problems) }
}

fn console(checker: &mut Checker, console: file::Console) -> Console {
    Console {
        period: Span::from_millis(checker.whole("console.period_ms", console.period_ms, (1, 20))),
        // 99 belongs to the kernel's own threads; the interrupt threads of a PREEMPT_RT kernel run at 50.
        realtime_priority: Some(checker.whole(
            "console.realtime_priority",
            console.realtime_priority,
            (0, 90),
        ))
        .filter(|priority| *priority > 0),
        lock_memory: console.lock_memory,
        hosts_socket: checker.absolute("console.hosts_socket", &console.hosts_socket),
        hosts_user: checker.account("console.hosts_user", console.hosts_user),
        state_directory: checker.absolute("console.state_directory", &console.state_directory),
        driver_directory: checker.absolute("console.driver_directory", &console.driver_directory),
    }
}

fn log(log: &file::Log) -> Log {
    Log {
        target: match log.target {
            file::LogTarget::Auto => LogTarget::Auto,
            file::LogTarget::Journald => LogTarget::Journald,
            file::LogTarget::Stderr => LogTarget::Stderr,
        },
        level: match log.level {
            file::LogLevel::Error => LogLevel::Error,
            file::LogLevel::Warn => LogLevel::Warn,
            file::LogLevel::Info => LogLevel::Info,
            file::LogLevel::Debug => LogLevel::Debug,
        },
    }
}

fn dbus(checker: &mut Checker, dbus: file::Dbus) -> Dbus {
    let address = if dbus.address == "system" {
        BusAddress::System
    } else {
        if !dbus.address.contains(':') {
            checker.problem_with_help(
                "dbus.address",
                format!("\"{}\" is not a D-Bus address", dbus.address),
                "write \"system\", or an address such as \"unix:path=/run/ecmod/bus\"",
            );
        }
        BusAddress::Address(dbus.address)
    };
    Dbus {
        address,
        frame_hz: checker.whole("dbus.frame_hz", dbus.frame_hz, (1, 50)),
        operators_group: checker.account("dbus.operators_group", dbus.operators_group),
        limits_group: dbus.limits_group.map(|group| checker.account("dbus.limits_group", group)),
    }
}

/// No pump head on the market turns faster [K].
const FASTEST_PUMP_RPM: f64 = 12_000.0;

/// Highest speed [K] and slew, each in the proportion of the pump's speed at its design point.
fn usual_speeds(pump: file::PumpPreset) -> (f64, f64) {
    match pump {
        file::PumpPreset::RotaflowLike => (5000.0, 300.0),
        file::PumpPreset::CentrimagLike => (5500.0, 300.0),
        file::PumpPreset::Dp3Like => (10_000.0, 600.0),
    }
}

fn control(checker: &mut Checker, control: &file::Control) -> Control {
    let minimum =
        checker.number("control.minimum_speed_rpm", control.minimum_speed_rpm, (0.0, FASTEST_PUMP_RPM));
    let (usual_maximum, usual_slew) = usual_speeds(control.pump);
    let maximum = control.maximum_speed_rpm.unwrap_or(usual_maximum);
    let maximum = checker.number("control.maximum_speed_rpm", maximum, (0.0, FASTEST_PUMP_RPM));
    if minimum >= maximum {
        checker.problem(
            "control.minimum_speed_rpm",
            format!("{minimum} is not below maximum_speed_rpm, which is {maximum}"),
        );
    }
    let slew = control.slew_rpm_per_s.unwrap_or(usual_slew);
    let slew = checker.number("control.slew_rpm_per_s", slew, (10.0, 5000.0));
    let floor = control.floor_speed_rpm;
    let floor = floor
        .map(|floor| Rpm(checker.number("control.floor_speed_rpm", floor, (minimum, maximum.max(minimum)))));
    let mut gain =
        |key: &str, value: Option<f64>| value.map(|value| checker.number(key, value, (0.001, 10_000.0)));
    let proportional_gain = gain("control.proportional_gain", control.proportional_gain);
    let integral_gain = gain("control.integral_gain", control.integral_gain);
    Control {
        pump: match control.pump {
            file::PumpPreset::RotaflowLike => PumpPreset::RotaflowLike,
            file::PumpPreset::CentrimagLike => PumpPreset::CentrimagLike,
            file::PumpPreset::Dp3Like => PumpPreset::Dp3Like,
        },
        minimum_speed: Rpm(minimum),
        maximum_speed: Rpm(maximum),
        slew_rpm_per_s: slew,
        floor_speed: floor,
        maximum_flow: LitresPerMinute(checker.number(
            "control.maximum_flow_l_min",
            control.maximum_flow_l_min,
            (0.5, 10.0),
        )),
        proportional_gain,
        integral_gain,
    }
}
