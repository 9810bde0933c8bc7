// SPDX-License-Identifier: MIT OR Apache-2.0
//! The log thread: writes what is in the queue, and when the queue is empty, what is missing in the log.

use crate::capture::Shared;
use crate::queue::Taken;
use crate::record::{Record, Report};
use crate::sink::Sink;
use std::io;
use std::sync::atomic::Ordering;
use std::time::{Instant, SystemTime};

/// Writes until the queue is closed and empty.
pub(crate) fn run(shared: &Shared, sink: &mut dyn Sink) {
    let mut reported = 0;
    loop {
        let patience = shared.with_limit(|limit| limit.until_next_end(Instant::now()));
        match shared.queue.take(patience) {
            Taken::Item(record) => write(shared, sink, &record),
            Taken::Nothing => {}
            Taken::Closed => break,
        }
        if shared.queue.is_empty() {
            report_lost(shared, sink, &mut reported);
        }
        let ended = shared.with_limit(|limit| limit.ended(Instant::now()));
        report_suppressed(shared, sink, &ended);
    }
    report_lost(shared, sink, &mut reported);
    let rest = shared.with_limit(crate::limit::Limit::all);
    report_suppressed(shared, sink, &rest);
    shared.queue.finish();
}

fn write(shared: &Shared, sink: &mut dyn Sink, record: &Record) {
    if sink.write(record).is_err() {
        shared.count_lost();
    }
}

/// Says how many were lost since the last report. A report that cannot be written is made again later.
fn report_lost(shared: &Shared, sink: &mut dyn Sink, reported: &mut u64) {
    let lost = shared.lost.load(Ordering::Relaxed);
    let new = lost.saturating_sub(*reported);
    if new > 0 && sink.write(&Record::report(Report::Lost, "", new, SystemTime::now())).is_ok() {
        *reported = lost;
    }
}

fn report_suppressed(shared: &Shared, sink: &mut dyn Sink, ended: &[(String, u64)]) {
    for (kind, count) in ended {
        write(shared, sink, &Record::report(Report::Suppressed, kind, *count, SystemTime::now()));
    }
}

/// Where records go when there is nowhere to write them: all are lost, and counted.
pub(crate) struct Nowhere;

impl Sink for Nowhere {
    fn write(&mut self, _: &Record) -> io::Result<()> {
        Err(io::ErrorKind::NotConnected.into())
    }
}
