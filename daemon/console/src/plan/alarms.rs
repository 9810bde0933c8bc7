// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the core is told of alarms and interventions: the organisation's presets and policies, and what belongs to what.

use ecmod_config::{Configuration, Policy};
use ecmod_control::{
    AlarmSettings, InterventionKind, InterventionPlan, InterventionPolicy, InterventionSettings, LimitKind,
    Limits, MAX_DRIVERS, MAX_SOURCES, PatientClass, Topology,
};

use super::{DriverPlan, PlanError, SourcePlan};

pub(super) fn alarms(
    configuration: &Configuration,
    sources: &[SourcePlan],
    drivers: &[DriverPlan],
) -> Result<AlarmSettings, PlanError> {
    let written = &configuration.alarms;
    let mut settings = AlarmSettings {
        class: class(written.patient_class),
        audio_pause: written.audio_pause,
        delay_percent: written.delay_percent,
        transport: written.planned_transport,
        mains_expected: written.mains_expected,
        topology: topology(configuration, sources, drivers),
        ..AlarmSettings::usual()
    };
    for (of, limits) in &written.presets {
        let class = class(*of);
        let mut preset = settings.preset(class);
        for (name, value) in limits {
            put(&mut preset, name, *value);
        }
        if let Some((limit, with)) = preset.conflict() {
            return Err(PlanError::Preset { class: class.name(), limit: limit.name(), with: with.name() });
        }
        if let Some(place) = settings.presets.get_mut(class as usize) {
            *place = preset;
        }
    }
    Ok(settings)
}

const fn class(of: ecmod_config::PatientClass) -> PatientClass {
    match of {
        ecmod_config::PatientClass::Adult => PatientClass::Adult,
        ecmod_config::PatientClass::Paediatric => PatientClass::Paediatric,
        ecmod_config::PatientClass::Neonate => PatientClass::Neonate,
    }
}

/// A checked configuration has the core's names and ranges; a test holds the two together.
fn put(preset: &mut Limits, name: &str, value: f64) {
    if let Some(limit) = LimitKind::from_name(name) {
        preset.put(limit, Some(value));
    }
}

/// Which driver delivers a source, which port has a driver, and which driver has the pump.
fn topology(configuration: &Configuration, sources: &[SourcePlan], drivers: &[DriverPlan]) -> Topology {
    let driver = |id: &str| drivers.iter().position(|driver| driver.id == id).and_then(short);
    let mut topology = Topology { sources: [None; MAX_SOURCES], ports: [None; MAX_DRIVERS], pump: None };
    for (place, source) in topology.sources.iter_mut().zip(sources) {
        *place = driver(&source.endpoint.driver);
    }
    for (place, driver) in topology.ports.iter_mut().zip(drivers) {
        *place = short(driver.port);
    }
    topology.pump = configuration.commands.get("pump_speed").and_then(|target| driver(&target.driver));
    topology
}

fn short(index: usize) -> Option<u16> {
    u16::try_from(index).ok()
}

pub(super) fn interventions(configuration: &Configuration) -> InterventionSettings {
    let written = &configuration.interventions;
    let mut settings = InterventionSettings::usual();
    settings.override_lasts = written.override_lasts.unwrap_or(settings.override_lasts);
    for (name, changes) in &written.by_name {
        let Some(kind) = InterventionKind::from_name(name) else { continue };
        let usual = settings.of(kind);
        let policy = changes.policy.map_or(usual.policy, |policy| match policy {
            Policy::Act => InterventionPolicy::Act,
            Policy::AlarmOnly => InterventionPolicy::AlarmOnly,
        });
        let longest = changes.longest.unwrap_or(usual.longest);
        let rearm = changes.rearm.unwrap_or(usual.rearm);
        settings.set(kind, InterventionPlan { policy, longest, rearm });
    }
    settings
}
