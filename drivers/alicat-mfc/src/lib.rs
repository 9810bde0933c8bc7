// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver for the Alicat mass flow controller: sweep gas over Modbus RTU, both generations of its register map.
//!
//! It finds out by reading which generation it speaks to, reads flow, pressure, temperature and setpoint, and writes a
//! setpoint when, and only when, one is demanded that the device does not follow already.
#![forbid(unsafe_code)]

pub mod config;
pub mod convert;
mod probe;
pub mod registers;
pub mod setpoint;
pub mod status;

use config::{Config, LARGEST_FLOW};
use ecmod_plugin::quantities::{Cause, Monotonic, Quantity, Span};
use ecmod_plugin::{
    Bus, Command, Demands, Driver, Error, Findings, Hold, Host, Info, Level, ModbusUnit, Samples, Signal,
    c_text,
};
use probe::{Found, Reading, probe};
use setpoint::Setpoint;
use status::Status;

/// Indices of the signals.
pub mod signal {
    /// Mass flow.
    pub const MASS_FLOW: usize = 0;
    /// Absolute gas pressure.
    pub const PRESSURE: usize = 1;
    /// Gas temperature.
    pub const TEMPERATURE: usize = 2;
    /// The setpoint that the device follows.
    pub const SETPOINT: usize = 3;
    /// Status flags.
    pub const STATUS: usize = 4;
}

/// Index of the command.
pub const FLOW: usize = 0;

/// The values are read no more often than this, half a period: a cycle that comes early only writes.
const READ_EVERY: Span = Span::from_millis(50);

/// One controller.
#[derive(Debug)]
pub struct AlicatMfc {
    host: Host,
    unit: ModbusUnit,
    config: Config,
    found: Found,
    setpoint: Setpoint,
    status: Status,
    next_read: Monotonic,
    link: Result<(), Error>,
    writing: Result<(), Error>,
}

impl Driver for AlicatMfc {
    const INFO: Info = Info::new(
        c"alicat,mfc",
        c_text!(env!("CARGO_PKG_VERSION")),
        c"MIT OR Apache-2.0",
        c"Alicat mass flow controller (sweep gas) over Modbus RTU",
    )
    .needs(Bus::Modbus)
    .period(Span::from_millis(100))
    .budget(Span::from_millis(100))
    .config_schema(config::SCHEMA)
    .signals(&[
        Signal::new(c"mass_flow", Quantity::GasFlow, (-5.0, LARGEST_FLOW)).label(c"Sweep gas flow, measured"),
        Signal::new(c"pressure", Quantity::GasPressure, (0.0, 20.0)).label(c"Gas pressure, absolute"),
        Signal::new(c"temperature", Quantity::Temperature, (-20.0, 100.0)).label(c"Gas temperature"),
        Signal::new(c"setpoint", Quantity::GasFlow, (0.0, LARGEST_FLOW))
            .label(c"Setpoint that the controller follows"),
        Signal::new(c"status", Quantity::Code, (0.0, 65_535.0)).label(c"Status flags"),
    ])
    .commands(&[Command::new(c"flow", Quantity::GasFlow, (0.0, LARGEST_FLOW)).label(c"Sweep gas flow")]);

    type Config = Config;

    fn open(host: Host, config: Config) -> Result<Self, Error> {
        host.accept(config.problem())?;
        let timeout = Span::from_millis(u64::from(config.timeout_ms.unwrap_or(0)));
        let unit = host.modbus(config.unit).timeout(timeout);
        let found = probe(&host, &unit, &config)?;
        let text = format!(
            "found a generation {:?} controller, floats {:?}, read with {:?} registers {:?}; its setpoint {} be read back",
            found.variant.generation,
            found.order,
            found.variant.function,
            found.variant.blocks,
            if found.variant.setpoint.is_some() { "can" } else { "cannot" }
        );
        host.log(Level::Info, &text);
        let next_read = host.now();
        let mut driver = Self {
            host,
            unit,
            config,
            found,
            setpoint: Setpoint::default(),
            status: Status::default(),
            next_read,
            link: Ok(()),
            writing: Ok(()),
        };
        if let Some(setpoint) = driver.found.read(&driver.unit, &driver.config)?.setpoint {
            driver.setpoint.read_back(setpoint); // taken over as it is
        }
        Ok(driver)
    }

