// SPDX-License-Identifier: MIT OR Apache-2.0
//! A core with a tape that keeps all that goes into it, and the replay of one.
//!
//! The same inputs give the same outputs, bit for bit, in another process and built with another profile. A tape is text: one
//! JSON object for each line, numbers with a fraction as their bits. The first line names the pump, which gives the settings of
//! [`super::settings_for`]; a tape begins with a cold core and ends with it.

use super::settings_for;
use crate::circuit::PumpPreset;
use ecmod_control::{
    Boot, ClampLinks, Core, DriverHealth, Facts, Inputs, LinkHealth, Mode, Outputs, PumpLink, Refusal,
    Request,
};
use ecmod_quantities::{Cause, GasLitresPerMinute, LitresPerMinute, Monotonic, Quality, Reading, Rpm};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::io::{BufRead, Write};

/// Why there is no recording or no replay.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// The file.
    #[error("the tape cannot be read or written: {0}")]
    Io(#[from] std::io::Error),
    /// A line.
    #[error("line {0} of the tape is not understood: {1}")]
    Line(usize, String),
    /// It does not begin with its pump.
    #[error("the tape is empty")]
    Empty,
    /// The core does not take the settings.
    #[error(transparent)]
    Settings(#[from] ecmod_control::SettingsProblem),
    /// Only some requests have a form on tape.
    #[error("this cannot be recorded: {0:?}")]
    Request(Box<Request>),
}

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Begin {
        pump: PumpPreset,
    },
    Tick {
        now: u64,
        /// Present or not; the bits of the speed it holds; whether keys set it.
        pump: Option<(Option<u64>, bool)>,
        clamps: (bool, bool),
        facts: u32,
        /// All that have changed: index, bits of the value, quality, cause, time, sequence.
        readings: Vec<(usize, u64, u32, u32, u64, u64)>,
        drivers: Vec<usize>,
        /// Codes of the links; none where all are sound.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        links: Vec<u8>,
    },
    Request {
        now: u64,
        what: Asked,
    },
}

/// What the operators of scenarios ask for.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Asked {
    Start,
    RequestStop,
    ConfirmStop(u32),
    CancelStop,
    Mode(usize),
    Speed(u64),
    Flow(u64),
    SweepGas(u64),
    AcknowledgeAll,
    PauseAudio(bool),
    OverrideAll(bool),
}

/// A core, and what is written of it.
#[derive(Debug)]
pub(super) struct TapedCore {
    core: Core,
    tape: Option<Tape>,
}

#[derive(Debug)]
struct Tape {
    lines: Vec<Line>,
    digest: Digest,
    seen: Vec<Reading>,
    /// The first request that has no form on tape.
    unknown: Option<Request>,
}

impl TapedCore {
    pub(super) const fn new(core: Core) -> Self {
        Self { core, tape: None }
    }

    pub(super) const fn core(&self) -> &Core {
        &self.core
    }

    /// From now on; sensible only for a core that has not ticked yet.
    pub(super) fn record(&mut self) {
        self.tape = Some(Tape { lines: Vec::new(), digest: Digest::new(), seen: Vec::new(), unknown: None });
    }

    pub(super) fn tick(&mut self, inputs: &Inputs<'_>, now: Monotonic) {
        if let Some(tape) = &mut self.tape {
            tape.tick(inputs, now);
        }
        let outputs = self.core.tick(inputs, now);
        if let Some(tape) = &mut self.tape {
            tape.digest.add(outputs);
        }
    }

    pub(super) fn request(&mut self, request: Request, now: Monotonic) -> Result<(), Refusal> {
        if let Some(tape) = &mut self.tape {
            match Asked::of(request) {
                Some(what) => tape.lines.push(Line::Request { now: now.0, what }),
                None => tape.unknown = tape.unknown.or(Some(request)),
            }
        }
        self.core.request(request, now)
    }

    pub(super) const fn outputs(&self) -> &Outputs {
        self.core.outputs()
    }

