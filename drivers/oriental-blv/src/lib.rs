// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver for the Oriental Motor BLV / BLVD brushless drive: the blood pump's motor over Modbus RTU.
//!
//! It measures speed, commanded speed, load and alarm, and it writes a speed when, and only when, one is demanded
//! that the drive does not hold already. It never stops the pump but on a demand of exactly zero, never reverses it,
//! never resets an alarm, and leaves the drive as it is when it is opened or closed. README.md says the rest.
#![forbid(unsafe_code)]

pub mod alarms;
pub mod config;
pub mod convert;
mod drive;
mod notes;
pub mod reconcile;
pub mod registers;
mod takeover;

use config::Config;
use drive::{Drive, Speeds, Status};
use ecmod_plugin::quantities::{Cause, Monotonic, Quantity, Span};
use ecmod_plugin::{
    Bus, Command, Demands, Driver, Error, Findings, Hold, Host, Info, Samples, Signal, c_text,
};
use notes::{LinkChange, Notes};
use reconcile::{Held, Write};
use registers::CommandWord;
use takeover::{ask_hold, identify};

/// Indices of the signals.
pub mod signal {
    /// Measured speed.
    pub const ACTUAL_SPEED: usize = 0;
    /// What the drive ramps to or holds.
    pub const COMMANDED_SPEED: usize = 1;
    /// Load.
    pub const LOAD: usize = 2;
    /// Alarm code.
    pub const ALARM: usize = 3;
    /// Whether the shaft turns.
    pub const RUNNING: usize = 4;
}

/// Index of the command.
pub const SPEED: usize = 0;

/// The values are read no more often than this, half a period: a cycle that comes early (the console has a new speed)
/// only writes.
const READ_EVERY: Span = Span::from_millis(50);
/// Slower than this the shaft stands, rpm.
const STANDSTILL_RPM: i32 = 10;

/// One drive.
#[derive(Debug)]
pub struct OrientalBlv {
    host: Host,
    config: Config,
    drive: Drive,
    held: Held,
    hold: Hold,
    next_read: Monotonic,
    reads_load_next: bool,
    alarm_has_gone: bool,
    notes: Notes,
}

impl Driver for OrientalBlv {
    const INFO: Info = Info::new(
        c"oriental-motor,blv",
        c_text!(env!("CARGO_PKG_VERSION")),
        c"MIT OR Apache-2.0",
        c"Oriental Motor BLV brushless drive (blood pump) over Modbus RTU",
    )
    .needs(Bus::Modbus)
    .period(Span::from_millis(100))
    .budget(Span::from_millis(100))
    .config_schema(config::SCHEMA)
    .signals(&[
        Signal::new(c"actual_speed", Quantity::Speed, (-4500.0, 4500.0))
            .label(c"Pump speed, measured")
            .longest_age(Span::from_millis(500)),
        Signal::new(c"commanded_speed", Quantity::Speed, (-4500.0, 4500.0))
            .label(c"Speed the drive ramps to or holds")
            .longest_age(Span::from_millis(500)),
        Signal::new(c"load", Quantity::Fraction, (0.0, 300.0)).label(c"Load of the motor, of rated torque"),
        Signal::new(c"alarm", Quantity::Code, (0.0, 255.0))
            .label(c"Alarm code of the drive, 0 if none")
            .longest_age(Span::from_millis(500)),
        Signal::new(c"running", Quantity::State, (0.0, 1.0))
            .label(c"The shaft turns")
            .longest_age(Span::from_millis(500)),
    ])
    .commands(&[Command::new(c"speed", Quantity::Speed, (0.0, 4000.0)).label(c"Pump speed").pump()]);

    type Config = Config;

    fn open(host: Host, config: Config) -> Result<Self, Error> {
        host.accept(config.problem())?;
        let timeout = Span::from_millis(u64::from(config.timeout_ms.unwrap_or(0)));
        let mut drive = Drive::new(host.modbus(config.unit).timeout(timeout));
        let held = identify(&host, &mut drive)?;
        let hold = ask_hold(&host, &drive, &config);
        let notes = Notes::new(host.clone(), held.alarm.unwrap_or(0));
        let next_read = host.now();
        Ok(Self {
            host,
            config,
            drive,
            held,
            hold,
            next_read,
            reads_load_next: true,
            alarm_has_gone: false,
            notes,
        })
    }

    fn cycle(
        &mut self,
        now: Monotonic,
        demands: &Demands<'_>,
        samples: &mut Samples<'_>,
    ) -> Result<(), Error> {
        if let Some(demand) = demands.get(SPEED) {
            let demanded = convert::speed_to_write(demand.value, self.config.maximum_speed_rpm);
            let outcome = self.command(demanded, now);
            self.notes.writing(outcome);
        }
        // A cycle that comes early is for a new speed alone.
        if now >= self.next_read {
            self.next_read = now.plus(READ_EVERY);
            let outcome = self.read(samples);
            if self.notes.link(outcome) == LinkChange::Back {
                self.hold = ask_hold(&self.host, &self.drive, &self.config);
            }
        }
        Ok(())
    }

