// SPDX-License-Identifier: MIT OR Apache-2.0
//! The self test of one driver: asked for by the daemon, made by the driver's own thread between two cycles.
//!
//! A driver may take up to [`abi::ECMOD_SELF_TEST_BUDGET_NS`] for it, and its cycles wait meanwhile. *When* that is acceptable is the
//! daemon's decision: it does not ask while a patient depends on the device.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ecmod_link::message::{Finding, MAX_FINDINGS, SelfTestReport, fit};
#[cfg(doc)]
use ecmod_plugin::abi;
use ecmod_plugin::loaded::Instance;

/// The latest request and the latest report.
#[derive(Debug, Default)]
pub struct SelfTest(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    request: Option<u64>,
    report: Option<SelfTestReport>,
}

impl SelfTest {
    /// The daemon wants to know. A request that was not begun yet is overtaken.
    pub fn ask(&self, number: u64) {
        self.lock().request = Some(number);
    }

    /// The request that is to be carried out now, once.
    pub fn take(&self) -> Option<u64> {
        self.lock().request.take()
    }

    /// Keeps a report until it is sent.
    pub fn ended(&self, report: SelfTestReport) {
        self.lock().report = Some(report);
    }

    /// The report that is to be sent, once.
    pub fn reported(&self) -> Option<SelfTestReport> {
        self.lock().report.take()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tests the device now; `meaning` puts a number of the ABI into words.
pub fn test(
    instance: &mut Instance,
    driver: &str,
    number: u64,
    meaning: impl FnOnce(i32) -> String,
) -> Result<SelfTestReport, (i32, SelfTestReport)> {
    let mut report = unmade(driver, number, "");
    match instance.self_test() {
        Ok(findings) => {
            let found = findings.iter().take(MAX_FINDINGS).map(|finding| Finding {
                passed: finding.passed,
                item: fit(finding.item.as_str()),
                detail: finding.detail.as_ref().map_or_else(String::new, |detail| fit(detail.as_str())),
            });
            report.findings = found.collect();
            Ok(report)
        }
        Err(code) => {
            report.problem = fit(&format!("the self test could not be made: {}", meaning(code)));
            Err((code, report))
        }
    }
}

/// The report of a test that was not made, and why.
#[must_use]
pub fn unmade(driver: &str, number: u64, problem: &str) -> SelfTestReport {
    SelfTestReport { number, driver: driver.to_owned(), findings: Vec::new(), problem: fit(problem) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_carried_out_once_and_a_report_sent_once() {
        let test = SelfTest::default();
        assert_eq!(test.take(), None);
        test.ask(1);
        test.ask(2);
        assert_eq!((test.take(), test.take()), (Some(2), None));
        test.ended(unmade("pump", 2, "not\nopen"));
        assert_eq!(test.reported().map(|report| report.problem), Some("not open".into()));
        assert_eq!(test.reported(), None);
    }
}
