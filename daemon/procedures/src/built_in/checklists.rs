// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is looked at before a case, during it, and before a transport.

use std::borrow::Cow;

use ecmod_quantities::Span;

use super::{confirm, measured, text, timed};
use crate::{Category, Order, Procedure, Step, Validity, What};

const HOUR: u64 = 3600;

static PRE_USE_STEPS: [Step; 15] = [
    confirm("backup_console", "A backup console or motor that fits this pump head is at hand, and works."),
    confirm(
        "hand_crank",
        "The hand crank is at the bedside, and turns easily. Who is here knows how to change to it.",
    ),
    confirm("clamps", "At least four clamps for the lines are at the bedside."),
    measured("self_test", What::SelfTestPassed, "The console's self-test is passed."),
    measured("zero_pressures", What::PressuresZeroed, "Every pressure is zeroed, open to air."),
    measured("flow_zero", What::FlowNearZero, "With the line clamped the flow meter shows zero."),
    confirm(
        "coupling",
        "The flow meter's coupling is right for its kind: cream where it needs some, the tube seated.",
    ),
    confirm(
        "bubble_detectors",
        "The bubble detectors sit on their lines, on the right tube, and show no air.",
    ),
    confirm(
        "limits",
        "The alarm limits are those for this patient. Those of the class {class} are in force.",
    ),
    confirm(
        "interventions",
        "Read aloud what the console may do to the pump by itself, as the list of interventions says it, and who may override it.",
    ),
    confirm(
        "gas_supply",
        "Oxygen and air are connected, a full cylinder stands ready, and gas comes out of the line.",
    ),
    measured("battery", What::BatteryAbove, "The battery is charged above 90 %."),
    measured("mains", What::MainsPresent, "The console is on the mains."),
    confirm("sounder", "The alarm was heard and seen when it was tried."),
    confirm("emergency_drive", "The emergency drive was checked: procedure emergency_drive."),
];

pub(super) const PRE_USE: Procedure = Procedure {
    id: text("pre_use"),
    title: text("Before a case"),
    target: None,
    purpose: text("Before each case. A case may begin without it; that is told and recorded."),
    category: Category::Checklist,
    order: Order::Free,
    source: text(
        "What consoles have their users look at [K], with what field reports miss: backup and crank [S33, S35]. Numbers: estimates [C].",
    ),
    validity: Validity { before_case: Some(Span::from_secs(12 * HOUR)), every: None },
    steps: Cow::Borrowed(&PRE_USE_STEPS),
};

static EMERGENCY_DRIVE_STEPS: [Step; 5] = [
    confirm(
        "present",
        "The emergency drive (hand crank or backup motor) hangs where it belongs, within reach of the pump.",
    ),
    confirm(
        "whole",
        "It is whole: handle, latch, cable, nothing bent. Its head holder is clean and fits this pump head.",
    ),
    confirm(
        "turns",
        "Without a head, turn it for a while, fast: it turns easily and evenly, and gets no stiffer.",
    ),
    timed("keep_turning", 20, "Keep turning for twenty seconds."),
    confirm("aim_known", "Its table of speeds is on it. Whoever cranks here aims at {speed}, {flow}."),
];

pub(super) const EMERGENCY_DRIVE: Procedure = Procedure {
    id: text("emergency_drive"),
    title: text("Check the emergency drive"),
    target: None,
    order: Order::Strict,
    purpose: text("Before each case, and once in 24 hours of support."),
    category: Category::Checklist,
    source: text(
        "Asked for by a recall of emergency drives that were stiff to turn [S33]. Times: estimates [C].",
    ),
    validity: Validity {
        before_case: Some(Span::from_secs(24 * HOUR)),
        every: Some(Span::from_secs(24 * HOUR)),
    },
    steps: Cow::Borrowed(&EMERGENCY_DRIVE_STEPS),
};

static TRANSPORT_STEPS: [Step; 12] = [
    confirm(
        "people",
        "Everybody who comes along knows who does what, and who speaks with the receiving place.",
    ),
    confirm("route", "Route, lifts and doors are free; the receiving place has power, gas and a bed ready."),
    measured(
        "battery",
        What::BatteryAbove,
        "The battery is charged above 90 %; a spare one or a second source comes along.",
    ),
    confirm(
        "oxygen",
        "The cylinder is full, open and connected; it lasts for twice the way. A spare one and its key come along.",
    ),
    confirm(
        "gas_seen",
        "Gas flows out of the cylinder, not only in at the panel: colour of the blood behind the oxygenator, exhaust, flow.",
    ),
    measured("sweep_gas", What::SweepGasFlows, "The console sees the sweep gas flow."),
    confirm(
        "backup",
        "Hand crank, backup, four clamps, saline, ties and connectors come along, within reach.",
    ),
    confirm(
        "lines",
        "Lines and cables are fixed and free of pull; nothing hangs below the wheels. The pump sits below the patient.",
    ),
    confirm(
        "patient",
        "The patient's saturation and pressure are seen by somebody who watches nothing else.",
    ),
    measured("no_high_alarm", What::NoHighAlarm, "No alarm of high priority is present."),
    measured(
        "announced",
        What::TransportAnnounced,
        "Transport is announced to the console: running on the battery is no alarm of its own then.",
    ),
    confirm(
        "arrival",
        "On arrival: mains and gas of the wall connected, transport ended on the console, everything looked at again.",
    ),
];

pub(super) const TRANSPORT: Procedure = Procedure {
    id: text("transport"),
    title: text("Transport on support"),
    target: None,
    purpose: text("Before and after a patient is moved on support, within the house too."),
    category: Category::Checklist,
    order: Order::Free,
    source: text(
        "Asked for by a report of a transfer on which the oxygen ran out behind a low-flow alarm [S12]. Words: estimates [C].",
    ),
    validity: Validity::NONE,
    steps: Cow::Borrowed(&TRANSPORT_STEPS),
};
