// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bus of a port: Modbus RTU, Modbus TCP or a serial byte stream, each with one owner - this process.
//!
//! # How it is built
//! ```text
//! driver threads --(turnstile: high before normal, bounded)--> line --(tokio-modbus codec)--> wire --> tty, pty, socket
//!                                                                ^ gate: opener thread, back-off
//! ```
//! A request is carried out by the driver thread that makes it, while it has its *turn*. There is no bus thread between,
//! and so no hand-over to one and back (two context switches, about a third of a request's time on a fast line), and a
//! pump's command goes out at once. What a bus thread would guarantee still holds: one request at a time, priorities, a
//! bounded queue, no request that is abandoned half-way.
//!
//! # Never
//! - returns another request's answer, or an answer of another length;
//! - waits without a limit;
//! - ends because a device, a line or a driver misbehaves.
//!
//! # Words
//! **Turn**: the right to use the line. **Attempt**: one frame out, one answer or failure back. **Dirty**: an answer may
//! still be on its way. **Settling**: waiting until it cannot be any more.

mod call;
mod counters;
mod error;
mod gate;
mod modbus;
mod request;
mod rtu;
mod serial;
mod stream;
mod tcp;
mod tty;
mod turnstile;

pub use counters::{Counters, DeviceCounter, PortCounter, Snapshot};
pub use error::{BusError, Damage, Result};
pub use gate::{Gate, Keeper, Opener, PortState};
pub use modbus::{BROADCAST_DELAY, Caller, Encoding, Modbus, SILENT, Settings};
pub use request::Table;
pub use serial::{CAPACITY, LONGEST_WRITE, Serial};
pub use stream::{LineTiming, Stream};
pub use tcp::connect;
pub use tty::open_line;
pub use turnstile::LONGEST_QUEUE;

use std::io;
use std::sync::Arc;

use ecmod_config::{Port, PortKind};

/// The bus of a port.
pub enum Bus {
    /// Registers and coils.
    Modbus(Box<Modbus>),
    /// Bytes.
    Serial(Serial),
}

impl Bus {
    /// Starts the bus of `port`; its device is opened in the background and reopened when lost.
    ///
    /// # Errors
    /// If the system gives no thread or descriptor.
    pub fn start(port: &Port) -> io::Result<Self> {
        let counters = Arc::new(Counters::default());
        let kind = port.kind.clone();
        let opener: Opener = Box::new(move || match &kind {
            PortKind::ModbusRtu(line) | PortKind::Serial(line) => tty::open_line(line),
            PortKind::ModbusTcp { address } => tcp::connect(address),
            PortKind::Spi(_) | PortKind::I2c { .. } | PortKind::Gpio | PortKind::Attributes { .. } => {
                Err(io::ErrorKind::Unsupported.into())
            }
        });
        let gate = Gate::start(opener, Arc::clone(&counters))?;
        let encoding = match &port.kind {
            PortKind::ModbusRtu(_) => Encoding::Rtu,
            PortKind::ModbusTcp { .. } => Encoding::Tcp,
            PortKind::Serial(_) => return Ok(Self::Serial(Serial::new(gate, port.timeout, counters)?)),
            PortKind::Spi(_) | PortKind::I2c { .. } | PortKind::Gpio | PortKind::Attributes { .. } => {
                return Err(io::ErrorKind::Unsupported.into());
            }
        };
        let settings = Settings::new(port.timeout, port.retries, port.turnaround);
        Ok(Self::Modbus(Box::new(Modbus::new(encoding, settings, gate, counters))))
    }

    /// Its opening and reopening.
    #[must_use]
    pub fn gate(&self) -> &Keeper {
        match self {
            Self::Modbus(modbus) => modbus.gate(),
            Self::Serial(serial) => serial.gate(),
        }
    }

    /// All counters by name, and whether the port is open as `connected` 0 or 1.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = match self {
            Self::Modbus(modbus) => modbus.counters().snapshot(),
            Self::Serial(serial) => serial.counters().snapshot(),
        };
        let connected = self.gate().status().0 == PortState::Connected;
        snapshot.port.insert("connected".to_owned(), u64::from(connected));
        snapshot
    }
}
