// SPDX-License-Identifier: MIT OR Apache-2.0
//! What flow and pressures together say of the lines: closed, or come apart.
//!
//! Both are told from what the circuit was like a moment ago: a slow mean of flow, pressures and speed that stands still
//! while something is wrong, and begins anew when the speed is changed.

use super::super::scene::{Scene, Sink, When};
use super::super::{AlarmCause, AlarmKind};
use super::baseline::Baseline;
use super::clamps;
use crate::{Clamp, ClampPosition, LimitKind, Mode, Role};
use ecmod_quantities::Seconds;

/// How slowly the means follow, and how long they must have been taken.
const USUAL: Seconds = Seconds(10.0);
const SEEN: Seconds = Seconds(3.0);
/// A pump that turns faster than this should move blood, rpm.
const TURNING: f64 = 1000.0;
/// The part of the lowest flow allowed that counts as none, L/min where there is no limit.
const NO_FLOW: (f64, f64) = (0.2, 0.3);
/// A pressure behind the pump this far above what it was is that of a closed line, mmHg.
const RISEN: f64 = 40.0;
/// A drainage pressure this far below what it was is that of a closed line, mmHg.
const FALLEN: f64 = 40.0;
/// The pressure of the room, as far as a transducer at the circuit tells, mmHg.
const ROOM: f64 = 5.0;
/// A pressure has to have been this far from that of the room, mmHg.
const AWAY: f64 = 20.0;
/// The part of its pressure that a return line keeps which has come apart at its far end, `[C]`.
const FREED: f64 = 0.45;
/// Two speeds that differ by less than this part are the same: as far as an intervention or the flow controller goes within a
/// second or two of a line that has come apart.
const SAME_SPEED: f64 = 0.2;

#[derive(Debug, Clone)]
pub(super) struct Memory {
    speed: Baseline,
    flow: Baseline,
    venous: Baseline,
    arterial: Baseline,
    pre_membrane: Baseline,
}

impl Memory {
    pub(super) const NEW: Self = Self {
        speed: Baseline::NEW,
        flow: Baseline::NEW,
        venous: Baseline::NEW,
        arterial: Baseline::NEW,
        pre_membrane: Baseline::NEW,
    };

    fn take(&mut self, now: &Lines, scene: &Scene<'_>) {
        let take = |mean: &mut Baseline, value: Option<f64>| match value {
            Some(value) => mean.take(value, USUAL, scene.now),
            None => mean.expire(SEEN, scene.now),
        };
        take(&mut self.speed, Some(now.speed));
        take(&mut self.flow, now.flow);
        take(&mut self.venous, now.venous);
        take(&mut self.arterial, now.arterial);
        take(&mut self.pre_membrane, now.pre_membrane);
    }
}

/// The circuit now.
struct Lines {
    speed: f64,
    flow: Option<f64>,
    venous: Option<f64>,
    arterial: Option<f64>,
    pre_membrane: Option<f64>,
}

pub(super) fn find(scene: &Scene<'_>, memory: &mut Memory, sink: &mut Sink<'_>) {
    let now = Lines {
        speed: scene.value(Role::PumpSpeed).unwrap_or(0.0),
        flow: scene.value(Role::BloodFlow),
        venous: scene.value(Role::VenousPressure),
        arterial: scene.value(Role::ArterialPressure),
        pre_membrane: scene.value(Role::PreMembranePressure),
    };
    let turns = now.speed > TURNING && matches!(scene.mode(), Some(Mode::Speed | Mode::Flow));
    let usual = memory.speed.settled(Seconds::ZERO);
    let same = usual.is_none_or(|usual| (now.speed - usual).abs() < SAME_SPEED * usual);
    if !turns {
        *memory = Memory::NEW;
        return;
    }
    let closed = occlusion(scene, memory, &now, sink);
    let open = same && !closed && disconnect(memory, &now, sink);
    if !same {
        *memory = Memory::NEW;
    } else if closed || open {
        // The means stand still; their time does as well.
        return;
    }
    memory.take(&now, scene);
}

