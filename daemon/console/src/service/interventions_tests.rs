// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which steps of an intervention are worth a note, and which a recording.

use super::*;
use ecmod_control::{Corroboration, Inhibit, Trigger};

const fn at(seconds: u64) -> Monotonic {
    Monotonic(seconds * 1_000_000_000)
}

fn status(state: InterventionState, set_off: Option<u64>, count: u32) -> InterventionStatus {
    InterventionStatus {
        kind: InterventionKind::GrossAir,
        state,
        trigger: set_off.map(|when| Trigger { value: 1.0, limit: 0.5, at: at(when), present: true }),
        corroboration: Corroboration::NONE.with(Sign::HeadDrop).with(Sign::LoadDip),
        floor: None,
        ceiling: None,
        count,
    }
}

const ACTIVE: InterventionState = InterventionState::Active { since: at(10), ends: at(25) };

#[test]
fn beginning_is_kept_and_every_further_step_is_noted_once() {
    let mut seen = Seen::default();
    let mut step = |state, set_off, count, now| seen.step(&status(state, set_off, count), at(now));
    assert_eq!(step(InterventionState::Off, None, 0, 1), Step::Nothing);
    assert_eq!(step(InterventionState::Watching, None, 0, 2), Step::Nothing);
    assert_eq!(step(ACTIVE, Some(10), 1, 10), Step::Keep);
    assert_eq!(step(ACTIVE, Some(10), 1, 11), Step::Nothing);
    assert_eq!(step(InterventionState::Expired, Some(10), 1, 25), Step::Note);
    assert_eq!(step(InterventionState::Returning, None, 1, 26), Step::Note);
    assert_eq!(step(InterventionState::Watching, None, 1, 27), Step::Note);
    assert_eq!(step(ACTIVE, Some(28), 2, 28), Step::Keep);
    assert_eq!(step(InterventionState::Overridden { until: at(300) }, Some(28), 2, 29), Step::Note);
}

#[test]
fn a_trigger_that_changes_nothing_is_kept_too_and_at_most_once_a_minute() {
    let mut seen = Seen::default();
    let inhibited = InterventionState::Inhibited(Inhibit::NothingToCorroborate);
    let mut step = |set_off, now| seen.step(&status(inhibited, set_off, 0), at(now));
    assert_eq!(step(None, 1), Step::Nothing);
    assert_eq!(step(Some(2), 2), Step::Keep);
    assert_eq!(step(Some(2), 3), Step::Nothing, "the same");
    for second in 4..60 {
        assert_eq!(step(Some(second), second), Step::Nothing, "{second}");
    }
    assert_eq!(step(Some(63), 63), Step::Keep);
}

#[test]
fn the_words_say_what_confirmed_it_and_what_comes() {
    assert_eq!(signs(&status(ACTIVE, None, 1)), "head_drop load_dip");
    assert_eq!(detail(&status(ACTIVE, None, 1), at(11)), "ends within 14 s");
    let inhibited = InterventionState::Inhibited(Inhibit::PumpLost);
    assert_eq!(detail(&status(inhibited, Some(10), 1), at(11)), "set off, and does not act: pump_lost");
    // An override that ends, and nothing that would set it off.
    assert_eq!(detail(&status(inhibited, None, 1), at(11)), "over; it could not act now: pump_lost");
    let alarm_only = InterventionState::AlarmOnly;
    assert_eq!(detail(&status(alarm_only, Some(10), 1), at(11)), "set off, and only alarms");
    assert_eq!(detail(&status(alarm_only, None, 1), at(11)), "over; it only alarms");
}
