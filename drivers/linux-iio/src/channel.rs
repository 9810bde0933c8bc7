// SPDX-License-Identifier: MIT OR Apache-2.0
//! One channel: its files, its scaling, and what a raw number of it comes to.

use crate::config::Channel;
use crate::convert::{Scaling, candidates, decimal};
use ecmod_plugin::quantities::{Cause, Monotonic, Span};
use ecmod_plugin::{Attribute, Attributes, Error};

/// Longest file that is read.
const LONGEST: usize = 64;

/// What a signal is to say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome {
    /// Measured.
    Good(f64),
    /// Measured, and to be trusted less.
    Uncertain(f64, Cause),
    /// There is none.
    Bad(Cause),
}

/// A channel with its files.
#[derive(Debug)]
pub struct Source {
    /// As configured.
    pub config: Channel,
    /// The number to poll.
    number: Attribute,
    /// Where its scale and offset stand, if they do.
    scaling_files: Option<[Option<Attribute>; 2]>,
    scaling: Result<Scaling, Cause>,
    factor: f64,
    /// The raw number, and since when it is the same.
    unchanged: Option<(f64, Monotonic)>,
    /// When it is polled next.
    due: Monotonic,
    /// Whether the latest poll found a number.
    is_well: bool,
}

impl Source {
    /// Finds the channel's files among `names`, those of the device's folder.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the device has no such channel; what reading its scale came to.
    pub fn find(attributes: &Attributes, names: &[String], config: Channel) -> Result<Self, Error> {
        let has = |name: &str| names.iter().any(|other| other == name);
        let (raw, processed) = (format!("{}_raw", config.channel), format!("{}_input", config.channel));
        let property = |property: &str| {
            let file = candidates(&config.channel, property).into_iter().find(|name| has(name));
            file.map(|name| attributes.at(&name)).transpose()
        };
        let (number, scaling_files) = if has(&raw) {
            (raw, Some([property("scale")?, property("offset")?]))
        } else if has(&processed) {
            (processed, None)
        } else {
            return Err(Error::NotFound);
        };
        let factor = config.factor().ok_or(Error::Config)?;
        let number = attributes.at(&number)?;
        let mut source = Self {
            config,
            number,
            scaling_files,
            scaling: Ok(Scaling::PROCESSED),
            factor,
            unchanged: None,
            due: Monotonic(0),
            is_well: true,
        };
        source.read_scaling()?;
        Ok(source)
    }

    /// Whether the channel has a raw number, which its buffer delivers.
    #[must_use]
    pub const fn is_raw(&self) -> bool {
        self.scaling_files.is_some()
    }

    /// Whether its scale could be read last.
    #[must_use]
    pub const fn has_scaling(&self) -> bool {
        self.scaling.is_ok()
    }

    /// Reads scale and offset again, since somebody may have changed the gain; says whether they have changed.
    ///
    /// # Errors
    /// Why they cannot be read. The channel has no value until they can.
    pub fn read_scaling(&mut self) -> Result<bool, Error> {
        let Some([scale, offset]) = &self.scaling_files else { return Ok(false) };
        let or = |file: &Option<Attribute>, default| file.as_ref().map_or(Ok(default), read);
        let scaling = or(scale, 1.0).and_then(|scale| Ok(Scaling { scale, offset: or(offset, 0.0)? }));
        let scaling = scaling
            .and_then(|scaling| if scaling.scale.is_normal() { Ok(scaling) } else { Err(Error::Corrupt) });
        let changed = matches!((self.scaling, scaling), (Ok(before), Ok(now)) if before != now);
        self.scaling = scaling.map_err(cause);
        scaling.map(|_| changed)
    }

    /// Whether it is time to poll it.
    #[must_use]
    pub fn is_due(&self, now: Monotonic) -> bool {
        now >= self.due
    }

    /// Reads the channel's file in the cycle that began at `cycle`, and says when the next time is: what failed once is read again in the
    /// next cycle, and not an interval later.
    pub fn poll(&mut self, cycle: Monotonic, now: impl Fn() -> Monotonic) -> (Outcome, Monotonic) {
        let (outcome, t) = self.read(now);
        let was_well = std::mem::replace(&mut self.is_well, !matches!(outcome, Outcome::Bad(_)));
        let is_first = was_well && !self.is_well;
        let interval = if is_first { Span::ZERO } else { Span::from_millis(self.config.poll_ms.into()) };
        self.due = cycle.plus(interval);
        (outcome, t)
    }

    fn read(&mut self, now: impl Fn() -> Monotonic) -> (Outcome, Monotonic) {
        let begun = now();
        let number = read(&self.number);
        // The conversion lies between the two; the middle is at most half of it wrong.
        let t = begun.plus(Span(now().since(begun).0 / 2));
        match number {
            Ok(number) => (self.judge(number, t), t),
            Err(error) => {
                self.unchanged = None;
                (Outcome::Bad(cause(error)), t)
            }
        }
    }

    /// What a raw number of this channel, acquired at `t`, comes to.
    pub fn judge(&mut self, raw: f64, t: Monotonic) -> Outcome {
        let since = match self.unchanged {
            Some((before, since)) if before.to_bits() == raw.to_bits() => since,
            _ => t,
        };
        self.unchanged = Some((raw, since));
        let scaling = match self.scaling {
            Ok(scaling) => scaling,
            Err(cause) => return Outcome::Bad(cause),
        };
        if self.config.raw_range.is_some_and(|[low, high]| raw <= low || raw >= high) {
            return Outcome::Bad(Cause::Saturated);
        }
        let value = scaling.apply(raw) * self.factor + self.config.offset;
        let longest = self.config.frozen_after_ms.map(|ms| Span::from_millis(ms.into()));
        match longest {
            Some(longest) if t.since(since) >= longest => Outcome::Uncertain(value, Cause::Frozen),
            _ => Outcome::Good(value),
        }
    }
}

/// Reads a file that holds one decimal number.
///
/// # Errors
/// What the host says; [`Error::Corrupt`] for anything that is no number.
pub fn read(file: &Attribute) -> Result<f64, Error> {
    let mut buffer = [0; LONGEST];
    decimal(file.read(&mut buffer)?)
}

/// Reads a file that holds a word.
///
/// # Errors
/// What the host says.
pub fn read_text(file: &Attribute) -> Result<String, Error> {
    let mut buffer = [0; 256];
    Ok(file.read(&mut buffer)?.trim().to_owned())
}

/// Why a channel has no value.
#[must_use]
pub const fn cause(error: Error) -> Cause {
    match error {
        Error::NotFound => Cause::Disconnected, // it was there in `open`: the device is gone
        Error::Device => Cause::NoData,         // the kernel's driver has none
        Error::State => Cause::NotReady,        // somebody else uses the device
        Error::Invalid => Cause::DeviceError,   // what kernel drivers answer when the sensor has a fault
        Error::TooLong => Cause::Communication,
        other => other.cause(),
    }
}
