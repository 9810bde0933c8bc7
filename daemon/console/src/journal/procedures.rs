// SPDX-License-Identifier: MIT OR Apache-2.0
//! The procedures that run, when each was last completed and since when the case goes on, as text with a checksum ([`super::text`]).
//!
//! Times are spans, as they were when the record was made; the clocks of that moment stand beside them. Within one boot the monotonic
//! clock says how long ago that was; across boots the wall clock does, which may be wrong: never less than nothing, and no more than
//! [`LONGEST_AWAY`].
//!
//! | line | what |
//! |---|---|
//! | `boot ID`, `clocks MONOTONIC WALL` | when it was made, ns |
//! | `case BEGAN SEEN [OVER]` | how long ago it began, whether that was seen, how long ago support ended |
//! | `completed PROCEDURE AGO` | when it was last completed |
//! | `run PROCEDURE ELAPSED BY SPEED FLOW CLASS` | one that runs; `-` for what is not known |
//! | `step PROCEDURE STEP waiting [SINCE]`, `... skipped AT BY REASON`, `... HOW AT BY` | in the order of the procedure |

use ecmod_control::PatientClass;
use ecmod_procedures::{Aim, Done, Kept, KeptRun, Progress, StepDone};
use ecmod_quantities::{LitresPerMinute, Rpm, Span};

use super::boots::BootId;
use super::stored::{Damage, Stored};
use super::text::{Reader, Values, Writer, answer};
use crate::record::entry::Stamp;

const NAME: &str = "ecmod-procedures";
const FORMAT: u32 = 1;
/// A machine that was off for longer was not off so long: its wall clock is wrong.
pub const LONGEST_AWAY: Span = Span::from_secs(90 * 86_400);
/// What stands for nothing.
const NONE: &str = "-";

/// What is kept of the procedures.
#[derive(Debug, Clone, PartialEq)]
pub struct Procedures {
    /// The boot in which it was made.
    pub boot: BootId,
    /// When it was made.
    pub at: Stamp,
    /// What it says.
    pub kept: Kept,
}

impl Procedures {
    /// How long ago it was made.
    #[must_use]
    pub fn ago(&self, boot: &BootId, now: Stamp) -> Span {
        if self.boot.is_same(boot) {
            return Span(now.monotonic_ns.saturating_sub(self.at.monotonic_ns));
        }
        let wall = u64::try_from(now.wall_ns.saturating_sub(self.at.wall_ns)).unwrap_or(0);
        Span(wall.min(LONGEST_AWAY.0))
    }
}

