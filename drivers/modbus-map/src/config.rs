// SPDX-License-Identifier: MIT OR Apache-2.0
//! The configuration of a mapped device: which register is which signal, which command is which register.

use ecmod_plugin::quantities::{Cause, Quantity};
use serde::Deserialize;

/// A device, described.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Modbus unit (slave) address, 1 to 247 on RTU.
    pub unit: u8,
    /// What is read.
    #[serde(default)]
    pub signals: Vec<Signal>,
    /// What is written.
    #[serde(default)]
    pub commands: Vec<Command>,
    /// Most unused items that may be read along to save a request.
    #[serde(default = "Config::default_largest_gap")]
    pub largest_gap: u16,
    /// Most registers that the device gives in one read (Modbus allows 125).
    #[serde(default = "Config::default_registers")]
    pub registers_per_read: u16,
    /// Most bits that the device gives in one read (Modbus allows 2000).
    #[serde(default = "Config::default_bits")]
    pub bits_per_read: u16,
    /// What must never be read, not even along with something else.
    #[serde(default)]
    pub excluded: Vec<Excluded>,
    /// How long to wait for an answer; absent: as long as the port says.
    #[serde(default)]
    pub timeout_ms: Option<u32>,
}

impl Config {
    const fn default_largest_gap() -> u16 {
        8
    }
    const fn default_registers() -> u16 {
        125
    }
    const fn default_bits() -> u16 {
        2000
    }
}

/// The four tables of a Modbus device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Table {
    /// Holding registers (functions 3, 6, 16).
    Holding,
    /// Input registers (function 4).
    Input,
    /// Coils (functions 1, 5, 15).
    Coil,
    /// Discrete inputs (function 2).
    Discrete,
}

impl Table {
    /// Whether its items are bits.
    #[must_use]
    pub const fn is_bits(self) -> bool {
        match self {
            Self::Coil | Self::Discrete => true,
            Self::Holding | Self::Input => false,
        }
    }
}

/// How the registers of a value are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    /// One bit: an item of a bit table, or bit `bit` of a register.
    Bit,
    /// 16 bits without sign.
    U16,
    /// 16 bits, two's complement.
    I16,
    /// 32 bits without sign.
    U32,
    /// 32 bits, two's complement.
    I32,
    /// 64 bits without sign.
    U64,
    /// 64 bits, two's complement.
    I64,
    /// IEEE 754 single precision.
    F32,
    /// IEEE 754 double precision.
    F64,
}

impl Type {
    /// How many items (registers, or bits in a bit table) a value takes.
    #[must_use]
    pub const fn items(self) -> u16 {
        match self {
            Self::Bit | Self::U16 | Self::I16 => 1,
            Self::U32 | Self::I32 | Self::F32 => 2,
            Self::U64 | Self::I64 | Self::F64 => 4,
        }
    }

    /// All bits that a value of this type has.
    #[must_use]
    pub const fn all_bits(self) -> u64 {
        match self {
            Self::Bit => 1,
            Self::U16 | Self::I16 => 0xFFFF,
            Self::U32 | Self::I32 | Self::F32 => 0xFFFF_FFFF,
            Self::U64 | Self::I64 | Self::F64 => u64::MAX,
        }
    }

    /// Whether it is an integer of several bits.
    #[must_use]
    pub const fn is_integer(self) -> bool {
        match self {
            Self::U16 | Self::I16 | Self::U32 | Self::I32 | Self::U64 | Self::I64 => true,
            Self::Bit | Self::F32 | Self::F64 => false,
        }
    }
}

/// In which order the bytes of a value lie in its registers; A is the most significant byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum WordOrder {
    /// High word first, high byte first: what the Modbus specification uses.
    #[default]
    #[serde(rename = "ABCD", alias = "big")]
    Abcd,
    /// Low word first, bytes in order.
    #[serde(rename = "CDAB")]
    Cdab,
    /// High word first, bytes swapped.
    #[serde(rename = "BADC")]
    Badc,
    /// Low word first, bytes swapped: little endian throughout.
    #[serde(rename = "DCBA", alias = "little")]
    Dcba,
}

/// One signal.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    /// `[a-z][a-z0-9_]*`, unique in the device.
    pub name: String,
    /// One line for a person; absent: the name.
    #[serde(default)]
    pub label: Option<String>,
    /// What it is; the scaled value must be in this quantity's unit.
    pub quantity: QuantityName,
    /// Where it is.
    pub table: Table,
    /// Address as in the protocol, from 0 (register 40001 is `holding` 0).
    pub address: u16,
    /// What is there.
    #[serde(rename = "type")]
    pub kind: Type,
    /// In which order.
    #[serde(default)]
    pub word_order: WordOrder,
    /// With type `bit` in a register table: which bit, 0 is the lowest.
    #[serde(default)]
    pub bit: Option<u8>,
    /// With an integer type: which bits count; they are shifted down to the lowest of them.
    #[serde(default)]
    pub mask: Option<u64>,
    /// value = number * scale + offset.
    #[serde(default = "one")]
    pub scale: f64,
    /// value = number * scale + offset.
    #[serde(default)]
    pub offset: f64,
    /// Lowest value; below it the sample is bad, out of range.
    pub minimum: f64,
    /// Highest value; above it the sample is bad, out of range.
    pub maximum: f64,
    /// Fastest physical change per second; absent: not stated.
    #[serde(default)]
    pub max_slew: Option<f64>,
    /// How often it is read.
    #[serde(default = "hundred")]
    pub poll_ms: u32,
    /// When an older sample is stale; absent: three polls.
    #[serde(default)]
    pub longest_age_ms: Option<u32>,
    /// Raw numbers that are no measurement (before mask and scale), and what each means.
    #[serde(default)]
    pub invalid: Vec<Invalid>,
}

