// SPDX-License-Identifier: MIT OR Apache-2.0
//! Air, and the level that keeps it out.
//!
//! A detector alone is an alarm of medium priority; with a second sign it is one of high priority. A counter that counts is
//! worth as much as its detector: a pulse may be shorter than the time between two samples.

use super::super::scene::{Case, Scene, Sink, When};
use super::super::{AlarmCause, AlarmKind};
use crate::{InterventionKind, Role};

#[derive(Debug, Clone)]
pub(super) struct Memory {
    returning: Counter,
    drainage: Counter,
}

impl Memory {
    pub(super) const NEW: Self = Self { returning: Counter { last: None }, drainage: Counter { last: None } };
}

/// The last count of a detector.
#[derive(Debug, Clone)]
struct Counter {
    last: Option<f64>,
}

impl Counter {
    /// By how much it has counted on; a counter that begins anew has counted nothing.
    fn counted(&mut self, count: Option<f64>) -> Option<f64> {
        let count = count?;
        let last = self.last.replace(count)?;
        (count > last).then_some(count - last)
    }
}

pub(super) fn find(scene: &Scene<'_>, memory: &mut Memory, sink: &mut Sink<'_>) {
    let returning = memory.returning.counted(scene.value(Role::ReturnBubbleCount));
    let drainage = memory.drainage.counted(scene.value(Role::DrainageBubbleCount));
    match scene.case() {
        // Before a case the circuit is primed and full of bubbles.
        Case::None => return,
        Case::Running | Case::Ended => {}
    }
    let gross = scene.intervention(InterventionKind::GrossAir);
    let confirmed = gross.filter(|status| status.present() && !status.corroboration.is_empty());
    if let Some(sign) = confirmed.and_then(|status| status.corroboration.signs().next()) {
        sink.find(AlarmKind::BubbleGrossArterial, When::Usual, AlarmCause::word(sign.name()));
    } else if let Some(cause) = seen(scene, Role::ReturnBubble, returning)
        && !sink.is_active(AlarmKind::BubbleGrossArterial)
    {
        sink.find(AlarmKind::BubbleUnconfirmed, When::Usual, cause);
    }
    if let Some(cause) = seen(scene, Role::DrainageBubble, drainage) {
        sink.find(AlarmKind::BubbleVenous, When::Usual, cause);
    }
    if scene.state(Role::LevelLow) == Some(true) {
        sink.find(AlarmKind::LevelLow, When::Usual, AlarmCause::word("switch"));
    }
}

fn seen(scene: &Scene<'_>, detector: Role, counted: Option<f64>) -> Option<AlarmCause> {
    match (scene.state(detector), counted) {
        (Some(true), _) => Some(AlarmCause::word("detector")),
        (_, Some(count)) => Some(AlarmCause::value("count", count)),
        (Some(false) | None, None) => None,
    }
}
