// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask storm`: a thousand processes die or hang under support (`simulator/tests/storm`). The ordinary tests run a short one.

use crate::prepare;
use crate::run::{build, cargo, run};

const STRIKES: u32 = 1000;
/// Consoles that are struck at the same time, each by a storm of its own.
const CONSOLES: u32 = 3;
const TEST: [&str; 5] = ["test", "--package", "ecmod-sim", "--test", "storm"];

/// Prepares, builds, and runs the storms, each with what it measured at its end. About five seconds a strike.
pub fn storm(arguments: &[String]) -> Result<(), String> {
    let strikes = match arguments {
        [] => STRIKES,
        [number] => number.parse().map_err(|_| format!("`{number}` is no number of strikes"))?,
        _ => return Err("storm [STRIKES]".to_owned()),
    };
    prepare::programs(prepare::FOR_TESTS)?;
    build()?;
    run(cargo().args(TEST).arg("--no-run"))?;
    let storms: Vec<_> = (0..CONSOLES)
        .map(|seed| {
            let mut test = cargo();
            test.env("ECMOD_STORM", strikes.div_ceil(CONSOLES).to_string());
            test.env("ECMOD_STORM_SEED", seed.to_string());
            test.args(TEST).args(["--", "--nocapture"]).spawn().map_err(|error| format!("cargo: {error}"))
        })
        .collect();
    let ends: Vec<Result<(), String>> = storms
        .into_iter()
        .map(|storm| match storm?.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("a storm failed: {status}")),
            Err(error) => Err(format!("cargo: {error}")),
        })
        .collect();
    ends.into_iter().collect()
}
