// SPDX-License-Identifier: MIT OR Apache-2.0
//! nextest's report of a run (`JUnit` XML): which tests ran, when, and which of them passed.
//!
//! A test that was ignored or never started does not stand in the report; one that failed, was ended, or needed a second
//! try has an element of its own in its `testcase`. Only one with nothing of that passed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::run::target;

/// What may stand in the `testcase` of a test that passed.
const HARMLESS: &[&str] = &["system-out", "system-err", "properties", "property"];

/// A test that ran.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its binary, as nextest names it.
    pub binary: String,
    /// Its name there.
    pub name: String,
    /// Whether it passed.
    pub passed: bool,
    /// When it began, in seconds since 1970.
    pub began: f64,
    /// How long it took, in seconds.
    pub lasted: f64,
}

impl Case {
    /// Full name: binary, space, test.
    pub fn full_name(&self) -> String {
        format!("{} {}", self.binary, self.name)
    }
}

/// Where nextest writes it.
fn file() -> PathBuf {
    target().join("nextest").join("default").join("junit.xml")
}

/// Before a run: a report of an earlier one must not count.
pub fn forget() -> Result<(), String> {
    match std::fs::remove_file(file()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(format!("{}: {error}", file().display())),
    }
}

/// After a run: what ran.
pub fn read() -> Result<Vec<Case>, String> {
    let text = std::fs::read_to_string(file()).map_err(|error| format!("{}: {error}", file().display()))?;
    cases(&text).map_err(|error| format!("{}: {error}", file().display()))
}

/// Full names of the tests that passed; one that is there twice must have passed twice.
pub fn passed(cases: &[Case]) -> BTreeSet<String> {
    let those = |passed| cases.iter().filter(move |case| case.passed == passed).map(Case::full_name);
    let failed: BTreeSet<String> = those(false).collect();
    those(true).filter(|name| !failed.contains(name)).collect()
}

fn cases(xml: &str) -> Result<Vec<Case>, String> {
    let mut reader = Reader::from_str(xml);
    let mut cases = Vec::new();
    let mut suite = String::new();
    let mut current: Option<Case> = None;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(element) => match element.name().as_ref() {
                "testsuite" => suite = attribute(&element, "name")?,
                "testcase" => current = Some(case(&suite, &element)?),
                other => spoil(&mut current, other),
            },
            Event::Empty(element) => match element.name().as_ref() {
                "testcase" => cases.push(case(&suite, &element)?),
                other => spoil(&mut current, other),
            },
            Event::End(element) if element.name().as_ref() == "testcase" => cases.extend(current.take()),
            Event::Eof => return Ok(cases),
            _ => {}
        }
    }
}

fn spoil(current: &mut Option<Case>, element: &str) {
    if let Some(case) = current {
        case.passed &= HARMLESS.contains(&element);
    }
}

fn case(suite: &str, element: &BytesStart<'_>) -> Result<Case, String> {
    let (timestamp, lasted) = (attribute(element, "timestamp")?, attribute(element, "time")?);
    let began =
        OffsetDateTime::parse(&timestamp, &Rfc3339).map_err(|error| format!("{timestamp}: {error}"))?;
    #[allow(clippy::cast_precision_loss)] // a microsecond is enough
    let began = began.unix_timestamp_nanos() as f64 / 1e9;
    Ok(Case {
        binary: suite.to_owned(),
        name: attribute(element, "name")?,
        passed: true,
        began,
        lasted: lasted.parse().map_err(|error| format!("{lasted}: {error}"))?,
    })
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Result<String, String> {
    let attribute = element.try_get_attribute(name).map_err(|error| error.to_string())?;
    let attribute = attribute.ok_or_else(|| format!("an element of the report has no {name}"))?;
    Ok(attribute.value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="nextest-run" tests="6" failures="2" errors="0">
    <testsuite name="console::bus" tests="4" disabled="0" errors="0" failures="2">
        <testcase name="it_holds" timestamp="2026-11-23T16:30:48.926+00:00" time="0.1"></testcase>
        <testcase name="it_talks" timestamp="2026-11-23T16:30:48.926+00:00" time="0.1">
            <system-out>&lt;testcase name="it_lies"/&gt;</system-out>
        </testcase>
        <testcase name="it_breaks" timestamp="2026-11-23T16:30:48.926+00:00" time="0.1">
            <failure message="left &lt; right" type="test failure">left &lt; right</failure>
            <system-err>panicked</system-err>
        </testcase>
        <testcase name="it_needs_luck" timestamp="2026-11-23T16:30:48.926+00:00" time="0.1"><flakyFailure type="test failure"/></testcase>
        <testcase name="it_is_skipped" timestamp="2026-11-23T16:30:48.926+00:00" time="0.1"><skipped/></testcase>
    </testsuite>
    <testsuite name="console" tests="2">
        <testcase name="module::tests::it_holds" timestamp="2026-11-23T16:30:48.926+01:00" time="0.1"/>
        <testcase name="twice" timestamp="2026-11-23T16:30:48.926+00:00" time="0.1"/>
        <testcase name="twice" timestamp="2026-11-23T16:30:48.926+00:00" time="0.1"><failure type="test timeout"/></testcase>
    </testsuite>
</testsuites>"#;

    #[test]
    fn only_what_ran_to_its_end_at_the_first_try_has_passed() {
        let expected = ["console module::tests::it_holds", "console::bus it_holds", "console::bus it_talks"];
        assert_eq!(passed(&cases(REPORT).unwrap()), BTreeSet::from(expected.map(str::to_owned)));
    }

    #[test]
    fn a_report_that_is_cut_off_or_without_names_is_no_report() {
        assert!(cases(REPORT.split_at(REPORT.len() / 2).0).is_err());
        assert!(cases("<testsuites><testsuite/><testcase/></testsuites>").is_err());
    }

    #[test]
    fn a_test_has_its_time_in_whatever_zone_it_is_told() {
        let cases = cases(REPORT).unwrap();
        let (first, last) =
            (&cases[0], cases.iter().find(|case| case.name == "module::tests::it_holds").unwrap());
        assert_eq!((first.began, first.lasted), (1_795_451_448.926, 0.1));
        assert!((first.began - last.began - 3600.0).abs() < 1e-3, "{last:?}");
    }
}
