// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is known of the roles that the control core uses: quantity, plausible range, longest age; and of its commands.
//!
//! Ranges: the merged signal list of the requirements (1.4), an engineering proposal [C]. Ages: three periods of the slowest device that
//! delivers the signal, and never longer than the alarm catalogue lets a reading be stale.

use ecmod_quantities::{Quantity, Span};

/// The defaults of one role.
pub(crate) struct KnownRole {
    pub name: &'static str,
    pub label: &'static str,
    pub quantity: Quantity,
    pub minimum: f64,
    pub maximum: f64,
    pub longest_age: Span,
}

const fn role(
    name: &'static str,
    label: &'static str,
    quantity: Quantity,
    range: (f64, f64),
    longest_age_ms: u64,
) -> KnownRole {
    KnownRole {
        name,
        label,
        quantity,
        minimum: range.0,
        maximum: range.1,
        longest_age: Span::from_millis(longest_age_ms),
    }
}

pub(crate) const SIGNALS: &[KnownRole] = &[
    role("blood_flow", "Blood flow", Quantity::BloodFlow, (-10.0, 10.0), 500),
    role("pump_speed", "Pump speed", Quantity::Speed, (0.0, 12_000.0), 300),
    role("venous_pressure", "Venous pressure (Pven)", Quantity::Pressure, (-500.0, 300.0), 500),
    role("pre_membrane_pressure", "Pre-membrane pressure (Pint)", Quantity::Pressure, (-100.0, 900.0), 500),
    role("arterial_pressure", "Arterial pressure (Part)", Quantity::Pressure, (-100.0, 900.0), 500),
    role("sweep_gas_flow", "Sweep gas flow", Quantity::GasFlow, (0.0, 15.0), 2000),
    role("venous_temperature", "Venous temperature", Quantity::Temperature, (10.0, 45.0), 5000),
    role("arterial_temperature", "Arterial temperature", Quantity::Temperature, (10.0, 45.0), 5000),
    // the pump
    role("tacho", "Pump speed, second sensor", Quantity::Speed, (0.0, 12_000.0), 500),
    role("pump_load", "Load of the pump's motor", Quantity::Fraction, (0.0, 300.0), 1000),
    role("drive_alarm", "Alarm code of the drive", Quantity::Code, (0.0, 1e9), 1000),
    role("drive_temperature", "Temperature of the drive", Quantity::Temperature, (-20.0, 150.0), 5000),
    // the circuit
    role("flow_quality", "Signal quality of the flow meter", Quantity::Fraction, (0.0, 100.0), 1000),
    role("return_bubble", "Bubble in the return line", Quantity::State, (0.0, 1.0), 1000),
    role("return_bubble_count", "Bubbles in the return line", Quantity::Count, (0.0, 1e9), 5000),
    role("drainage_bubble", "Bubble in the drainage line", Quantity::State, (0.0, 1.0), 1000),
    role("drainage_bubble_count", "Bubbles in the drainage line", Quantity::Count, (0.0, 1e9), 5000),
    role("level_low", "Level too low", Quantity::State, (0.0, 1.0), 1000),
    role(
        "return_clamp_position",
        "Return clamp: open, closed, moving, fault",
        Quantity::Code,
        (0.0, 3.0),
        1000,
    ),
    role(
        "drainage_clamp_position",
        "Drainage clamp: open, closed, moving, fault",
        Quantity::Code,
        (0.0, 3.0),
        1000,
    ),
    role("venous_saturation", "Venous saturation (SvO2)", Quantity::Fraction, (0.0, 100.0), 10_000),
    // the gas
    role("gas_supply_pressure", "Pressure of the gas supply", Quantity::GasPressure, (0.0, 20.0), 2000),
    role("exhaust_oxygen", "Oxygen in the exhaust gas", Quantity::Fraction, (0.0, 100.0), 5000),
    // keys, sounder, power
    role("key_mute", "Key: pause the sound", Quantity::State, (0.0, 1.0), 1000),
    role("key_confirm", "Key: confirm", Quantity::State, (0.0, 1.0), 1000),
    role("key_override", "Key: override", Quantity::State, (0.0, 1.0), 1000),
    role("sounder_ok", "Sounder works", Quantity::State, (0.0, 1.0), 5000),
    role("alarm_heartbeat_lost", "Annunciator sounds by itself", Quantity::State, (0.0, 1.0), 1000),
    role("mains", "Mains", Quantity::State, (0.0, 1.0), 3000),
    role("battery_usable", "Battery can be relied on", Quantity::State, (0.0, 1.0), 5000),
    role("battery_charge", "Charge of the battery", Quantity::Fraction, (0.0, 100.0), 5000),
    role("battery_time_to_empty", "Time until the battery is empty", Quantity::Duration, (0.0, 1e6), 10_000),
    role("battery_charging", "Battery is charged or full", Quantity::State, (0.0, 1.0), 10_000),
];

/// The commands that have an owner, each with what it is.
pub(crate) const COMMANDS: &[(&str, Quantity)] = &[
    // the control loop's
    ("pump_speed", Quantity::Speed),
    // the operator's
    ("sweep_gas_flow", Quantity::GasFlow),
    // 0 open, 1 closed; nothing is demanded until an operator or an intervention asks
    ("return_clamp", Quantity::State),
    ("drainage_clamp", Quantity::State),
    // 0 none, 1 low, 2 medium, 3 high priority; demanded afresh in every tick, which is the annunciator's heartbeat
    ("alarm_lamp", Quantity::Code),
    ("alarm_sound", Quantity::Code),
];

/// What a signal of a role that the core knows is; `None` for another role.
#[must_use]
pub fn signal_quantity(role: &str) -> Option<Quantity> {
    known(role).map(|known| known.quantity)
}

/// What a command of the console is; `None` if the console gives no such command.
#[must_use]
pub fn command_quantity(name: &str) -> Option<Quantity> {
    COMMANDS.iter().find(|(command, _)| *command == name).map(|(_, quantity)| *quantity)
}

/// The longest age of a signal with a role of the integrator's own, unless configured.
pub(crate) const OTHER_LONGEST_AGE: Span = Span::from_secs(5);

pub(crate) fn known(name: &str) -> Option<&'static KnownRole> {
    SIGNALS.iter().find(|role| role.name == name)
}
