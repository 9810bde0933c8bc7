// SPDX-License-Identifier: MIT OR Apache-2.0
//! Nonsense from every side: lines, libraries, D-Bus, hosts' socket, configuration, disk. Each gets a clear error; nothing is
//! lost, nothing stops.
#![cfg(test)] // helpers between the tests are test code too

mod bus;
mod configuration;
mod disk;
mod hosts;
mod libraries;
mod lines;
#[path = "../steady/mod.rs"]
mod steady;
#[path = "../stranger/mod.rs"]
mod stranger;
#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder of the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Runs one of our programs to its end; returns its exit code and all it said.
fn run(program: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(support::binary(program));
    let Output { status, stdout, stderr } = command.args(arguments).stdin(Stdio::null()).output().unwrap();
    (status.code(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
}
