// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every conformance check can fail: a sound driver is spoilt in one way at a time, and the check for that says so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test stops at the first surprise

mod spoilt;

use ecmod_plugin::conformance::{self, Case, Finding};
use ecmod_plugin::{abi, testing::ModbusTable};
use spoilt::{Fault, fault};
use std::ffi::c_char;

/// What is spoilt.
enum Spoil {
    /// The descriptor.
    Descriptor(fn(&mut abi::Driver)),
    /// The first signal.
    Signal(fn(&mut abi::Signal)),
    /// The only command.
    Command(fn(&mut abi::Command)),
    /// What the driver does.
    Act(Fault),
}
use Spoil::{Act, Command, Descriptor, Signal};

const NOT_UTF8: &[u8] = b"\xff\xfe\0";

fn not_utf8() -> *const c_char {
    NOT_UTF8.as_ptr().cast()
}

/// Each check with the ways to fail it.
const FAULTS: &[(&str, Spoil)] = &[
    ("version", Descriptor(|driver| driver.abi = 2 << 16)),
    ("struct_size", Descriptor(|driver| driver.struct_size -= 8)),
    ("functions", Descriptor(|driver| driver.close = None)),
    ("functions", Descriptor(|driver| driver.cycle = None)),
    ("texts", Descriptor(|driver| driver.licence = std::ptr::null())),
    ("texts", Descriptor(|driver| driver.licence = c"".as_ptr())),
    ("texts", Descriptor(|driver| driver.description = not_utf8())),
    ("id", Descriptor(|driver| driver.id = c"Example Hello".as_ptr())),
    ("semver", Descriptor(|driver| driver.version = c"1.0".as_ptr())),
    ("schema", Descriptor(|driver| driver.config_schema = c"{".as_ptr())),
    ("schema", Descriptor(|driver| driver.config_schema = c"[]".as_ptr())),
    ("buses", Descriptor(|driver| driver.buses |= 0x100)),
    ("buses", Descriptor(|driver| driver.flags = 1)),
    ("budget", Descriptor(|driver| driver.budget_ns = 0)),
    ("budget", Descriptor(|driver| driver.budget_ns = driver.period_ns + 1)),
    ("budget", Descriptor(|driver| (driver.period_ns, driver.budget_ns) = (0, 11_000_000_000))),
    ("table.arrays", Descriptor(|driver| driver.table.struct_size = 8)),
    ("table.arrays", Descriptor(|driver| driver.table.signals = std::ptr::null())),
    ("table.arrays", Descriptor(|driver| driver.table.n_signals = 513)),
    ("table.arrays", Signal(|signal| signal.struct_size = 4)),
    ("table.names", Signal(|signal| signal.name = c"Flow".as_ptr())),
    ("table.names", Signal(|signal| signal.name = std::ptr::null())),
    ("table.names", Signal(|signal| signal.label = c" ".as_ptr())),
    ("table.unique", Signal(|signal| signal.name = c"speed_demand".as_ptr())),
    ("table.quantities", Signal(|signal| signal.quantity = 0)),
    ("table.quantities", Command(|command| command.quantity = 17)),
    ("table.ranges", Signal(|signal| signal.max = f64::INFINITY)),
    ("table.ranges", Command(|command| (command.min, command.max) = (5.0, 5.0))),
    ("table.ranges", Command(|command| command.min = f64::NAN)),
    ("table.ages", Signal(|signal| signal.longest_age_ns = 0)),
    ("table.slew", Signal(|signal| signal.max_slew = -1.0)),
    ("table.flags", Signal(|signal| signal.flags = 1)),
    ("table.flags", Command(|command| command.flags |= 2)),
    ("config", Act(Fault::RefuseConfig)),
    ("open.result", Act(Fault::OpenReturns(5))),
    ("open.result", Act(Fault::OpenReturns(-12))),
    ("open.result", Act(Fault::OpenPanics)),
    ("open.result", Act(Fault::OpenForgetsInstance)),
    ("open.device", Act(Fault::OpenReturns(abi::ECMOD_E_DEVICE))),
    ("open.device", Act(Fault::NoValues)),
    ("open.again", Act(Fault::OpenOnlyOnce)),
    ("open.no_writes", Act(Fault::OpenWrites)),
    ("open.budget", Act(Fault::OpenWaits)),
    ("describe.stable", Act(Fault::DescribeChanges)),
    ("cycle.result", Act(Fault::CycleReturns(1))),
    ("cycle.result", Act(Fault::CycleReturns(-256))),
    ("cycle.result", Act(Fault::CycleReturns(abi::ECMOD_E_PANIC))),
    ("cycle.silence", Act(Fault::InventsValues)),
    ("cycle.no_writes", Act(Fault::IgnoresValid)),
    ("cycle.values", Act(Fault::Sample(20.0, 1, 0))),
    ("cycle.values", Act(Fault::Sample(f64::NAN, 2, 17))),
    ("cycle.codes", Act(Fault::Sample(1.0, 4, 0))),
    ("cycle.codes", Act(Fault::Sample(1.0, 3, 22))),
    ("cycle.codes", Act(Fault::Sample(1.0, 1, 7))),
    ("cycle.codes", Act(Fault::Sample(1.0, 2, 0))),
    ("cycle.times", Act(Fault::TimeIsZero)),
    ("cycle.times", Act(Fault::TimeIsAhead)),
    ("cycle.budget", Act(Fault::CycleWaits)),
    ("self_test", Act(Fault::TooManyFindings)),
    ("self_test", Act(Fault::FindingWithoutDetail)),
    ("self_test", Act(Fault::FindingWithoutItem)),
    ("hold", Act(Fault::HoldIs(0))),
    ("hold", Act(Fault::HoldIs(4))),
    ("buses", Descriptor(|driver| (driver.abi, driver.buses) = (1 << 16, abi::ECMOD_BUS_ATTRIBUTES))),
    ("buses.used", Act(Fault::UsesAnotherBus)),
    ("buses.used", Act(Fault::LeavesTheFolder)),
    ("paths", Act(Fault::LeavesTheFolder)),
    ("urgent", Act(Fault::UrgentIn("open"))),
    ("urgent", Act(Fault::UrgentIn("self_test"))),
    ("urgent", Act(Fault::UrgentIn("close"))),
    ("close.no_writes", Act(Fault::CloseWrites)),
    ("panic", Act(Fault::GoesOnAfterPanic)),
];

