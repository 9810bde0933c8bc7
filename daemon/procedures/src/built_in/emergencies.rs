// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is to be done at once.

use std::borrow::Cow;

use ecmod_quantities::Span;

use super::{confirm, confirm_in, measured_in, text};
use crate::{Category, Order, Procedure, Step, Validity, What};

static CHANGE_CONSOLE_STEPS: [Step; 8] = [
    measured_in(
        10,
        "clamp_return",
        What::ReturnClampClosed,
        "Clamp the return line, near the patient, before anything else: blood runs back through a pump that stands.",
    ),
    measured_in(
        20,
        "gas_off",
        What::SweepGasOff,
        "Turn the sweep gas to zero, or pull its line off the oxygenator.",
    ),
    confirm_in(
        40,
        "move_head",
        "Take the pump head out of this drive. Put it into the backup's motor if it has one of the same kind, else into the hand crank.",
    ),
    confirm_in(
        60,
        "start_backup",
        "Start the backup, or crank: aim at {speed}. See that it turns the right way.",
    ),
    confirm_in(
        70,
        "unclamp_and_gas",
        "Open the return line and turn the gas on again, both at the same time. Aim at {flow}.",
    ),
    confirm_in(
        90,
        "patient",
        "Look at the patient: saturation, pressure. Look along the circuit for air and kinks.",
    ),
    confirm("settings", "Set mode, flow or speed and the limits on the backup as they were here."),
    confirm(
        "keep",
        "Do not switch this console off: its log is needed. Mark it as out of order and have it looked at.",
    ),
];

pub(super) const CHANGE_CONSOLE: Procedure = Procedure {
    id: text("change_console"),
    title: text("Change to the backup console or the hand crank"),
    order: Order::Strict,
    category: Category::Emergency,
    purpose: text(
        "The pump stands and does not start again, or this console cannot be relied on, and somebody is at the bedside with a backup or a hand crank.",
    ),
    target: Some(Span::from_secs(90)),
    source: text(
        "Order of the steps: bedside guidance of ELSO for failure of pump or power (return line first, gas off, move the pump head, start, unclamp and gas together) [S71]. Words and times: estimates [C].",
    ),
    validity: Validity::NONE,
    steps: Cow::Borrowed(&CHANGE_CONSOLE_STEPS),
};

static CLAMP_OFF_STEPS: [Step; 7] = [
    measured_in(10, "clamp_return", What::ReturnClampClosed, "Clamp the return line, near the patient."),
    measured_in(15, "clamp_drainage", What::DrainageClampClosed, "Then clamp the drainage line."),
    confirm_in(
        30,
        "support_patient",
        "Support the patient without the circuit: ventilate fully, treat the circulation, call for help.",
    ),
    measured_in(
        45,
        "pump_down",
        What::PumpStands,
        "Lower the speed to zero: set it, or stop the pump in its two steps.",
    ),
    measured_in(60, "gas_off", What::SweepGasOff, "Turn the sweep gas to zero."),
    confirm(
        "cause",
        "Find the cause and mend it: air out, connection closed, part changed. Look along the whole circuit.",
    ),
    confirm(
        "back_on",
        "To go on: speed up against the closed return clamp, then open drainage, return and gas together. Aim at {flow}.",
    ),
];

pub(super) const CLAMP_OFF: Procedure = Procedure {
    id: text("clamp_off"),
    title: text("Take the patient off the circuit"),
    order: Order::Strict,
    purpose: text(
        "The patient has to be taken off the circuit at once: air on its way to the patient, a line that came off, a circuit that is torn.",
    ),
    category: Category::Emergency,
    target: Some(Span::from_secs(60)),
    source: text(
        "Order of the first steps: a practitioner's teaching on circuit emergencies (return, then drainage, support the patient, speed to zero) [S9]. Words and times: estimates [C].",
    ),
    validity: Validity::NONE,
    steps: Cow::Borrowed(&CLAMP_OFF_STEPS),
};
