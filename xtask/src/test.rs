// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask test`: everything that can fail, on this machine.

use std::collections::BTreeSet;

use crate::report::{self, Case};
use crate::run::{build, cargo, has, run};
use crate::standstill::Machine;
use crate::{prepare, safety};

/// What the binaries begin with whose tests run consoles on real processors. Everything else computes, or waits for as long as it takes.
const CONSOLES: &str = "ecmod-sim::";
/// Where more tests fail than this, it is not for moments of the machine.
const MOST_AGAIN: usize = 5;

/// Prepares, builds the programs that process tests start, and runs all tests. A whole run also fails if a test that the safety
/// file names did not run and pass.
pub fn test(filter: &[String]) -> Result<(), String> {
    prepare::programs(prepare::FOR_TESTS)?;
    prepare::python()?;
    build()?;
    let passed = if has("cargo-nextest") {
        Some(judged(filter)?)
    } else {
        eprintln!("cargo-nextest is not installed: using cargo test, which is slower");
        // ecmod-vm-tests runs inside the virtual machine, by `cargo xtask vm-test`.
        let all = ["test", "--workspace", "--exclude", "ecmod-vm-tests", "--lib", "--bins", "--tests"];
        run(cargo().args(all).args(filter))?;
        None
    };
    if filter.is_empty() {
        run(cargo().args(["test", "--workspace", "--doc", "--quiet"]))?;
        model_check()?;
        let passed = passed.ok_or(
            "whether the tests that the safety file names have run shows in the report of cargo-nextest alone: \
             install it with `cargo install --locked cargo-nextest`",
        )?;
        safety::passed(&passed)?;
    }
    Ok(())
}

/// Runs the tests; returns the full names of those that passed. A console's test that failed while a processor stood still is run again, once, and has to
/// pass then (decision 0019). Whatever failed without that has failed.
fn judged(filter: &[String]) -> Result<BTreeSet<String>, String> {
    report::forget()?;
    let machine = Machine::watch()?;
    let outcome = run(cargo().args(["nextest", "run", "--workspace"]).args(filter));
    let Err(failure) = outcome else { return Ok(report::passed(&report::read()?)) };
    // Without a report no test has run.
    let Ok(cases) = report::read() else { return Err(failure) };
    let again = excused(&cases, |case| machine.stood_still_during(case)).ok_or(failure)?;
    report::forget()?;
    run(cargo().args(["nextest", "run", "--workspace", "-E", &chosen(&again)]))?;
    let mut passed = report::passed(&cases);
    let (second, names) = (report::passed(&report::read()?), again.iter().map(|case| case.full_name()));
    for name in names {
        if !second.contains(&name) {
            return Err(format!("{name} did not run again"));
        }
        passed.insert(name);
    }
    Ok(passed)
}

/// The tests that failed, if the machine stood still in each of them and they are few.
fn excused(cases: &[Case], still: impl Fn(&Case) -> Option<f64>) -> Option<Vec<&Case>> {
    let failed: Vec<&Case> = cases.iter().filter(|case| !case.passed).collect();
    let mut excused = true;
    for case in &failed {
        let name = case.full_name();
        match still(case).filter(|_| case.binary.starts_with(CONSOLES)) {
            Some(still) => eprintln!("FAILED while the machine stood still for {still:.3} s: {name}"),
            None => {
                eprintln!("FAILED, and not for a standstill of the machine: {name}");
                excused = false;
            }
        }
    }
    (excused && !failed.is_empty() && failed.len() <= MOST_AGAIN).then_some(failed)
}

/// These tests and no others, in nextest's words.
fn chosen(cases: &[&Case]) -> String {
    let each = cases.iter().map(|case| format!("(binary_id(={}) & test(={}))", case.binary, case.name));
    each.collect::<Vec<_>>().join(" | ")
}

/// The process image's slot and doorbell under every interleaving (loom), with a target folder of its own.
fn model_check() -> Result<(), String> {
    run(cargo()
        .env("RUSTFLAGS", "--cfg loom")
        .env("CARGO_TARGET_DIR", crate::run::target().join("loom"))
        .args(["test", "--package", "ecmod-link", "--release", "--test", "loom"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(name: &str, passed: bool) -> Case {
        Case { binary: "ecmod-sim::bus".into(), name: name.into(), passed, began: 0.0, lasted: 1.0 }
    }

    #[test]
    fn only_what_failed_while_the_machine_stood_still_is_run_again() {
        let cases = [case("a", true), case("b::c", false), case("d", false)];
        let again = excused(&cases, |_| Some(0.1)).unwrap();
        assert_eq!(
            chosen(&again),
            "(binary_id(=ecmod-sim::bus) & test(=b::c)) | (binary_id(=ecmod-sim::bus) & test(=d))"
        );
        assert_eq!(excused(&cases, |case| (case.name == "d").then_some(0.1)), None, "one failed by itself");
        assert_eq!(excused(&cases[..1], |_| Some(0.1)), None, "nothing failed, and the run did");
        let computing = Case { binary: "ecmod-control::ticks".into(), ..case("c", false) };
        assert_eq!(excused(&[computing], |_| Some(0.1)), None, "its time is simulated");
        let many = vec![case("a", false); MOST_AGAIN + 1];
        assert_eq!(excused(&many, |_| Some(0.1)), None, "that is no moment");
    }
}
