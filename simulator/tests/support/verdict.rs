// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a test ended, said again and again between the lines of its logs: whoever is shown a part of a long report sees it.

use std::sync::{Mutex, MutexGuard, Once};

/// So many lines of a log stand between two headings.
const LINES: usize = 40;
/// As much of a reason is repeated; it was said in full where it happened.
const LENGTH: usize = 600;

static HEARD: Once = Once::new();
static REASONS: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn reasons() -> MutexGuard<'static, Vec<String>> {
    REASONS.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// From now on the reason of every panic of this process is remembered; it is said where it happens as before.
pub fn remember() {
    HEARD.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            reasons().push(panic.to_string().chars().take(LENGTH).collect());
            before(panic);
        }));
    });
}

/// Prints a log under headings that say why.
pub fn tell(name: &str, log: &str) {
    let why = reasons().join("\n");
    let lines: Vec<&str> = log.lines().collect();
    for part in lines.chunks(LINES) {
        eprintln!("--- {name}\n--- {why}\n{}", part.join("\n"));
    }
}
