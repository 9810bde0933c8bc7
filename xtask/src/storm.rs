// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask storm`: a thousand processes die or hang under support (`simulator/tests/storm`). The ordinary tests run a short one.

use crate::prepare;
use crate::run::{build, cargo, run};

const STRIKES: u32 = 1000;

/// Prepares, builds, and runs the storm, with what it measured at its end. About two seconds a strike.
pub fn storm(arguments: &[String]) -> Result<(), String> {
    let strikes = match arguments {
        [] => STRIKES,
        [number] => number.parse().map_err(|_| format!("`{number}` is no number of strikes"))?,
        _ => return Err("storm [STRIKES]".to_owned()),
    };
    prepare::programs(prepare::FOR_TESTS)?;
    build()?;
    run(cargo().env("ECMOD_STORM", strikes.to_string()).args([
        "test",
        "--package",
        "ecmod-sim",
        "--test",
        "storm",
        "--",
        "--nocapture",
    ]))
}
