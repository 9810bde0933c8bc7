// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver for alarm lamps and a sounder on GPIO lines.
//!
//! It turns two priorities, demanded afresh all the time, into flashes and bursts after IEC 60601-1-8. It sounds by itself when
//! nothing is demanded any more, because then nobody watches the patient's alarms; that is the one thing for which it drives a
//! line without a demand. It never decides what is an alarm.
//!
//! # Where things are
//! [`pattern`]: what a priority sounds and looks like. [`player`]: which burst is played, and its next edge. [`heartbeat`]: does the
//! daemon still decide? [`sense`]: does the sounder sound? [`outputs`]: the lines. Here: one cycle.
#![forbid(unsafe_code)]

pub mod config;
pub mod heartbeat;
pub mod outputs;
pub mod pattern;
pub mod player;
pub mod priority;
pub mod sense;

use config::Config;
use ecmod_plugin::quantities::{Cause, Monotonic, Quantity, Span};
use ecmod_plugin::{
    Bus, Command, Demand, Demands, Driver, Error, Findings, Hold, Host, Info, InputLine, Level, LineLevel,
    Samples, Signal, c_text,
};
use heartbeat::{Heartbeat, Pulse};
use outputs::{Lamps, Output, ReadBack};
use player::{Player, Wish};
use priority::Priority;
use sense::{Sense, Verdict};

/// Indices of the signals.
pub mod signal {
    /// What is being sounded.
    pub const PATTERN: usize = 0;
    /// Whether the driver sounds by itself.
    pub const HEARTBEAT_LOST: usize = 1;
    /// Whether the sounder sounds when it is driven.
    pub const SOUNDER_OK: usize = 2;
}

/// Indices of the commands.
pub mod command {
    /// Priority to be shown.
    pub const LAMP: usize = 0;
    /// Priority to be sounded.
    pub const SOUND: usize = 1;
}

/// The tables of [`pattern`] are multiples of it.
const PERIOD: Span = Span::from_millis(10);
/// An edge that is due within this time is waited for; what is left of the period is for everything else.
const WAIT: Span = Span::from_millis(7);
/// How often lines are read back and signals are delivered, if nothing changes.
const REPORT_EVERY: Span = Span::from_millis(100);

/// Lamps and a sounder.
#[derive(Debug)]
pub struct Annunciator {
    host: Host,
    config: Config,
    lamps: Lamps,
    sounder: Output,
    sense_line: Option<InputLine>,
    heartbeat: Heartbeat,
    pulse: Pulse,
    player: Player,
    shown: Option<Priority>,
    shown_since: Monotonic,
    sense: Sense,
    next_report: Monotonic,
    link: Result<(), Error>,
}

impl Driver for Annunciator {
    const INFO: Info = Info::new(
        c"ecmod,annunciator",
        c_text!(env!("CARGO_PKG_VERSION")),
        c"MIT OR Apache-2.0",
        c"Alarm lamps and sounder on GPIO lines",
    )
    .needs(Bus::Gpio)
    .period(PERIOD)
    .budget(PERIOD)
    .config_schema(config::SCHEMA)
    .signals(&[
        Signal::new(c"pattern", Quantity::Code, (0.0, 3.0)).label(c"Priority that is being sounded"),
        Signal::new(c"heartbeat_lost", Quantity::State, (0.0, 1.0))
            .label(c"The annunciator sounds by itself: nothing is demanded any more"),
        Signal::new(c"sounder_ok", Quantity::State, (0.0, 1.0))
            .label(c"The sounder sounds when it is driven"),
    ])
    .commands(&[
        Command::new(c"lamp", Quantity::Code, (0.0, 3.0)).label(c"Alarm priority to be shown"),
        Command::new(c"sound", Quantity::Code, (0.0, 3.0)).label(c"Alarm priority to be sounded"),
    ]);

    type Config = Config;

    fn open(host: Host, config: Config) -> Result<Self, Error> {
        host.accept(config.problem())?;
        let lamps = Lamps::new(&host, &config)?;
        let sounder = Output::new(&host, &config.sounder)?;
        let sense_line = config.sounder_sense.as_deref().map(|name| host.input_line(name)).transpose()?;
        if let Some(line) = &sense_line {
            line.get()?;
        }
        let now = host.now();
        let heartbeat = Heartbeat::new(now, config.start_grace());
        Ok(Self {
            host,
            config,
            lamps,
            sounder,
            sense_line,
            heartbeat,
            pulse: Pulse::Awaited,
            player: Player::default(),
            shown: None,
            shown_since: now,
            sense: Sense::default(),
            next_report: now,
            link: Ok(()),
        })
    }

