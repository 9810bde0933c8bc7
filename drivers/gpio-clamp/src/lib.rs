// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver for a bistable tubing clamp with two coils and two position switches on GPIO lines.
//!
//! It moves the clamp once for each new demand and says where it is. Without a demand, after a fault, after a restart, the clamp
//! holds its position: this driver never decides that one should be open or closed.
//!
//! # Where things are
//! [`switches`]: what the two switches say together. [`motion`]: when a coil is energised, and what is wrong. [`coils`]: never both.
#![forbid(unsafe_code)]

pub mod coils;
pub mod config;
pub mod motion;
pub mod switches;

use coils::Coils;
use config::Config;
use ecmod_plugin::quantities::{Cause, Monotonic, Quantity, Span};
use ecmod_plugin::{
    Bus, Command, Demands, Driver, Error, Findings, Hold, Host, Info, InputLine, Level, LineLevel, Samples,
    Signal, c_text,
};
use motion::{Fault, Motion, Whereabouts};
use switches::{Seen, Settled, Switches};

/// Indices of the signals.
pub mod signal {
    /// Where it is.
    pub const ACTUAL_POSITION: usize = 0;
    /// What is wrong.
    pub const FAULT: usize = 1;
    /// How long the last movement took.
    pub const TRAVEL_TIME: usize = 2;
}

/// Index of the command.
pub const POSITION: usize = 0;

/// One clamp.
#[derive(Debug)]
pub struct GpioClamp {
    host: Host,
    coils: Coils,
    open_switch: InputLine,
    closed_switch: InputLine,
    switches: Switches,
    motion: Motion,
    fault: Option<Fault>,
    lines: Result<(), Error>,
}

impl Driver for GpioClamp {
    const INFO: Info = Info::new(
        c"ecmod,gpio-clamp",
        c_text!(env!("CARGO_PKG_VERSION")),
        c"MIT OR Apache-2.0",
        c"Tubing clamp with two coils and two position switches on GPIO lines",
    )
    .needs(Bus::Gpio)
    .period(Span::from_millis(20))
    .budget(Span::from_millis(20))
    .config_schema(config::SCHEMA)
    .signals(&[
        Signal::new(c"actual_position", Quantity::Code, (0.0, 3.0))
            .label(c"Position of the clamp: 0 open, 1 closed, 2 moving, 3 fault")
            .longest_age(Span::from_millis(300)),
        Signal::new(c"fault", Quantity::Code, (0.0, 4.0))
            .label(c"Fault of the clamp, 0 if none")
            .longest_age(Span::from_millis(300)),
        Signal::new(c"travel_time", Quantity::Duration, (0.0, 2.0)).label(c"Duration of its last movement"),
    ])
    .commands(&[Command::new(c"position", Quantity::State, (0.0, 1.0)).label(c"0 open, 1 closed")]);

    type Config = Config;

    fn open(host: Host, config: Config) -> Result<Self, Error> {
        host.accept(config.problem())?;
        let coils = Coils::new(&host, &config.open_coil, &config.close_coil)?;
        for coil in [&config.open_coil, &config.close_coil] {
            host.look_for_line(coil)?;
        }
        let open_switch = host.input_line(&config.open_switch)?;
        let closed_switch = host.input_line(&config.closed_switch)?;
        let mut driver = Self {
            switches: Switches::new(config.debounce()),
            motion: Motion::new(host.now(), config.mismatch()),
            host,
            coils,
            open_switch,
            closed_switch,
            fault: None,
            lines: Ok(()),
        };
        driver.look()?;
        Ok(driver)
    }

