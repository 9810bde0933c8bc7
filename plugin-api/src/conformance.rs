// SPDX-License-Identifier: MIT OR Apache-2.0
//! Does a driver keep the rules of `include/ecmod_driver.h`? Pure checks over a loaded driver and scripted hosts.
//!
//! `ecmod-host check LIBRARY` prints what [`run`] reports; a driver's own test asserts that nothing
//! [`failed`]:
//!
//! ```
//! # use ecmod_plugin::{Demands, Driver, Error, Host, Info, NoConfig, Samples, quantities::Monotonic};
//! # struct Hello;
//! # impl Driver for Hello {
//! #     const INFO: Info = Info::new(c"example,hello", c"0.1.0", c"MIT", c"Nothing");
//! #     type Config = NoConfig;
//! #     fn open(_: Host, _: NoConfig) -> Result<Self, Error> { Ok(Self) }
//! #     fn cycle(&mut self, _: Monotonic, _: &Demands<'_>, _: &mut Samples<'_>) -> Result<(), Error> { Ok(()) }
//! # }
//! use ecmod_plugin::conformance::{self, Case};
//!
//! let case = Case::new("{}").device("transmitter", |fake| {
//!     fake.unit(1).holding(4, &[2105]);
//! });
//! assert_eq!(conformance::failed(&conformance::of::<Hello>(&case)), []);
//! ```
//!
//! # What it looks at
//! First the **descriptor** and its **tables**, without opening anything. Then **behaviour**: the driver is opened on
//! one fake host after another: on a bus that is silent, one where every register is 0, one that answers noise, and
//! on the devices that the [`Case`] describes; each is cycled, tested and closed. Last a **drill**: a
//! panic is provoked. A library that does not catch it ends this process; so findings are reported as they are made.
//!
//! # What it cannot see
//! Whether values are right, whether bytes on a serial, SPI or I2C bus change what a device does, and whether a driver
//! not made with the Rust SDK survives its own crashes. A driver may also pass here and fail on its device.
//!
//! # Checks
//! The names of the checks are stable; see [`CHECKS`].

use crate::quantities::Span;
use crate::shim::Exported;
use crate::testing::FakeHost;
use crate::{Driver, abi};
use core::fmt;
use std::rc::Rc;

mod behaviour;
mod descriptor;
mod drill;
mod scenario;
mod tables;
mod watch;

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable name of the check, one of [`CHECKS`].
    pub check: &'static str,
    /// Whether the driver keeps this rule. Also true where `tested` is false: no defect was seen.
    pub passed: bool,
    /// Whether the rule could be looked at; `detail` says why not.
    pub tested: bool,
    /// What was seen.
    pub detail: String,
    /// What to do if it failed; empty if it passed.
    pub remedy: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match (self.passed, self.tested) {
            (_, false) => "not tested",
            (true, true) => "passed",
            (false, true) => "FAILED",
        };
        write!(f, "{word} {}: {}", self.check, self.detail)?;
        if self.remedy.is_empty() { Ok(()) } else { write!(f, " ({})", self.remedy) }
    }
}

/// How a driver is tried: its configuration and the devices it should work with.
#[derive(Clone)]
pub struct Case {
    config: String,
    cycles: u32,
    transaction_time: Span,
    devices: Vec<(String, Script)>,
}

type Script = Rc<dyn Fn(&FakeHost)>;

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let devices: Vec<_> = self.devices.iter().map(|(name, _)| name).collect();
        f.debug_struct("Case")
            .field("config", &self.config)
            .field("devices", &devices)
            .finish_non_exhaustive()
    }
}

impl Case {
    /// With this configuration as JSON; 50 cycles on each bus; 2 ms for one transaction.
    #[must_use]
    pub fn new(config: &str) -> Self {
        Self {
            config: config.to_owned(),
            cycles: 50,
            transaction_time: Span::from_millis(2),
            devices: Vec::new(),
        }
    }

    /// How many cycles on each bus, at least 1.
    #[must_use]
    pub fn cycles(mut self, cycles: u32) -> Self {
        self.cycles = cycles.max(1);
        self
    }

    /// How long one answered transaction takes on the real bus, for the check of the budget.
    #[must_use]
    pub const fn transaction_time(mut self, span: Span) -> Self {
        self.transaction_time = span;
        self
    }

    /// A device on which the driver must open and deliver at least one value: `script` puts it on a fake host.
    #[must_use]
    pub fn device(mut self, name: &str, script: impl Fn(&FakeHost) + 'static) -> Self {
        self.devices.push((name.to_owned(), Rc::new(script)));
        self
    }
}

/// Checks a loaded driver and returns everything that was found.
///
/// # Safety
/// `driver` is null or what a library's `ecmod_driver_v1` returned, and the library stays loaded.
#[must_use]
#[allow(unsafe_code)]
pub unsafe fn check(driver: *const abi::Driver, case: &Case) -> Vec<Finding> {
    let mut findings = Vec::new();
    // SAFETY: as promised by the caller.
    unsafe { run(driver, case, &mut |finding| findings.push(finding)) };
    findings
}

/// Checks a loaded driver and reports each finding when it is made.
///
/// # Safety
/// As [`check`].
#[allow(unsafe_code)]
pub unsafe fn run(driver: *const abi::Driver, case: &Case, report: &mut dyn FnMut(Finding)) {
    // SAFETY: as promised by the caller.
    let Some(descriptor) = (unsafe { descriptor::check(driver, report) }) else { return };
    tables::check("descriptor", &descriptor.table, report);
    if descriptor.table.defect.is_some() {
        return; // the driver would use arrays of another length than ours
    }
    behaviour::check(&descriptor, case, report);
    drill::check(&descriptor, case, report);
}

