// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether the machine itself ran: a virtual one may get no processor for a while, which no program on it can change or foresee. What a
//! console does about that has a row of its own; in all others it is somebody else's fault.

use crate::steady::{monotonic, nanoseconds};
use ecmod_sim::runner::priority::first_in_first_out;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Above everything that runs here: whoever has this priority and does not run has no processor.
const HIGHEST: i32 = 99;
/// How often each processor is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// Being so late is no accident of scheduling any more.
const STILL: Duration = Duration::from_millis(25);

/// A look that came too late: when, ns, and by how much.
type Late = (u64, Duration);

/// Looks at every processor until it is dropped.
pub struct Machine {
    late: Arc<Mutex<Vec<Late>>>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Machine {
    /// Looks from now on.
    pub fn watch() -> Self {
        let (late, stop) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let all = sched_getaffinity(None).unwrap();
        let processors = (0..CpuSet::MAX_CPU).filter(|cpu| all.is_set(*cpu));
        let threads = processors.map(|cpu| {
            let (late, stop) = (Arc::clone(&late), Arc::clone(&stop));
            std::thread::spawn(move || look(cpu, &stop, &late))
        });
        Self { threads: threads.collect(), late, stop }
    }

    /// The longest time for which a processor stood still since a time, if one did.
    pub fn stood_still_since(&self, time: u64) -> Option<Duration> {
        let late = self.late.lock().unwrap();
        late.iter().filter(|(at, _)| *at >= time).map(|(_, by)| *by).max()
    }
}

fn look(cpu: usize, stop: &AtomicBool, late: &Mutex<Vec<Late>>) {
    let mut here = CpuSet::new();
    here.set(cpu);
    if sched_setaffinity(None, &here).is_err() || first_in_first_out(HIGHEST).is_err() {
        return; // an ordinary user's thread waits for others, which says nothing of the machine
    }
    while !stop.load(Ordering::Relaxed) {
        let due = monotonic() + nanoseconds(LOOK);
        std::thread::sleep(LOOK);
        let now = monotonic();
        let by = Duration::from_nanos(now.saturating_sub(due));
        if by >= STILL {
            late.lock().unwrap().push((now, by));
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.threads.drain(..).for_each(|thread| {
            let _its_panic_was_printed = thread.join();
        });
    }
}
