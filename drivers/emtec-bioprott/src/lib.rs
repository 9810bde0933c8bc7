// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver for the em-tec BioProTT ultrasonic flow meter: a clamp-on sensor whose meter streams ten lines a second.
//!
//! It listens. It sends nothing unless it is configured to restart a silent stream, and then only a
//! [`command::Command`]: other letters can hang the meter. A line that is not exactly a line gives no value, and one whose
//! means contradict each other or the lines before gives no flow ([`agreement`]). All other numbers are the middle one of
//! three lines ([`middle`]).
#![forbid(unsafe_code)]

pub mod agreement;
pub mod command;
pub mod config;
pub mod convert;
pub mod line;
pub mod middle;
pub mod status;
pub mod stream;

use agreement::{Agreement, Verdict};
use command::Command;
use config::{Config, OnSilence};
use convert::{
    FACTOR_RANGE, FLOW_RANGE, Outcome, Outcomes, QUALITY_RANGE, TEMPERATURE_RANGE, evaluate, fault,
};
use ecmod_plugin::quantities::{Cause, Monotonic, Quantity, Span};
use ecmod_plugin::{
    Bus, Demands, Driver, Error, Findings, Host, Info, Level, Samples, Serial, Signal, c_text,
};
use line::{Layout, Line, parse};
use middle::Middles;
use stream::Cutter;

/// Indices of the signals.
pub mod signal {
    /// Mean flow over 100 ms.
    pub const FLOW: usize = 0;
    /// Mean flow over 1 s.
    pub const FLOW_1S: usize = 1;
    /// Mean flow over 10 s.
    pub const FLOW_10S: usize = 2;
    /// Coupling.
    pub const QUALITY: usize = 3;
    /// Board temperature.
    pub const TEMPERATURE: usize = 4;
    /// Calibration factor.
    pub const CALIBRATION_FACTOR: usize = 5;
    /// Error byte.
    pub const ERROR: usize = 6;
    /// Status byte.
    pub const STATUS: usize = 7;
}

/// The fastest change of flow that is ordinary, L/min per second: a beating heart moves the 100 ms mean by some tenths
/// from line to line. A line that is clamped is faster: the console then believes the third sample.
const FLOW_SLEW: f64 = 10.0;
/// The fastest change of the 10 s mean: a hundredth of 15 L/min in each line, L/min per second.
const SLOW_SLEW: f64 = 1.5;
/// Lines come every 100 ms: after five of them nothing is known any more.
const SILENT_AFTER: Span = Span::from_millis(500);
/// A silent meter is told to start its stream after this, if that is configured ...
const RESTART_AFTER: Span = Span::from_secs(2);
/// ... and again after this.
const RESTART_EVERY: Span = Span::from_secs(5);
/// How long a cycle waits for bytes: half of its period, so that a byte is seen at most 10 ms late.
const WAIT: Span = Span::from_millis(10);
/// Most reads of one cycle: bounds it when the line babbles.
const MOST_READS: usize = 4;
/// Bytes of one read: more than a whole line.
const CHUNK: usize = 128;

/// One meter.
#[derive(Debug)]
pub struct EmtecBioprott {
    host: Host,
    serial: Serial,
    config: Config,
    cutter: Cutter,
    /// Whether a padded line has been seen: then a compact one is a damaged one.
    padded: bool,
    agreement: Agreement,
    middles: Middles,
    /// Whether it was said that the lines contradict each other.
    contradicted: bool,
    last_line: Monotonic,
    /// When bytes last came that were no line.
    last_noise: Option<Monotonic>,
    silent: bool,
    last_restart: Option<Monotonic>,
    last_bytes: Option<(u8, u8)>,
}

