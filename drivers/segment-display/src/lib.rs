// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver for a seven-segment display behind a MAX7219 or MAX7221 on three GPIO lines.
//!
//! It shows a speed while somebody says what it is, and dashes when nobody does: an old number is never left standing. The chip keeps what it was
//! last told when nobody speaks to it any more, so a point behind the number beats: **a number whose point stands still is old.**
//!
//! # Where things are
//! Pure: [`glyphs`] (a number in segments), [`registers`] (what the chip should hold, and what of that it does not). With lines: [`wire`].
//! Here: one cycle.
#![forbid(unsafe_code)]

pub mod config;
pub mod glyphs;
pub mod registers;
pub mod wire;

use config::Config;
use ecmod_plugin::quantities::{Cause, Monotonic, Quantity, Span};
use ecmod_plugin::{
    Bus, Command, Demands, Driver, Error, Findings, Hold, Host, Info, Level, Samples, Signal, c_text,
};
use registers::{Point, Registers};
use wire::Wire;

/// Indices of the signals.
pub mod signal {
    /// The number on the digits.
    pub const SHOWN: usize = 0;
    /// Whether there is a number.
    pub const SHOWING: usize = 1;
}

/// Index of the command.
pub const SPEED: usize = 0;

/// A cycle begins no further register behind this: lines that are slow cost the display its pace, nothing else.
const LONGEST: Span = Span::from_millis(20);

/// One display.
#[derive(Debug)]
pub struct SegmentDisplay {
    host: Host,
    config: Config,
    wire: Wire,
    registers: Registers,
    /// Something was demanded since it was opened; before that nothing is written.
    is_used: bool,
    lines: Result<(), Error>,
}

impl Driver for SegmentDisplay {
    const INFO: Info = Info::new(
        c"ecmod,segment-display",
        c_text!(env!("CARGO_PKG_VERSION")),
        c"MIT OR Apache-2.0",
        c"Seven-segment display behind a MAX7219 or MAX7221 on three GPIO lines",
    )
    .needs(Bus::Gpio)
    .period(Span::from_millis(100))
    .budget(Span::from_millis(50))
    .config_schema(config::SCHEMA)
    .signals(&[
        Signal::new(c"shown", Quantity::Speed, (0.0, 9999.0))
            .label(c"What the digits show")
            .longest_age(Span::from_millis(1000)),
        Signal::new(c"showing", Quantity::State, (0.0, 1.0))
            .label(c"Whether the digits show a number")
            .longest_age(Span::from_millis(1000)),
    ])
    .commands(&[Command::new(c"speed", Quantity::Speed, (0.0, 9999.0)).label(c"Speed to be shown")]);

    type Config = Config;

    fn open(host: Host, config: Config) -> Result<Self, Error> {
        host.accept(config.problem())?;
        let names = [&config.data, &config.clock, &config.load];
        for line in names {
            host.look_for_line(line)?;
        }
        let [data, clock, load] = names;
        let wire = Wire::new(host.output_line(data)?, host.output_line(clock)?, host.output_line(load)?);
        let registers = Registers::new(config.digits, config.brightness);
        Ok(Self { host, config, wire, registers, is_used: false, lines: Ok(()) })
    }

    fn cycle(
        &mut self,
        now: Monotonic,
        demands: &Demands<'_>,
        samples: &mut Samples<'_>,
    ) -> Result<(), Error> {
        let demand = demands.get(SPEED);
        self.is_used |= demand.is_some();
        if !self.is_used {
            samples.bad(signal::SHOWN, Cause::NoData, now);
            samples.good(signal::SHOWING, 0.0, now);
            return Ok(());
        }
        let fresh = demand.filter(|demand| now.since(demand.decided) <= self.config.stale());
        let number = fresh.map(|demand| glyphs::whole(demand.value));
        self.registers.show(number.map(|number| (number, Point::at(now))));
        let written = self.write(now);
        let t = self.host.now();
        // what a cycle has not finished comes with the next one; until then there is no news
        if written.is_ok() && self.registers.are_written() {
            match number {
                Some(number) => samples.good(signal::SHOWN, f64::from(number), t),
                None => samples.bad(signal::SHOWN, Cause::NoData, t),
            }
            samples.good(signal::SHOWING, f64::from(u8::from(number.is_some())), t);
        }
        self.note_lines(written);
        written
    }

    fn self_test(&mut self, findings: &mut Findings<'_>) -> Result<(), Error> {
        const LINES: &core::ffi::CStr = c"its lines can be driven";
        if !self.is_used {
            // what nobody has used yet is not touched
            findings.passed(LINES);
            return Ok(());
        }
        self.registers.doubt();
        match self.write(self.host.now()) {
            Ok(()) => findings.passed(LINES),
            Err(_) => findings.failed(LINES, c"They cannot: the port's log says why."),
        }
        Ok(())
    }

    fn holds_on_link_loss(&self) -> Hold {
        Hold::NotApplicable
    }
}

impl SegmentDisplay {
    /// Brings the chip nearer to what it should show.
    fn write(&mut self, now: Monotonic) -> Result<(), Error> {
        let until = now.plus(LONGEST);
        while let Some((address, value)) = self.registers.next(self.host.now()) {
            if let Err(error) = self.wire.send(address, value) {
                self.registers.doubt();
                return Err(error);
            }
            self.registers.written(address, value, self.host.now());
            if self.host.now() >= until {
                break;
            }
        }
        Ok(())
    }

    fn note_lines(&mut self, outcome: Result<(), Error>) {
        if core::mem::replace(&mut self.lines, outcome) == outcome {
            return;
        }
        match outcome {
            Ok(()) => self.host.log(Level::Info, "its lines can be driven again"),
            Err(error) => {
                let text = format!("a line cannot be driven: {error}; the display may show anything");
                self.host.log(Level::Warning, &text);
            }
        }
    }
}

ecmod_plugin::export_driver!(SegmentDisplay);

#[cfg(test)]
mod tests;
