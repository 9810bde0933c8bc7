// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver for the TI ADS1220 with one or two bridge pressure transducers, each 100 times a second.
//!
//! # Words
//! - **Step**: one conversion: a channel's pressure, a test of its wires, or a check ([`schedule`]).
//! - **Round**: one step for every channel, in one cycle. One conversion is under way at any time, also between cycles.
//! - **Lost result**: a conversion that was damaged on its way or late. One is no news; two in a row of a channel are no value.
//! - **Down**: the chip cannot be relied on. All signals are bad with the cause until it has been set up anew.
//!
//! The chip says nothing of itself, so the driver makes it prove itself: with every result it reads back the registers that the result
//! was made with. What it cannot find all the same, the README says.
#![forbid(unsafe_code)]

pub mod channel;
mod chip;
pub mod config;
pub mod convert;
pub mod health;
mod ready;
pub mod registers;
pub mod schedule;
pub mod setups;
mod table;
pub mod timing;

use channel::{Channel, Scale, Verdict, Wires};
use chip::{Chip, Fault, Fetched};
use config::Config;
use ecmod_plugin::quantities::{Monotonic, Span};
use ecmod_plugin::{Bus, Demands, Driver, Error, Findings, Host, Info, Level, Samples, Table, c_text};
use health::{Health, Measured};
use ready::Ready;
use registers::input;
use schedule::{Check, Schedule, Step};
use setups::Setups;
use table::Indices;

/// So many lost results in a row, and the chip is down.
const MOST_LOST: u32 = 4;
/// So many that were late, each after a wait.
const MOST_LATE: u32 = 2;
/// A chip that is down is set up anew this often.
const TRY_EVERY: Span = Span::from_millis(200);

/// One chip with its transducers.
#[derive(Debug)]
pub struct Ads1220 {
    host: Host,
    chip: Chip,
    state: State,
    step: Step,
    schedule: Schedule,
    setups: Setups,
    channels: Vec<Channel>,
    health: Health,
    lost: u32,
    lost_results: u64,
    restarts: u64,
    names: Vec<String>,
    table: Table,
    indices: Indices,
}

/// Whether the chip can be relied on.
#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    /// It measures.
    Up,
    /// It was set up anew after this fault, and has not measured yet.
    OnTrial(Fault),
    /// It does not, and is set up anew at this time.
    Down(Fault, Monotonic),
}

impl Driver for Ads1220 {
    const INFO: Info = Info::new(
        c"ti,ads1220",
        c_text!(env!("CARGO_PKG_VERSION")),
        c"MIT OR Apache-2.0",
        c"Bridge pressure transducers on a TI ADS1220",
    )
    .needs(Bus::Spi)
    .period(timing::PERIOD)
    .budget(timing::PERIOD)
    .config_schema(c_text!(include_str!("schema.json")));

    type Config = Config;

    fn open(host: Host, config: Config) -> Result<Self, Error> {
        let refuse = |problem: &str| {
            host.log(Level::Error, problem);
            Error::Config
        };
        if let Some(problem) = config.problem() {
            return Err(refuse(&problem));
        }
        let (table, indices) = table::table(&config).map_err(|problem| refuse(&problem.to_string()))?;
        let ready = Ready::new(&host, config.data_ready.as_deref())?;
        let setups = Setups::new(&config);
        let reference = config.nominal_reference();
        let scale = |channel: &config::Channel| {
            let sign = input::pair(channel.positive, channel.negative).map_or(1.0, |(_, sign)| sign);
            let (sensitivity, excitation) =
                (channel.sensitivity_uv_per_v_per_mmhg, config.excitation_per_reference);
            Scale {
                mmhg: sign * convert::mmhg_at_full_scale(sensitivity, excitation, config.gain.into()),
                gain: config.gain.into(),
                reference,
                excitation_per_reference: excitation,
                open_ohm: config.open_wire_ohm,
            }
        };
        let scales: Vec<Scale> = config.channels.iter().map(scale).collect();
        let largest = scales.iter().map(|scale| scale.mmhg.abs()).fold(0.0, f64::max);
        let wires_every =
            (config.open_wire_seconds > 0).then(|| Span::from_secs(config.open_wire_seconds.into()));
        let mut driver = Self {
            chip: Chip::new(host.clone(), host.spi(config.chip), ready),
            state: State::Up,
            step: Schedule::first(),
            schedule: Schedule::new(scales.len(), setups.kinds(), wires_every, host.now()),
            channels: scales.into_iter().map(Channel::new).collect(),
            health: Health::new(config.reference, reference, config.reference_tolerance_percent, largest),
            lost: 0,
            lost_results: 0,
            restarts: 0,
            names: config.channels.into_iter().map(|channel| channel.name).collect(),
            table,
            indices,
            setups,
            host,
        };
        driver.bring_up().map_err(|fault| {
            driver.host.log(Level::Error, &format!("the converter: {fault}"));
            fault.error()
        })?;
        Ok(driver)
    }

