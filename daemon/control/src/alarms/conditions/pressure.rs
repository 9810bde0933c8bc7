// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pressures against their limits, suction, and the membrane.

use super::super::scene::{Scene, Sink, When};
use super::super::{AlarmCause, AlarmKind};
use crate::{ActiveLimit, InterventionKind, LimitKind, Role};

pub(super) fn find(scene: &Scene<'_>, sink: &mut Sink<'_>) {
    if !scene.running() {
        return;
    }
    venous(scene, sink);
    high(scene, &PRE_MEMBRANE, sink);
    high(scene, &ARTERIAL, sink);
    suction(scene, sink);
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

fn high(scene: &Scene<'_>, what: &High, sink: &mut Sink<'_>) {
    let Some(pressure) = scene.value(what.role) else { return };
    let very = scene.limit(what.very).is_some_and(|limit| pressure > limit);
    if very || sink.above(what.kind, pressure, scene.limit(what.limit)) {
        sink.find(what.kind, When::special(very), AlarmCause::value("above_limit", pressure));
    } else if holds_back(scene, what.intervention) {
        sink.find(what.kind, When::Usual, AlarmCause::value("held_back", pressure));
    }
}

fn suction(scene: &Scene<'_>, sink: &mut Sink<'_>) {
    let chatter = scene.outputs.estimates.venous_chatter.map(|chatter| chatter.value());
    let chatters = chatter
        .filter(|chatter| sink.above(AlarmKind::Suction, *chatter, scene.limit(LimitKind::SuctionChatter)));
    let intervenes = scene.intervention(InterventionKind::Suction).is_some_and(|status| status.present());
    if chatters.is_some() || intervenes {
        let cause = AlarmCause { word: "chatter", value: chatter };
        sink.find(AlarmKind::Suction, When::Usual, cause);
    } else if scene.outputs.active_limit == ActiveLimit::Suction {
        sink.find(AlarmKind::Suction, When::Usual, AlarmCause::word("no_more_flow"));
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
