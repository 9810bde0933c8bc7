// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver's configuration: which channels of the IIO device are which signals, and how it is read.

use crate::convert;
use ecmod_plugin::quantities::{Cause, Quantity};
use serde::{Deserialize, Deserializer};

/// `[drivers.NAME.config]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What the device's file `name` must say; absent: anything.
    #[serde(default)]
    pub name: Option<String>,
    /// How it is read.
    #[serde(default)]
    pub mode: Mode,
    /// Files of the device that are to hold these texts; written only where they differ.
    #[serde(default)]
    pub settings: Vec<Setting>,
    /// The trigger of the buffer; absent: the device's own.
    #[serde(default)]
    pub trigger: Option<String>,
    /// Records that the kernel holds for us.
    #[serde(default = "Config::default_length")]
    pub buffer_length: u32,
    /// Files that hold a number other than 0 while the device has a fault.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// What is measured.
    pub channels: Vec<Channel>,
}

impl Config {
    const fn default_length() -> u32 {
        64
    }
}

/// How the device is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// One file for each reading: simple, and slow where a conversion is.
    #[default]
    Poll,
    /// The device's buffer, with the kernel's time stamps.
    Buffer,
}

/// A file and what it is to hold.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Below the device's folder.
    pub file: String,
    /// As the kernel shows it.
    pub text: String,
}

/// A file that tells a fault.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Below the device's folder.
    pub file: String,
    /// What the fault means for the signals.
    pub cause: CauseName,
    /// Whose; absent: all.
    #[serde(default)]
    pub channels: Vec<String>,
}

/// One signal.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// The signal's name.
    pub name: String,
    /// One line for a person; absent: the name.
    #[serde(default)]
    pub label: Option<String>,
    /// The channel, for example `in_voltage0` or `in_temp`.
    pub channel: String,
    /// What it is.
    pub quantity: QuantityName,
    /// Behind IIO's own scaling: value = processed * scale + offset. Absent: from IIO's unit to the quantity's.
    #[serde(default)]
    pub scale: Option<f64>,
    /// See `scale`.
    #[serde(default)]
    pub offset: f64,
    /// Range of the signal.
    pub minimum: f64,
    /// Range of the signal.
    pub maximum: f64,
    /// Fastest physical change per second.
    #[serde(default)]
    pub max_slew: Option<f64>,
    /// Raw numbers at which the converter is at its end.
    #[serde(default)]
    pub raw_range: Option<[f64; 2]>,
    /// A raw number that stays the same for so long is frozen; absent: never.
    #[serde(default)]
    pub frozen_after_ms: Option<u32>,
    /// How often it is polled.
    #[serde(default = "Channel::default_poll")]
    pub poll_ms: u32,
    /// Absent: three polls, at least 600 ms.
    #[serde(default)]
    pub longest_age_ms: Option<u32>,
}

impl Channel {
    const fn default_poll() -> u32 {
        200
    }

    /// From IIO's unit to the signal's.
    #[must_use]
    pub fn factor(&self) -> Option<f64> {
        self.scale.or_else(|| convert::factor(convert::kind(&self.channel), self.quantity.0))
    }
}

/// A quantity by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuantityName(pub Quantity);

impl<'de> Deserialize<'de> for QuantityName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let unknown = || serde::de::Error::custom(format!("`{name}` is no quantity"));
        Quantity::from_name(&name).map(Self).ok_or_else(unknown)
    }
}

/// A cause by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CauseName(pub Cause);

impl<'de> Deserialize<'de> for CauseName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let found = Cause::ALL.iter().find(|cause| **cause != Cause::None && cause.name() == name);
        let unknown = || serde::de::Error::custom(format!("`{name}` is no cause"));
        found.map(|cause| Self(*cause)).ok_or_else(unknown)
    }
}

impl Config {
    /// What is wrong with it beside names and ranges, one line each.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut unless = |fine: bool, problem: String| {
            if !fine {
                problems.push(problem);
            }
        };
        unless(!self.channels.is_empty(), "there is no channel".to_owned());
        unless((2..=65_536).contains(&self.buffer_length), "`buffer_length` must be 2 to 65536".to_owned());
        let files = self.settings.iter().map(|setting| &setting.file);
        for file in files.chain(self.faults.iter().map(|fault| &fault.file)) {
            unless(is_path(file), format!("`{file}` must be a file in the device's folder"));
        }
        for fault in &self.faults {
            for name in &fault.channels {
                let known = self.channels.iter().any(|channel| channel.name == *name);
                unless(known, format!("{}: there is no channel `{name}`", fault.file));
            }
        }
        for channel in &self.channels {
            let name = &channel.name;
            unless(
                is_path(&channel.channel) && channel.channel.starts_with("in_"),
                format!("{name}: `channel` is the beginning of its files' names, for example `in_voltage0`"),
            );
            unless(
                channel.factor().is_some(),
                format!("{name}: IIO has no such quantity for this channel: give its `scale`"),
            );
            let scales = channel.scale.is_none_or(f64::is_normal) && channel.offset.is_finite();
            unless(scales, format!("{name}: `scale` must be finite and not 0, `offset` finite"));
            let ends =
                channel.raw_range.is_none_or(|[low, high]| low.is_finite() && high.is_finite() && low < high);
            unless(ends, format!("{name}: `raw_range` must ascend"));
            unless(channel.poll_ms >= 10, format!("{name}: `poll_ms` must be at least 10"));
            unless(channel.frozen_after_ms != Some(0), format!("{name}: `frozen_after_ms` must be above 0"));
        }
        problems
    }
}

/// Relative, and nothing that leads out of the folder.
fn is_path(path: &str) -> bool {
    path.split('/').all(|part| !part.is_empty() && part != "." && part != ".." && !part.contains('\0'))
}