    fn describe(&self) -> Option<&Table> {
        Some(&self.table)
    }

    fn cycle(&mut self, now: Monotonic, _: &Demands<'_>, samples: &mut Samples<'_>) -> Result<(), Error> {
        if let State::Down(fault, try_at) = self.state
            && (now < try_at || !self.try_again(fault))
        {
            self.all_bad(samples);
            return Ok(());
        }
        let until = now.plus(timing::PATIENCE);
        loop {
            let step = self.step;
            let waited = match self.chip.wait(until) {
                Ok(None) => return Ok(()),
                Ok(Some(waited)) => waited,
                Err(fault) => {
                    self.lose(step, fault, samples);
                    return Ok(());
                }
            };
            self.step = self.schedule.after(step, self.host.now());
            let next = self.setups.registers(self.step);
            match self.chip.fetch(waited, next, self.setups.duration(self.step)) {
                Ok(fetched) => self.deliver(step, fetched, samples),
                Err(fault) => self.lose(step, fault, samples),
            }
            let is_over = self.schedule.ends_round(step) || self.host.now() >= until;
            if is_over || matches!(self.state, State::Down(..)) {
                return Ok(());
            }
        }
    }

    fn self_test(&mut self, findings: &mut Findings<'_>) -> Result<(), Error> {
        match self.chip.verify() {
            Ok(()) => findings.passed(c"the converter's registers hold what was written"),
            Err(_) => findings.failed(
                c"the converter's registers hold what was written",
                c"They differ, or it does not answer: look at the bus, the chip select and the supply.",
            ),
        }
        let doubts = self.health.doubts();
        if doubts.zero {
            findings.failed(
                c"the converter's zero",
                c"With its inputs short it measures a pressure: replace it.",
            );
        } else {
            findings.passed(c"the converter's zero");
        }
        if doubts.reference || doubts.no_reference {
            findings.failed(c"the reference", c"It is out of tolerance: look at the excitation's supply.");
        } else {
            findings.passed(c"the reference");
        }
        if self.channels.iter().any(|channel| channel.wires() == Wires::Open) {
            findings
                .failed(c"the transducers' wires", c"A wire is open: the log and the signals say of which.");
        } else {
            findings.passed(c"the transducers' wires");
        }
        Ok(())
    }
}

impl Ads1220 {
    fn bring_up(&mut self) -> Result<(), Fault> {
        self.step = Schedule::first();
        self.lost = 0;
        self.chip.bring_up(self.setups.registers(self.step), self.setups.duration(self.step))
    }

    /// Sets a chip up that is down. Whether that went well.
    fn try_again(&mut self, before: Fault) -> bool {
        match self.bring_up() {
            Ok(()) => {
                self.state = State::OnTrial(before);
                true
            }
            Err(fault) => {
                self.go_down(fault);
                false
            }
        }
    }

    /// From now on there are no values; said once for each fault.
    fn go_down(&mut self, fault: Fault) {
        let now = self.host.now();
        let (before, try_at) = match self.state {
            State::Up => (None, now),
            State::OnTrial(before) | State::Down(before, _) => (Some(before), now.plus(TRY_EVERY)),
        };
        if before != Some(fault) {
            self.host.log(Level::Warning, &format!("the converter is down: {fault}"));
        }
        self.state = State::Down(fault, try_at);
    }