    fn self_test(&mut self, findings: &mut Findings<'_>) -> Result<(), Error> {
        let status = self.drive.status()?;
        findings.passed(c"the drive answers");
        match status.alarm {
            Some(0) => findings.passed(c"no alarm"),
            _ => {
                findings.failed(c"no alarm", c"The drive has an alarm: the log gives its code and a remedy.")
            }
        }
        match ask_hold(&self.host, &self.drive, &self.config) {
            Hold::Verified => findings.passed(c"holds its speed when the link is lost"),
            Hold::No => findings.failed(
                c"holds its speed when the link is lost",
                c"Its communication timeout is set: the pump would stop. Set it to 0 in the drive.",
            ),
            // What was not tested is no finding; the daemon knows from `holds_on_link_loss` that nobody has looked.
            Hold::Unverified | Hold::NotApplicable => {}
        }
        Ok(())
    }

    fn holds_on_link_loss(&self) -> Hold {
        self.hold
    }
}

impl OrientalBlv {
    /// Brings the drive to the demanded speed (`None`: a demanded stop), if it is not there already.
    fn command(&mut self, demanded: Option<u16>, now: Monotonic) -> Result<(), Error> {
        self.notes.demanded(demanded, now);
        if self.alarm_has_gone && demanded.is_some() {
            if reconcile::needs_new_edge(&self.held) {
                self.write(Write::Command(CommandWord::STOP))?;
            }
            self.alarm_has_gone = false;
        }
        match reconcile::writes(demanded, &self.held) {
            Ok(writes) => {
                self.notes.withheld(None);
                writes.into_iter().flatten().try_for_each(|write| self.write(write))
            }
            Err(reason) => {
                self.notes.withheld(Some(reason));
                Ok(())
            }
        }
    }

    /// Writes, and remembers what the drive holds now: nothing certain if the write failed.
    fn write(&mut self, write: Write) -> Result<(), Error> {
        let result = self.drive.write(write);
        match write {
            Write::Speed(rpm) => self.held.speed = result.is_ok().then_some(u32::from(rpm)),
            Write::Command(word) => {
                self.held.command = result.is_ok().then_some(word);
                self.notes.told(word.runs());
            }
        }
        result
    }

    /// Reads status and speeds every time, load and the held speed in turns. Ends at the first request without an
    /// answer: the line is shared, and a drive that is silent once is silent for the rest of the cycle. What could
    /// not be read is not known any more: a silent drive may have lost its supply.
    fn read(&mut self, samples: &mut Samples<'_>) -> Result<(), Error> {
        let t = self.host.now();
        let status = self.drive.status().inspect_err(|error| {
            samples.all_bad(error.cause(), t);
            self.held = Held::default();
        })?;
        self.take_status(status, t, samples);

        let t = self.host.now();
        let speeds = self.drive.speeds().inspect_err(|error| {
            for index in [signal::ACTUAL_SPEED, signal::COMMANDED_SPEED, signal::RUNNING] {
                samples.bad(index, error.cause(), t);
            }
            self.held.turning = None;
        })?;
        self.take_speeds(speeds, t, samples);

        if core::mem::take(&mut self.reads_load_next) && self.held.speed.is_some() {
            self.read_load(samples)
        } else {
            self.reads_load_next = true;
            self.held.speed = None;
            self.held.speed = Some(self.drive.speed_no_0()?);
            Ok(())
        }
    }

    fn read_load(&self, samples: &mut Samples<'_>) -> Result<(), Error> {
        let t = self.host.now();
        match self.drive.load() {
            Ok(load) => samples.good(signal::LOAD, f64::from(load), t),
            Err(error) => {
                samples.bad(signal::LOAD, error.cause(), t);
                if !matches!(error, Error::Modbus(_)) {
                    return Err(error); // a drive that refuses this one register is still there
                }
            }
        }
        Ok(())
    }

    fn take_status(&mut self, Status { command, alarm }: Status, t: Monotonic, samples: &mut Samples<'_>) {
        self.held.command = Some(command);
        self.held.alarm = alarm;
        match alarm {
            Some(code) => {
                samples.good(signal::ALARM, f64::from(code), t);
                self.alarm_has_gone |= self.notes.alarm(code);
            }
            None => samples.bad(signal::ALARM, Cause::OutOfRange, t),
        }
    }

    fn take_speeds(&mut self, Speeds { commanded, actual }: Speeds, t: Monotonic, samples: &mut Samples<'_>) {
        self.held.turning = actual;
        match actual {
            Some(rpm) => {
                samples.good(signal::ACTUAL_SPEED, f64::from(rpm), t);
                samples.good(signal::RUNNING, if rpm.abs() >= STANDSTILL_RPM { 1.0 } else { 0.0 }, t);
            }
            None => {
                samples.bad(signal::ACTUAL_SPEED, Cause::OutOfRange, t);
                samples.bad(signal::RUNNING, Cause::OutOfRange, t);
            }
        }
        match commanded {
            Some(rpm) => {
                samples.good(signal::COMMANDED_SPEED, f64::from(rpm), t);
                self.notes.following(rpm, t);
            }
            None => samples.bad(signal::COMMANDED_SPEED, Cause::OutOfRange, t),
        }
    }
}

ecmod_plugin::export_driver!(OrientalBlv);

#[cfg(test)]
mod tests;
