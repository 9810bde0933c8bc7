// SPDX-License-Identifier: MIT OR Apache-2.0
//! The blood's temperature and saturation, and the gas: of concern during support.

use super::super::scene::{Scene, Sink, When};
use super::super::{AlarmCause, AlarmKind};
use super::baseline::Baseline;
use crate::{LimitKind, Role};
use ecmod_quantities::{Seconds, Span};

/// After a start the blood may take this long to get warm.
const WARMING: Span = Span::from_secs(600);
/// How slowly the usual gas flow follows, and how long it must have been seen.
const USUAL_GAS: Seconds = Seconds(30.0);
const GAS_SEEN: Seconds = Seconds(10.0);
/// Less sweep gas than this is none, L/min.
const NO_GAS: f64 = 0.05;
/// With more sweep gas than this the exhaust is that of the membrane, L/min.
const FLOWING_GAS: f64 = 0.3;
/// Support without any gas is an alarm after this time, even if nobody has ever asked for gas.
const GAS_EXPECTED: Span = Span::from_secs(60);

#[derive(Debug, Clone)]
pub(super) struct Memory {
    was_warm: bool,
    gas: Baseline,
}

impl Memory {
    pub(super) const NEW: Self = Self { was_warm: false, gas: Baseline::NEW };
}

pub(super) fn find(scene: &Scene<'_>, memory: &mut Memory, supported: Option<Span>, sink: &mut Sink<'_>) {
    let Some(supported) = supported else {
        *memory = Memory::NEW;
        return;
    };
    temperature(scene, memory, supported, sink);
    if let Some(saturation) = scene.value(Role::VenousSaturation)
        && sink.below(AlarmKind::VenousSaturationLow, saturation, scene.limit(LimitKind::VenousSaturationLow))
    {
        let cause = AlarmCause::value("below_limit", saturation);
        sink.find(AlarmKind::VenousSaturationLow, When::Usual, cause);
    }
    supply(scene, sink);
    sweep(scene, memory, supported, sink);
}

/// What goes into the patient counts; what comes out of it only if that is not known.
fn temperature(scene: &Scene<'_>, memory: &mut Memory, supported: Span, sink: &mut Sink<'_>) {
    let arterial = scene.value(Role::ArterialTemperature).map(|value| ("arterial", value));
    let venous = scene.value(Role::VenousTemperature).map(|value| ("venous", value));
    let Some((word, value)) = arterial.or(venous) else { return };
    let very = scene.limit(LimitKind::TemperatureVeryHigh).is_some_and(|limit| value > limit);
    if very || sink.above(AlarmKind::TemperatureHigh, value, scene.limit(LimitKind::TemperatureHigh)) {
        sink.find(AlarmKind::TemperatureHigh, When::special(very), AlarmCause::value(word, value));
    }
    if !sink.below(AlarmKind::TemperatureLow, value, scene.limit(LimitKind::TemperatureLow)) {
        memory.was_warm = true;
    } else if memory.was_warm || supported >= WARMING {
        sink.find(AlarmKind::TemperatureLow, When::Usual, AlarmCause::value(word, value));
    }
}

fn supply(scene: &Scene<'_>, sink: &mut Sink<'_>) {
    let pressure = scene.value(Role::GasSupplyPressure);
    // Without gas the exhaust is that of the room, and the gas has an alarm of its own.
    let gas = scene.value(Role::SweepGasFlow);
    let oxygen = scene.value(Role::ExhaustOxygen).filter(|_| gas.is_none_or(|gas| gas > FLOWING_GAS));
    if let Some(pressure) = pressure
        && sink.below(AlarmKind::OxygenSupply, pressure, scene.limit(LimitKind::GasSupplyPressureLow))
    {
        sink.find(AlarmKind::OxygenSupply, When::Usual, AlarmCause::value("supply_pressure", pressure));
    } else if let Some(oxygen) = oxygen
        && sink.below(AlarmKind::OxygenSupply, oxygen, scene.limit(LimitKind::ExhaustOxygenLow))
    {
        sink.find(AlarmKind::OxygenSupply, When::Usual, AlarmCause::value("exhaust_oxygen", oxygen));
    }
}

/// Against the setpoint; where none was ever set, against what flowed until now.
fn sweep(scene: &Scene<'_>, memory: &mut Memory, supported: Span, sink: &mut Sink<'_>) {
    let Some(flow) = scene.value(Role::SweepGasFlow) else { return };
    let part = scene.limit(LimitKind::SweepGasLowPart).map(|part| 0.01 * part);
    match scene.outputs.sweep_gas_flow {
        Some(setpoint) if setpoint.value() > 0.0 => {
            let limit = part.map(|part| (part * setpoint.value()).max(NO_GAS));
            if sink.below(AlarmKind::SweepGasLost, flow, limit) {
                let cause = AlarmCause::value("below_setpoint", flow);
                sink.find(AlarmKind::SweepGasLost, When::Usual, cause);
            }
        }
        // Nobody wants gas.
        Some(_) => {}
        None => {
            let usual = memory.gas.settled(GAS_SEEN).filter(|usual| *usual > 2.0 * NO_GAS);
            let limit = usual.and_then(|usual| part.map(|part| (part * usual).max(NO_GAS)));
            if sink.below(AlarmKind::SweepGasLost, flow, limit) {
                sink.find(AlarmKind::SweepGasLost, When::Usual, AlarmCause::value("ceased", flow));
            } else if flow < NO_GAS && supported >= GAS_EXPECTED {
                sink.find(AlarmKind::SweepGasLost, When::Usual, AlarmCause::value("never_set", flow));
            } else {
                memory.gas.take(flow, USUAL_GAS, scene.now);
            }
        }
    }
}