    /// A result came.
    fn come_up(&mut self) {
        self.lost = 0;
        if self.state != State::Up {
            self.state = State::Up;
            self.restarts = self.restarts.saturating_add(1);
            self.host.log(Level::Info, "the converter was set up anew and measures again");
        }
    }

    fn all_bad(&self, samples: &mut Samples<'_>) {
        if let State::Down(fault, _) = self.state {
            samples.all_bad(fault.cause(), self.host.now());
        }
    }

    /// There is no result of this step: no news, or no value, or the chip is down.
    fn lose(&mut self, step: Step, fault: Fault, samples: &mut Samples<'_>) {
        self.lost = self.lost.saturating_add(1);
        self.lost_results = self.lost_results.saturating_add(1);
        let most = match fault {
            _ if self.state != State::Up => 1,
            Fault::Damaged | Fault::Silent => MOST_LOST,
            Fault::Late => MOST_LATE,
            Fault::Bus(_) | Fault::Frozen | Fault::Reset | Fault::Stranger(_) => 1,
        };
        if self.lost >= most {
            self.go_down(fault);
            self.all_bad(samples);
        } else if let Step::Channel(index) = step
            && self.channels.get_mut(index).is_some_and(Channel::missed)
        {
            samples.bad(index, fault.cause(), self.host.now());
        }
    }

    fn deliver(&mut self, step: Step, Fetched { code, at }: Fetched, samples: &mut Samples<'_>) {
        self.come_up();
        match step {
            Step::Channel(index) => self.deliver_pressure(index, code, at, samples),
            // A test takes the place of a pressure, so there is none this time.
            Step::Wires(index) => self.test_wires(index, |channel| channel.test(code)),
            Step::Check(Check::CommonMode(index)) => {
                self.test_wires(index, |channel| channel.test_common_mode(code));
            }
            Step::Check(check) => self.deliver_check(check, code, at, samples),
        }
    }

    fn deliver_pressure(&mut self, index: usize, code: i32, at: Monotonic, samples: &mut Samples<'_>) {
        let Some(channel) = self.channels.get_mut(index) else { return };
        let verdict = channel.judge(code, self.health.doubts());
        if channel.wires() == Wires::Open || convert::is_clipped(code) {
            self.schedule.suspect(index);
        }
        match verdict {
            Verdict::Good(pressure) => samples.good(index, pressure, at),
            Verdict::Uncertain(pressure, cause) => samples.uncertain(index, pressure, cause, at),
            Verdict::Bad(cause) => samples.bad(index, cause, at),
        }
    }

    fn test_wires(&mut self, index: usize, test: impl FnOnce(&mut Channel)) {
        let Some(channel) = self.channels.get_mut(index) else { return };
        let before = channel.wires();
        test(channel);
        let after = channel.wires();
        if before != after {
            let name = self.names.get(index).map_or("", String::as_str);
            match after {
                Wires::Open => {
                    self.host.log(Level::Warning, &format!("`{name}`: a wire of the transducer is open"));
                }
                Wires::Whole => {
                    self.host.log(Level::Info, &format!("`{name}`: the transducer is there again"));
                }
            }
        }
    }

    fn deliver_check(&mut self, check: Check, code: i32, at: Monotonic, samples: &mut Samples<'_>) {
        let (measured, change) = self.health.note(check, code);
        match (measured, self.indices.reference) {
            (Measured::Temperature(celsius), _) => samples.good(self.indices.temperature, celsius, at),
            (Measured::Supply(volts), _) => samples.good(self.indices.supply, volts, at),
            (Measured::Zero(mmhg), _) => samples.good(self.indices.zero, mmhg, at),
            (Measured::Reference(volts), Some(index)) => samples.good(index, volts, at),
            (Measured::Reference(_), None) | (Measured::Nothing, _) => {}
        }
        if let Some(change) = change {
            self.host.log(Level::Warning, &change.to_string());
        }
        samples.good(self.indices.lost_results, count(self.lost_results), at);
        samples.good(self.indices.restarts, count(self.restarts), at);
    }
}

#[allow(clippy::cast_precision_loss)] // exact below 2^53
const fn count(count: u64) -> f64 {
    count as f64
}

ecmod_plugin::export_driver!(Ads1220);

#[cfg(test)]
mod tests;
