// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask process-matrix`: writes the book's page about faults of processes from what the process half of the fault matrix
//! (`simulator/tests/process_matrix`) measures. The ordinary tests hold that page against what they measure.

use crate::prepare;
use crate::run::{build, cargo, run};

/// Prepares, builds, and plays the chapters whose names contain `FILTER`, three consoles at a time.
pub fn process_matrix(filter: &[String]) -> Result<(), String> {
    prepare::programs(prepare::FOR_TESTS)?;
    build()?;
    let mut tests = cargo();
    tests.env("ECMOD_WRITE_FAULT_MATRIX", "1");
    tests.args(["test", "--package", "ecmod-sim", "--test", "process_matrix", "--"]);
    run(tests.args(["--test-threads", "3", "--nocapture"]).args(filter))
}
