// SPDX-License-Identifier: MIT OR Apache-2.0
//! The console of the harness: one source for every role that the core knows, in the order of the roles.
//!
//! So the number of a role is also the number of its signal and of its only source.

use super::part::Part;
use crate::circuit::PumpPreset;
use ecmod_control::{Role, Settings, SignalSettings};
use ecmod_quantities::{PerSecond, Quantity, Rpm, Seconds, Span};

/// What the flow meter's driver declares of the fastest change, L/min per second.
const FLOW_SLEW: PerSecond = PerSecond(10.0);

/// How many roles there are.
pub(super) const ROLES: usize = Role::KNOWN.len();

/// The number of this role's signal and source.
#[must_use]
pub const fn index(role: Role) -> u16 {
    role as u16
}

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
    for (slot, role) in settings.signals.iter_mut().zip(Role::KNOWN) {
        *slot = Some(signal(role));
    }
    settings.alarms.topology = Part::topology();
    settings
}

/// As the configuration has it for this role unless it is told otherwise.
fn signal(role: Role) -> SignalSettings {
    // Every known role states its own quantity.
    let mut signal = SignalSettings::new(role, Quantity::Code, index(role));
    match signal.quantity {
        Quantity::Pressure => signal.filter = Seconds(0.04),
        Quantity::State | Quantity::Code => signal.longest_age = Span::from_millis(1000),
        _ => {}
    }
    match role {
        Role::BloodFlow => signal.max_slew = Some(FLOW_SLEW),
        Role::SounderOk | Role::BatteryUsable | Role::BatteryCharge | Role::BatteryCharging => {
            signal.longest_age = Span::from_secs(5);
        }
        Role::VenousSaturation | Role::BatteryTimeToEmpty => signal.longest_age = Span::from_secs(10),
        Role::PumpLoad => signal.maximum = 300.0,
        Role::DriveTemperature => signal.maximum = 150.0,
        _ => {}
    }
    signal
}
