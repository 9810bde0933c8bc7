// SPDX-License-Identifier: MIT OR Apache-2.0
//! What pump and blood really did, millisecond by millisecond, and how much of it is the pump's own ripple.

use super::Figures;
use crate::support::{Bin, Console, until};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// The truth since it was begun to be watched. To be dropped before the console, whose simulator tells it.
pub struct Truth {
    bins: Arc<Mutex<Vec<Bin>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Lowest and highest speed (rpm) and flow (L/min) over some time.
#[derive(Debug, Clone, Copy)]
pub struct Extremes {
    pub speed: (f64, f64),
    pub flow: (f64, f64),
}

impl Extremes {
    fn of(bins: &[Bin]) -> Self {
        let nothing = (f64::INFINITY, f64::NEG_INFINITY);
        let begin = Self { speed: nothing, flow: nothing };
        bins.iter().fold(begin, |all, bin| Self {
            speed: (all.speed.0.min(bin.speed_min), all.speed.1.max(bin.speed_max)),
            flow: (all.flow.0.min(bin.flow_min), all.flow.1.max(bin.flow_max)),
        })
    }

    /// Peak to peak, rpm.
    pub fn ripple(&self) -> f64 {
        self.speed.1 - self.speed.0
    }
}

impl Truth {
    /// Watches from now on.
    pub fn watch(console: &Console) -> Self {
        let bins = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let (theirs, stopped) = (Arc::clone(&bins), Arc::clone(&stop));
        let trace = console.simulator().trace(1);
        let thread = std::thread::spawn(move || {
            for bin in trace.take_while(|_| !stopped.load(Ordering::Relaxed)) {
                theirs.lock().unwrap().push(bin);
            }
        });
        Self { bins, stop, thread: Some(thread) }
    }

    /// Monotonic time up to which everything is known, ns.
    pub fn now(&self) -> u64 {
        self.bins.lock().unwrap().last().map_or(0, |bin| bin.t_ns)
    }

    /// Waits until everything up to this time is known.
    pub fn until(&self, time: u64) {
        until("the truth of the present", || (self.now() >= time).then_some(()));
    }

    /// As [`Truth::between`]; `None` if that time began before the truth was watched.
    pub fn between_if_known(&self, from: u64, to: u64) -> Option<Extremes> {
        let first = self.bins.lock().unwrap().first()?.t_ns;
        (first <= from).then(|| self.between(from, to))
    }

    /// Extremes between two times. Every millisecond of it is looked at.
    pub fn between(&self, from: u64, to: u64) -> Extremes {
        self.until(to);
        let bins = self.bins.lock().unwrap();
        let first = bins.partition_point(|bin| bin.t_ns <= from);
        let end = bins.partition_point(|bin| bin.t_ns <= to);
        let bins = &bins[first..end];
        let steps: u64 = bins.iter().map(|bin| bin.steps).sum();
        assert!(steps + 2 >= (to - from) / 1_000_000, "only {steps} ms of {} ns", to - from);
        Extremes::of(bins)
    }

    /// The ripple in each window of this length between two times, rpm. Windows overlap.
    pub fn ripples(&self, from: u64, to: u64, window: Duration) -> Figures {
        let length = u64::try_from(window.as_nanos()).unwrap();
        let step = usize::try_from(length / 10).unwrap();
        let mut ripples = Figures::default();
        for start in (from..=to.saturating_sub(length)).step_by(step) {
            ripples.push(self.between(start, start + length).ripple());
        }
        ripples
    }
}

impl Drop for Truth {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _its_panic_was_printed = thread.join();
        }
    }
}
