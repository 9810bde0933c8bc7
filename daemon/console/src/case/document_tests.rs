// SPDX-License-Identifier: MIT OR Apache-2.0
//! A document that goes from one console to another, and everything that must be refused on the way.

use super::*;
use crate::case::judge::judge;
use crate::journal::zeros::Zero;
use crate::record::entry::{Entry, Event, OperatorEvent};
use crate::self_test::bench;
use ecmod_control::{AlarmKind, AlarmSet, Limits, State};
use ecmod_quantities::GasLitresPerMinute;
use proptest::prelude::*;

const AT: Stamp = Stamp { wall_ns: 1_790_000_000_123_000_000, monotonic_ns: 5_000_000_000 };

/// The other console, in the middle of a case.
fn other() -> (Plan, Outputs) {
    let (plan, mut outputs) = bench::plan_and_outputs();
    outputs.state = State::Support(Mode::Flow);
    (outputs.mode, outputs.class) = (Mode::Flow, PatientClass::Neonate);
    outputs.limits = Limits::preset(PatientClass::Neonate);
    (outputs.speed_setpoint, outputs.flow_setpoint) = (Rpm(2750.5), LitresPerMinute(0.6));
    outputs.pump_speed = Some(Rpm(2612.25));
    outputs.sweep_gas_flow = Some(GasLitresPerMinute(1.5));
    outputs.alarms.off = AlarmSet::NONE.with(AlarmKind::Suction);
    outputs.alarms.transport = true;
    outputs.estimator_memory =
        EstimatorMemory { zero_flow_speed: Some(Rpm(1480.0)), membrane_baseline: Some(11.25) };
    (plan, outputs)
}

fn document() -> String {
    let (plan, outputs) = other();
    let mut zeros = Zeros::default();
    zeros.keep("x.venous_pressure", Zero { value: -3.25, taken: 1_789_999_000 });
    let event = OperatorEvent {
        action: "reset".into(),
        target: "FLOW_LOW\ncrc32 00000000".into(),
        by: "user 0".into(),
        reason: String::new(),
    };
    let log = [Entry { at: AT, event: Event::Operator(event) }.recorded(41, "boot")];
    write(&Present { plan: &plan, outputs: &outputs, zeros: &zeros, log: &log, at: AT, boot: "b-1" })
}

#[test]
fn people_can_read_it_and_nothing_in_it_is_a_line_of_its_own_by_accident() {
    let text = document();
    for line in [
        "ecmod-case 1",
        "pump rotaflow_like",
        "state support",
        "mode flow",
        "speed_rpm 2750.5",
        "flow_l_min 0.6",
        "demand_rpm 2612.25",
        "sweep_gas_l_min 1.5",
        "class neonate",
        "limit flow_low 0.15",
        "alarm_off SUCTION",
        "transport yes",
        "zero_flow_speed_rpm 1480",
        "membrane_baseline 11.25",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    assert_eq!(text.lines().filter(|line| line.starts_with("limit ")).count(), LimitKind::COUNT);
    assert_eq!(text.lines().filter(|line| line.starts_with("crc32 ")).count(), 1);
    assert!(text.lines().any(|line| line.starts_with("log 41 20") && line.contains("reset")));
    assert!(text.lines().any(|line| line.starts_with("zero x.venous_pressure -3.25 20")));
    assert!(text.len() < LONGEST);
}

#[test]
fn another_console_of_the_same_kind_takes_it_up_and_says_what_it_leaves() {
    let case = read(&document()).unwrap();
    let (plan, here) = bench::plan_and_outputs();
    let fit = judge(&case, &plan, here.state).unwrap();
    let (_, there) = other();
    let adoption = fit.adoption;
    assert_eq!(
        (adoption.mode, adoption.speed, adoption.flow),
        (Mode::Flow, Rpm(2750.5), LitresPerMinute(0.6))
    );
    assert_eq!(
        (adoption.class, adoption.limits, adoption.off),
        (there.class, there.limits, there.alarms.off)
    );
    assert_eq!((adoption.transport, adoption.learnt), (true, there.estimator_memory));
    assert_eq!(fit.left.len(), 2, "{:?}", fit.left);
    assert!(fit.left[0].starts_with("sweep gas of 1.5 L/min") && fit.left[1].contains("x.venous_pressure"));
}

#[test]
fn everything_that_does_not_fit_is_named_at_once() {
    let mut case = read(&document()).unwrap();
    case.pump = Some(PumpPreset::Dp3Like);
    case.speed = Rpm(9000.0);
    case.off.push("PUMP_STOP".into());
    for (name, value) in &mut case.limits {
        if name == "flow_low" {
            *value = Some(99.0);
        }
        if name == "venous_pressure_very_low" {
            *value = Some(-40.0);
        }
    }
    let (plan, _) = bench::plan_and_outputs();
    let problems = judge(&case, &plan, State::Support(Mode::Speed)).unwrap_err();
    for word in [
        "in support",
        "dp3_like",
        "speed_rpm 9000 is outside 500 to",
        "flow_low 99 is outside 0.1 to 8",
        "venous_pressure_very_low is not below venous_pressure_low",
        "PUMP_STOP cannot be switched off",
    ] {
        assert!(problems.iter().any(|problem| problem.contains(word)), "{word} is not in {problems:?}");
    }
    assert_eq!(problems.len(), 6, "{problems:?}");
}

#[test]
fn what_a_later_version_knows_is_left_and_said() {
    let mut case = read(&document()).unwrap();
    case.limits.push(("of_the_future".into(), Some(1.0)));
    case.off.push("FUTURE".into());
    let (plan, here) = bench::plan_and_outputs();
    let left = judge(&case, &plan, here.state).unwrap().left;
    assert!(
        left.iter().any(|line| line.contains("of_the_future"))
            && left.iter().any(|line| line.contains("FUTURE"))
    );
}

#[test]
fn a_document_that_is_none_or_of_another_format_is_refused_as_such() {
    let text = document();
    assert_eq!(read(""), Err(Damage::Blank));
    assert_eq!(read("ecmod-state 2\n"), Err(Damage::Foreign));
    assert_eq!(read(&text.replacen("ecmod-case 1", "ecmod-case 7", 1)), Err(Damage::Format(7)));
    assert_eq!(read(&text.replace("flow_l_min 0.6", "flow_l_min 6.0")), Err(Damage::Checksum));
    assert_eq!(read(&format!("{text}more\n")), Err(Damage::Checksum));
    let long = format!("{text}{}", "x".repeat(LONGEST));
    assert_eq!(read(&long), Err(Damage::Length(long.len())));
}

#[test]
fn the_first_format_is_read_for_ever() {
    let case = read(include_str!("../../tests/fixtures/case-format-1.txt")).unwrap();
    assert_eq!((case.mode, case.class, case.speed), (Mode::Flow, PatientClass::Neonate, Rpm(2750.5)));
    assert_eq!((case.limits.len(), case.zeroed.len()), (28, 1));
}

proptest! {
    #[test]
    fn a_damaged_document_is_never_taken_for_a_good_one(position in 0..2000_usize, flip in 1..=127_u8) {
        let good = document().into_bytes();
        let mut damaged = good.clone();
        let position = position % damaged.len();
        damaged[position] ^= flip;
        if let Ok(text) = String::from_utf8(damaged) {
            prop_assert!(read(&text).is_err());
        }
    }
}