    fn cycle(
        &mut self,
        now: Monotonic,
        demands: &Demands<'_>,
        samples: &mut Samples<'_>,
    ) -> Result<(), Error> {
        let looked = self.look();
        let settled = looked.ok().flatten();
        let energised = match self.motion.step(demands.get(POSITION), settled, now) {
            None => self.coils.off(),
            towards => self.coils.energise(towards),
        };
        if energised.is_err() {
            self.motion.give_up();
        }
        let t = self.host.now();
        let outcome = looked.and_then(|settled| energised.map(|()| settled));
        match outcome {
            Ok(Some(settled)) => self.deliver(settled, now, t, samples),
            Ok(None) => samples.all_bad(Cause::NotReady, t),
            Err(error) => samples.all_bad(error.cause(), t),
        }
        self.note_lines(outcome.map(|_| ()));
        Ok(())
    }

    fn self_test(&mut self, findings: &mut Findings<'_>) -> Result<(), Error> {
        const SWITCHES: &core::ffi::CStr = c"the switches agree";
        match self.look() {
            Err(_) => findings.failed(SWITCHES, c"They cannot be read: the port's log says why."),
            Ok(Some(Settled { seen: Seen::At(_), .. })) => findings.passed(SWITCHES),
            Ok(Some(Settled { seen: Seen::Both, .. })) => {
                findings.failed(SWITCHES, c"Both are active: a switch or its cable is broken.");
            }
            Ok(Some(Settled { seen: Seen::Between, .. })) => findings.failed(
                SWITCHES,
                c"Neither is active: the clamp is between its ends, or a switch or its cable is broken.",
            ),
            Ok(None) => findings.failed(SWITCHES, c"They do not stand still."),
        }
        Ok(())
    }

    fn holds_on_link_loss(&self) -> Hold {
        Hold::Unverified // without current it holds, if it is the clamp it should be
    }
}

impl GpioClamp {
    /// Looks at the switches.
    fn look(&mut self) -> Result<Option<Settled>, Error> {
        let read = || Ok((self.open_switch.get()?, self.closed_switch.get()?));
        match read() {
            Ok((open, closed)) => {
                let seen = Seen::from_switches(open == LineLevel::High, closed == LineLevel::High);
                Ok(self.switches.look(seen, self.host.now()))
            }
            Err(error) => {
                self.switches.forget();
                Err(error)
            }
        }
    }

    fn deliver(&mut self, settled: Settled, now: Monotonic, t: Monotonic, samples: &mut Samples<'_>) {
        let whereabouts: Whereabouts = self.motion.whereabouts(settled, now);
        let fault = self.motion.fault(settled, now);
        samples.good(signal::ACTUAL_POSITION, f64::from(whereabouts as u8), t);
        samples.good(signal::FAULT, f64::from(fault.map_or(0, |fault| fault as u8)), t);
        if let Some(travel) = self.motion.travel() {
            samples.good(signal::TRAVEL_TIME, travel.seconds(), t);
        }
        if core::mem::replace(&mut self.fault, fault) == fault {
            return;
        }
        if let Some(fault) = fault {
            // On a host that knows no urgency it is delivered with the next tick.
            let _ = self.host.urgent();
            self.host.log(Level::Error, text(fault));
        } else {
            self.host.log(Level::Info, "the clamp is in order again");
        }
    }

    fn note_lines(&mut self, outcome: Result<(), Error>) {
        if core::mem::replace(&mut self.lines, outcome) == outcome {
            return;
        }
        match outcome {
            Ok(()) => self.host.log(Level::Info, "its lines can be read and driven again"),
            Err(error) => {
                let text = format!("a line cannot be read or driven: {error}; no coil is energised");
                self.host.log(Level::Error, &text);
            }
        }
    }
}

const fn text(fault: Fault) -> &'static str {
    match fault {
        Fault::NotArrived => {
            "the clamp did not arrive; it is not tried again before something is demanded anew"
        }
        Fault::BothSwitches => "both position switches are active",
        Fault::Between => "the clamp stands between its positions",
        Fault::NotCarriedOut => {
            "the clamp is not where it was demanded before this start; it is moved when something is demanded anew"
        }
    }
}

ecmod_plugin::export_driver!(GpioClamp);

#[cfg(test)]
mod tests;
