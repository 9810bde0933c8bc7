// SPDX-License-Identifier: MIT OR Apache-2.0
//! From the configuration to numbers: which index is which port, driver, source and signal, and the core's settings.
//!
//! The control thread and the core know indices only; names are given back to them here, for hosts, D-Bus and logs. The plan
//! is made once and never changes.

mod alarms;

use std::collections::BTreeMap;

use ecmod_config::{Configuration, Endpoint};
use ecmod_control::{
    Gains, LimitSettings, MAX_DRIVERS, MAX_SIGNALS, MAX_SOURCES, PumpPreset, Role, Settings, SettingsProblem,
    SignalSettings, SourceSettings, SpeedSettings, Vote, ZeroPolicy,
};
use ecmod_quantities::{PerSecond, Quantity, Rpm};

use crate::control_thread::channels::MAX_PORTS;
use crate::control_thread::command::Command;
use crate::journal::zeros::Zeros;

/// Everything that is known before the first host connects.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What the core is made of.
    pub settings: Settings,
    /// By the core's signal index.
    pub signals: Vec<SignalPlan>,
    /// By source index.
    pub sources: Vec<SourcePlan>,
    /// By port index, in the order of their names.
    pub ports: Vec<PortPlan>,
    /// In the order of their ids.
    pub drivers: Vec<DriverPlan>,
    /// Who carries out which command.
    pub commands: Vec<(Command, Endpoint)>,
}

/// A signal of the console.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalPlan {
    /// Its role.
    pub name: String,
    /// For people.
    pub label: String,
    /// What it is.
    pub quantity: Quantity,
    /// Lowest plausible value.
    pub minimum: f64,
    /// Highest plausible value.
    pub maximum: f64,
    /// Its sources in the order of preference, as `driver.signal`.
    pub sources: Vec<String>,
}

/// A signal of a driver that a signal of the console is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct SourcePlan {
    /// Whose signal, and which.
    pub endpoint: Endpoint,
    /// What it has to be.
    pub quantity: Quantity,
}

/// A port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortPlan {
    /// Its name.
    pub name: String,
    /// What kind of bus.
    pub kind: &'static str,
    /// Device node or address.
    pub device: String,
}

/// A driver instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriverPlan {
    /// Its id.
    pub id: String,
    /// Index of its port.
    pub port: usize,
    /// The configured library.
    pub library: String,
}

/// A configuration that is right in itself and that this daemon cannot run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// More of something than there is room for.
    #[error("{count} {what} are configured, at most {most} are possible")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        most: usize,
    },
    /// A driver on a port that is not there.
    #[error("driver {driver} is on port {port}, which is not configured")]
    NoSuchPort {
        /// The driver.
        driver: String,
        /// The port.
        port: String,
    },
    /// The limits of a preset contradict each other.
    #[error(
        "[alarms.{class}]: {limit} must stay below {with}; what is not written there is the usual limit of the class"
    )]
    Preset {
        /// The class of patients.
        class: &'static str,
        /// One limit.
        limit: &'static str,
        /// The one that has to be above it.
        with: &'static str,
    },
    /// The core does not take the settings.
    #[error("the control core refuses the settings: {0}")]
    Settings(SettingsProblem),
}

impl Plan {
    /// The plan of a checked configuration.
    ///
    /// # Errors
    /// What does not fit.
    pub fn new(configuration: &Configuration) -> Result<Self, PlanError> {
        at_most("ports", configuration.ports.len(), MAX_PORTS)?;
        at_most("signals", configuration.signals.len(), MAX_SIGNALS)?;
        let ports: Vec<PortPlan> = configuration
            .ports
            .iter()
            .map(|(name, port)| PortPlan {
                name: name.clone(),
                kind: port.kind.name(),
                device: port.device(),
            })
            .collect();
        let drivers = plan_drivers(configuration, &ports)?;
        let sources = plan_sources(configuration);
        at_most("sources", sources.len(), MAX_SOURCES)?;
        at_most("drivers", drivers.len(), MAX_DRIVERS)?;
        let settings = Settings {
            alarms: alarms::alarms(configuration, &sources, &drivers)?,
            interventions: alarms::interventions(configuration),
            ..plan_settings(configuration, &sources)
        };
        settings.check().map_err(PlanError::Settings)?;
        let signals = configuration
            .signals
            .iter()
            .map(|(name, signal)| SignalPlan {
                name: name.clone(),
                label: signal.label.clone(),
                quantity: signal.quantity,
                minimum: signal.minimum,
                maximum: signal.maximum,
                sources: signal.sources.iter().map(|source| source.endpoint.to_string()).collect(),
            })
            .collect();
        let commands = configuration
            .commands
            .iter()
            .filter_map(|(name, target)| Some((Command::from_name(name)?, target.clone())))
            .collect();
        Ok(Self { settings, signals, sources, ports, drivers, commands })
    }

