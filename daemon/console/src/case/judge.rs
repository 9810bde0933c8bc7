// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether the case of another console can be taken up by this one. Pure: all problems at once, each by its name and with what is
//! allowed here; nothing is adapted in silence.

use ecmod_control::{Adoption, AlarmKind, AlarmSet, LimitKind, Limits, State};

use super::document::Case;
use crate::plan::Plan;

/// A case that can be taken up.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// What the core is asked for.
    pub adoption: Adoption,
    /// What is taken up, for people.
    pub taken: Vec<String>,
    /// What is not, and why, for people.
    pub left: Vec<String>,
}

/// Judges a case by this console's configuration and state.
///
/// # Errors
/// Everything that forbids it.
pub fn judge(case: &Case, plan: &Plan, state: State) -> Result<Fit, Vec<String>> {
    let mut problems = Vec::new();
    let mut left = Vec::new();
    if state != State::Standby {
        problems.push(format!("this console is in {}: a case is taken up before one begins", state.name()));
    }
    let settings = &plan.settings;
    if case.pump != Some(settings.preset) {
        let theirs = case.pump.map_or("one that is not known here", |pump| pump.name());
        problems.push(format!("the case's pump is {theirs}, this console's is {}", settings.preset.name()));
    }
    let speed = (settings.speed.minimum.value(), settings.speed.maximum.value());
    within("speed_rpm", case.speed.value(), speed, &mut problems);
    within("flow_l_min", case.flow.value(), (0.0, settings.flow.maximum.value()), &mut problems);
    let limits = limits(case, plan, &mut problems, &mut left);
    let off = switched_off(case, &mut problems, &mut left);
    if let Some(gas) = case.sweep_gas {
        left.push(format!("sweep gas of {gas} L/min: set it here, it flows at once"));
    }
    if !case.zeroed.is_empty() {
        left.push(format!("zeros of {}: zero this console's own transducers", case.zeroed.join(", ")));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let adoption = Adoption {
        mode: case.mode,
        speed: case.speed,
        flow: case.flow,
        class: case.class,
        limits,
        off,
        transport: case.transport,
        learnt: case.learnt,
    };
    let mut taken = vec![
        format!("mode {}", case.mode.name()),
        format!("speed setpoint {} rpm", case.speed.value()),
        format!("flow setpoint {} L/min", case.flow.value()),
        format!("class {}, with {} limits", case.class.name(), case.limits.len()),
    ];
    taken.extend(off.kinds().map(|kind| format!("alarm {} off", kind.id())));
    taken.extend(case.transport.then(|| "a planned transport".to_owned()));
    taken
        .extend(case.learnt.zero_flow_speed.map(|speed| format!("zero-flow speed {:.0} rpm", speed.value())));
    taken.extend(
        case.learnt.membrane_baseline.map(|base| format!("baseline of the membrane {base:.1} mmHg/(L/min)")),
    );
    Ok(Fit { adoption, taken, left })
}

fn within(name: &str, value: f64, (minimum, maximum): (f64, f64), problems: &mut Vec<String>) {
    if !(minimum..=maximum).contains(&value) {
        problems.push(format!("{name} {value} is outside {minimum} to {maximum}"));
    }
}

/// The limits that will be in force: those of the case, where both consoles have them switched on.
fn limits(case: &Case, plan: &Plan, problems: &mut Vec<String>, left: &mut Vec<String>) -> Limits {
    let preset = plan.settings.alarms.preset(case.class);
    let mut limits = preset;
    for (name, value) in &case.limits {
        let Some(kind) = LimitKind::from_name(name) else {
            left.push(format!("limit {name}: this console does not know it"));
            continue;
        };
        match (value, preset.get(kind)) {
            (Some(value), Some(_)) => {
                let range = kind.range();
                within(name, *value, (range.minimum, range.maximum), problems);
                limits.put(kind, Some(*value));
            }
            (Some(_), None) => left.push(format!("limit {name}: this console has it switched off")),
            (None, Some(here)) => left.push(format!("limit {name} was off: it is {here} here")),
            (None, None) => {}
        }
    }
    for kind in LimitKind::ALL {
        if !case.limits.iter().any(|(name, _)| name == kind.name()) {
            left.push(format!("limit {}: the case has none, it is that of the preset", kind.name()));
        }
    }
    if let Some((limit, with)) = limits.conflict() {
        problems.push(format!("limit {} is not below {}", limit.name(), with.name()));
    }
    limits
}

fn switched_off(case: &Case, problems: &mut Vec<String>, left: &mut Vec<String>) -> AlarmSet {
    let mut off = AlarmSet::NONE;
    for id in &case.off {
        match AlarmKind::from_id(id) {
            Some(kind) if kind.definition().may_be_off => off = off.with(kind),
            Some(_) => problems.push(format!("alarm {id} cannot be switched off here")),
            None => left.push(format!("alarm {id} was off: this console does not know it")),
        }
    }
    off
}
