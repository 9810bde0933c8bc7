// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a fixture has left a process behind. Every process of a fixture has the fixture's folder on its command line,
//! and the folder's name is like no other.

use std::path::Path;

/// The living processes, apart from this one, with this path on their command lines.
pub fn processes_with(path: &Path) -> Vec<(u32, String)> {
    let path = path.to_str().expect("a plain path");
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|&pid| pid != std::process::id())
        .filter_map(|pid| {
            // Empty for a process that has ended and only waits to be reaped.
            let words = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
            let line = String::from_utf8_lossy(&words).replace('\0', " ");
            line.contains(path).then_some((pid, line))
        })
        .collect()
}
