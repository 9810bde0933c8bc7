// SPDX-License-Identifier: MIT OR Apache-2.0
//! What happened on a port, counted per device and per cause.
//!
//! Counters only grow. They are taken under a lock of their own, held for an increment, so that the link thread can
//! read them while a request is on the line.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

macro_rules! counters {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$item_doc])* $item,)* }

        impl $name {
            /// All of them, in the order of their index.
            pub const ALL: &'static [Self] = &[$(Self::$item,)*];

            /// The word on D-Bus and in logs.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$item => $word,)* }
            }
        }
    };
}

counters! {
    /// What is counted for each device.
    DeviceCounter {
        /// Frames sent, repetitions included.
        Requests = "requests",
        /// Intact answers, exceptions included.
        Answers = "answers",
        /// Repetitions.
        Retries = "retries",
        /// Requests that failed in the end, exceptions not included.
        Failures = "failures",
        /// No byte came in time.
        Timeouts = "timeouts",
        /// The device refused.
        Exceptions = "exceptions",
        /// Bytes came without an intact frame among them.
        Checksum = "damaged_checksum",
        /// Another unit answered.
        WrongUnit = "damaged_unit",
        /// An answer to another function came.
        WrongFunction = "damaged_function",
        /// An answer with another number of items came.
        WrongLength = "damaged_length",
        /// A write was confirmed with other contents.
        WrongConfirmation = "damaged_confirmation",
        /// The answer came after its timeout and was thrown away.
        Late = "late_answers",
        /// Attempts that failed because the port did.
        Io = "io_errors",
        /// Transactions, of chips that have no requests and answers.
        Transfers = "transfers",
        /// Nobody acknowledged its address or a byte.
        NotAcknowledged = "not_acknowledged",
    }
}

counters! {
    /// What is counted for the port as a whole.
    PortCounter {
        /// How often the port was opened.
        Opened = "opened",
        /// How often opening failed.
        OpenFailures = "open_failures",
        /// How often an open port was lost.
        Lost = "lost",
        /// Bytes thrown away because nobody had asked for them.
        Drained = "drained_bytes",
        /// How often the line had to become clean before the next request.
        Settled = "settled",
        /// Own frames that the line gave back (RS-485 echo).
        Echoes = "echoes",
        /// Requests refused because too many were waiting.
        QueueFull = "queue_full",
        /// Requests that waited for their turn for too long.
        Busy = "busy",
        /// Bytes received on a serial port.
        Received = "received_bytes",
        /// Bytes sent on a serial port.
        Sent = "sent_bytes",
        /// Received bytes dropped because the driver did not fetch them.
        Overflow = "overflow_bytes",
        /// Edges of GPIO lines.
        Edges = "edges",
        /// Edges that nobody saw: the kernel or the driver was too slow.
        LostEdges = "lost_edges",
        /// Levels that could not be read or set.
        LineErrors = "line_errors",
    }
}

const DEVICE: usize = DeviceCounter::ALL.len();
const PORT: usize = PortCounter::ALL.len();

/// What a port's devices are, which names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Devices {
    /// Modbus units: `unit_N`.
    #[default]
    Units,
    /// Chips of an SPI bus: `chip_N`.
    Chips,
    /// Addresses of an I2C bus: `address_0xNN`.
    Addresses,
    /// The files of a kernel driver, all together: `files`.
    Files,
}

impl Devices {
    fn name(self, device: u8) -> String {
        match self {
            Self::Units => format!("unit_{device}"),
            Self::Chips => format!("chip_{device}"),
            Self::Addresses => format!("address_{device:#04x}"),
            Self::Files => "files".to_owned(),
        }
    }

    /// What is counted for such a device.
    fn counters(self) -> impl Iterator<Item = DeviceCounter> {
        use DeviceCounter::{Failures, Io, NotAcknowledged, Timeouts, Transfers, WrongLength};
        let counts = move |counter: &DeviceCounter| match (self, counter) {
            (Self::Units, Transfers | NotAcknowledged) => false,
            (Self::Units, _) | (Self::Addresses, NotAcknowledged) => true,
            (_, counter) => matches!(counter, Transfers | Failures | Timeouts | WrongLength | Io),
        };
        DeviceCounter::ALL.iter().copied().filter(counts)
    }
}

