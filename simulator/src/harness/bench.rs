// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reads the devices at their rates and commands them, as hosts and drivers would.

use super::console::{ROLES, index};
use super::exchanges::Exchanges;
use super::lie::{Liar, Lie, Told};
use super::panel::Panel;
use super::part::{Drivers, Part};
use super::sensors;
use crate::chips::board::Happening;
use crate::devices::{Channel, FlowMeterFault, Registers};
use crate::line::{Framing, LineFaults, names};
use crate::plant::Plant;
use crate::random::Noise;
use crate::words::{f32_of, i32_of, join, split};
use ecmod_control::{ClampDemands, LinkHealth, Role};
use ecmod_quantities::{Cause, GasLitresPerMinute, Monotonic, Reading, Rpm};

/// Below this the flow meter says "near zero", L/min.
const NEAR_ZERO: f64 = 0.03;
/// Run forward; stop along the ramp.
const RUN: u16 = 0x28;
const STOP: u16 = 0x20;

/// A value that the drive did not give is asked for again, for so many steps.
const DRIVE_ASKED: u64 = 200;

/// Reads the flow meter's line as a driver does. Without one the meter's mean is taken as it is.
pub trait FlowReader: core::fmt::Debug {
    /// The bytes that came in the last millisecond, usually none; the reading that is new, if there is one.
    fn read(&mut self, bytes: &[u8], now: Monotonic) -> Option<Reading>;
}

/// The readings of all sources, and what the devices were told.
#[derive(Debug)]
pub(super) struct Bench {
    readings: [Reading; ROLES],
    sequence: u64,
    steps: u64,
    transmitter_counter: u16,
    told_gas: Option<GasLitresPerMinute>,
    /// The step of the latest exchange with the drive that succeeded: all that its driver delivers comes over the same line.
    drive_heard: u64,
    flow_reader: Option<Box<dyn FlowReader>>,
    panel: Panel,
    liars: [Option<Liar>; ROLES],
    exchanges: Exchanges,
    /// Of the sensors that hang on no line.
    noise: Noise,
}

/// What a fault on a line does to one exchange: `Some` is why it failed.
fn lost(faults: &LineFaults, plant: &mut Plant) -> Option<Cause> {
    let noise = plant.noise();
    if faults.disconnected || noise.chance(faults.silence) {
        return Some(Cause::Timeout);
    }
    let late = faults.late.is_some_and(|(probability, _)| noise.chance(probability));
    let garbled = faults.noise.is_some_and(|(probability, _)| noise.chance(probability));
    let damaged =
        noise.chance(faults.wrong_crc) || noise.chance(faults.wrong_unit) || noise.chance(faults.short);
    match (late, garbled || damaged || faults.echo) {
        (true, _) => Some(Cause::Timeout),
        (false, true) => Some(Cause::Communication),
        (false, false) => None,
    }
}

