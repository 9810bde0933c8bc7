// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask demo`: a complete console against the simulator, on a private bus.

use std::process::Command;

use crate::run::{binaries, build, run, target};

/// Builds everything and hands over to the development runner, which owns all processes from here on.
pub fn demo(arguments: &[String]) -> Result<(), String> {
    build()?;
    let binaries = binaries();
    let mut runner = Command::new(binaries.join("ecmod-sim"));
    runner.arg("run").arg("--run-dir").arg(target().join("demo"));
    runner.arg("--bin-dir").arg(&binaries).arg("--driver-dir").arg(&binaries).args(arguments);
    run(&mut runner)
}
