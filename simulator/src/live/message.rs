// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is said on the control socket and on standard output: one JSON object a line.

use super::world::{Bin, World};
use crate::chips::board::Change;
use crate::plant::FaultId;
use crate::scenario::{Fault, PatientChange};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Printed on standard output when everything can be connected to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// Device node or `host:port` of each line.
    pub ports: BTreeMap<String, String>,
    /// The Unix stream socket that takes commands.
    pub control_socket: String,
    /// When the simulation's time began, `CLOCK_MONOTONIC`, ns.
    pub started_ns: u64,
}

/// A command on the control socket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "cmd", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Something goes wrong; the answer has its `id`.
    Inject {
        /// What.
        fault: Fault,
    },
    /// It is no longer wrong.
    Clear {
        /// From the answer to `inject`.
        id: FaultId,
    },
    /// Nothing is wrong any more.
    ClearAll {},
    /// The patient changes.
    Patient {
        /// How.
        change: PatientChange,
    },
    /// What is true now.
    State {},
    /// Extremes of speed and flow since the last such command of this connection.
    Extremes {},
    /// The last changes of one of the board's lines.
    Line {
        /// Its name.
        name: String,
    },
    /// From now on a line with extremes for every period, until the connection is closed. Nothing else is answered.
    Trace {
        /// The period, at least 1 ms.
        period_ms: u64,
    },
}

/// The answer to a command.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Answer {
    /// Done.
    Done { ok: bool },
    /// Done, with the fault's name.
    Injected { ok: bool, id: FaultId },
    /// What is true.
    State(Box<State>),
    /// Extremes.
    Extremes { ok: bool, extremes: Bin },
    /// Changes of a line.
    Line { ok: bool, changes: Vec<Change> },
    /// Not done.
    Refused { ok: bool, error: String },
}

impl Answer {
    pub(super) fn refused(error: impl Into<String>) -> Self {
        Self::Refused { ok: false, error: error.into() }
    }
}

/// What is true now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct State {
    ok: bool,
    time_s: f64,
    t_ns: u64,
    pump_speed_rpm: f64,
    flow_l_min: f64,
    venous_mmhg: f64,
    pre_membrane_mmhg: f64,
    arterial_mmhg: f64,
    sweep_gas_l_min: f64,
    venous_temperature_c: f64,
    arterial_temperature_c: f64,
    rotor_speed_rpm: f64,
    drive_temperature_c: f64,
    gas_supply_bar: f64,
    exhaust_oxygen_percent: f64,
    venous_saturation_percent: f64,
    drive_commanded_rpm: u32,
    drive_alarm: u32,
    flow_meter_hung: bool,
    drainage_clamp_closed: f64,
    return_clamp_closed: f64,
    /// What stands on the display beside the keys; empty while it is dark.
    display: String,
    requests: BTreeMap<&'static str, u64>,
    faults: BTreeMap<FaultId, Fault>,
}

impl State {
    pub(super) fn of(world: &World) -> Self {
        let (plant, truth) = (&world.plant, world.plant.truth());
        let [drainage, back] = plant.clamped();
        Self {
            ok: true,
            time_s: plant.now().seconds(),
            t_ns: world.started().plus(plant.now()).0,
            pump_speed_rpm: truth.pump_speed.value(),
            flow_l_min: truth.flow.value(),
            venous_mmhg: truth.venous.value(),
            pre_membrane_mmhg: truth.pre_membrane.value(),
            arterial_mmhg: truth.arterial.value(),
            sweep_gas_l_min: truth.sweep_gas.value(),
            venous_temperature_c: truth.venous_temperature.value(),
            arterial_temperature_c: truth.arterial_temperature.value(),
            rotor_speed_rpm: truth.rotor_speed.value(),
            drive_temperature_c: truth.drive_temperature.value(),
            gas_supply_bar: truth.gas_supply,
            exhaust_oxygen_percent: truth.exhaust_oxygen,
            venous_saturation_percent: truth.venous_saturation,
            drive_commanded_rpm: plant.drive.commanded(),
            drive_alarm: plant.drive.alarm(),
            flow_meter_hung: plant.flow_meter.hung(),
            drainage_clamp_closed: drainage,
            return_clamp_closed: back,
            display: world.board().with(|board, _| board.display()),
            requests: world.requests().clone(),
            faults: plant.faults().map(|(id, fault)| (id, fault.clone())).collect(),
        }
    }
}
