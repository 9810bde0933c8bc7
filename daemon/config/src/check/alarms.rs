// SPDX-License-Identifier: MIT OR Apache-2.0
//! Alarms: presets and delays inside what is allowed.

use std::collections::BTreeMap;

use ecmod_quantities::Span;

use super::Checker;
use crate::file;
use crate::limits::{LIMITS, limit_range};
use crate::model::{Alarms, PatientClass};

pub(super) fn alarms(checker: &mut Checker, written: file::Alarms) -> Alarms {
    let classes = [
        (PatientClass::Adult, written.adult),
        (PatientClass::Paediatric, written.paediatric),
        (PatientClass::Neonate, written.neonate),
    ];
    let presets = classes.map(|(class, limits)| (class, preset(checker, class, limits)));
    Alarms {
        patient_class: match written.patient_class {
            file::PatientClass::Adult => PatientClass::Adult,
            file::PatientClass::Paediatric => PatientClass::Paediatric,
            file::PatientClass::Neonate => PatientClass::Neonate,
        },
        planned_transport: written.planned_transport,
        mains_expected: written.mains_expected,
        audio_pause: Span::from_secs(checker.whole("alarms.audio_pause_s", written.audio_pause_s, (10, 120))),
        delay_percent: checker.whole("alarms.delay_percent", written.delay_percent, (25, 100)),
        presets: BTreeMap::from(presets),
    }
}

fn preset(
    checker: &mut Checker,
    class: PatientClass,
    limits: BTreeMap<String, f64>,
) -> BTreeMap<String, f64> {
    for (name, value) in &limits {
        let key = format!("alarms.{}.{name}", class.name());
        if let Some(range) = limit_range(name) {
            checker.number(&key, *value, range);
        } else {
            let known: Vec<&str> = LIMITS.iter().map(|(limit, _, _)| *limit).collect();
            checker.problem_with_help(
                &key,
                format!("\"{name}\" is not a limit"),
                format!("limits: {}", known.join(", ")),
            );
        }
    }
    limits
}
