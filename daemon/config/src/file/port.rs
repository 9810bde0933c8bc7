// SPDX-License-Identifier: MIT OR Apache-2.0
//! `[ports.NAME]` as it is written: at most one bus, and the GPIO lines that belong to its devices.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One bus with the GPIO lines of its devices, or GPIO lines alone; owned by one host process.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Port {
    /// What kind of bus.
    pub kind: PortKind,
    /// Device node of a serial line (modbus-rtu, serial) or of an I2C bus (i2c), or `unix:PATH` of a simulated one.
    pub device: Option<String>,
    /// `host:port` (modbus-tcp).
    pub address: Option<String>,
    /// Bits per second of a serial line; default 115200.
    pub baud: Option<u32>,
    /// Parity of a serial line; default even for modbus-rtu, none for serial.
    pub parity: Option<Parity>,
    /// Stop bits of a serial line, 1 or 2; default 1.
    pub stop_bits: Option<u8>,
    /// Let the kernel switch the direction of an RS-485 line; default false.
    pub rs485: Option<bool>,
    /// The chips of an SPI bus (spi); drivers name them by their place in this list, from 0.
    pub chips: Option<Vec<SpiChip>>,
    /// The folder of a kernel driver's files (attributes); nothing above it can be reached.
    pub directory: Option<String>,
    /// Where a kernel driver delivers its samples (attributes): a device node or FIFO, or `unix:PATH` of a simulated one.
    pub stream: Option<String>,
    /// GPIO lines, by the name that drivers use; a port of any kind may have some.
    #[serde(default)]
    pub lines: BTreeMap<String, Line>,
    /// How long a device may take to answer, in ms, 1 to 5000; default 50 (modbus-tcp: 250).
    pub timeout_ms: Option<u64>,
    /// How often a failed Modbus request is repeated, 0 to 5; default 2.
    pub retries: Option<u32>,
    /// The least silence in ms between an answer and the next request to the same device, 0 to 100; default 4.
    pub turnaround_ms: Option<u64>,
    /// Keys with which the pump on this port is driven while there is no daemon.
    pub local_control: Option<LocalControl>,
}

/// Two keys, and perhaps a lamp and a display, that this port's host serves by itself while the daemon is gone.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LocalControl {
    /// The pump's driver, which must be on this port.
    pub driver: String,
    /// The driver's command for the speed; default "speed".
    pub command: Option<String>,
    /// The driver's signal with the true speed, for the display and for a start behind a restart; default "actual_speed".
    pub feedback: Option<String>,
    /// The input line of the key that raises the speed.
    pub raise: String,
    /// The input line of the key that lowers the speed.
    pub lower: String,
    /// The output line of a lamp that is on while the keys act.
    pub lamp: Option<String>,
    /// `DRIVER.COMMAND` on this port that shows a speed.
    pub display: Option<String>,
    /// How far one press goes, in rpm, 10 to 500; default 100.
    pub step_rpm: Option<f64>,
    /// The keys go no lower; default: `[control] minimum_speed_rpm`.
    pub minimum_rpm: Option<f64>,
    /// The keys go no higher; default: `[control] maximum_speed_rpm`.
    pub maximum_rpm: Option<f64>,
    /// How fast the speed follows the keys, in rpm/s; default: `[control] slew_rpm_per_s`.
    pub slew_rpm_per_s: Option<f64>,
    /// How long the daemon must have been silent before the keys act, in ms, 200 to 5000; default 500.
    pub silence_ms: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PortKind {
    ModbusRtu,
    ModbusTcp,
    Serial,
    Spi,
    I2c,
    Gpio,
    Attributes,
}

impl PortKind {
    /// The word in files.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ModbusRtu => "modbus-rtu",
            Self::ModbusTcp => "modbus-tcp",
            Self::Serial => "serial",
            Self::Spi => "spi",
            Self::I2c => "i2c",
            Self::Gpio => "gpio",
            Self::Attributes => "attributes",
        }
    }
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Parity {
    None,
    Even,
    Odd,
}

/// One chip of an SPI bus.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SpiChip {
    /// Its spidev node, such as `/dev/spidev0.0`, or `unix:PATH` of a simulated one.
    pub device: String,
    /// Clock polarity and phase, 0 to 3; default 0.
    #[serde(default)]
    pub mode: u8,
    /// Its fastest clock in Hz, 1000 to 100000000.
    pub max_hz: u32,
}

/// One GPIO line.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    /// The chip's node, such as `/dev/gpiochip0`, or `unix:PATH` of a simulated one.
    pub chip: String,
    /// The line's number on the chip, or `name`.
    pub line: Option<u32>,
    /// The line's name on the chip, or `line`.
    pub name: Option<String>,
    /// Read or driven.
    pub direction: Direction,
    /// Which edges of an input are told; default none.
    pub edge: Option<LineEdge>,
    /// The resistor at the line; default as_is.
    pub bias: Option<LineBias>,
    /// How an output drives; default push_pull.
    pub drive: Option<LineDrive>,
    /// Level 1 is the lower voltage; default false.
    #[serde(default)]
    pub active_low: bool,
    /// A level of an input counts when it has lasted this long, in microseconds, 0 to 1000000; default 0.
    pub debounce_us: Option<u32>,
    /// First level of an output, 0 or 1; default: the one that it has.
    pub initial: Option<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Direction {
    Input,
    Output,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LineEdge {
    None,
    Rising,
    Falling,
    Both,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LineBias {
    AsIs,
    PullUp,
    PullDown,
    Disabled,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LineDrive {
    PushPull,
    OpenDrain,
    OpenSource,
}
