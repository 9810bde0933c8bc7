// SPDX-License-Identifier: MIT OR Apache-2.0
//! No change of an alarm is lost, however many there are and however slow the reader.

use super::*;
use ecmod_control::{Alarm, AlarmKind, AlarmPhase, Priority, Subject};
use rtrb::{Consumer, RingBuffer};

const NOW: Monotonic = Monotonic(7);

fn status(subject: u16) -> AlarmStatus {
    AlarmStatus {
        alarm: Alarm::about(AlarmKind::SensorStale, Subject::Signal(subject)),
        priority: Priority::Medium,
        phase: AlarmPhase::Active,
        acknowledged: false,
        audio_paused: false,
        since: Monotonic(1),
        occurrences: 1,
        cause: AlarmCause::value("stale", 1.0),
        caused_by: None,
    }
}

fn table(present: impl IntoIterator<Item = AlarmStatus>) -> AlarmTable {
    let mut table = AlarmTable::EMPTY;
    for (place, status) in table.list.iter_mut().zip(present) {
        *place = Some(status);
    }
    table
}

fn all(news: &mut Consumer<News>) -> Vec<(Change, AlarmStatus)> {
    std::iter::from_fn(|| news.pop().ok()).map(|news| (news.change, news.status)).collect()
}

#[test]
fn an_alarm_is_told_when_it_comes_changes_and_goes_and_not_in_between() {
    let (mut ring, mut news) = RingBuffer::new(16);
    let mut herald = Herald::default();
    let acknowledged = AlarmStatus { acknowledged: true, ..status(1) };
    let drifting = AlarmStatus { cause: AlarmCause::value("stale", 2.0), ..acknowledged };
    let steps = vec![vec![], vec![status(1)], vec![status(1)], vec![acknowledged], vec![drifting]];
    for present in steps {
        herald.tell(&table(present), NOW, &mut ring);
    }
    herald.tell(&table([]), NOW, &mut ring);
    herald.tell(&table([]), NOW, &mut ring);
    assert_eq!(
        all(&mut news),
        [(Change::Raised, status(1)), (Change::Changed, acknowledged), (Change::Gone, acknowledged)]
    );
}

#[test]
fn rank_alone_is_no_news() {
    let (mut ring, mut news) = RingBuffer::new(16);
    let mut herald = Herald::default();
    herald.tell(&table([status(1), status(2)]), NOW, &mut ring);
    assert_eq!(all(&mut news).len(), 2);
    herald.tell(&table([status(2), status(1)]), NOW, &mut ring);
    assert_eq!(all(&mut news), []);
}

#[test]
fn what_finds_no_room_is_told_later_and_nothing_twice() {
    let (mut ring, mut news) = RingBuffer::new(3);
    let mut herald = Herald::default();
    let everything: Vec<AlarmStatus> = (0..40).map(status).collect();
    let mut told = Vec::new();
    for _ in 0..20 {
        herald.tell(&table(everything.iter().copied()), NOW, &mut ring);
        told.extend(all(&mut news));
    }
    let raised: Vec<_> = everything.iter().map(|status| (Change::Raised, *status)).collect();
    assert_eq!(told, raised);
    for _ in 0..20 {
        herald.tell(&table([]), NOW, &mut ring);
        told.extend(all(&mut news));
    }
    assert_eq!(told.len(), 80);
    assert!(told[40..].iter().all(|(change, _)| *change == Change::Gone));
}

#[test]
fn an_alarm_that_comes_again_while_nobody_reads_still_counts() {
    let (mut ring, mut news) = RingBuffer::new(1);
    let mut herald = Herald::default();
    herald.tell(&table([status(1)]), NOW, &mut ring);
    for occurrences in 2..10 {
        herald.tell(&table([AlarmStatus { occurrences, ..status(1) }]), NOW, &mut ring);
    }
    assert_eq!(all(&mut news).len(), 1);
    herald.tell(&table([AlarmStatus { occurrences: 9, ..status(1) }]), NOW, &mut ring);
    let told = all(&mut news);
    assert_eq!((told[0].0, told[0].1.occurrences), (Change::Changed, 9));
}

#[test]
fn an_alarm_that_lost_its_place_in_a_full_table_is_not_called_gone() {
    let (mut ring, mut news) = RingBuffer::new(512);
    let mut herald = Herald::default();
    let most = u16::try_from(ALARMS_SHOWN).unwrap();
    herald.tell(&table((0..most).map(status)), NOW, &mut ring);
    assert_eq!(all(&mut news).len(), ALARMS_SHOWN);
    // A new one takes the place of the last.
    let full = AlarmTable { more: 1, ..table((1..=most).map(status)) };
    herald.tell(&full, NOW, &mut ring);
    let told = all(&mut news);
    assert_eq!(told.last().unwrap().1.alarm.subject, Subject::Signal(most), "the new one is told of");
    herald.tell(&table((1..=most).map(status)), NOW, &mut ring);
    assert!(all(&mut news).iter().all(|(_, status)| status.alarm.subject == Subject::Signal(0)));
}
