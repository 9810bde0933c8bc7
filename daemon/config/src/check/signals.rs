// SPDX-License-Identifier: MIT OR Apache-2.0
//! Roles: what signals are read from, and who carries commands out.

use std::collections::BTreeMap;

use ecmod_quantities::{Quantity, Seconds, Span};

use super::Checker;
use crate::file;
use crate::model::{DriverInstance, Endpoint, Signal, Source, Vote, Zero};
use crate::roles;

/// Fixed tables of the control core.
const MOST_SIGNALS: usize = 64;
const MOST_SOURCES: usize = 128;
const MOST_SOURCES_OF_A_SIGNAL: usize = 3;

pub(super) fn signals(
    checker: &mut Checker,
    signals: BTreeMap<String, file::Signal>,
    drivers: &BTreeMap<String, DriverInstance>,
) -> BTreeMap<String, Signal> {
    if signals.len() > MOST_SIGNALS {
        checker.problem("signals", format!("{} signals; at most {MOST_SIGNALS}", signals.len()));
    }
    let checked: BTreeMap<String, Signal> = signals
        .into_iter()
        .map(|(role, written)| {
            let signal = signal(checker, &role, written, drivers);
            (role, signal)
        })
        .collect();
    let sources: usize = checked.values().map(|signal| signal.sources.len()).sum();
    if sources > MOST_SOURCES {
        checker.problem("signals", format!("{sources} sources in all; at most {MOST_SOURCES}"));
    }
    checked
}

fn signal(
    checker: &mut Checker,
    role: &str,
    written: file::Signal,
    drivers: &BTreeMap<String, DriverInstance>,
) -> Signal {
    let key = format!("signals.{role}");
    checker.name(&key, role);
    let known = roles::known(role);
    let quantity = quantity(checker, &key, role, written.quantity.as_deref());
    let sources = sources(checker, &key, &written.sources, drivers);
    let (lowest, highest) = known.map_or((f64::MIN, f64::MAX), |known| (known.minimum, known.maximum));
    let range = (lowest, highest);
    let minimum = checker.number(&format!("{key}.minimum"), written.minimum.unwrap_or(lowest), range);
    let maximum = checker.number(&format!("{key}.maximum"), written.maximum.unwrap_or(highest), range);
    if minimum >= maximum {
        checker.problem(
            &format!("{key}.minimum"),
            format!("{minimum} is not below maximum, which is {maximum}"),
        );
    }
    if known.is_none() && (written.minimum.is_none() || written.maximum.is_none()) {
        checker.problem(
            &key,
            "needs `minimum` and `maximum`: the plausible range of a role that the core does not know",
        );
    }
    let longest_age = known.map_or(roles::OTHER_LONGEST_AGE, |known| known.longest_age);
    Signal {
        vote: match written.vote {
            Some(file::Vote::Median) => Vote::Median,
            Some(file::Vote::FirstGood) | None => Vote::FirstGood,
        },
        label: written.label.unwrap_or_else(|| known.map_or(role, |known| known.label).to_owned()),
        quantity,
        minimum,
        maximum,
        max_slew: written
            .max_slew
            .map(|slew| checker.number(&format!("{key}.max_slew"), slew, (f64::MIN_POSITIVE, 1e9))),
        longest_age: written.longest_age_ms.map_or(longest_age, |ms| {
            Span::from_millis(checker.whole(&format!("{key}.longest_age_ms"), ms, (20, 60_000)))
        }),
        filter: Seconds(
            Span::from_millis(checker.whole(
                &format!("{key}.filter_ms"),
                written.filter_ms.unwrap_or(0),
                (0, 10_000),
            ))
            .seconds(),
        ),
        zero: zero(checker, &key, written.zero, quantity),
        sources,
    }
}

fn zero(checker: &mut Checker, key: &str, written: Option<file::Zero>, quantity: Quantity) -> Zero {
    match written {
        None | Some(file::Zero::Optional) => Zero::Optional,
        Some(file::Zero::Required) => {
            if quantity != Quantity::Pressure {
                checker.problem(
                    &format!("{key}.zero"),
                    format!("only a pressure can be zeroed, not a {}", quantity.name()),
                );
            }
            Zero::Required
        }
    }
}

fn quantity(checker: &mut Checker, key: &str, role: &str, written: Option<&str>) -> Quantity {
    let known = roles::known(role).map(|known| known.quantity);
    let named = written.and_then(Quantity::from_name);
    match (known, written, named) {
        (_, Some(word), None) => {
            let words: Vec<&str> = Quantity::ALL.iter().map(|quantity| quantity.name()).collect();
            checker.problem_with_help(
                &format!("{key}.quantity"),
                format!("\"{word}\" is not a quantity"),
                format!("one of {}", words.join(", ")),
            );
            known.unwrap_or(Quantity::State)
        }
        (Some(known), Some(word), Some(named)) if named != known => {
            checker.problem(
                &format!("{key}.quantity"),
                format!("{role} is always a {}, not a {word}", known.name()),
            );
            known
        }
        (_, _, Some(named)) => named,
        (Some(known), None, None) => known,
        (None, None, None) => {
            let roles: Vec<&str> = roles::SIGNALS.iter().map(|known| known.name).collect();
            checker.problem_with_help(
                key,
                "needs a `quantity`: the core does not know this role",
                format!("known roles: {}", roles.join(", ")),
            );
            Quantity::State
        }
    }
}

