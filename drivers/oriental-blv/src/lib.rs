// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver for the Oriental Motor BLV / BLVD brushless drive: the blood pump's motor over Modbus RTU.
//!
//! It measures speed, commanded speed, load and alarm, and it writes a speed when, and only when, one is demanded
//! that the drive does not hold already. It never stops the pump but on a demand of exactly zero, never reverses it,
//! never resets an alarm, and leaves the drive as it is when it is opened or closed. README.md says the rest.
#![deny(unsafe_code)]

pub mod alarms;
pub mod config;
pub mod convert;
mod drive;
pub mod reconcile;
pub mod registers;

use config::Config;
use drive::{Drive, Speeds, Status};
use ecmod_plugin::quantities::{Cause, Monotonic, Quantity, Span};
use ecmod_plugin::{
    Bus, Command, Demands, Driver, Error, Findings, Hold, Host, Info, Level, Samples, Signal, c_text,
};
use reconcile::{Held, Withheld, Write};
use registers::{CommandWord, MAXIMUM_RPM, MINIMUM_RPM};

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

/// The values are read no more often than this: a cycle that comes early (the console has a new speed) only writes.
const READ_EVERY: Span = Span::from_millis(80);
/// Slower than this the shaft stands, rpm.
const STANDSTILL_RPM: i32 = 10;
/// Longest ramp the drive can be set to is 15 s: after this long its command speed must be the demanded one.
const MUST_FOLLOW_AFTER: Span = Span::from_secs(20);
/// How far the command speed may differ from the demanded one then, rpm.
const FOLLOWING_RPM: i32 = 20;

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
    link: Result<(), Error>,
    writing: Result<(), Error>,
    withheld: Option<Withheld>,
    last_demand: Option<(Option<u16>, Monotonic)>,
    follows: bool,
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
        if let Some(problem) = config.problem() {
            host.log(Level::Error, problem);
            return Err(Error::Config);
        }
        let timeout = Span::from_millis(u64::from(config.timeout_ms.unwrap_or(0)));
        let mut drive = Drive::new(host.modbus(config.unit).timeout(timeout));
        let held = identify(&host, &mut drive)?;
        let hold = ask_hold(&host, &drive, &config);
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
            link: Ok(()),
            writing: Ok(()),
            withheld: None,
            last_demand: None,
            follows: true,
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
            self.note_write(outcome);
        }
        // A cycle that comes early is for a new speed alone.
        if now >= self.next_read {
            self.next_read = now.plus(READ_EVERY);
            let outcome = self.read(samples);
            self.note_link(outcome);
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
            Hold::Unverified | Hold::NotApplicable => findings.failed(
                c"holds its speed when the link is lost",
                c"Not known. Configure communication_timeout_register, and pull the bus once to see it.",
            ),
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
        if self.last_demand.is_none_or(|(last, _)| last != demanded) {
            self.last_demand = Some((demanded, now));
        }
        if self.alarm_has_gone && demanded.is_some() {
            if reconcile::needs_new_edge(&self.held) {
                self.write(Write::Command(CommandWord::STOP))?;
            }
            self.alarm_has_gone = false;
        }
        match reconcile::writes(demanded, &self.held) {
            Ok(writes) => {
                self.note_withheld(None);
                writes.into_iter().flatten().try_for_each(|write| self.write(write))
            }
            Err(reason) => {
                self.note_withheld(Some(reason));
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
                self.host.log(
                    Level::Info,
                    if word.runs() { "told the drive to run" } else { "told the drive to stop" },
                );
            }
        }
        result
    }

    /// Reads status and speeds every time, load and the held speed in turns. Ends at the first request without an
    /// answer: the line is shared, and a drive that is silent once is silent for the rest of the cycle.
    fn read(&mut self, samples: &mut Samples<'_>) -> Result<(), Error> {
        let t = self.host.now();
        let status = self.drive.status().inspect_err(|error| samples.all_bad(error.cause(), t))?;
        self.take_status(status, t, samples);

        let t = self.host.now();
        let speeds = self.drive.speeds().inspect_err(|error| {
            for index in [signal::ACTUAL_SPEED, signal::COMMANDED_SPEED, signal::RUNNING] {
                samples.bad(index, error.cause(), t);
            }
        })?;
        self.take_speeds(speeds, t, samples);

        let t = self.host.now();
        if self.reads_load_next && self.held.speed.is_some() {
            match self.drive.load() {
                Ok(load) => samples.good(signal::LOAD, f64::from(load), t),
                Err(error) => {
                    samples.bad(signal::LOAD, error.cause(), t);
                    if !matches!(error, Error::Modbus(_)) {
                        return Err(error); // a drive that refuses this one register is still there
                    }
                }
            }
        } else {
            self.held.speed = Some(self.drive.speed_no_0()?);
        }
        self.reads_load_next = !self.reads_load_next;
        Ok(())
    }

    fn take_status(&mut self, Status { command, alarm }: Status, t: Monotonic, samples: &mut Samples<'_>) {
        self.held.command = Some(command);
        self.note_alarm(alarm);
        match alarm {
            Some(code) => samples.good(signal::ALARM, f64::from(code), t),
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
            Some(rpm) => samples.good(signal::COMMANDED_SPEED, f64::from(rpm), t),
            None => samples.bad(signal::COMMANDED_SPEED, Cause::OutOfRange, t),
        }
        self.note_following(commanded, t);
    }

    fn note_alarm(&mut self, alarm: Option<u16>) {
        let before = self.held.alarm.unwrap_or(0);
        self.held.alarm = alarm;
        let Some(code) = alarm else { return };
        if code == before {
            return;
        }
        if code == 0 {
            self.alarm_has_gone = true;
            self.host.log(Level::Info, &format!("the drive's alarm {before:#04x} has gone"));
        } else {
            self.host.log(Level::Error, &alarm_text(code));
        }
    }

    fn note_write(&mut self, outcome: Result<(), Error>) {
        if self.writing == outcome {
            return;
        }
        self.writing = outcome;
        match outcome {
            Ok(()) => self.host.log(Level::Info, "the drive takes what is written to it"),
            Err(error) => {
                let text = format!(
                    "a write to the drive failed: {error}; it goes on as it is, and the write is repeated"
                );
                self.host.log(Level::Warning, &text);
            }
        }
    }

    fn note_withheld(&mut self, reason: Option<Withheld>) {
        if self.withheld == reason {
            return;
        }
        self.withheld = reason;
        match reason {
            Some(Withheld::Backwards) => self.host.log(
                Level::Error,
                "the drive turns backwards: speeds are withheld until it stands; stop it, then demand again",
            ),
            Some(Withheld::Alarm) => {
                self.host.log(
                    Level::Warning,
                    "the drive has an alarm: it will be started when the alarm is reset",
                );
            }
            Some(Withheld::Unknown) => {
                self.host.log(Level::Debug, "what the drive does is not known: reading it first");
            }
            None => self.host.log(Level::Info, "speeds are passed on to the drive"),
        }
    }

    /// A drive may take every write and yet follow its analog input: say so once.
    fn note_following(&mut self, commanded: Option<i32>, now: Monotonic) {
        let (Some((demanded, since)), Some(commanded)) = (self.last_demand, commanded) else { return };
        if now.since(since) < MUST_FOLLOW_AFTER || self.held.alarm.is_some_and(|code| code != 0) {
            return;
        }
        let expected = demanded.map_or(0, i32::from);
        let follows = commanded.saturating_sub(expected).abs() <= FOLLOWING_RPM;
        if self.follows && !follows {
            let text = format!(
                "the drive holds {commanded} rpm although {expected} rpm is set: is its speed source (register 0x10E3) set to digital?"
            );
            self.host.log(Level::Warning, &text);
        }
        self.follows = follows;
    }

    fn note_link(&mut self, outcome: Result<(), Error>) {
        let before = core::mem::replace(&mut self.link, outcome);
        match (before, outcome) {
            (Ok(()), Ok(())) => {}
            (Ok(()), Err(error)) => {
                self.host
                    .log(Level::Warning, &format!("the drive does not answer: {error}; it goes on as it is"));
                self.forget();
            }
            (Err(_), Err(_)) => self.forget(),
            (Err(_), Ok(())) => {
                self.host.log(Level::Info, "the drive answers again");
                self.hold = ask_hold(&self.host, &self.drive, &self.config);
            }
        }
    }

    /// What a silent drive holds is not known any more: it may have lost its supply.
    fn forget(&mut self) {
        self.held = Held { alarm: self.held.alarm, ..Held::default() };
    }
}

