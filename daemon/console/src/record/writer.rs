// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the recording thread does: entries first, then records of readings, then questions.
//!
//! It takes no new entries while it has some that the disk did not take: they wait in the bounded queue, so that a disk
//! that takes nothing for days costs no memory. What could not get in is written down as [`Event::Lost`] when it can.

use std::time::{Duration, Instant};

use super::entry::{Entry, Event, LostEvent};
use super::inbox::{Appetite, Ask, Disk, Inbox, Shared, Work, Written};
use super::log::Log;
use super::queue::Lost;
use super::shelf::Shelf;
use super::window::Recorded;
use crate::clock;
use crate::storage::{Storage, is_full};

/// How long after a failure the next attempt is made.
const RETRY: Duration = Duration::from_secs(5);
/// How often it is looked how much room there is.
const LOOK: Duration = Duration::from_secs(10);
/// Less room than this is hardly any: what log and records need to go on for a while.
const NEARLY_FULL: u64 = 8 * 1024 * 1024;
/// Why entries are lost while the disk takes what it is given.
const QUEUE_FULL: &str = "queue_full";

/// What the thread owns.
pub(super) struct Writer {
    log: Place<Log>,
    shelf: Place<Shelf>,
    boot: String,
    disk: Disk,
    /// Why entries were lost, if any were since the last that were stored.
    why: &'static str,
    /// When it is tried again, and when it is looked again how much room there is.
    again: Instant,
}

/// Makes a folder's storage.
pub(super) type Opener = Box<dyn Fn() -> Box<dyn Storage> + Send>;

/// A folder that could not be read yet, or what was made of it.
enum Place<T> {
    Closed(Opener),
    Open(T),
}

impl Writer {
    /// For these two folders. Nothing is read yet.
    pub(super) fn new(log: Opener, shelf: Opener, boot: &str) -> Self {
        Self {
            log: Place::Closed(log),
            shelf: Place::Closed(shelf),
            boot: boot.to_owned(),
            disk: Disk::Good,
            why: QUEUE_FULL,
            again: Instant::now(),
        }
    }

    /// The thread, until it is told to end.
    pub(super) fn run(mut self, shared: &Shared) {
        shared.busy.begin(clock::now());
        loop {
            self.open(shared);
            self.look_for_room(shared);
            shared.busy.end();
            let work = shared.wait(self.again, self.appetite());
            shared.busy.begin(clock::now());
            let closing = work.closing;
            self.carry_out(work, shared);
            let is_stored = self.appetite() == Appetite::Entries;
            let is_more = shared.look(Inbox::has_entries);
            if closing && !(is_stored && is_more) {
                return shared.finish(if is_stored { Written::All } else { Written::NotAll });
            }
        }
    }

    fn appetite(&self) -> Appetite {
        match &self.log {
            Place::Open(log) if log.is_stored() => Appetite::Entries,
            Place::Open(_) | Place::Closed(_) => Appetite::None,
        }
    }

    /// Opens what is not open, if it is time to try.
    fn open(&mut self, shared: &Shared) {
        if Instant::now() < self.again {
            return;
        }
        if let Place::Closed(opener) = &self.log {
            match Log::open(opener(), self.boot.clone()) {
                Ok((mut log, opened)) => {
                    tracing::info!(event = "alarm_log.read", newest = opened.newest, "the alarm log is open");
                    for problem in opened.problems {
                        tracing::warn!(event = "alarm_log.problem", %problem, "part of the alarm log is of no use");
                        log.take(Entry::now(Event::Storage { detail: problem }), &mut Lost::default());
                    }
                    let result = log.store();
                    self.log = Place::Open(log);
                    self.judge(result, shared);
                }
                Err(error) => self.judge(Err(error), shared),
            }
        }
        if let Place::Closed(opener) = &self.shelf {
            match Shelf::open(opener()) {
                Ok(shelf) => {
                    shared.change(|inbox| inbox.kept = shelf.kept().to_vec());
                    self.shelf = Place::Open(shelf);
                }
                Err(error) => {
                    tracing::warn!(event = "intervention_records.none", %error, "intervention records cannot be kept");
                }
            }
        }
    }

