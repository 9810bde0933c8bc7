// SPDX-License-Identifier: MIT OR Apache-2.0
//! The board of the simulated console: its chips, its lines, and what they are wired to in circuit and patient.
//!
//! Pure. The board is told what is true ([`Board::observe`]), what is wrong ([`Board::set_faults`]), and what happens on
//! its wires ([`Board::spi`], [`Board::i2c`], and its lines as a [`LineChip`]); times never go back.
//!
//! | wire | what |
//! |---|---|
//! | SPI chips, by name | see [`Chip`] |
//! | I2C addresses 0x48, 0x49 | [`Chip::Cabinet`], [`Chip::HeatSink`] |
//! | lines, by name | data ready of the converter, two clamps, level, bubble, keys, lamps, sounder, a display, the rotor's speed: [`Board::lines`] |

mod bank;
mod faults;
mod names;
mod transducer;
mod transfer;

#[cfg(test)]
mod tests;

pub use bank::Change;
pub use faults::{BusFault, Connection, Faults, Happening, TransducerFault, Wire};
pub use names::{Chip, Thermometer, Transducer};
pub use transfer::{I2cStep, Outcome};

use super::ads126x::{self, Ads126x, Model};
use super::ads1220::{self, Ads1220};
use super::clamp::Clamp;
use super::inputs::Inputs;
use super::lm75::Lm75;
use super::max7219::Max7219;
use super::max31865::{self, Max31865};
use super::panel::Panel;
use super::pins::{Pin, Pins};
use super::tacho::Tacho;
use super::{Edge, Level, Line, LineChip, SpiChip as _};
use crate::circuit::{Signals, Site};
use crate::random::Noise;
use bank::Bank;
use ecmod_quantities::{Celsius, MmHg, Monotonic};
use transducer::Bridge;

/// The board.
#[derive(Debug, Clone)]
pub struct Board {
    adc: Ads126x,
    rtds: [Max31865; 4],
    second_adc: Ads1220,
    cabinet: Lm75,
    heat_sink: Lm75,
    drainage_clamp: Clamp,
    return_clamp: Clamp,
    inputs: Inputs,
    panel: Panel,
    display: Max7219,
    tacho: Tacho,
    bank: Bank,
    faults: Faults,
    noise: Noise,
    drifting_since: Option<Monotonic>,
}

impl Board {
    /// The transducers as they came out of the box, in the order of [`Transducer::ALL`].
    const BRIDGES: [Bridge; 5] = [
        Bridge { zero_error: MmHg(3.2), gain: 1.004 },
        Bridge { zero_error: MmHg(-2.6), gain: 0.995 },
        Bridge { zero_error: MmHg(4.1), gain: 1.006 },
        Bridge { zero_error: MmHg(1.5), gain: 0.998 },
        Bridge { zero_error: MmHg(-3.7), gain: 1.0 },
    ];
    /// The one on the second converter.
    const SECOND: Bridge = Bridge { zero_error: MmHg(-1.8), gain: 1.002 };
    /// Noise of a pressure conversion, one standard deviation `[C]`.
    const NOISE: MmHg = MmHg(0.3);
    /// Of the heater's water and the room.
    const WATER: Celsius = Celsius(37.5);
    const ROOM: Celsius = Celsius(23.0);
    /// Inside of the console.
    const CABINET: Celsius = Celsius(34.0);
    /// How far a drifting reference drifts at most.
    const FARTHEST: f64 = 0.3;

