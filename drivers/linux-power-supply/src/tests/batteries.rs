// SPDX-License-Identifier: MIT OR Apache-2.0
//! Readings of real batteries, file by file, as posted on kernel mailing lists and in public bug reports.

/// A battery by `sbs-battery` with TI's gauge, discharged by its own electronics (linux-pm list, 2020).
pub const GEHC: &[(&str, &str)] = &[
    ("present", "1"),
    ("status", "Discharging"),
    ("capacity_level", "Normal"),
    ("health", "Good"),
    ("cycle_count", "12"),
    ("voltage_now", "11441000"),
    ("current_now", "-26000"),
    ("current_avg", "-24000"),
    ("capacity", "76"),
    ("capacity_error_margin", "1"),
    ("temp", "198"),
    ("time_to_empty_avg", "438600"),
    ("energy_now", "31090000"),
    ("energy_full", "42450000"),
    ("energy_full_design", "41040000"),
    ("charge_now", "2924000"),
    ("charge_full", "3898000"),
    ("charge_full_design", "3800000"),
];

/// The same kernel driver with a gauge of another make: full, and nothing vouches for it (linux-arm-msm list).
pub const MURATA: &[(&str, &str)] = &[
    ("present", "1"),
    ("status", "Full"),
    ("capacity_level", "Full"),
    ("health", "Unknown"),
    ("cycle_count", "2"),
    ("voltage_now", "12293000"),
    ("current_now", "0"),
    ("current_avg", "0"),
    ("capacity", "97"),
    ("capacity_error_margin", "3"),
    ("temp", "194"),
    ("time_to_empty_avg", "3932100"),
    ("charge_now", "3451000"),
    ("charge_full", "3555000"),
    ("charge_full_design", "4200000"),
];

/// A `bq27200` that has to be calibrated (linux-omap list).
pub const BQ27200: &[(&str, &str)] = &[
    ("present", "1"),
    ("status", "Discharging"),
    ("health", "Calibration required"),
    ("voltage_now", "3536000"),
    ("current_now", "-432327"),
    ("capacity", "18"),
    ("capacity_level", "Normal"),
    ("temp", "316"),
    ("time_to_empty_now", "4140"),
    ("time_to_empty_avg", "3780"),
    ("charge_now", "366680"),
    ("charge_full", "2050560"),
    ("charge_full_design", "2056320"),
];

/// A `bq27000` behind a bus that is dead: zeros, and "Good" (linux-omap list, 2020).
pub const DEAD_BUS: &[(&str, &str)] = &[
    ("present", "1"),
    ("status", "Discharging"),
    ("health", "Good"),
    ("voltage_now", "0"),
    ("current_now", "0"),
    ("capacity", "0"),
    ("temp", "-2731"),
    ("time_to_empty_avg", "0"),
    ("charge_now", "0"),
    ("charge_full", "0"),
];

/// An ACPI battery that counts energy and gives power (a public bug report of a status bar).
pub const SANYO: &[(&str, &str)] = &[
    ("present", "1"),
    ("status", "Discharging"),
    ("capacity", "9"),
    ("capacity_level", "Normal"),
    ("voltage_now", "10459000"),
    ("power_now", "27758000"),
    ("energy_now", "2420000"),
    ("energy_full", "25860000"),
    ("energy_full_design", "23510000"),
    ("cycle_count", "5"),
];