/// Checks a driver in its own tests.
#[must_use]
#[allow(unsafe_code)]
pub fn of<D: Driver>(case: &Case) -> Vec<Finding> {
    // SAFETY: the SDK's own descriptor, in this very program.
    unsafe { check(Exported::<D>::DESCRIPTOR, case) }
}

/// Those that failed.
#[must_use]
pub fn failed(findings: &[Finding]) -> Vec<Finding> {
    findings.iter().filter(|finding| !finding.passed).cloned().collect()
}

/// Every check: its stable name, and what to do when it fails.
pub const CHECKS: &[(&str, &str)] = &[
    ("symbol", "ecmod_driver_v1 must return the address of a static descriptor, never NULL"),
    ("version", "build the driver with a header or SDK of ABI major version 1, and set abi = ECMOD_ABI"),
    ("struct_size", "set struct_size = sizeof of the struct, in the descriptor, its table and each element"),
    ("functions", "open, cycle and close are mandatory"),
    ("texts", "every text is UTF-8, ends in NUL, and only config_schema may be empty"),
    ("id", "the id is `vendor,model`, lower-case letters, digits, `-`, `_` and `.`"),
    ("semver", "the version is semantic, for example 1.0.3 (https://semver.org)"),
    ("schema", "config_schema is a JSON Schema, an object, or empty"),
    ("buses", "name the buses that the driver uses with ECMOD_BUS_*, and set flags and reserved fields to 0"),
    ("budget", "the budget of a cycle is longer than nothing, at most 10 s, and no longer than the period"),
    (
        "table.arrays",
        "give the arrays' address and length, elements with their struct_size, at most 512 each",
    ),
    ("table.names", "a name is [a-z][a-z0-9_]*, at most 48 characters, and each has a label"),
    (
        "table.unique",
        "no two signals or commands share a name: call a feedback signal otherwise than its command",
    ),
    ("table.quantities", "a quantity is one of the header's numbers"),
    ("table.ranges", "min and max are finite and min < max"),
    ("table.ages", "a signal's longest_age_ns is above 0"),
    ("table.slew", "max_slew is 0 (not stated) or finite and positive"),
    ("table.flags", "only ECMOD_COMMAND_PUMP is a flag of version 1.1; all others and reserved are 0"),
    ("config", "give `--config` a configuration that the driver accepts; its log says what is wrong"),
    ("open.result", "open returns 0 and sets *instance, or a negative number of the header"),
    ("open.device", "the driver must open and deliver a value on a device that answers as this one does"),
    ("open.again", "an instance that is closed leaves nothing behind: it can be opened again"),
    ("open.no_writes", "open reads the device and changes nothing: no Modbus write, no GPIO line set"),
    ("open.budget", "open takes at most 5 s, also when nobody answers: use shorter timeouts, fewer attempts"),
    ("describe.stable", "describe gives the same table each time, from open to close"),
    ("cycle.result", "cycle returns 0 or a negative number of the header"),
    (
        "cycle.silence",
        "without an answer from the device there is no value: leave the sample, or mark it BAD",
    ),
    ("cycle.no_writes", "write an output only when its demand is valid"),
    ("cycle.values", "a value is finite and inside min..max, or the sample is BAD"),
    ("cycle.codes", "quality and cause are numbers of the header; GOOD has no cause, the others have one"),
    ("cycle.times", "t_ns is when the value was acquired, by the host's clock: neither 0 nor in the future"),
    ("cycle.budget", "do less in one cycle, spread it over several, or state a longer budget_ns"),
    ("self_test", "findings are at most `capacity`, each with an item and, when it failed, a detail"),
    ("hold", "a driver of a pump says how the pump behaves when the link is lost: ECMOD_HOLD_*"),
    ("buses.used", "name every bus that the driver uses in `buses` (lines excepted: any port may have some)"),
    ("paths", "a path is relative to the port's directory, without `..`, `.` and empty parts"),
    ("urgent", "call urgent during cycle alone: elsewhere there is nothing to deliver"),
    ("close.no_writes", "close leaves the device as it is: no Modbus write, no GPIO line set"),
    ("panic", "catch every panic or exception at the edge, return ECMOD_E_PANIC, then ECMOD_E_STATE"),
];

/// A finding with the check's own remedy.
fn finding(check: &'static str, defects: &[String], seen: impl FnOnce() -> String) -> Finding {
    let remedy = CHECKS.iter().find(|(name, _)| *name == check).map_or("", |(_, remedy)| remedy);
    match defects {
        [] => Finding { check, passed: true, tested: true, detail: seen(), remedy: "" },
        _ => Finding { check, passed: false, tested: true, detail: summary(defects), remedy },
    }
}

/// A rule that could not be looked at.
fn not_tested(check: &'static str, why: &str) -> Finding {
    Finding { check, passed: true, tested: false, detail: why.to_owned(), remedy: "" }
}

/// The first few defects, and how many more there are.
fn summary(defects: &[String]) -> String {
    const SHOWN: usize = 3;
    let mut text = defects.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; ");
    if defects.len() > SHOWN {
        text.push_str(&format!("; and {} more", defects.len() - SHOWN));
    }
    text
}
