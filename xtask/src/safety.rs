// SPDX-License-Identifier: MIT OR Apache-2.0
//! The safety file names, for each hazard, the tests that show its measures. A hazard without a test, or with one that is gone or
//! did not run, is a claim that nothing holds up.
//!
//! - [`check`] (`cargo xtask lint`): every hazard is complete, and what it names exists in the sources.
//! - [`passed`] (`cargo xtask test`, the whole run): every test that a hazard names ran and passed in this run.

mod hazards;
mod sources;

use std::collections::BTreeSet;

use crate::run::root;
use hazards::Hazard;

const HAZARDS: &str = "docs/src/safety/hazards.md";
const INCIDENTS: &str = "docs/src/safety/incidents.md";
const NOT_CLAIMED: &str = "docs/src/safety/not-claimed.md";

/// Every hazard names requirements, measures and tests that exist; no requirement is passed over in silence.
pub fn check() -> Result<(), String> {
    let hazards = read_hazards()?;
    let packages = sources::packages()?;
    let mut wrong = Vec::new();
    for hazard in &hazards {
        wrong.extend(hazard.problems());
        for path in hazard.paths.iter().filter(|path| !root().join(path).exists()) {
            wrong.push(format!("{}: there is no {path}", hazard.id));
        }
        for test in &hazard.tests {
            if let Err(problem) = sources::defines(&packages, test) {
                wrong.push(format!("{}: {problem}", hazard.id));
            }
        }
    }
    wrong.extend(requirements(&hazards, &text(INCIDENTS)?, &text(NOT_CLAIMED)?));
    told(&wrong)
}

/// After a run: every test that a hazard names is among those that passed, given by their full names.
pub fn passed(passed: &BTreeSet<String>) -> Result<(), String> {
    told(&missing(&read_hazards()?, passed))
}

fn missing(hazards: &[Hazard], passed: &BTreeSet<String>) -> Vec<String> {
    let named =
        hazards.iter().flat_map(|hazard| hazard.tests.iter().map(|test| (&hazard.id, test.to_string())));
    named
        .filter(|(_, test)| !passed.contains(test))
        .map(|(id, test)| format!("{id}: {test} did not run and pass"))
        .collect()
}

/// Each requirement of the incidents is met by a hazard's measures, or said to be unmet; no other is named.
fn requirements(hazards: &[Hazard], incidents: &str, not_claimed: &str) -> Vec<String> {
    let all = hazards::requirements(incidents);
    let met: BTreeSet<_> = hazards.iter().flat_map(|hazard| hazard.requirements.iter().cloned()).collect();
    let unmet = hazards::requirements(not_claimed);
    let silent = all.iter().filter(|name| !met.contains(*name) && !unmet.contains(*name));
    let unknown = met.union(&unmet).filter(|name| !all.contains(*name));
    silent
        .map(|name| format!("{name} is named neither by a hazard nor in {NOT_CLAIMED}"))
        .chain(unknown.map(|name| format!("there is no {name} in {INCIDENTS}")))
        .collect()
}

fn read_hazards() -> Result<Vec<Hazard>, String> {
    let hazards = hazards::parse(&text(HAZARDS)?).map_err(|error| format!("{HAZARDS}: {error}"))?;
    if hazards.is_empty() { Err(format!("{HAZARDS} has no hazard")) } else { Ok(hazards) }
}

fn text(file: &str) -> Result<String, String> {
    std::fs::read_to_string(root().join(file)).map_err(|error| format!("{file}: {error}"))
}

fn told(wrong: &[String]) -> Result<(), String> {
    if wrong.is_empty() { Ok(()) } else { Err(format!("safety file:\n  {}", wrong.join("\n  "))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "## H1: One\n\nRequirements: R1.\n\n**Tests**\n\n- `a::b c`\n- `a d::e`\n";

    #[test]
    fn the_safety_file_of_this_repository_is_whole() {
        assert_eq!(check(), Ok(()));
    }

    #[test]
    fn a_test_that_is_not_among_the_passed_is_told_with_its_hazard() {
        let hazards = hazards::parse(PAGE).unwrap();
        let passed = BTreeSet::from(["a::b c".to_owned(), "a other".to_owned()]);
        assert_eq!(missing(&hazards, &passed), ["H1: a d::e did not run and pass"]);
    }

    #[test]
    fn a_requirement_that_nobody_names_or_knows_is_told() {
        let hazards = hazards::parse(PAGE).unwrap();
        let problems = requirements(&hazards, "| R1 | R2 | R3 |", "R3 is not met, nor R4");
        let [silent, unknown] = problems.as_slice() else { panic!("{problems:?}") };
        assert!(silent.starts_with("R2 is named neither") && unknown.starts_with("there is no R4"));
    }
}
