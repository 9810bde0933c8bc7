// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an operator should not forget: states that do not end by themselves, and what has gone unseen.

use super::super::{AlarmKind, Definition, Source, SubjectKind};
use super::{HIGH, LOW, row};
use crate::Fact;
use ecmod_quantities::Span;

pub(super) const INTERVENTION_EXPIRED: Definition = Definition {
    subject: SubjectKind::Intervention,
    priorities: HIGH,
    action: "the intervention has ended and the speed goes back to what the mode wants",
    text: "The console has acted for as long as it may and the condition is still there. It only alarms now: act yourself.",
    causes: &[("longest", "its longest duration is over")],
    inputs: &[Source::AnyIntervention],
    ..row(
        AlarmKind::InterventionExpired,
        "an intervention has reached its longest duration and its condition is still there",
    )
};

pub(super) const INTERVENTION_OVERRIDDEN: Definition = Definition {
    priorities: LOW,
    text: "Interventions are switched off by an operator for a while. They act again by themselves when the time is over.",
    causes: &[("overridden", "how many are overridden")],
    inputs: &[Source::AnyIntervention],
    ..row(AlarmKind::InterventionOverridden, "an operator has switched interventions off for a while")
};

pub(super) const ALARMS_OFF: Definition = Definition {
    priorities: LOW,
    text: "Alarms are switched off. Switch them on again when the reason is gone.",
    causes: &[("off", "how many kinds are off")],
    inputs: &[Source::Alarms],
    ..row(AlarmKind::AlarmsOff, "kinds of alarms are switched off")
};

pub(super) const REVIEW_PENDING: Definition = Definition {
    delay: Span::from_secs(60),
    priorities: LOW,
    text: "There was an alarm of high priority that nobody has acknowledged. Look at it in the list, and acknowledge it.",
    causes: &[("unreviewed", "how many")],
    inputs: &[Source::Alarms],
    ..row(
        AlarmKind::ReviewPending,
        "an alarm of high priority is gone, and nobody has acknowledged it for a minute",
    )
};

/// The first minutes of a case belong to the patient: nobody is reminded then.
pub(super) const CHECK_DUE: Definition = Definition {
    delay: Span::from_secs(120),
    priorities: LOW,
    may_be_off: true,
    action: "none: a check that is missing keeps nothing from working",
    text: "A checklist is due. See which one in the list of procedures, and go through it when the patient leaves you the time.",
    causes: &[
        ("not_before_case", "the case began without a checklist that belongs before it"),
        ("due", "a check that is made again and again during a case is due"),
    ],
    inputs: &[Source::Fact(Fact::ChecklistMissing), Source::Fact(Fact::CheckDue)],
    ..row(AlarmKind::CheckDue, "a checklist or a recurring check has not been made")
};
