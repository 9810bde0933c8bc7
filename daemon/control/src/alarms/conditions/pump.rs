// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pump and its drive.

use super::super::scene::{Scene, Sink, When};
use super::super::{AlarmCause, AlarmKind};
use super::baseline::Baseline;
use crate::{LimitKind, Mode, Role, TransitionCause};
use ecmod_quantities::{Seconds, Span};

/// A pump that is demanded to be slower than this may stand, rpm.
const SLOW: f64 = 200.0;
/// The part of the demanded speed below which the pump counts as stopped.
const STOPPED: f64 = 0.5;
/// A deviation of the speed that is no alarm: the larger of a part of the demand, and rpm.
const DEVIATION: (f64, f64) = (0.05, 100.0);
/// By how much the load at the same speed may have risen.
const RISEN: f64 = 1.5;
/// How slowly the usual load follows, and how long it must have been seen.
const USUAL_LOAD: Seconds = Seconds(600.0);
const LOAD_SEEN: Seconds = Seconds(120.0);
/// Two speeds that differ by less than this part are the same speed.
const SAME_SPEED: f64 = 0.1;
/// How long the news counts that keys changed the speed.
const NEWS: Span = Span::from_secs(2);

#[derive(Debug, Clone)]
pub(super) struct Memory {
    load: Baseline,
    speed: Baseline,
}

impl Memory {
    pub(super) const NEW: Self = Self { load: Baseline::NEW, speed: Baseline::NEW };
}

pub(super) fn find(scene: &Scene<'_>, memory: &mut Memory, sink: &mut Sink<'_>) {
    let standby = When::special(!scene.running());
    if let Some(code) = scene.value(Role::DriveAlarm).filter(|code| code.abs() >= 0.5) {
        sink.find(AlarmKind::DriveFault, standby, AlarmCause::value("code", code));
    }
    if let Some(hot) = scene.value(Role::DriveTemperature)
        && sink.above(AlarmKind::DriveOvertemperature, hot, scene.limit(LimitKind::DriveTemperatureHigh))
    {
        let cause = AlarmCause::value("too_hot", hot);
        sink.find(AlarmKind::DriveOvertemperature, When::Usual, cause);
    }
    let latest = scene.outputs.transition;
    if latest.cause == TransitionCause::LocalControl && scene.now.since(latest.at) < NEWS {
        let speed = scene.outputs.speed_setpoint.value();
        sink.find(AlarmKind::LocalControl, When::Usual, AlarmCause::value("keys", speed));
    }
    speed(scene, sink);
    load(scene, memory, sink);
}

/// Whether the pump does what is demanded. Without its host nobody knows, and that has an alarm of its own.
fn speed(scene: &Scene<'_>, sink: &mut Sink<'_>) {
    let Some(demand) = scene.outputs.pump_speed.map(|speed| speed.value()) else { return };
    if !scene.pump || demand < SLOW {
        return;
    }
    let drive = scene.value(Role::PumpSpeed);
    let tacho = scene.value(Role::Tacho);
    let stopped = |speed: &f64| speed.abs() < STOPPED * demand;
    let cause = match (drive, tacho) {
        (Some(speed), _) if stopped(&speed) => Some(AlarmCause::value("drive", speed)),
        (_, Some(speed)) if stopped(&speed) => Some(AlarmCause::value("tacho", speed)),
        // At zero flow nothing is to flow; a pump that stands lets it flow backwards, which has an alarm of its own.
        (None, None) if has_speed(scene) && scene.outputs.mode != Mode::ZeroFlow && !flows(scene) => {
            Some(AlarmCause::word("speed_unknown"))
        }
        (Some(_) | None, Some(_) | None) => None,
    };
    if let Some(cause) = cause {
        sink.find(AlarmKind::PumpStop, When::Usual, cause);
        return;
    }
    let deviation = drive.map_or(0.0, |speed| speed - demand);
    if deviation.abs() > (DEVIATION.0 * demand).max(DEVIATION.1) {
        let word = if deviation < 0.0 { "too_slow" } else { "too_fast" };
        let cause = AlarmCause { word, value: drive };
        sink.find(AlarmKind::PumpSpeedDeviation, When::Usual, cause);
    }
}

fn has_speed(scene: &Scene<'_>) -> bool {
    scene.signal(Role::PumpSpeed).is_some()
}

/// Blood that flows forward is moved by a pump that turns.
fn flows(scene: &Scene<'_>) -> bool {
    let enough = scene.limit(LimitKind::FlowLow).unwrap_or(1.0) * 0.5;
    scene.value(Role::BloodFlow).is_some_and(|flow| flow > enough)
}

/// The load against its limit, and against what it usually was at this speed.
fn load(scene: &Scene<'_>, memory: &mut Memory, sink: &mut Sink<'_>) {
    let (Some(load), Some(speed)) = (scene.value(Role::PumpLoad), scene.value(Role::PumpSpeed)) else {
        return;
    };
    let usual_speed = memory.speed.settled(Seconds::ZERO);
    let same = usual_speed.is_some_and(|usual| (speed - usual).abs() < SAME_SPEED * usual);
    if !scene.running() || (usual_speed.is_some() && !same) {
        memory.load.forget();
        memory.speed.forget();
    }
    let usual = memory.load.settled(LOAD_SEEN).filter(|usual| same && *usual > 1.0);
    let risen = usual.filter(|usual| load > RISEN * usual);
    if sink.above(AlarmKind::MotorCurrentTrend, load, scene.limit(LimitKind::PumpLoadHigh)) {
        sink.find(AlarmKind::MotorCurrentTrend, When::Usual, AlarmCause::value("overload", load));
    } else if let Some(usual) = risen {
        let cause = AlarmCause::value("risen", 100.0 * load / usual);
        sink.find(AlarmKind::MotorCurrentTrend, When::Usual, cause);
    } else if scene.running() {
        memory.load.take(load, USUAL_LOAD, scene.now);
        memory.speed.take(speed, USUAL_LOAD, scene.now);
    }
}
