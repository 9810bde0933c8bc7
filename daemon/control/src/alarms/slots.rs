// SPDX-License-Identifier: MIT OR Apache-2.0
//! A place for every alarm that can be: the engine loses none, however many come at once.

use super::{Alarm, AlarmKind, Subject, SubjectKind};
use crate::{Clamp, InterventionKind};

/// Where the alarms of a kind begin.
const FIRST: [usize; AlarmKind::COUNT] = first();
/// How many alarms there can be.
pub(super) const SLOTS: usize = last();

#[allow(clippy::indexing_slicing)] // evaluated by the compiler
const fn first() -> [usize; AlarmKind::COUNT] {
    let mut first = [0; AlarmKind::COUNT];
    let mut index = 1;
    while index < AlarmKind::COUNT {
        first[index] = first[index - 1] + AlarmKind::ALL[index - 1].definition().subject.count();
        index += 1;
    }
    first
}

#[allow(clippy::indexing_slicing)] // evaluated by the compiler
const fn last() -> usize {
    let index = AlarmKind::COUNT - 1;
    FIRST[index] + AlarmKind::ALL[index].definition().subject.count()
}

/// The place of an alarm; `None` if the subject is none of its kind.
pub(super) fn slot(alarm: Alarm) -> Option<usize> {
    let subject = alarm.kind.definition().subject;
    let number = usize::from(alarm.subject.number());
    let fits = alarm.subject.kind() == subject && number < subject.count();
    fits.then_some(())?;
    FIRST.get(alarm.kind.index()).map(|first| first + number)
}

/// Every alarm that can be, in the order of the places. A table, because it is gone through several times in every tick.
static EVERY: [Alarm; SLOTS] = table();

/// Every alarm that can be, in the order of the places.
pub(super) fn every() -> impl Iterator<Item = Alarm> + Clone {
    EVERY.iter().copied()
}

#[allow(clippy::indexing_slicing)] // evaluated by the compiler
const fn table() -> [Alarm; SLOTS] {
    let mut table = [Alarm { kind: AlarmKind::ALL[0], subject: Subject::None }; SLOTS];
    let (mut kind, mut place) = (0, 0);
    while kind < AlarmKind::COUNT {
        let subjects = AlarmKind::ALL[kind].definition().subject;
        let (mut number, end) = (0, place + subjects.count());
        while place < end {
            table[place] = Alarm { kind: AlarmKind::ALL[kind], subject: nth(subjects, number) };
            (number, place) = (number + 1, place + 1);
        }
        kind += 1;
    }
    table
}

/// As [`SubjectKind::nth`], for a number that there is.
#[allow(clippy::indexing_slicing)] // evaluated by the compiler
const fn nth(kind: SubjectKind, number: u16) -> Subject {
    match kind {
        SubjectKind::None => Subject::None,
        SubjectKind::Signal => Subject::Signal(number),
        SubjectKind::Driver => Subject::Driver(number),
        SubjectKind::Port => Subject::Port(number),
        SubjectKind::Clamp => Subject::Clamp(Clamp::ALL[number as usize]),
        SubjectKind::Intervention => Subject::Intervention(InterventionKind::ALL[number as usize]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alarm_has_a_place_of_its_own() {
        assert_eq!(every().count(), SLOTS);
        for (index, alarm) in every().enumerate() {
            assert_eq!(slot(alarm), Some(index));
        }
    }

    #[test]
    fn an_alarm_about_the_wrong_subject_has_none() {
        assert_eq!(slot(Alarm::of(AlarmKind::SensorStale)), None);
        assert_eq!(slot(Alarm::about(AlarmKind::PumpStop, Subject::Signal(0))), None);
        assert_eq!(slot(Alarm::about(AlarmKind::SensorStale, Subject::Signal(u16::MAX))), None);
    }
}
