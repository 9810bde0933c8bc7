// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a host may come in, and what its slots mean: a hello against the plan. Pure, so that every case is a test.
//!
//! What makes the host as a whole untrustworthy (an unknown port, a driver that belongs elsewhere) refuses it. What
//! concerns one signal or command only leaves that one out and is said in the log: half a host is better than none.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use ecmod_control::{Annunciation, ClampPosition, Settings};
use ecmod_link::message::{CommandHello, DriverHello, DriverState, Hello};
use ecmod_quantities::{PerSecond, Quantity, Span};

use crate::control_thread::attachment::{Declared, Input};
use crate::control_thread::command::{Command, Output};
use crate::plan::Plan;

/// What a host is to the console.
#[derive(Debug)]
pub struct Admission {
    /// Index of its port.
    pub port: usize,
    /// The slots that are sources.
    pub inputs: Vec<Input>,
    /// The slots that take commands.
    pub outputs: Vec<Output>,
    /// Whether each driver runs, by its id; to be kept up to date by whoever hears of it.
    pub drivers: Vec<(String, Arc<AtomicBool>)>,
    /// What was left out, and why.
    pub remarks: Vec<String>,
}

/// Why a host is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Its port is not configured.
    #[error("port {0} is not in the daemon's configuration")]
    UnknownPort(String),
    /// It has a driver that is not configured.
    #[error("driver {0} is not in the daemon's configuration")]
    UnknownDriver(String),
    /// It has a driver of another port.
    #[error("driver {driver} belongs to port {port}")]
    OtherPort {
        /// The driver.
        driver: String,
        /// Where it belongs.
        port: String,
    },
    /// Another host has the port.
    #[error("port {port} already has a host, process {pid}, which is alive")]
    Taken {
        /// The port.
        port: String,
        /// The process.
        pid: u32,
    },
    /// The daemon cannot take it now.
    #[error("not now: {0}")]
    NotNow(String),
}

/// Judges a hello.
///
/// # Errors
/// Why the host is refused.
pub fn admit(plan: &Plan, hello: &Hello) -> Result<Admission, Refused> {
    let port = plan.port(&hello.port).ok_or_else(|| Refused::UnknownPort(hello.port.clone()))?;
    for driver in &hello.drivers {
        check_belongs(plan, port, driver)?;
    }
    let mut admission =
        Admission { port, inputs: Vec::new(), outputs: Vec::new(), drivers: Vec::new(), remarks: Vec::new() };
    for driver in &hello.drivers {
        let runs = AtomicBool::new(driver.state == DriverState::Running);
        admission.drivers.push((driver.id.clone(), Arc::new(runs)));
    }
    admission.note_missing_drivers(plan, hello);
    admission.map_sources(plan, hello);
    admission.map_commands(plan, hello);
    Ok(admission)
}

fn check_belongs(plan: &Plan, port: usize, driver: &DriverHello) -> Result<(), Refused> {
    let planned = plan.drivers.iter().find(|planned| planned.id == driver.id);
    let planned = planned.ok_or_else(|| Refused::UnknownDriver(driver.id.clone()))?;
    if planned.port == port {
        return Ok(());
    }
    let port = plan.ports.get(planned.port).map_or_else(String::new, |port| port.name.clone());
    Err(Refused::OtherPort { driver: driver.id.clone(), port })
}

impl Admission {
    fn note_missing_drivers(&mut self, plan: &Plan, hello: &Hello) {
        for planned in plan.drivers.iter().filter(|planned| planned.port == self.port) {
            if !hello.drivers.iter().any(|driver| driver.id == planned.id) {
                self.remarks.push(format!(
                    "driver {} is configured for this port, the host does not have it",
                    planned.id
                ));
            }
        }
    }

