// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the console shows, and what its readings say of themselves. The index of a signal is that of its role.

use crate::panel::Panel;
use ecmod_control::{AlarmKind, Clamp, LimitKind, Mode, Role, State, StopState};
use ecmod_quantities::{Cause, Quality, Reading};

pub fn reading(panel: &Panel, role: Role) -> Reading {
    panel.outputs().readings[role as usize]
}

/// The value of a role that is good without any doubt.
pub fn good(panel: &Panel, role: Role) -> Option<f64> {
    let reading = reading(panel, role);
    reading.value().filter(|_| reading.quality() == Quality::Good)
}

pub fn is(panel: &Panel, role: Role, state: bool) -> bool {
    good(panel, role).is_some_and(|value| (value >= 0.5) == state)
}

pub fn below(panel: &Panel, role: Role, limit: LimitKind) -> bool {
    good(panel, role).zip(panel.outputs().limits.get(limit)).is_some_and(|(value, limit)| value < limit)
}

pub fn above(panel: &Panel, role: Role, limit: LimitKind) -> bool {
    good(panel, role).zip(panel.outputs().limits.get(limit)).is_some_and(|(value, limit)| value > limit)
}

pub fn over(value: Option<f64>, panel: &Panel, limit: LimitKind) -> bool {
    value.zip(panel.outputs().limits.get(limit)).is_some_and(|(value, limit)| value > limit)
}

pub fn is_running(panel: &Panel) -> bool {
    let out = panel.outputs();
    matches!(out.state, State::Support(_)) && out.stop != StopState::Ramping
}

pub fn mode(panel: &Panel) -> Option<Mode> {
    is_running(panel).then_some(panel.outputs().mode)
}

pub const fn of_clamp(clamp: Clamp) -> Role {
    match clamp {
        Clamp::Return => Role::ReturnClampPosition,
        Clamp::Drainage => Role::DrainageClampPosition,
    }
}

/// Which alarm a reading is by what it says of itself; `None` if nothing is wrong with it.
pub fn says_of_itself(reading: &Reading) -> Option<AlarmKind> {
    match (reading.quality(), reading.cause()) {
        (Quality::Good, _) => None,
        (Quality::Uncertain, Cause::None | Cause::NearZero | Cause::Estimated) => None,
        (Quality::Uncertain, Cause::Redundant) => Some(AlarmKind::SensorRedundant),
        (_, Cause::Disagreement) => Some(AlarmKind::SensorDisagrees),
        (_, Cause::Frozen) => Some(AlarmKind::SensorFrozen),
        (_, Cause::NotCalibrated) => Some(AlarmKind::SensorNotZeroed),
        (_, cause) if is_silent(cause) => Some(AlarmKind::SensorStale),
        (_, _) => Some(AlarmKind::SensorBad),
    }
}

/// Whether nothing came from the sensor at all.
fn is_silent(cause: Cause) -> bool {
    [
        Cause::NoData,
        Cause::Stale,
        Cause::Timeout,
        Cause::Communication,
        Cause::BadTime,
        Cause::DriverFault,
        Cause::HostLost,
        Cause::NotReady,
        Cause::Redundant,
    ]
    .contains(&cause)
}