    fn carry_out(&mut self, work: Work, shared: &Shared) {
        self.write_entries(&work, shared);
        for recorded in work.records {
            self.keep(&recorded, shared);
        }
        for ask in work.asks {
            self.answer(ask);
        }
    }

    fn write_entries(&mut self, work: &Work, shared: &Shared) {
        let Place::Open(log) = &mut self.log else { return };
        let is_new = !work.entries.is_empty() || !work.lost.is_none() || work.records_lost > 0;
        let is_time = !log.is_stored() && (Instant::now() >= self.again || work.closing);
        if !is_new && !is_time {
            return;
        }
        let mut lost = work.lost;
        for entry in &work.entries {
            log.take(entry.clone(), &mut lost);
        }
        if !lost.is_none() || work.records_lost > 0 {
            let Lost { high, other } = lost;
            let why = self.why.to_owned();
            let event = Event::Lost(LostEvent { high, other, records: work.records_lost, why });
            tracing::warn!(
                event = "alarm_log.lost",
                high,
                other,
                records = work.records_lost,
                why = self.why,
                "entries of the alarm log were lost"
            );
            log.take(Entry::now(event), &mut Lost::default());
        }
        let result = log.store();
        self.judge(result, shared);
    }

    /// What the result of a write says of the disk. Told when it changes.
    fn judge(&mut self, result: std::io::Result<()>, shared: &Shared) {
        let disk = match &result {
            Ok(()) if self.disk == Disk::NearlyFull => Disk::NearlyFull,
            Ok(()) => Disk::Good,
            Err(error) if is_full(error) => Disk::Full,
            Err(_) => Disk::Failing,
        };
        let was_writing = matches!(self.disk, Disk::Good | Disk::NearlyFull);
        match result {
            Ok(()) if !was_writing => {
                tracing::info!(event = "alarm_log.written", "the alarm log is written again");
            }
            Ok(()) => self.why = QUEUE_FULL,
            Err(error) => {
                if was_writing {
                    tracing::warn!(event = "alarm_log.not_written", %error, "the alarm log cannot be written; check the disk of the state directory");
                }
                self.why = if disk == Disk::Full { "disk_full" } else { "disk_error" };
                self.again = Instant::now() + RETRY;
            }
        }
        self.set_disk(disk, shared);
    }

    fn set_disk(&mut self, disk: Disk, shared: &Shared) {
        self.disk = disk;
        shared.change(|inbox| inbox.disk = disk);
    }

    /// Looks how much room there is, now and then, while the disk takes what it is given.
    fn look_for_room(&mut self, shared: &Shared) {
        if Instant::now() < self.again {
            return;
        }
        self.again = Instant::now() + LOOK;
        let Place::Open(log) = &self.log else { return };
        match (self.disk, log.free()) {
            (Disk::Good | Disk::NearlyFull, Ok(free)) => {
                let disk = if free < NEARLY_FULL { Disk::NearlyFull } else { Disk::Good };
                self.set_disk(disk, shared);
            }
            (Disk::Full | Disk::Failing, _) | (_, Err(_)) => {}
        }
    }

    fn keep(&mut self, recorded: &Recorded, shared: &Shared) {
        let result = match &mut self.shelf {
            Place::Open(shelf) => shelf.put(recorded),
            Place::Closed(_) => Err(std::io::ErrorKind::NotConnected.into()),
        };
        if let Err(error) = result {
            let number = recorded.number;
            tracing::warn!(event = "intervention_records.lost", number, %error, "an intervention record cannot be kept");
            self.why = if is_full(&error) { "disk_full" } else { "disk_error" };
            shared.change(|inbox| inbox.record_lost(clock::now()));
        }
        if let Place::Open(shelf) = &self.shelf {
            shared.change(|inbox| inbox.kept = shelf.kept().to_vec());
        }
    }

    /// Whoever asked may have given up.
    fn answer(&self, ask: Ask) {
        match (ask, &self.log, &self.shelf) {
            (Ask::Page(query, answer), Place::Open(log), _) => drop(answer.send(log.page(query))),
            (Ask::Open(number, answer), _, Place::Open(shelf)) => {
                drop(answer.send(shelf.open_record(number)))
            }
            (Ask::Page(..), Place::Closed(_), _) | (Ask::Open(..), _, Place::Closed(_)) => {}
        }
    }
}
