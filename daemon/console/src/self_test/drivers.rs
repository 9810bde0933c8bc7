// SPDX-License-Identifier: MIT OR Apache-2.0
//! Has drivers test their devices, through their hosts, and makes items of what they say.

use std::collections::BTreeMap;
use std::time::Duration;

use ecmod_control::Role;
use ecmod_link::message::{DriverState, Hold, SelfTestReport};
use ecmod_quantities::{Monotonic, Span};

use super::item::Item;
use super::libraries;
use crate::clock;
use crate::control_thread::command::Command;
use crate::hosts::registry::DriverStatus;
use crate::plan::Plan;
use crate::service::Shared;

/// How long drivers may take: twice the budget of the ABI for a self test, and a little for the way.
const ANSWER: Span = Span::from_secs(25);

/// What came of asking a driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// It was tested, or says why it was not.
    Report(SelfTestReport),
    /// Its host said nothing.
    None,
    /// Its host cannot be asked.
    CannotBeAsked,
}

/// Asks the drivers with these indices at once, and waits for all of them.
pub(super) async fn ask(shared: &Shared, number: u64, drivers: &[usize]) -> BTreeMap<usize, Answer> {
    let mut answers = BTreeMap::new();
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    let mut by_port: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for &index in drivers {
        let Some(driver) = shared.plan.drivers.get(index) else { continue };
        by_port.entry(driver.port).or_default().push(driver.id.clone());
        asked.insert(driver.id.clone(), index);
    }
    for (port, ids) in by_port {
        let is_asked =
            shared.guests().get(&port).is_some_and(|guest| guest.questions.self_test(number, ids.clone()));
        if !is_asked {
            let unasked = ids.iter().filter_map(|id| asked.remove(id));
            answers.extend(unasked.map(|index| (index, Answer::CannotBeAsked)));
        }
    }
    let deadline = clock::now().plus(ANSWER);
    while !asked.is_empty() {
        let arrived = shared.self_test.take_arrivals();
        for report in arrived.into_iter().filter(|report| report.number == number) {
            if let Some(index) = asked.remove(&report.driver) {
                answers.insert(index, Answer::Report(report));
            }
        }
        let left = deadline.since(clock::now());
        if asked.is_empty() || left == Span::ZERO {
            break;
        }
        let _ = tokio::time::timeout(Duration::from_nanos(left.0), shared.self_test.arrived.notified()).await;
    }
    answers.extend(asked.into_values().map(|index| (index, Answer::None)));
    answers
}

/// Whether a new case should not begin while this driver has a fault: it carries out a command, or it is the preferred source of a
/// signal that the core acts on.
pub(super) fn is_essential(plan: &Plan, driver: &str) -> bool {
    let commands = plan.commands.iter().any(|(_, endpoint)| endpoint.driver == driver);
    let preferred = plan.settings.signals.iter().flatten().any(|signal| {
        signal.role != Role::Other
            && signal.sources.iter().flatten().next().is_some_and(|source| {
                let source = plan.sources.get(usize::from(source.index));
                source.is_some_and(|source| source.endpoint.driver == driver)
            })
    });
    commands || preferred
}

/// Whether the driver runs.
pub(super) fn running(status: &DriverStatus, essential: bool, now: Monotonic) -> Item {
    let name = running_name(&status.id);
    let item = if status.state == DriverState::Running {
        let abi = libraries::abi(status.abi);
        Item::passed(name, format!("it runs: {} {}, {abi}", status.model, status.version), now)
    } else {
        let state = status.state.name();
        let detail = if status.detail.is_empty() {
            format!("it is {state}")
        } else {
            format!("it is {state}: {}", status.detail)
        };
        Item::failed(name, detail, "Look at the device's supply and cable, then at the log of its host.", now)
    };
    item.blocking(essential)
}

