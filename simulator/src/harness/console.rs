// SPDX-License-Identifier: MIT OR Apache-2.0
//! The console of the harness: one source for every role, in a fixed order.

use crate::circuit::PumpPreset;
use ecmod_control::{Role, Settings, SignalSettings};
use ecmod_quantities::{PerSecond, Quantity, Rpm, Seconds};

/// Index of a role among the core's signals, and of its only source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum RoleIndex {
    /// From the flow meter's 100 ms mean.
    BloodFlow = 0,
    /// From the drive.
    PumpSpeed = 1,
    /// From the transmitter.
    VenousPressure = 2,
    /// From the transmitter.
    PreMembranePressure = 3,
    /// From the transmitter.
    ArterialPressure = 4,
    /// From the gas controller.
    SweepGasFlow = 5,
    /// From the transmitter.
    VenousTemperature = 6,
    /// From the transmitter.
    ArterialTemperature = 7,
}

/// What the flow meter's driver declares of the fastest change, L/min per second.
const FLOW_SLEW: PerSecond = PerSecond(10.0);

/// How many there are.
pub(super) const ROLES: usize = 8;

/// The usual console for this pump.
///
/// A DP3 class pump turns twice as fast for the same flow, so its speed may change twice as fast.
#[must_use]
pub fn settings_for(pump: PumpPreset) -> Settings {
    let preset = match pump {
        PumpPreset::RotaflowLike => ecmod_control::PumpPreset::RotaflowLike,
        PumpPreset::CentrimagLike => ecmod_control::PumpPreset::CentrimagLike,
        PumpPreset::Dp3Like => ecmod_control::PumpPreset::Dp3Like,
    };
    let mut settings = Settings::for_pump(preset);
    if pump == PumpPreset::Dp3Like {
        settings.speed.slew = Rpm(600.0);
    }
    let signals = [
        (Role::BloodFlow, Quantity::BloodFlow, RoleIndex::BloodFlow),
        (Role::PumpSpeed, Quantity::Speed, RoleIndex::PumpSpeed),
        (Role::VenousPressure, Quantity::Pressure, RoleIndex::VenousPressure),
        (Role::PreMembranePressure, Quantity::Pressure, RoleIndex::PreMembranePressure),
        (Role::ArterialPressure, Quantity::Pressure, RoleIndex::ArterialPressure),
        (Role::SweepGasFlow, Quantity::GasFlow, RoleIndex::SweepGasFlow),
        (Role::VenousTemperature, Quantity::Temperature, RoleIndex::VenousTemperature),
        (Role::ArterialTemperature, Quantity::Temperature, RoleIndex::ArterialTemperature),
    ];
    for (slot, (role, quantity, index)) in settings.signals.iter_mut().zip(signals) {
        let mut signal = SignalSettings::new(role, quantity, index as u16);
        if quantity == Quantity::Pressure {
            signal.filter = Seconds(0.04);
        }
        if role == Role::BloodFlow {
            signal.max_slew = Some(FLOW_SLEW);
        }
        *slot = Some(signal);
    }
    settings
}
