// SPDX-License-Identifier: MIT OR Apache-2.0
//! Planned exchanges of a part while the patient depends on it.

use std::borrow::Cow;

use ecmod_quantities::Span;

use super::{confirm, measured, measured_in, text};
use crate::{Category, Order, Procedure, Step, Validity, What};

static CHANGE_MOTOR_STEPS: [Step; 10] = [
    confirm(
        "people",
        "Have two people at the circuit and one at the patient. Say who clamps, who moves the head, who watches.",
    ),
    confirm(
        "spare",
        "Have the spare motor with its cable at hand, connected and warmed up as its maker says. The pump head fits it.",
    ),
    confirm(
        "patient_ready",
        "Prepare the patient for a minute without support: ventilation, drugs. Note {speed} and {flow}.",
    ),
    measured("clamp_return", What::ReturnClampClosed, "Clamp the return line."),
    measured(
        "pump_down",
        What::PumpStands,
        "Stop the pump, in its two steps. The time without support begins.",
    ),
    confirm(
        "move_head",
        "Take the head out of the old motor and put it into the spare one until it locks. Do not pull at the lines.",
    ),
    measured(
        "start",
        What::PumpTurns,
        "Start again: aim at {speed}. Listen to the head; see that it turns the right way.",
    ),
    measured("unclamp", What::ReturnClampOpen, "Open the return line when the pump turns."),
    measured("flow_back", What::FlowAbove, "See that the blood flows. Aim at {flow}."),
    confirm(
        "old_part",
        "Mark the old motor and cable as out of order, and keep them: what failed has to be found.",
    ),
];

pub(super) const CHANGE_MOTOR: Procedure = Procedure {
    id: text("change_motor"),
    title: text("Exchange the motor or its cable"),
    target: None,
    purpose: text(
        "The motor, its cable or its drive works badly but still works, and a spare one is there: too hot, off its speed, links that fail now and then.",
    ),
    order: Order::Strict,
    category: Category::Exchange,
    source: text(
        "Asked for by field reports of motors and cables that failed while the backup was missing or was changed wrongly [S35]. Words and order: estimates [C]; the motor's maker says how it is done.",
    ),
    validity: Validity::NONE,
    steps: Cow::Borrowed(&CHANGE_MOTOR_STEPS),
};

static CHANGE_PUMP_HEAD_STEPS: [Step; 12] = [
    confirm(
        "people",
        "Have two people at the circuit, sterile, and one at the patient. Say who clamps, who cuts, who watches.",
    ),
    confirm(
        "new_head",
        "Have the new head primed and free of air, and scissors, clamps, connectors, saline and ties at hand.",
    ),
    confirm(
        "patient_ready",
        "Prepare the patient for some minutes without support. Note {speed} and {flow}.",
    ),
    measured("clamp_return", What::ReturnClampClosed, "Clamp the return line."),
    measured("clamp_drainage", What::DrainageClampClosed, "Clamp the drainage line."),
    measured(
        "pump_down",
        What::PumpStands,
        "Stop the pump, in its two steps. The time without support begins.",
    ),
    confirm("cut", "Put clamps on both sides of the old head, cut between them, take it out."),
    confirm(
        "join",
        "Connect the new head wet to wet, without air; secure both connectors. See that its direction is right.",
    ),
    confirm("air", "Take all clamps off but those on the two lines. Look for air, and take it out."),
    measured("start", What::PumpTurns, "Start against the closed return clamp: aim at {speed}."),
    measured_in(300, "flow_back", What::FlowAbove, "Open drainage, then return. Aim at {flow}."),
    confirm(
        "baseline",
        "Look along the circuit for leaks. Watch pressures and the load of the pump for the next ten minutes.",
    ),
];

pub(super) const CHANGE_PUMP_HEAD: Procedure = Procedure {
    id: text("change_pump_head"),
    title: text("Exchange the pump head"),
    order: Order::Strict,
    purpose: text(
        "The pump head has to go: clots, noise, a load that rises, haemolysis. It is planned and the patient is as stable as can be.",
    ),
    category: Category::Exchange,
    target: Some(Span::from_secs(300)),
    source: text("Words, order and times: estimates [C]. The centre's own procedure takes its place."),
    validity: Validity::NONE,
    steps: Cow::Borrowed(&CHANGE_PUMP_HEAD_STEPS),
};