#[derive(Debug)]
struct State {
    names: Devices,
    port: [u64; PORT],
    devices: BTreeMap<u8, [u64; DEVICE]>,
}

/// The counters of one port.
#[derive(Debug)]
pub struct Counters(Mutex<State>);

/// Counters by name; what the daemon shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// The port's own.
    pub port: BTreeMap<String, u64>,
    /// Those of each device, by its [name](Devices).
    pub devices: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Default for Counters {
    fn default() -> Self {
        Self::of(Devices::default())
    }
}

impl Counters {
    /// Of a port with such devices.
    #[must_use]
    pub fn of(names: Devices) -> Self {
        Self(Mutex::new(State { names, port: [0; PORT], devices: BTreeMap::new() }))
    }

    /// Adds `count` to a counter of the port.
    pub fn port(&self, counter: PortCounter, count: u64) {
        self.with(|state| add(&mut state.port, counter as usize, count));
    }

    /// Adds one to a counter of a device.
    pub fn device(&self, unit: u8, counter: DeviceCounter) {
        self.with(|state| add(state.devices.entry(unit).or_insert([0; DEVICE]), counter as usize, 1));
    }

    /// Adds one to two counters of a device under one lock.
    pub(super) fn device_both(&self, unit: u8, first: DeviceCounter, second: DeviceCounter) {
        self.with(|state| {
            let device = state.devices.entry(unit).or_insert([0; DEVICE]);
            add(device, first as usize, 1);
            add(device, second as usize, 1);
        });
    }

    /// One counter of the port.
    #[must_use]
    pub fn of_port(&self, counter: PortCounter) -> u64 {
        self.with(|state| state.port.get(counter as usize).copied().unwrap_or(0))
    }

    /// One counter of a device; 0 if nothing was ever sent to it.
    #[must_use]
    pub fn of_device(&self, unit: u8, counter: DeviceCounter) -> u64 {
        self.with(|state| {
            state.devices.get(&unit).and_then(|all| all.get(counter as usize).copied()).unwrap_or(0)
        })
    }

    /// All counters by name.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.with(|state| {
            let port =
                PortCounter::ALL.iter().zip(state.port).map(|(c, n)| (c.name().to_owned(), n)).collect();
            let devices = state.devices.iter().map(|(device, all)| {
                let value = |counter: DeviceCounter| all.get(counter as usize).copied().unwrap_or(0);
                let named = state.names.counters().map(|c| (c.name().to_owned(), value(c))).collect();
                (state.names.name(*device), named)
            });
            Snapshot { port, devices: devices.collect() }
        })
    }

    fn with<T>(&self, action: impl FnOnce(&mut State) -> T) -> T {
        // a poisoned lock holds numbers like any other
        action(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn add(counters: &mut [u64], index: usize, count: u64) {
    if let Some(counter) = counters.get_mut(index) {
        *counter = counter.saturating_add(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_stand_under_their_names() {
        let counters = Counters::default();
        counters.port(PortCounter::Drained, 7);
        counters.device(3, DeviceCounter::Timeouts);
        counters.device_both(3, DeviceCounter::Timeouts, DeviceCounter::Requests);
        let snapshot = counters.snapshot();
        assert_eq!(snapshot.port["drained_bytes"], 7);
        assert_eq!(snapshot.devices["unit_3"]["timeouts"], 2);
        assert_eq!(snapshot.devices["unit_3"]["requests"], 1);
        assert_eq!(counters.of_device(9, DeviceCounter::Answers), 0);
        assert!(!snapshot.devices["unit_3"].contains_key("transfers"));
    }

    #[test]
    fn chips_and_addresses_are_counted_in_their_own_words() {
        let counters = Counters::of(Devices::Addresses);
        counters.device_both(0x48, DeviceCounter::Transfers, DeviceCounter::NotAcknowledged);
        let devices = counters.snapshot().devices;
        let named: Vec<_> = devices["address_0x48"].iter().filter(|(_, count)| **count > 0).collect();
        assert_eq!(named, [(&"not_acknowledged".to_owned(), &1), (&"transfers".to_owned(), &1)]);
        let counters = Counters::of(Devices::Chips);
        counters.device(1, DeviceCounter::Transfers);
        assert_eq!(
            counters.snapshot().devices["chip_1"].keys().collect::<Vec<_>>(),
            ["damaged_length", "failures", "io_errors", "timeouts", "transfers"]
        );
    }
}
