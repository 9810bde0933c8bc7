// SPDX-License-Identifier: MIT OR Apache-2.0
//! The console's commands, and the output slots that take them.
//!
//! A demand is written when it changes, so that the host's doorbell rings for news alone. The two of the annunciator are
//! *refreshed* with every tick instead: their time is the heartbeat whose end makes the annunciator alarm by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ecmod_control::{Clamp, ClampDemand};
use ecmod_link::image::{Bounds, DaemonImage, Demand, Fallback};
use ecmod_quantities::{Monotonic, Quantity};

/// What an output slot means to the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Owned by the control loop.
    PumpSpeed,
    /// Owned by the operator.
    SweepGasFlow,
    /// Owned by the operator: it moves no blood, and keeps blood from moving.
    Clamp(Clamp),
    /// The alarm lamps.
    AlarmLamp,
    /// The sounder.
    AlarmSound,
}

impl Command {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::PumpSpeed,
        Self::SweepGasFlow,
        Self::Clamp(Clamp::Return),
        Self::Clamp(Clamp::Drainage),
        Self::AlarmLamp,
        Self::AlarmSound,
    ];

    /// The name in configuration files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PumpSpeed => "pump_speed",
            Self::SweepGasFlow => "sweep_gas_flow",
            Self::Clamp(clamp) => clamp.command(),
            Self::AlarmLamp => "alarm_lamp",
            Self::AlarmSound => "alarm_sound",
        }
    }

    /// The command with this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|command| command.name() == name)
    }

    /// What the driver's command has to be.
    #[must_use]
    pub const fn quantity(self) -> Quantity {
        match self {
            Self::PumpSpeed => Quantity::Speed,
            Self::SweepGasFlow => Quantity::GasFlow,
            Self::Clamp(_) => Quantity::State,
            Self::AlarmLamp | Self::AlarmSound => Quantity::Code,
        }
    }

    /// Whether the driver has to say that it moves blood.
    #[must_use]
    pub const fn is_pump(self) -> bool {
        match self {
            Self::PumpSpeed => true,
            Self::SweepGasFlow | Self::Clamp(_) | Self::AlarmLamp | Self::AlarmSound => false,
        }
    }
}

/// An output slot that takes one of the console's commands.
#[derive(Debug, Clone)]
pub struct Output {
    slot: usize,
    command: Command,
    bounds: Bounds,
    held: Option<f64>,
    /// Whether what is held was set with the host's own keys.
    local: bool,
    driver_runs: Arc<AtomicBool>,
    written: Option<f64>,
    fallback: Option<Fallback>,
    /// Of a clamp: which of the operator's requests was written last.
    request: Option<u32>,
    sequence: u64,
}

impl Output {
    /// A slot, what it takes, the driver's range for it, what its host says it was last asked for, and whether the driver
    /// runs, which the service thread keeps up to date.
    #[must_use]
    pub const fn new(
        slot: usize,
        command: Command,
        bounds: Bounds,
        held: Option<f64>,
        driver_runs: Arc<AtomicBool>,
    ) -> Self {
        Self {
            slot,
            command,
            bounds,
            held,
            local: false,
            driver_runs,
            written: None,
            fallback: None,
            request: None,
            sequence: 0,
        }
    }

    /// With what its host says about who set what is held: its own keys, or a daemon.
    #[must_use]
    pub fn set_by_keys(mut self, local: bool) -> Self {
        self.local = local;
        self
    }

    /// Whether the host's own keys set what it was last asked for; no longer, once we have asked for something.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        self.local && self.written.is_none()
    }

    /// What it takes.
    #[must_use]
    pub const fn command(&self) -> Command {
        self.command
    }

    /// What its host says it was last asked for.
    #[must_use]
    pub const fn held(&self) -> Option<f64> {
        self.held
    }

    /// What was last asked of it, by us or before us.
    #[must_use]
    pub fn asked(&self) -> Option<f64> {
        self.written.or(self.held)
    }

    /// Whether somebody is there to carry out a demand.
    #[must_use]
    pub fn is_served(&self) -> bool {
        self.driver_runs.load(Ordering::Acquire)
    }

    /// Writes a demand if it has changed, or what the host is to make of it without us. True if the host should look at once.
    pub fn write(
        &mut self,
        image: &DaemonImage,
        value: Option<f64>,
        fallback: Option<Fallback>,
        now: Monotonic,
    ) -> bool {
        let value = value.filter(|value| value.is_finite()).map(|value| self.carried_out(value));
        let fallback = value.and_then(|value| self.given_back(value, fallback?));
        let has_changed = value.map(f64::to_bits) != self.written.map(f64::to_bits)
            || fallback.is_some() != self.fallback.is_some();
        if has_changed || fallback != self.fallback {
            self.fallback = fallback;
            self.put(image, value, now);
        }
        has_changed
    }

    /// A fallback within the driver's range, if that leaves anything to give back.
    fn given_back(&self, value: f64, fallback: Fallback) -> Option<Fallback> {
        let then = self.carried_out(fallback.then);
        (then > value).then_some(Fallback { then, ..fallback })
    }

    /// Writes what is asked of a clamp if it is asked for anew, though it be the same position. True if the host should look at once.
    ///
    /// It bears the time at which it was asked: a host that comes back finds a demand that is older than its driver, and a clamp that was moved by hand
    /// meanwhile stays where it is.
    pub fn ask(&mut self, image: &DaemonImage, demand: Option<ClampDemand>, now: Monotonic) -> bool {
        let is_new = demand.map(|demand| demand.request) != self.request;
        if is_new {
            self.request = demand.map(|demand| demand.request);
            let value = demand.map(|demand| self.carried_out(demand.position.value()));
            self.put(image, value, demand.map_or(now, |demand| demand.at));
        }
        is_new
    }

    /// Writes a demand whether it has changed or not. True if it has.
    pub fn refresh(&mut self, image: &DaemonImage, value: f64, now: Monotonic) -> bool {
        let value = self.carried_out(value);
        let has_changed = Some(value.to_bits()) != self.written.map(f64::to_bits);
        self.put(image, Some(value), now);
        has_changed
    }

    fn put(&mut self, image: &DaemonImage, value: Option<f64>, now: Monotonic) {
        self.written = value;
        self.sequence = self.sequence.wrapping_add(1);
        let valid = value.is_some();
        let (value, sequence, fallback) = (value.unwrap_or(0.0), self.sequence, self.fallback);
        image.write(self.slot, Demand { value, t: now, sequence, valid, fallback });
    }

    /// The nearest value that the driver accepts. Zero stays zero: it is how a device is told to stop, and no range may
    /// turn that into motion.
    pub(super) fn carried_out(&self, value: f64) -> f64 {
        if value <= 0.0 && self.bounds.min >= 0.0 {
            0.0
        } else {
            value.min(self.bounds.max).max(self.bounds.min)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_found_by_its_name_and_only_the_pumps_moves_blood() {
        for command in Command::ALL {
            assert_eq!(Command::from_name(command.name()), Some(command));
            assert_eq!(command.is_pump(), command == Command::PumpSpeed);
        }
        assert_eq!(Command::from_name("clamp"), None);
    }
}
