// SPDX-License-Identifier: MIT OR Apache-2.0
//! When a converter's data become ready: first conversion, further ones, and the data-ready output.

use crate::words::u64_of;
use ecmod_quantities::{Monotonic, Span};

/// How long data-ready is high before data that replace unread ones: 16 clocks of 7.3728 MHz.
pub const HIGH_BEFORE_NEW: Span = Span(2_170);

/// How long a conversion takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// From the start to the first data.
    pub first: Span,
    /// Between data.
    pub period: Span,
    /// Stops after the first data.
    pub single: bool,
}

/// A converter as a clock: idle or converting, with data that were read or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clock {
    /// When the next data are ready, and at what pace from then on.
    running: Option<(Monotonic, Pace)>,
    /// Data are ready and nobody has begun to read them.
    ready: bool,
    /// As `ready`, for the status byte: until the data were read once.
    new: bool,
}

impl Clock {
    /// Begins, or begins anew: what was ready is gone.
    pub fn start(&mut self, now: Monotonic, pace: Pace) {
        *self = Self { running: Some((now.plus(pace.first), pace)), ready: false, new: false };
    }

    /// Goes on no more; what is ready stays.
    pub fn stop(&mut self) {
        self.running = None;
    }

    pub const fn runs(&self) -> bool {
        self.running.is_some()
    }

    /// The data that became ready until `now`, one after the other: when.
    pub fn take_due(&mut self, now: Monotonic) -> Option<Monotonic> {
        let (due, pace) = self.running.filter(|(due, _)| *due <= now)?;
        self.running = (!pace.single).then_some((due.plus(pace.period), pace));
        (self.ready, self.new) = (true, true);
        Some(due)
    }

    /// Someone clocks data out: data-ready is taken back, but the data are new until they were read.
    pub fn begin_read(&mut self) {
        self.ready = false;
    }

    /// The data were read.
    pub fn read(&mut self) {
        (self.ready, self.new) = (false, false);
    }

    pub const fn is_new(&self) -> bool {
        self.new
    }

    /// Whether data-ready is active (low).
    pub fn ready(&self, now: Monotonic) -> bool {
        self.ready && self.running.is_none_or(|(due, _)| now < before(due))
    }

    /// When data-ready next changes.
    pub fn next_change(&self, now: Monotonic) -> Option<Monotonic> {
        let (due, _) = self.running?;
        Some(if self.ready(now) { before(due) } else { due })
    }
}

fn before(due: Monotonic) -> Monotonic {
    Monotonic(due.0.saturating_sub(HIGH_BEFORE_NEW.0))
}

/// A time of `seconds`.
pub fn span(seconds: f64) -> Span {
    Span(u64_of(seconds * 1e9))
}
