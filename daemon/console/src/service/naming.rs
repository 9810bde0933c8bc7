// SPDX-License-Identifier: MIT OR Apache-2.0
//! What alarms are called and what they mean, for people: names for the core's indices, units for its values.

use ecmod_control::{Alarm, AlarmKind, AlarmStatus, CATALOGUE, Definition, LimitKind, Role, Source, Subject};
use ecmod_quantities::Quantity;

use crate::plan::Plan;

/// The row of the catalogue.
#[must_use]
pub fn definition(kind: AlarmKind) -> Option<&'static Definition> {
    CATALOGUE.iter().find(|definition| definition.kind == kind)
}

/// The name of what an alarm is about; empty for an alarm of the console as a whole.
#[must_use]
pub fn subject(plan: &Plan, subject: Subject) -> &str {
    match subject {
        Subject::None => "",
        Subject::Signal(index) => {
            plan.signals.get(usize::from(index)).map_or("", |signal| signal.name.as_str())
        }
        Subject::Driver(index) => {
            plan.drivers.get(usize::from(index)).map_or("", |driver| driver.id.as_str())
        }
        Subject::Port(index) => plan.ports.get(usize::from(index)).map_or("", |port| port.name.as_str()),
        Subject::Clamp(clamp) => clamp.name(),
        Subject::Intervention(kind) => kind.name(),
    }
}

/// `FLOW_LOW`, or `SENSOR_STALE blood_flow`.
#[must_use]
pub fn alarm(plan: &Plan, alarm: Alarm) -> String {
    match subject(plan, alarm.subject) {
        "" => alarm.kind.id().to_owned(),
        subject => format!("{} {subject}", alarm.kind.id()),
    }
}

/// What the value of an alarm's cause is: of the signal that it is about, of its limit, or of the first signal that it is
/// found from.
#[must_use]
pub fn quantity(plan: &Plan, alarm: Alarm) -> Option<Quantity> {
    if let Subject::Signal(index) = alarm.subject {
        return plan.signals.get(usize::from(index)).map(|signal| signal.quantity);
    }
    let definition = definition(alarm.kind)?;
    let of_role = |source: &Source| match source {
        Source::Role(role) => Role::quantity(*role),
        Source::AnySignal
        | Source::Fact(_)
        | Source::Drivers
        | Source::Links
        | Source::PumpLink
        | Source::Demand
        | Source::Estimates
        | Source::Intervention(_)
        | Source::AnyIntervention
        | Source::Alarms => None,
    };
    let of_limit = definition.limits.first().copied().map(LimitKind::quantity);
    of_limit.or_else(|| definition.inputs.iter().find_map(of_role))
}

/// Why it is present, for people, with the value where there is one.
#[must_use]
pub fn cause(plan: &Plan, status: &AlarmStatus) -> String {
    let word = status.cause.word;
    let text =
        definition(status.alarm.kind).and_then(|definition| definition.cause_text(word)).unwrap_or(word);
    match status.cause.value {
        Some(value) => {
            let unit = quantity(plan, status.alarm).map_or("", Quantity::unit);
            format!("{text}: {} {unit}", shown(value)).trim_end().to_owned()
        }
        None => text.to_owned(),
    }
}

/// Three digits are enough for a person, and no number needs more than two places.
fn shown(value: f64) -> String {
    let places = if value.abs() >= 100.0 { 0 } else { 2 };
    let text = format!("{value:.places$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (-112.4, "-112"),
            (4.0, "4"),
            (0.25, "0.25"),
            (3.999, "4"),
            (1e6, "1000000"),
            (0.0, "0"),
            (100.0, "100"),
        ] {
            assert_eq!(shown(value), text);
        }
    }
}
