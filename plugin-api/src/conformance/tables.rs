// SPDX-License-Identifier: MIT OR Apache-2.0
//! Checks of a table of signals and commands: the descriptor's, or an instance's.

use super::{Finding, finding};
use crate::abi;
use crate::loaded::{Table, Text};
use crate::names;
use crate::quantities::Quantity;

/// Checks one table; `which` says whose in the details.
pub(super) fn check(which: &str, table: &Table, report: &mut dyn FnMut(Finding)) {
    let defect: Vec<String> = table.defect.iter().map(ToString::to_string).collect();
    report(finding("table.arrays", &defect, || {
        format!("{which}: {} signals, {} commands", table.signals.len(), table.commands.len())
    }));
    if table.defect.is_some() {
        return;
    }
    let entries = entries(table);
    let mut each = |check, ok: &str, defect: fn(&Entry<'_>) -> Option<String>| {
        let defects: Vec<String> = entries
            .iter()
            .filter_map(|entry| defect(entry).map(|what| format!("{} `{}`: {what}", entry.kind, entry.name)))
            .collect();
        report(finding(check, &defects, || format!("{which}: {ok}")));
    };
    each("table.names", "all names and labels are well formed", name);
    each("table.quantities", "all are known", |entry| {
        entry.quantity.err().map(|code| format!("quantity {code} is none of the header's"))
    });
    each("table.ranges", "all are finite and ascending", |entry| {
        let (min, max) = entry.range;
        let good = min.is_finite() && max.is_finite() && min < max;
        (!good).then(|| format!("the range is {min} to {max}"))
    });
    each("table.ages", "all are above 0", |entry| {
        (entry.longest_age_ns == Some(0)).then(|| "longest_age_ns is 0".to_owned())
    });
    each("table.slew", "none or finite and positive", |entry| {
        let slew = entry.max_slew?;
        (!slew.is_finite() || slew < 0.0).then(|| format!("max_slew is {slew}"))
    });
    each("table.flags", "none that is unknown", |entry| {
        (entry.unknown_flags != 0).then(|| format!("unknown flags {:#x}", entry.unknown_flags))
    });
    report(finding("table.unique", &twice(&entries), || format!("{which}: every name is there once")));
}

/// What signals and commands have in common.
struct Entry<'a> {
    kind: &'static str,
    name: &'a Text,
    label: &'a Text,
    quantity: Result<Quantity, u32>,
    range: (f64, f64),
    longest_age_ns: Option<u64>,
    max_slew: Option<f64>,
    unknown_flags: u32,
}

fn entries(table: &Table) -> Vec<Entry<'_>> {
    let signals = table.signals.iter().map(|signal| Entry {
        kind: "signal",
        name: &signal.name,
        label: &signal.label,
        quantity: signal.quantity,
        range: (signal.min, signal.max),
        longest_age_ns: Some(signal.longest_age.0),
        max_slew: Some(signal.max_slew),
        unknown_flags: signal.flags,
    });
    let commands = table.commands.iter().map(|command| Entry {
        kind: "command",
        name: &command.name,
        label: &command.label,
        quantity: command.quantity,
        range: (command.min, command.max),
        longest_age_ns: None,
        max_slew: None,
        unknown_flags: command.flags & !abi::ECMOD_COMMAND_PUMP,
    });
    signals.chain(commands).collect()
}

fn name(entry: &Entry<'_>) -> Option<String> {
    if let Some(defect) = entry.name.defect() {
        return Some(format!("the name: {defect}"));
    }
    if !names::is_name(entry.name.as_str().as_bytes()) {
        return Some("not [a-z][a-z0-9_]*, or longer than 48 characters".to_owned());
    }
    match entry.label.defect() {
        Some(defect) => Some(format!("the label: {defect}")),
        None if entry.label.as_str().trim().is_empty() => Some("the label is empty".to_owned()),
        None => None,
    }
}

fn twice(entries: &[Entry<'_>]) -> Vec<String> {
    let mut defects = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let earlier = entries.iter().take(index).find(|other| other.name == entry.name);
        if let Some(earlier) = earlier {
            defects.push(format!("a {} and a {} are called `{}`", earlier.kind, entry.kind, entry.name));
        }
    }
    defects
}
