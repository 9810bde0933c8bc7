// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the interventions do, tick by tick: each beginning, end and override with its values into log and record, and the
//! readings around it into a file.
//!
//! Also when one is set off and does not act (it alarms only, or is inhibited) its readings are kept: whether the detector
//! was right is what somebody will ask. A trigger that comes again and again is kept once a minute.

use std::sync::Arc;

use ecmod_control::{InterventionKind, InterventionState, InterventionStatus, Outputs, Sign};
use ecmod_quantities::{Monotonic, Span};

use super::Shared;
use crate::record::entry::{Entry, Event, InterventionEvent, Stamp};
use crate::record::window::{About, Column, Window};

/// Readings around triggers that change nothing are kept this often at most.
const AT_MOST_EACH: Span = Span::from_secs(60);

/// What was last seen of them, and the readings of the last seconds.
#[derive(Debug)]
pub struct Interventions {
    shared: Arc<Shared>,
    window: Window,
    seen: [Seen; InterventionKind::ALL.len()],
}

/// What was last seen of one.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    state: Option<InterventionState>,
    count: u32,
    /// The moment of the trigger that was recorded last, acting or not.
    recorded: Option<Monotonic>,
    /// The trigger that was noted last.
    trigger: Option<Monotonic>,
}

/// What is to be done about a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Nothing has happened that anybody wants to know.
    Nothing,
    /// It is to be noted.
    Note,
    /// It is to be noted, and the readings around it are to be kept.
    Keep,
}

impl Interventions {
    /// Nothing has been seen yet. `newest_record` is the largest number of a recording so far.
    #[must_use]
    pub fn new(shared: Arc<Shared>, newest_record: u64) -> Self {
        let signals = shared.plan.signals.iter();
        let columns =
            signals.map(|signal| Column { name: signal.name.clone(), unit: signal.quantity.unit() });
        let window = Window::new(columns.collect(), newest_record);
        Self { shared, window, seen: [Seen::default(); InterventionKind::ALL.len()] }
    }

    /// Looks at a tick.
    pub fn look(&mut self, outputs: &Outputs) {
        self.window.push(outputs);
        for (index, status) in outputs.interventions.iter().enumerate() {
            let Some(seen) = self.seen.get_mut(index) else { continue };
            let step = seen.step(status, outputs.now);
            match step {
                Step::Nothing => {}
                Step::Note => self.note(status, outputs.now, None),
                Step::Keep => {
                    let recorded = self.window.begin(about(status, outputs), outputs);
                    let number = recorded.number;
                    self.shared.record.keep(recorded);
                    self.note(status, outputs.now, Some(number));
                }
            }
        }
        for recorded in self.window.due(outputs.now) {
            self.shared.record.keep(recorded);
        }
    }

    /// The daemon ends: what is still being recorded is kept as far as it is.
    pub fn finish(&mut self) {
        for recorded in self.window.finish() {
            self.shared.record.keep(recorded);
        }
    }

    fn note(&self, status: &InterventionStatus, now: Monotonic, record: Option<u64>) {
        let (intervention, state) = (status.kind.name(), status.state.name());
        let trigger = status.trigger.map(|trigger| trigger.value);
        let limit = status.trigger.map(|trigger| trigger.limit);
        let floor = status.floor.map(|speed| speed.value());
        let ceiling = status.ceiling.map(|speed| speed.value());
        let (signs, detail) = (signs(status), detail(status, now));
        if status.acts() {
            tracing::warn!(
                event = "intervention", intervention, state, trigger, limit, %signs, floor, ceiling, count = status.count,
                record, "{intervention}: {state}: {detail}"
            );
        } else {
            tracing::info!(
                event = "intervention", intervention, state, trigger, limit, %signs, floor, ceiling, count = status.count,
                record, "{intervention}: {state}: {detail}"
            );
        }
        let event = InterventionEvent {
            intervention: intervention.to_owned(),
            state: state.to_owned(),
            trigger,
            corroboration: signs,
            floor_rpm: floor,
            ceiling_rpm: ceiling,
            count: status.count,
            detail,
            record,
        };
        self.shared.record.note(Entry { at: Stamp::at(now), event: Event::Intervention(event) });
    }
}