/// Reads the drive once and makes sure that it is one: every register must hold what this drive can hold.
fn identify(host: &Host, drive: &mut Drive) -> Result<Held, Error> {
    let Status { command, alarm } = drive.status()?;
    let Speeds { commanded, actual } = drive.speeds()?;
    let speed = drive.speed_no_0()?;
    let possible = speed == 0 || (u32::from(MINIMUM_RPM)..=u32::from(MAXIMUM_RPM)).contains(&speed);
    let (Some(alarm), Some(commanded), Some(actual), true) = (alarm, commanded, actual, possible) else {
        host.log(
            Level::Error,
            "the device answers, but not like a BLV drive (alarm, speeds or speed No. 0 hold what it cannot hold)",
        );
        return Err(Error::Device);
    };
    host.log(
        Level::Info,
        &format!(
            "found the drive: {actual} rpm measured, {commanded} rpm commanded, speed No. 0 is {speed} rpm, command word {:#06x}",
            command.0
        ),
    );
    if alarm != 0 {
        host.log(Level::Error, &alarm_text(alarm));
    }
    Ok(Held { speed: Some(speed), command: Some(command), turning: Some(actual), alarm: Some(alarm) })
}

/// How the drive behaves when nobody speaks to it, as far as it can be read.
fn ask_hold(host: &Host, drive: &Drive, config: &Config) -> Hold {
    let Some(address) = config.communication_timeout_register else { return Hold::Unverified };
    match drive.communication_timeout(address) {
        Ok(0) => Hold::Verified,
        Ok(timeout) => {
            let text = format!(
                "the drive's communication timeout is {timeout}: it will STOP the pump when the link is lost (alarm 0x85); set it to 0"
            );
            host.log(Level::Error, &text);
            Hold::No
        }
        Err(error) => {
            host.log(
                Level::Warning,
                &format!("the drive's communication timeout could not be read: {error}"),
            );
            Hold::Unverified
        }
    }
}

fn alarm_text(code: u16) -> String {
    match alarms::find(code) {
        Some(alarm) => {
            format!("the drive stopped with alarm {code:#04x}: {}. {}", alarm.meaning, alarm.remedy)
        }
        None => format!("the drive stopped with alarm {code:#04x}, which is not a known one; see its manual"),
    }
}

ecmod_plugin::export_driver!(OrientalBlv);

#[cfg(test)]
mod tests;
