// SPDX-License-Identifier: MIT OR Apache-2.0
//! Checks of the descriptor itself, without opening anything.
#![allow(unsafe_code)]

use super::{Finding, finding};
use crate::abi;
use crate::loaded::{Descriptor, Text, Unreadable};
use crate::names;
use crate::quantities::Span;

/// All buses of version 1.0.
const BUSES_OF_1_0: u32 = abi::ECMOD_BUS_MODBUS
    | abi::ECMOD_BUS_SERIAL
    | abi::ECMOD_BUS_SPI
    | abi::ECMOD_BUS_I2C
    | abi::ECMOD_BUS_GPIO;
/// And those that came with version 1.1.
const BUSES_OF_1_1: u32 = abi::ECMOD_BUS_ATTRIBUTES;

/// No cycle regularly takes longer.
const LONGEST_BUDGET: Span = Span::from_secs(10);

/// Reads and checks; `None` if nothing further can be looked at.
///
/// # Safety
/// As [`Descriptor::read`].
pub(super) unsafe fn check(
    driver: *const abi::Driver,
    report: &mut dyn FnMut(Finding),
) -> Option<Descriptor> {
    // SAFETY: as promised by the caller.
    let read = unsafe { Descriptor::read(driver) };
    let error = read.as_ref().err().copied();
    let because = |wanted: fn(&Unreadable) -> bool| -> Vec<String> {
        error.as_ref().filter(|error| wanted(error)).map_or_else(Vec::new, |error| vec![error.to_string()])
    };
    // In the order in which the reader looks; behind the first failure nothing is known.
    report(finding(
        "symbol",
        &because(|error| matches!(error, Unreadable::Null | Unreadable::Misaligned)),
        || "ecmod_driver_v1 returns a descriptor".to_owned(),
    ));
    if matches!(error, Some(Unreadable::Null | Unreadable::Misaligned)) {
        return None;
    }
    report(finding("version", &because(|error| matches!(error, Unreadable::Version(..))), || {
        format!("ABI {}.{}", abi::ECMOD_ABI_MAJOR, read.as_ref().map_or(0, |descriptor| descriptor.minor))
    }));
    if matches!(error, Some(Unreadable::Version(..))) {
        return None;
    }
    report(finding("struct_size", &because(|error| matches!(error, Unreadable::Small(_))), || {
        "the descriptor has at least the size of version 1.0".to_owned()
    }));
    if matches!(error, Some(Unreadable::Small(_))) {
        return None;
    }
    report(finding("functions", &because(|error| matches!(error, Unreadable::Missing(_))), || {
        "open, cycle and close are there".to_owned()
    }));
    let descriptor = read.ok()?;
    contents(&descriptor, report);
    Some(descriptor)
}

fn contents(descriptor: &Descriptor, report: &mut dyn FnMut(Finding)) {
    report(finding("texts", &texts(descriptor), || {
        format!("{}: {} ({})", descriptor.id, descriptor.description, descriptor.licence)
    }));
    let id = descriptor.id.as_str();
    let defects = if names::is_id(id.as_bytes()) { vec![] } else { vec![format!("the id is `{id}`")] };
    report(finding("id", &defects, || id.to_owned()));
    let version = descriptor.version.as_str();
    let defects =
        if names::is_version(version) { vec![] } else { vec![format!("the version is `{version}`")] };
    report(finding("semver", &defects, || version.to_owned()));
    report(finding("schema", &schema(&descriptor.config_schema), || {
        match descriptor.config_schema.as_str() {
            "" => "none".to_owned(),
            text => format!("{} bytes of JSON", text.len()),
        }
    }));
    report(finding("buses", &buses(descriptor), || format!("{:#x}", descriptor.buses)));
    report(finding("budget", &budget(descriptor), || {
        format!("{} us each {} us", descriptor.budget.0 / 1000, descriptor.period.0 / 1000)
    }));
}

fn texts(descriptor: &Descriptor) -> Vec<String> {
    let named: [(&str, &Text, bool); 5] = [
        ("id", &descriptor.id, false),
        ("version", &descriptor.version, false),
        ("licence", &descriptor.licence, false),
        ("description", &descriptor.description, false),
        ("config_schema", &descriptor.config_schema, true),
    ];
    let mut defects = Vec::new();
    for (name, text, may_be_empty) in named {
        match text.defect() {
            Some(defect) => defects.push(format!("{name}: {defect}")),
            None if text.as_str().trim().is_empty() && !may_be_empty => {
                defects.push(format!("{name} is empty"));
            }
            None if text.as_str().contains('\n') && !may_be_empty => {
                defects.push(format!("{name} has more than one line"));
            }
            None => {}
        }
    }
    defects
}

fn schema(schema: &Text) -> Vec<String> {
    match serde_json::from_str::<serde_json::Value>(schema.as_str()) {
        _ if schema.as_str().is_empty() => vec![],
        Ok(serde_json::Value::Object(_)) => vec![],
        Ok(_) => vec!["it is JSON, but no object".to_owned()],
        Err(error) => vec![error.to_string()],
    }
}

fn buses(descriptor: &Descriptor) -> Vec<String> {
    let mut defects = Vec::new();
    let unknown = descriptor.buses & !(BUSES_OF_1_0 | BUSES_OF_1_1);
    if unknown != 0 && descriptor.minor <= abi::ECMOD_ABI_MINOR {
        defects.push(format!("unknown buses {unknown:#x}"));
    }
    let newer = descriptor.buses & BUSES_OF_1_1;
    if newer != 0 && descriptor.minor == 0 {
        defects.push(format!("buses {newer:#x} are of ABI 1.1, and the driver says that it is of 1.0"));
    }
    if descriptor.minor <= abi::ECMOD_ABI_MINOR && descriptor.flags != 0 {
        defects.push(format!("flags are {:#x}", descriptor.flags));
    }
    defects
}

fn budget(descriptor: &Descriptor) -> Vec<String> {
    let (budget, period) = (descriptor.budget, descriptor.period);
    let mut defects = Vec::new();
    if budget == Span::ZERO {
        defects.push("the budget is 0".to_owned());
    }
    if budget > LONGEST_BUDGET {
        defects.push(format!("the budget is {} ms", budget.millis()));
    }
    if period != Span::ZERO && budget > period {
        defects.push(format!("the budget ({} ns) is longer than the period ({} ns)", budget.0, period.0));
    }
    defects
}
