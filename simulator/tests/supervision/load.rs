// SPDX-License-Identifier: MIT OR Apache-2.0
//! A machine with more to do than it can.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// More threads than there are processors, that compute for as long as this lives.
pub struct Load(Arc<AtomicBool>, Vec<std::thread::JoinHandle<()>>);

impl Load {
    /// Four times more than the processors can.
    pub fn begin() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let busy = |stop: Arc<AtomicBool>| {
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            })
        };
        let count = 4 * std::thread::available_parallelism().map_or(2, usize::from);
        Self(Arc::clone(&stop), (0..count).map(|_| busy(Arc::clone(&stop))).collect())
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        self.1.drain(..).for_each(|thread| thread.join().unwrap());
    }
}
