// SPDX-License-Identifier: MIT OR Apache-2.0
//! The procedures that come with the console.
//!
//! They are proposals for a console that knows no patient and no circuit `[C]`: what is known of them from elsewhere is said as their
//! source, the target times are estimates, and no clinician has approved any. A responsible organisation replaces what it does otherwise.

mod checklists;
mod emergencies;
mod exchanges;

use std::borrow::Cow;

use ecmod_quantities::Span;

use crate::{Check, Procedure, Step, StepKind, Text, What};

/// All of them, in the order in which they are shown.
pub static ALL: [Procedure; 7] = [
    emergencies::CHANGE_CONSOLE,
    emergencies::CLAMP_OFF,
    exchanges::CHANGE_MOTOR,
    exchanges::CHANGE_PUMP_HEAD,
    checklists::PRE_USE,
    checklists::EMERGENCY_DRIVE,
    checklists::TRANSPORT,
];

/// The built-in procedure with this name.
#[must_use]
pub fn find(id: &str) -> Option<&'static Procedure> {
    ALL.iter().find(|procedure| procedure.id == id)
}

/// Words that stand in the program.
const fn text(text: &'static str) -> Text {
    Cow::Borrowed(text)
}

/// A person says that it is done.
const fn confirm(id: &'static str, what_to_do: &'static str) -> Step {
    Step { id: text(id), text: text(what_to_do), kind: StepKind::Confirm, target: None }
}

/// The console sees that it is done.
const fn measured(id: &'static str, what: What, what_to_do: &'static str) -> Step {
    let kind = StepKind::Measured(Check::usual(what));
    Step { id: text(id), text: text(what_to_do), kind, target: None }
}

/// A person says that it is done, which should be within so many seconds from the beginning.
const fn confirm_in(seconds: u64, id: &'static str, what_to_do: &'static str) -> Step {
    let target = Some(Span::from_secs(seconds));
    Step { id: text(id), text: text(what_to_do), kind: StepKind::Confirm, target }
}

/// The console sees that it is done, which should be within so many seconds from the beginning.
const fn measured_in(seconds: u64, id: &'static str, what: What, what_to_do: &'static str) -> Step {
    let (kind, target) = (StepKind::Measured(Check::usual(what)), Some(Span::from_secs(seconds)));
    Step { id: text(id), text: text(what_to_do), kind, target }
}

/// It takes a while.
const fn timed(id: &'static str, seconds: u64, what_to_do: &'static str) -> Step {
    let kind = StepKind::Timed(Span::from_secs(seconds));
    Step { id: text(id), text: text(what_to_do), kind, target: None }
}

#[cfg(test)]
mod tests;
