// SPDX-License-Identifier: MIT OR Apache-2.0
//! The chip as a pipeline: one conversion is under way, and fetching its result starts the next one.
//!
//! It knows registers, time and damage; what a conversion means to a patient is decided elsewhere.

use crate::conversion::Conversion;
use crate::fault::Fault;
use crate::frame::{Frame, Setup};
use crate::ready::{Ready, Waited, Way};
use crate::registers::{Image, Model, POWER_ON, STATUS_AND_CRC, address, command};
use ecmod_plugin::quantities::{Monotonic, Span};
use ecmod_plugin::{Host, Spi};

/// How long a reset may take; the data sheet has microseconds.
const RESET_TIME: Span = Span::from_millis(1);
/// How often a chip is asked that has no data-ready line.
const POLL_EVERY: Span = Span::from_micros(100);

/// One chip and the conversion that it makes.
#[derive(Debug)]
pub struct Chip {
    host: Host,
    spi: Spi,
    ready: Ready,
    second: Option<[u8; 2]>,
    model: Option<Model>,
    image: Image,
    external_clock: Option<bool>,
    started: Monotonic,
    duration: Span,
}

/// What else is to be fetched with a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Besides {
    /// Nothing.
    Nothing,
    /// The second converter's result.
    Second,
    /// All registers.
    Registers,
}

/// A conversion fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetched {
    /// It.
    pub conversion: Conversion,
    /// When it was ready: by the edge, or else when it must have been, reckoned from its start.
    pub at: Monotonic,
    /// The edge did not come.
    pub lost_edge: bool,
    /// The second converter's code, if it was asked for and there was a new one.
    pub second: Option<i32>,
}

/// How a conversion made itself known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// By the edge of the DRDY pin.
    Edge(Monotonic),
    /// Not at all, though it must have ended.
    Overdue,
    /// It may be under way still.
    NotYet,
    /// By asking.
    Polled(Result<Conversion, Fault>),
}

impl Chip {
    /// A chip that has not been spoken to yet. `second` is what its second converter is to be set to.
    #[must_use]
    pub fn new(host: Host, spi: Spi, ready: Ready, second: Option<[u8; 2]>) -> Self {
        let started = host.now();
        let image = Image::at_reset(0);
        Self {
            host,
            spi,
            ready,
            second,
            model: None,
            image,
            external_clock: None,
            started,
            duration: Span::ZERO,
        }
    }

    /// Which chip it is, once it is known.
    #[must_use]
    pub const fn model(&self) -> Option<Model> {
        self.model
    }

    /// Looks who is there, resets and sets it up, reads everything back, and starts a conversion.
    ///
    /// # Errors
    /// What is wrong.
    pub fn bring_up(&mut self, first: &Setup, duration: Span) -> Result<(), Fault> {
        self.external_clock = None;
        let id = self.id()?;
        let model = Model::from_id(id).ok_or(match id {
            0x00 | 0xFF => Fault::Silent,
            id => Fault::Stranger(id),
        })?;
        if self.second.is_some() && model == Model::Ads1262 {
            return Err(Fault::NoSecond);
        }
        self.send(Frame::new().command(command::RESET))?;
        self.host.delay(RESET_TIME);
        self.model = Some(model);
        self.image = Image::at_reset(id);
        self.image.set(address::POWER, POWER_ON);
        self.image.set(address::INTERFACE, STATUS_AND_CRC);
        self.send(Frame::new().write(address::POWER, [POWER_ON, STATUS_AND_CRC]))?;
        if let Some([settings, input]) = self.second {
            self.image.set(address::ADC2CFG, settings);
            self.image.set(address::ADC2MUX, input);
            self.send(Frame::new().write(address::ADC2CFG, [settings, input]).command(command::START2))?;
        }
        self.verify()?;
        self.start(Frame::new(), first, duration)?;
        Ok(())
    }

    /// How results make themselves known now.
    #[must_use]
    pub fn way(&mut self) -> Way {
        self.ready.way(self.host.now())
    }

    /// Waits for the end of the conversion under way, but no longer than `until`.
    ///
    /// # Errors
    /// What the host says of the data-ready line.
    pub fn wait(&mut self, until: Monotonic) -> Result<Arrival, Fault> {
        match self.ready.way(self.host.now()) {
            Way::Woken | Way::Edge => {
                Ok(match self.ready.edge(&self.host, self.started, self.duration, until)? {
                    Waited::Edge(at) => Arrival::Edge(at),
                    Waited::NotYet => Arrival::NotYet,
                    Waited::Overdue => Arrival::Overdue,
                })
            }
            Way::Poll => Ok(self.poll(until)),
        }
    }