    fn cycle(
        &mut self,
        now: Monotonic,
        demands: &Demands<'_>,
        samples: &mut Samples<'_>,
    ) -> Result<(), Error> {
        // A controller that was silent is asked before it is told: one timeout a cycle.
        if let (Some(demand), Ok(())) = (demands.get(FLOW), self.link) {
            let outcome = self.demand(demand.value.min(self.config.maximum_flow_l_min), now);
            self.note_write(outcome);
        }
        if now >= self.next_read {
            self.next_read = now.plus(READ_EVERY);
            let t = self.host.now();
            let outcome = self.found.read(&self.unit, &self.config);
            match outcome {
                Ok(reading) => self.deliver(&reading, t, samples),
                Err(error) => samples.all_bad(error.cause(), t),
            }
            self.note_link(outcome.map(|_| ()));
        }
        Ok(())
    }

    fn self_test(&mut self, findings: &mut Findings<'_>) -> Result<(), Error> {
        let reading = self.found.read(&self.unit, &self.config)?;
        findings.passed(c"the controller answers");
        match reading.status {
            Some(status) if status.flow_fault().is_some() => {
                findings.failed(
                    c"the controller measures",
                    c"Its status flags say otherwise: the log names them.",
                );
            }
            _ => findings.passed(c"the controller measures"),
        }
        Ok(())
    }

    fn holds_on_link_loss(&self) -> Hold {
        Hold::Unverified // it keeps its setpoint [K]; nothing in its register map says so
    }
}

impl AlicatMfc {
    fn demand(&mut self, demanded: f64, now: Monotonic) -> Result<(), Error> {
        let Some(flow) = self.setpoint.to_write(demanded, now) else { return Ok(()) };
        let registers = convert::registers(self.config.flow_unit.from_litres(flow), self.found.order);
        self.unit.write_registers(self.found.variant.setpoint_write, &registers)?;
        self.setpoint.acknowledged(flow, now, self.found.variant.setpoint.is_some());
        if self.setpoint.has_just_proved_deaf() {
            self.host.log(
                Level::Error,
                "the controller acknowledges its setpoint and does not follow it: is its setpoint source set to serial?",
            );
        }
        Ok(())
    }

    fn deliver(&mut self, reading: &Reading, t: Monotonic, samples: &mut Samples<'_>) {
        let status = reading.status.unwrap_or_default();
        let mut put = |index: usize, value: f64, fault: Option<Cause>| match fault {
            Some(cause) => samples.bad(index, cause, t),
            None => samples.good(index, value, t),
        };
        put(signal::MASS_FLOW, reading.mass_flow, status.flow_fault());
        put(signal::PRESSURE, reading.pressure, status.pressure_fault());
        put(signal::TEMPERATURE, reading.temperature, status.temperature_fault());
        if let Some(setpoint) = reading.setpoint {
            put(signal::SETPOINT, setpoint, None);
            if setpoint.is_finite() {
                self.setpoint.read_back(setpoint);
            }
        }
        if let Some(status) = reading.status {
            put(signal::STATUS, f64::from(status.0), None);
            for flag in status.new_since(self.status) {
                self.host.log(Level::Warning, &format!("status flag {:#06x}: {}", flag.mask, flag.meaning));
            }
            self.status = status;
        }
    }

    fn note_write(&mut self, outcome: Result<(), Error>) {
        if self.writing == outcome {
            return;
        }
        self.writing = outcome;
        match outcome {
            Ok(()) => self.host.log(Level::Info, "the controller takes its setpoint again"),
            Err(error) => {
                let text = format!("a setpoint could not be written: {error}; it is written again");
                self.host.log(Level::Warning, &text);
            }
        }
    }

    fn note_link(&mut self, outcome: Result<(), Error>) {
        match (core::mem::replace(&mut self.link, outcome), outcome) {
            (Ok(()), Err(error)) => {
                let text = format!("the controller does not answer: {error}; it goes on as it is");
                self.host.log(Level::Warning, &text);
                self.setpoint.forget();
            }
            (Err(_), Ok(())) => self.host.log(Level::Info, "the controller answers again"),
            (Ok(()), Ok(())) | (Err(_), Err(_)) => {}
        }
    }
}

ecmod_plugin::export_driver!(AlicatMfc);

#[cfg(test)]
mod tests;
