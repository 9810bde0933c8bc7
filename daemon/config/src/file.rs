// SPDX-License-Identifier: MIT OR Apache-2.0
//! The configuration as it is written: one struct per table, every key with its default and its meaning.
//!
//! These types only say what *can* be written; what is allowed is in [`crate::check`]. Their documentation comments become the
//! descriptions of the JSON Schema, and their defaults the printed default configuration.

mod alarms;
mod interventions;
mod port;
mod procedures;

pub(crate) use alarms::{Alarms, PatientClass};
pub(crate) use interventions::{Intervention, Interventions, Policy};
pub(crate) use port::{
    Direction, Line, LineBias, LineDrive, LineEdge, LocalControl, Parity, Port, PortKind, SpiChip,
};
pub(crate) use procedures::{Category, Order, Procedure, Step};

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Configuration of an ecmod console.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Root {
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
    /// Buses and GPIO lines, by name.
    pub ports: BTreeMap<String, Port>,
    /// Driver instances, by id.
    pub drivers: BTreeMap<String, Driver>,
    /// Signals, by role.
    pub signals: BTreeMap<String, Signal>,
    /// Commands, by role.
    pub commands: BTreeMap<String, Command>,
    /// Procedures and checklists, by name.
    pub procedures: BTreeMap<String, Procedure>,
}

/// The daemon itself.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Console {
    /// Period of the control loop in ms, 1 to 20.
    pub period_ms: u64,
    /// SCHED_FIFO priority of the control thread, 1 to 90; 0: ordinary scheduling.
    pub realtime_priority: u8,
    /// Lock all memory of the daemon, so that no tick waits for a page.
    pub lock_memory: bool,
    /// Where the ports' hosts connect.
    pub hosts_socket: String,
    /// The user that hosts run as; besides root and the daemon's own user, nobody else may connect there.
    pub hosts_user: String,
    /// Where the state journal lives.
    pub state_directory: String,
    /// Where driver libraries are looked for.
    pub driver_directory: String,
}

impl Default for Console {
    fn default() -> Self {
        Self {
            period_ms: 10,
            realtime_priority: 50,
            lock_memory: true,
            hosts_socket: "/run/ecmod/hosts.sock".into(),
            hosts_user: "ecmod-host".into(),
            state_directory: "/var/lib/ecmod".into(),
            driver_directory: "/usr/lib/ecmod/drivers".into(),
        }
    }
}

/// Where logs go.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    /// The journal when there is one (auto), the journal, or standard error.
    pub target: LogTarget,
    /// The least severe level that is written.
    pub level: LogLevel,
}

impl Default for Log {
    fn default() -> Self {
        Self { target: LogTarget::Auto, level: LogLevel::Info }
    }
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogTarget {
    Auto,
    Journald,
    Stderr,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

/// How the daemon appears on D-Bus.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Dbus {
    /// `system`, or a D-Bus address such as `unix:path=/run/ecmod/bus`.
    pub address: String,
    /// How many `Frame` signals a second, 1 to 50.
    pub frame_hz: u32,
    /// Members of this group may operate the console, besides root and the daemon's own user.
    pub operators_group: String,
    /// Members of this group may change alarm limits, choose a preset and switch an alarm off, besides root and the daemon's own
    /// user; default: nobody else may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits_group: Option<String>,
}

impl Default for Dbus {
    fn default() -> Self {
        Self {
            address: "system".into(),
            frame_hz: 10,
            operators_group: "ecmod-operator".into(),
            limits_group: None,
        }
    }
}

/// Pump and controllers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Control {
    /// The pump head's characteristic, which schedules the controller's gains.
    pub pump: PumpPreset,
    /// Lowest speed of support in rpm.
    pub minimum_speed_rpm: f64,
    /// Highest speed in rpm; default: 5000, 5500 or 10000 by the pump.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_speed_rpm: Option<f64>,
    /// Fastest change of speed in rpm per second; default: 300, for dp3_like 600.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slew_rpm_per_s: Option<f64>,
    /// The speed below which no limiter and no flow setpoint goes, because blood would run back; default: 1470, 1690 or 3260 by
    /// the pump, which suits VA support. VV support, without an arterial pressure to hold against, can have a lower one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor_speed_rpm: Option<f64>,
    /// Highest flow setpoint in L/min.
    pub maximum_flow_l_min: f64,
    /// Proportional gain in rpm per L/min, in place of the preset's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proportional_gain: Option<f64>,
    /// Integral gain in rpm per (L/min s), in place of the preset's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integral_gain: Option<f64>,
}

impl Default for Control {
    fn default() -> Self {
        Self {
            pump: PumpPreset::RotaflowLike,
            minimum_speed_rpm: 500.0,
            maximum_speed_rpm: None,
            slew_rpm_per_s: None,
            floor_speed_rpm: None,
            maximum_flow_l_min: 8.0,
            proportional_gain: None,
            integral_gain: None,
        }
    }
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::enum_variant_names)] // the words of the file: heads *like* these, not these
pub(crate) enum PumpPreset {
    RotaflowLike,
    CentrimagLike,
    Dp3Like,
}

/// One driver on one port.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Driver {
    /// Name of a driver in the driver directory, such as `oriental-blv`.
    pub driver: Option<String>,
    /// Or the absolute path of its library.
    pub library: Option<String>,
    /// The port it is on.
    pub port: String,
    /// Whose requests go first on a shared line; default normal.
    pub priority: Option<Priority>,
    /// How often it runs, in ms, 1 to 10000; default: what the driver asks for.
    pub period_ms: Option<u64>,
    /// The driver's own configuration; its README describes it.
    #[serde(default)]
    pub config: BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Priority {
    High,
    Normal,
}

/// What a role is read from.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Signal {
    /// One to three sources, the preferred one first.
    pub sources: Vec<Source>,
    /// How one value is made of several; default `first_good`.
    pub vote: Option<Vote>,
    /// One line for a person.
    pub label: Option<String>,
    /// What it is; needed for roles that the core does not know.
    pub quantity: Option<String>,
    /// Lowest plausible value in the quantity's unit.
    pub minimum: Option<f64>,
    /// Highest plausible value.
    pub maximum: Option<f64>,
    /// Fastest plausible change per second.
    pub max_slew: Option<f64>,
    /// A sample older than this is stale, in ms, 20 to 60000.
    pub longest_age_ms: Option<u64>,
    /// Time constant of the filter in ms, 0 to 10000; default 0: none.
    pub filter_ms: Option<u64>,
    /// Whether a pressure has to be zeroed before it counts; default `optional`.
    pub zero: Option<Zero>,
}

/// `driver.signal`, or a table with its calibration.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected \"driver.signal\" or { source = \"driver.signal\", offset = 0.0, gain = 1.0 }"
)]
pub(crate) enum Source {
    /// `driver.signal`
    Plain(String),
    /// A source with its calibration: `value = gain * raw + offset`.
    Calibrated(CalibratedSource),
}

/// A source with its calibration: `value = gain * raw + offset`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CalibratedSource {
    /// `driver.signal`
    pub source: String,
    /// Added behind the gain, in the quantity's unit.
    #[serde(default)]
    pub offset: f64,
    /// Factor, not zero.
    #[serde(default = "one")]
    pub gain: f64,
}

fn one() -> f64 {
    1.0
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Vote {
    FirstGood,
    Median,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Zero {
    Optional,
    Required,
}

/// Which driver carries a command out.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Command {
    /// `driver.command`
    pub target: String,
}