    /// Powered up; everything connected and nothing wrong. The seed is that of all noise.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let rtds = [11, 12, 13, 14].map(|offset| Max31865::new(seed.wrapping_add(offset)));
        let names = |side: Site| match side {
            Site::Drainage => [
                "DRAINAGE_CLAMP_OPEN_COIL",
                "DRAINAGE_CLAMP_CLOSE_COIL",
                "DRAINAGE_CLAMP_IS_OPEN",
                "DRAINAGE_CLAMP_IS_CLOSED",
            ],
            Site::Return => [
                "RETURN_CLAMP_OPEN_COIL",
                "RETURN_CLAMP_CLOSE_COIL",
                "RETURN_CLAMP_IS_OPEN",
                "RETURN_CLAMP_IS_CLOSED",
            ],
        };
        let mut board = Self {
            adc: Ads126x::new(Model::Ads1263, seed.wrapping_add(10)),
            rtds,
            second_adc: Ads1220::new(seed.wrapping_add(16)),
            cabinet: Lm75::new(0x48),
            heat_sink: Lm75::new(0x49),
            drainage_clamp: Clamp::new(names(Site::Drainage)),
            return_clamp: Clamp::new(names(Site::Return)),
            inputs: Inputs::new(),
            panel: Panel::new(),
            display: Max7219::new(),
            tacho: Tacho::new(),
            bank: Bank::default(),
            faults: Faults::default(),
            noise: Noise::seeded(seed.wrapping_add(15)),
            drifting_since: None,
        };
        board.cabinet.set_temperature(Self::CABINET);
        let parts = board.parts().map(|chip| chip.lines().to_vec());
        board.bank = Bank::new(&parts);
        for line in 0..board.bank.lines().len() {
            if let Some((part, number)) = board.bank.part_of(line) {
                let chip = board.parts().into_iter().nth(part);
                let level = chip.map_or(Level::Low, |chip| chip.level(Monotonic::default(), number));
                board.bank.begin(line, level);
            }
        }
        board.observe(Monotonic::default(), &Signals::default());
        board
    }

    /// The sets of lines in their order, behind the converter's data-ready.
    fn parts(&mut self) -> [&mut dyn LineChip; 6] {
        [
            &mut self.drainage_clamp,
            &mut self.return_clamp,
            &mut self.inputs,
            &mut self.panel,
            &mut self.display,
            &mut self.tacho,
        ]
    }

    /// What is true from `now` on.
    pub fn observe(&mut self, now: Monotonic, truth: &Signals) {
        let mut pins = Pins::NOTHING;
        pins.noise = Self::NOISE.value() * Bridge::SENSITIVITY * pins.supply;
        pins.reference_factor = self.reference_factor(now);
        let pressures = [
            truth.venous,
            truth.pre_membrane,
            truth.arterial,
            // The gas side's resistance `[C]`.
            MmHg(4.0) * truth.sweep_gas.value(),
            MmHg(0.0),
        ];
        let places = Transducer::ALL.into_iter().zip(Self::BRIDGES).zip(pressures);
        for (number, ((transducer, bridge), pressure)) in places.enumerate() {
            let fault = self.faults.transducers.get(&transducer).copied().unwrap_or_default();
            bridge.connect(&mut pins, 2 * number, pressure, &fault, &mut self.noise);
        }
        self.collect(now);
        self.adc.set_pins(now, pins);
        self.observe_second(now, truth);
        let temperatures = [truth.venous_temperature, truth.arterial_temperature, Self::WATER, Self::ROOM];
        for (chip, temperature) in self.rtds.iter_mut().zip(temperatures) {
            chip.set_temperature(now, temperature);
        }
        self.heat_sink.set_temperature(truth.drive_temperature);
        self.tacho.set_speed(now, truth.rotor_speed);
        self.collect(now);
    }

    /// The second converter: the bridge on its first two inputs, the excitation as its reference.
    fn observe_second(&mut self, now: Monotonic, truth: &Signals) {
        let mut pins = Pins::NOTHING;
        pins.noise = Self::NOISE.value() * Bridge::SENSITIVITY * pins.supply;
        Self::SECOND.connect(&mut pins, 0, truth.arterial, &TransducerFault::default(), &mut self.noise);
        let [positive, negative] = Ads1220::REFERENCE;
        pins.connect(positive, Pin::at(pins.supply, 1.0));
        pins.connect(negative, Pin::at(0.0, 1.0));
        self.second_adc.set_pins(now, pins);
    }

    fn reference_factor(&self, now: Monotonic) -> f64 {
        match (self.faults.reference_drift, self.drifting_since) {
            (Some(rate), Some(since)) => {
                1.0 + (rate * now.since(since).seconds()).clamp(-Self::FARTHEST, Self::FARTHEST)
            }
            _ => 1.0,
        }
    }

    /// What is wrong from `now` on, replaced as a whole.
    pub fn set_faults(&mut self, now: Monotonic, faults: Faults) {
        self.collect(now);
        self.drifting_since = faults.reference_drift.and(self.drifting_since.or(Some(now)));
        let of = |chip: Chip| ads126x::Fault {
            wrong_id: faults.wrong_id.contains(&chip),
            damaged_data: faults.damaged_data.get(&chip).copied().unwrap_or(0.0),
            ready_silent: faults.ready_silent.contains(&chip),
        };
        self.adc.set_fault(now, of(Chip::Adc));
        let [_, chips @ .., second] = Chip::SPI;
        let damaged_data = faults.damaged_data.get(&second).copied().unwrap_or(0.0);
        let ready_silent = faults.ready_silent.contains(&second);
        self.second_adc.set_fault(now, ads1220::Fault { damaged_data, ready_silent });
        for (rtd, chip) in self.rtds.iter_mut().zip(chips) {
            let element = faults.elements.get(&chip).copied().unwrap_or_default();
            let ready_silent = faults.ready_silent.contains(&chip);
            rtd.set_fault(now, max31865::Fault { element, overvoltage: false, ready_silent });
        }
        let [drainage, back] = faults.clamps;
        self.drainage_clamp.set_fault(now, drainage);
        self.return_clamp.set_fault(now, back);
        self.inputs.set_scene(now, faults.scene);
        self.panel.set_sounder_dead(now, faults.sounder_dead);
        for (line, level) in self.bank.set_broken(now, &faults.broken_lines) {
            self.pass(now, line, level);
        }
        self.cabinet.set_present(!faults.bus.contains_key(&Chip::Cabinet));
        self.heat_sink.set_present(!faults.bus.contains_key(&Chip::HeatSink));
        self.tacho.set_dead(now, faults.tacho_dead);
        self.faults = faults;
        self.collect(now);
    }

    /// Something happens.
    pub fn happen(&mut self, now: Monotonic, what: Happening) {
        self.collect(now);
        match what {
            Happening::BrownOut(Chip::Cabinet) => self.cabinet.brown_out(),
            Happening::BrownOut(Chip::HeatSink) => self.heat_sink.brown_out(),
            Happening::BrownOut(Chip::Adc) => self.adc.brown_out(now),
            Happening::BrownOut(Chip::SecondAdc) => self.second_adc.brown_out(now),
            Happening::BrownOut(chip) => {
                if let Some(rtd) = self.rtd(chip) {
                    rtd.brown_out(now);
                }
            }
            Happening::Bubble(site) => self.inputs.bubble(now, site),
        }
        self.collect(now);
    }

    /// How much of the drainage and of the return tube the clamps close, 0 to 1.
    pub fn closed(&mut self, now: Monotonic) -> [f64; 2] {
        [self.drainage_clamp.closed(now), self.return_clamp.closed(now)]
    }

    /// What stands on the display beside the keys of local control, the left digit first; empty while it is dark.
    #[must_use]
    pub fn display(&self) -> String {
        self.display.reads()
    }

    /// The last changes of a line, oldest first: what an oscilloscope would show.
    #[must_use]
    pub fn changes(&self, line: &str) -> Option<Vec<Change>> {
        self.bank.changes(line)
    }

    fn rtd(&mut self, chip: Chip) -> Option<&mut Max31865> {
        let number = Chip::SPI.into_iter().position(|spi| spi == chip)?.checked_sub(1)?;
        self.rtds.get_mut(number)
    }

    /// Brings every edge up to `now` to the bank, in its order within each part.
    fn collect(&mut self, now: Monotonic) {
        // The converter tells of its data-ready one change at a time.
        while let Some(at) = self.adc.next_change().filter(|at| *at <= now) {
            self.ready_at(at);
        }
        self.ready_at(now);
        let Self { drainage_clamp, return_clamp, inputs, panel, display, tacho, bank, .. } = self;
        let parts: [&mut dyn LineChip; 6] = [drainage_clamp, return_clamp, inputs, panel, display, tacho];
        for (part, chip) in parts.into_iter().enumerate() {
            chip.advance(now, &mut |edge| bank.heard(part, edge));
        }
    }

    fn ready_at(&mut self, at: Monotonic) {
        let level = self.adc.data_ready(at).unwrap_or(Level::High);
        self.bank.set(Bank::DATA_READY, level, at);
    }

    /// The host's level of a line reaches its part.
    fn pass(&mut self, now: Monotonic, line: usize, level: Option<Level>) {
        if let Some((part, line)) = self.bank.part_of(line)
            && let Some(chip) = self.parts().into_iter().nth(part)
        {
            chip.drive(now, line, level);
        }
    }
}

impl LineChip for Board {
    fn lines(&self) -> &[Line] {
        self.bank.lines()
    }

    fn drive(&mut self, now: Monotonic, line: usize, level: Option<Level>) {
        self.collect(now);
        if self.bank.driven(now, line, level) {
            self.pass(now, line, level);
        }
        self.collect(now);
    }

    fn level(&mut self, now: Monotonic, line: usize) -> Level {
        self.collect(now);
        self.bank.level(line)
    }

    fn advance(&mut self, now: Monotonic, edges: &mut dyn FnMut(Edge)) {
        self.collect(now);
        self.bank.take(edges);
    }

    fn next_change(&self) -> Option<Monotonic> {
        let parts: [&dyn LineChip; 5] =
            [&self.drainage_clamp, &self.return_clamp, &self.inputs, &self.panel, &self.tacho];
        let own = self.bank.oldest_news();
        let adc = self.adc.next_change();
        parts.into_iter().filter_map(LineChip::next_change).chain(own).chain(adc).min()
    }
}
