// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether the machine itself ran: a virtual one may get no processor for a while, which no program on it can change or foresee.
//!
//! What a console does about such a moment is tested like any other fault. In all other tests it is somebody else's fault, and what
//! went wrong in it says nothing of the console (decision 0019).

use crate::runner::priority::first_in_first_out;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

/// Above everything that runs in a console: whoever has this priority and does not run has no processor.
const HIGHEST: i32 = 99;
/// How often each processor is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// Being so late is no accident of scheduling any more.
const STILL: Duration = Duration::from_millis(25);

/// A processor ran nothing for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standstill {
    /// When it ran again, by the machine's monotonic clock.
    pub over: Duration,
    /// For how long, to within [the time between two looks](Watch).
    pub lasted: Duration,
}

/// Looks at every processor that this process may use, 200 times a second, until it is dropped.
pub struct Watch {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Watch {
    /// Looks from now on, and tells of each standstill of 25 ms or more when it is over.
    ///
    /// # Errors
    /// What the kernel says to a thread that asks for the highest priority, [`io::ErrorKind::PermissionDenied`] to an ordinary user: a thread
    /// without it waits for others, which says nothing of the machine.
    pub fn begin(tell: impl Fn(Standstill) + Clone + Send + 'static) -> io::Result<Self> {
        let all = sched_getaffinity(None)?;
        let mut watch = Self { stop: Arc::default(), threads: Vec::new() };
        for processor in (0..CpuSet::MAX_CPU).filter(|processor| all.is_set(*processor)) {
            let (began, hear) = mpsc::channel();
            let (stop, tell) = (Arc::clone(&watch.stop), tell.clone());
            watch.threads.push(std::thread::spawn(move || {
                let placed = take(processor);
                let looks = placed.is_ok();
                if began.send(placed).is_ok() && looks {
                    look(&stop, tell);
                }
            }));
            hear.recv().map_err(io::Error::other)??;
        }
        Ok(watch)
    }
}

/// This processor, before everybody else on it.
fn take(processor: usize) -> io::Result<()> {
    let mut here = CpuSet::new();
    here.set(processor);
    sched_setaffinity(None, &here)?;
    first_in_first_out(HIGHEST)
}

fn look(stop: &AtomicBool, tell: impl Fn(Standstill)) {
    while !stop.load(Ordering::Relaxed) {
        let due = now() + LOOK;
        std::thread::sleep(LOOK);
        let over = now();
        let lasted = over.saturating_sub(due);
        if lasted >= STILL {
            tell(Standstill { over, lasted });
        }
    }
}

fn now() -> Duration {
    // Time of this clock is never negative.
    Duration::try_from(clock_gettime(ClockId::Monotonic)).unwrap_or_default()
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.threads.drain(..).for_each(|thread| {
            let _its_panic_was_printed = thread.join();
        });
    }
}
