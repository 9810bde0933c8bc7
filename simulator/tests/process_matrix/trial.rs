// SPDX-License-Identifier: MIT OR Apache-2.0
//! One fault in one mode: everything that the row says is looked at, and everything that it does not say is a mistake too.

use super::bed::{Bed, is_anybodys};
use super::words::{Pump, Row};
use crate::matrix::{self, MODES, Seen, standing};
use crate::steady::{Figures, LARGEST, WINDOW, monotonic, nanoseconds};
use ecmod_control::{AlarmKind, Mode};
use std::collections::BTreeMap;
use std::time::Duration;

/// The simulated drive's own ripple at a constant demand is 3 rpm from peak to peak.
const DRIVE_RIPPLE: f64 = 3.1;
/// How far the controller may take an undisturbed speed from where it was: the flow meter's noise, answered, rpm.
const WANDER: f64 = 40.0;
/// How far the flow may lie from its setpoint while it is undisturbed, L/min.
const FLOW_BAND: f64 = 0.2;
/// A host that hangs acts on its last demand until it has missed the daemon for 60 ms; the drive takes some time to be there.
const SETTLES: Duration = Duration::from_millis(500);
/// Of the demo, rpm per second.
const SLEW: f64 = 400.0;
/// The time over which the fastest change is looked at.
const SLEW_WINDOW: Duration = Duration::from_millis(200);
/// Noise of the meter answered by the controller, and the drive's own ripple, rpm; and that a host that hung acts at once on a
/// demand that moved for up to 80 ms before it counted as lost.
const NOISE: f64 = 12.0 + SLEW * 0.08;
/// No intervention goes below it, rpm.
const FLOOR: f64 = 1400.0;

/// An alarm is announced so long after it was found, on a busy machine, s.
const ANNOUNCED: f64 = 0.2;

/// What came of it.
pub struct Outcome {
    pub alarms: BTreeMap<AlarmKind, Seen>,
    /// The annunciator was heard before there was an alarm, after this time, s.
    pub own_sound: Option<f64>,
    pub problems: Vec<String>,
}

/// Plays a row in the room's mode.
pub fn play(row: &Row, bed: &mut Bed) -> Outcome {
    let column = MODES.iter().position(|mode| *mode == bed.mode()).unwrap();
    let kinds: Vec<AlarmKind> = row.alarms.iter().map(|wanted| wanted.kind).collect();
    bed.ready(&kinds);
    (row.play)(bed);
    let (began, _) = bed.fault();
    let end = monotonic();
    let mut problems = Vec::new();
    let ends_in = row.ends_in[column].unwrap_or(bed.mode());
    let said = crate::support::try_until(crate::support::LIMIT, || bed.said_mode());
    if said != Some(ends_in) {
        problems.push(format!("it ends in {said:?}, not in {ends_in:?}"));
    }
    let alarms = bed.alarms();
    let own_sound = sound(bed, &alarms);
    let ignored = |kind| standing(kind, bed.mode()) || is_anybodys(kind);
    problems.extend(matrix::problems(row.expected(), column, &alarms, ignored));
    match (row.own_sound, own_sound) {
        (None, None) => {}
        (None, Some(_)) if row.may_sound => {}
        (Some(within), Some(after)) if after <= within => {}
        (wanted, found) => {
            problems.push(format!("the annunciator by itself: {found:?} s in place of {wanted:?}"))
        }
    }
    judge_pump(row.pump[column], bed, (began, end), &mut problems);
    Outcome { alarms, own_sound, problems }
}

/// What is heard before there is an alarm comes from the annunciator itself. An alarm of which only the announcement is known was there a
/// little before that.
fn sound(bed: &Bed, alarms: &BTreeMap<AlarmKind, Seen>) -> Option<f64> {
    let (began, _) = bed.fault();
    let after = Duration::from_nanos(bed.sounded_after(began)? - began).as_secs_f64();
    alarms.values().all(|seen| seen.after > after + ANNOUNCED).then_some(after)
}

fn judge_pump(pump: Pump, bed: &Bed, (began, end): (u64, u64), problems: &mut Vec<String>) {
    let truth = &bed.room.truth;
    let window = (began, end.max(began + nanoseconds(WINDOW)));
    let all = truth.between(window.0, window.1);
    let told =
        format!("the speed went to {:.0} to {:.0} rpm, {:.0?} before", all.speed.0, all.speed.1, bed.before);
    let mut demands = |condition: bool, what: String| {
        if !condition {
            problems.push(what);
        }
    };
    if pump == Pump::Fails {
        demands(all.speed.0 < bed.before.0 / 2.0, format!("the pump goes on: {told}"));
        return;
    }
    let fastest = truth.ripples(window.0, window.1, SLEW_WINDOW).max();
    let most = SLEW * SLEW_WINDOW.as_secs_f64() + NOISE;
    demands(fastest <= most, format!("the speed moved by {fastest:.1} rpm within {SLEW_WINDOW:?}"));
    if bed.mode() != Mode::ZeroFlow {
        demands(all.speed.0 > FLOOR, format!("below the floor: {told}"));
    }
    let lowered = all.speed.0 < bed.before.0 - WANDER;
    match pump {
        Pump::Undisturbed | Pump::Held => {
            let raised = all.speed.1 > bed.before.1 + WANDER;
            demands(!lowered && !raised, format!("disturbed: {told}"));
            if let Some(flow) = bed.flow() {
                let far = (all.flow.0 - flow).abs().max((all.flow.1 - flow).abs());
                demands(far <= FLOW_BAND, format!("the flow went to {:.2?} L/min", all.flow));
            }
            judge_ripple(&bed.own_ripple, truth.ripples(window.0, window.1, WINDOW).max(), &mut demands);
            let (from, to) = bed.fault();
            let from = from + nanoseconds(SETTLES);
            if pump == Pump::Held && from < to {
                let moved = truth.between(from, to).ripple();
                demands(moved <= DRIVE_RIPPLE, format!("not held: it moved by {moved:.1} rpm"));
            }
        }
        Pump::NotLowered => demands(!lowered, format!("lowered: {told}")),
        Pump::Limited => demands(lowered, format!("not limited: {told}")),
        Pump::Controlled | Pump::Fails => {}
    }
}

fn judge_ripple(own: &Figures, moved: f64, demands: &mut impl FnMut(bool, String)) {
    let usual = own.max().max(DRIVE_RIPPLE);
    println!("        the speed moved by {moved:.1} rpm in a second, left alone by {usual:.1} rpm");
    demands(
        moved <= LARGEST * usual,
        format!("the speed moved by {moved:.1} rpm in a second, left alone by {usual:.1} rpm"),
    );
}
