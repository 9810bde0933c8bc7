// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports: what one host process owns.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use ecmod_quantities::Span;

use super::LocalControl;

/// `[ports.NAME]`: at most one bus with the GPIO lines of its devices, owned by one host process.
#[derive(Debug, Clone, PartialEq)]
pub struct Port {
    /// What kind of bus, and where.
    pub kind: PortKind,
    /// GPIO lines by the name that drivers use.
    pub lines: BTreeMap<String, Line>,
    /// How long a device may take to answer.
    pub timeout: Span,
    /// How often a failed Modbus request is repeated.
    pub retries: u32,
    /// The least silence between an answer and the next request to the same Modbus device.
    pub turnaround: Span,
    /// Keys with which the pump on this port is driven while there is no daemon.
    pub local_control: Option<LocalControl>,
}

/// What kind of bus a port is.
#[derive(Debug, Clone, PartialEq)]
pub enum PortKind {
    /// Modbus RTU on a serial line.
    ModbusRtu(SerialLine),
    /// Modbus TCP to one `host:port`.
    ModbusTcp {
        /// `host:port`
        address: String,
    },
    /// A byte stream on a serial line.
    Serial(SerialLine),
    /// An SPI bus; drivers name its chips by their place in the list. Never empty.
    Spi(Vec<SpiChip>),
    /// An I2C bus.
    I2c {
        /// A device node, or `unix:PATH` for the socket of a simulated bus.
        device: String,
    },
    /// GPIO lines alone.
    Gpio,
    /// The files of a kernel driver.
    Attributes {
        /// The folder; nothing above it can be reached.
        directory: PathBuf,
        /// Where samples come from: a device node or FIFO, or `unix:PATH` for the socket of a simulated one.
        stream: Option<String>,
    },
}

impl Port {
    /// What the port is connected to, for a person: the device of its bus, or the chips of its lines if it has no bus.
    #[must_use]
    pub fn device(&self) -> String {
        let chips: BTreeSet<&str> = self.lines.values().map(|line| line.chip.as_str()).collect();
        match &self.kind {
            PortKind::Gpio => chips.into_iter().collect::<Vec<_>>().join(", "),
            kind => kind.device().to_owned(),
        }
    }
}

impl PortKind {
    /// The word in configuration files and on D-Bus.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ModbusRtu(_) => "modbus-rtu",
            Self::ModbusTcp { .. } => "modbus-tcp",
            Self::Serial(_) => "serial",
            Self::Spi(_) => "spi",
            Self::I2c { .. } => "i2c",
            Self::Gpio => "gpio",
            Self::Attributes { .. } => "attributes",
        }
    }

    /// The device node, address or folder that the bus needs for itself; the first one of an SPI bus, empty for GPIO lines.
    #[must_use]
    pub fn device(&self) -> &str {
        match self {
            Self::ModbusRtu(line) | Self::Serial(line) => &line.device,
            Self::ModbusTcp { address } => address,
            Self::Spi(chips) => chips.first().map_or("", |chip| chip.device.as_str()),
            Self::I2c { device } => device,
            Self::Gpio => "",
            Self::Attributes { directory, .. } => directory.to_str().unwrap_or_default(),
        }
    }
}

/// A tty and its line settings; eight data bits always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerialLine {
    /// A device node, or `unix:PATH` for the socket of a simulated device.
    pub device: String,
    /// Bits per second.
    pub baud: u32,
    /// Parity.
    pub parity: Parity,
    /// 1 or 2.
    pub stop_bits: u8,
    /// Let the kernel switch the line's direction (`TIOCSRS485`).
    pub rs485: bool,
}

/// Parity of a serial line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parity {
    /// No parity bit.
    None,
    /// Even.
    Even,
    /// Odd.
    Odd,
}

/// One chip of an SPI bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpiChip {
    /// A spidev node, or `unix:PATH` for the socket of a simulated chip.
    pub device: String,
    /// Clock polarity (bit 1) and phase (bit 0).
    pub mode: u8,
    /// Fastest clock.
    pub max_hz: u32,
}

/// One GPIO line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The chip's device node, or `unix:PATH` for the socket of a simulated one.
    pub chip: String,
    /// Which of its lines.
    pub select: LineSelect,
    /// Read or driven.
    pub direction: LineDirection,
    /// The resistor at the line.
    pub bias: LineBias,
    /// Level 1 is the lower voltage.
    pub active_low: bool,
}

impl Line {
    /// Whether edges of this line are told.
    #[must_use]
    pub fn has_edges(&self) -> bool {
        matches!(self.direction, LineDirection::Input { edge, .. } if edge != LineEdge::None)
    }
}

/// How a line of a chip is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineSelect {
    /// By its number.
    Offset(u32),
    /// By its name.
    Name(String),
}

/// What a line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineDirection {
    /// Read.
    Input {
        /// Which edges are told.
        edge: LineEdge,
        /// A level counts when it has lasted this long.
        debounce: Span,
    },
    /// Driven.
    Output {
        /// First level; `None`: the one that it has.
        initial: Option<bool>,
        /// How.
        drive: LineDrive,
    },
}

/// Which edges are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEdge {
    /// None.
    None,
    /// 0 to 1.
    Rising,
    /// 1 to 0.
    Falling,
    /// All.
    Both,
}

/// The resistor at a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineBias {
    /// As it is.
    AsIs,
    /// To the supply.
    PullUp,
    /// To ground.
    PullDown,
    /// None.
    Disabled,
}

/// How an output drives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineDrive {
    /// Both levels.
    PushPull,
    /// The lower voltage only.
    OpenDrain,
    /// The higher voltage only.
    OpenSource,
}
