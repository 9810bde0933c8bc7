// SPDX-License-Identifier: MIT OR Apache-2.0
//! The lines of the state about interventions: what runs must end in its time although the daemon is another one.

use ecmod_control::{InterventionKind, InterventionMemory, Kept, Undisturbed};
use ecmod_quantities::{LitresPerMinute, Monotonic, Rpm};

use super::stored::Damage;
use super::text::{Reader, Writer};

/// Writes them.
pub(super) fn write(interventions: &InterventionMemory, text: &mut Writer) {
    for kind in InterventionKind::ALL {
        let name = kind.name();
        match interventions.of(kind) {
            Kept::Idle => {}
            Kept::Begun { since, ends } => text.line("intervention", [&name, &"begun", &since.0, &ends.0]),
            Kept::Eased { since, ends } => text.line("intervention", [&name, &"eased", &since.0, &ends.0]),
            Kept::Expired => text.line("intervention", [&name, &"expired"]),
            Kept::Overridden { until } => text.line("intervention", [&name, &"overridden", &until.0]),
        }
    }
    for (key, before) in [("undisturbed", interventions.undisturbed), ("eased", interventions.eased)] {
        match before {
            Some(Undisturbed { speed, flow: Some(flow) }) => text.line(key, [&speed.value(), &flow.value()]),
            Some(Undisturbed { speed, flow: None }) => text.line(key, [&speed.value(), &"unknown"]),
            None => {}
        }
    }
}

/// Reads them. An intervention of a later version is left out.
pub(super) fn read(text: &Reader<'_>) -> Result<InterventionMemory, Damage> {
    let mut memory = InterventionMemory::NOTHING;
    for mut line in text.all("intervention") {
        let kind = InterventionKind::from_name(line.word()?);
        let kept = match line.word()? {
            "begun" => Kept::Begun { since: Monotonic(line.value()?), ends: Monotonic(line.value()?) },
            "eased" => Kept::Eased { since: Monotonic(line.value()?), ends: Monotonic(line.value()?) },
            "expired" => Kept::Expired,
            "overridden" => Kept::Overridden { until: Monotonic(line.value()?) },
            _ => return Err(Damage::Contents),
        };
        let kinds = InterventionKind::ALL.into_iter().zip(&mut memory.kept);
        for (_, place) in kinds.filter(|(known, _)| Some(*known) == kind) {
            *place = kept;
        }
    }
    memory.undisturbed = before(text, "undisturbed")?;
    memory.eased = before(text, "eased")?;
    Ok(memory)
}

/// What the pump did before, from the line with this key; `None` without one.
fn before(text: &Reader<'_>, key: &str) -> Result<Option<Undisturbed>, Damage> {
    let Some(mut line) = text.all(key).next() else { return Ok(None) };
    let speed: f64 = line.value()?;
    let flow = match line.word()? {
        "unknown" => None,
        number => Some(number.parse::<f64>().map_err(|_| Damage::Contents)?),
    };
    if !speed.is_finite() || flow.is_some_and(|flow| !flow.is_finite()) {
        return Err(Damage::Contents);
    }
    Ok(Some(Undisturbed { speed: Rpm(speed), flow: flow.map(LitresPerMinute) }))
}
