// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which signals there are, and which part of a verdict is which.

use crate::config::Config;
use crate::judge::{Value, Verdict};
use ecmod_plugin::quantities::{Quantity, Span};
use ecmod_plugin::{Samples, SignalSpec, Table, TableBuilder, quantities::Monotonic};

/// How often a cycle runs: mains are read in each, one battery in each.
pub const PERIOD: Span = Span::from_millis(500);

/// One signal of a battery: the end of its name, what it is, its range, its label, and its part of the verdict.
struct Entry(&'static str, Quantity, (f64, f64), &'static str, fn(&Verdict) -> Value);

const ENTRIES: [Entry; 12] = [
    Entry("present", Quantity::State, (0.0, 1.0), "present", |verdict| verdict.present),
    Entry("usable", Quantity::State, (0.0, 1.0), "can be relied on", |verdict| verdict.usable),
    Entry("charge", Quantity::Fraction, (0.0, 100.0), "state of charge", |verdict| verdict.charge),
    Entry("time_to_empty", Quantity::Duration, (0.0, 4e6), "time to empty", |verdict| verdict.time_to_empty),
    Entry("voltage", Quantity::Voltage, (0.0, 100.0), "voltage", |verdict| verdict.voltage),
    Entry("current", Quantity::Current, (-200.0, 200.0), "current, positive: charged", |verdict| {
        verdict.current
    }),
    Entry("temperature", Quantity::Temperature, (-40.0, 120.0), "temperature", |verdict| verdict.temperature),
    Entry("of_design", Quantity::Fraction, (0.0, 150.0), "full charge of the design's", |verdict| {
        verdict.of_design
    }),
    Entry("status", Quantity::Code, (0.0, 4.0), "what it does", |verdict| verdict.status),
    Entry("charging", Quantity::State, (0.0, 1.0), "takes charge, or is full", |verdict| verdict.charging),
    Entry("health", Quantity::Code, (0.0, 17.0), "its own opinion of itself", |verdict| verdict.health),
    Entry("cycles", Quantity::Count, (0.0, 1e6), "cycles", |verdict| verdict.cycles),
];

/// Signals of one battery.
pub const PER_BATTERY: usize = ENTRIES.len();

/// Mains first, then battery after battery.
///
/// # Errors
/// What is wrong with the names, one line each.
pub fn build(config: &Config) -> Result<Table, Vec<String>> {
    let (mut builder, mut problems) = (TableBuilder::new(), Vec::new());
    let mut add =
        |spec: &SignalSpec| problems.extend(builder.signal(spec).err().map(|error| error.to_string()));
    for mains in &config.mains {
        let name = format!("{}_online", mains.name);
        add(&SignalSpec {
            label: format!("{}: supplies", mains.name),
            longest_age: Span::from_millis(PERIOD.millis().saturating_mul(4)),
            ..SignalSpec::new(&name, Quantity::State, (0.0, 1.0))
        });
    }
    // Each battery has its turn in rotation.
    let turns = u64::try_from(config.batteries.len()).unwrap_or(1);
    let longest_age = Span::from_millis(PERIOD.millis().saturating_mul(turns).saturating_mul(3).max(3000));
    for battery in &config.batteries {
        for Entry(end, quantity, range, label, _) in &ENTRIES {
            add(&SignalSpec {
                label: format!("{}: {label}", battery.name),
                longest_age,
                ..SignalSpec::new(&format!("{}_{end}", battery.name), *quantity, *range)
            });
        }
    }
    if problems.is_empty() { Ok(builder.build()) } else { Err(problems) }
}

/// How many parts of a verdict have no value.
#[must_use]
pub fn missing(verdict: &Verdict) -> usize {
    ENTRIES.iter().filter(|Entry(.., part)| matches!(part(verdict), Value::Bad(_))).count()
}

/// Delivers a verdict from signal `first` on.
pub fn deliver(verdict: &Verdict, first: usize, t: Monotonic, samples: &mut Samples<'_>) {
    for (offset, Entry(.., part)) in ENTRIES.iter().enumerate() {
        put(part(verdict), first + offset, t, samples);
    }
}

/// Delivers one value.
pub fn put(value: Value, index: usize, t: Monotonic, samples: &mut Samples<'_>) {
    match value {
        Value::Good(value) => samples.good(index, value, t),
        Value::Uncertain(value, cause) => samples.uncertain(index, value, cause, t),
        Value::Bad(cause) => samples.bad(index, cause, t),
    }
}
