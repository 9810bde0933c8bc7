// SPDX-License-Identifier: MIT OR Apache-2.0
//! The beginning of a connection: what a host has, and the daemon's answer.

use super::check::{At, MAX_DRIVERS};
use super::{DriverState, Error, Hold, PROTOCOL};
use crate::image::{Bounds, Layout};
use ecmod_quantities::{Monotonic, Quantity};
use serde::{Deserialize, Serialize};

/// Who a host is and what it has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// [`PROTOCOL`].
    pub protocol: u32,
    /// Name of its port.
    pub port: String,
    /// Its process id, as it sees it; the daemon believes the socket's credentials instead.
    pub pid: u32,
    /// What it makes of the configuration that is written.
    #[serde(default, skip_serializing_if = "Written::is_in_force")]
    pub written: Written,
    /// Whether it answers the daemon's questions behind the welcome. Hosts of the first release do not say so and do not.
    #[serde(default)]
    pub answers: bool,
    /// Its drivers, in slot order.
    pub drivers: Vec<DriverHello>,
}

/// What a host makes of the configuration that is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Written {
    /// It runs with it.
    #[default]
    InForce,
    /// It is wrong: the host runs with the copy of its last good one.
    Invalid,
    /// There is none: as above.
    Lost,
}

impl Written {
    /// Whether all is as it should be.
    #[must_use]
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
    pub fn is_in_force(&self) -> bool {
        *self == Self::InForce
    }
}

/// One driver instance with its tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriverHello {
    /// Name of the instance in the configuration.
    pub id: String,
    /// `vendor,model` of the descriptor; empty while the driver is absent.
    pub model: String,
    /// Version of the driver.
    pub version: String,
    /// The ABI it was built for: major version in the higher 16 bits.
    pub abi: u32,
    /// SPDX expression.
    pub licence: String,
    /// One line.
    pub description: String,
    /// What was loaded.
    pub library: String,
    /// What happens to the device without a link.
    pub hold: Hold,
    /// What the driver is doing.
    pub state: DriverState,
    /// Why, if that needs a reason; else empty.
    pub detail: String,
    /// What it measures, in slot order.
    pub signals: Vec<SignalHello>,
    /// What it can be told, in slot order.
    pub commands: Vec<CommandHello>,
    /// What the host last demanded of the device and still holds: at most one entry per command.
    pub held: Vec<Held>,
}

/// One signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalHello {
    /// Unique in the driver.
    pub name: String,
    /// One line for a person.
    pub label: String,
    /// What it is, by its name; the unit follows.
    #[serde(with = "quantity_by_name")]
    pub quantity: Quantity,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Fastest physical change per second; 0: not stated.
    pub max_slew: f64,
    /// An older sample is stale. In nanoseconds, not 0.
    pub longest_age_ns: u64,
}

/// One command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandHello {
    /// Unique in the driver, among its signals too.
    pub name: String,
    /// One line for a person.
    pub label: String,
    /// What it is, by its name; the unit follows.
    #[serde(with = "quantity_by_name")]
    pub quantity: Quantity,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Whether it moves the blood: only the control loop may own it.
    pub pump: bool,
}

/// A demand that the host has passed to the device and goes on with while there is no daemon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// Name of the command.
    pub command: String,
    /// In the command's unit, within its range.
    pub value: f64,
    /// When it was decided: nanoseconds of `CLOCK_MONOTONIC`.
    pub t_ns: u64,
    /// The demand's sequence number.
    pub sequence: u64,
    /// Whether the value is not a daemon's: somebody has changed it with the host's own keys since a daemon demanded it last.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub local: bool,
    /// Whether the value is not a daemon's: the host has given back, wholly or in part, what a daemon that is silent had lowered for a while.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub returned: bool,
}

/// The hello is accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Welcome {
    /// [`PROTOCOL`].
    pub protocol: u32,
    /// The layout of the image that comes with this message. It must be the hello's own.
    pub layout: Layout,
}

/// The hello is not accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// Why, in plain words.
    pub reason: String,
}

impl Hello {
    pub(super) fn check(&self) -> Result<(), Error> {
        let top = At::Top;
        same_protocol(self.protocol)?;
        top.field("port").name(&self.port)?;
        let drivers = top.field("drivers");
        drivers.count(self.drivers.len(), MAX_DRIVERS)?;
        drivers.unique("drivers", self.drivers.iter().map(|driver| driver.id.as_str()))?;
        for (index, driver) in self.drivers.iter().enumerate() {
            driver.check(&drivers.item(index))?;
        }
        self.layout().map(|_| ())
    }
}

