// SPDX-License-Identifier: MIT OR Apache-2.0
//! The configuration as the processes use it: every default filled in, every value checked, every quantity typed.
//!
//! Only [`crate::load`] makes one, so whoever holds a [`Configuration`] holds a consistent one.

mod alarms;
mod interventions;
mod local;
mod port;

pub use alarms::{Alarms, PatientClass};
pub use interventions::{Intervention, Interventions, Policy};
pub use local::LocalControl;
pub use port::{
    Line, LineBias, LineDirection, LineDrive, LineEdge, LineSelect, Parity, Port, PortKind, SerialLine,
    SpiChip,
};

use std::collections::BTreeMap;
use std::path::PathBuf;

use ecmod_procedures::Procedure;
use ecmod_quantities::{LitresPerMinute, Quantity, Rpm, Seconds, Span};

/// A whole console.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// The daemon itself.
    pub console: Console,
    /// Where logs go.
    pub log: Log,
    /// How the daemon appears on D-Bus.
    pub dbus: Dbus,
    /// Pump and controllers.
    pub control: Control,
    /// Alarms and their limits.
    pub alarms: Alarms,
    /// What the console may do to the pump by itself.
    pub interventions: Interventions,
    /// Buses and GPIO lines by name.
    pub ports: BTreeMap<String, Port>,
    /// Driver instances by id.
    pub drivers: BTreeMap<String, DriverInstance>,
    /// Signals by role.
    pub signals: BTreeMap<String, Signal>,
    /// Commands by role.
    pub commands: BTreeMap<String, Endpoint>,
    /// Procedures and checklists: the built-in ones as they are changed, then those of the organisation.
    pub procedures: Vec<Procedure>,
}

/// `[console]`
#[derive(Debug, Clone, PartialEq)]
pub struct Console {
    /// Period of the control loop, 1 to 20 ms.
    pub period: Span,
    /// `SCHED_FIFO` priority of the control thread, 1 to 90; `None`: ordinary scheduling.
    pub realtime_priority: Option<u8>,
    /// Lock all memory of the daemon.
    pub lock_memory: bool,
    /// Where hosts connect.
    pub hosts_socket: PathBuf,
    /// The user that hosts run as; besides root and the daemon's own user, nobody else may connect.
    pub hosts_user: String,
    /// Where the state journal lives.
    pub state_directory: PathBuf,
    /// Where driver libraries are looked for.
    pub driver_directory: PathBuf,
}

/// `[log]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Journal or standard error.
    pub target: LogTarget,
    /// The least severe level that is written.
    pub level: LogLevel,
}

/// Where logs go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogTarget {
    /// The journal when there is one, else standard error.
    Auto,
    /// The journal.
    Journald,
    /// Standard error.
    Stderr,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// Failures only.
    Error,
    /// And what may become one.
    Warn,
    /// And changes of state.
    Info,
    /// And what a developer wants to see.
    Debug,
}

impl LogLevel {
    /// The word in configuration files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

/// `[dbus]`
#[derive(Debug, Clone, PartialEq)]
pub struct Dbus {
    /// Which bus.
    pub address: BusAddress,
    /// How many `Frame` signals a second, 1 to 50.
    pub frame_hz: u32,
    /// Members of this group may operate the console, besides root and the daemon's own user.
    pub operators_group: String,
    /// Members of this group may change alarm limits, besides root and the daemon's own user; `None`: nobody else may.
    pub limits_group: Option<String>,
}

/// Which bus the daemon appears on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BusAddress {
    /// The system bus (`DBUS_SYSTEM_BUS_ADDRESS` is honoured, as every D-Bus client does).
    System,
    /// A D-Bus address such as `unix:path=/run/ecmod/bus`.
    Address(String),
}

/// `[control]`
#[derive(Debug, Clone, PartialEq)]
pub struct Control {
    /// The pump head's characteristic, which schedules the controller's gains.
    pub pump: PumpPreset,
    /// Lowest speed that support may run at.
    pub minimum_speed: Rpm,
    /// Highest speed.
    pub maximum_speed: Rpm,
    /// Fastest change of speed, rpm per second.
    pub slew_rpm_per_s: f64,
    /// The speed that no limiter and no flow setpoint undercuts, in place of the preset's.
    pub floor_speed: Option<Rpm>,
    /// Highest flow setpoint.
    pub maximum_flow: LitresPerMinute,
    /// Proportional gain in rpm per L/min, in place of the preset's.
    pub proportional_gain: Option<f64>,
    /// Integral gain in rpm per (L/min s), in place of the preset's.
    pub integral_gain: Option<f64>,
}

/// The pump heads whose characteristics the core knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::enum_variant_names)] // heads *like* these, not these
pub enum PumpPreset {
    /// Rotaflow and HLS class.
    RotaflowLike,
    /// CentriMag class.
    CentrimagLike,
    /// DP3 class.
    Dp3Like,
}

/// `[drivers.ID]`: one driver on one port.
#[derive(Debug, Clone, PartialEq)]
pub struct DriverInstance {
    /// The name of the port.
    pub port: String,
    /// The library's file.
    pub library: PathBuf,
    /// Whose requests go first on a shared line.
    pub priority: Priority,
    /// How often the driver runs, in place of its own wish.
    pub period: Option<Span>,
    /// What the driver gets through `config_get`, as JSON.
    pub config: serde_json::Value,
}

/// Whose requests go first on a shared line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// The pump.
    High,
    /// Everything else.
    Normal,
}

/// `DRIVER.NAME`: a signal or command of a driver instance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// The driver instance's id.
    pub driver: String,
    /// The name in the driver's table.
    pub name: String,
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.driver, self.name)
    }
}

/// `[signals.ROLE]`: what a role is read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// One to three sources, the preferred one first.
    pub sources: Vec<Source>,
    /// How one value is made of several.
    pub vote: Vote,
    /// One line for a person; the role's own if none is configured.
    pub label: String,
    /// What it is; fixed for the roles the core knows.
    pub quantity: Quantity,
    /// Lowest plausible value, in the quantity's unit.
    pub minimum: f64,
    /// Highest plausible value.
    pub maximum: f64,
    /// Fastest plausible change per second.
    pub max_slew: Option<f64>,
    /// A sample older than this is stale.
    pub longest_age: Span,
    /// Time constant of the first-order filter; zero: none.
    pub filter: Seconds,
    /// Whether it has to be zeroed before it counts.
    pub zero: Zero,
}

/// One source of a signal with its calibration: `value = gain * raw + offset`.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Which driver's which signal.
    pub endpoint: Endpoint,
    /// Added behind the gain, in the quantity's unit.
    pub offset: f64,
    /// Factor.
    pub gain: f64,
}

/// Whether a pressure has to be zeroed before it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zero {
    /// It is good as it is.
    Optional,
    /// Without a zero it is uncertain, and no limit acts on it.
    Required,
}

/// How one value is made of several sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vote {
    /// The first source that is good.
    FirstGood,
    /// The median of the good ones.
    Median,
}
