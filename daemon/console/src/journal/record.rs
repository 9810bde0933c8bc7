// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a restarted daemon needs to go on, and the second format of the state: text, a line per fact (`text`).
//!
//! | line | what |
//! |---|---|
//! | `saved BOOT WALL MONOTONIC` | when it was written: boot id, ns since 1970, ns of the monotonic clock |
//! | `names N` | checksum of the names of signals, drivers and ports, which alarms refer to by number |
//! | `mode`, `speed_rpm`, `flow_l_min`, `sweep_gas_l_min`, `supporting` | setpoints; no sweep gas line: none was set |
//! | `class`, `limits known`, `limit NAME VALUE` or `limit NAME off` | the alarm and pressure limits in force |
//! | `alarm_off ID`, `audio_paused_until NS`, `transport` | what an operator has chosen of the alarms |
//! | `alarm ID SUBJECT NUMBER PRIORITY yes/no` | an alarm that was present, and whether it was acknowledged |
//! | `intervention NAME begun SINCE ENDS`, `eased SINCE ENDS`, `expired`, `overridden UNTIL` | what is kept of the interventions |
//! | `undisturbed RPM FLOW` | what the pump did before an intervention lowered it; the flow may be `unknown` |
//! | `eased RPM FLOW` | the same of one that has let go and may act again, until the pump is there again |
//! | `zero_flow_speed_rpm`, `membrane_baseline` | what the estimators have learnt |
//!
//! Times of the monotonic clock mean nothing after a boot, numbers of signals nothing after a change of the
//! configuration: [`Record::resume`] leaves out what no longer holds.

use ecmod_control::{EstimatorMemory, Kept, Mode, Resume, Subject};
use ecmod_quantities::{GasLitresPerMinute, LitresPerMinute, Rpm};

use super::boots::BootId;
use super::format_1;
use super::stored::{Damage, Stored};
use super::text::{Reader, Writer, answer};
use super::{alarms, interventions};
use crate::plan::Plan;
use crate::record::entry::Stamp;

const NAME: &str = "ecmod-state";
const FORMAT: u32 = 2;

/// What a restarted daemon needs to go on.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Of the core.
    pub state: Resume,
    /// When, and of which configuration; `None` in a record of the first format.
    pub saved: Option<Saved>,
    /// It had limits, and they are of no use: of another version, or not in order.
    pub limits_lost: bool,
}

/// When a record was made, and of which configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// In which boot of the machine.
    pub boot: BootId,
    /// When.
    pub at: Stamp,
    /// Of the names that numbers in it stand for.
    pub names: u32,
}

/// A checksum of the names of all signals, drivers and ports in their order.
#[must_use]
pub fn names_of(plan: &Plan) -> u32 {
    let mut names = crc32fast::Hasher::new();
    let signals = plan.signals.iter().map(|signal| &signal.name);
    let drivers = plan.drivers.iter().map(|driver| &driver.id);
    let ports = plan.ports.iter().map(|port| &port.name);
    for (kind, name) in signals
        .map(|name| ("signal", name))
        .chain(drivers.map(|name| ("driver", name)))
        .chain(ports.map(|name| ("port", name)))
    {
        names.update(format!("{kind} {name}\n").as_bytes());
    }
    names.finalize()
}

impl Record {
    /// What of it holds in this boot and with these names.
    #[must_use]
    pub fn resume(&self, boot: &BootId, names: u32) -> Resume {
        let mut state = self.state;
        let is_same_boot = self.saved.as_ref().is_some_and(|saved| saved.boot.is_same(boot));
        if !is_same_boot {
            state.alarms.paused_until = None;
            for kept in &mut state.interventions.kept {
                *kept = match *kept {
                    Kept::Idle | Kept::Overridden { .. } => Kept::Idle,
                    // Its time is over, as far as anybody can say: it must not begin anew for the same cause.
                    Kept::Begun { .. } | Kept::Eased { .. } | Kept::Expired => Kept::Expired,
                };
            }
        }
        if self.saved.as_ref().is_none_or(|saved| saved.names != names) {
            for place in &mut state.alarms.alarms {
                *place = place.filter(|kept| match kept.alarm.subject {
                    Subject::Signal(_) | Subject::Driver(_) | Subject::Port(_) => false,
                    Subject::None | Subject::Clamp(_) | Subject::Intervention(_) => true,
                });
            }
        }
        state
    }
}

impl Stored for Record {
    const NAMES: [&'static str; 2] = ["state.a", "state.b"];
    const LONGEST: usize = 16 * 1024;

    fn encode(&self, sequence: u64) -> Vec<u8> {
        let Resume { mode, speed, flow, sweep_gas_flow, supporting, alarms, interventions, estimators } =
            &self.state;
        let mut text = Writer::new(NAME, FORMAT, sequence);
        if let Some(Saved { boot, at, names }) = &self.saved {
            text.line("saved", [boot, &at.wall_ns, &at.monotonic_ns]);
            text.line("names", [names]);
        }
        text.line("mode", [&mode.name()]);
        text.line("speed_rpm", [&speed.value()]);
        text.line("flow_l_min", [&flow.value()]);
        text.optional(
            "sweep_gas_l_min",
            sweep_gas_flow.map(GasLitresPerMinute::value).as_ref().map(|gas| gas as _),
        );
        text.line("supporting", [&answer(*supporting)]);
        alarms::write(alarms, &mut text);
        interventions::write(interventions, &mut text);
        let EstimatorMemory { zero_flow_speed, membrane_baseline } = estimators;
        text.optional(
            "zero_flow_speed_rpm",
            zero_flow_speed.map(Rpm::value).as_ref().map(|speed| speed as _),
        );
        text.optional("membrane_baseline", membrane_baseline.as_ref().map(|baseline| baseline as _));
        text.finish()
    }

    fn decode(bytes: &[u8]) -> Result<(Self, u64), Damage> {
        if format_1::is(bytes) {
            let (state, sequence) = format_1::decode(bytes)?;
            return Ok((Self { state, saved: None, limits_lost: false }, sequence));
        }
        let text = Reader::open(NAME, FORMAT, bytes)?;
        let (alarms, limits_lost) = alarms::read(&text)?;
        let state = Resume {
            mode: text.one::<String>("mode")?.as_deref().and_then(mode_of).ok_or(Damage::Contents)?,
            speed: Rpm(text.number("speed_rpm")?.ok_or(Damage::Contents)?),
            flow: LitresPerMinute(text.number("flow_l_min")?.ok_or(Damage::Contents)?),
            sweep_gas_flow: text.number("sweep_gas_l_min")?.map(GasLitresPerMinute),
            supporting: text.answer("supporting")?.ok_or(Damage::Contents)?,
            alarms,
            interventions: interventions::read(&text)?,
            estimators: EstimatorMemory {
                zero_flow_speed: text.number("zero_flow_speed_rpm")?.map(Rpm),
                membrane_baseline: text.number("membrane_baseline")?,
            },
        };
        let saved = match text.all("saved").next() {
            None => None,
            Some(mut line) => Some(Saved {
                boot: BootId::new(line.word()?),
                at: Stamp { wall_ns: line.value()?, monotonic_ns: line.value()? },
                names: text.one("names")?.ok_or(Damage::Contents)?,
            }),
        };
        Ok((Self { state, saved, limits_lost }, text.sequence))
    }
}

fn mode_of(name: &str) -> Option<Mode> {
    [Mode::Speed, Mode::Flow, Mode::ZeroFlow].into_iter().find(|mode| mode.name() == name)
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