impl Seen {
    fn step(&mut self, status: &InterventionStatus, now: Monotonic) -> Step {
        let before = self.state.replace(status.state);
        let begun = status.count != std::mem::replace(&mut self.count, status.count) && status.acts();
        let trigger = status.trigger.filter(|trigger| trigger.present).map(|trigger| trigger.at);
        let is_set_off = trigger.is_some() && trigger != self.trigger;
        self.trigger = trigger.or(self.trigger);
        if begun {
            self.recorded = Some(now);
            return Step::Keep;
        }
        if is_set_off && !status.acts() && is_ready(status.state) {
            let is_time = self.recorded.is_none_or(|last| now.since(last) >= AT_MOST_EACH);
            if is_time {
                self.recorded = Some(now);
            }
            return if is_time { Step::Keep } else { Step::Nothing };
        }
        let was = before.unwrap_or(InterventionState::Off);
        let is_other = was.name() != status.state.name();
        if is_other && (is_telling(was) || is_telling(status.state)) { Step::Note } else { Step::Nothing }
    }
}

/// Whether being set off means anything in this state.
const fn is_ready(state: InterventionState) -> bool {
    match state {
        InterventionState::Watching
        | InterventionState::Inhibited(_)
        | InterventionState::AlarmOnly
        | InterventionState::Overridden { .. } => true,
        InterventionState::Off
        | InterventionState::Active { .. }
        | InterventionState::Returning
        | InterventionState::Expired => false,
    }
}

/// Whether coming into this state, or leaving it, is something that happened.
const fn is_telling(state: InterventionState) -> bool {
    match state {
        InterventionState::Active { .. }
        | InterventionState::Returning
        | InterventionState::Expired
        | InterventionState::Overridden { .. } => true,
        InterventionState::Off
        | InterventionState::Watching
        | InterventionState::Inhibited(_)
        | InterventionState::AlarmOnly => false,
    }
}

fn signs(status: &InterventionStatus) -> String {
    status.corroboration.signs().map(Sign::name).collect::<Vec<_>>().join(" ")
}

/// What goes beyond the state, in words.
fn detail(status: &InterventionStatus, now: Monotonic) -> String {
    match status.state {
        InterventionState::Active { ends, .. } => {
            format!("ends within {:.0} s", ends.since(now).seconds().ceil())
        }
        InterventionState::Overridden { until } => {
            format!("does not act for {:.0} s", until.since(now).seconds().ceil())
        }
        InterventionState::Inhibited(reason) if status.present() => {
            format!("set off, and does not act: {}", reason.name())
        }
        InterventionState::Inhibited(reason) => format!("over; it could not act now: {}", reason.name()),
        InterventionState::AlarmOnly if status.present() => "set off, and only alarms".to_owned(),
        InterventionState::AlarmOnly => "over; it only alarms".to_owned(),
        InterventionState::Expired => "its longest duration is over".to_owned(),
        InterventionState::Returning => "over; the speed returns".to_owned(),
        InterventionState::Off | InterventionState::Watching => "over".to_owned(),
    }
}

/// A measured value for people: no sensor here is better than a hundredth of its unit.
fn short(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn about(status: &InterventionStatus, outputs: &Outputs) -> About {
    let unit = status.kind.quantity().unit();
    let began = Stamp::at(outputs.now);
    let mut details = vec![
        ("began_unix_ms".to_owned(), (began.wall_ns / 1_000_000).to_string()),
        ("state".to_owned(), status.state.name().to_owned()),
    ];
    if let Some(trigger) = status.trigger {
        let told = |value: f64| format!("{} {unit}", short(value)).trim_end().to_owned();
        details.push(("trigger".to_owned(), told(trigger.value)));
        details.push(("limit".to_owned(), told(trigger.limit)));
    }
    details.push(("corroboration".to_owned(), signs(status)));
    if let Some(floor) = status.floor {
        details.push(("floor".to_owned(), format!("{} rpm", short(floor.value()))));
    }
    details.push(("mode".to_owned(), outputs.mode.name().to_owned()));
    About { intervention: status.kind.name().to_owned(), began, details }
}

#[cfg(test)]
#[path = "interventions_tests.rs"]
mod tests;
