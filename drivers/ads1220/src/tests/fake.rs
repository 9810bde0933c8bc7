// SPDX-License-Identifier: MIT OR Apache-2.0
//! A chip made of registers, with bridges on its pins, for the driver's own tests.
//!
//! With a data-ready line a conversion takes its time at once, while it is started; without one it is ready when the fake
//! host's clock says so.

use crate::timing;
use ecmod_plugin::quantities::{Monotonic, Span};
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
    pub wiring: Wiring,
}

/// What the data line does, whatever the chip wants to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataLine {
    Works,
    StuckLow,
    StuckHigh,
    /// Every byte has a flipped bit.
    Noisy,
}

/// The state of the chip; a test turns these screws.
#[derive(Debug)]
pub struct Chip {
    pub registers: [u8; 4],
    /// Bridge `i` is on pins `2 i` and `2 i + 1`.
    pub bridges: [Bridge; 2],
    pub supply: f64,
    /// What is at REFP0 and REFN0.
    pub reference: f64,
    pub celsius: f64,
    pub offset: f64,
    pub data_line: DataLine,
    pub bus: Option<Error>,
    /// Conversions never end.
    pub hangs: bool,
    /// No noise: the converter is stuck.
    pub frozen: bool,
    /// So long before every seventh transaction the host has no time.
    pub host_is_late: Span,
    /// It holds no settings: another chip.
    pub is_stranger: bool,
    pub transactions: u32,
    has_line: bool,
    code: i32,
    next: i32,
    noise: i32,
    ready_at: Option<Monotonic>,
}

impl Chip {
    /// Its supply breaks down for a moment.
    pub fn brown_out(&mut self) {
        (self.registers, self.code, self.ready_at) = ([0; 4], 0, None);
    }

    fn share(&self) -> f64 {
        let [r0, r1, r2, _] = self.registers;
        let reference = [2.048, self.reference, f64::NAN, self.supply][usize::from(r2 >> 6)];
        let gain = f64::from(1u8 << ((r0 >> 1) & 7));
        let current = if r1 & 1 == 1 { 10e-6 } else { 0.0 };
        let bridge = |index: usize, sign: f64| {
            let Bridge { mmhg, wiring } = self.bridges[index];
            match wiring {
                Wiring::Whole => sign * mmhg * 5e-6 * self.supply + current * 350.0,
                Wiring::SignalOpen if current > 0.0 => self.supply,
                Wiring::SignalOpen | Wiring::ExcitationOpen => 0.0002,
            }
        };
        let volts = match r0 >> 4 {
            0x0 => bridge(0, 1.0),
            0x5 => bridge(1, 1.0),
            0x6 => bridge(0, -1.0),
            0x7 => bridge(1, -1.0),
            0xC => return self.reference / 4.0 / 2.048,
            0xD => return self.supply / 4.0 / 2.048,
            0xE => self.offset,
            pin @ 0x8..=0xB => match self.bridges[usize::from((pin - 8) / 2)].wiring {
                Wiring::ExcitationOpen => 0.01,
                Wiring::Whole | Wiring::SignalOpen => self.supply / 2.0,
            },
            other => panic!("input {other:#x}"),
        };
        volts * gain / reference
    }

    fn convert(&mut self, now: Monotonic) -> Monotonic {
        let [_, r1, ..] = self.registers;
        assert_eq!(r1 & 0b0001_1100, 0, "normal mode, single shot");
        #[allow(clippy::cast_possible_truncation)] // saturates, and is clamped
        let code = if r1 & 2 == 2 {
            ((self.celsius / 0.03125) as i32) << 10
        } else {
            (self.share() * 8_388_608.0) as i32
        };
        self.noise = if self.frozen { 0 } else { (self.noise + 7) % 15 };
        self.next = code.saturating_add(self.noise).clamp(-0x80_0000, 0x7F_FFFF);
        let rate = [0, 0, 0, 0, 330, 600, 1000, 0][usize::from(r1 >> 5)];
        let ready_at = now.plus(timing::conversion(rate));
        self.ready_at = (!self.hangs).then_some(ready_at);
        ready_at
    }

    fn result(&mut self, now: Monotonic) -> [u8; 3] {
        if self.ready_at.is_some_and(|at| at <= now) {
            (self.code, self.ready_at) = (self.next, None);
        }
        let [_, a, b, c] = self.code.to_be_bytes();
        [a, b, c]
    }
}

/// One chip on a fake host.
#[derive(Debug, Clone)]
pub struct Device {
    chip: Rc<RefCell<Chip>>,
}

impl Device {
    /// With its DRDY pin on [`LINE`] or not connected.
    pub fn new(fake: &FakeHost, has_line: bool) -> Self {
        let chip = Chip {
            registers: [0; 4],
            bridges: [Bridge { mmhg: 0.0, wiring: Wiring::Whole }; 2],
            supply: 5.0,
            reference: 5.0,
            celsius: 31.0,
            offset: 0.0,
            data_line: DataLine::Works,
            bus: None,
            hangs: false,
            frozen: false,
            host_is_late: Span::ZERO,
            is_stranger: false,
            transactions: 0,
            has_line,
            code: 0,
            next: 0,
            noise: 0,
            ready_at: None,
        };
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

    pub fn set_pressures(&self, mmhg: [f64; 2]) {
        self.with(|chip| chip.bridges.iter_mut().zip(mmhg).for_each(|(bridge, mmhg)| bridge.mmhg = mmhg));
    }
}

/// Everything under one chip select.
fn transact(chip: &mut Chip, host: &FakeHost, sent: &[u8]) -> Result<Vec<u8>, Error> {
    chip.transactions += 1;
    if chip.transactions.is_multiple_of(7) {
        host.advance(chip.host_is_late);
    }
    if let Some(error) = chip.bus {
        return Err(error);
    }
    let mut answer = Vec::new();
    let mut bytes = sent.iter().copied();
    while let Some(byte) = bytes.next() {
        answer.push(0);
        match byte {
            0x06 => chip.brown_out(),
            0x08 => start(chip, host),
            0x10 => {
                for out in chip.result(host.now()) {
                    assert_eq!(bytes.next(), Some(0), "DIN is low while the chip answers: {sent:02x?}");
                    answer.push(out);
                }
            }
            0x20..=0x4F => {
                let (register, count) = (usize::from(byte >> 2 & 3), usize::from(byte & 3) + 1);
                for register in register..register + count {
                    let value = bytes.next().unwrap();
                    answer.push(if byte < 0x40 { chip.registers[register] } else { 0 });
                    if byte >= 0x40 {
                        chip.registers[register] = if chip.is_stranger { value & 0x0F } else { value };
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
        DataLine::Noisy => answer.iter_mut().for_each(|byte| *byte ^= 0x10),
    }
    Ok(answer)
}

fn start(chip: &mut Chip, host: &FakeHost) {
    let ready_at = chip.convert(host.now());
    if chip.has_line && !chip.hangs {
        host.set_line(LINE, LineLevel::High);
        host.advance(ready_at.since(host.now()));
        host.set_line(LINE, LineLevel::Low);
    }
}
