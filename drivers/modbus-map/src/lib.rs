// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver for any Modbus device that a configuration describes: which register is which signal, in which type, word
//! order and scale, and which command is which register. No code is needed for a transmitter with a register list.
//!
//! It reads with as few requests as possible and writes only what is demanded and differs. A request that fails makes
//! only its own signals bad.
#![forbid(unsafe_code)]

mod check;
pub mod config;
pub mod number;
pub mod plan;
mod poll;
mod write;

use config::Config;
use ecmod_plugin::quantities::{Monotonic, Span};
use ecmod_plugin::{
    Bus, Demands, Driver, Error, Findings, Hold, Host, Info, Level, ModbusUnit, Samples, Table, c_text,
};
use poll::{Heard, Poller};
use write::Writer;

/// One device.
#[derive(Debug)]
pub struct ModbusMap {
    host: Host,
    unit: ModbusUnit,
    signals: Vec<config::Signal>,
    table: Table,
    poller: Poller,
    writers: Vec<Writer>,
    answers: bool,
}

impl Driver for ModbusMap {
    const INFO: Info = Info::new(
        c"generic,modbus-map",
        c_text!(env!("CARGO_PKG_VERSION")),
        c"MIT OR Apache-2.0",
        c"Any Modbus device, described in configuration alone",
    )
    .needs(Bus::Modbus)
    .period(Span::from_millis(100))
    .budget(Span::from_millis(100))
    .config_schema(c_text!(include_str!("schema.json")));

    type Config = Config;

    fn open(host: Host, config: Config) -> Result<Self, Error> {
        let table = check::table(&config).map_err(|problems| {
            for problem in problems {
                host.log(Level::Error, &problem);
            }
            Error::Config
        })?;
        let timeout = Span::from_millis(u64::from(config.timeout_ms.unwrap_or(0)));
        let unit = host.modbus(config.unit).timeout(timeout);
        let poller = Poller::new(&config);
        let text = format!("{} signals are read with {} requests", config.signals.len(), poller.requests());
        host.log(Level::Info, &text);
        let writers = config.commands.into_iter().map(Writer::new).collect();
        Ok(Self { host, unit, signals: config.signals, table, poller, writers, answers: true })
    }

    fn describe(&self) -> Option<&Table> {
        Some(&self.table)
    }

    fn cycle(
        &mut self,
        now: Monotonic,
        demands: &Demands<'_>,
        samples: &mut Samples<'_>,
    ) -> Result<(), Error> {
        // A device that was silent is asked before it is told, and one timeout ends the cycle.
        if self.answers {
            for (index, writer) in self.writers.iter_mut().enumerate() {
                if let Some(demand) = demands.get(index)
                    && writer.demand(demand.value, &self.host, &self.unit, now) == Err(Error::Timeout)
                {
                    self.answers = self.signals.is_empty(); // without signals nothing else tells when it is back
                    return Ok(());
                }
            }
        }
        match self.poller.poll(&self.host, &self.unit, &self.signals, samples) {
            Heard::Nothing => {}
            Heard::Answer => self.answers = true,
            Heard::Silence => {
                self.answers = false;
                self.writers.iter_mut().for_each(Writer::forget);
            }
        }
        Ok(())
    }

    fn self_test(&mut self, findings: &mut Findings<'_>) -> Result<(), Error> {
        if self.answers {
            findings.passed(c"the device answers");
        } else {
            findings.failed(
                c"the device answers",
                c"No answer: check the line, the unit address and the baud rate.",
            );
        }
        Ok(())
    }

    fn holds_on_link_loss(&self) -> Hold {
        // Nothing in a register list says it.
        if self.writers.is_empty() { Hold::NotApplicable } else { Hold::Unverified }
    }
}

ecmod_plugin::export_driver!(ModbusMap);

#[cfg(test)]
mod tests;