impl Driver for EmtecBioprott {
    const INFO: Info = Info::new(
        c"em-tec,bioprott",
        c_text!(env!("CARGO_PKG_VERSION")),
        c"MIT OR Apache-2.0",
        c"em-tec BioProTT clamp-on ultrasonic blood flow meter",
    )
    .needs(Bus::Serial)
    .period(Span::from_millis(20))
    .budget(Span::from_millis(20))
    .config_schema(config::SCHEMA)
    .signals(&[
        Signal::new(c"flow", Quantity::BloodFlow, FLOW_RANGE)
            .label(c"Blood flow, mean over 100 ms")
            .longest_age(Span::from_millis(350))
            .max_slew(FLOW_SLEW),
        Signal::new(c"flow_1s", Quantity::BloodFlow, FLOW_RANGE)
            .label(c"Blood flow, mean over 1 s")
            .longest_age(Span::from_millis(350))
            .max_slew(FLOW_SLEW),
        Signal::new(c"flow_10s", Quantity::BloodFlow, FLOW_RANGE)
            .label(c"Blood flow, mean over 10 s")
            .longest_age(Span::from_millis(350))
            .max_slew(SLOW_SLEW),
        Signal::new(c"quality", Quantity::Fraction, QUALITY_RANGE).label(c"Ultrasonic coupling"),
        Signal::new(c"temperature", Quantity::Temperature, TEMPERATURE_RANGE)
            .label(c"Temperature of the meter's board"),
        Signal::new(c"calibration_factor", Quantity::Fraction, FACTOR_RANGE)
            .label(c"Calibration factor of the meter, 100 % is a factor of 1.00"),
        Signal::new(c"error", Quantity::Code, (0.0, 255.0)).label(c"Error code of the meter, 0 if none"),
        Signal::new(c"status", Quantity::Code, (0.0, 255.0)).label(c"Status bits of the meter"),
    ]);

    type Config = Config;

    fn open(host: Host, config: Config) -> Result<Self, Error> {
        host.accept(config.problem())?;
        let (serial, last_line) = (host.serial(), host.now());
        Ok(Self {
            host,
            serial,
            config,
            cutter: Cutter::new(),
            padded: false,
            agreement: Agreement::new(),
            middles: Middles::default(),
            contradicted: false,
            last_line,
            last_noise: None,
            silent: false,
            last_restart: None,
            last_bytes: None,
        })
    }

