// SPDX-License-Identifier: MIT OR Apache-2.0
//! Temperatures, saturation, sweep gas.

use crate::matrix::{all, by_mode, wanted};
use crate::words::{Pump, Row};
use ecmod_control::AlarmKind as Kind;
use ecmod_control::Priority::{High, Medium};
use ecmod_control::Role;
use ecmod_sim::harness::Lie;
use ecmod_sim::scenario::Fault;

pub const ROWS: &[Row] = &[
    Row {
        name: "The heater warms the blood to 38.5 degC",
        origin: "TEMP_HIGH",
        play: |bed| {
            bed.lie(Role::ArterialTemperature, Lie::Always(38.5));
            bed.run(20.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::TemperatureHigh, Medium, 12.0)],
        also: &[],
    },
    Row {
        name: "The heater warms the blood to 40.5 degC",
        origin: "TEMP_HIGH",
        play: |bed| {
            bed.lie(Role::ArterialTemperature, Lie::Always(40.5));
            bed.run(20.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::TemperatureHigh, High, 12.0)],
        also: &[Kind::SensorFrozen],
    },
    Row {
        name: "The heater fails and the blood cools to 34 degC",
        origin: "TEMP_LOW",
        play: |bed| {
            bed.lie(Role::ArterialTemperature, Lie::Always(34.0));
            bed.run(20.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::TemperatureLow, Medium, 12.0)],
        also: &[Kind::SensorFrozen],
    },
    Row {
        name: "Venous saturation falls to 50 %",
        origin: "SVO2_LOW",
        play: |bed| {
            bed.lie(Role::VenousSaturation, Lie::Always(50.0));
            bed.run(40.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[by_mode(Kind::VenousSaturationLow, [Some(Medium), Some(Medium), None], 33.0)],
        also: &[Kind::VenousSaturationLow, Kind::SensorFrozen],
    },
    Row {
        name: "The sweep gas stops",
        origin: "SWEEP_ZERO, O2_SUPPLY; incidents 13, 14",
        play: |bed| {
            bed.fault(Fault::GasSupplyLost {});
            bed.run(60.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::SweepGasLost, High, 7.0), wanted(Kind::OxygenSupply, High, 7.0)],
        also: &[Kind::VenousSaturationLow],
    },
    Row {
        name: "The oxygen cylinder runs empty in transport",
        origin: "O2_SUPPLY before SWEEP_ZERO; incident 13",
        play: |bed| {
            bed.fault(Fault::GasCylinderEmpties { bar_per_s: 0.1 });
            bed.run(60.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::OxygenSupply, High, 21.0), wanted(Kind::SweepGasLost, High, 37.0)],
        also: &[Kind::VenousSaturationLow],
    },
    Row {
        name: "The blender gives air instead of oxygen",
        origin: "O2_SUPPLY (FEO2); incident 14",
        play: |bed| {
            bed.fault(Fault::OxygenLost {});
            bed.run(60.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::OxygenSupply, High, 30.0)],
        also: &[Kind::VenousSaturationLow],
    },
    Row {
        name: "The gas controller does not answer",
        origin: "SENSOR_STALE; incident 14: its own report is not relied on",
        play: |bed| {
            bed.fault(Fault::Silence { line: "gas_line".into(), probability: 1.0 });
            bed.run(20.0);
        },
        pump: all(Pump::Undisturbed),
        state: all(None),
        alarms: &[wanted(Kind::SensorStale, Medium, 2.0)],
        also: &[Kind::SweepGasLost],
    },
];