    /// Writes what was recorded; what a replay of it has to come to.
    pub(super) fn save(&self, pump: PumpPreset, to: &mut dyn Write) -> Result<Replayed, TapeError> {
        if let Some(request) = self.tape.as_ref().and_then(|tape| tape.unknown) {
            return Err(TapeError::Request(Box::new(request)));
        }
        let lines = self.tape.iter().flat_map(|tape| &tape.lines);
        for line in std::iter::once(&Line::Begin { pump }).chain(lines) {
            serde_json::to_writer(&mut *to, line).map_err(std::io::Error::from)?;
            to.write_all(b"\n")?;
        }
        let digest = self.tape.as_ref().map_or(Digest::new(), |tape| tape.digest);
        Ok(Replayed { ticks: digest.ticks, digest: digest.hash })
    }
}

impl Tape {
    fn tick(&mut self, inputs: &Inputs<'_>, now: Monotonic) {
        self.seen.resize(inputs.sources.len(), Reading::NO_DATA);
        let mut readings = Vec::new();
        for (index, (reading, seen)) in inputs.sources.iter().zip(&mut self.seen).enumerate() {
            if reading != seen {
                *seen = *reading;
                readings.push((
                    index,
                    reading.value().unwrap_or(0.0).to_bits(),
                    reading.quality().code(),
                    reading.cause().code(),
                    reading.acquired().0,
                    reading.sequence(),
                ));
            }
        }
        let place = |health: &DriverHealth| DriverHealth::ALL.iter().position(|one| one == health);
        self.lines.push(Line::Tick {
            now: now.0,
            pump: match inputs.pump {
                PumpLink::Absent => None,
                PumpLink::Present { held, local } => Some((held.map(|speed| speed.value().to_bits()), local)),
            },
            clamps: (inputs.clamps.return_clamp, inputs.clamps.drainage_clamp),
            facts: inputs.facts.bits(),
            readings,
            drivers: inputs.drivers.iter().filter_map(place).collect(),
            links: if inputs.links.iter().all(|link| *link == LinkHealth::Sound) {
                Vec::new()
            } else {
                inputs.links.iter().map(|link| link.code()).collect()
            },
        });
    }
}

impl Asked {
    fn of(request: Request) -> Option<Self> {
        Some(match request {
            Request::Start => Self::Start,
            Request::RequestStop => Self::RequestStop,
            Request::ConfirmStop { token } => Self::ConfirmStop(token),
            Request::CancelStop => Self::CancelStop,
            Request::SetMode(mode) => Self::Mode(Mode::ALL.iter().position(|one| *one == mode)?),
            Request::SetSpeed(speed) => Self::Speed(speed.value().to_bits()),
            Request::SetFlow(flow) => Self::Flow(flow.value().to_bits()),
            Request::SetSweepGasFlow(flow) => Self::SweepGas(flow.value().to_bits()),
            Request::Acknowledge(None) => Self::AcknowledgeAll,
            Request::PauseAudio(on) => Self::PauseAudio(on),
            Request::Override { intervention: None, on } => Self::OverrideAll(on),
            _ => return None,
        })
    }

    fn request(self) -> Option<Request> {
        Some(match self {
            Self::Start => Request::Start,
            Self::RequestStop => Request::RequestStop,
            Self::ConfirmStop(token) => Request::ConfirmStop { token },
            Self::CancelStop => Request::CancelStop,
            Self::Mode(place) => Request::SetMode(*Mode::ALL.get(place)?),
            Self::Speed(bits) => Request::SetSpeed(Rpm(f64::from_bits(bits))),
            Self::Flow(bits) => Request::SetFlow(LitresPerMinute(f64::from_bits(bits))),
            Self::SweepGas(bits) => Request::SetSweepGasFlow(GasLitresPerMinute(f64::from_bits(bits))),
            Self::AcknowledgeAll => Request::Acknowledge(None),
            Self::PauseAudio(on) => Request::PauseAudio(on),
            Self::OverrideAll(on) => Request::Override { intervention: None, on },
        })
    }
}

