// SPDX-License-Identifier: MIT OR Apache-2.0
//! The limits that a preset may set, each with its range in its canonical unit: the control core's table once more, since a
//! configuration is checked without it. A test of the daemon holds the two together.

/// The name of each limit, its lowest and its highest value.
pub(crate) const LIMITS: &[(&str, f64, f64)] = &[
    ("flow_low", 0.1, 8.0),
    ("flow_low_part", 20.0, 95.0),
    ("flow_high", 0.2, 10.0),
    ("backflow", -1.0, -0.05),
    ("flow_deviation", 10.0, 60.0),
    ("flow_quality_low", 5.0, 90.0),
    ("venous_pressure_low", -250.0, -20.0),
    ("venous_pressure_very_low", -300.0, -30.0),
    ("pre_membrane_pressure_high", 50.0, 500.0),
    ("pre_membrane_pressure_very_high", 60.0, 600.0),
    ("arterial_pressure_high", 50.0, 450.0),
    ("arterial_pressure_very_high", 60.0, 550.0),
    ("suction_chatter", 3.0, 60.0),
    ("membrane_resistance_high", 120.0, 300.0),
    ("membrane_resistance_rise", 5.0, 100.0),
    ("temperature_high", 34.0, 41.0),
    ("temperature_very_high", 35.0, 42.0),
    ("temperature_low", 28.0, 37.0),
    ("venous_saturation_low", 30.0, 85.0),
    ("sweep_gas_low_part", 5.0, 80.0),
    ("gas_supply_pressure_low", 1.0, 6.0),
    ("exhaust_oxygen_low", 18.0, 60.0),
    ("drive_temperature_high", 40.0, 110.0),
    ("pump_load_high", 30.0, 250.0),
    ("battery_time_low", 300.0, 7200.0),
    ("battery_time_critical", 120.0, 3600.0),
    ("battery_charge_low", 10.0, 80.0),
    ("battery_charge_critical", 5.0, 50.0),
];

/// Where a limit may lie, in its canonical unit; `None` if there is no limit with this name.
#[must_use]
pub fn limit_range(name: &str) -> Option<(f64, f64)> {
    LIMITS.iter().find(|(limit, _, _)| *limit == name).map(|(_, minimum, maximum)| (*minimum, *maximum))
}
