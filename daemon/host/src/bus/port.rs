// SPDX-License-Identifier: MIT OR Apache-2.0
//! A port as its configuration describes it, started.

use std::io;
use std::sync::Arc;

use ecmod_config::{self as config, PortKind};
use ecmod_plugin::abi;
use ecmod_quantities::{Monotonic, Span};

use super::attributes::Attributes;
use super::counters::{Counters, Devices, Snapshot};
use super::gate::{Gate, Opener, PortState};
use super::i2c::I2c;
use super::lines::Lines;
use super::modbus::{Encoding, LONGEST_WAIT, Modbus, Settings};
use super::node::at;
use super::serial::Serial;
use super::spi::Spi;
use super::{tcp, tty};

/// The bus of a port.
pub enum Bus {
    /// None: GPIO lines alone.
    None,
    /// Registers and coils.
    Modbus(Box<Modbus>),
    /// Bytes.
    Serial(Serial),
    /// Chips.
    Spi(Spi),
    /// Devices with addresses.
    I2c(I2c),
    /// A kernel driver's files.
    Attributes(Attributes),
}

/// At most one bus, and lines.
pub struct Port {
    /// The bus.
    pub bus: Bus,
    /// The GPIO lines, if there are any.
    pub lines: Option<Lines>,
    counters: Arc<Counters>,
    timeout: Span,
}

impl Port {
    /// Starts the port called `name`; its devices are opened in the background and opened again when lost.
    ///
    /// # Errors
    /// If the system gives no thread or descriptor.
    pub fn start(name: &str, port: &config::Port) -> io::Result<Self> {
        // what other users of a line or a simulated chip are told
        let consumer = format!("ecmod:{name}");
        let devices = match &port.kind {
            PortKind::Spi(_) => Devices::Chips,
            PortKind::I2c { .. } => Devices::Addresses,
            PortKind::Attributes { .. } => Devices::Files,
            PortKind::ModbusRtu(_) | PortKind::ModbusTcp { .. } | PortKind::Serial(_) | PortKind::Gpio => {
                Devices::Units
            }
        };
        let counters = Arc::new(Counters::of(devices));
        let lines = (!port.lines.is_empty())
            .then(|| Lines::start(&port.lines, &consumer, port.timeout, Arc::clone(&counters)))
            .transpose()?;
        let bus = bus(port, &consumer, &counters)?;
        Ok(Self { bus, lines, counters, timeout: port.timeout })
    }

    /// What any request may take at most by its own timeouts, in the worst case: waiting for a turn, for the device to be opened again, and for answers that
    /// do not come, as often as it is repeated. `timeout`: in place of the port's, if it is longer.
    #[must_use]
    pub fn longest(&self, timeout: Option<Span>) -> Span {
        let timeout = timeout.unwrap_or(self.timeout).max(self.timeout);
        match &self.bus {
            Bus::Modbus(modbus) => modbus.longest(timeout),
            Bus::None | Bus::Serial(_) | Bus::Spi(_) | Bus::I2c(_) | Bus::Attributes(_) => {
                Span(LONGEST_WAIT.0.saturating_add(timeout.0.saturating_mul(3)))
            }
        }
    }

    /// What drivers find here: `ECMOD_BUS_*`.
    #[must_use]
    pub fn offered(&self) -> u32 {
        let bus = match &self.bus {
            Bus::None => 0,
            Bus::Modbus(_) => abi::ECMOD_BUS_MODBUS,
            Bus::Serial(_) => abi::ECMOD_BUS_SERIAL,
            Bus::Spi(_) => abi::ECMOD_BUS_SPI,
            Bus::I2c(_) => abi::ECMOD_BUS_I2C,
            Bus::Attributes(_) => abi::ECMOD_BUS_ATTRIBUTES,
        };
        if self.lines.is_some() { bus | abi::ECMOD_BUS_GPIO } else { bus }
    }

    /// Whether everything is open, or the first thing that is not, and why.
    #[must_use]
    pub fn status(&self) -> (PortState, String) {
        let bus = match &self.bus {
            Bus::None => (PortState::Connected, String::new()),
            Bus::Modbus(modbus) => modbus.gate().status(),
            Bus::Serial(serial) => serial.gate().status(),
            Bus::Spi(spi) => spi.status(),
            Bus::I2c(i2c) => i2c.gate().status(),
            Bus::Attributes(attributes) => attributes.status(),
        };
        match &self.lines {
            Some(lines) if bus.0 == PortState::Connected => lines.status(),
            _ => bus,
        }
    }

    /// Waits until everything is open; `false` at `deadline`.
    #[must_use]
    pub fn wait_open(&self, deadline: Monotonic) -> bool {
        let bus = match &self.bus {
            Bus::None => true,
            Bus::Modbus(modbus) => modbus.gate().wait_connected(deadline),
            Bus::Serial(serial) => serial.gate().wait_connected(deadline),
            Bus::Spi(spi) => spi.wait_open(deadline),
            Bus::I2c(i2c) => i2c.gate().wait_connected(deadline),
            Bus::Attributes(attributes) => attributes.wait_open(deadline),
        };
        self.lines.as_ref().is_none_or(|lines| lines.wait_open(deadline)) && bus
    }

    /// Why the port is not open, if it is not.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        match self.status() {
            (PortState::Connected, _) => None,
            (PortState::Waiting | PortState::Lost, reason) => Some(reason),
        }
    }

    /// All counters by name, and whether the port is open as `connected` 0 or 1.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = self.counters.snapshot();
        let connected = self.status().0 == PortState::Connected;
        snapshot.port.insert("connected".to_owned(), u64::from(connected));
        snapshot
    }
}

fn bus(port: &config::Port, consumer: &str, counters: &Arc<Counters>) -> io::Result<Bus> {
    let gate = |opener: Opener| Gate::start(opener, Arc::clone(counters));
    let settings = || Settings::new(port.timeout, port.retries, port.turnaround);
    let counted = || Arc::clone(counters);
    Ok(match port.kind.clone() {
        PortKind::Gpio => Bus::None,
        PortKind::ModbusRtu(line) => {
            let gate =
                gate(Box::new(move || tty::open_line(&line).map_err(|error| at(&line.device, &error))))?;
            Bus::Modbus(Box::new(Modbus::new(Encoding::Rtu, settings(), gate, counted())))
        }
        PortKind::ModbusTcp { address } => {
            let gate = gate(Box::new(move || tcp::connect(&address).map_err(|error| at(&address, &error))))?;
            Bus::Modbus(Box::new(Modbus::new(Encoding::Tcp, settings(), gate, counted())))
        }
        PortKind::Serial(line) => {
            let gate =
                gate(Box::new(move || tty::open_line(&line).map_err(|error| at(&line.device, &error))))?;
            Bus::Serial(Serial::new(gate, port.timeout, counted())?)
        }
        PortKind::Spi(chips) => Bus::Spi(Spi::start(&chips, consumer, port.timeout, counted())?),
        PortKind::I2c { device } => Bus::I2c(I2c::start(&device, consumer, port.timeout, counted())?),
        PortKind::Attributes { directory, stream } => {
            Bus::Attributes(Attributes::start(&directory, stream.as_deref(), port.timeout, counted())?)
        }
    })
}