fn case() -> Case {
    Case::new(r#"{"unit": 7}"#).cycles(5).device("device", |fake| {
        fake.unit(7).holding(spoilt::FLOW, &[4000]).holding(spoilt::SPEED, &[0]);
        assert_eq!(fake.unit(7).get(ModbusTable::HoldingRegisters, spoilt::FLOW), Some(4000));
    })
}

fn check(driver: *const abi::Driver) -> Vec<Finding> {
    // SAFETY: a descriptor of this very test, which lives as long.
    unsafe { conformance::check(driver, &case()) }
}

#[test]
fn the_sound_driver_passes_every_check() {
    let parts = spoilt::sound();
    let findings = check(&parts.driver);
    assert_eq!(conformance::failed(&findings), []);
    let untested: Vec<_> =
        findings.iter().filter(|finding| !finding.tested).map(|finding| finding.check).collect();
    assert_eq!(untested, ["panic"], "crashes of a driver without the SDK cannot be provoked");
}

#[test]
fn every_way_to_break_a_rule_is_found_by_the_check_for_it() {
    for (index, (wanted, spoil)) in FAULTS.iter().enumerate() {
        let mut parts = spoilt::sound();
        fault(Fault::None);
        match spoil {
            Descriptor(change) => change(&mut parts.driver),
            Signal(change) => change(&mut parts.signals[0]),
            Command(change) => change(&mut parts.commands[0]),
            Act(act) => fault(*act),
        }
        let failed = conformance::failed(&check(&parts.driver));
        let found = failed.iter().find(|finding| finding.check == *wanted);
        let found = found.unwrap_or_else(|| panic!("fault {index} is not found by {wanted}: {failed:#?}"));
        assert!(!found.detail.is_empty() && !found.remedy.is_empty(), "{found:?}");
    }
    fault(Fault::None);
}

#[test]
fn every_check_is_known_to_fail() {
    let tried = |check| check == "symbol" || FAULTS.iter().any(|(wanted, _)| *wanted == check);
    for (check, remedy) in conformance::CHECKS {
        assert!(tried(*check), "no fault is known that {check} finds");
        assert!(!remedy.is_empty());
    }
}

#[test]
fn no_descriptor_at_all_ends_the_checks() {
    let findings = check(std::ptr::null());
    let failed: Vec<_> = findings.iter().map(|finding| (finding.check, finding.passed)).collect();
    assert_eq!(failed, [("symbol", false)]);
}

#[test]
fn a_driver_of_version_1_0_keeps_the_rules_of_1_1() {
    let mut parts = spoilt::sound();
    parts.driver.abi = 1 << 16;
    assert_eq!(conformance::failed(&check(&parts.driver)), []);
}

#[test]
fn a_driver_of_a_later_minor_version_with_larger_elements_is_read() {
    let later = spoilt::later();
    let findings = check(&later.driver);
    assert_eq!(conformance::failed(&findings), []);
    let table = findings.iter().find(|finding| finding.check == "table.arrays").unwrap();
    assert_eq!(table.detail, "descriptor: 2 signals, 0 commands");
}

#[test]
fn findings_are_printed_with_their_remedy() {
    let mut parts = spoilt::sound();
    parts.driver.version = c"1".as_ptr();
    let failed = conformance::failed(&check(&parts.driver));
    let text = failed[0].to_string();
    assert!(text.starts_with("FAILED semver: the version is `1` (the version is semantic"), "{text}");
}