impl Bench {
    /// Nothing was read yet. The seed is that of the noise of what hangs on no line.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            readings: [Reading::NO_DATA; ROLES],
            sequence: 0,
            steps: 0,
            transmitter_counter: 0,
            told_gas: None,
            drive_heard: 0,
            flow_reader: None,
            panel: Panel::new(),
            liars: [const { None }; ROLES],
            exchanges: Exchanges::NEW,
            noise: Noise::seeded(seed.wrapping_add(0x5EED)),
        }
    }

    /// The same once more; `None` where somebody else reads the flow meter.
    pub(super) fn fork(&self) -> Option<Self> {
        self.flow_reader.is_none().then(|| Self {
            flow_reader: None,
            panel: self.panel.clone(),
            liars: self.liars.clone(),
            exchanges: self.exchanges.clone(),
            noise: self.noise.clone(),
            ..*self
        })
    }

    /// From now on the source of this role lies, or tells the truth again.
    pub(super) fn lie(&mut self, role: Role, lie: Option<Lie>, now: Monotonic) {
        let place = usize::from(index(role));
        let last = self.readings.get(place).and_then(Reading::value);
        if let Some(slot) = self.liars.get_mut(place) {
            *slot = lie.map(|lie| Liar::new(lie, last, now));
        }
    }

    /// From now on the flow meter's line is read by this.
    pub(super) fn read_flow_with(&mut self, reader: Box<dyn FlowReader>) {
        self.flow_reader = Some(reader);
    }

    /// The readings by source index.
    pub(super) const fn readings(&self) -> &[Reading] {
        &self.readings
    }

    /// After one step of the plant: takes the samples that are due.
    pub(super) fn sample(&mut self, plant: &mut Plant, origin: Monotonic) {
        self.steps += 1;
        let now = origin.plus(plant.now());
        let text = plant.flow_meter.take_output();
        if let Some(reader) = &mut self.flow_reader {
            let line = plant.line_faults(names::FLOW);
            // What is wrong with a line is wrong with a whole one.
            let bytes =
                if text.is_empty() { text } else { line.pass(Framing::Text, &[], text, plant.noise()).bytes };
            if let (Some(reading), Some(slot)) =
                (reader.read(&bytes, now), self.readings.get_mut(usize::from(index(Role::BloodFlow))))
            {
                *slot = reading;
            }
        } else if !text.is_empty() {
            let reading = flow(plant);
            let lost = lost(&plant.line_faults(names::FLOW), plant);
            self.exchanges.count(Part::Flow, lost.is_some());
            self.put(Role::BloodFlow, lost.map_or(reading, Err), now);
        }
        if self.steps.is_multiple_of(20) {
            let mut words = [0; 2];
            let read = plant.drive.read_holding(0x00CE, &mut words);
            let lost = lost(&plant.line_faults(names::PUMP), plant);
            self.exchanges.count(Part::Pump, lost.is_some());
            let reading = match (lost, read) {
                (Some(cause), _) => Err(cause),
                (None, Ok(())) => {
                    let [high, low] = words;
                    Ok((f64::from(join(high, low).cast_signed()), Cause::None))
                }
                (None, Err(_)) => Err(Cause::DeviceError),
            };
            if !matches!(reading, Err(Cause::Timeout | Cause::Communication)) {
                self.drive_heard = self.steps;
            }
            self.put(Role::PumpSpeed, reading, now);
            self.sample_transmitter(plant, now);
        }
        if self.steps.is_multiple_of(100) {
            let flow = plant.truth().sweep_gas.value();
            let lost = lost(&plant.line_faults(names::GAS), plant);
            self.exchanges.count(Part::Gas, lost.is_some());
            let reading = lost.map_or(Ok((flow, Cause::None)), Err);
            self.put(Role::SweepGasFlow, reading, now);
            let samples = sensors::fast(plant, &mut self.noise);
            self.put_all(&samples, now);
        }
        if self.steps.is_multiple_of(1000) {
            let samples = sensors::slow(plant, &mut self.noise);
            self.put_all(&samples, now);
        }
    }

    /// Once in a control period: what hangs on lines, and what became of the clamps.
    pub(super) fn look_at_panel(&mut self, plant: &mut Plant, now: Monotonic) {
        if let Some(faults) = plant.take_board_faults() {
            self.panel.set_faults(now, &faults);
        }
        for happening in plant.take_happenings() {
            if let Happening::Bubble(site) = happening {
                self.panel.bubble(now, site);
            }
        }
        let samples = self.panel.look(now);
        self.put_all(&samples, now);
        let closed = self.panel.closed(now);
        if closed.map(f64::to_bits) != plant.clamped().map(f64::to_bits) {
            plant.set_clamped(closed);
        }
    }

    /// Judges the exchanges so far.
    pub(super) fn judge_links(&mut self, now: Monotonic) {
        self.exchanges.judge(now);
    }

    /// How the links are, by port.
    pub(super) const fn links(&self) -> &[LinkHealth] {
        self.exchanges.links()
    }

    /// What drivers deliver that do not run: nothing, and why.
    pub(super) fn silence(&mut self, drivers: &Drivers, now: Monotonic) {
        for role in Role::KNOWN {
            if let (Some(cause), Some(slot)) =
                (drivers.cause(role), self.readings.get_mut(usize::from(index(role))))
            {
                self.sequence += 1;
                *slot = Reading::bad(cause, now, self.sequence);
            }
        }
    }

    fn put_all(&mut self, samples: &[sensors::Sample], now: Monotonic) {
        for (role, sample) in samples {
            if self.steps > self.drive_heard + DRIVE_ASKED && Part::of(*role) == Some(Part::Pump) {
                continue;
            }
            self.put(*role, sample.map(|value| (value, Cause::None)), now);
        }
    }

    fn sample_transmitter(&mut self, plant: &mut Plant, now: Monotonic) {
        let lost = lost(&plant.line_faults(names::MONITOR), plant);
        self.exchanges.count(Part::Transmitter, lost.is_some());
        let counter = plant.transmitter.counter();
        let frozen = counter == self.transmitter_counter && self.steps > 100;
        self.transmitter_counter = counter;
        for (role, channel) in [
            (Role::VenousPressure, Channel::Venous),
            (Role::PreMembranePressure, Channel::PreMembrane),
            (Role::ArterialPressure, Channel::Arterial),
            (Role::VenousTemperature, Channel::VenousTemperature),
            (Role::ArterialTemperature, Channel::ArterialTemperature),
        ] {
            let reading = match (lost, plant.transmitter.value(channel)) {
                (Some(cause), _) => Err(cause),
                (None, None) => Err(Cause::Disconnected),
                (None, Some(_)) if frozen => Err(Cause::Frozen),
                (None, Some(value)) => Ok((value, Cause::None)),
            };
            self.put(role, reading, now);
        }
    }

    fn put(&mut self, role: Role, reading: Result<(f64, Cause), Cause>, now: Monotonic) {
        let place = usize::from(index(role));
        let (Some(slot), Some(liar)) = (self.readings.get_mut(place), self.liars.get_mut(place)) else {
            return;
        };
        let reading = match (liar, reading) {
            (None, reading) => reading,
            (Some(liar), truth) => {
                match liar.tell(truth.map_or(0.0, |(value, _)| value), now, &mut self.noise) {
                    Told::Nothing => return,
                    Told::Value(value) => Ok((value, Cause::None)),
                    Told::Bad(cause) => Err(cause),
                }
            }
        };
        self.sequence += 1;
        *slot = match reading {
            Ok((value, Cause::None)) => Reading::good(value, now, self.sequence),
            Ok((value, cause)) => Reading::uncertain(value, cause, now, self.sequence),
            Err(cause) => Reading::bad(cause, now, self.sequence),
        };
    }

    /// Writes a demanded speed into the drive, where it differs from what stands there. `None` writes nothing.
    pub(super) fn command_pump(&mut self, plant: &mut Plant, demand: Option<Rpm>) {
        let Some(demand) = demand else { return };
        if lost(&plant.line_faults(names::PUMP), plant).is_some() {
            return;
        }
        let mut word = [0; 1];
        if plant.drive.read_holding(0x007D, &mut word).is_err() {
            return;
        }
        let [command] = word;
        if demand.value() <= 0.0 {
            if command & 0x18 != 0 {
                // A refusal leaves the drive as it is; the next period tries again.
                let _ = plant.drive.write(0x007D, &[STOP]);
            }
            return;
        }
        let rpm = i32_of(demand.value()).unsigned_abs().max(crate::devices::Blv::MINIMUM_RPM);
        if plant.drive.commanded() != rpm {
            let _ = plant.drive.write(0x0480, &split(rpm));
        }
        if command != RUN {
            let _ = plant.drive.write(0x007D, &[RUN]);
        }
    }

    /// Tells the clamps what is demanded of them.
    pub(super) fn command_clamps(&mut self, now: Monotonic, demands: ClampDemands) {
        self.panel.command(now, [demands.drainage_clamp, demands.return_clamp]);
    }

    /// Writes a new sweep gas setpoint into the gas controller.
    pub(super) fn command_gas(&mut self, plant: &mut Plant, demand: Option<GasLitresPerMinute>) {
        let Some(flow) = demand else { return };
        if self.told_gas == demand || lost(&plant.line_faults(names::GAS), plant).is_some() {
            return;
        }
        if plant.gas.write(1009, &split(f32_of(flow.value()).to_bits())).is_ok() {
            self.told_gas = demand;
        }
    }
}

/// The flow meter's line as its driver reads it.
fn flow(plant: &Plant) -> Result<(f64, Cause), Cause> {
    match (plant.flow_meter.fault(), plant.flow_meter.mean_100ms()) {
        (FlowMeterFault::Disconnected, _) => Err(Cause::Disconnected),
        (FlowMeterFault::CouplingLost, _) => Err(Cause::SignalLost),
        (FlowMeterFault::Overflow | FlowMeterFault::Underflow, _) => Err(Cause::OutOfRange),
        (FlowMeterFault::OverTemperature, _) => Err(Cause::DeviceError),
        (FlowMeterFault::None | FlowMeterFault::Hang, None) => Err(Cause::NotReady),
        (FlowMeterFault::None | FlowMeterFault::Hang, Some(flow)) => {
            let near = flow.value().abs() < NEAR_ZERO;
            Ok((flow.value(), if near { Cause::NearZero } else { Cause::None }))
        }
    }
}
