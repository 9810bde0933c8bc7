// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every signal: silent, wrong, frozen, contradicted, from its second source, never zeroed.

use super::super::scene::{Scene, Sink, When};
use super::super::{Alarm, AlarmCause, AlarmKind, Subject};
use super::hosts;
use crate::signals::usable;
use crate::{Role, SignalSettings};
use ecmod_quantities::{Cause, Quality, Reading};

pub(super) fn find(scene: &Scene<'_>, hosts: &hosts::Memory, arriving: bool, sink: &mut Sink<'_>) {
    let signals = scene.settings.signals.iter().zip(&scene.outputs.readings);
    for (index, (settings, reading)) in (0u16..).zip(signals) {
        let Some(settings) = settings else { continue };
        // How long a battery lasts is known only while it is discharged.
        if settings.role == Role::BatteryTimeToEmpty && reading.cause() == Cause::NotReady {
            continue;
        }
        let Some((kind, word)) = fault(scene, index, reading) else { continue };
        if skipped(scene, hosts, settings, kind, arriving) {
            continue;
        }
        let matters = scene.running() && is_essential(settings.role);
        let alarm = Alarm::about(kind, Subject::Signal(index));
        sink.about(alarm, When::special(matters), AlarmCause { word, value: reading.value() });
    }
}

/// What therapy or an alarm of high priority goes by.
const fn is_essential(role: Role) -> bool {
    matches!(
        role,
        Role::BloodFlow
            | Role::PumpSpeed
            | Role::VenousPressure
            | Role::PreMembranePressure
            | Role::ArterialPressure
            | Role::SweepGasFlow
            | Role::ReturnBubble
            | Role::DrainageBubble
            | Role::LevelLow
            | Role::GasSupplyPressure
            | Role::ReturnClampPosition
            | Role::DrainageClampPosition
            | Role::DriveAlarm
    )
}

/// What is wrong with a signal, if anything is.
fn fault(scene: &Scene<'_>, index: u16, reading: &Reading) -> Option<(AlarmKind, &'static str)> {
    let cause = reading.cause();
    match (reading.quality(), cause) {
        (Quality::Good | Quality::Uncertain, Cause::None | Cause::NearZero | Cause::Estimated) => {
            estimated(scene, index)
        }
        (Quality::Uncertain, Cause::Redundant) => Some((AlarmKind::SensorRedundant, "second")),
        (_, Cause::Disagreement) => Some((AlarmKind::SensorDisagrees, cause.name())),
        (_, Cause::Frozen) => Some((AlarmKind::SensorFrozen, cause.name())),
        (_, Cause::NotCalibrated) => Some((AlarmKind::SensorNotZeroed, "not_zeroed")),
        (
            _,
            Cause::NoData
            | Cause::Stale
            | Cause::Timeout
            | Cause::Communication
            | Cause::BadTime
            | Cause::DriverFault
            | Cause::HostLost
            | Cause::NotReady
            | Cause::Redundant,
        ) => Some((AlarmKind::SensorStale, cause.name())),
        (
            _,
            Cause::DeviceError
            | Cause::Disconnected
            | Cause::SignalLost
            | Cause::OutOfRange
            | Cause::NotFinite
            | Cause::Rate
            | Cause::Saturated
            | Cause::None
            | Cause::NearZero
            | Cause::Estimated,
        ) => Some((AlarmKind::SensorBad, cause.name())),
    }
}

/// What the estimators say against a signal that seems well.
fn estimated(scene: &Scene<'_>, index: u16) -> Option<(AlarmKind, &'static str)> {
    let estimates = &scene.outputs.estimates;
    let says = |bits: u64| bits & 1u64.wrapping_shl(u32::from(index)) != 0;
    if says(estimates.frozen) {
        Some((AlarmKind::SensorFrozen, "frozen"))
    } else if says(estimates.disagrees) {
        Some((AlarmKind::SensorDisagrees, "contradicted"))
    } else if says(estimates.erratic) {
        Some((AlarmKind::SensorBad, "erratic"))
    } else {
        None
    }
}

/// Whether something else says it already, or it is too early to say.
fn skipped(
    scene: &Scene<'_>,
    hosts: &hosts::Memory,
    settings: &SignalSettings,
    kind: AlarmKind,
    arriving: bool,
) -> bool {
    let explained = |index: u16| {
        let driver = scene.settings.alarms.topology.driver_of(index);
        driver.is_some_and(|driver| hosts.explains(scene, driver))
    };
    let mut sources = settings.sources.iter().flatten().map(|source| source.index);
    match kind {
        AlarmKind::SensorRedundant => sources.next().is_some_and(explained),
        // Before a case nobody has been asked to zero anything.
        AlarmKind::SensorNotZeroed => !scene.running(),
        AlarmKind::SensorStale | AlarmKind::SensorBad => {
            let flow_alarm = settings.role == Role::BloodFlow && scene.running();
            let unusable = scene.view.signal(settings.role).is_some_and(|reading| usable(&reading).is_err());
            let line = settings.role == Role::PumpSpeed && scene.line_is_silent();
            arriving || line || (flow_alarm && unusable) || sources.all(explained)
        }
        _ => false,
    }
}
