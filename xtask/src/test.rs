// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask test`: everything that can fail, on this machine.

use crate::run::{build, cargo, has, run};
use crate::{prepare, safety};

/// Prepares, builds the programs that process tests start, and runs all tests. A whole run also fails if a test that the safety
/// file names did not run and pass.
pub fn test(filter: &[String]) -> Result<(), String> {
    prepare::programs(prepare::FOR_TESTS)?;
    prepare::python()?;
    build()?;
    safety::forget()?;
    let told_apart = has("cargo-nextest");
    if told_apart {
        run(cargo().args(["nextest", "run", "--workspace"]).args(filter))?;
    } else {
        eprintln!("cargo-nextest is not installed: using cargo test, which is slower");
        // ecmod-vm-tests runs inside the virtual machine, by `cargo xtask vm-test`.
        let all = ["test", "--workspace", "--exclude", "ecmod-vm-tests", "--lib", "--bins", "--tests"];
        run(cargo().args(all).args(filter))?;
    }
    if filter.is_empty() {
        run(cargo().args(["test", "--workspace", "--doc", "--quiet"]))?;
        model_check()?;
        if !told_apart {
            return Err("whether the tests that the safety file names have run shows in the report of cargo-nextest alone: \
                 install it with `cargo install --locked cargo-nextest`"
                .to_owned());
        }
        safety::passed()?;
    }
    Ok(())
}

/// The process image's slot and doorbell under every interleaving (loom), with a target folder of its own.
fn model_check() -> Result<(), String> {
    run(cargo()
        .env("RUSTFLAGS", "--cfg loom")
        .env("CARGO_TARGET_DIR", crate::run::target().join("loom"))
        .args(["test", "--package", "ecmod-link", "--release", "--test", "loom"]))
}
