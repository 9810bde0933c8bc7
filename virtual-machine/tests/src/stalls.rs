// SPDX-License-Identifier: MIT OR Apache-2.0
//! When the machine as a whole stood still: its one processor is a process on somebody's computer, which may have better things
//! to do. A thread above all others in the machine wakes every millisecond; when it is late, everybody was.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use ecmod_quantities::Monotonic;
use ecmod_sim::kernel::now;

const EVERY: Duration = Duration::from_millis(1);
/// Who was late does not catch up at once: there are others.
const CATCHING_UP: Duration = Duration::from_millis(4);
/// Above every thread of the console.
const PRIORITY: i32 = 90;

/// Watches from [`Stalls::watch`] until dropped.
pub struct Stalls {
    seen: Arc<Mutex<Vec<(Monotonic, Duration)>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Stalls {
    /// Begins.
    #[must_use]
    pub fn watch() -> Self {
        let (seen, stop) = (Arc::<Mutex<Vec<_>>>::default(), Arc::<AtomicBool>::default());
        let thread = std::thread::spawn({
            let (seen, stop) = (Arc::clone(&seen), Arc::clone(&stop));
            move || watch(&seen, &stop)
        });
        Self { seen, stop, thread: Some(thread) }
    }

    /// How long nothing ran around this moment: what happened then may have been due so much earlier.
    #[must_use]
    pub fn at(&self, moment: Monotonic) -> Option<Duration> {
        let seen = self.seen.lock().unwrap();
        let after = u64::try_from(CATCHING_UP.as_nanos()).unwrap();
        let around = |end: &Monotonic, stall: &Duration| {
            u128::from(end.0) <= u128::from(moment.0) + stall.as_nanos() && moment.0 <= end.0 + after
        };
        seen.iter().filter(|(end, stall)| around(end, stall)).map(|(_, stall)| *stall).max()
    }
}

impl Drop for Stalls {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Remembers with its end every time in which the thread was late by more than half a millisecond.
fn watch(seen: &Mutex<Vec<(Monotonic, Duration)>>, stop: &AtomicBool) {
    let parameters = libc::sched_param { sched_priority: PRIORITY };
    // SAFETY: 0 is the calling thread; the structure is valid for the call.
    let set = unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const parameters) };
    assert_eq!(set, 0, "the tests run as root");
    let mut due = now().0;
    while !stop.load(Ordering::Relaxed) {
        due += u64::try_from(EVERY.as_nanos()).unwrap();
        std::thread::sleep(Duration::from_nanos(due.saturating_sub(now().0)));
        let at = now();
        let late = Duration::from_nanos(at.0.saturating_sub(due));
        if late > EVERY / 2 {
            seen.lock().unwrap().push((at, late));
            due = at.0;
        }
    }
}
