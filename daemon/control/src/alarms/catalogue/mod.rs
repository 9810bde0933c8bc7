// SPDX-License-Identifier: MIT OR Apache-2.0
//! The catalogue: one row for each kind of alarm. The reference in the documentation is made from it.
//!
//! Priorities follow IEC 60601-1-8, table 1: how bad the harm is and how soon it comes `[K]`. Delays, limits and texts are
//! proposals for a console that knows no patient `[C]`. What the words mean: *usual* priority and a *special* case with its
//! own, *delay* before an alarm is announced, *clear* time after which one whose condition is gone leaves (what comes back
//! earlier is the same alarm), *latching* for those that stay until an operator resets them.

mod air;
mod blood;
mod console;
mod flow;
mod power;
mod pressure;
mod pump;
mod reminder;
mod sensor;

use super::{AlarmKind, Definition, Priorities, Priority, SubjectKind};
use ecmod_quantities::Span;

/// Every kind of alarm, in the order of [`AlarmKind::ALL`].
pub const CATALOGUE: [Definition; AlarmKind::COUNT] = [
    pump::STOP,
    pump::SPEED_DEVIATION,
    pump::LINK_LOST,
    pump::DRIVE_FAULT,
    pump::DRIVE_OVERTEMPERATURE,
    pump::MOTOR_CURRENT_TREND,
    flow::LOW,
    flow::HIGH_ROW,
    flow::BACKFLOW,
    flow::SENSOR_BAD,
    flow::IMPLAUSIBLE,
    air::GROSS_ARTERIAL,
    air::VENOUS,
    air::UNCONFIRMED,
    air::LEVEL_LOW,
    pressure::VENOUS_LOW,
    pressure::SUCTION,
    pressure::PRE_MEMBRANE_HIGH,
    pressure::ARTERIAL_HIGH,
    pressure::MEMBRANE_DROP_HIGH,
    pressure::MEMBRANE_DROP_TREND,
    pressure::OCCLUSION_DOWNSTREAM,
    pressure::OCCLUSION_UPSTREAM,
    pressure::DISCONNECT,
    blood::TEMPERATURE_HIGH,
    blood::TEMPERATURE_LOW,
    blood::VENOUS_SATURATION_LOW,
    blood::SWEEP_GAS_LOST,
    blood::OXYGEN_SUPPLY,
    pressure::CLAMP_MISMATCH,
    power::MAINS_LOST,
    power::BATTERY_LOW,
    power::BATTERY_CRITICAL,
    power::BATTERY_FAULT,
    power::BATTERY_NOT_CHARGING,
    sensor::STALE,
    sensor::BAD,
    sensor::FROZEN,
    sensor::DISAGREES,
    sensor::REDUNDANT,
    sensor::NOT_ZEROED,
    sensor::HOST_LOST,
    sensor::DRIVER_FAULT,
    sensor::PLUGIN_DEAD,
    sensor::LINK_DEGRADED,
    console::CONTROL_LOST,
    console::DAEMON_RESTARTED,
    console::RESTARTS_FREQUENT,
    console::LOCAL_CONTROL,
    console::LOOP_OVERRUN,
    console::WATCHDOG_NEAR,
    console::HOST_HUNG,
    console::BUS_LOST,
    console::CONFIGURATION_INVALID,
    console::CONFIGURATION_RESTORED,
    console::JOURNAL_DAMAGED,
    console::LIMITS_RESET,
    console::CLOCK_JUMP,
    console::DISK_FULL,
    console::STORAGE_FAILED,
    console::LOG_LOSS,
    console::SELF_TEST_FAILED,
    console::SOUNDER_FAULT,
    console::KEY_STUCK,
    reminder::INTERVENTION_EXPIRED,
    reminder::INTERVENTION_OVERRIDDEN,
    reminder::ALARMS_OFF,
    reminder::REVIEW_PENDING,
    reminder::CHECK_DUE,
];

impl AlarmKind {
    /// The row of the catalogue.
    #[must_use]
    pub const fn definition(self) -> &'static Definition {
        static ROWS: [Definition; AlarmKind::COUNT] = CATALOGUE;
        #[allow(clippy::indexing_slicing)]
        // there is a row for each kind, in their order: a test of the catalogue
        &ROWS[self.index()]
    }
}

/// A row to begin with: one alarm of the kind, medium priority, no delay, gone two seconds after its condition.
const fn row(kind: AlarmKind, condition: &'static str) -> Definition {
    Definition {
        kind,
        subject: SubjectKind::None,
        condition,
        limits: &[],
        hysteresis: 0.0,
        delay: Span::ZERO,
        adds_up: false,
        clear: Span::from_secs(2),
        priorities: MEDIUM,
        latching: false,
        may_be_off: false,
        action: "none",
        text: "",
        causes: &[],
        inputs: &[],
        explained_by: &[],
        procedure: None,
    }
}

const LOW: Priorities = Priorities::always(Priority::Low);
const MEDIUM: Priorities = Priorities::always(Priority::Medium);
const HIGH: Priorities = Priorities::always(Priority::High);

/// A usual priority, and another one in this case.
const fn except(usual: Priority, special: Priority, when: &'static str) -> Priorities {
    Priorities { usual, special: Some((special, when)) }
}

#[cfg(test)]
mod tests;