/// A raw number that is no measurement.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invalid {
    /// The bits of the registers, put in order, as a number without sign.
    pub raw: u64,
    /// Why there is no value.
    pub cause: CauseName,
}

/// One command.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// `[a-z][a-z0-9_]*`, unique among signals and commands.
    pub name: String,
    /// One line for a person; absent: the name.
    #[serde(default)]
    pub label: Option<String>,
    /// What it is; demanded in this quantity's unit.
    pub quantity: QuantityName,
    /// `holding` or `coil`.
    pub table: Table,
    /// Address as in the protocol, from 0.
    pub address: u16,
    /// What is written; `bit` only to coils.
    #[serde(rename = "type")]
    pub kind: Type,
    /// In which order.
    #[serde(default)]
    pub word_order: WordOrder,
    /// With an integer type: only these bits are changed; the others are read and written back as they are.
    #[serde(default)]
    pub mask: Option<u64>,
    /// number = (demand - offset) / scale.
    #[serde(default = "one")]
    pub scale: f64,
    /// number = (demand - offset) / scale.
    #[serde(default)]
    pub offset: f64,
    /// Lowest demand.
    pub minimum: f64,
    /// Highest demand.
    pub maximum: f64,
    /// The command moves the blood: only the control loop may own it.
    #[serde(default)]
    pub pump: bool,
    /// When it is written.
    #[serde(default)]
    pub write_on: WriteOn,
    /// How often the register is read back and compared (and written again if it differs); 0: never, for
    /// registers that cannot be read.
    #[serde(default = "thousand")]
    pub read_back_ms: u32,
}

/// When a command is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteOn {
    /// When what the device holds differs from what is demanded.
    #[default]
    Change,
    /// Every so many milliseconds, also when nothing changes (devices with a watchdog), and on change.
    EveryMs(u32),
}

/// Addresses that must not be read.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Excluded {
    /// In this table.
    pub table: Table,
    /// From this address.
    pub first: u16,
    /// To this one, inclusive.
    pub last: u16,
}

/// A quantity by the name that configuration files use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct QuantityName(pub Quantity);

impl TryFrom<String> for QuantityName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Quantity::from_name(&name).map(Self).ok_or_else(|| {
            let known: Vec<&str> = Quantity::ALL.iter().map(|quantity| quantity.name()).collect();
            format!("no quantity is called {name:?}; there are: {}", known.join(", "))
        })
    }
}

/// A cause by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct CauseName(pub Cause);

impl TryFrom<String> for CauseName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let known = || Cause::ALL.iter().copied().filter(|cause| *cause != Cause::None);
        known().find(|cause| cause.name() == name).map(Self).ok_or_else(|| {
            let names: Vec<&str> = known().map(Cause::name).collect();
            format!("no cause is called {name:?}; there are: {}", names.join(", "))
        })
    }
}

const fn one() -> f64 {
    1.0
}

const fn hundred() -> u32 {
    100
}

const fn thousand() -> u32 {
    1000
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::BTreeSet;

    fn named(object: &Value) -> BTreeSet<String> {
        object["properties"].as_object().unwrap().keys().cloned().collect()
    }

    /// The keys in "unknown field `zz`, expected one of `a`, `b`".
    fn taken<T: serde::de::DeserializeOwned>() -> BTreeSet<String> {
        let refusal = serde_json::from_str::<T>(r#"{"zz": 0}"#).err().unwrap().to_string();
        refusal.split('`').skip(3).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_schema_names_the_keys_the_quantities_and_the_defaults_that_are_taken() {
        let schema: Value = serde_json::from_str(include_str!("schema.json")).unwrap();
        assert_eq!(named(&schema), taken::<Config>());
        assert_eq!(named(&schema["properties"]["signals"]["items"]), taken::<Signal>());
        assert_eq!(named(&schema["properties"]["commands"]["items"]), taken::<Command>());
        let quantities: Vec<&str> = schema["$defs"]["quantity"]["enum"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(quantities, Quantity::ALL.iter().map(|quantity| quantity.name()).collect::<Vec<_>>());
        let config: Config = serde_json::from_str(r#"{"unit": 1}"#).unwrap();
        assert_eq!(schema["properties"]["largest_gap"]["default"], config.largest_gap);
        assert_eq!(schema["properties"]["registers_per_read"]["default"], config.registers_per_read);
        assert_eq!(schema["properties"]["bits_per_read"]["default"], config.bits_per_read);
    }
}
