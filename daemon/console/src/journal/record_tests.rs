// SPDX-License-Identifier: MIT OR Apache-2.0

use super::*;
use ecmod_control::{
    Alarm, AlarmKind, Clamp, InterventionKind, KeptAlarm, LimitKind, Limits, PatientClass, Priority,
    Undisturbed,
};
use ecmod_quantities::Monotonic;
use proptest::prelude::*;

const THIS: &str = "6f1f2d8a-0c41-4d1f-9b7c-2f6f0f3b8f10";

/// A state with everything in it.
fn whole() -> Record {
    let mut state = Resume::at(Mode::Flow, Rpm(3123.5));
    state.flow = LitresPerMinute(0.1 + 0.2);
    state.sweep_gas_flow = Some(GasLitresPerMinute(3.5));
    state.supporting = true;
    let mut limits = Limits::preset(PatientClass::Paediatric);
    limits.put(LimitKind::FlowLow, Some(0.7));
    limits.put(LimitKind::PumpLoadHigh, None);
    state.alarms.limits = Some(limits);
    state.alarms.class = Some(PatientClass::Paediatric);
    state.alarms.off = state.alarms.off.with(AlarmKind::FlowHigh);
    state.alarms.paused_until = Some(Monotonic(500_000_000_000));
    state.alarms.transport = Some(true);
    for (place, subject) in state.alarms.alarms.iter_mut().zip([
        Subject::None,
        Subject::Signal(3),
        Subject::Driver(2),
        Subject::Port(1),
        Subject::Clamp(Clamp::Drainage),
        Subject::Intervention(InterventionKind::Suction),
    ]) {
        let alarm = Alarm::about(AlarmKind::FlowLow, subject);
        *place = Some(KeptAlarm { alarm, priority: Priority::High, acknowledged: subject == Subject::None });
    }
    state.interventions.kept[0] = Kept::Begun { since: Monotonic(1), ends: Monotonic(u64::MAX) };
    state.interventions.kept[1] = Kept::Expired;
    state.interventions.kept[2] = Kept::Overridden { until: Monotonic(77) };
    state.interventions.kept[3] = Kept::Eased { since: Monotonic(2), ends: Monotonic(3) };
    state.interventions.undisturbed =
        Some(Undisturbed { speed: Rpm(3300.0), flow: Some(LitresPerMinute(4.2)) });
    state.estimators =
        EstimatorMemory { zero_flow_speed: Some(Rpm(1471.25)), membrane_baseline: Some(14.125) };
    let at = Stamp { wall_ns: 1_790_000_000_123_456_789, monotonic_ns: 4_200_000_001 };
    Record {
        state,
        saved: Some(Saved { boot: BootId::new(THIS), at, names: 0xDEAD_BEEF }),
        limits_lost: false,
    }
}

#[test]
fn the_second_format_is_read_for_ever() {
    let fixture = include_bytes!("../../tests/fixtures/journal-format-2.txt");
    assert_eq!(Record::decode(fixture), Ok((whole(), 42)));
    assert_eq!(String::from_utf8(whole().encode(42)).unwrap(), std::str::from_utf8(fixture).unwrap());
}

#[test]
fn the_first_format_is_read_and_knows_neither_limits_nor_interventions() {
    let (record, sequence) =
        Record::decode(include_bytes!("../../tests/fixtures/journal-format-1.bin")).unwrap();
    let state =
        Resume { flow: LitresPerMinute(4.0), supporting: true, ..Resume::at(Mode::Flow, Rpm(3123.5)) };
    assert_eq!((record, sequence), (Record { state, saved: None, limits_lost: false }, 42));
}

#[test]
fn a_state_with_nothing_in_it_comes_back() {
    let state = Resume::at(Mode::ZeroFlow, Rpm(0.0));
    let record = Record { state, saved: None, limits_lost: false };
    assert_eq!(Record::decode(&record.encode(1)), Ok((record, 1)));
}

/// The whole state with one more line, which the fixture of the format is older than.
fn eased() -> Record {
    let mut record = whole();
    record.state.interventions.eased = Some(Undisturbed { speed: Rpm(3200.5), flow: None });
    record
}

#[test]
fn what_the_pump_did_before_an_intervention_that_let_go_comes_back() {
    let record = eased();
    assert!(String::from_utf8(record.encode(1)).unwrap().contains("\neased 3200.5 unknown\n"));
    assert_eq!(Record::decode(&record.encode(1)), Ok((record, 1)));
}

#[test]
fn the_longest_state_has_room() {
    let mut record = eased();
    let alarm = KeptAlarm {
        alarm: Alarm::about(
            AlarmKind::FlowLow,
            Subject::Intervention(InterventionKind::PreMembranePressureHigh),
        ),
        priority: Priority::Medium,
        acknowledged: true,
    };
    record.state.alarms.alarms = [Some(alarm); ecmod_control::ALARMS_KEPT];
    record.state.interventions.kept =
        [Kept::Begun { since: Monotonic(u64::MAX), ends: Monotonic(u64::MAX) }; InterventionKind::ALL.len()];
    record.state.alarms.off =
        AlarmKind::ALL.into_iter().fold(record.state.alarms.off, |off, kind| off.with(kind));
    let bytes = record.encode(u64::MAX);
    assert!(bytes.len() <= Record::LONGEST, "{} bytes", bytes.len());
    assert_eq!(Record::decode(&bytes), Ok((record, u64::MAX)));
}

