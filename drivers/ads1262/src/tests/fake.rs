// SPDX-License-Identifier: MIT OR Apache-2.0
//! A chip made of registers, with bridges on its pins, for the driver's own tests.
//!
//! With a data-ready line a conversion takes its time at once, while it is started; without one it is ready when the fake
//! host's clock says so.

use crate::conversion::{checksum, crc8};
use crate::timing;
use ecmod_plugin::quantities::Monotonic;
use ecmod_plugin::testing::FakeHost;
use ecmod_plugin::{Error, LineLevel};
use std::cell::RefCell;
use std::rc::Rc;

/// The line at the chip's DRDY pin.
pub const LINE: &str = "data_ready";

/// How a transducer is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wiring {
    Whole,
    SignalOpen,
    ExcitationOpen,
}

#[derive(Debug, Clone, Copy)]
pub struct Bridge {
    pub mmhg: f64,
    pub ohm: f64,
    pub wiring: Wiring,
}

/// What the data line does, whatever the chip wants to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataLine {
    Works,
    StuckLow,
    StuckHigh,
}

/// The state of the chip; a test turns these screws.
#[derive(Debug)]
pub struct Chip {
    pub registers: [u8; 27],
    /// Bridge `i` is on pins `2 i` and `2 i + 1`.
    pub bridges: [Bridge; 5],
    pub supply: f64,
    /// What the reference is, relative to the supply.
    pub reference: f64,
    pub celsius: f64,
    pub offset: f64,
    /// What the second converter measures more than the first one.
    pub second_offset_mmhg: f64,
    pub data_line: DataLine,
    pub bus: Option<Error>,
    /// So many results arrive with a flipped bit.
    pub damage: u32,
    /// Conversions never end.
    pub hangs: bool,
    /// The DRDY pin does not reach the host.
    pub line_open: bool,
    pub transactions: u32,
    was_reset: bool,
    has_line: bool,
    second_runs: bool,
    code: i32,
    alarms: u8,
    is_new: bool,
    ready_at: Option<Monotonic>,
}

impl Chip {
    /// Its supply breaks down for a moment.
    pub fn brown_out(&mut self) {
        let id = self.registers[0];
        self.registers = [0; 27];
        for (register, value) in [
            (0, id),
            (1, 0x11),
            (2, 0x05),
            (4, 0x80),
            (5, 0x04),
            (6, 0x01),
            (12, 0x40),
            (13, 0xBB),
            (22, 0x01),
            (26, 0x40),
        ] {
            self.registers[register] = value;
        }
        (self.was_reset, self.is_new, self.ready_at, self.second_runs) = (true, false, None, false);
        self.code = 0;
    }

    fn reference_volts(&self, multiplexer: u8) -> f64 {
        match multiplexer {
            0x00 => 2.5,
            0x24 => self.supply * self.reference,
            other => panic!("reference {other:#04x}"),
        }
    }

    /// Volts at the inputs, and the alarms of STATUS.
    fn input(&self) -> (f64, u8) {
        let bias = [0.0, 0.5e-6, 2e-6, 10e-6, 50e-6, 200e-6][usize::from(self.registers[4] & 7)];
        let (positive, negative) = (self.registers[6] >> 4, self.registers[6] & 15);
        match (positive, negative) {
            (11, 11) => (0.1224 + (self.celsius - 25.0) * 420e-6, 0),
            (12, 12) => (self.supply / 4.0, 0),
            (13, 13) => (3.3 / 4.0, 0),
            (p, n) if p == n => (self.offset, 0),
            (p, n) if p / 2 == n / 2 => {
                let sign = if p < n { 1.0 } else { -1.0 };
                let bridge = self.bridges[usize::from(p / 2)];
                match bridge.wiring {
                    Wiring::Whole => {
                        (sign * bridge.mmhg * 5e-6 * self.supply + bias * bridge.ohm + self.offset, 0)
                    }
                    Wiring::SignalOpen if bias > 0.0 => (self.supply, 0x0E),
                    Wiring::SignalOpen => (0.0003, 0), // a plausible pressure
                    Wiring::ExcitationOpen => (0.0001, 0x08),
                }
            }
            other => panic!("inputs {other:?}"),
        }
    }

    fn convert(&mut self, now: Monotonic) -> Monotonic {
        let reference = self.reference_volts(self.registers[15]);
        let (volts, alarms) = self.input();
        let gain = f64::from(1u8 << (self.registers[5] >> 4));
        let share = volts * gain / reference;
        self.alarms =
            alarms | if share.abs() > 1.05 { 0x02 } else { 0 } | if reference < 0.4 { 0x10 } else { 0 };
        #[allow(clippy::cast_possible_truncation)] // saturates, as the chip does
        let code = (share * 2_147_483_648.0) as i32;
        self.code = code;
        self.is_new = false;
        let rate = [400, 1200, 2400, 4800, 7200][usize::from(self.registers[5] & 15) - 8];
        let delay = timing::DELAYS[usize::from(self.registers[3] & 15)];
        let conversion = timing::conversion(u64::from(self.registers[4] >> 5) + 1, rate);
        let ready_at = now.plus(delay).plus(conversion);
        self.ready_at = (!self.hangs).then_some(ready_at);
        ready_at
    }

    fn status(&self) -> u8 {
        let new = if self.is_new { 0x40 } else { 0 };
        let second = if self.second_runs { 0x80 } else { 0 };
        new | second | self.alarms | u8::from(self.was_reset)
    }

