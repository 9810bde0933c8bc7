// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver for the MAX31865: one platinum resistance thermometer on SPI.
//!
//! One measurement after the other, spread over the cycles so that none waits. The chip has no checksum and no identity: so
//! everything that was written is read back with every measurement, and every result is read twice.
//!
//! # Where things are
//! Pure: [`registers`] (what they should hold, and what they say), [`convert`] (codes to degrees), [`sequence`] (what is to be
//! done when). Here: doing it.
#![forbid(unsafe_code)]

pub mod config;
pub mod convert;
pub mod registers;
pub mod sequence;

use config::Config;
use convert::{COLDEST, HOTTEST, Scale};
use ecmod_plugin::quantities::{Cause, Monotonic, Quantity, Span};
use ecmod_plugin::{
    Bus, Demands, Driver, Error, Findings, Host, Info, Level, Samples, Signal, Spi, SpiStep, c_text,
};
use registers::{Image, Reading, Settings, Trouble, bits};
use sequence::{Sequence, Step};

/// Indices of the signals.
pub mod signal {
    /// Temperature of the element.
    pub const TEMPERATURE: usize = 0;
    /// Fault register.
    pub const FAULT: usize = 1;
}

/// Measurements come each second: after two that are missing nothing is known any more.
const LONGEST_AGE: Span = Span::from_secs(3);

/// One chip.
#[derive(Debug)]
pub struct Max31865 {
    host: Host,
    spi: Spi,
    scale: Scale,
    settings: Settings,
    sequence: Sequence,
    /// Whether the settings have to be written before the next measurement.
    is_unset: bool,
    /// What the last measurement came to.
    last: Option<Result<Reading, Failure>>,
}

/// Why a measurement came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Bus(#[from] Error),
    #[error(transparent)]
    Chip(#[from] Trouble),
}

impl Failure {
    const fn cause(self) -> Cause {
        match self {
            Self::Bus(error) => error.cause(),
            Self::Chip(trouble) => trouble.cause(),
        }
    }

    const fn error(self) -> Error {
        match self {
            Self::Bus(error) => error,
            Self::Chip(trouble) => trouble.error(),
        }
    }
}

impl Driver for Max31865 {
    const INFO: Info = Info::new(
        c"analog-devices,max31865",
        c_text!(env!("CARGO_PKG_VERSION")),
        c"MIT OR Apache-2.0",
        c"MAX31865 platinum resistance thermometer on SPI",
    )
    .needs(Bus::Spi)
    .period(Span::from_millis(50))
    .budget(Span::from_millis(20))
    .config_schema(config::SCHEMA)
    .signals(&[
        Signal::new(c"temperature", Quantity::Temperature, (COLDEST, HOTTEST))
            .label(c"Temperature")
            .longest_age(LONGEST_AGE),
        Signal::new(c"fault", Quantity::Code, (0.0, 255.0))
            .label(c"Fault register of the chip, 0 if none")
            .longest_age(LONGEST_AGE),
    ]);

    type Config = Config;

    fn open(host: Host, config: Config) -> Result<Self, Error> {
        host.accept(config.problem())?;
        let scale = Scale {
            reference_ohm: config.reference(),
            ohm_at_zero: config.element.ohm_at_zero(),
            lead_ohm: config.lead_ohm,
        };
        let (high, low) = (scale.code(config.highest_degc), scale.code(config.lowest_degc));
        let driver = Self {
            spi: host.spi(config.chip),
            sequence: Sequence::new(host.now(), config.interval(), config.filter_hz),
            host,
            scale,
            settings: Settings::new(config.wires, config.filter_hz, high, low),
            is_unset: false,
            last: None,
        };
        driver.probe().map_err(|failure| {
            driver.host.log(Level::Error, &format!("no MAX31865 here: {failure}"));
            failure.error()
        })?;
        Ok(driver)
    }

    fn cycle(
        &mut self,
        now: Monotonic,
        _demands: &Demands<'_>,
        samples: &mut Samples<'_>,
    ) -> Result<(), Error> {
        let Some(step) = self.sequence.due(now) else { return Ok(()) };
        match self.take(step) {
            Ok(None) => self.sequence.done(self.host.now()),
            Ok(Some(reading)) => {
                self.sequence.done(self.host.now());
                self.deliver(reading, samples);
                self.note(Ok(reading));
            }
            Err(failure) => {
                let t = self.host.now();
                self.sequence.failed(t, matches!(self.last, Some(Ok(_))));
                self.is_unset = true;
                samples.all_bad(failure.cause(), t);
                self.note(Err(failure));
            }
        }
        Ok(())
    }

