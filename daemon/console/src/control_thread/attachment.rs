// SPDX-License-Identifier: MIT OR Apache-2.0
//! One host as the control thread sees it: its image, which of its slots matter, and whether it moves.
//!
//! The hosts' server makes an [`Attachment`] from a checked hello, the control thread uses it, and gives it back when it is
//! over, so that its memory is freed elsewhere. Nothing that a host writes is trusted: a sample passes
//! [`Sample::checked`], and time and sequence are held together here.
//!
//! # Words
//! - **Over**: the host has ended, as the kernel marks in its image, or its socket hung up, as the service thread says a little later.
//! - **Lost**: it is over, or its heartbeat stands still. The second may pass; the first never does.
//! - **No news**: the slot holds what it held at the last look, or is just being written. The reading before stays, and ages.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ecmod_control::{Clamp, Outputs, PumpLink};
use ecmod_link::image::{Bounds, DaemonImage, Fallback, Heard, Sample, Slot};
use ecmod_quantities::{Cause, Monotonic, PerSecond, Quality, Reading, Rpm, Span};

use super::command::{Command, Output};
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
    /// What was heard of the host at the last look, before its slots were read.
    pub heard: Heard,
    /// Set by the service thread when the host's socket hangs up, and here when the host is heard to have ended: for good.
    pub hung_up: Arc<AtomicBool>,
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
    /// The fastest change that is physically possible, per second, for signals whose configuration gives none.
    pub max_slew: Option<PerSecond>,
}

/// Whether a heartbeat moves. The host's own time is not asked: only the change of its counter, by our clock. A pause is counted while we
/// look: where this loop itself stood still, so did perhaps the machine, and the host has had no time either.
#[derive(Debug, Clone, Copy)]
pub struct Pulse {
    count: u64,
    looked: Monotonic,
    pause: Span,
    /// What one look can add to the pause.
    step: Span,
    longest_pause: Span,
}

impl Attachment {
    /// The host has ended: this attachment will never live again.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.hung_up.load(Ordering::Acquire)
    }

    /// Beats our heart, feels the host's, and reads all sources into `readings`. True if the host is there and moves.
    pub fn read(&mut self, readings: &mut [Reading], now: Monotonic, statistics: &Statistics) -> bool {
        self.image.beat(now);
        self.heard = self.image.heard();
        if self.heard.has_ended() {
            self.hung_up.store(true, Ordering::Release);
        }
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
        let output = self.outputs.iter().find(|output| output.command() == Command::PumpSpeed)?;
        let present = || PumpLink::Present { held: output.asked().map(Rpm), local: output.is_local() };
        output.is_served().then(present)
    }

    /// Whether this host has the clamp, and its driver runs.
    #[must_use]
    pub fn has_clamp(&self, clamp: Clamp) -> bool {
        self.outputs.iter().any(|output| output.command() == Command::Clamp(clamp) && output.is_served())
    }

    /// Writes what the core demands of this host. True if the host should look at once.
    pub fn demand(&mut self, demands: &Outputs, now: Monotonic) -> bool {
        let mut changed = false;
        for output in &mut self.outputs {
            changed |= match output.command() {
                Command::PumpSpeed => {
                    let speed = demands.pump_speed.map(|speed| speed.value());
                    output.write(&self.image, speed, demands.fallback.map(fallback), now)
                }
                Command::SweepGasFlow => {
                    output.write(&self.image, demands.sweep_gas_flow.map(|flow| flow.value()), None, now)
                }
                Command::Clamp(clamp) => output.ask(&self.image, demands.clamps.of(clamp), now),
                Command::AlarmLamp => output.refresh(&self.image, demands.alarm_lamp.value(), now),
                Command::AlarmSound => output.refresh(&self.image, demands.alarm_sound.value(), now),
            };
        }
        changed
    }
}

/// The core's word in that of the image.
fn fallback(said: ecmod_control::Fallback) -> Fallback {
    Fallback { until: said.until, then: said.then.value(), slew: said.slew.value() }
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

    /// What the driver says of it.
    #[must_use]
    pub const fn declared(&self) -> Declared {
        self.declared
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

impl Pulse {
    /// The longest pause that is not yet a loss: five periods of the loop, and at least 60 ms. A look counts for two periods at most.
    #[must_use]
    pub fn new(period: Span, now: Monotonic) -> Self {
        let longest_pause = Span(period.0.saturating_mul(5)).max(Span::from_millis(60));
        let step = Span(period.0.saturating_mul(2));
        Self { count: 0, looked: now, pause: Span::ZERO, step, longest_pause }
    }

    /// Looks at the counter. True if it moves.
    pub fn feel(&mut self, count: u64, now: Monotonic) -> bool {
        let passed = now.since(self.looked).min(self.step);
        self.looked = now;
        if count == self.count {
            self.pause = Span(self.pause.0.saturating_add(passed.0));
        } else {
            self.count = count;
            self.pause = Span::ZERO;
        }
        self.pause <= self.longest_pause
    }
}

#[cfg(test)]
#[path = "attachment_tests.rs"]
mod tests;
