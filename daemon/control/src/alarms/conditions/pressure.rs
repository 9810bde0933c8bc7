// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pressures against their limits, suction, and the membrane.

use super::super::scene::{Scene, Sink, When};
use super::super::{AlarmCause, AlarmKind};
use crate::{ActiveLimit, InterventionKind, LimitKind, Role};
use ecmod_quantities::{Monotonic, Span};

/// For this long after a pressure behind the pump was high, more speed that gives no more flow is its doing: the flow
/// controller finds it while the limit eases and comes again.
const BEHIND: Span = Span::from_secs(60);

#[derive(Debug, Clone)]
pub(super) struct Memory {
    /// Which pressure behind the pump was high, and when last.
    behind: Option<(AlarmKind, Monotonic)>,
}

impl Memory {
    pub(super) const NEW: Self = Self { behind: None };
}

pub(super) fn find(scene: &Scene<'_>, memory: &mut Memory, sink: &mut Sink<'_>) {
    if !scene.running() {
        *memory = Memory::NEW;
        return;
    }
    venous(scene, sink);
    for what in [&PRE_MEMBRANE, &ARTERIAL] {
        if high(scene, what, sink) {
            memory.behind = Some((what.kind, scene.now));
        }
    }
    suction(scene, memory, sink);
    membrane(scene, sink);
}

/// A pressure behind the pump.
struct High {
    kind: AlarmKind,
    role: Role,
    limit: LimitKind,
    very: LimitKind,
    intervention: InterventionKind,
}

const PRE_MEMBRANE: High = High {
    kind: AlarmKind::PreMembranePressureHigh,
    role: Role::PreMembranePressure,
    limit: LimitKind::PreMembranePressureHigh,
    very: LimitKind::PreMembranePressureVeryHigh,
    intervention: InterventionKind::PreMembranePressureHigh,
};
const ARTERIAL: High = High {
    kind: AlarmKind::ArterialPressureHigh,
    role: Role::ArterialPressure,
    limit: LimitKind::ArterialPressureHigh,
    very: LimitKind::ArterialPressureVeryHigh,
    intervention: InterventionKind::ArterialPressureHigh,
};

fn holds_back(scene: &Scene<'_>, kind: InterventionKind) -> bool {
    scene.intervention(kind).is_some_and(|status| status.acts())
}

fn venous(scene: &Scene<'_>, sink: &mut Sink<'_>) {
    let Some(pressure) = scene.value(Role::VenousPressure) else { return };
    let kind = AlarmKind::VenousPressureLow;
    let very = scene.limit(LimitKind::VenousPressureVeryLow).is_some_and(|limit| pressure < limit);
    if very || sink.below(kind, pressure, scene.limit(LimitKind::VenousPressureLow)) {
        sink.find(kind, When::special(very), AlarmCause::value("below_limit", pressure));
    } else if holds_back(scene, InterventionKind::VenousPressureLow) {
        sink.find(kind, When::Usual, AlarmCause::value("held_back", pressure));
    }
}

/// Whether it is high, or holds the speed back.
fn high(scene: &Scene<'_>, what: &High, sink: &mut Sink<'_>) -> bool {
    let Some(pressure) = scene.value(what.role) else { return false };
    let very = scene.limit(what.very).is_some_and(|limit| pressure > limit);
    if very || sink.above(what.kind, pressure, scene.limit(what.limit)) {
        sink.find(what.kind, When::special(very), AlarmCause::value("above_limit", pressure));
        true
    } else if holds_back(scene, what.intervention) {
        sink.find(what.kind, When::Usual, AlarmCause::value("held_back", pressure));
        true
    } else {
        false
    }
}

fn suction(scene: &Scene<'_>, memory: &mut Memory, sink: &mut Sink<'_>) {
    let chatter = scene.outputs.estimates.venous_chatter.map(|chatter| chatter.value());
    let chatters = chatter
        .filter(|chatter| sink.above(AlarmKind::Suction, *chatter, scene.limit(LimitKind::SuctionChatter)));
    let intervenes = scene.intervention(InterventionKind::Suction).is_some_and(|status| status.present());
    if chatters.is_some() || intervenes {
        let cause = AlarmCause { word: "chatter", value: chatter };
        sink.find(AlarmKind::Suction, When::Usual, cause);
    } else if scene.outputs.active_limit == ActiveLimit::Suction {
        // What is closed behind the pump gives no more flow either, and is one alarm: that of its pressure.
        let behind = memory.behind.filter(|(_, at)| scene.now.since(*at) < BEHIND);
        let (kind, at) = behind.unwrap_or((AlarmKind::Suction, scene.now));
        memory.behind = behind.map(|_| (kind, if sink.is_active(kind) { scene.now } else { at }));
        sink.find(kind, When::Usual, AlarmCause::word("no_more_flow"));
    }
}

fn membrane(scene: &Scene<'_>, sink: &mut Sink<'_>) {
    let estimate = scene.outputs.estimates.membrane;
    if let Some(percent) = estimate.ratio.map(|ratio| 100.0 * ratio)
        && sink.above(AlarmKind::MembraneDropHigh, percent, scene.limit(LimitKind::MembraneResistanceHigh))
    {
        let cause = AlarmCause::value("resistance", percent);
        sink.find(AlarmKind::MembraneDropHigh, When::Usual, cause);
    }
    if let Some(percent) = estimate.rise_per_hour.map(|rise| 100.0 * rise)
        && sink.above(AlarmKind::MembraneDropTrend, percent, scene.limit(LimitKind::MembraneResistanceRise))
    {
        let cause = AlarmCause::value("rise", percent);
        sink.find(AlarmKind::MembraneDropTrend, When::Usual, cause);
    }
}
