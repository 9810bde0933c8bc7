// SPDX-License-Identifier: MIT OR Apache-2.0
//! The thread of a port's lines: opens them, reads their edges, and opens again what was lost.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use ecmod_config::LineDirection;
use ecmod_quantities::{Monotonic, Span};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use super::Inside;
use super::handle::Handle;
use super::line::Line;
use crate::bus::counters::PortCounter;
use crate::bus::gate::PortState;
use crate::clock;

/// Behind edges the next look comes no sooner than this: a storm costs a bounded part of a core, and an edge behind a quiet time is
/// seen at once.
pub const ROUND: Span = Span::from_micros(500);
const FIRST_WAIT: Span = Span::from_millis(10);
const LONGEST_WAIT: Span = Span::from_millis(1000);

/// A line that stayed open this long was in order.
const PROVEN: Span = Span::from_secs(1);

/// When a line is tried again.
#[derive(Clone, Copy)]
struct Retry {
    due: Monotonic,
    wait: Span,
    /// Since when it is open.
    opened: Option<Monotonic>,
}

impl Retry {
    const FIRST: Self = Self { due: Monotonic(0), wait: FIRST_WAIT, opened: None };

    /// The line is not there: whether to try now.
    fn is_due(&mut self, now: Monotonic) -> bool {
        if self.opened.take().is_some_and(|opened| now.since(opened) >= PROVEN) {
            *self = Self::FIRST;
        }
        now >= self.due
    }

    /// It was tried. One that is lost again right after it was opened does not begin anew with short waits.
    fn tried(&mut self, is_open: bool, now: Monotonic) {
        self.opened = is_open.then_some(now);
        self.due = now.plus(self.wait);
        self.wait = Span(self.wait.0.saturating_mul(2)).min(LONGEST_WAIT);
    }
}

/// Runs until the port is closed.
pub fn run(inside: &Inside) {
    let mut retries = vec![Retry::FIRST; inside.lines.len()];
    let mut handles: Vec<Option<Arc<Handle>>> = Vec::with_capacity(inside.lines.len());
    let mut looked = Monotonic(0);
    while !inside.ended.load(Ordering::Acquire) {
        let mut next = None;
        handles.clear();
        for (line, retry) in inside.lines.iter().zip(&mut retries) {
            let mut held = line.place().handle.clone();
            if held.is_none() && retry.is_due(clock::now()) {
                held = open(inside, line);
                retry.tried(held.is_some(), clock::now());
            }
            if held.is_none() {
                next = Some(next.map_or(retry.due, |next: Monotonic| next.min(retry.due)));
            }
            handles.push(held);
        }
        if !wait(inside, &handles, next) {
            // no sleep behind an edge: the next one that comes after ROUND costs one waking, not two
            clock::sleep_until(looked.plus(ROUND));
            looked = clock::now();
            for (line, held) in inside.lines.iter().zip(&handles) {
                if let Some(held) = held {
                    read(inside, line, held);
                }
            }
        }
    }
}

/// Waits for edges, the loss of a line, the bell, or `until`; whether only the time is over.
fn wait(inside: &Inside, handles: &[Option<Arc<Handle>>], until: Option<Monotonic>) -> bool {
    let mut fds: Vec<PollFd<'_>> = Vec::with_capacity(handles.len() + 1);
    fds.push(PollFd::new(&inside.bell, PollFlags::IN));
    // the input-only poll also tells of a chip that was taken away
    fds.extend(handles.iter().flatten().map(|handle| PollFd::new(handle.as_ref(), PollFlags::IN)));
    let timeout = until.map(|until| clock::timespec(until.since(clock::now())));
    match poll(&mut fds, timeout.as_ref()) {
        Ok(0) | Err(Errno::INTR) => true,
        Ok(_) => {
            if fds.first().is_some_and(|bell| !bell.revents().is_empty()) {
                let _ = rustix::io::read(&inside.bell, &mut [0; 8]);
            }
            false
        }
        // out of memory: look again, but do not spin
        Err(_) => {
            clock::sleep_until(clock::now().plus(LONGEST_WAIT));
            true
        }
    }
}

/// Takes the edges of one line.
fn read(inside: &Inside, line: &Line, held: &Arc<Handle>) {
    let gone = |inside: &Inside, error: &io::Error| {
        // not if a driver's thread was faster and it is open again
        let same = line.place().handle.as_ref().is_some_and(|present| Arc::ptr_eq(present, held));
        if same {
            inside.lose(line, error);
        }
    };
    match held.edges(|edge| inside.keep(line, edge)) {
        Ok(0) if is_hung_up(held) => {
            gone(inside, &io::Error::from_raw_os_error(Errno::NODEV.raw_os_error()));
        }
        Ok(_) => {}
        // whatever else it is, it would come again at once: begin anew, with back-off
        Err(error) => gone(inside, &error),
    }
}

/// A line without edges tells of its chip's end by this alone.
fn is_hung_up(held: &Arc<Handle>) -> bool {
    let mut fds = [PollFd::new(held.as_ref(), PollFlags::IN)];
    let now = clock::timespec(Span::ZERO);
    poll(&mut fds, Some(&now)).is_ok()
        && fds.iter().any(|fd| fd.revents().intersects(PollFlags::HUP | PollFlags::ERR))
}

fn open(inside: &Inside, line: &Line) -> Option<Arc<Handle>> {
    let level = match line.settings.direction {
        LineDirection::Input { .. } => None,
        LineDirection::Output { initial, .. } => line.place().set.or(initial),
    };
    let timeout = clock::duration(inside.timeout);
    let opened = Handle::open(&line.settings, level, &inside.consumer, timeout);
    let mut place = line.place();
    let held = match opened {
        Ok(handle) => {
            inside.counters.port(PortCounter::Opened, 1);
            if place.state == PortState::Lost {
                tracing::info!(event = "line.back", line = line.name, "the line is there");
            }
            line.ring().reopened();
            place.state = PortState::Connected;
            place.reason.clear();
            let handle = Arc::new(handle);
            place.handle = Some(Arc::clone(&handle));
            Some(handle)
        }
        Err(error) => {
            inside.counters.port(PortCounter::OpenFailures, 1);
            let reason = error.to_string();
            if place.reason != reason {
                tracing::warn!(
                    event = "line.closed",
                    line = line.name,
                    "{reason}; it is tried again and again"
                );
                place.reason = reason;
            }
            place.state = PortState::Lost;
            None
        }
    };
    drop(place);
    line.opened.notify_all();
    held
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_lost_right_away_is_tried_less_and_less_often_and_a_proven_one_at_once() {
        let at = |ms| Monotonic(0).plus(Span::from_millis(ms));
        let mut retry = Retry::FIRST;
        assert!(retry.is_due(at(0)));
        retry.tried(true, at(0));
        assert!(!retry.is_due(at(1)), "lost after a millisecond");
        assert!(retry.is_due(at(10)));
        retry.tried(true, at(10));
        assert!(!retry.is_due(at(29)) && retry.is_due(at(30)), "twice as long");
        retry.tried(true, at(30));
        assert!(retry.is_due(at(1030)));
        retry.tried(false, at(1030));
        assert!(!retry.is_due(at(1039)) && retry.is_due(at(1040)), "from the beginning");
    }
}
