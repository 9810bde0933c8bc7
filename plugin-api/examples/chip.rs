// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver of "SPI, I2C and GPIO" in docs/src/write-a-driver.md, as it stands there: a chip with a data-ready line, and a
//! bubble detector on a line of its own.
#![forbid(unsafe_code)]

use ecmod_plugin::embedded_hal::spi::{Operation, SpiDevice};
use ecmod_plugin::quantities::{Cause, Monotonic, Quantity, Span};
use ecmod_plugin::{Bus, Demands, Driver, Edge, Error, Host, Info, InputLine, Samples, Signal, Spi};

/// What a driver crate of the embedded-hal ecosystem looks like: it knows the chip, and nothing of ecmod.
struct Chip<S>(S);

impl<S: SpiDevice> Chip<S> {
    /// The last conversion: 24 bits and their check byte in one transaction. `None` if they do not agree.
    fn counts(&mut self) -> Result<Option<i32>, S::Error> {
        let mut answer = [0; 4];
        self.0.transaction(&mut [Operation::Write(&[0x12]), Operation::Read(&mut answer)])?;
        let [high, middle, low, check] = answer;
        let counts = i32::from_be_bytes([high, middle, low, 0]) >> 8; // with its sign
        Ok((high ^ middle ^ low ^ 0x5A == check).then_some(counts))
    }
}

/// The driver's instance.
pub struct Sensors {
    host: Host,
    chip: Chip<Spi>,
    data_ready: InputLine,
    bubble: InputLine,
    bubbles: u32,
}

/// `[drivers.NAME.config]`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    #[serde(default)]
    chip: u32, // its place in the port's list of chips
    data_ready: String, // names of the port's lines
    bubble: String,
}

impl Driver for Sensors {
    const INFO: Info = Info::new(c"example,chip", c"0.1.0", c"MIT OR Apache-2.0", c"A pressure and bubbles")
        .needs(Bus::Spi)
        .period(Span::from_millis(10))
        .budget(Span::from_millis(5))
        .signals(&[
            Signal::new(c"pressure", Quantity::Pressure, (-500.0, 900.0)).longest_age(Span::from_millis(50)),
            Signal::new(c"bubbles", Quantity::Count, (0.0, 4e9)).longest_age(Span::from_millis(50)),
        ]);

    type Config = Config;

    fn open(host: Host, config: Config) -> Result<Self, Error> {
        let mut chip = Chip(host.spi(config.chip));
        chip.counts()?.ok_or(Error::Corrupt)?; // is it there?
        let data_ready = host.input_line(&config.data_ready)?;
        let bubble = host.input_line(&config.bubble)?;
        bubble.wake()?; // an edge ends the pause before the next cycle
        Ok(Self { host, chip, data_ready, bubble, bubbles: 0 })
    }

    fn cycle(&mut self, now: Monotonic, _: &Demands<'_>, samples: &mut Samples<'_>) -> Result<(), Error> {
        let mut room = [Edge::NONE; 16];
        self.bubble.get()?; // no edge is good news only while the line is there
        if let Some(edge) = self.bubble.edges_into(&mut room, Span::from_micros(1))?.last() {
            self.bubbles = edge.sequence; // counts the line's edges, also those that did not fit into the room
            self.host.urgent()?; // the control loop hears of it at once
        }
        samples.good(1, f64::from(self.bubbles), now);

        // The time of a conversion is that of its edge, stamped by the kernel.
        let edges = self.data_ready.edges_into(&mut room, Span::from_micros(1))?;
        let Some(converted) = edges.last().map(|edge| edge.t) else { return Ok(()) };
        match self.chip.counts()? {
            Some(counts) => samples.good(0, f64::from(counts) / 1000.0, converted), // 1000 for each mmHg
            None => samples.bad(0, Cause::Communication, converted),
        }
        Ok(())
    }
}

ecmod_plugin::export_driver!(Sensors);
