// SPDX-License-Identifier: MIT OR Apache-2.0

use super::super::boots::BootId;
use super::*;
use ecmod_control::{
    Alarm, AlarmKind, InterventionKind, Kept, KeptAlarm, Limits, PatientClass, Priority, Undisturbed,
};
use ecmod_quantities::LitresPerMinute;

fn pace() -> Pace {
    let at = Stamp { wall_ns: 0, monotonic_ns: 0 };
    Pace::knowing(None, Saved { boot: BootId::new("b"), at, names: 7 })
}

fn state(mode: Mode, rpm: f64) -> Resume {
    Resume { flow: LitresPerMinute(4.0), supporting: true, ..Resume::at(mode, Rpm(rpm)) }
}

const fn at(seconds: u64) -> Monotonic {
    Monotonic(seconds * 1_000_000_000)
}

#[test]
fn what_an_operator_changes_is_written_at_once() {
    let mut pace = pace();
    assert!(pace.due(state(Mode::Speed, 3000.0), at(0)).is_some());
    assert!(pace.due(state(Mode::Speed, 3000.0), at(1)).is_none());
    assert!(pace.due(state(Mode::Speed, 3001.0), at(1)).is_some());
    assert!(pace.due(state(Mode::Flow, 3001.0), at(1)).is_some());
    let mut last = Resume { supporting: false, ..state(Mode::Flow, 3001.0) };
    assert!(pace.due(last, at(1)).is_some());
    let changes: [fn(&mut Resume); 7] = [
        |state| state.flow = LitresPerMinute(4.1),
        |state| state.alarms.limits = Some(Limits::preset(PatientClass::Neonate)),
        |state| state.alarms.class = Some(PatientClass::Neonate),
        |state| state.alarms.off = state.alarms.off.with(AlarmKind::FlowHigh),
        |state| state.alarms.paused_until = Some(at(100)),
        |state| state.alarms.transport = Some(true),
        |state| state.interventions.kept[1] = Kept::Begun { since: at(1), ends: at(31) },
    ];
    for (index, change) in changes.into_iter().enumerate() {
        change(&mut last);
        assert!(pace.due(last, at(1)).is_some(), "change {index}");
        assert!(pace.due(last, at(1)).is_none(), "once: {index}");
    }
    assert_eq!(InterventionKind::ALL[1], InterventionKind::Suction);
}

#[test]
fn a_speed_that_a_controller_moves_is_written_now_and_then() {
    let mut pace = pace();
    let written = (0..6000_u32)
        .filter(|tick| {
            let now = Monotonic(u64::from(*tick) * 10_000_000);
            pace.due(state(Mode::Flow, 3000.0 + f64::from(*tick)), now).is_some()
        })
        .count();
    assert_eq!(written, 6, "a minute at 100 Hz: the first, and one each ten seconds");
}

#[test]
fn alarms_that_flap_cost_a_write_a_second_and_what_is_learnt_one_in_ten() {
    let mut pace = pace();
    let alarm =
        KeptAlarm { alarm: Alarm::of(AlarmKind::FlowLow), priority: Priority::High, acknowledged: false };
    let written = (0..6000_u32)
        .filter(|tick| {
            let mut state = state(Mode::Speed, 3000.0);
            state.alarms.alarms[0] = (tick % 2 == 0).then_some(alarm);
            pace.due(state, Monotonic(u64::from(*tick) * 10_000_000)).is_some()
        })
        .count();
    assert!((58..=60).contains(&written), "{written} in a minute");
    let written = (0..6000_u32)
        .filter(|tick| {
            let mut state = state(Mode::Speed, 3000.0);
            state.estimators.zero_flow_speed = Some(Rpm(1500.0 + f64::from(*tick)));
            state.estimators.membrane_baseline = Some(14.0);
            pace.due(state, Monotonic((6000 + u64::from(*tick)) * 10_000_000)).is_some()
        })
        .count();
    assert!((5..=8).contains(&written), "{written} in a minute");
}

#[test]
fn an_intervention_that_begins_is_written_at_once_and_one_that_acts_and_eases_once_a_second() {
    let mut pace = pace();
    let (since, ends) = (at(1), at(31));
    let written = (0..6000_u32)
        .filter(|tick| {
            let mut state = state(Mode::Flow, 3000.0);
            let acts = Kept::Begun { since, ends };
            let before = Some(Undisturbed { speed: Rpm(3300.0), flow: None });
            let (kept, undisturbed) =
                if tick % 2 == 0 { (acts, before) } else { (Kept::Eased { since, ends }, None) };
            state.interventions = InterventionMemory { undisturbed, eased: before, ..state.interventions };
            state.interventions.kept[2] = kept;
            pace.due(state, Monotonic(u64::from(*tick) * 10_000_000)).is_some()
        })
        .count();
    assert!((58..=60).contains(&written), "{written} in a minute");
    let mut state = state(Mode::Flow, 3000.0);
    state.interventions.kept[2] = Kept::Expired;
    assert!(pace.due(state, at(60)).is_some());
    state.interventions.kept[1] = Kept::Begun { since: at(60), ends: at(90) };
    assert!(pace.due(state, at(60)).is_some());
}

#[test]
fn a_speed_that_is_taken_is_written_at_once_and_that_it_is_there_again_once_a_second() {
    let mut pace = pace();
    let mut written = None;
    let mut count = 0;
    for tick in 0..6000_u32 {
        let mut state = state(Mode::Flow, 3000.0);
        state.interventions.kept[2] = Kept::Begun { since: at(0), ends: at(30) };
        state.interventions.undisturbed =
            (tick % 2 == 0).then_some(Undisturbed { speed: Rpm(3300.0), flow: None });
        if let Some(record) = pace.due(state, Monotonic(u64::from(tick) * 10_000_000)) {
            (written, count) = (record.state.interventions.undisturbed, count + 1);
        }
        let taken = state.interventions.undisturbed;
        assert!(taken.is_none() || written == taken, "{taken:?} in tick {tick}, written is {written:?}");
    }
    assert!((100..=120).contains(&count), "{count} in a minute, of 6000 ticks");
}

#[test]
fn before_the_end_whatever_is_not_written_is() {
    let mut pace = pace();
    let mut state = state(Mode::Flow, 3000.0);
    let record = pace.due(state, at(1)).unwrap();
    assert_eq!(
        record.saved.as_ref().map(|saved| (saved.names, saved.boot.as_str().to_owned())),
        Some((7, "b".into()))
    );
    assert_eq!(pace.overdue(state, at(2)), None);
    state.speed = Rpm(3001.0);
    assert_eq!(pace.overdue(state, at(2)).map(|record| record.state), Some(state));
}
