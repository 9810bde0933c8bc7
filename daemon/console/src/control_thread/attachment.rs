// SPDX-License-Identifier: MIT OR Apache-2.0
//! One host as the control thread sees it: its image, which of its slots matter, and whether it moves.
//!
//! The hosts' server makes an [`Attachment`] from a checked hello, the control thread uses it, and gives it back when it is
//! over, so that its memory is freed elsewhere. Nothing that a host writes is trusted: a sample passes
//! [`Sample::checked`], and time and sequence are held together here.
//!
//! # Words
//! - **Lost**: the host's socket hung up (the service thread says so, at once), or its heartbeat stands still. The second
//!   may pass; the first never does.
//! - **No news**: the slot holds what it held at the last look, or is just being written. The reading before stays, and ages.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ecmod_control::PumpLink;
use ecmod_link::image::{Bounds, DaemonImage, Demand, Sample, Slot};
use ecmod_quantities::{Cause, Monotonic, Quality, Reading, Rpm, Span};

use super::statistics::Statistics;

/// A sample may be this much younger than the tick that reads it: it came in between.
const CLOCK_TOLERANCE: Span = Span::from_millis(25);

/// A host, connected.
#[derive(Debug)]
pub struct Attachment {
    /// Which port of the configuration, by its index.
    pub port: usize,
    /// The shared memory. The service side holds it too, so that giving it up here never unmaps it.
    pub image: Arc<DaemonImage>,
    /// Set by the service thread when the host's socket hangs up.
    pub hung_up: Arc<AtomicBool>,
    /// Whether the driver that has the pump runs. Set by the service thread; nobody else's business.
    pub pump_driver_runs: Arc<AtomicBool>,
    /// The slots that are sources of signals.
    pub inputs: Vec<Input>,
    /// The slots that take the console's commands.
    pub outputs: Vec<Output>,
    /// Whether the host moves.
    pub pulse: Pulse,
}

/// An input slot that is a source of a signal.
#[derive(Debug, Clone)]
pub struct Input {
    slot: usize,
    source: usize,
    declared: Declared,
    newest: u64,
    acquired: Monotonic,
}

/// What the driver says of a signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Declared {
    /// The range of its values.
    pub bounds: Bounds,
    /// After this a sample is stale, whatever the configuration allows; zero: the driver does not say.
    pub longest_age: Span,
}

/// What an output slot means to the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Owned by the control loop.
    PumpSpeed,
    /// Owned by the operator.
    SweepGasFlow,
}

/// An output slot that takes one of the console's commands.
#[derive(Debug, Clone)]
pub struct Output {
    slot: usize,
    command: Command,
    bounds: Bounds,
    held: Option<f64>,
    written: Option<f64>,
    sequence: u64,
}

/// Whether a heartbeat moves. The host's own time is not asked: only the change of its counter, by our clock.
#[derive(Debug, Clone, Copy)]
pub struct Pulse {
    count: u64,
    changed: Monotonic,
    longest_pause: Span,
}

impl Attachment {
    /// The host's socket is closed: this attachment will never live again.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.hung_up.load(Ordering::Acquire)
    }

    /// Beats our heart, feels the host's, and reads all sources into `readings`. True if the host is there and moves.
    pub fn read(&mut self, readings: &mut [Reading], now: Monotonic, statistics: &Statistics) -> bool {
        self.image.beat(now);
        let (count, _) = self.image.host_beat();
        if self.is_over() || !self.pulse.feel(count, now) {
            self.mark_lost(readings, now);
            return false;
        }
        for input in &mut self.inputs {
            let Some(reading) = readings.get_mut(input.source) else { continue };
            match self.image.read(input.slot) {
                Slot::Value(sample) => input.take(&sample, reading, now),
                Slot::Torn => statistics.torn_read(),
                Slot::Empty => {}
            }
            input.age(reading, now);
        }
        true
    }

    /// Every source of this host is bad now.
    pub fn mark_lost(&self, readings: &mut [Reading], now: Monotonic) {
        for input in &self.inputs {
            if let Some(reading) =
                readings.get_mut(input.source).filter(|reading| reading.cause() != Cause::HostLost)
            {
                *reading = Reading::bad(Cause::HostLost, now, next(reading));
            }
        }
    }

    /// What the core is told of the pump, if a host that moves has it and its driver runs: what was last asked of it.
    #[must_use]
    pub fn pump(&self) -> Option<PumpLink> {
        let output = self.outputs.iter().find(|output| output.command == Command::PumpSpeed)?;
        let runs = self.pump_driver_runs.load(Ordering::Acquire);
        runs.then(|| PumpLink::Present { held: output.written.or(output.held).map(Rpm) })
    }

    /// Writes a demand, if it is one this host carries out and it has changed. True if the host should look at once.
    pub fn demand(&mut self, command: Command, value: Option<f64>, now: Monotonic) -> bool {
        let mut changed = false;
        for output in self.outputs.iter_mut().filter(|output| output.command == command) {
            changed |= output.write(&self.image, value, now);
        }
        changed
    }
}