/// What the driver found, an item for each finding. Findings of drivers that serve nothing do not block.
pub(super) fn findings(driver: &str, answer: &Answer, essential: bool, now: Monotonic) -> Vec<Item> {
    let name = |what: &str| format!("{}{what}", prefix(driver));
    let whole = || whole_name(driver);
    let items = match answer {
        Answer::CannotBeAsked => {
            vec![Item::skipped(whole(), "its host cannot be asked for one", now)]
        }
        Answer::None => vec![Item::failed(
            whole(),
            "the driver did not answer",
            "Test again; if it stays so, the driver is faulty: tell its author.",
            now,
        )],
        Answer::Report(report) if !report.problem.is_empty() => vec![Item::failed(
            whole(),
            report.problem.clone(),
            "Look at the device's supply and cable, then test again.",
            now,
        )],
        Answer::Report(report) if report.findings.is_empty() => {
            vec![Item::skipped(whole(), "the driver has none", now)]
        }
        Answer::Report(report) => report
            .findings
            .iter()
            .map(|finding| {
                if finding.passed {
                    Item::passed(name(&finding.item), finding.detail.clone(), now)
                } else {
                    let remedy =
                        if finding.detail.is_empty() { "See the device's README." } else { &finding.detail };
                    Item::failed(name(&finding.item), "the driver found a fault", remedy, now)
                }
            })
            .collect(),
    };
    items.into_iter().map(|item| item.blocking(essential)).collect()
}

/// The name of the item that says whether a driver runs.
pub(super) fn running_name(driver: &str) -> String {
    format!("driver {driver}")
}

/// The name of the item for a self test that has no findings.
pub(super) fn whole_name(driver: &str) -> String {
    format!("{}self test", prefix(driver))
}

/// What the names of a driver's findings begin with.
pub(super) fn prefix(driver: &str) -> String {
    format!("{driver}: ")
}

/// Whether the pump goes on when everything else is gone: the promise that all supervision stands on.
pub(super) fn pump_holds(shared: &Shared, now: Monotonic) -> Option<Item> {
    const NAME: &str = "the pump holds its speed without us";
    let pump = shared.plan.commands.iter().find(|(command, _)| *command == Command::PumpSpeed);
    let (_, endpoint) = pump?;
    let registry = shared.registry();
    let status = registry.drivers.iter().find(|driver| driver.id == endpoint.driver)?;
    if status.state != DriverState::Running {
        return Some(Item::skipped(NAME, "its driver does not run", now));
    }
    Some(match status.hold {
        Hold::Verified => Item::passed(NAME, "read back from the drive", now).blocking(true),
        Hold::Unverified => Item::failed(
            NAME,
            "nobody has looked at this drive",
            "Pull the drive's bus cable once, without a patient, and watch the speed; then configure its driver to read it back.",
            now,
        ),
        Hold::No | Hold::NotApplicable => Item::failed(
            NAME,
            "the drive stops or changes its speed when the link is lost",
            "Set the drive so that it holds its speed; see the README of its driver.",
            now,
        )
        .blocking(true),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::self_test::ItemResult;
    use ecmod_link::message::Finding;

    const NOW: Monotonic = Monotonic(5);

    fn report(findings: Vec<Finding>, problem: &str) -> Answer {
        Answer::Report(SelfTestReport { number: 1, driver: "adc".into(), findings, problem: problem.into() })
    }

    fn finding(passed: bool, item: &str) -> Finding {
        Finding { passed, item: item.into(), detail: "Replace it.".into() }
    }

    #[test]
    fn each_finding_is_an_item_and_a_failed_one_says_what_to_do() {
        let answer = report(vec![finding(true, "the zero"), finding(false, "the reference")], "");
        let items = findings("adc", &answer, true, NOW);
        assert_eq!(
            items.iter().map(|item| (item.name.as_str(), item.result)).collect::<Vec<_>>(),
            [("adc: the zero", ItemResult::Passed), ("adc: the reference", ItemResult::Failed)]
        );
        assert_eq!(items[1].remedy, "Replace it.");
        assert!(items[1].is_in_the_way() && !items[0].is_in_the_way());
        assert!(!findings("adc", &answer, false, NOW).iter().any(Item::is_in_the_way));
    }

    #[test]
    fn a_test_that_was_not_made_is_no_pass() {
        for (answer, result) in [
            (Answer::None, ItemResult::Failed),
            (Answer::CannotBeAsked, ItemResult::Skipped),
            (report(vec![], "no answer from unit 1"), ItemResult::Failed),
            (report(vec![], ""), ItemResult::Skipped),
        ] {
            let items = findings("adc", &answer, true, NOW);
            assert_eq!((items.len(), items[0].result), (1, result), "{answer:?}");
            assert_eq!(items[0].remedy.is_empty(), result == ItemResult::Skipped);
        }
    }
}
