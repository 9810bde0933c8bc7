// SPDX-License-Identifier: MIT OR Apache-2.0
//! Waiting for what has to happen.

use std::time::{Duration, Instant};

/// Longer than anything here may take on a loaded machine.
pub const LIMIT: Duration = Duration::from_secs(30);

/// What `look` finds, as soon as it finds something; `None` after `limit`.
pub fn try_until<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if began.elapsed() >= limit {
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// As [`try_until`] with [`LIMIT`]; ends the test when nothing is found.
#[track_caller]
pub fn until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    try_until(LIMIT, look).unwrap_or_else(|| panic!("{what}: not within {LIMIT:?}"))
}
