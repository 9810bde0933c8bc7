// SPDX-License-Identifier: MIT OR Apache-2.0
//! Driver for sensors that the kernel has an IIO driver for: by their files, or by their buffer with the kernel's time stamps.
//!
//! One driver is one IIO device. It changes what its configuration names (a rate, a filter, the buffer) and nothing else.
#![forbid(unsafe_code)]

pub mod buffer;
pub mod channel;
pub mod config;
pub mod convert;
mod faults;
pub mod layout;
mod reader;
mod table;

use buffer::{Buffer, Failure};
use channel::{Outcome, Source, read_text};
use config::{Config, Mode};
use ecmod_plugin::quantities::{Cause, Monotonic, Span};
use ecmod_plugin::{Bus, Demands, Driver, Error, Findings, Host, Info, Level, Samples, Table, c_text};
use faults::Faults;
use reader::{BufferReader, Newest};

/// In one cycle readings are begun for so long; what is due beyond has its turn in the next.
const READ_FOR: Span = Span::from_millis(100);
/// How often the scale of a channel is looked at.
const SCALES_EVERY: Span = Span::from_secs(1);

/// How the device is read.
#[derive(Debug)]
enum Reader {
    /// The channel whose turn is next.
    Poll { next: usize },
    /// The buffer.
    Buffer(BufferReader),
}

/// One IIO device.
#[derive(Debug)]
pub struct Iio {
    host: Host,
    config: Config,
    sources: Vec<Source>,
    faults: Faults,
    reader: Reader,
    /// The channel whose scale is looked at next.
    scale_next: usize,
    scale_due: Monotonic,
    table: Table,
}

impl Driver for Iio {
    const INFO: Info = Info::new(
        c"linux,iio",
        c_text!(env!("CARGO_PKG_VERSION")),
        c"MIT OR Apache-2.0",
        c"A sensor that the kernel has an IIO driver for",
    )
    .needs(Bus::Attributes)
    .period(Span::from_millis(200))
    .budget(Span::from_millis(200))
    .config_schema(c_text!(include_str!("schema.json")));

    type Config = Config;

    fn open(host: Host, config: Config) -> Result<Self, Error> {
        let mut problems = config.problems();
        let table = table::build(&config).map_err(|more| problems.extend(more)).ok();
        let Some(table) = table.filter(|_| problems.is_empty()) else {
            problems.iter().for_each(|problem| host.log(Level::Error, problem));
            return Err(Error::Config);
        };
        let files = host.attributes();
        let names = files.list("")?;
        if let Some(expected) = &config.name {
            let found = read_text(&files.at("name")?)?;
            if found != *expected {
                host.log(Level::Error, &format!("the device calls itself {found}, not {expected}"));
                return Err(Error::Device);
            }
        }
        let refuse = |failure: Failure| {
            host.log(Level::Error, &failure.what);
            failure.error
        };
        if config.mode == Mode::Poll {
            for setting in &config.settings {
                buffer::set(&files, &setting.file, &setting.text).map_err(refuse)?;
            }
        }
        let source = |channel: &config::Channel| {
            Source::find(&files, &names, channel.clone()).inspect_err(|error| {
                host.log(Level::Error, &format!("{}: no channel {}: {error}", channel.name, channel.channel));
            })
        };
        let mut sources = config.channels.iter().map(source).collect::<Result<Vec<_>, _>>()?;
        let reader = match config.mode {
            Mode::Poll => Reader::Poll { next: 0 },
            Mode::Buffer => {
                if let Some(source) = sources.iter().find(|source| !source.is_raw()) {
                    host.log(
                        Level::Error,
                        &format!("{}: it has no raw number to be buffered", source.config.name),
                    );
                    return Err(Error::Config);
                }
                let buffer = Buffer::set_up(&host, &config).map_err(refuse)?;
                host.log(Level::Info, &buffer.description());
                // Settings may have changed the gain.
                sources.iter_mut().try_for_each(|source| source.read_scaling().map(drop))?;
                Reader::Buffer(BufferReader::new(buffer, host.now()))
            }
        };
        let faults = Faults::new(&host, &config)?;
        Ok(Self { host, config, sources, faults, reader, scale_next: 0, scale_due: Monotonic(0), table })
    }

