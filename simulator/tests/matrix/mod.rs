// SPDX-License-Identifier: MIT OR Apache-2.0
//! What both halves of the fault matrix say of alarms: which have to come in which mode, by when, and whether they did.

use ecmod_control::{AlarmKind, Mode, Priority};
use std::collections::BTreeMap;

/// The modes of support, in the order of the columns.
pub const MODES: [Mode; 3] = [Mode::Speed, Mode::Flow, Mode::ZeroFlow];

/// An alarm that has to come.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Which one.
    pub kind: AlarmKind,
    /// The highest priority that it reaches, by mode; `None`: it does not come in this mode.
    pub priority: [Option<Priority>; 3],
    /// At the latest after this time, s.
    pub within: f64,
}

/// The alarms of a row.
#[derive(Debug, Clone, Copy)]
pub struct Expected {
    /// Those that have to come.
    pub alarms: &'static [Wanted],
    /// Those that may come as well: consequences, of which the cause stands above.
    pub also: &'static [AlarmKind],
}

/// When an alarm was seen first, and the highest priority that it reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// Behind the fault's beginning, s.
    pub after: f64,
    pub priority: Priority,
}

/// The same in every mode.
pub const fn all<T: Copy>(one: T) -> [T; 3] {
    [one; 3]
}

/// An alarm with this priority in every mode.
pub const fn wanted(kind: AlarmKind, priority: Priority, within: f64) -> Wanted {
    Wanted { kind, priority: [Some(priority); 3], within }
}

/// An alarm with a priority in each mode.
pub const fn by_mode(kind: AlarmKind, priority: [Option<Priority>; 3], within: f64) -> Wanted {
    Wanted { kind, priority, within }
}

/// The letter of a priority.
pub const fn letter(priority: Priority) -> &'static str {
    match priority {
        Priority::High => "H",
        Priority::Medium => "M",
        Priority::Low => "L",
    }
}

/// What is said all the time in this mode: in Zero flow the patient gets no oxygen, and the blood in the circuit cools.
pub fn standing(kind: AlarmKind, mode: Mode) -> bool {
    mode == Mode::ZeroFlow && [AlarmKind::VenousSaturationLow, AlarmKind::TemperatureLow].contains(&kind)
}

/// For the table: what was seen of those that had to come in this column's mode.
pub fn cell(expected: Expected, column: usize, seen: &BTreeMap<AlarmKind, Seen>) -> String {
    let came = |wanted: &Wanted| {
        wanted.priority[column]?;
        let Seen { after, priority } = seen.get(&wanted.kind)?;
        Some(format!("; {} {} {after:.1} s", wanted.kind.id(), letter(*priority)))
    };
    expected.alarms.iter().filter_map(came).collect()
}

/// What is wrong with what was seen: an alarm that is missing, late, of another priority, or that nobody has named. `ignored` names
/// those that say nothing of the row.
pub fn problems(
    expected: Expected,
    column: usize,
    seen: &BTreeMap<AlarmKind, Seen>,
    ignored: impl Fn(AlarmKind) -> bool,
) -> Vec<String> {
    let Expected { alarms, also } = expected;
    let mut problems = Vec::new();
    for wanted in alarms {
        let id = wanted.kind.id();
        match (wanted.priority[column], seen.get(&wanted.kind)) {
            (None, None) => {}
            (None, Some(_)) if also.contains(&wanted.kind) => {}
            (None, Some(_)) => problems.push(format!("{id} comes in this mode")),
            (Some(_), None) => problems.push(format!("{id} does not come")),
            (Some(priority), Some(seen)) => {
                if seen.after > wanted.within {
                    problems.push(format!(
                        "{id} comes after {:.2} s, not within {} s",
                        seen.after, wanted.within
                    ));
                }
                if seen.priority != priority {
                    let (is, not) = (seen.priority.name(), priority.name());
                    problems.push(format!("{id} has {is} priority, not {not}"));
                }
            }
        }
    }
    let named = |kind: AlarmKind| alarms.iter().any(|wanted| wanted.kind == kind) || also.contains(&kind);
    let unnamed = seen.iter().filter(|(kind, _)| !named(**kind) && !ignored(**kind));
    problems.extend(unnamed.map(|(kind, seen)| {
        format!("{} comes after {:.2} s, {}", kind.id(), seen.after, seen.priority.name())
    }));
    problems
}
