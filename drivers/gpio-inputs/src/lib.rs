// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver for level switches, bubble detectors, keys and speed sensors on GPIO lines.
//!
//! It says what its lines say, and when they cannot be believed: a cut cable is never "no bubble". It decides nothing about the
//! pump.
//!
//! # Where things are
//! Pure: [`level`], [`bubble`], [`key`], [`tacho`], [`debounce`]. With lines: [`edges`], [`alive`], [`input`]. Here: one cycle over all.
#![forbid(unsafe_code)]

pub mod alive;
pub mod bubble;
pub mod config;
pub mod debounce;
pub mod edges;
pub mod input;
pub mod key;
pub mod level;
pub mod outcome;
pub mod tacho;

use config::Config;
use ecmod_plugin::quantities::{Cause, Monotonic, Span};
use ecmod_plugin::{
    Bus, Demands, Driver, Error, Findings, Host, Info, Level as LogLevel, Samples, Table, TableBuilder,
    c_text,
};
use input::{Input, Report};

/// All inputs of one port.
#[derive(Debug)]
pub struct GpioInputs {
    host: Host,
    table: Table,
    /// Each with what was wrong with it when that was last logged.
    inputs: Vec<(Input, Option<Cause>)>,
}

impl Driver for GpioInputs {
    const INFO: Info = Info::new(
        c"ecmod,gpio-inputs",
        c_text!(env!("CARGO_PKG_VERSION")),
        c"MIT OR Apache-2.0",
        c"Level, bubble, key and speed inputs on GPIO lines",
    )
    .needs(Bus::Gpio)
    .period(Span::from_millis(20))
    .budget(Span::from_millis(20))
    .config_schema(config::SCHEMA);

    type Config = Config;

    fn open(host: Host, config: Config) -> Result<Self, Error> {
        host.accept(config.problem())?;
        let mut table = TableBuilder::new();
        let mut inputs = Vec::with_capacity(config.inputs.len());
        for config in &config.inputs {
            let input = Input::new(&host, config, &mut table)
                .map_err(|error| explain(&host, config.name(), error))?;
            inputs.push((input, None));
        }
        Ok(Self { host, table: table.build(), inputs })
    }

    fn describe(&self) -> Option<&Table> {
        Some(&self.table)
    }

    fn cycle(&mut self, _: Monotonic, _: &Demands<'_>, samples: &mut Samples<'_>) -> Result<(), Error> {
        let mut is_urgent = false;
        for (input, known) in &mut self.inputs {
            let report: Report = input.cycle(&self.host, samples);
            is_urgent |= report.is_urgent;
            if core::mem::replace(known, report.trouble) != report.trouble {
                note(&self.host, &input.name, report.trouble);
            }
        }
        if is_urgent {
            // On a host that knows no urgency it is delivered with the next tick.
            let _ = self.host.urgent();
        }
        Ok(())
    }

    fn self_test(&mut self, findings: &mut Findings<'_>) -> Result<(), Error> {
        const INPUTS: &core::ffi::CStr = c"the inputs are in order";
        let mut all = true;
        for (input, _) in &mut self.inputs {
            if let Some(complaint) = input.complaint(&self.host) {
                all = false;
                findings.failed(INPUTS, complaint);
                let text =
                    format!("self test: input `{}`: {}", input.name, complaint.to_str().unwrap_or_default());
                self.host.log(LogLevel::Warning, &text);
            }
        }
        if all {
            findings.passed(INPUTS);
        }
        Ok(())
    }
}

/// Says why an input could not be opened; a line whose edges nobody listens to is a mistake of the configuration.
fn explain(host: &Host, name: &str, error: Error) -> Error {
    let (text, error) = match error {
        Error::Invalid => ("its line needs `edge` in the port's configuration".to_owned(), Error::Config),
        Error::NotFound => ("one of its lines is none of the port's".to_owned(), error),
        Error::Config => (
            "its name is no name for signals ([a-z][a-z0-9_]*, 42 characters), or there is another one"
                .to_owned(),
            error,
        ),
        _ => (error.to_string(), error),
    };
    host.log(LogLevel::Error, &format!("input `{name}`: {text}"));
    error
}

fn note(host: &Host, name: &str, trouble: Option<Cause>) {
    match trouble {
        None => host.log(LogLevel::Info, &format!("input `{name}` is in order")),
        Some(Cause::NotReady) => {} // it has just been opened
        Some(Cause::SignalLost) => {
            host.log(LogLevel::Warning, &format!("input `{name}`: no sign of life from its detector"));
        }
        Some(cause) => {
            host.log(LogLevel::Warning, &format!("input `{name}` cannot be read: {}", cause.name()))
        }
    }
}

ecmod_plugin::export_driver!(GpioInputs);

#[cfg(test)]
mod tests;