    fn map_sources(&mut self, plan: &Plan, hello: &Hello) {
        for (index, source) in plan.sources.iter().enumerate() {
            let endpoint = &source.endpoint;
            let Some(driver) = hello.drivers.iter().find(|driver| driver.id == endpoint.driver) else {
                continue;
            };
            let signal = driver.signals.iter().find(|signal| signal.name == endpoint.name);
            match (signal, hello.input(&driver.id, &endpoint.name)) {
                (Some(signal), Some(_)) if signal.quantity != source.quantity => {
                    self.remarks.push(wrong_quantity(
                        &endpoint.to_string(),
                        signal.quantity,
                        source.quantity,
                    ));
                }
                (Some(signal), Some(slot)) => {
                    let declared = Declared {
                        bounds: signal.bounds(),
                        longest_age: Span(signal.longest_age_ns),
                        max_slew: (signal.max_slew > 0.0).then_some(PerSecond(signal.max_slew)),
                    };
                    self.inputs.push(Input::new(slot, index, declared));
                }
                _ if has_no_tables_yet(driver) => {}
                _ => self
                    .remarks
                    .push(format!("{endpoint} is configured as a source, the driver has no such signal")),
            }
        }
    }

    fn map_commands(&mut self, plan: &Plan, hello: &Hello) {
        for (command, endpoint) in &plan.commands {
            let Some(driver) = hello.drivers.iter().find(|driver| driver.id == endpoint.driver) else {
                continue;
            };
            let declared = driver.commands.iter().find(|declared| declared.name == endpoint.name);
            let (Some(declared), Some(slot)) = (declared, hello.output(&driver.id, &endpoint.name)) else {
                if !has_no_tables_yet(driver) {
                    self.remarks
                        .push(format!("{endpoint} is configured for a command, the driver has no such one"));
                }
                continue;
            };
            if let Some(problem) = unfit(*command, declared, &endpoint.to_string()) {
                self.remarks.push(problem);
                continue;
            }
            self.remarks.extend(too_narrow(*command, declared, &endpoint.to_string(), &plan.settings));
            let held = driver.held.iter().find(|held| held.command == endpoint.name);
            if held.is_some_and(|held| held.returned) {
                self.remarks.push(format!(
                    "{endpoint}: the host has given back what was lowered for a while, since there was no daemon; it goes on from there"
                ));
            }
            let (held, local) = (held.map(|held| held.value), held.is_some_and(|held| held.local));
            let runs = self.drivers.iter().find(|(id, _)| *id == driver.id);
            let runs = runs.map_or_else(Arc::default, |(_, runs)| Arc::clone(runs));
            let output = Output::new(slot, *command, declared.bounds(), held, runs);
            self.outputs.push(output.set_by_keys(local));
        }
    }
}

/// A driver whose library is missing or whose device has not been found may not know its tables.
const fn has_no_tables_yet(driver: &DriverHello) -> bool {
    driver.signals.is_empty() && driver.commands.is_empty() && !matches!(driver.state, DriverState::Running)
}

fn unfit(command: Command, declared: &CommandHello, endpoint: &str) -> Option<String> {
    let (quantity, pump) = (command.quantity(), command.is_pump());
    if declared.quantity != quantity {
        Some(wrong_quantity(endpoint, declared.quantity, quantity))
    } else if declared.pump != pump {
        let what = if declared.pump { "moves blood" } else { "is not a pump's" };
        Some(format!("{endpoint} cannot carry out this command: the driver says that it {what}"))
    } else {
        None
    }
}

fn too_narrow(
    command: Command,
    declared: &CommandHello,
    endpoint: &str,
    settings: &Settings,
) -> Option<String> {
    let wanted = match command {
        Command::PumpSpeed => settings.speed.maximum.value(),
        Command::SweepGasFlow => settings.sweep_gas_maximum.value(),
        Command::Clamp(_) => ClampPosition::Closed.value(),
        Command::AlarmLamp | Command::AlarmSound => Annunciation::High.value(),
    };
    let unit = declared.quantity.unit();
    (declared.max < wanted).then(|| {
        format!(
            "{endpoint} goes up to {} {unit} only, {wanted} {unit} are allowed: demands are cut off there",
            declared.max
        )
    })
}

fn wrong_quantity(endpoint: &str, found: Quantity, wanted: Quantity) -> String {
    format!("{endpoint} is left out: it is a {}, a {} is wanted", found.name(), wanted.name())
}

#[cfg(test)]
#[path = "admission_tests.rs"]
mod tests;
