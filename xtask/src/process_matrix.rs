// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask process-matrix`: the process half of the fault matrix (`simulator/tests/process_matrix`), which takes too long for the
//! ordinary tests.

use crate::prepare;
use crate::run::{build, cargo, run};

/// Prepares, builds, and plays the chapters whose names contain `FILTER`, two consoles at a time; `--write` writes what was measured
/// to `docs/src/process-faults.md` in place of holding it against it.
pub fn process_matrix(arguments: &[String]) -> Result<(), String> {
    let (options, filter): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|argument| argument.starts_with("--"));
    let writes = match options[..] {
        [] => false,
        [option] if option == "--write" => true,
        _ => return Err("process-matrix [--write] [FILTER]".to_owned()),
    };
    prepare::programs(prepare::FOR_TESTS)?;
    build()?;
    let mut tests = cargo();
    if writes {
        tests.env("ECMOD_WRITE_FAULT_MATRIX", "1");
    }
    tests.args(["test", "--package", "ecmod-sim", "--test", "process_matrix", "--"]);
    run(tests.args(["--test-threads", "2", "--nocapture"]).args(filter))
}