impl Stored for Procedures {
    const NAMES: [&'static str; 2] = ["procedures.a", "procedures.b"];
    /// All that can run, with the longest reasons.
    const LONGEST: usize = 1024 * 1024;

    fn encode(&self, sequence: u64) -> Vec<u8> {
        let mut text = Writer::new(NAME, FORMAT, sequence);
        text.line("boot", [&self.boot]);
        text.line("clocks", [&self.at.monotonic_ns, &self.at.wall_ns]);
        match self.kept.case {
            Some((began, is_seen, Some(over))) => text.line("case", [&began.0, &answer(is_seen), &over.0]),
            Some((began, is_seen, None)) => text.line("case", [&began.0, &answer(is_seen)]),
            None => {}
        }
        for (id, ago) in &self.kept.completed {
            text.line("completed", [id, &ago.0]);
        }
        for run in &self.kept.runs {
            put_run(&mut text, run);
        }
        text.finish()
    }

    fn decode(bytes: &[u8]) -> Result<(Self, u64), Damage> {
        let text = Reader::open(NAME, FORMAT, bytes)?;
        let boot = BootId::new(&text.one::<String>("boot")?.ok_or(Damage::Contents)?);
        let mut clocks = text.all("clocks").next().ok_or(Damage::Contents)?;
        let at = Stamp { monotonic_ns: clocks.value()?, wall_ns: clocks.value()? };
        let mut kept = Kept::default();
        if let Some(mut line) = text.all("case").next() {
            let began = Span(line.value()?);
            let is_seen = yes_or_no(line.word()?)?;
            let over = if line.is_over() { None } else { Some(Span(line.value()?)) };
            kept.case = Some((began, is_seen, over));
        }
        for mut line in text.all("completed") {
            kept.completed.push((line.word()?.to_owned(), Span(line.value()?)));
        }
        for mut line in text.all("run") {
            kept.runs.push(run(&mut line)?);
        }
        for mut line in text.all("step") {
            let procedure = line.word()?;
            let run = kept.runs.iter_mut().find(|run| run.procedure == procedure).ok_or(Damage::Contents)?;
            run.steps.push((line.word()?.to_owned(), progress(&mut line)?));
        }
        Ok((Self { boot, at, kept }, text.sequence))
    }
}

fn put_run(text: &mut Writer, run: &KeptRun) {
    let number = |value: Option<f64>| value.map_or_else(|| NONE.to_owned(), |value| value.to_string());
    let speed = number(run.aim.speed.map(Rpm::value));
    let flow = number(run.aim.flow.map(LitresPerMinute::value));
    let class = if run.aim.class.is_empty() { NONE } else { run.aim.class };
    text.line("run", [&run.procedure, &run.elapsed.0, &packed(&run.by), &speed, &flow, &class]);
    for (step, progress) in &run.steps {
        let id = &run.procedure;
        match progress {
            Progress::Waiting { since: None } => text.line("step", [id, step, &"waiting"]),
            Progress::Waiting { since: Some(since) } => text.line("step", [id, step, &"waiting", &since.0]),
            Progress::Done(StepDone { how, at, by }) => {
                text.line("step", [id, step, &how.name(), &at.0, &packed(by)]);
            }
            Progress::Skipped { at, by, reason } => {
                text.line("step", [id, step, &"skipped", &at.0, &packed(by), &packed(reason)]);
            }
        }
    }
}

fn run(line: &mut Values<'_>) -> Result<KeptRun, Damage> {
    let procedure = line.word()?.to_owned();
    let elapsed = Span(line.value()?);
    let by = unpacked(line.word()?)?;
    let (speed, flow) = (number(line.word()?)?, number(line.word()?)?);
    let class = PatientClass::from_name(line.word()?).map_or("", PatientClass::name);
    let aim = Aim { speed: speed.map(Rpm), flow: flow.map(LitresPerMinute), class };
    Ok(KeptRun { procedure, by, elapsed, aim, steps: Vec::new() })
}

fn progress(line: &mut Values<'_>) -> Result<Progress, Damage> {
    match line.word()? {
        "waiting" if line.is_over() => Ok(Progress::Waiting { since: None }),
        "waiting" => Ok(Progress::Waiting { since: Some(Span(line.value()?)) }),
        "skipped" => {
            let at = Span(line.value()?);
            Ok(Progress::Skipped { at, by: unpacked(line.word()?)?, reason: unpacked(line.word()?)? })
        }
        word => {
            let how = Done::ALL.into_iter().find(|how| how.name() == word).ok_or(Damage::Contents)?;
            Ok(Progress::Done(StepDone { how, at: Span(line.value()?), by: unpacked(line.word()?)? }))
        }
    }
}

fn yes_or_no(word: &str) -> Result<bool, Damage> {
    match word {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(Damage::Contents),
    }
}

fn number(word: &str) -> Result<Option<f64>, Damage> {
    if word == NONE {
        return Ok(None);
    }
    let number: f64 = word.parse().map_err(|_| Damage::Contents)?;
    if number.is_finite() { Ok(Some(number)) } else { Err(Damage::Contents) }
}

/// One word of anything: what would end a word or a line is written as `%` and two digits.
fn packed(text: &str) -> String {
    let mut word = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'!'..=b'$' | b'&'..=b'~' if text != NONE => word.push(char::from(byte)),
            _ => word.push_str(&format!("%{byte:02x}")),
        }
    }
    if word.is_empty() { NONE.to_owned() } else { word }
}

fn unpacked(word: &str) -> Result<String, Damage> {
    if word == NONE {
        return Ok(String::new());
    }
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
            let (high, low) = (digit(rest.next()), digit(rest.next()));
            let value = high.zip(low).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
            value.ok_or(Damage::Contents)?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).map_err(|_| Damage::Contents)
}

#[cfg(test)]
#[path = "procedures_tests.rs"]
mod tests;
