// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a fake host remembers, and what its buses answer. No pointers here.

use super::attributes::File;
use super::chip::SpiChip as ChipModel;
use super::modbus::UnitState;
use super::record::{ModbusTable, Request};
use crate::quantities::{Monotonic, Span};
use crate::{Error, Level, LineLevel, abi};
use core::cell::RefCell;
use core::fmt;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

/// What all buses do, whatever is scripted. For checks that know nothing of the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Everywhere {
    /// Nobody answers: every request times out.
    Silence,
    /// Every device is there, and every item is 0; the serial line is silent.
    Zeros,
    /// Random answers and random failures, the same for the same seed.
    Noise(u64),
}

pub(super) type SerialAnswer = Box<dyn FnMut(&[u8]) -> Vec<u8>>;
pub(super) type SpiChip = Box<dyn FnMut(u32, &[u8]) -> Result<Vec<u8>, Error>>;
pub(super) type I2cChip = Box<dyn FnMut(u8, &[u8]) -> Result<Vec<u8>, Error>>;

#[derive(Debug)]
pub(super) struct Line {
    pub(super) level: LineLevel,
    pub(super) edges: VecDeque<abi::Edge>,
    sequence: u32,
}

pub(super) struct State {
    pub(super) now: Monotonic,
    pub(super) timeouts: u64,
    pub(super) transaction_time: Span,
    pub(super) port_timeout: Span,
    pub(super) config: String,
    pub(super) log: Vec<(Level, String)>,
    pub(super) requests: Vec<Request>,
    pub(super) units: BTreeMap<u8, UnitState>,
    pub(super) serial: VecDeque<u8>,
    pub(super) serial_failures: VecDeque<Error>,
    pub(super) on_serial: Option<SerialAnswer>,
    pub(super) on_spi: Option<SpiChip>,
    pub(super) spi_chips: BTreeMap<u32, Rc<RefCell<dyn ChipModel>>>,
    pub(super) on_i2c: Option<I2cChip>,
    pub(super) lines: BTreeMap<String, Line>,
    pub(super) attributes: BTreeMap<String, File>,
    /// What each read gives; `None`: the port has no stream.
    pub(super) stream: Option<VecDeque<Result<Vec<u8>, Error>>>,
    pub(super) waking: BTreeSet<String>,
    pub(super) urgent: u64,
    /// `ECMOD_BUS_*` that the driver has used, but for lines.
    pub(super) used: u32,
    /// Paths that lead out of the port's directory or are none.
    pub(super) bad_paths: Vec<String>,
    everywhere: Option<Everywhere>,
    random: u64,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("now", &self.now).field("units", &self.units).finish_non_exhaustive()
    }
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            now: Monotonic(0).plus(Span::from_secs(3600)),
            timeouts: 0,
            transaction_time: Span::ZERO,
            port_timeout: Span::from_millis(50),
            config: "{}".to_owned(),
            log: Vec::new(),
            requests: Vec::new(),
            units: BTreeMap::new(),
            serial: VecDeque::new(),
            serial_failures: VecDeque::new(),
            on_serial: None,
            on_spi: None,
            spi_chips: BTreeMap::new(),
            on_i2c: None,
            lines: BTreeMap::new(),
            attributes: BTreeMap::new(),
            stream: None,
            waking: BTreeSet::new(),
            urgent: 0,
            used: 0,
            bad_paths: Vec::new(),
            everywhere: None,
            random: 1,
        }
    }

    pub(super) fn set_everywhere(&mut self, everywhere: Option<Everywhere>) {
        self.everywhere = everywhere;
        if let Some(Everywhere::Noise(seed)) = everywhere {
            self.random = seed;
        }
    }

    pub(super) const fn everywhere(&self) -> Option<Everywhere> {
        self.everywhere
    }

    /// A request that nobody answers: the time passes.
    pub(super) fn time_out(&mut self, timeout_us: u32) -> Error {
        let span = if timeout_us == 0 { self.port_timeout } else { Span::from_micros(timeout_us.into()) };
        self.now = self.now.plus(span);
        self.timeouts += 1;
        Error::Timeout
    }

    /// A request that fails, with the time this takes.
    pub(super) fn fail(&mut self, error: Error, timeout_us: u32) -> Error {
        match error {
            Error::Timeout => self.time_out(timeout_us),
            error => {
                self.transact();
                error
            }
        }
    }

    /// An answered request: the time passes.
    pub(super) fn transact(&mut self) {
        self.now = self.now.plus(self.transaction_time);
    }

    pub(super) fn set_line(&mut self, name: &str, level: LineLevel) {
        let line = self.lines.entry(name.to_owned()).or_insert_with(|| Line {
            level,
            edges: VecDeque::new(),
            sequence: 0,
        });
        if line.level != level {
            line.level = level;
            line.sequence = line.sequence.wrapping_add(1);
            line.edges.push_back(abi::Edge {
                t_ns: self.now.0,
                rising: level as u32,
                sequence: line.sequence,
            });
        }
    }

    pub(super) fn modbus_read(
        &mut self,
        unit: u8,
        table: ModbusTable,
        address: u16,
        count: u16,
        timeout_us: u32,
    ) -> Result<Vec<u16>, Error> {
        self.used |= abi::ECMOD_BUS_MODBUS;
        self.requests.push(Request::ModbusRead { unit, table, address, count });
        match self.everywhere {
            Some(Everywhere::Silence) => return Err(self.time_out(timeout_us)),
            Some(Everywhere::Zeros) => {
                self.transact();
                return Ok(vec![0; count.into()]);
            }
            Some(Everywhere::Noise(_)) => {
                self.noise_failure(timeout_us)?;
                let bits = table.is_bits();
                return Ok((0..count).map(|_| if bits { self.noise() & 1 } else { self.noise() }).collect());
            }
            None => {}
        }
        self.answering(unit, timeout_us)?;
        let device = self.units.entry(unit).or_default();
        let addresses = (address..=u16::MAX).take(count.into());
        let items: Option<Vec<u16>> =
            addresses.map(|address| device.items.get(&(table, address)).copied()).collect();
        items.filter(|items| items.len() == usize::from(count)).ok_or(ILLEGAL_ADDRESS)
    }

    pub(super) fn modbus_write(
        &mut self,
        unit: u8,
        table: ModbusTable,
        address: u16,
        values: &[u16],
        timeout_us: u32,
    ) -> Result<(), Error> {
        self.used |= abi::ECMOD_BUS_MODBUS;
        self.requests.push(Request::ModbusWrite { unit, table, address, values: values.to_vec() });
        match self.everywhere {
            Some(Everywhere::Silence) => return Err(self.time_out(timeout_us)),
            Some(Everywhere::Zeros) => {
                self.transact();
                return Ok(());
            }
            Some(Everywhere::Noise(_)) => return self.noise_failure(timeout_us),
            None => {}
        }
        self.answering(unit, timeout_us)?;
        let device = self.units.entry(unit).or_default();
        let places: Vec<_> =
            (address..=u16::MAX).map(|address| (table, address)).take(values.len()).collect();
        if places.len() < values.len() || places.iter().any(|place| !device.items.contains_key(place)) {
            return Err(ILLEGAL_ADDRESS);
        }
        device.items.extend(places.into_iter().zip(values.iter().copied()));
        Ok(())
    }

    /// Whether the scripted device answers this request, and the time that takes.
    fn answering(&mut self, unit: u8, timeout_us: u32) -> Result<(), Error> {
        match self.units.get_mut(&unit) {
            None => Err(self.time_out(timeout_us)),
            Some(device) if device.silent => Err(self.time_out(timeout_us)),
            Some(device) => match device.failures.pop_front() {
                Some(error) => Err(self.fail(error, timeout_us)),
                None => {
                    self.transact();
                    Ok(())
                }
            },
        }
    }

    /// One in four requests fails somehow.
    pub(super) fn noise_failure(&mut self, timeout_us: u32) -> Result<(), Error> {
        const FAILURES: [Error; 6] =
            [Error::Timeout, Error::Corrupt, Error::Io, Error::Modbus(2), Error::Modbus(4), Error::Device];
        let dice = usize::from(self.noise() % 24);
        match FAILURES.get(dice) {
            Some(error) => Err(self.fail(*error, timeout_us)),
            None => {
                self.transact();
                Ok(())
            }
        }
    }

    /// A random word, by Steele, Lea and Flood's `SplitMix64`: <https://doi.org/10.1145/2714064.2660195>.
    #[allow(clippy::cast_possible_truncation)] // sixteen bits are wanted
    pub(super) const fn noise(&mut self) -> u16 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.random;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (word ^ (word >> 31)) as u16
    }
}

/// Modbus exception 2, illegal data address.
const ILLEGAL_ADDRESS: Error = Error::Modbus(2);