fn sources(
    checker: &mut Checker,
    key: &str,
    written: &[file::Source],
    drivers: &BTreeMap<String, DriverInstance>,
) -> Vec<Source> {
    if written.is_empty() || written.len() > MOST_SOURCES_OF_A_SIGNAL {
        checker.problem(
            &format!("{key}.sources"),
            format!("{} sources; a signal has 1 to {MOST_SOURCES_OF_A_SIGNAL}", written.len()),
        );
    }
    let mut sources: Vec<Source> = Vec::new();
    for (index, source) in written.iter().enumerate() {
        let place = format!("{key}.sources[{index}]");
        let (text, offset, gain) = match source {
            file::Source::Plain(text) => (text, 0.0, 1.0),
            file::Source::Calibrated(source) => (&source.source, source.offset, source.gain),
        };
        if !(gain.is_finite() && gain.abs() > 1e-6 && gain.abs() < 1e6) {
            checker.problem(&place, format!("gain {gain} is zero, not finite or out of all proportion"));
        }
        if !offset.is_finite() {
            checker.problem(&place, format!("offset {offset} is not a finite number"));
        }
        let endpoint = endpoint(checker, &place, text, drivers, "signal");
        if sources.iter().any(|other| other.endpoint == endpoint) {
            checker.problem(&place, format!("{endpoint} stands twice: it cannot stand in for itself"));
        }
        sources.push(Source { endpoint, offset, gain });
    }
    sources
}

/// `driver.name`, of a driver that exists.
pub(super) fn endpoint(
    checker: &mut Checker,
    key: &str,
    text: &str,
    drivers: &BTreeMap<String, DriverInstance>,
    what: &str,
) -> Endpoint {
    let Some((driver, name)) = text.split_once('.') else {
        checker.problem(key, format!("\"{text}\" is not `driver.{what}`"));
        return Endpoint { driver: String::new(), name: text.to_owned() };
    };
    checker.name(key, name);
    if !drivers.contains_key(driver) && !checker.was_left_out(&format!("drivers.{driver}")) {
        let known: Vec<&str> = drivers.keys().map(String::as_str).collect();
        checker.problem_with_help(
            key,
            format!("there is no driver `{driver}`"),
            format!("drivers: {}", known.join(", ")),
        );
    }
    Endpoint { driver: driver.to_owned(), name: name.to_owned() }
}

pub(super) fn commands(
    checker: &mut Checker,
    commands: BTreeMap<String, file::Command>,
    drivers: &BTreeMap<String, DriverInstance>,
    signals: &BTreeMap<String, Signal>,
) -> BTreeMap<String, Endpoint> {
    let mut checked: BTreeMap<String, Endpoint> = BTreeMap::new();
    for (role, written) in commands {
        let key = format!("commands.{role}");
        if roles::command_quantity(&role).is_none() {
            let known: Vec<&str> = roles::COMMANDS.iter().map(|(command, _)| *command).collect();
            checker.problem_with_help(
                &key,
                "has no owner: nothing in the console gives this command",
                format!("commands: {}", known.join(", ")),
            );
        }
        let target = endpoint(checker, &format!("{key}.target"), &written.target, drivers, "command");
        if let Some((other, _)) = checked.iter().find(|(_, other)| **other == target) {
            checker.problem(&format!("{key}.target"), format!("{target} is given by `{other}` already"));
        }
        checked.insert(role, target);
    }
    needs_feedback(checker, &checked, signals);
    checked
}

/// A pump without feedback could not be taken over; a feedback without a pump is a typing error.
fn needs_feedback(
    checker: &mut Checker,
    commands: &BTreeMap<String, Endpoint>,
    signals: &BTreeMap<String, Signal>,
) {
    let commanded = commands.contains_key("pump_speed");
    let measured = signals.contains_key("pump_speed") || checker.was_left_out("signals.pump_speed");
    if commanded && !measured {
        checker.problem_with_help(
            "commands.pump_speed",
            "the pump is commanded, but no signal `pump_speed` says what it does",
            "add [signals.pump_speed] with the drive's speed feedback as its source",
        );
    }
    if signals.contains_key("blood_flow")
        && measured
        && !commanded
        && !checker.was_left_out("commands.pump_speed")
    {
        checker.problem_with_help(
            "signals.pump_speed",
            "the pump is measured, but no command `pump_speed` drives it",
            "add [commands.pump_speed] with the drive's speed command as its target",
        );
    }
}