    fn describe(&self) -> Option<&Table> {
        Some(&self.table)
    }

    fn cycle(&mut self, now: Monotonic, _: &Demands<'_>, samples: &mut Samples<'_>) -> Result<(), Error> {
        self.faults.look(&self.host, now);
        self.look_at_a_scale(now);
        match &mut self.reader {
            Reader::Poll { next } => {
                let count = self.sources.len();
                let first = *next;
                for turn in 0..count {
                    let index = (first + turn) % count;
                    let Some(source) = self.sources.get_mut(index) else { continue };
                    if !source.is_due(self.host.now()) {
                        continue;
                    }
                    if self.host.now().since(now) >= READ_FOR {
                        *next = index;
                        break;
                    }
                    let (outcome, t) = source.poll(now, || self.host.now());
                    if outcome == Outcome::Bad(Cause::Disconnected) {
                        // The port may have a stream that nobody reads in this mode.
                        buffer::let_go(&self.host);
                    }
                    deliver(self.faults.on(index, outcome), index, t, samples);
                }
                Ok(())
            }
            Reader::Buffer(reader) => {
                let record = match reader.newest(&self.host, &self.config)? {
                    Newest::Record(record) => record,
                    Newest::NoNews => return Ok(()),
                    Newest::None(cause) => {
                        samples.all_bad(cause, self.host.now());
                        return Ok(());
                    }
                };
                for (index, (source, place)) in self.sources.iter_mut().zip(reader.places()).enumerate() {
                    let raw = record.value(*place);
                    let outcome = match raw.map(|raw| source.judge(raw, record.t)) {
                        None => Outcome::Bad(Cause::Communication),
                        Some(Outcome::Good(value)) if !record.stamped_well => {
                            Outcome::Uncertain(value, Cause::BadTime)
                        }
                        Some(outcome) => outcome,
                    };
                    deliver(self.faults.on(index, outcome), index, record.t, samples);
                }
                Ok(())
            }
        }
    }

    fn self_test(&mut self, findings: &mut Findings<'_>) -> Result<(), Error> {
        if self.faults.none_now(&self.host) {
            findings.passed(c"the device reports no fault");
        } else {
            findings.failed(
                c"the device reports no fault",
                c"A fault file says otherwise, or cannot be read: look at the sensor and its cable.",
            );
        }
        if self.sources.iter_mut().all(|source| source.read_scaling().is_ok()) {
            findings.passed(c"every channel has its scale");
        } else {
            findings.failed(
                c"every channel has its scale",
                c"One cannot be read: look at the kernel's log for the device.",
            );
        }
        Ok(())
    }
}

impl Iio {
    /// One channel's scale each time, since somebody may change the gain, and those that could not be read.
    fn look_at_a_scale(&mut self, now: Monotonic) {
        for source in self.sources.iter_mut().filter(|source| !source.has_scaling()) {
            let _ = source.read_scaling(); // why not is its samples' cause
        }
        if now < self.scale_due {
            return;
        }
        self.scale_due = now.plus(SCALES_EVERY);
        if let Some(source) = self.sources.get_mut(self.scale_next)
            && source.read_scaling() == Ok(true)
        {
            self.host.log(
                Level::Warning,
                &format!("{}: somebody changed its scale or offset", source.config.name),
            );
        }
        self.scale_next = (self.scale_next + 1) % self.sources.len().max(1);
    }
}

fn deliver(outcome: Outcome, index: usize, t: Monotonic, samples: &mut Samples<'_>) {
    match outcome {
        Outcome::Good(value) => samples.good(index, value, t),
        Outcome::Uncertain(value, cause) => samples.uncertain(index, value, cause, t),
        Outcome::Bad(cause) => samples.bad(index, cause, t),
    }
}

ecmod_plugin::export_driver!(Iio);

#[cfg(test)]
mod layout_tests;
#[cfg(test)]
mod tests;
