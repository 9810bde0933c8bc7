// SPDX-License-Identifier: MIT OR Apache-2.0
//! `SPECIFICATION.md` promises; every promise names the test that keeps it, as a link ``[`test_name`](file.rs)``. A test that
//! is renamed or gone must not leave its promise behind.

use std::path::Path;

use crate::run::root;

const FILE: &str = "SPECIFICATION.md";

/// Every linked test exists.
pub fn check() -> Result<(), String> {
    let text = std::fs::read_to_string(root().join(FILE)).map_err(|error| format!("{FILE}: {error}"))?;
    let links = links(&text);
    if links.is_empty() {
        return Err(format!("{FILE} names no test"));
    }
    let wrong: Vec<String> = links
        .iter()
        .filter(|(test, file)| !defines(&root().join(file), test))
        .map(|(test, file)| format!("{FILE}: there is no test {test} in {file}"))
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n  ")) }
}

/// Name and file of every link to a test.
fn links(text: &str) -> Vec<(&str, &str)> {
    let link = |rest: &'_ str| -> Option<(usize, usize)> {
        let name = rest.find("`](")?;
        let file = rest.get(name + 3..)?.find(')')?;
        Some((name, file))
    };
    text.split("[`")
        .skip(1)
        .filter_map(|rest| {
            let (name, file) = link(rest)?;
            Some((rest.get(..name)?, rest.get(name + 3..name + 3 + file)?))
        })
        .filter(|(_, file)| Path::new(file).extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

fn defines(file: &Path, test: &str) -> bool {
    std::fs::read_to_string(file).is_ok_and(|text| text.contains(&format!("fn {test}(")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_tests_are_found_and_others_are_not() {
        let text =
            "as [`it_holds`](daemon/a.rs) and [`b`](c.rs) say; see [`bench`](docs/bench.md) and [this](d.rs)";
        assert_eq!(links(text), [("it_holds", "daemon/a.rs"), ("b", "c.rs")]);
    }

    #[test]
    fn a_test_is_known_by_its_whole_name() {
        let here = root().join("xtask/src/specification.rs");
        assert!(defines(&here, "a_test_is_known_by_its_whole_name"));
        assert!(!defines(&here, "a_test_is_known_by_its"));
    }
}