/// What a replay came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replayed {
    /// Ticks on the tape.
    pub ticks: u64,
    /// Of every output of every tick, to the last bit.
    pub digest: u64,
}

/// Plays a tape to a new core.
///
/// # Errors
/// The tape cannot be read, or is none.
pub fn replay(tape: impl BufRead) -> Result<Replayed, TapeError> {
    let mut core: Option<Core> = None;
    let mut sources = Vec::new();
    let mut digest = Digest::new();
    for (number, line) in tape.lines().enumerate() {
        let wrong = |why: &dyn std::fmt::Display| TapeError::Line(number + 1, why.to_string());
        let line = serde_json::from_str(&line?).map_err(|error| wrong(&error))?;
        match (&mut core, line) {
            (None, Line::Begin { pump }) => core = Some(Core::new(settings_for(pump), Boot::Cold)?),
            (None, _) | (_, Line::Begin { .. }) => return Err(wrong(&"a tape begins once")),
            (Some(core), Line::Request { now, what }) => {
                let request = what.request().ok_or_else(|| wrong(&"no such mode"))?;
                let _refused_again = core.request(request, Monotonic(now));
            }
            (Some(core), Line::Tick { now, pump, clamps, facts, readings, drivers, links }) => {
                for (index, value, quality, cause, acquired, sequence) in readings {
                    let reading = reading(value, quality, cause, Monotonic(acquired), sequence)
                        .ok_or_else(|| wrong(&"no such quality or cause"))?;
                    if index >= ecmod_control::MAX_SOURCES {
                        return Err(wrong(&"no such source"));
                    }
                    if sources.len() <= index {
                        sources.resize(index + 1, Reading::NO_DATA);
                    }
                    sources.get_mut(index).into_iter().for_each(|place| *place = reading);
                }
                let health = |place: &usize| DriverHealth::ALL.get(*place).copied();
                let drivers: Vec<DriverHealth> = drivers.iter().filter_map(health).collect();
                let pump = pump.map_or(PumpLink::Absent, |(held, local)| PumpLink::Present {
                    held: held.map(|bits| Rpm(f64::from_bits(bits))),
                    local,
                });
                let clamps = ClampLinks { return_clamp: clamps.0, drainage_clamp: clamps.1 };
                let facts = Facts::from_bits(facts);
                let links: Vec<LinkHealth> = links.into_iter().map(LinkHealth::from_code).collect();
                let inputs =
                    Inputs { sources: &sources, pump, clamps, drivers: &drivers, links: &links, facts };
                digest.add(core.tick(&inputs, Monotonic(now)));
            }
        }
    }
    if core.is_none() {
        return Err(TapeError::Empty);
    }
    Ok(Replayed { ticks: digest.ticks, digest: digest.hash })
}

fn reading(value: u64, quality: u32, cause: u32, acquired: Monotonic, sequence: u64) -> Option<Reading> {
    let (value, cause) = (f64::from_bits(value), Cause::from_code(cause)?);
    Some(match Quality::from_code(quality)? {
        Quality::Good => Reading::good(value, acquired, sequence),
        Quality::Uncertain => Reading::uncertain(value, cause, acquired, sequence),
        Quality::Bad => Reading::bad(cause, acquired, sequence),
    })
}

/// FNV-1a of the outputs' debug text, in which every number stands with all its digits.
#[derive(Debug, Clone, Copy)]
struct Digest {
    ticks: u64,
    hash: u64,
}

impl Digest {
    const fn new() -> Self {
        Self { ticks: 0, hash: 0xCBF2_9CE4_8422_2325 }
    }

    fn add(&mut self, outputs: &Outputs) {
        self.ticks += 1;
        // Writing into a number cannot fail.
        let _ = write!(self, "{outputs:?}");
    }
}

impl std::fmt::Write for Digest {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for byte in text.bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
        Ok(())
    }
}
