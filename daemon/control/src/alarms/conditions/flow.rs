// SPDX-License-Identifier: MIT OR Apache-2.0
//! The blood flow and its meter.

use super::super::scene::{Case, Scene, Sink, When};
use super::super::{AlarmCause, AlarmKind};
use crate::signals::usable;
use crate::{LimitKind, Mode, Role};
use ecmod_quantities::Span;

/// After a start the flow may take this long to come up.
const COMING_UP: Span = Span::from_secs(30);

/// After a start the pump may take this long to reach the floor.
const STARTING: Span = Span::from_secs(10);

#[derive(Debug, Clone)]
pub(super) struct Memory {
    /// In this case the flow has been above its limit.
    came_up: bool,
}

impl Memory {
    pub(super) const NEW: Self = Self { came_up: false };
}

pub(super) fn find(scene: &Scene<'_>, memory: &mut Memory, supported: Option<Span>, sink: &mut Sink<'_>) {
    let flow = scene.value(Role::BloodFlow);
    match scene.case() {
        Case::None => {}
        Case::Running if is_starting(scene, supported) => {}
        Case::Running | Case::Ended => backflow(scene, flow, sink),
    }
    let (Some(mode), Some(supported)) = (scene.mode(), supported) else {
        memory.came_up = false;
        return;
    };
    sensor(scene, mode, sink);
    let Some(flow) = flow else { return };
    if sink.above(AlarmKind::FlowHigh, flow, scene.limit(LimitKind::FlowHigh)) {
        sink.find(AlarmKind::FlowHigh, When::Usual, AlarmCause::value("above_limit", flow));
    }
    match mode {
        Mode::Speed | Mode::Flow => low(scene, memory, mode, flow, supported, sink),
        // The flow is low because that is wanted; afterwards it has to come up again.
        Mode::ZeroFlow => memory.came_up = false,
    }
    implausible(scene, sink);
}

/// A pump that was just started has not reached the speed yet that keeps blood from running back.
fn is_starting(scene: &Scene<'_>, supported: Option<Span>) -> bool {
    let slow = scene.outputs.pump_speed.is_some_and(|speed| speed < scene.outputs.estimates.floor);
    slow && supported.is_some_and(|supported| supported < STARTING)
}

fn backflow(scene: &Scene<'_>, flow: Option<f64>, sink: &mut Sink<'_>) {
    if let Some(flow) = flow
        && sink.below(AlarmKind::Backflow, flow, scene.limit(LimitKind::Backflow))
    {
        sink.find(AlarmKind::Backflow, When::Usual, AlarmCause::value("below_limit", flow));
    }
}

fn low(scene: &Scene<'_>, memory: &mut Memory, mode: Mode, flow: f64, supported: Span, sink: &mut Sink<'_>) {
    let limit = scene.limit(LimitKind::FlowLow);
    let part = scene.limit(LimitKind::FlowLowPart).filter(|_| mode == Mode::Flow);
    let setpoint = scene.outputs.flow_setpoint.value();
    let wanted = part.map(|part| 0.01 * part * setpoint);
    // An operator who sets less than the limit wants less: then only the part of the setpoint counts.
    let limit = limit.filter(|limit| mode != Mode::Flow || setpoint >= *limit);
    let below_limit = sink.below(AlarmKind::FlowLow, flow, limit);
    let below_setpoint = sink.below(AlarmKind::FlowLow, flow, wanted);
    if !below_limit && !below_setpoint {
        memory.came_up = true;
    } else if memory.came_up || supported >= COMING_UP {
        let word = if below_limit { "below_limit" } else { "below_setpoint" };
        sink.find(AlarmKind::FlowLow, When::Usual, AlarmCause::value(word, flow));
    }
}

/// During support the flow is worth an alarm of its own, instead of that of any signal.
fn sensor(scene: &Scene<'_>, mode: Mode, sink: &mut Sink<'_>) {
    let when = When::special(matches!(mode, Mode::Flow | Mode::ZeroFlow));
    let bad = scene.view.signal(Role::BloodFlow).and_then(|reading| usable(&reading).err());
    if let Some(cause) = bad {
        sink.find(AlarmKind::FlowSensorBad, when, AlarmCause::word(cause.name()));
    } else if let Some(quality) = scene.value(Role::FlowQuality)
        && sink.below(AlarmKind::FlowSensorBad, quality, scene.limit(LimitKind::FlowQualityLow))
    {
        sink.find(AlarmKind::FlowSensorBad, when, AlarmCause::value("quality_low", quality));
    }
}

fn implausible(scene: &Scene<'_>, sink: &mut Sink<'_>) {
    let Some(deviation) = scene.outputs.estimates.flow_deviation else { return };
    if sink.above(AlarmKind::FlowImplausible, deviation.abs(), scene.limit(LimitKind::FlowDeviation)) {
        let word = if deviation > 0.0 { "more_than_model" } else { "less_than_model" };
        sink.find(AlarmKind::FlowImplausible, When::Usual, AlarmCause::value(word, deviation));
    }
}