impl Input {
    /// A slot and the source it feeds.
    #[must_use]
    pub const fn new(slot: usize, source: usize, declared: Declared) -> Self {
        Self { slot, source, declared, newest: 0, acquired: Monotonic(0) }
    }

    /// Which source it feeds.
    #[must_use]
    pub const fn source(&self) -> usize {
        self.source
    }

    fn take(&mut self, sample: &Sample, reading: &mut Reading, now: Monotonic) {
        if sample.sequence == self.newest {
            return; // no news
        }
        self.newest = sample.sequence;
        // Counted here: a host that starts again, or lies, must not be able to make the sequence stand still or go back.
        let sequence = next(reading);
        if sample.t < self.acquired {
            *reading = Reading::bad(Cause::BadTime, now, sequence);
            return;
        }
        let checked = sample.checked(self.declared.bounds, now.plus(CLOCK_TOLERANCE));
        if checked.cause() != Cause::BadTime {
            self.acquired = sample.t;
        }
        let acquired = checked.acquired().min(now);
        *reading = match (checked.quality(), checked.value()) {
            (Quality::Good, Some(value)) => Reading::good(value, acquired, sequence),
            (Quality::Uncertain, Some(value)) => {
                Reading::uncertain(value, checked.cause(), acquired, sequence)
            }
            (Quality::Bad, _) | (_, None) => Reading::bad(checked.cause(), acquired, sequence),
        };
    }

    fn age(&self, reading: &mut Reading, now: Monotonic) {
        let is_old = self.declared.longest_age > Span::ZERO
            && now.since(reading.acquired()) > self.declared.longest_age;
        if reading.quality() != Quality::Bad && is_old {
            *reading = Reading::bad(Cause::Stale, now, next(reading));
        }
    }
}

const fn next(reading: &Reading) -> u64 {
    reading.sequence().wrapping_add(1)
}

impl Output {
    /// A slot, what it takes, the driver's range for it, and what its host says it was last asked for.
    #[must_use]
    pub const fn new(slot: usize, command: Command, bounds: Bounds, held: Option<f64>) -> Self {
        Self { slot, command, bounds, held, written: None, sequence: 0 }
    }

    /// What its host says it was last asked for.
    #[must_use]
    pub const fn held(&self) -> Option<f64> {
        self.held
    }

    fn write(&mut self, image: &DaemonImage, value: Option<f64>, now: Monotonic) -> bool {
        let value = value.filter(|value| value.is_finite()).map(|value| self.carried_out(value));
        if value.map(f64::to_bits) == self.written.map(f64::to_bits) {
            return false;
        }
        self.written = value;
        self.sequence = self.sequence.wrapping_add(1);
        let valid = value.is_some();
        image
            .write(self.slot, Demand { value: value.unwrap_or(0.0), t: now, sequence: self.sequence, valid });
        true
    }

    /// The nearest value that the driver accepts. Zero stays zero: it is how a device is told to stop, and no range may
    /// turn that into motion.
    fn carried_out(&self, value: f64) -> f64 {
        if value <= 0.0 && self.bounds.min >= 0.0 {
            0.0
        } else {
            value.min(self.bounds.max).max(self.bounds.min)
        }
    }
}

impl Pulse {
    /// The longest pause that is not yet a loss: five periods of the loop, and at least 60 ms.
    #[must_use]
    pub fn new(period: Span, now: Monotonic) -> Self {
        let pause = Span(period.0.saturating_mul(5)).max(Span::from_millis(60));
        Self { count: 0, changed: now, longest_pause: pause }
    }

    /// Looks at the counter. True if it moves.
    pub const fn feel(&mut self, count: u64, now: Monotonic) -> bool {
        if count != self.count {
            self.count = count;
            self.changed = now;
        }
        now.since(self.changed).0 <= self.longest_pause.0
    }
}

#[cfg(test)]
#[path = "attachment_tests.rs"]
mod tests;
