// SPDX-License-Identifier: MIT OR Apache-2.0
//! nextest's report of a run (`JUnit` XML): which tests ran and passed.
//!
//! A test that was ignored or never started does not stand in the report; one that failed, was ended, or needed a second
//! try has an element of its own in its `testcase`. Only one with nothing of that passed.

use std::collections::BTreeSet;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// What may stand in the `testcase` of a test that passed.
const HARMLESS: &[&str] = &["system-out", "system-err", "properties", "property"];

/// Full names (binary, space, test) of the tests that passed; one that is there twice must have passed twice.
pub fn passed(xml: &str) -> Result<BTreeSet<String>, String> {
    let mut reader = Reader::from_str(xml);
    let (mut passed, mut failed) = (BTreeSet::new(), BTreeSet::new());
    let mut suite = String::new();
    let mut current: Option<(String, bool)> = None;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(element) => match element.name().as_ref() {
                "testsuite" => suite = name(&element)?,
                "testcase" => current = Some((format!("{suite} {}", name(&element)?), true)),
                other => spoil(&mut current, other),
            },
            Event::Empty(element) => match element.name().as_ref() {
                "testcase" => drop(passed.insert(format!("{suite} {}", name(&element)?))),
                other => spoil(&mut current, other),
            },
            Event::End(element) if element.name().as_ref() == "testcase" => {
                if let Some((test, fine)) = current.take() {
                    if fine {
                        passed.insert(test)
                    } else {
                        failed.insert(test)
                    };
                }
            }
            Event::Eof => return Ok(passed.difference(&failed).cloned().collect()),
            _ => {}
        }
    }
}

fn spoil(current: &mut Option<(String, bool)>, element: &str) {
    if let Some((_, fine)) = current {
        *fine &= HARMLESS.contains(&element);
    }
}

fn name(element: &BytesStart<'_>) -> Result<String, String> {
    let attribute = element.try_get_attribute("name").map_err(|error| error.to_string())?;
    let attribute = attribute.ok_or("an element of the report has no name")?;
    Ok(attribute.value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="nextest-run" tests="6" failures="2" errors="0">
    <testsuite name="console::bus" tests="4" disabled="0" errors="0" failures="2">
        <testcase name="it_holds" classname="console::bus" time="0.1"></testcase>
        <testcase name="it_talks" classname="console::bus" time="0.1">
            <system-out>&lt;testcase name="it_lies"/&gt;</system-out>
        </testcase>
        <testcase name="it_breaks" classname="console::bus" time="0.1">
            <failure message="left &lt; right" type="test failure">left &lt; right</failure>
            <system-err>panicked</system-err>
        </testcase>
        <testcase name="it_needs_luck" classname="console::bus"><flakyFailure type="test failure"/></testcase>
        <testcase name="it_is_skipped" classname="console::bus"><skipped/></testcase>
    </testsuite>
    <testsuite name="console" tests="2">
        <testcase name="module::tests::it_holds" classname="console" time="0.1"/>
        <testcase name="twice" classname="console"/>
        <testcase name="twice" classname="console"><failure type="test timeout"/></testcase>
    </testsuite>
</testsuites>"#;

    #[test]
    fn only_what_ran_to_its_end_at_the_first_try_has_passed() {
        let expected = ["console module::tests::it_holds", "console::bus it_holds", "console::bus it_talks"];
        assert_eq!(passed(REPORT).unwrap(), BTreeSet::from(expected.map(str::to_owned)));
    }

    #[test]
    fn a_report_that_is_cut_off_or_without_names_is_no_report() {
        assert!(passed(REPORT.split_at(REPORT.len() / 2).0).is_err());
        assert!(passed("<testsuites><testsuite/><testcase/></testsuites>").is_err());
    }
}