    fn self_test(&mut self, findings: &mut Findings<'_>) -> Result<(), Error> {
        const MEASURES: &core::ffi::CStr = c"the thermometer measures";
        match self.last {
            None => findings.failed(MEASURES, c"No measurement has ended yet: test again in a second."),
            Some(Err(Failure::Bus(_))) => {
                findings.failed(MEASURES, c"The chip cannot be reached: the port's log says why.");
            }
            Some(Err(Failure::Chip(Trouble::Stuck | Trouble::Contradiction))) => {
                findings.failed(MEASURES, c"The chip answers nonsense: look at its bus.");
            }
            Some(Err(Failure::Chip(Trouble::Reset | Trouble::Changed | Trouble::Unfinished))) => {
                findings.failed(MEASURES, c"The chip does not keep its settings: look at its supply.");
            }
            Some(Ok(reading)) => match reading.fault() {
                None => findings.passed(MEASURES),
                Some(Cause::Disconnected) => {
                    findings
                        .failed(MEASURES, c"Open, short, or unplugged: look at the element and its cable.");
                }
                Some(_) => findings.failed(
                    MEASURES,
                    c"A voltage or resistance that no element has there: look at the element and its cable.",
                ),
            },
        }
        Ok(())
    }
}

impl Max31865 {
    /// One step of a measurement; with the last one comes what was read.
    fn take(&mut self, step: Step) -> Result<Option<Reading>, Failure> {
        match step {
            Step::BiasOn => {
                if self.is_unset {
                    self.write_thresholds()?;
                    self.is_unset = false;
                }
                self.configure(bits::BIAS | bits::CLEAR)?;
            }
            Step::Look => self.configure(bits::BIAS | bits::LOOK_AUTOMATIC)?,
            Step::Convert => {
                self.settings.understand(&self.read()?, bits::BIAS)?;
                self.configure(bits::BIAS | bits::ONE_SHOT)?;
            }
            Step::Read => {
                let (first, second) = (self.read()?, self.read()?);
                let reading = self.settings.understand(&first, bits::BIAS)?;
                if first != second {
                    return Err(Trouble::Contradiction.into());
                }
                self.configure(0)?;
                return Ok(Some(reading));
            }
        }
        Ok(None)
    }

    /// Writes the settings and reads them back: that is all by which the chip can be known.
    fn probe(&self) -> Result<(), Failure> {
        self.write_thresholds()?;
        self.configure(bits::CLEAR)?;
        let first = self.read()?;
        if first != self.read()? {
            return Err(Trouble::Contradiction.into());
        }
        match self.settings.understand(&first, 0) {
            // what was left from before does not matter
            Ok(_) | Err(Trouble::Contradiction) => Ok(()),
            Err(trouble) => Err(trouble.into()),
        }
    }

    fn configure(&self, active: u8) -> Result<(), Error> {
        let bytes = [registers::CONFIGURATION | registers::WRITE, self.settings.base | active];
        self.spi.transaction(&mut [SpiStep::Write(&bytes)])
    }

    fn write_thresholds(&self) -> Result<(), Error> {
        let address = [registers::THRESHOLDS | registers::WRITE];
        self.spi.transaction(&mut [SpiStep::Write(&address), SpiStep::Write(&self.settings.thresholds)])
    }

    fn read(&self) -> Result<Image, Error> {
        let mut image = [0; registers::COUNT];
        self.spi.write_read(&[registers::CONFIGURATION], &mut image)?;
        Ok(image)
    }

    fn deliver(&self, reading: Reading, samples: &mut Samples<'_>) {
        let t = self.sequence.acquired();
        samples.good(signal::FAULT, f64::from(reading.faults), t);
        match (reading.fault(), self.scale.degc(reading.code)) {
            (Some(cause), _) => samples.bad(signal::TEMPERATURE, cause, t),
            (None, Some(degc)) => samples.good(signal::TEMPERATURE, degc, t),
            (None, None) => samples.bad(signal::TEMPERATURE, Cause::OutOfRange, t),
        }
    }

    /// Logs what changed since the last measurement: not the value, but whether there is one.
    fn note(&mut self, outcome: Result<Reading, Failure>) {
        let is_good =
            |outcome: &Result<Reading, Failure>| outcome.is_ok_and(|reading| reading.fault().is_none());
        let kind = |outcome: Result<Reading, Failure>| outcome.map(|reading| reading.faults);
        let before = self.last.replace(outcome);
        if before.map(kind) == Some(kind(outcome)) {
            return;
        }
        match outcome {
            Ok(_) if is_good(&outcome) => {
                if before.is_some_and(|before| !is_good(&before)) {
                    self.host.log(Level::Info, "the thermometer measures again");
                }
            }
            Ok(reading) => {
                let text =
                    format!("the chip reports a fault: {:#04x}, code {}", reading.faults, reading.code);
                self.host.log(Level::Warning, &text);
            }
            Err(failure) => {
                self.host.log(Level::Warning, &format!("no temperature: {failure}; all is written anew"))
            }
        }
    }
}

ecmod_plugin::export_driver!(Max31865);

#[cfg(test)]
mod tests;