    /// Takes up zeros from before. Those of sources that are not configured any more wait for the day they are again.
    pub fn recall(&mut self, zeros: &Zeros) {
        for source in
            self.settings.signals.iter_mut().flatten().flat_map(|signal| signal.sources.iter_mut().flatten())
        {
            let planned = self.sources.get(usize::from(source.index));
            source.zero =
                planned.and_then(|planned| zeros.of(&planned.endpoint.to_string())).map(|zero| zero.value);
        }
    }

    /// The index of the port with this name.
    #[must_use]
    pub fn port(&self, name: &str) -> Option<usize> {
        self.ports.iter().position(|port| port.name == name)
    }
}

fn at_most(what: &'static str, count: usize, most: usize) -> Result<(), PlanError> {
    if count <= most { Ok(()) } else { Err(PlanError::TooMany { what, count, most }) }
}

fn plan_drivers(configuration: &Configuration, ports: &[PortPlan]) -> Result<Vec<DriverPlan>, PlanError> {
    configuration
        .drivers
        .iter()
        .map(|(id, driver)| {
            let port = ports
                .iter()
                .position(|port| port.name == driver.port)
                .ok_or_else(|| PlanError::NoSuchPort { driver: id.clone(), port: driver.port.clone() })?;
            Ok(DriverPlan { id: id.clone(), port, library: driver.library.display().to_string() })
        })
        .collect()
}

/// Every endpoint once, even if two signals are made of it.
fn plan_sources(configuration: &Configuration) -> Vec<SourcePlan> {
    let mut quantities: BTreeMap<&Endpoint, Quantity> = BTreeMap::new();
    for signal in configuration.signals.values() {
        for source in &signal.sources {
            quantities.entry(&source.endpoint).or_insert(signal.quantity);
        }
    }
    quantities
        .into_iter()
        .map(|(endpoint, quantity)| SourcePlan { endpoint: endpoint.clone(), quantity })
        .collect()
}

fn plan_settings(configuration: &Configuration, sources: &[SourcePlan]) -> Settings {
    let control = &configuration.control;
    let preset = match control.pump {
        ecmod_config::PumpPreset::RotaflowLike => PumpPreset::RotaflowLike,
        ecmod_config::PumpPreset::CentrimagLike => PumpPreset::CentrimagLike,
        ecmod_config::PumpPreset::Dp3Like => PumpPreset::Dp3Like,
    };
    let usual = Settings::for_pump(preset);
    let mut settings = Settings {
        period: configuration.console.period,
        speed: SpeedSettings {
            minimum: control.minimum_speed,
            maximum: control.maximum_speed,
            slew: Rpm(control.slew_rpm_per_s),
        },
        limits: LimitSettings {
            floor: control
                .floor_speed
                .unwrap_or(usual.limits.floor)
                .within(control.minimum_speed, control.maximum_speed),
        },
        ..usual
    };
    settings.flow.maximum = control.maximum_flow;
    settings.flow.gains = Gains {
        proportional: control.proportional_gain.unwrap_or(usual.flow.gains.proportional),
        integral: control.integral_gain.unwrap_or(usual.flow.gains.integral),
    };
    for (place, (name, signal)) in settings.signals.iter_mut().zip(&configuration.signals) {
        *place = Some(plan_signal(name, signal, sources));
    }
    settings
}

fn plan_signal(name: &str, signal: &ecmod_config::Signal, sources: &[SourcePlan]) -> SignalSettings {
    let mut settings = SignalSettings {
        role: Role::from_name(name),
        quantity: signal.quantity,
        minimum: signal.minimum,
        maximum: signal.maximum,
        max_slew: signal.max_slew.map(PerSecond),
        longest_age: signal.longest_age,
        filter: signal.filter,
        vote: match signal.vote {
            ecmod_config::Vote::FirstGood => Vote::FirstGood,
            ecmod_config::Vote::Median => Vote::Median,
        },
        tolerance: SignalSettings::usual_tolerance(signal.quantity),
        zero: match signal.zero {
            ecmod_config::Zero::Optional => ZeroPolicy::Optional,
            ecmod_config::Zero::Required => ZeroPolicy::Required,
        },
        sources: [None; ecmod_control::SOURCES_PER_SIGNAL],
    };
    for (place, source) in settings.sources.iter_mut().zip(&signal.sources) {
        let index = sources.iter().position(|planned| planned.endpoint == source.endpoint);
        *place = index.and_then(|index| u16::try_from(index).ok()).map(|index| SourceSettings {
            index,
            offset: source.offset,
            gain: source.gain,
            zero: None,
        });
    }
    settings
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