    fn cycle(
        &mut self,
        now: Monotonic,
        demands: &Demands<'_>,
        samples: &mut Samples<'_>,
    ) -> Result<(), Error> {
        let before = (self.player.priority(), self.pulse, self.sense.verdict());
        let outcome = self.drive(now, demands.get(command::LAMP), demands.get(command::SOUND));
        let after = (self.player.priority(), self.pulse, self.sense.verdict());
        let t = self.host.now();
        if outcome.is_ok() && (t >= self.next_report || before != after) {
            self.next_report = t.plus(REPORT_EVERY);
            let outcome = self.report(samples);
            self.note_link(outcome, samples);
        } else {
            self.note_link(outcome, samples);
        }
        Ok(())
    }

    fn self_test(&mut self, findings: &mut Findings<'_>) -> Result<(), Error> {
        let tested = self.test();
        match tested {
            Ok(ReadBack::AsDriven) => findings.passed(c"the lines are as they are driven"),
            Ok(ReadBack::Otherwise) => findings.failed(
                c"the lines are as they are driven",
                c"A lamp or the sounder reads back otherwise: a short, or another user of the line.",
            ),
            Err(_) => {
                findings.failed(c"the lines can be driven and read", c"The port refuses: its log says why.")
            }
        }
        if self.sense_line.is_some() && tested.is_ok() {
            match self.sense.verdict() {
                Verdict::Works => findings.passed(c"the sounder sounds"),
                Verdict::Untested => findings.failed(
                    c"the sounder sounds",
                    c"One pulse without current: test again, then look at the sounder and its cable.",
                ),
                Verdict::Silent => findings.failed(
                    c"the sounder sounds",
                    c"No current flows when it is driven: look at the sounder and its cable.",
                ),
                Verdict::Leaks => findings.failed(
                    c"the sounder sounds",
                    c"Current flows though it is not driven: look at its switch and at the sense circuit.",
                ),
            }
        }
        Ok(())
    }

    fn holds_on_link_loss(&self) -> Hold {
        Hold::No // the lines revert: dark and silent
    }
}

impl Annunciator {
    /// Makes lamps and sounder follow; waits for an edge that is due in this cycle.
    fn drive(&mut self, now: Monotonic, lamp: Option<Demand>, sound: Option<Demand>) -> Result<(), Error> {
        self.feel(lamp, sound, now);
        if self.pulse == Pulse::Awaited {
            return Ok(()); // nothing was ever demanded: nothing is driven
        }
        let lamp = lamp.map(|demand| Priority::demanded(demand.value));
        let sound = sound.and_then(|demand| Priority::demanded(demand.value));
        let wish = match self.pulse {
            Pulse::Lost => Wish::Sound(Priority::High),
            Pulse::Alive | Pulse::Awaited => wish(lamp, sound, self.player.priority()),
        };
        let shown = if self.pulse == Pulse::Lost { Some(Priority::High) } else { lamp.flatten() };
        if shown != self.shown {
            self.shown = shown;
            self.shown_since = now;
        }
        // First the sounder: its edges have a time. Whatever fails, the other one is tried too.
        let sounded = self.sound(wish, now);
        let shown = self.lamps.show(self.shown, now.since(self.shown_since));
        sounded.and(shown)
    }

    /// Listens to the heartbeat, and says when it is lost or back.
    fn feel(&mut self, lamp: Option<Demand>, sound: Option<Demand>, now: Monotonic) {
        let pulse = self.heartbeat.hear(lamp, sound, now);
        match (core::mem::replace(&mut self.pulse, pulse), pulse) {
            (Pulse::Awaited | Pulse::Alive, Pulse::Lost) => {
                self.host.log(Level::Error, "nothing is demanded any more: the annunciator sounds by itself");
            }
            (Pulse::Lost, Pulse::Alive) => self.host.log(Level::Info, "alarm priorities are demanded again"),
            (Pulse::Awaited, Pulse::Alive) => self.host.log(Level::Info, "alarm priorities are demanded"),
            (_, Pulse::Awaited) | (Pulse::Alive, Pulse::Alive) | (Pulse::Lost, Pulse::Lost) => {}
        }
    }

