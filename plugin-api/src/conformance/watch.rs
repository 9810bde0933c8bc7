// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was seen while a driver was tried, and the judgement of single results and samples.

use super::{CHECKS, Finding, finding, not_tested};
use crate::loaded::Signal;
use crate::quantities::{Cause, Monotonic, Quality};
use crate::testing::FakeHost;
use crate::{Error, abi};
use std::collections::BTreeMap;

/// Defects by check, and how often each check was made.
#[derive(Default)]
pub(super) struct Watch {
    seen: BTreeMap<&'static str, Seen>,
}

#[derive(Default)]
struct Seen {
    made: u64,
    defects: Vec<String>,
}

impl Watch {
    /// The check was made once; `defect` is what was wrong.
    pub(super) fn look(&mut self, check: &'static str, defect: Option<String>) {
        let seen = self.seen.entry(check).or_default();
        seen.made += 1;
        // The same defect in each of fifty cycles is one.
        seen.defects.extend(defect.filter(|defect| !seen.defects.contains(defect)));
    }

    /// Reports the checks named, in their order; `why_not` says why one was not made.
    pub(super) fn report(&self, checks: &[&'static str], why_not: &str, report: &mut dyn FnMut(Finding)) {
        for (check, _) in CHECKS.iter().filter(|(check, _)| checks.contains(check)) {
            report(match self.seen.get(check) {
                Some(seen) => finding(check, &seen.defects, || format!("seen {} times", seen.made)),
                None => not_tested(check, why_not),
            });
        }
    }
}

/// Whether a driver may return this number.
pub(super) fn is_result(code: i32) -> bool {
    // `from_code` takes every unknown number for an I/O error, which is told from a known one by its way back.
    code == abi::ECMOD_OK || Error::from_code(code).code() == code
}

/// What is wrong with a result; a panic of the driver's own is never right.
pub(super) fn result_defect(scenario: &str, call: &str, code: i32) -> Option<String> {
    match code {
        abi::ECMOD_E_PANIC => Some(format!("{scenario}: {call} panicked")),
        code if is_result(code) => None,
        code => Some(format!("{scenario}: {call} returned {code}, which is none of the header's numbers")),
    }
}

/// What changed at the devices, if anything did.
pub(super) fn write_defect(scenario: &str, call: &str, fake: &FakeHost) -> Option<String> {
    fake.writes().first().map(|write| format!("{scenario}: {call} wrote {write:?}"))
}

/// Whether something was called urgent outside of a cycle; `before` is how often it was before.
pub(super) fn urgent_defect(scenario: &str, call: &str, fake: &FakeHost, before: u64) -> Option<String> {
    (fake.urgent_count() > before).then(|| format!("{scenario}: {call} called something urgent"))
}

/// Looks at one sample that a cycle ending at `now` delivered.
pub(super) fn sample(
    watch: &mut Watch,
    scenario: &str,
    signal: &Signal,
    sample: &abi::Sample,
    now: Monotonic,
) {
    let name = signal.name.as_str();
    let defect = |what: String| Some(format!("{scenario}: `{name}`: {what}"));
    if sample.quality == abi::ECMOD_QUALITY_NONE {
        return;
    }
    let (quality, cause) = (Quality::from_code(sample.quality), Cause::from_code(sample.cause));
    watch.look(
        "cycle.codes",
        match (quality, cause) {
            (None, _) => defect(format!("quality {}", sample.quality)),
            (_, None) => defect(format!("cause {}", sample.cause)),
            (Some(Quality::Good), Some(Cause::None)) => None,
            (Some(Quality::Good), Some(cause)) => defect(format!("GOOD with cause {}", cause.name())),
            (Some(quality), Some(Cause::None)) => defect(format!("{} without a cause", quality.name())),
            (Some(_), Some(_)) => None,
        },
    );
    watch.look(
        "cycle.times",
        match sample.t_ns {
            0 => defect("t_ns is 0".to_owned()),
            t if t > now.0 => defect(format!("t_ns lies {} us in the future", (t - now.0) / 1000)),
            _ => None,
        },
    );
    if quality != Some(Quality::Bad) {
        let inside = sample.value >= signal.min && sample.value <= signal.max;
        watch.look(
            "cycle.values",
            if inside { None } else { defect(format!("{} is not in its range", sample.value)) },
        );
    }
}

/// Whether the sample claims a value that was acquired after `since`.
pub(super) fn is_value_after(sample: &abi::Sample, since: Monotonic) -> bool {
    matches!(sample.quality, abi::ECMOD_QUALITY_GOOD | abi::ECMOD_QUALITY_UNCERTAIN) && sample.t_ns > since.0
}
