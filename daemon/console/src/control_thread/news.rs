// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every change of the alarms, one by one, on its way from the control thread to those who log, record and announce it.
//!
//! Snapshots may be dropped, since the next one says what is; an alarm that came and went between two of them would be lost.
//! The control thread therefore compares the alarms of each tick with those it has told of, and puts every difference into a
//! ring of its own. If that is full the difference stays, and is told as soon as there is room: what happened meanwhile to
//! the same alarm becomes one piece of news, in which [`AlarmStatus::occurrences`] still counts all of it.
//!
//! Nothing here allocates. As long as nothing changes a tick costs one comparison.

use ecmod_control::{ALARMS_SHOWN, AlarmCause, AlarmStatus, AlarmTable};
use ecmod_quantities::Monotonic;
use rtrb::Producer;

/// What happened to an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It has become present.
    Raised,
    /// Something about it is otherwise.
    Changed,
    /// It is no longer present.
    Gone,
}

/// Something that happened to an alarm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct News {
    /// When it was seen.
    pub at: Monotonic,
    /// What happened.
    pub change: Change,
    /// The alarm after it; of one that is gone: the last that was known of it.
    pub status: AlarmStatus,
    /// The alarm before it; `None` of one that has become present.
    pub before: Option<AlarmStatus>,
}

/// What has been told.
#[derive(Debug)]
pub struct Herald {
    /// The alarms that others know of, in no order.
    told: [Option<AlarmStatus>; ALARMS_SHOWN],
    /// The table that was told of last, unless something of it is left to tell.
    seen: Option<[Option<AlarmStatus>; ALARMS_SHOWN]>,
}

/// There is no room in the ring.
struct Full;

impl Default for Herald {
    fn default() -> Self {
        Self { told: [None; ALARMS_SHOWN], seen: Some([None; ALARMS_SHOWN]) }
    }
}

impl Herald {
    /// Tells what has changed, as far as there is room.
    pub fn tell(&mut self, table: &AlarmTable, now: Monotonic, ring: &mut Producer<News>) {
        if self.seen.as_ref() == Some(&table.list) {
            return;
        }
        self.seen = match self.tell_all(table, now, ring) {
            Ok(()) => Some(table.list),
            Err(Full) => None,
        };
    }

    fn tell_all(
        &mut self,
        table: &AlarmTable,
        now: Monotonic,
        ring: &mut Producer<News>,
    ) -> Result<(), Full> {
        // An alarm that is not in a table that is full may only have lost its place there.
        if table.more == 0 {
            self.tell_gone(table, now, ring)?;
        }
        for status in table.iter() {
            self.tell_status(*status, table, now, ring)?;
        }
        Ok(())
    }

    fn tell_gone(
        &mut self,
        table: &AlarmTable,
        now: Monotonic,
        ring: &mut Producer<News>,
    ) -> Result<(), Full> {
        for place in &mut self.told {
            let Some(status) = place.filter(|told| table.find(told.alarm).is_none()) else { continue };
            push(ring, News { at: now, change: Change::Gone, status, before: Some(status) })?;
            *place = None;
        }
        Ok(())
    }

    fn tell_status(
        &mut self,
        status: AlarmStatus,
        table: &AlarmTable,
        now: Monotonic,
        ring: &mut Producer<News>,
    ) -> Result<(), Full> {
        let known = self.told.iter_mut().flatten().find(|told| told.alarm == status.alarm);
        if let Some(known) = known {
            if differ(known, &status) {
                let before = Some(*known);
                push(ring, News { at: now, change: Change::Changed, status, before })?;
                *known = status;
            }
            return Ok(());
        }
        if !self.told.iter().any(Option::is_none) {
            // There are as many places as a table has, so some of them belong to alarms that lost theirs.
            self.tell_gone(table, now, ring)?;
        }
        push(ring, News { at: now, change: Change::Raised, status, before: None })?;
        if let Some(place) = self.told.iter_mut().find(|place| place.is_none()) {
            *place = Some(status);
        }
        Ok(())
    }
}

/// Whether anything is otherwise that is worth a message. A value that only moves on is not.
fn differ(before: &AlarmStatus, after: &AlarmStatus) -> bool {
    let plain = |status: &AlarmStatus| AlarmStatus { cause: AlarmCause::word(status.cause.word), ..*status };
    plain(before) != plain(after)
}

fn push(ring: &mut Producer<News>, news: News) -> Result<(), Full> {
    ring.push(news).map_err(|_| Full)
}

#[cfg(test)]
#[path = "news_tests.rs"]
mod tests;
