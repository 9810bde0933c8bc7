// SPDX-License-Identifier: MIT OR Apache-2.0
//! The page of hazards is its own data: a heading `## H1: title` begins a hazard, a line `Requirements: R1, R2.` says which
//! requirements (R) and principles (P) it is about, and the list items under `**Measures**` and `**Tests**` name code and tests in backticks.

use std::collections::BTreeSet;
use std::fmt;

/// A test by its full name, as nextest writes it: the binary's id, a space, the path in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestName {
    /// `package`, or `package::binary`.
    pub binary: String,
    /// `module::function`.
    pub path: String,
}

impl TestName {
    fn parse(text: &str) -> Option<Self> {
        let (binary, path) = text.split_once(' ')?;
        let word = |word: &str| !word.is_empty() && !word.contains(char::is_whitespace);
        (word(binary) && word(path)).then(|| Self { binary: binary.to_owned(), path: path.to_owned() })
    }
}

impl fmt::Display for TestName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.binary, self.path)
    }
}

/// One hazard of the page.
#[derive(Debug)]
pub struct Hazard {
    pub id: String,
    pub requirements: BTreeSet<String>,
    /// Files and folders that the measures name.
    pub paths: Vec<String>,
    pub tests: Vec<TestName>,
}

impl Hazard {
    /// What it lacks.
    pub fn problems(&self) -> Vec<String> {
        let lacks = [
            (self.requirements.is_empty(), "requirement"),
            (self.paths.is_empty(), "measure in the code"),
            (self.tests.is_empty(), "test"),
        ];
        lacks
            .into_iter()
            .filter(|(lacking, _)| *lacking)
            .map(|(_, what)| format!("{} names no {what}", self.id))
            .collect()
    }
}

#[derive(PartialEq)]
enum Section {
    Words,
    Measures,
    Tests,
}

/// All hazards of the page, in its order.
pub fn parse(text: &str) -> Result<Vec<Hazard>, String> {
    let mut hazards: Vec<Hazard> = Vec::new();
    let mut section = Section::Words;
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(heading) = line.strip_prefix("## ") {
            let id = format!("H{}", hazards.len() + 1);
            if !heading.starts_with(&format!("{id}: ")) {
                return Err(format!("line {number}: expected the heading of {id}"));
            }
            hazards.push(Hazard { id, requirements: BTreeSet::new(), paths: Vec::new(), tests: Vec::new() });
            section = Section::Words;
            continue;
        }
        let Some(hazard) = hazards.last_mut() else { continue };
        match line {
            "**Measures**" => section = Section::Measures,
            "**Tests**" => section = Section::Tests,
            _ if line.starts_with("**") => section = Section::Words,
            _ if line.starts_with("Requirements: ") => hazard.requirements.extend(requirements(line)),
            _ if section == Section::Measures => {
                hazard.paths.extend(quoted(line).filter(|word| word.contains('/')).map(str::to_owned));
            }
            _ if section == Section::Tests && !line.is_empty() => {
                let name = line.strip_prefix("- `").and_then(|rest| rest.strip_suffix('`'));
                let test = name.and_then(TestName::parse);
                hazard.tests.push(test.ok_or_else(|| format!("line {number}: expected - `binary test`"))?);
            }
            _ => {}
        }
    }
    Ok(hazards)
}

/// All words like `R12` (a requirement) and `P3` (a principle) in a text.
pub fn requirements(text: &str) -> BTreeSet<String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| word.strip_prefix(['R', 'P']).is_some_and(|number| number.parse::<u32>().is_ok()))
        .map(str::to_owned)
        .collect()
}

fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hazard_is_read_with_all_that_it_names() {
        let page = "# Hazards\n\n## H1: A\n\nRequirements: R1, P12.\n\n**What could happen.** R7 `x/y`\n\n**Measures**\n\n- so (`a/b.rs`, `Name`)\n\n**Tests**\n\n- `p::b m::t`\n\n## H2: B\n";
        let hazards = parse(page).unwrap();
        assert_eq!(hazards[0].requirements, BTreeSet::from(["P12", "R1"].map(str::to_owned)));
        assert_eq!(hazards[0].paths, ["a/b.rs"]);
        assert_eq!(hazards[0].tests, [TestName { binary: "p::b".to_owned(), path: "m::t".to_owned() }]);
        assert!(hazards[0].problems().is_empty());
        assert_eq!(hazards[1].problems().len(), 3);
    }

    #[test]
    fn what_is_no_test_and_a_hazard_out_of_order_are_told_by_line() {
        assert_eq!(parse("## H2: B").unwrap_err(), "line 1: expected the heading of H1");
        for line in ["- `only_a_name`", "text", "- `a b c`", "- ` b`"] {
            let page = format!("## H1: A\n**Tests**\n{line}\n");
            assert_eq!(parse(&page).unwrap_err(), "line 3: expected - `binary test`", "{line}");
        }
    }
}
