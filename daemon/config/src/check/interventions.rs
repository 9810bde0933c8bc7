// SPDX-License-Identifier: MIT OR Apache-2.0
//! Interventions: their bounds, and that one which is told to act can see what sets it off.

use std::collections::BTreeMap;

use ecmod_quantities::Span;

use super::Checker;
use crate::file;
use crate::model::{Intervention, Interventions, Policy, Signal};

/// What each one is set off by; those that are not here are not written.
const TRIGGERS: [(&str, &str); 7] = [
    ("gross_air", "return_bubble"),
    ("suction", "venous_pressure"),
    ("venous_pressure_low", "venous_pressure"),
    ("pre_membrane_pressure_high", "pre_membrane_pressure"),
    ("arterial_pressure_high", "arterial_pressure"),
    ("backflow", "blood_flow"),
    ("level_low", "level_low"),
];

pub(super) fn interventions(
    checker: &mut Checker,
    written: file::Interventions,
    signals: &BTreeMap<String, Signal>,
) -> Interventions {
    let override_lasts = written
        .override_s
        .map(|seconds| Span::from_secs(checker.whole("interventions.override_s", seconds, (1, 3600))));
    let mut by_name = BTreeMap::new();
    for (name, written) in written.written() {
        let intervention = intervention(checker, name, &written);
        if intervention.policy == Some(Policy::Act) {
            needs_trigger(checker, name, signals);
        }
        by_name.insert(name.to_owned(), intervention);
    }
    Interventions { override_lasts, by_name }
}

fn intervention(checker: &mut Checker, name: &str, written: &file::Intervention) -> Intervention {
    let mut span = |key: &str, seconds: Option<u64>, range| {
        seconds.map(|seconds| {
            Span::from_secs(checker.whole(&format!("interventions.{name}.{key}"), seconds, range))
        })
    };
    Intervention {
        policy: written.policy.map(|policy| match policy {
            file::Policy::Act => Policy::Act,
            file::Policy::AlarmOnly => Policy::AlarmOnly,
        }),
        longest: span("longest_s", written.longest_s, (1, 300)),
        rearm: span("rearm_s", written.rearm_s, (1, 3600)),
    }
}

/// Without its signal it would stand there as if it protected somebody.
fn needs_trigger(checker: &mut Checker, name: &str, signals: &BTreeMap<String, Signal>) {
    let Some((_, role)) = TRIGGERS.into_iter().find(|(kind, _)| *kind == name) else { return };
    if !signals.contains_key(role) && !checker.was_left_out(&format!("signals.{role}")) {
        checker.problem_with_help(
            &format!("interventions.{name}.policy"),
            format!("{name} is to act, but no signal `{role}` would set it off"),
            format!("add [signals.{role}], or take the policy out"),
        );
    }
}