    /// Fetches what has arrived and starts the next conversion, whatever came of this one.
    ///
    /// # Errors
    /// Why there is no result.
    pub fn fetch(
        &mut self,
        arrival: Arrival,
        next: &Setup,
        duration: Span,
        besides: Besides,
    ) -> Result<Fetched, Fault> {
        let expected = self.image;
        let ended = self.started.plus(self.duration);
        let frame = match arrival {
            Arrival::Edge(_) | Arrival::Overdue | Arrival::NotYet => Frame::new().result(),
            Arrival::Polled(_) => Frame::new(),
        };
        let frame = self.start(self.ask(frame, besides), next, duration)?;
        let (conversion, at, lost_edge) = match arrival {
            Arrival::Edge(at) => {
                self.ready.came(&self.host);
                (self.whole(&frame)?, at, false)
            }
            Arrival::Overdue | Arrival::NotYet => {
                let conversion = self.whole(&frame).map_err(|fault| match fault {
                    Fault::Zeros => Fault::Late,
                    other => other,
                })?;
                self.ready.lost(&self.host);
                (conversion, ended, true)
            }
            Arrival::Polled(result) => (result?, ended, false),
        };
        let second = match besides {
            Besides::Nothing => None,
            Besides::Second => frame.second_code(),
            Besides::Registers => {
                expected.compare(frame.register_bytes()).map_err(Fault::Register)?;
                None
            }
        };
        Ok(Fetched { conversion, at, lost_edge, second })
    }

    /// Reads all registers and compares. Disturbs nothing.
    ///
    /// # Errors
    /// [`Fault::Register`] for the first one that differs; what else went wrong.
    pub fn verify(&self) -> Result<(), Fault> {
        let count = self.model.map_or(1, Model::registers);
        let frame = self.send(Frame::new().registers(count))?;
        self.image.compare(frame.register_bytes()).map_err(Fault::Register)
    }

    /// Asks every now and then until there is a result.
    fn poll(&mut self, until: Monotonic) -> Arrival {
        let expected = self.started.plus(Span(self.duration.0 + self.duration.0 / 50));
        let deadline = Ready::deadline(self.started, self.duration);
        self.host.delay(expected.min(until).since(self.host.now()));
        loop {
            let before = self.host.now();
            let result = self.send(Frame::new().result()).and_then(|frame| self.whole(&frame));
            match result {
                Err(Fault::Late | Fault::Zeros) if before < deadline && before < until => {
                    self.host.delay(POLL_EVERY);
                }
                Err(Fault::Late | Fault::Zeros) if before < deadline => return Arrival::NotYet,
                Err(Fault::Zeros) => return Arrival::Polled(Err(Fault::Late)),
                result => return Arrival::Polled(result),
            }
        }
    }

    /// The frame's result, if it is whole and new.
    fn whole(&mut self, frame: &Frame) -> Result<Conversion, Fault> {
        let conversion = frame.conversion()?;
        // STATUS is not covered by the CRC: a clock that changes is a flipped bit, or a reason to set the chip up anew.
        let external = conversion.status.external_clock();
        if *self.external_clock.get_or_insert(external) != external {
            return Err(Fault::Damaged);
        }
        if conversion.status.is_new() { Ok(conversion) } else { Err(Fault::Late) }
    }

    fn ask(&self, frame: Frame, besides: Besides) -> Frame {
        match besides {
            Besides::Nothing => frame,
            Besides::Second => frame.second_result(),
            Besides::Registers => frame.registers(self.model.map_or(1, Model::registers)),
        }
    }

    /// Sends the frame with a setup and a start behind what is in it.
    fn start(&mut self, frame: Frame, setup: &Setup, duration: Span) -> Result<Frame, Fault> {
        self.started = self.host.now();
        self.duration = duration;
        let frame = self.send(frame.start(setup))?;
        for (register, value) in (address::MODE0..).zip(setup.modes) {
            self.image.set(register, value);
        }
        self.image.set(address::REFMUX, setup.reference);
        Ok(frame)
    }

    fn send(&self, mut frame: Frame) -> Result<Frame, Fault> {
        frame.exchange(&self.spi)?;
        Ok(frame)
    }

    fn id(&self) -> Result<u8, Fault> {
        let frame = self.send(Frame::new().registers(1))?;
        frame.register_bytes().first().copied().ok_or(Fault::Silent)
    }
}