/// Nothing flows, and a pressure or a clamp says on which side.
fn occlusion(scene: &Scene<'_>, memory: &Memory, now: &Lines, sink: &mut Sink<'_>) -> bool {
    let least = scene.limit(LimitKind::FlowLow).map_or(NO_FLOW.1, |limit| NO_FLOW.0 * limit);
    if now.flow.is_none_or(|flow| flow.abs() > least) {
        return false;
    }
    let closed = |clamp| {
        scene
            .value(clamps::role(clamp))
            .is_some_and(|code| (code - ClampPosition::Closed.value()).abs() < 0.25)
    };
    let behind = |limit, value: Option<f64>, usual: &Baseline| {
        value.filter(|value| {
            scene.limit(limit).is_some_and(|limit| *value > limit)
                || usual.settled(SEEN).is_some_and(|usual| *value > usual + RISEN)
        })
    };
    let high = behind(LimitKind::ArterialPressureHigh, now.arterial, &memory.arterial)
        .or_else(|| behind(LimitKind::PreMembranePressureHigh, now.pre_membrane, &memory.pre_membrane));
    let low = now.venous.filter(|value| {
        scene.limit(LimitKind::VenousPressureLow).is_some_and(|limit| *value < limit)
            || memory.venous.settled(SEEN).is_some_and(|usual| *value < usual - FALLEN)
    });
    let downstream = match (closed(Clamp::Return), high) {
        (true, value) => Some(AlarmCause { word: "return_clamp_closed", value: value.or(now.pre_membrane) }),
        (false, Some(value)) => Some(AlarmCause::value("pressure_high", value)),
        (false, None) => None,
    };
    let upstream = match (closed(Clamp::Drainage), low) {
        (true, value) => Some(AlarmCause { word: "drainage_clamp_closed", value: value.or(now.venous) }),
        (false, Some(value)) => Some(AlarmCause::value("pressure_low", value)),
        (false, None) => None,
    };
    if let Some(cause) = downstream {
        sink.find(AlarmKind::OcclusionDownstream, When::Usual, cause);
    }
    if let Some(cause) = upstream {
        sink.find(AlarmKind::OcclusionUpstream, When::Usual, cause);
    }
    downstream.is_some() || upstream.is_some()
}

/// A pressure has gone to that of the room at an unchanged speed, and nothing else explains it.
fn disconnect(memory: &Memory, now: &Lines, sink: &mut Sink<'_>) -> bool {
    let at_room = |value: f64| value.abs() < ROOM;
    let usual_flow = memory.flow.settled(SEEN);
    let returning = match (now.arterial, memory.arterial.settled(SEEN), now.flow, usual_flow) {
        // The resistance is gone: at least as much flows as before.
        (Some(arterial), Some(usual), Some(flow), Some(usual_flow)) => {
            let room = at_room(arterial) && flow > 0.95 * usual_flow;
            // Far from the transducer the line's own resistance is left, and more flows than before.
            let freed = arterial < FREED * usual && flow > 1.05 * usual_flow;
            usual > AWAY && (room || freed)
        }
        _ => false,
    };
    // A line that is closed behind the pump does this as well, and shows it there.
    let quiet = |value: Option<f64>, usual: &Baseline| match (value, usual.settled(SEEN)) {
        (Some(value), Some(usual)) => value < usual + 0.1 * usual.abs(),
        (Some(_), None) | (None, Some(_) | None) => true,
    };
    let known = now.arterial.is_some() || now.pre_membrane.is_some();
    let drainage = match (now.venous, memory.venous.settled(SEEN)) {
        (Some(venous), Some(usual)) => {
            at_room(venous)
                && usual < -AWAY
                && known
                && quiet(now.arterial, &memory.arterial)
                && quiet(now.pre_membrane, &memory.pre_membrane)
        }
        _ => false,
    };
    if returning {
        let cause = AlarmCause { word: "return_open", value: now.arterial };
        sink.find(AlarmKind::Disconnect, When::Usual, cause);
    } else if drainage {
        let cause = AlarmCause { word: "drainage_open", value: now.venous };
        sink.find(AlarmKind::Disconnect, When::Usual, cause);
    }
    returning || drainage
}
