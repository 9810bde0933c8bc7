// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver for the TI ADS1262 and ADS1263 with bridge pressure transducers: up to five channels, each 100 times a second.
//!
//! # Words
//! - **Step**: one conversion: a channel's pressure, a test of its wires, or a check of the chip ([`schedule`]).
//! - **Round**: one step for every channel, in one cycle. One conversion is under way at any time, also between cycles.
//! - **Lost result**: a conversion that was damaged on its way, late, or not there. One is no news; two in a row of a channel
//!   are no value.
//! - **Down**: the chip cannot be relied on. All signals are bad with the cause until it has been set up anew.
//!
//! It never delivers a number that a fault of the chip, of the bus or of the wires could have made and that the chip or a test
//! tells it about; the README has the table.
#![forbid(unsafe_code)]

pub mod channel;
mod chip;
pub mod config;
pub mod conversion;
pub mod convert;
mod deliver;
pub mod fault;
pub mod frame;
pub mod health;
pub mod pace;
mod ready;
pub mod registers;
pub mod schedule;
pub mod second;
pub mod setups;
mod table;
pub mod timing;

use channel::{Channel, WireTest, Wires};
use chip::{Arrival, Besides, Chip};
use config::Config;
use ecmod_plugin::quantities::{Monotonic, Span};
use ecmod_plugin::{Bus, Demands, Driver, Error, Findings, Host, Info, Level, Samples, Table, c_text};
use fault::Fault;
use frame::Setup;
use health::Health;
use pace::{Delay, Pace};
use ready::{Ready, Way};
use schedule::{Schedule, Step};
use second::Second;
use setups::Setups;
use table::Indices;

/// So many lost results in a row, and the chip is down: a round of five channels.
const MOST_LOST: u32 = 5;
/// So many that were late, each after a wait.
const MOST_LATE: u32 = 2;
/// A chip that is down is set up anew this often.
const TRY_EVERY: Span = Span::from_millis(200);
/// The second converter is asked in every so many rounds.
const ROUNDS_PER_SECOND: u32 = 10;
/// The registers are read back in every so many rounds.
const ROUNDS_PER_READ_BACK: u32 = 100;

