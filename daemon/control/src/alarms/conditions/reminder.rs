// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an operator should not forget.

use super::super::instance::Life;
use super::super::scene::{Scene, Sink, When};
use super::super::{Alarm, AlarmCause, AlarmKind, Subject};
use crate::{Fact, InterventionState};

pub(super) fn find(scene: &Scene<'_>, sink: &mut Sink<'_>) {
    let mut overridden = 0.0;
    for status in &scene.outputs.interventions {
        match status.state {
            InterventionState::Expired if status.present() => {
                let subject = Subject::Intervention(status.kind);
                let alarm = Alarm::about(AlarmKind::InterventionExpired, subject);
                sink.about(alarm, When::Usual, AlarmCause::word("longest"));
            }
            InterventionState::Overridden { .. } => overridden += 1.0,
            InterventionState::Expired
            | InterventionState::Off
            | InterventionState::Watching
            | InterventionState::Active { .. }
            | InterventionState::Returning
            | InterventionState::Inhibited(_)
            | InterventionState::AlarmOnly => {}
        }
    }
    if overridden > 0.0 {
        let cause = AlarmCause::value("overridden", overridden);
        sink.find(AlarmKind::InterventionOverridden, When::Usual, cause);
    }
    let off = sink.off.kinds().fold(0.0, |count, _| count + 1.0);
    if off > 0.0 {
        sink.find(AlarmKind::AlarmsOff, When::Usual, AlarmCause::value("off", off));
    }
    let unseen = sink.lives.iter().filter(|life| is_unseen(life)).fold(0.0, |count, _| count + 1.0);
    if unseen > 0.0 {
        sink.find(AlarmKind::ReviewPending, When::Usual, AlarmCause::value("unreviewed", unseen));
    }
    if scene.facts.has(Fact::ChecklistMissing) {
        sink.find(AlarmKind::CheckDue, When::Usual, AlarmCause::word("not_before_case"));
    } else if scene.facts.has(Fact::CheckDue) {
        sink.find(AlarmKind::CheckDue, When::Usual, AlarmCause::word("due"));
    }
}

/// Of high priority, gone, and acknowledged by nobody.
const fn is_unseen(life: &Life) -> bool {
    matches!(life, Life::Shown(shown) if shown.unseen_high && shown.is_gone())
}