impl DriverHello {
    fn check(&self, at: &At<'_>) -> Result<(), Error> {
        at.field("id").name(&self.id)?;
        for (name, text) in [
            ("model", &self.model),
            ("version", &self.version),
            ("licence", &self.licence),
            ("description", &self.description),
            ("library", &self.library),
            ("detail", &self.detail),
        ] {
            at.field(name).text(text)?;
        }
        let signals = at.field("signals");
        for (index, signal) in self.signals.iter().enumerate() {
            signal.check(&signals.item(index))?;
        }
        let commands = at.field("commands");
        for (index, command) in self.commands.iter().enumerate() {
            command.check(&commands.item(index))?;
        }
        let names = self
            .signals
            .iter()
            .map(|signal| &signal.name)
            .chain(self.commands.iter().map(|command| &command.name));
        at.unique("signals or commands", names.map(String::as_str))?;
        let held = at.field("held");
        held.unique("held commands", self.held.iter().map(|held| held.command.as_str()))?;
        for (index, entry) in self.held.iter().enumerate() {
            self.check_held(entry, &held.item(index))?;
        }
        Ok(())
    }

    fn check_held(&self, held: &Held, at: &At<'_>) -> Result<(), Error> {
        at.field("command").name(&held.command)?;
        match self.commands.iter().find(|command| command.name == held.command) {
            None => Err(at.field("command").error(format!("the driver has no command {:?}", held.command))),
            Some(command) if !command.bounds().contain(held.value) => Err(at
                .field("value")
                .error(format!("{} is not within {}..{}", held.value, command.min, command.max))),
            Some(_) => Ok(()),
        }
    }
}

impl SignalHello {
    /// The declared range.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        Bounds { min: self.min, max: self.max }
    }

    fn check(&self, at: &At<'_>) -> Result<(), Error> {
        at.field("name").name(&self.name)?;
        at.field("label").text(&self.label)?;
        at.range(self.bounds())?;
        if !(self.max_slew.is_finite() && self.max_slew >= 0.0) {
            return Err(at.field("max_slew").error("must be a finite number, 0 if it is not stated"));
        }
        if self.longest_age_ns == 0 {
            return Err(at.field("longest_age_ns").error("0 would make every sample stale"));
        }
        Ok(())
    }
}

impl CommandHello {
    /// The declared range.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        Bounds { min: self.min, max: self.max }
    }

    fn check(&self, at: &At<'_>) -> Result<(), Error> {
        at.field("name").name(&self.name)?;
        at.field("label").text(&self.label)?;
        at.range(self.bounds())
    }
}

impl Held {
    /// When it was decided.
    #[must_use]
    pub fn t(&self) -> Monotonic {
        Monotonic(self.t_ns)
    }
}

impl Welcome {
    /// To a hello of this layout.
    #[must_use]
    pub fn new(layout: Layout) -> Self {
        Self { protocol: PROTOCOL, layout }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        same_protocol(self.protocol)?;
        Layout::new(self.layout.inputs.into(), self.layout.outputs.into())?;
        Ok(())
    }
}

impl Refused {
    /// For this reason, made fit to be sent: shortened, control characters replaced.
    #[must_use]
    pub fn because(reason: impl std::fmt::Display) -> Self {
        Self { reason: super::check::fit(&reason.to_string()) }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        At::Top.field("reason").text(&self.reason)
    }
}

fn same_protocol(theirs: u32) -> Result<(), Error> {
    if theirs == PROTOCOL { Ok(()) } else { Err(Error::Protocol { theirs: theirs.into() }) }
}

mod quantity_by_name {
    use ecmod_quantities::Quantity;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::borrow::Cow;

    #[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
    pub(super) fn serialize<S: Serializer>(quantity: &Quantity, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(quantity.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Quantity, D::Error> {
        let name = Cow::<'de, str>::deserialize(deserializer)?;
        Quantity::from_name(&name).ok_or_else(|| {
            D::Error::custom(format!("no quantity is called {:?}", name.get(..48).unwrap_or(&name)))
        })
    }
}