#[test]
fn in_the_same_boot_and_configuration_everything_holds() {
    let record = whole();
    assert_eq!(record.resume(&BootId::new(THIS), 0xDEAD_BEEF), record.state);
}

#[test]
fn after_a_boot_no_time_of_the_old_monotonic_clock_holds() {
    let record = whole();
    let state = record.resume(&BootId::new("another"), 0xDEAD_BEEF);
    assert_eq!(state.alarms.paused_until, None, "the alarms sound");
    assert_eq!(state.interventions.kept[..4], [Kept::Expired, Kept::Expired, Kept::Idle, Kept::Expired]);
    assert_eq!((state.mode, state.alarms.limits), (record.state.mode, record.state.alarms.limits));
    assert_eq!(state.interventions.undisturbed, record.state.interventions.undisturbed);
}

#[test]
fn after_a_change_of_the_configuration_no_number_of_a_signal_driver_or_port_holds() {
    let subjects = |state: Resume| -> Vec<Subject> {
        state.alarms.alarms.iter().flatten().map(|kept| kept.alarm.subject).collect()
    };
    let state = whole().resume(&BootId::new(THIS), 1);
    let rest =
        [Subject::None, Subject::Clamp(Clamp::Drainage), Subject::Intervention(InterventionKind::Suction)];
    assert_eq!(subjects(state), rest);
}

/// The whole state with lines replaced, and a checksum that matches.
fn changed(changes: &[(&str, &str)]) -> Result<(Record, u64), Damage> {
    let text = String::from_utf8(whole().encode(42)).unwrap();
    let mut body = text[..text.rfind("crc32 ").unwrap()].to_owned();
    for (from, to) in changes {
        assert!(body.contains(from), "{from}");
        body = body.replace(from, to);
    }
    let checksum = crc32fast::hash(body.as_bytes());
    Record::decode(format!("{body}crc32 {checksum:08x}\n").as_bytes())
}

#[test]
fn limits_of_another_version_are_told_and_not_guessed_at() {
    for change in [
        ("limit flow_low 0.7", "limit flow_low 100"),
        ("limit flow_low 0.7", "limit flow_low NaN"),
        ("limit temperature_low 35", "limit temperature_low 36.9\nlimit temperature_high 36.8"),
    ] {
        let (record, _) = changed(&[change]).unwrap();
        assert!(record.limits_lost && record.state.alarms.limits.is_none(), "{change:?}");
        assert_eq!(record.state.mode, Mode::Flow, "the rest holds");
    }
}

#[test]
fn what_a_later_version_may_have_added_is_passed_over() {
    let (record, _) = changed(&[
        ("limit flow_low 0.7\n", "limit flow_low 0.7\nlimit haematocrit_low 20\nphase_of_the_moon full\n"),
        ("alarm_off FLOW_HIGH\n", "alarm_off FLOW_HIGH\nalarm_off MOON_FULL\n"),
        ("intervention suction expired\n", "intervention suction expired\nintervention prayer expired\n"),
    ])
    .unwrap();
    assert_eq!(record, whole());
}

#[test]
fn a_checksummed_impossible_record_is_refused() {
    for change in [
        ("mode flow", "mode of_the_moon"),
        ("speed_rpm 3123.5", "speed_rpm NaN"),
        ("speed_rpm 3123.5\n", ""),
        ("flow_l_min", "flow_l_min 3\nflow_l_min"),
        ("sweep_gas_l_min 3.5", "sweep_gas_l_min inf"),
        ("supporting yes", "supporting perhaps"),
        ("expired", "begun 3"),
        ("undisturbed 3300 4.2", "undisturbed inf 4.2"),
        ("undisturbed 3300 4.2", "eased 3300 of_old"),
        ("membrane_baseline 14.125", "membrane_baseline -inf"),
        ("names", "name"),
    ] {
        assert_eq!(changed(&[change]), Err(Damage::Contents), "{change:?}");
    }
    assert!(matches!(changed(&[("ecmod-state 2", "ecmod-state 3")]), Err(Damage::Format(3))));
}

proptest! {
    #[test]
    fn a_damaged_record_is_never_taken_for_a_good_one(position in 0..2000_usize, flip in 1..=255_u8) {
        let mut bytes = whole().encode(3);
        let position = position % bytes.len();
        prop_assert!(Record::decode(&bytes[..position]).is_err());
        bytes[position] ^= flip;
        prop_assert!(Record::decode(&bytes).is_err());
    }

    #[test]
    fn garbage_never_yields_settings(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Record::decode(&bytes).is_err());
    }

    #[test]
    fn numbers_come_back_exactly(speed in prop::num::f64::NORMAL, flow in prop::num::f64::NORMAL) {
        let mut record = whole();
        (record.state.speed, record.state.flow) = (Rpm(speed), LitresPerMinute(flow));
        prop_assert_eq!(Record::decode(&record.encode(1)), Ok((record, 1)));
    }
}
