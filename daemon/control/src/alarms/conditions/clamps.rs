// SPDX-License-Identifier: MIT OR Apache-2.0
//! The clamps against what was demanded, or against where they were.

use super::super::scene::{Scene, Sink, When};
use super::super::{Alarm, AlarmCause, AlarmKind, Subject};
use crate::{Clamp, ClampPosition, Role};

/// The code of a position switch for a clamp that its driver gives up on.
const FAULT: f64 = 3.0;

#[derive(Debug, Clone)]
pub(super) struct Memory {
    returning: Known,
    drainage: Known,
}

/// Where a clamp was before anybody demanded anything of it.
#[derive(Debug, Clone)]
struct Known {
    position: Option<ClampPosition>,
}

impl Memory {
    pub(super) const NEW: Self =
        Self { returning: Known { position: None }, drainage: Known { position: None } };
}

pub(super) fn role(clamp: Clamp) -> Role {
    match clamp {
        Clamp::Return => Role::ReturnClampPosition,
        Clamp::Drainage => Role::DrainageClampPosition,
    }
}

pub(super) fn find(scene: &Scene<'_>, memory: &mut Memory, sink: &mut Sink<'_>) {
    for (clamp, known) in [(Clamp::Return, &mut memory.returning), (Clamp::Drainage, &mut memory.drainage)] {
        let Some(code) = scene.value(role(clamp)) else { continue };
        if let Some(word) = mismatch(scene, clamp, code, known) {
            let alarm = Alarm::about(AlarmKind::ClampMismatch, Subject::Clamp(clamp));
            sink.about(alarm, When::Usual, AlarmCause::value(word, code));
        }
    }
}

fn mismatch(scene: &Scene<'_>, clamp: Clamp, code: f64, known: &mut Known) -> Option<&'static str> {
    let is = |position: ClampPosition| (code - position.value()).abs() < 0.25;
    if (code - FAULT).abs() < 0.25 {
        return Some("fault");
    }
    if let Some(demand) = scene.outputs.clamps.of(clamp) {
        known.position = Some(demand.position);
        return match demand.position {
            ClampPosition::Open => (!is(ClampPosition::Open)).then_some("not_open"),
            ClampPosition::Closed => (!is(ClampPosition::Closed)).then_some("not_closed"),
        };
    }
    // Nobody has demanded anything: outside of a case it may be moved by hand.
    let now = ClampPosition::ALL.into_iter().find(|position| is(*position));
    if !scene.running() {
        known.position = now;
        return None;
    }
    known.position = known.position.or(now);
    (known.position.is_some() && now != known.position).then_some("moved")
}