    fn cycle(
        &mut self,
        _now: Monotonic,
        _demands: &Demands<'_>,
        samples: &mut Samples<'_>,
    ) -> Result<(), Error> {
        let mut chunk = [0; CHUNK];
        for _ in 0..MOST_READS {
            match self.serial.read(&mut chunk, WAIT) {
                Ok(length) => {
                    self.take(chunk.get(..length).unwrap_or_default(), samples);
                    if length < CHUNK {
                        break; // all that was there: the next read would wait
                    }
                }
                Err(Error::Timeout) => break,
                Err(Error::Corrupt) => {
                    self.last_noise = Some(self.host.now());
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        self.watch_silence(samples)
    }

    fn self_test(&mut self, findings: &mut Findings<'_>) -> Result<(), Error> {
        let detail =
            c"No whole line within half a second: check the cable, the baud rate and the meter's power.";
        if self.host.now().since(self.last_line) <= SILENT_AFTER && self.last_bytes.is_some() {
            findings.passed(c"the meter streams");
        } else {
            findings.failed(c"the meter streams", detail);
        }
        match self.last_bytes {
            Some((0, status)) if status & 0xA0 == 0 => findings.passed(c"the sensor measures"),
            Some(_) => findings.failed(
                c"the sensor measures",
                c"The meter reports an error, no sensor, or weak coupling: see its error and status signals.",
            ),
            None => {}
        }
        Ok(())
    }
}

impl EmtecBioprott {
    /// Takes bytes in, and samples from every whole line among them.
    fn take(&mut self, bytes: &[u8], samples: &mut Samples<'_>) {
        let now = self.host.now();
        let byte_time = self.config.byte_time();
        let mut cutter = core::mem::take(&mut self.cutter);
        let noise = cutter.feed(bytes, now, byte_time, |cut| match self.parse(cut.text) {
            Some(line) => self.deliver(&line, cut.began, samples),
            None => self.last_noise = Some(now),
        });
        self.cutter = cutter;
        if noise > 0 {
            self.last_noise = Some(now);
        }
    }

    /// A stream has one layout. Once a padded line has been seen, a line that only passes as a compact one has lost bytes.
    fn parse(&mut self, text: &[u8]) -> Option<Line> {
        if let Some(line) = parse(text, Layout::Padded) {
            self.padded = true;
            return Some(line);
        }
        if self.padded { None } else { parse(text, Layout::Compact) }
    }

    fn deliver(&mut self, line: &Line, t: Monotonic, samples: &mut Samples<'_>) {
        let Outcomes { flow: [flow, flow_1s, flow_10s], quality, temperature, factor, error, status } =
            evaluate(line, &self.middles.of(line), self.config.table);
        let flows = [(signal::FLOW, flow), (signal::FLOW_1S, flow_1s), (signal::FLOW_10S, flow_10s)];
        match self.judge(line, t) {
            Verdict::Agreed => {
                for (index, outcome) in flows {
                    give(samples, index, outcome, t);
                }
            }
            Verdict::Doubted => {}
            Verdict::Contradicted => {
                for (index, _) in flows {
                    samples.bad(index, Cause::Disagreement, t);
                }
            }
        }
        let others = [
            (signal::QUALITY, quality),
            (signal::TEMPERATURE, temperature),
            (signal::CALIBRATION_FACTOR, factor),
            (signal::ERROR, error),
            (signal::STATUS, status),
        ];
        for (index, outcome) in others {
            give(samples, index, outcome, t);
        }
        if self.silent {
            self.silent = false;
            self.host.log(Level::Info, "the meter streams again");
        }
        self.last_line = t;
        self.last_restart = None;
        self.note_bytes(line);
    }

    /// Whether the line's flows may be given, if it has any.
    fn judge(&mut self, line: &Line, t: Monotonic) -> Verdict {
        if fault(line).is_some() {
            self.agreement = Agreement::new();
            return Verdict::Agreed;
        }
        let verdict = self.agreement.judge(line, t);
        match (verdict, self.contradicted) {
            (Verdict::Contradicted, false) => {
                self.contradicted = true;
                self.host
                    .log(Level::Warning, "the meter's lines contradict each other: damaged on the wire?");
            }
            (Verdict::Agreed, true) => {
                self.contradicted = false;
                self.host.log(Level::Info, "the meter's lines agree again");
            }
            (Verdict::Agreed | Verdict::Doubted | Verdict::Contradicted, _) => {}
        }
        verdict
    }

    /// Says what changed in the error and status bytes.
    fn note_bytes(&mut self, line: &Line) {
        let bytes = (line.error, line.status);
        // Near zero comes and goes with the flow: no news.
        let news = self
            .last_bytes
            .is_none_or(|(error, status)| error != line.error || (status ^ line.status) & !0x40 != 0);
        self.last_bytes = Some(bytes);
        if news {
            let level = if line.error == 0 && line.status & 0xA0 == 0 { Level::Info } else { Level::Warning };
            let table = status::Status(line.status).table();
            let text = format!(
                "the meter's error byte is {:#04x}, its status {:#04x} (table {table})",
                line.error, line.status
            );
            self.host.log(level, &text);
        }
    }

    /// Without a line for too long there is no value; and, if so configured, the meter is told to go on.
    fn watch_silence(&mut self, samples: &mut Samples<'_>) -> Result<(), Error> {
        let now = self.host.now();
        let silent_for = now.since(self.last_line);
        if silent_for <= SILENT_AFTER {
            return Ok(());
        }
        let noisy = self.last_noise.is_some_and(|last| now.since(last) <= SILENT_AFTER);
        let (cause, text) = if noisy {
            (Cause::Communication, "bytes arrive, but no whole line: noise, or another baud rate")
        } else {
            (Cause::Timeout, "nothing arrives from the meter")
        };
        samples.all_bad(cause, now);
        if !self.silent {
            self.silent = true;
            self.middles = Middles::default();
            self.host.log(Level::Warning, text);
        }
        let due = self.last_restart.is_none_or(|last| now.since(last) >= RESTART_EVERY);
        if self.config.on_silence == OnSilence::Restart && silent_for >= RESTART_AFTER && due {
            self.last_restart = Some(now);
            Command::Restart.send(&self.serial)?;
        }
        Ok(())
    }
}

fn give(samples: &mut Samples<'_>, index: usize, outcome: Outcome, t: Monotonic) {
    match outcome {
        Outcome::Good(value) => samples.good(index, value, t),
        Outcome::Uncertain(value, cause) => samples.uncertain(index, value, cause, t),
        Outcome::Bad(cause) => samples.bad(index, cause, t),
    }
}

ecmod_plugin::export_driver!(EmtecBioprott);

#[cfg(test)]
mod tests;
