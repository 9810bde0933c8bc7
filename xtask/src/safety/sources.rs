// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a test stands in the sources of the package and binary that its name says. A cheap look at function names: that it
//! is a test, and passes, shows when the tests run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::hazards::TestName;
use crate::run::{cargo, output};

/// The tests of this package run in a virtual machine and not with the others, so no hazard may rest on them alone.
const ELSEWHERE: &str = "ecmod-vm-tests";

/// Every package of the workspace with its folder.
pub fn packages() -> Result<BTreeMap<String, PathBuf>, String> {
    let text = output(cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let packages = metadata.get("packages").and_then(Value::as_array).ok_or("cargo metadata: no packages")?;
    let text = |package: &Value, key| package.get(key).and_then(Value::as_str).map(str::to_owned);
    Ok(packages
        .iter()
        .filter_map(|package| {
            let manifest = PathBuf::from(text(package, "manifest_path")?);
            Some((text(package, "name")?, manifest.parent()?.to_path_buf()))
        })
        .collect())
}

/// Says what is wrong with a test's name.
pub fn defines(packages: &BTreeMap<String, PathBuf>, test: &TestName) -> Result<(), String> {
    let (package, binary) = match test.binary.split_once("::") {
        Some((package, binary)) => (package, Some(binary)),
        None => (test.binary.as_str(), None),
    };
    if package == ELSEWHERE {
        return Err(format!("{test}: tests of {ELSEWHERE} do not run with the others"));
    }
    let folder = packages.get(package).ok_or_else(|| format!("{test}: there is no package {package}"))?;
    let tests = folder.join("tests");
    let places = match binary {
        // A test of the library, or of a program: next to the code.
        None => vec![folder.join("src")],
        Some(binary) if binary.starts_with("bin/") => vec![folder.join("src")],
        Some(binary) => {
            // Modules of `tests/NAME.rs` lie beside it.
            let module = test.path.split_once("::").map(|(module, _)| module);
            [Some(binary), module]
                .into_iter()
                .flatten()
                .flat_map(|name| [tests.join(format!("{name}.rs")), tests.join(name)])
                .collect()
        }
    };
    let function = test.path.rsplit("::").next().unwrap_or(&test.path);
    let found = places.iter().any(|place| stands_in(place, function));
    if found { Ok(()) } else { Err(format!("there is no test {test}")) }
}

/// Whether a file, or a file in a folder, has this function.
fn stands_in(place: &Path, function: &str) -> bool {
    if place.is_dir() {
        let Ok(entries) = std::fs::read_dir(place) else { return false };
        return entries.flatten().any(|entry| stands_in(&entry.path(), function));
    }
    place.extension().is_some_and(|extension| extension == "rs")
        && std::fs::read_to_string(place).is_ok_and(|text| has(&text, function))
}

/// As a function, or as a name that a macro makes one of: `name: what,` on a line of its own.
fn has(text: &str, function: &str) -> bool {
    let made = format!("{function}: ");
    text.contains(&format!("fn {function}(")) || text.lines().any(|line| line.trim_start().starts_with(&made))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(binary: &str, path: &str) -> Result<(), String> {
        defines(&packages().unwrap(), &TestName { binary: binary.to_owned(), path: path.to_owned() })
    }

    #[test]
    fn a_test_is_found_in_its_own_package_and_binary_only() {
        let here = "safety::sources::tests::a_test_is_found_in_its_own_package_and_binary_only";
        assert_eq!(named("xtask::bin/xtask", here), Ok(()));
        let beside = "oracle::storm::an_alarm_of_any_kind_whose_condition_has_lasted_for_its_delay_is_told_whatever_else_happens";
        assert_eq!(named("ecmod-control::alarm_catalogue", beside), Ok(()));
        for (binary, path) in [
            ("xtask::bin/xtask", "safety::sources::tests::a_test_is_found"),
            ("ecmod-link", here),
            ("xtask::other", here),
            (
                "ecmod-control::alarm_catalogue",
                "bench::an_alarm_of_any_kind_whose_condition_has_lasted_for_its_delay_is_told_whatever_else_happens",
            ),
            ("nobody", here),
            ("ecmod-vm-tests::vm", here),
        ] {
            assert!(named(binary, path).is_err(), "{binary} {path}");
        }
    }

    #[test]
    fn a_name_that_a_macro_makes_a_test_of_counts_and_one_in_passing_does_not() {
        assert!(has("chapters! {\n    faults_of_power: \"Power\",\n}", "faults_of_power"));
        assert!(!has("// as faults_of_power does\nlet a = faults_of_power_too;", "faults_of_power"));
    }
}
