// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tests of both halves together, with a sink that can be made to stall.

use crate::capture::{Capture, Shared};
use crate::limit::BURST;
use crate::record::Record;
use crate::sink::Sink;
use crate::words::Level;
use crate::writer;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tracing::{Dispatch, dispatcher};

/// Reaching it means failure.
const PATIENCE: Duration = Duration::from_secs(20);
const CAPACITY: usize = 8;

type Fields = BTreeMap<String, String>;

/// Passes records on to the test, each only after the test has given leave.
struct Stalling {
    leave: Receiver<()>,
    out: Sender<Fields>,
}

impl Sink for Stalling {
    fn write(&mut self, record: &Record) -> io::Result<()> {
        // The test has dropped its end: no leave needed any more.
        let _ = self.leave.recv();
        let fields =
            record.fields().map(|(field, text)| (field.name().to_owned(), text.to_owned())).collect();
        self.out.send(fields).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

struct Log {
    shared: Arc<Shared>,
    dispatch: Dispatch,
    leave: Option<Sender<()>>,
    written: Receiver<Fields>,
    thread: JoinHandle<()>,
}

impl Log {
    fn stalled(level: Level) -> Self {
        let shared = Arc::new(Shared::new(CAPACITY));
        let ((leave, its_leave), (out, written)) = (channel(), channel());
        let its = Arc::clone(&shared);
        let thread = std::thread::spawn(move || writer::run(&its, &mut Stalling { leave: its_leave, out }));
        let dispatch = Dispatch::new(Capture::new(Arc::clone(&shared), level));
        Self { shared, dispatch, leave: Some(leave), written, thread }
    }

    fn flowing(level: Level) -> Self {
        Self { leave: None, ..Self::stalled(level) }
    }

    fn next(&self) -> Fields {
        self.written.recv_timeout(PATIENCE).expect("a record in time")
    }

    fn lost(&self) -> u64 {
        self.shared.lost.load(Ordering::Relaxed)
    }

    /// Ends the log and gives what was still written.
    fn end(self) -> Vec<Fields> {
        drop(self.leave);
        self.shared.queue.close();
        self.thread.join().unwrap();
        self.written.iter().collect()
    }
}

#[test]
fn an_event_arrives_with_its_message_and_fields() {
    let log = Log::flowing(Level::Info);
    dispatcher::with_default(&log.dispatch, || {
        let port = "pump_line";
        tracing::warn!(event = "port.lost", port, retries = 3, cause = ?Some(1), "gone after {} s", 2);
    });
    let found = log.next();
    let expected = [
        ("cause", "Some(1)"),
        ("event", "port.lost"),
        ("message", "gone after 2 s"),
        ("port", port()),
        ("retries", "3"),
    ];
    assert!(found.iter().map(|(name, text)| (name.as_str(), text.as_str())).eq(expected), "{found:?}");
    assert_eq!(log.end(), []);
}

fn port() -> &'static str {
    "pump_line"
}

#[test]
fn our_events_pass_from_the_level_on_and_foreign_ones_from_warnings_on() {
    let log = Log::flowing(Level::Debug);
    dispatcher::with_default(&log.dispatch, || {
        tracing::trace!("below");
        tracing::debug!("ours");
        tracing::info!(target: "zbus::connection", "foreign chatter");
        tracing::warn!(target: "zbus::connection", "foreign trouble");
        let _span = tracing::error_span!("ignored").entered();
    });
    let messages: Vec<_> =
        log.end().into_iter().map(|mut fields| fields.remove("message").unwrap()).collect();
    assert_eq!(messages, ["ours", "foreign trouble"]);
}

/// The caller's thread is this one: that the loop ends while nothing is being written shows that logging does not wait.
#[test]
fn a_stalled_log_blocks_nobody_and_every_loss_is_counted_and_reported() {
    const EVENTS: u64 = 1000;
    let mut log = Log::stalled(Level::Info);
    dispatcher::with_default(&log.dispatch, || {
        for n in 0..EVENTS {
            tracing::info!(event = format!("test.n{n}"), "one of many");
        }
    });
    // The queue's capacity, and perhaps one that the log thread has already taken and cannot write.
    let lost = log.lost();
    let kept = EVENTS - lost;
    assert!((CAPACITY as u64..=CAPACITY as u64 + 1).contains(&kept), "{kept} kept");

    log.leave = None;
    let written: Vec<_> = (0..kept).map(|_| log.next()).collect();
    assert_eq!(written[0]["event"], "test.n0", "the oldest are kept");
    let report = log.next();
    assert_eq!((report["event"].as_str(), report["count"].as_str()), ("log.lost", lost.to_string().as_str()));

    // Once it flows again, nothing is lost and nothing is reported twice.
    dispatcher::with_default(&log.dispatch, || tracing::info!("back"));
    assert_eq!(log.next()["message"], "back");
    assert_eq!(log.lost(), lost);
    assert_eq!(log.end(), []);
}

#[test]
fn what_cannot_be_written_counts_as_lost() {
    let shared = Arc::new(Shared::new(CAPACITY));
    let dispatch = Dispatch::new(Capture::new(Arc::clone(&shared), Level::Info));
    dispatcher::with_default(&dispatch, || {
        tracing::info!("one");
        tracing::info!("two");
    });
    shared.queue.close();
    dispatcher::with_default(&dispatch, || tracing::info!("after the end"));
    writer::run(&shared, &mut writer::Nowhere);
    assert_eq!(shared.lost.load(Ordering::Relaxed), 3);
    assert!(shared.queue.wait_finished(Duration::ZERO));
}

#[test]
fn a_flood_of_one_event_is_cut_and_the_log_says_how_many_while_other_subjects_pass() {
    let log = Log::flowing(Level::Info);
    dispatcher::with_default(&log.dispatch, || {
        // One at a time, so that the small queue of this test loses none.
        for n in 0..BURST + 30 {
            tracing::info!(event = "driver.log", driver = "noisy", "chatter");
            if n < BURST {
                log.next();
            }
        }
        tracing::info!(event = "driver.log", driver = "quiet", "heard");
    });
    assert_eq!(log.next()["driver"], "quiet");
    assert_eq!(log.lost(), 0);
    let rest = log.end();
    assert_eq!(rest.len(), 1);
    assert_eq!((rest[0]["subject"].as_str(), rest[0]["count"].as_str()), ("driver.log noisy", "30"));
}

#[test]
fn a_record_of_any_size_is_bounded() {
    let log = Log::flowing(Level::Info);
    dispatcher::with_default(&log.dispatch, || tracing::info!(tail = "y", "{}", "x".repeat(1 << 20)));
    let found = log.next();
    assert!(found.values().map(String::len).sum::<usize>() <= crate::record::MAX_TEXT);
    assert!(found["message"].ends_with("..."));
}