/// One chip with its transducers.
#[derive(Debug)]
pub struct Ads1262 {
    host: Host,
    chip: Chip,
    state: State,
    step: Step,
    rounds: u32,
    schedule: Schedule,
    pace: Pace,
    setups: Setups,
    channels: Vec<Channel>,
    health: Health,
    wire_test: WireTest,
    second: Option<Second>,
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

impl Driver for Ads1262 {
    const INFO: Info = Info::new(
        c"ti,ads1262",
        c_text!(env!("CARGO_PKG_VERSION")),
        c"MIT OR Apache-2.0",
        c"Bridge pressure transducers on a TI ADS1262 or ADS1263",
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
        let setups = Setups::new(&config);
        let ready = Ready::new(&host, config.data_ready.as_deref())?;
        let chip = Chip::new(host.clone(), host.spi(config.chip), ready, setups.second);
        let reference = config.nominal_reference();
        let volts = reference / f64::from(config.gain);
        let second = config.second_converter.as_ref().and_then(|second| {
            let channel = config.channels.iter().position(|channel| channel.name == second.channel)?;
            Some(Second::new(channel, second.tolerance_mmhg))
        });
        let wires_every =
            (config.open_wire_seconds > 0).then(|| Span::from_secs(config.open_wire_seconds.into()));
        let now = host.now();
        let mut driver = Self {
            chip,
            state: State::Up,
            step: Schedule::first(),
            rounds: 0,
            schedule: Schedule::new(config.channels.len(), wires_every, now),
            pace: Pace::new(now, 1),
            channels: setups::scales(&config).into_iter().map(|mmhg| Channel::new(mmhg, volts)).collect(),
            health: Health::new(reference, config.reference_tolerance_percent),
            wire_test: WireTest {
                reference,
                amperes: config.open_wire_current.amperes(),
                open_ohm: config.open_wire_ohm,
            },
            second,
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
        if let Some(model) = driver.chip.model() {
            driver.host.log(Level::Info, &format!("found an {model:?}"));
        }
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
        // Where an edge wakes the driver there is nothing to wait for: one result, and back. Elsewhere a round is one cycle.
        let until = match self.chip.way() {
            Way::Woken => now,
            Way::Edge | Way::Poll => now.plus(timing::PATIENCE),
        };
        loop {
            let step = self.step;
            let arrival = match self.chip.wait(until) {
                Ok(Arrival::NotYet) => return Ok(()),
                Ok(arrival) => arrival,
                Err(fault) => {
                    self.lose(step, fault, samples);
                    return Ok(());
                }
            };
            let is_last = self.schedule.ends_round(step);
            let besides = if is_last { self.besides() } else { Besides::Nothing };
            let (setup, duration) = self.next(step);
            match self.chip.fetch(arrival, &setup, duration, besides) {
                Ok(fetched) => self.deliver(step, besides, &fetched, samples),
                Err(fault) => self.lose(step, fault, samples),
            }
            if is_last || matches!(self.state, State::Down(..)) || self.host.now() >= until {
                return Ok(());
            }
        }
    }

    fn self_test(&mut self, findings: &mut Findings<'_>) -> Result<(), Error> {
        match self.chip.verify() {
            Ok(()) => findings.passed(c"the converter's registers hold what was written"),
            Err(fault) => {
                let detail = match fault {
                    Fault::Register(_) => c"A register differs: look at the supply and at the bus.",
                    _ => c"It does not answer: look at the bus, the chip select and the supply.",
                };
                findings.failed(c"the converter's registers hold what was written", detail);
            }
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
        if doubts.reference {
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

impl Ads1262 {
    fn bring_up(&mut self) -> Result<(), Fault> {
        self.step = Schedule::first();
        self.lost = 0;
        if let Some(second) = &mut self.second {
            second.forget();
        }
        self.pace = Pace::new(self.host.now(), self.schedule.steps_from(self.step));
        let (setup, duration) = self.setups.delayed(self.step, Delay::within(Span::ZERO));
        self.chip.bring_up(&setup, duration)
    }

    /// What comes behind this step, when, and how long it takes.
    fn next(&mut self, step: Step) -> (Setup, Span) {
        let now = self.host.now();
        self.step = self.schedule.after(step, now);
        if self.schedule.ends_round(step) {
            self.pace.next_round(now, self.schedule.steps_from(self.step));
        }
        let delay = match self.chip.way() {
            Way::Woken => self.pace.delay(now, self.setups.conversion()),
            Way::Edge | Way::Poll => Delay::within(Span::ZERO),
        };
        self.setups.delayed(self.step, delay)
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

    /// What is fetched at the end of this round besides its result.
    const fn besides(&mut self) -> Besides {
        self.rounds = self.rounds.wrapping_add(1);
        if self.rounds.is_multiple_of(ROUNDS_PER_READ_BACK) {
            Besides::Registers
        } else if self.second.is_some() && self.rounds.is_multiple_of(ROUNDS_PER_SECOND) {
            Besides::Second
        } else {
            Besides::Nothing
        }
    }

    /// There is no result of this step: no news, or no value, or the chip is down.
    fn lose(&mut self, step: Step, fault: Fault, samples: &mut Samples<'_>) {
        self.lost = self.lost.saturating_add(1);
        self.lost_results = self.lost_results.saturating_add(1);
        let most = match fault {
            _ if self.state != State::Up => 1,
            Fault::Damaged | Fault::Silent | Fault::Zeros => MOST_LOST,
            Fault::Late => MOST_LATE,
            Fault::Bus(_) | Fault::Reset | Fault::Register(_) | Fault::Stranger(_) | Fault::NoSecond => 1,
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
}

ecmod_plugin::export_driver!(Ads1262);

#[cfg(test)]
mod tests;
