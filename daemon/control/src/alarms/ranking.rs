// SPDX-License-Identifier: MIT OR Apache-2.0
//! The order in which alarms are read: what is most urgent first, then causes before what they cause, then the newest.
//!
//! A hint, and no more: that an alarm of a kind that explains another is present does not prove that it is the cause.

use super::instance::Shown;
use super::{ALARMS_SHOWN, Alarm, AlarmKind, AlarmPhase, AlarmSet, AlarmStatus};
use core::cmp::{Ordering, Reverse};

/// The alarms in their order, and how many have no room.
#[allow(clippy::large_stack_arrays)] // 8 kB: the table itself
pub(super) fn rank<'a>(
    shown: impl Iterator<Item = (Alarm, &'a Shown)> + Clone,
) -> ([Option<AlarmStatus>; ALARMS_SHOWN], u16) {
    let lasting = shown
        .clone()
        .filter(|(_, shown)| shown.phase() == AlarmPhase::Active)
        .fold(AlarmSet::NONE, |set, (alarm, _)| set.with(alarm.kind));
    let mut list = [None; ALARMS_SHOWN];
    let (mut count, mut more) = (0usize, 0u16);
    for (alarm, shown) in shown {
        let status = status(alarm, shown, lasting);
        let place = list
            .iter()
            .take(count)
            .position(|other| other.as_ref().is_some_and(|other| order(&status, other) == Ordering::Less));
        let place = place.unwrap_or(count);
        if count == ALARMS_SHOWN {
            more = more.saturating_add(1);
        }
        if let Some(rest) = list.get_mut(place..).filter(|rest| !rest.is_empty()) {
            rest.rotate_right(1);
            if let Some(first) = rest.first_mut() {
                *first = Some(status);
            }
        }
        count = (count + 1).min(ALARMS_SHOWN);
    }
    (list, more)
}

fn status(alarm: Alarm, shown: &Shown, lasting: AlarmSet) -> AlarmStatus {
    let phase = shown.phase();
    let explains = |kind: &AlarmKind| lasting.has(*kind) && phase == AlarmPhase::Active;
    let explained_by = alarm.kind.definition().explained_by;
    AlarmStatus {
        alarm,
        priority: shown.priority,
        phase,
        acknowledged: shown.acknowledged,
        audio_paused: shown.paused,
        since: shown.announced,
        occurrences: shown.occurrences,
        cause: shown.cause,
        caused_by: explained_by.iter().copied().find(explains),
    }
}

fn order(a: &AlarmStatus, b: &AlarmStatus) -> Ordering {
    let key = |status: &AlarmStatus| {
        (
            Reverse(status.priority),
            status.phase == AlarmPhase::Latched,
            status.caused_by.is_some(),
            Reverse(status.since),
            status.alarm,
        )
    };
    key(a).cmp(&key(b))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::super::instance::Condition;
    use super::super::slots::every;
    use super::super::{AlarmCause, Priority};
    use super::*;
    use ecmod_quantities::Monotonic;
    use std::vec::Vec;

    fn shown(priority: Priority, since: u64) -> Shown {
        Shown {
            priority,
            acknowledged: false,
            paused: false,
            unseen_high: false,
            announced: Monotonic(since),
            occurrences: 1,
            cause: AlarmCause::word("x"),
            condition: Condition::Present { other: None },
        }
    }

    fn kinds(alarms: &[(AlarmKind, Shown)]) -> Vec<AlarmKind> {
        let (list, more) = rank(alarms.iter().map(|(kind, shown)| (Alarm::of(*kind), shown)));
        assert_eq!(more, 0);
        list.iter().flatten().map(|status| status.alarm.kind).collect()
    }

    #[test]
    fn priority_comes_first_then_the_newest() {
        let order = kinds(&[
            (AlarmKind::MainsLost, shown(Priority::Medium, 9)),
            (AlarmKind::Backflow, shown(Priority::High, 1)),
            (AlarmKind::DiskFull, shown(Priority::Low, 10)),
            (AlarmKind::LevelLow, shown(Priority::High, 2)),
        ]);
        let right = [AlarmKind::LevelLow, AlarmKind::Backflow, AlarmKind::MainsLost, AlarmKind::DiskFull];
        assert_eq!(order, right);
    }

    #[test]
    fn a_low_flow_caused_by_an_occlusion_shows_the_occlusion_first() {
        let alarms = [
            (AlarmKind::FlowLow, shown(Priority::High, 9)),
            (AlarmKind::OcclusionDownstream, shown(Priority::High, 5)),
        ];
        assert_eq!(kinds(&alarms), [AlarmKind::OcclusionDownstream, AlarmKind::FlowLow]);
        let (list, _) = rank(alarms.iter().map(|(kind, shown)| (Alarm::of(*kind), shown)));
        assert_eq!(list[1].unwrap().caused_by, Some(AlarmKind::OcclusionDownstream));
    }

    #[test]
    fn a_cause_that_is_gone_explains_nothing() {
        let gone = Shown { condition: Condition::Gone { again: None }, ..shown(Priority::High, 5) };
        let alarms = [(AlarmKind::FlowLow, shown(Priority::High, 9)), (AlarmKind::OcclusionDownstream, gone)];
        let (list, _) = rank(alarms.iter().map(|(kind, shown)| (Alarm::of(*kind), shown)));
        assert_eq!(list[0].unwrap().alarm.kind, AlarmKind::FlowLow);
        assert_eq!(list[0].unwrap().caused_by, None);
    }

    #[test]
    fn where_there_is_no_room_the_lowest_are_left_out_and_counted() {
        let low = shown(Priority::Low, 1);
        let high = shown(Priority::High, 1);
        let alarms: Vec<_> = every().collect();
        let most = alarms.len() - 1;
        let all = alarms
            .iter()
            .enumerate()
            .map(|(index, alarm)| (*alarm, if index == most || index == 50 { &high } else { &low }));
        let (list, more) = rank(all);
        assert_eq!(usize::from(more), alarms.len() - ALARMS_SHOWN);
        assert_eq!(list.iter().flatten().count(), ALARMS_SHOWN);
        let high: Vec<_> = list.iter().flatten().take_while(|s| s.priority == Priority::High).collect();
        assert_eq!(high.len(), 2);
    }
}
