// SPDX-License-Identifier: MIT OR Apache-2.0
//! One fault in one mode: everything that the row says is looked at, and everything that it does not say is a mistake too.

use super::bed::{Bed, FLOW, Record};
use super::words::{Pump, Row};
use crate::matrix::{self, MODES, standing};
use ecmod_control::{AlarmKind, Mode, State};
use ecmod_sim::plant::Plant;

/// How far the flow may lie from its setpoint while it is undisturbed, L/min.
const FLOW_BAND: f64 = 0.2;
/// How far the controller moves an undisturbed demand: the flow meter's noise, answered, rpm.
const RIPPLE: f64 = 40.0;
/// A demand that stands still may not move by more, rpm.
const STILL: f64 = 0.5;
/// What a held demand may differ from the one before: what the controller did until it was known that the flow is lost, rpm.
const HELD: f64 = 30.0;
/// No intervention lowers the flow longer without a break, s: the longest bound there is, and a period.
const LONGEST: f64 = 30.1;

/// What came of it.
pub struct Outcome {
    pub record: Record,
    pub problems: Vec<String>,
}

/// Plays a row in the mode of this column.
pub fn play(row: &Row, column: usize) -> Outcome {
    let mode = MODES[column];
    let mut bed = Bed::new(mode);
    (row.play)(&mut bed);
    let mut problems = Vec::new();
    let end = State::Support(row.state[column].unwrap_or(mode));
    if bed.outputs().state != end {
        problems.push(format!("it ends in {:?}, not in {end:?}", bed.outputs().state));
    }
    judge_always(&bed, &mut problems);
    judge_pump(row.pump[column], &bed, &mut problems);
    let ignored = |kind| standing(kind, mode);
    problems.extend(matrix::problems(row.expected(), column, &bed.record.alarms, ignored));
    Outcome { record: bed.record, problems }
}

/// What holds whatever happens.
fn judge_always(bed: &Bed, problems: &mut Vec<String>) {
    let record = &bed.record;
    let maximum = 5000.0;
    if record.demand.low < bed.least() || record.demand.high > maximum {
        problems.push(format!("the demand went to {:?}", record.demand));
    }
    // Zero flow is the mode that may go below the floor: it looks for the speed itself.
    let has_floor = bed.mode() != Mode::ZeroFlow;
    if has_floor && record.lowest_without_air < bed.floor().min(bed.before) - RIPPLE {
        problems.push(format!(
            "the demand went to {:.0} rpm, below the floor of {:.0} rpm, and there was no air",
            record.lowest_without_air,
            bed.floor()
        ));
    }
    // What was taken over from another hand is no step of ours.
    if record.fastest > 310.0 && bed.record.alarms.keys().all(|kind| *kind != AlarmKind::LocalControl) {
        problems.push(format!("the demand moved by {:.0} rpm/s", record.fastest));
    }
    if record.longest_intervention > LONGEST {
        problems.push(format!("an intervention acted for {:.1} s", record.longest_intervention));
    }
}

fn judge_pump(pump: Pump, bed: &Bed, problems: &mut Vec<String>) {
    let (record, before) = (&bed.record, bed.before);
    let demand = record.demand;
    let mut demands = |condition: bool, what: String| {
        if !condition {
            problems.push(what);
        }
    };
    let setpoint = match bed.mode() {
        Mode::Speed => None,
        Mode::Flow => Some(FLOW),
        Mode::ZeroFlow => Some(0.0),
    };
    let told = format!("{:.1} to {:.1} rpm, {before:.1} before", demand.low, demand.high);
    match (pump, setpoint) {
        (Pump::Undisturbed, None) => {
            demands(demand.high - demand.low <= STILL, format!("disturbed: {told}"));
            let moved = record.speed.high - record.speed.low;
            demands(moved <= 2.0 * Plant::RIPPLE.value() + 2.0, format!("the speed moved by {moved:.1} rpm"));
        }
        (Pump::Undisturbed, Some(flow)) => {
            let kept =
                (record.flow.low - flow).abs() <= FLOW_BAND && (record.flow.high - flow).abs() <= FLOW_BAND;
            demands(
                kept,
                format!("the flow went to {:.2} to {:.2} L/min", record.flow.low, record.flow.high),
            );
            let still = (demand.low - before).abs() <= RIPPLE && (demand.high - before).abs() <= RIPPLE;
            demands(still, format!("disturbed: {told}"));
        }
        (Pump::Held, _) => {
            let later = record.later;
            demands(
                later.high - later.low <= STILL,
                format!("not held: {:.1} to {:.1} rpm", later.low, later.high),
            );
            demands(
                (later.low - before).abs() <= HELD,
                format!("held at {:.1} rpm, {before:.1} before", later.low),
            );
        }
        (Pump::NotLowered, _) => demands(demand.low >= before - RIPPLE, format!("lowered: {told}")),
        (Pump::Controlled, _) => {}
        (Pump::Limited, _) => {
            demands(demand.low < before - RIPPLE, format!("not limited: {told}"));
            demands(record.longest_intervention > 0.0, "no intervention acted".into());
            let end = bed.outputs().pump_speed.map_or(0.0, ecmod_quantities::Rpm::value);
            let back = before - 0.03 * before;
            demands(end >= back, format!("it ends at {end:.0} rpm and not where it was: {told}"));
        }
        (Pump::Raised, _) => demands(demand.high > before + 20.0, format!("not raised: {told}")),
        (Pump::Fails, _) => {
            demands(record.speed.low < before / 2.0, format!("the pump goes on: {:?}", record.speed));
            demands(demand.low >= before - RIPPLE, format!("lowered: {told}"));
        }
    }
}
