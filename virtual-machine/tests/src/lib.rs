// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the tests inside the virtual machine have in common: a real `ecmod-host` on real devices, and the daemon's side of its
//! link, played by the test. The tests themselves are in `tests/vm`. Never part of a product.
//!
//! - [`Host`]: the process, its configuration, its log; [`programs`]: where it and everything else lies.
//! - [`Daemon`]: reads samples, writes demands afresh every 10 ms as the control loop does, and can fall silent or go away.
//! - [`Stalls`]: when the whole machine stood still, which is nobody's fault inside it.
//! - [`until`]: waiting with a time limit.

// Test code in a crate of its own: it may stop at the first surprise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod daemon;
mod host;
mod stalls;

pub use daemon::{Daemon, Reading};
pub use host::{Host, programs};
pub use stalls::Stalls;

use std::time::{Duration, Instant};

/// No test waits longer than this for anything.
pub const LIMIT: Duration = Duration::from_secs(20);

/// Tries until there is a result; how it never happened goes into the panic.
///
/// # Panics
/// At the time limit.
pub fn until<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + LIMIT;
    loop {
        if let Some(result) = attempt() {
            return result;
        }
        assert!(Instant::now() < deadline, "it never happened that {what}");
        // The machine has one processor: let those run whom this waits for.
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Prints what a test measured; the host shows these lines of tests that passed.
pub fn figure(what: &str, value: f64, unit: &str) {
    // The test runner has left the line open.
    println!("\nfigure {what}: {value:.3} {unit}");
}
