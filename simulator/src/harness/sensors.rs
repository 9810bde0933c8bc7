// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sensors that hang on no simulated line: second speed, drive, saturations, gas supply, flow quality, power.
//!
//! Each reads the truth with its own noise, at its own rate.

use crate::plant::Plant;
use crate::random::Noise;
use ecmod_control::Role;
use ecmod_quantities::Cause;

/// A sample: of which role, and what.
pub(super) type Sample = (Role, Result<f64, Cause>);

/// Noise, one standard deviation `[C]`: second speed rpm, load %, flow quality %, saturation %, exhaust %, supply bar.
const TACHO: f64 = 2.0;
const LOAD: f64 = 0.5;
const QUALITY: f64 = 0.7;
const SATURATION: f64 = 0.4;
const EXHAUST: f64 = 0.3;
const SUPPLY: f64 = 0.01;
/// Quality that a flow meter usually has, %.
const USUAL_QUALITY: f64 = 96.0;

/// What is read ten times a second.
pub(super) fn fast(plant: &Plant, noise: &mut Noise) -> [Sample; 4] {
    let truth = plant.truth();
    let quality = USUAL_QUALITY * plant.flow_meter.signal() + QUALITY * noise.normal();
    [
        (Role::Tacho, Ok((truth.rotor_speed.value() + TACHO * noise.normal()).max(0.0))),
        (Role::PumpLoad, Ok((100.0 * truth.load + LOAD * noise.normal()).max(0.0))),
        (Role::DriveAlarm, Ok(f64::from(plant.drive.alarm()))),
        (Role::FlowQuality, Ok(quality.clamp(0.0, 100.0))),
    ]
}

/// What is read once a second.
pub(super) fn slow(plant: &Plant, noise: &mut Noise) -> [Sample; 9] {
    let truth = plant.truth();
    let power = &plant.power;
    let state = |yes: bool| Ok(f64::from(u8::from(yes)));
    let full = power.capacity() > 99.5;
    [
        (Role::DriveTemperature, Ok(truth.drive_temperature.value())),
        (
            Role::VenousSaturation,
            Ok((truth.venous_saturation + SATURATION * noise.normal()).clamp(0.0, 100.0)),
        ),
        (Role::ExhaustOxygen, Ok((truth.exhaust_oxygen + EXHAUST * noise.normal()).clamp(0.0, 100.0))),
        (Role::GasSupplyPressure, Ok((truth.gas_supply + SUPPLY * noise.normal()).max(0.0))),
        (Role::Mains, state(power.on_mains())),
        (Role::BatteryUsable, state(power.usable())),
        (
            Role::BatteryCharge,
            if power.is_present() { Ok(power.capacity()) } else { Err(Cause::Disconnected) },
        ),
        (Role::BatteryTimeToEmpty, power.time_to_empty_s().ok_or(Cause::NotReady)),
        (Role::BatteryCharging, state(power.charging() || (full && power.usable()))),
    ]
}