    fn tail(&mut self, data: &[u8]) -> u8 {
        if self.damage > 0 {
            self.damage -= 1;
            return crc8(data) ^ 0x10;
        }
        if self.registers[2] & 3 == 1 { checksum(data) } else { crc8(data) }
    }

    fn result(&mut self, now: Monotonic) -> [u8; 6] {
        if self.ready_at.is_some_and(|at| at <= now) {
            self.is_new = true;
            self.ready_at = None;
        }
        let [a, b, c, d] = self.code.to_be_bytes();
        let answer = [self.status(), a, b, c, d, self.tail(&[a, b, c, d])];
        self.is_new = false;
        answer
    }

    fn second_result(&self) -> [u8; 6] {
        assert_eq!(self.registers[21] >> 6, 1, "100 SPS");
        let bridge = self.bridges[usize::from(self.registers[22] >> 5)];
        let gain = f64::from(1u16 << (self.registers[21] & 7));
        let share = (bridge.mmhg + self.second_offset_mmhg) * 5e-6 * gain / self.reference;
        #[allow(clippy::cast_possible_truncation)]
        let [_, a, b, c] = ((share * 8_388_608.0) as i32).to_be_bytes();
        [self.status(), a, b, c, 0, crc8(&[a, b, c])]
    }

    fn write(&mut self, register: usize, value: u8) {
        match register {
            0 => {}
            1 => {
                self.was_reset &= value & 0x10 != 0;
                self.registers[1] = value;
            }
            _ => self.registers[register] = value,
        }
        if matches!(register, 3..=6 | 15) {
            (self.is_new, self.ready_at) = (false, None);
        }
    }
}

/// One chip on a fake host.
#[derive(Debug, Clone)]
pub struct Device {
    pub chip: Rc<RefCell<Chip>>,
}

impl Device {
    /// An ADS1262 (`id` 0x03) or ADS1263 (0x23), with its DRDY pin on [`LINE`] or not connected.
    pub fn new(fake: &FakeHost, id: u8, has_line: bool) -> Self {
        let bridge = Bridge { mmhg: 0.0, ohm: 350.0, wiring: Wiring::Whole };
        let mut chip = Chip {
            registers: [id; 27],
            bridges: [bridge; 5],
            supply: 5.0,
            reference: 1.0,
            celsius: 31.0,
            offset: 0.0,
            second_offset_mmhg: 0.0,
            data_line: DataLine::Works,
            bus: None,
            damage: 0,
            hangs: false,
            line_open: false,
            transactions: 0,
            was_reset: true,
            has_line,
            second_runs: false,
            code: 0,
            alarms: 0,
            is_new: false,
            ready_at: None,
        };
        chip.brown_out();
        if has_line {
            fake.set_line(LINE, LineLevel::High);
        }
        let device = Self { chip: Rc::new(RefCell::new(chip)) };
        let (chip, host) = (Rc::clone(&device.chip), fake.clone());
        fake.on_spi(move |_, sent| transact(&mut chip.borrow_mut(), &host, sent));
        device
    }

    pub fn with<R>(&self, change: impl FnOnce(&mut Chip) -> R) -> R {
        change(&mut self.chip.borrow_mut())
    }

    pub fn set_pressures(&self, mmhg: [f64; 5]) {
        self.with(|chip| chip.bridges.iter_mut().zip(mmhg).for_each(|(bridge, mmhg)| bridge.mmhg = mmhg));
    }
}

/// Everything under one chip select.
fn transact(chip: &mut Chip, host: &FakeHost, sent: &[u8]) -> Result<Vec<u8>, Error> {
    chip.transactions += 1;
    if let Some(error) = chip.bus {
        return Err(error);
    }
    let mut answer = Vec::new();
    let mut bytes = sent.iter().copied();
    while let Some(byte) = bytes.next() {
        answer.push(0);
        match byte {
            0x00 => {}
            0x06 => chip.brown_out(),
            0x08 => start(chip, host),
            0x0C => chip.second_runs = true,
            0x12 | 0x14 => {
                let result = if byte == 0x12 { chip.result(host.now()) } else { chip.second_result() };
                for out in result {
                    assert_eq!(bytes.next(), Some(0), "DIN is low while the chip answers: {sent:02x?}");
                    answer.push(out);
                }
            }
            0x20..=0x5F => {
                let count = bytes.next().unwrap() + 1;
                answer.push(0);
                for register in usize::from(byte & 0x1F)..usize::from(byte & 0x1F) + usize::from(count) {
                    let value = bytes.next().unwrap();
                    answer.push(if byte < 0x40 { chip.registers[register] } else { 0 });
                    if byte >= 0x40 {
                        chip.write(register, value);
                    }
                }
            }
            other => panic!("command {other:#04x} in {sent:02x?}"),
        }
    }
    match chip.data_line {
        DataLine::Works => {}
        DataLine::StuckLow => answer.fill(0x00),
        DataLine::StuckHigh => answer.fill(0xFF),
    }
    Ok(answer)
}

fn start(chip: &mut Chip, host: &FakeHost) {
    assert_eq!(chip.registers[3] & 0x40, 0x40, "pulse mode");
    let ready_at = chip.convert(host.now());
    if chip.has_line && !chip.hangs {
        host.set_line(LINE, LineLevel::High);
        host.advance(ready_at.since(host.now()));
        if !chip.line_open {
            host.set_line(LINE, LineLevel::Low);
        }
    }
}
