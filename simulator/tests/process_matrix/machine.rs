// SPDX-License-Identifier: MIT OR Apache-2.0
//! Standstills of the machine while rows are played.

use ecmod_sim::standstill::{Standstill, Watch};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Those seen so far.
pub struct Machine {
    seen: Arc<Mutex<Vec<Standstill>>>,
    /// An ordinary user's rows are never excused.
    _watch: Option<Watch>,
}

impl Machine {
    /// Looks from now on.
    pub fn watch() -> Self {
        let seen: Arc<Mutex<Vec<Standstill>>> = Arc::default();
        let theirs = Arc::clone(&seen);
        let watch = Watch::begin(move |standstill| theirs.lock().unwrap().push(standstill));
        Self { seen, _watch: watch.ok() }
    }

    /// The longest time for which a processor stood still since a time, ns, if one did.
    pub fn stood_still_since(&self, time: u64) -> Option<Duration> {
        let seen = self.seen.lock().unwrap();
        let later = seen.iter().filter(|standstill| standstill.over >= Duration::from_nanos(time));
        later.map(|standstill| standstill.lasted).max()
    }
}