    fn sound(&mut self, wish: Wish, now: Monotonic) -> Result<(), Error> {
        self.player.follow(wish, now);
        let due = self.player.due().filter(|(due, _)| *due <= now.plus(WAIT));
        if let Some((due, begins)) = due {
            let early = due.since(self.host.now());
            if early > Span::ZERO {
                self.host.delay(early);
            }
            self.switch(begins)?;
            self.player.made(self.host.now());
        } else {
            self.switch(self.player.is_sounding())?;
        }
        let t = self.host.now();
        let Some(line) = &self.sense_line else { return Ok(()) };
        self.sense.look(line.get()? == LineLevel::High, t);
        if self.player.priority().is_none() && self.sense.is_due(self.config.test_every(), t) {
            self.test_sounder()?;
        }
        Ok(())
    }

    /// Switches the sounder, if it is not so already.
    fn switch(&mut self, on: bool) -> Result<(), Error> {
        let was = self.sounder.is_on();
        self.sounder.drive(on)?;
        match (was, on) {
            (false, true) => self.sense.begins(self.host.now()),
            (true, false) => self.sense.ends(self.host.now()),
            (false, false) | (true, true) => {}
        }
        Ok(())
    }

    /// A pulse too short to be heard, and a look at the current.
    fn test_sounder(&mut self) -> Result<(), Error> {
        let Some(line) = &self.sense_line else { return Ok(()) };
        let on = self.sounder.drive(true);
        self.host.delay(self.config.test_pulse());
        let flows = line.get();
        self.sounder.drive(false)?;
        on?;
        let before = self.sense.verdict();
        self.sense.tell(flows? == LineLevel::High, self.host.now());
        match (before, self.sense.verdict()) {
            (Verdict::Silent, Verdict::Silent) | (_, Verdict::Untested | Verdict::Leaks) => {}
            (_, Verdict::Silent) => {
                self.host.log(Level::Error, "no current flows when the sounder is driven")
            }
            (Verdict::Works, Verdict::Works) => {}
            (_, Verdict::Works) => self.host.log(Level::Info, "the sounder was tested: it sounds"),
        }
        Ok(())
    }

    /// Reads all lines back and, in silence, tests the sounder.
    fn test(&mut self) -> Result<ReadBack, Error> {
        let read_back = self.read_back()?;
        if self.player.priority().is_none() {
            self.test_sounder()?;
        }
        Ok(read_back)
    }

    fn read_back(&mut self) -> Result<ReadBack, Error> {
        let (sounder, lamps) = (self.sounder.read_back()?, self.lamps.read_back()?);
        Ok(if sounder == ReadBack::AsDriven { lamps } else { sounder })
    }

    fn report(&mut self, samples: &mut Samples<'_>) -> Result<(), Error> {
        let read_back = self.read_back()?;
        let t = self.host.now();
        match read_back {
            ReadBack::AsDriven => samples.good(signal::PATTERN, Priority::code(self.player.priority()), t),
            ReadBack::Otherwise => samples.bad(signal::PATTERN, Cause::DeviceError, t),
        }
        match self.pulse {
            Pulse::Awaited => samples.bad(signal::HEARTBEAT_LOST, Cause::NotReady, t),
            Pulse::Alive => samples.good(signal::HEARTBEAT_LOST, 0.0, t),
            Pulse::Lost => samples.good(signal::HEARTBEAT_LOST, 1.0, t),
        }
        if self.sense_line.is_some() {
            match self.sense.verdict() {
                Verdict::Untested => samples.bad(signal::SOUNDER_OK, Cause::NotReady, t),
                Verdict::Works => samples.good(signal::SOUNDER_OK, 1.0, t),
                Verdict::Silent | Verdict::Leaks => samples.good(signal::SOUNDER_OK, 0.0, t),
            }
        }
        Ok(())
    }

    fn note_link(&mut self, outcome: Result<(), Error>, samples: &mut Samples<'_>) {
        if let Err(error) = outcome {
            samples.all_bad(error.cause(), self.host.now());
        }
        if core::mem::replace(&mut self.link, outcome) == outcome {
            return;
        }
        match outcome {
            Ok(()) => self.host.log(Level::Info, "the lines can be driven and read again"),
            Err(error) => {
                let text =
                    format!("a line cannot be driven or read: {error}; it is tried again in every cycle");
                self.host.log(Level::Error, &text);
            }
        }
    }
}

/// What is to be heard, by what is demanded and what is being played. No sound is demanded either because the operator paused
/// it, which the lamp goes on to show, or because there is no such alarm any more.
fn wish(lamp: Option<Option<Priority>>, sound: Option<Priority>, playing: Option<Priority>) -> Wish {
    match (sound, lamp) {
        (Some(priority), _) => Wish::Sound(priority),
        (None, Some(lamp)) if lamp < playing => Wish::Complete,
        (None, _) => Wish::Cut,
    }
}

ecmod_plugin::export_driver!(Annunciator);

#[cfg(test)]
mod tests;
