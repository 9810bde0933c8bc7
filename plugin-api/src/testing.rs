// SPDX-License-Identifier: MIT OR Apache-2.0
//! A host without a process: scripted buses, a clock that the test moves, a log that the test reads.
//!
//! ```
//! use ecmod_plugin::{Error, quantities::Span, testing::FakeHost};
//!
//! let fake = FakeHost::new();
//! fake.unit(1).holding(0x10, &[4000]);
//! let device = fake.host().modbus(1);
//! let mut register = [0];
//! assert_eq!(device.read_holding(0x10, &mut register), Ok(()));
//! assert_eq!(register, [4000]);
//!
//! fake.unit(1).fail(1, Error::Timeout);
//! let before = fake.now();
//! assert_eq!(device.timeout(Span::from_millis(7)).read_holding(0x10, &mut register), Err(Error::Timeout));
//! assert_eq!(fake.now().since(before), Span::from_millis(7));
//! ```
//!
//! Time passes only by [`FakeHost::advance`], by a driver's delays and timeouts, and by
//! [`FakeHost::transaction_time`] for each bus transaction. [`Harness`] drives a whole driver through its C ABI.

use crate::quantities::{Monotonic, Span};
use crate::{Error, Host, Level, LineLevel, abi};
use std::cell::RefCell;
use std::rc::Rc;

mod attributes;
mod buses;
mod chip;
mod functions;
mod harness;
mod modbus;
mod record;
mod schema;
mod state;

pub use chip::SpiChip;
pub use harness::{Harness, Sample};
pub use modbus::FakeUnit;
pub use record::{ModbusTable, Request};
pub use schema::schema_agrees;
pub use state::Everywhere;
use state::State;

/// A scripted host. Clones share everything.
#[derive(Debug, Clone)]
pub struct FakeHost(Rc<Fake>);

#[derive(Debug)]
struct Fake {
    state: RefCell<State>,
    table: abi::Host,
}

impl Default for FakeHost {
    fn default() -> Self {
        Self::new()
    }
}

impl FakeHost {
    /// A host whose clock shows one hour, with an empty configuration and nothing on any bus.
    #[must_use]
    pub fn new() -> Self {
        Self(Rc::new_cyclic(|fake| Fake {
            state: RefCell::new(State::new()),
            table: functions::table(fake.as_ptr()),
        }))
    }

    /// For a test of a driver's trait: what `Driver::open` takes.
    #[must_use]
    pub fn host(&self) -> Host {
        functions::host(self)
    }

    /// For a test through the C ABI: the host's table, valid as long as this (or a clone of it) lives.
    #[must_use]
    pub fn as_abi(&self) -> *const abi::Host {
        &raw const self.0.table
    }

    /// What the driver is configured with, as JSON. Text that is not JSON is delivered all the same.
    pub fn configure(&self, json: &str) {
        self.state(|state| json.clone_into(&mut state.config));
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Monotonic {
        self.state(|state| state.now)
    }

    /// Lets time pass.
    pub fn advance(&self, span: Span) {
        self.state(|state| state.now = state.now.plus(span));
    }

    /// How long every answered transaction takes from now on; zero at first.
    pub fn transaction_time(&self, span: Span) {
        self.state(|state| state.transaction_time = span);
    }

    /// The port's own timeout, where a driver states none; 50 ms at first.
    pub fn port_timeout(&self, span: Span) {
        self.state(|state| state.port_timeout = span);
    }

    /// What all buses do from now on, whatever is scripted: see [`Everywhere`].
    pub fn everywhere(&self, everywhere: Option<Everywhere>) {
        self.state(|state| state.set_everywhere(everywhere));
    }

    /// A Modbus device with this address; it answers from the first call on.
    #[must_use]
    pub fn unit(&self, unit: u8) -> FakeUnit {
        self.state(|state| {
            state.units.entry(unit).or_default();
        });
        FakeUnit::new(Rc::clone(&self.0), unit)
    }

    /// Bytes that come in on the serial line now.
    pub fn feed(&self, bytes: &[u8]) {
        self.state(|state| state.serial.extend(bytes));
    }

    /// The next `times` reads of the serial line fail with this.
    pub fn fail_serial(&self, times: usize, error: Error) {
        self.state(|state| state.serial_failures.extend(std::iter::repeat_n(error, times)));
    }

    /// Calls `answer` with the bytes of each serial write; what it returns comes in.
    pub fn on_serial_write(&self, answer: impl FnMut(&[u8]) -> Vec<u8> + 'static) {
        self.state(|state| state.on_serial = Some(Box::new(answer)));
    }

    /// Calls `chip` with the index of the SPI chip and all bytes sent under one chip select (zeros where it only
    /// reads). What it returns comes back, as far as it goes. Without it no chip answers.
    pub fn on_spi(&self, chip: impl FnMut(u32, &[u8]) -> Result<Vec<u8>, Error> + 'static) {
        self.state(|state| state.on_spi = Some(Box::new(chip)));
    }

    /// Puts a chip that is modelled byte by byte at this index; what is scripted by [`FakeHost::on_spi`] holds for the
    /// other indices. The test keeps its own clone of `chip`, to look at it and to spoil it.
    pub fn spi_chip<C: SpiChip>(&self, device: u32, chip: &Rc<RefCell<C>>) {
        let chip: Rc<RefCell<C>> = Rc::clone(chip);
        self.state(|state| state.spi_chips.insert(device, chip));
    }

    /// Calls `chip` with the I2C address and all bytes written in one transaction. What it returns is read, as far
    /// as it goes. Without it no chip answers.
    pub fn on_i2c(&self, chip: impl FnMut(u8, &[u8]) -> Result<Vec<u8>, Error> + 'static) {
        self.state(|state| state.on_i2c = Some(Box::new(chip)));
    }

    /// Sets a GPIO line, which exists from then on. A change is an edge.
    pub fn set_line(&self, name: &str, level: LineLevel) {
        self.state(|state| state.set_line(name, level));
    }

    /// The level of a line as the driver or the test last set it.
    #[must_use]
    pub fn line(&self, name: &str) -> Option<LineLevel> {
        self.state(|state| state.lines.get(name).map(|line| line.level))
    }

    /// Everything the driver asked of its buses so far, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.state(|state| state.requests.clone())
    }

    /// Those requests that change what a device does: Modbus writes and GPIO lines set. Whether bytes on a serial, SPI
    /// or I2C bus or a text in a file do that, only the device's protocol tells.
    #[must_use]
    pub fn writes(&self) -> Vec<Request> {
        self.state(|state| state.requests.iter().filter(|request| request.is_write()).cloned().collect())
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.state(|state| state.requests.clear());
    }

    /// Everything the driver logged so far.
    #[must_use]
    pub fn log(&self) -> Vec<(Level, String)> {
        self.state(|state| state.log.clone())
    }

    pub(crate) fn config(&self) -> String {
        self.state(|state| state.config.clone())
    }

    /// How many requests nobody answered so far.
    pub(crate) fn timeouts(&self) -> u64 {
        self.state(|state| state.timeouts)
    }

    /// `ECMOD_BUS_*` that the driver has used so far, but for lines, which any port may have.
    pub(crate) fn used(&self) -> u32 {
        self.state(|state| state.used)
    }

    /// Paths so far that lead out of the port's directory or are none.
    pub(crate) fn bad_paths(&self) -> Vec<String> {
        self.state(|state| state.bad_paths.clone())
    }

    fn state<R>(&self, use_it: impl FnOnce(&mut State) -> R) -> R {
        use_it(&mut self.0.state.borrow_mut())
    }
}
