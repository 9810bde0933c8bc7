// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who did what: every change that somebody asked for and got, in words, for the log and for the record.

use ecmod_control::{LimitKind, Limits, Outputs, Request};

use super::Shared;
use super::naming;
use crate::plan::Plan;
use crate::record::entry::{Entry, Event, LimitEvent, OperatorEvent};

/// Something that was asked for, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// What.
    pub action: &'static str,
    /// To what.
    pub target: String,
    /// Whether it stands in the alarm log too.
    pub on_record: bool,
}

impl Deed {
    fn new(action: &'static str, target: impl Into<String>) -> Self {
        Self { action, target: target.into(), on_record: true }
    }

    /// Setpoints change often, and stand in the trends.
    fn in_passing(action: &'static str, target: impl Into<String>) -> Self {
        Self { on_record: false, ..Self::new(action, target) }
    }

    /// What this request asks for.
    #[must_use]
    pub fn of(request: &Request, plan: &Plan) -> Self {
        let all = || "all".to_owned();
        match *request {
            Request::Start => Self::new("start", ""),
            Request::RequestStop => Self::new("request_stop", ""),
            Request::ConfirmStop { .. } => Self::new("confirm_stop", ""),
            Request::CancelStop => Self::new("cancel_stop", ""),
            Request::SetMode(mode) => Self::new("set_mode", mode.name()),
            Request::SetSpeed(speed) => Self::in_passing("set_speed", format!("{} rpm", speed.value())),
            Request::SetFlow(flow) => Self::in_passing("set_flow", format!("{} L/min", flow.value())),
            Request::SetSweepGasFlow(flow) => {
                Self::in_passing("set_sweep_gas_flow", format!("{} L/min", flow.value()))
            }
            Request::SetClamp { clamp, position } => {
                Self::new("set_clamp", format!("{} {}", clamp.name(), position.name()))
            }
            Request::Zero { signal } => {
                let signal = plan.signals.get(usize::from(signal));
                Self::new("zero", signal.map_or("", |signal| signal.name.as_str()))
            }
            Request::Acknowledge(alarm) => {
                Self::new("acknowledge", alarm.map_or_else(all, |alarm| naming::alarm(plan, alarm)))
            }
            Request::PauseAudio(true) => Self::new("audio_paused", ""),
            Request::PauseAudio(false) => Self::new("audio_resumed", ""),
            Request::AlarmOff { kind, off: true } => Self::new("alarm_off", kind.id()),
            Request::AlarmOff { kind, off: false } => Self::new("alarm_on", kind.id()),
            Request::ResetAlarm(alarm) => {
                Self::new("reset", alarm.map_or_else(all, |alarm| naming::alarm(plan, alarm)))
            }
            Request::SetLimit { limit, value } => {
                let text = format!("{} {value} {}", limit.name(), limit.quantity().unit());
                // Its value before and after is recorded instead.
                Self::in_passing("set_limit", text.trim_end())
            }
            Request::ApplyPreset(class) => Self::new("preset", class.name()),
            Request::Override { intervention, on } => {
                let target = intervention.map_or_else(all, |kind| kind.name().to_owned());
                Self::new(if on { "override" } else { "release_override" }, target)
            }
            Request::SetTransport(true) => Self::new("transport", "begins"),
            Request::SetTransport(false) => Self::new("transport", "ends"),
            // Who exported it, and when, is noted by whoever read it.
            Request::Adopt(case) => Self::in_passing("import_case", case.class.name()),
        }
    }
}

/// What it was before somebody changed it.
#[derive(Debug)]
pub struct Before {
    limits: Limits,
}

impl Before {
    /// As it is now.
    #[must_use]
    pub const fn now(outputs: &Outputs) -> Self {
        Self { limits: outputs.limits }
    }
}

/// Logs what was accepted, and records what is to be on record: the deed, and every limit that it changed.
pub fn note(shared: &Shared, request: &Request, before: &Before, who: &str) {
    let Deed { action, target, on_record } = Deed::of(request, &shared.plan);
    tracing::info!(event = "console.request", action, %target, who, "{who}: {action} {target}");
    let by = who.to_owned();
    if on_record {
        let event =
            OperatorEvent { action: action.to_owned(), target, by: by.clone(), reason: String::new() };
        shared.record.note(Entry::now(Event::Operator(event)));
    }
    let after = shared.latest().outputs.limits;
    for limit in LimitKind::ALL {
        let (then, now) = (before.limits.get(limit), after.get(limit));
        if then.map(f64::to_bits) == now.map(f64::to_bits) {
            continue;
        }
        let (name, unit) = (limit.name(), limit.quantity().unit());
        tracing::info!(
            event = "limit.changed",
            limit = name,
            before = then,
            now,
            who,
            "{who} changed the limit {name}"
        );
        shared.record.note(Entry::now(Event::Limit(LimitEvent {
            limit: name.to_owned(),
            before: then,
            now,
            unit: unit.to_owned(),
            by: by.clone(),
        })));
    }
}

/// Logs and records something that somebody did and that is no request of the core.
pub fn note_other(shared: &Shared, action: &'static str, target: &str, who: &str, reason: &str) {
    tracing::info!(event = "console.request", action, target, who, reason, "{who}: {action} {target}");
    shared.record.note(Entry::now(Event::Operator(OperatorEvent {
        action: action.to_owned(),
        target: target.to_owned(),
        by: who.to_owned(),
        reason: reason.to_owned(),
    })));
}
