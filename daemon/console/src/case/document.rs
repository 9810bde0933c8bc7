// SPDX-License-Identifier: MIT OR Apache-2.0
//! The document of a case: lines of text as those of the state journal ([`crate::journal::text`]), checksummed as a whole.
//!
//! | line | what | taken up |
//! |---|---|---|
//! | `ecmod-case 1` | what it is, and its format | |
//! | `exported TIME`, `console VERSION`, `boot ID` | when, and by which console | shown |
//! | `pump NAME` | the preset of the pump's head | has to be the same |
//! | `state`, `mode`, `speed_rpm`, `flow_l_min` | what the console does, and its setpoints | mode and setpoints |
//! | `demand_rpm`, `sweep_gas_l_min` | what the drive and the gas controller were told | no: it would act at once |
//! | `class`, `limit NAME VALUE/off` | class of patients, limits in force | yes |
//! | `alarm_off ID`, `transport` | what an operator has chosen of the alarms | yes |
//! | `audio_pause_left_s` | what is left of a pause of the sound | no |
//! | `zero_flow_speed_rpm`, `membrane_baseline` | what was learnt of patient and oxygenator | yes |
//! | `zero SOURCE VALUE TIME` | zeros of the transducers, in their units | no: they belong to the other console |
//! | `intervention NAME STATE`, with the seconds that are left | interventions that are not idle | no |
//! | `alarm ID SUBJECT PRIORITY ACKNOWLEDGED`, subject `-` for none | alarms that are present | no |
//! | `log NUMBER TIME TEXT` | the latest entries of the alarm log | no |
//! | `# ...` | for people | |
//! | `crc32 ...` | checksum of all lines before | |

use ecmod_control::{
    AudioState, EstimatorMemory, InterventionState, LimitKind, Mode, Outputs, PatientClass, PumpPreset,
};
use ecmod_logging::Rfc3339;
use ecmod_quantities::{LitresPerMinute, Monotonic, Rpm};

use crate::journal::stored::Damage;
use crate::journal::text::{Reader, Writer, answer};
use crate::journal::zeros::Zeros;
use crate::plan::Plan;
use crate::record::entry::{Record, Stamp};
use crate::service::naming;

const NAME: &str = "ecmod-case";
/// The format that is written; it is read as well.
pub const FORMAT: u32 = 1;
/// The most bytes that a document has.
pub const LONGEST: usize = 128 * 1024;
/// So many of the latest entries of the log are in it.
pub const LOG_TAIL: usize = 100;

/// What a document is made of.
#[derive(Debug, Clone, Copy)]
pub struct Present<'p> {
    /// Names and presets.
    pub plan: &'p Plan,
    /// What the core shows.
    pub outputs: &'p Outputs,
    /// The transducers' zeros.
    pub zeros: &'p Zeros,
    /// The latest entries of the alarm log, the oldest first.
    pub log: &'p [Record],
    /// When, on both clocks.
    pub at: Stamp,
    /// The boot of the machine.
    pub boot: &'p str,
}

/// What was read of a document: the part that another console may take up, in the words that stand there.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// When it was exported, as the other console's clock said.
    pub exported: String,
    /// The version of the other console.
    pub console: String,
    /// The preset of its pump.
    pub pump: Option<PumpPreset>,
    /// What its state was.
    pub state: String,
    /// Its mode.
    pub mode: Mode,
    /// Its speed setpoint.
    pub speed: Rpm,
    /// Its flow setpoint.
    pub flow: LitresPerMinute,
    /// What the gas controller was told, L/min.
    pub sweep_gas: Option<f64>,
    /// Its class of patients.
    pub class: PatientClass,
    /// Its limits by name; `None` is off.
    pub limits: Vec<(String, Option<f64>)>,
    /// The kinds of alarms that were off, by id.
    pub off: Vec<String>,
    /// Whether a planned transport was announced.
    pub transport: bool,
    /// What its estimators had learnt.
    pub learnt: EstimatorMemory,
    /// The sources that it had zeroed.
    pub zeroed: Vec<String>,
}

/// Writes the document of the case as it is.
#[must_use]
pub fn write(present: &Present<'_>) -> String {
    let Present { plan, outputs, at, boot, .. } = *present;
    let mut text = Writer::document(NAME, FORMAT);
    text.note("The case of an ECMO console, for another one: ecmoctl case import FILE. Do not edit: it is checksummed.");
    text.line("exported", [&Rfc3339(at.wall())]);
    text.line("console", [&env!("CARGO_PKG_VERSION")]);
    text.line("boot", [&boot]);
    text.line("pump", [&plan.settings.preset.name()]);
    text.line("state", [&outputs.state.name()]);
    text.line("mode", [&outputs.mode.name()]);
    text.line("speed_rpm", [&outputs.speed_setpoint.value()]);
    text.line("flow_l_min", [&outputs.flow_setpoint.value()]);
    text.optional("demand_rpm", outputs.pump_speed.map(Rpm::value).as_ref().map(|speed| speed as _));
    let gas = outputs.sweep_gas_flow.map(ecmod_quantities::GasLitresPerMinute::value);
    text.optional("sweep_gas_l_min", gas.as_ref().map(|gas| gas as _));
    text.line("class", [&outputs.class.name()]);
    for kind in LimitKind::ALL {
        match outputs.limits.get(kind) {
            Some(value) => text.line("limit", [&kind.name(), &value]),
            None => text.line("limit", [&kind.name(), &"off"]),
        }
    }
    write_choices(present, &mut text);
    write_events(present, &mut text);
    String::from_utf8_lossy(&text.finish()).into_owned()
}

fn write_choices(present: &Present<'_>, text: &mut Writer) {
    let Present { outputs, zeros, at, .. } = *present;
    for kind in outputs.alarms.off.kinds() {
        text.line("alarm_off", [&kind.id()]);
    }
    text.line("transport", [&answer(outputs.alarms.transport)]);
    if let AudioState::Paused { until } = outputs.alarms.audio {
        text.line("audio_pause_left_s", [&until.since(Monotonic(at.monotonic_ns)).seconds().ceil()]);
    }
    let EstimatorMemory { zero_flow_speed, membrane_baseline } = outputs.estimator_memory;
    text.optional("zero_flow_speed_rpm", zero_flow_speed.map(Rpm::value).as_ref().map(|speed| speed as _));
    text.optional("membrane_baseline", membrane_baseline.as_ref().map(|baseline| baseline as _));
    for (source, zero) in zeros.iter() {
        let taken = std::time::UNIX_EPOCH.checked_add(std::time::Duration::from_secs(zero.taken));
        let taken = taken.unwrap_or(std::time::UNIX_EPOCH);
        text.line("zero", [&source, &zero.value, &Rfc3339(taken)]);
    }
}

fn write_events(present: &Present<'_>, text: &mut Writer) {
    let Present { plan, outputs, log, at, .. } = *present;
    let left = |until: Monotonic| until.since(Monotonic(at.monotonic_ns)).seconds().ceil();
    for status in &outputs.interventions {
        let (name, state) = (status.kind.name(), status.state.name());
        match status.state {
            InterventionState::Off | InterventionState::Watching | InterventionState::AlarmOnly => {}
            InterventionState::Active { ends: until, .. } | InterventionState::Overridden { until } => {
                text.line("intervention", [&name, &state, &left(until)]);
            }
            InterventionState::Returning | InterventionState::Expired | InterventionState::Inhibited(_) => {
                text.line("intervention", [&name, &state]);
            }
        }
    }
    for status in outputs.alarms.iter() {
        let subject = match naming::subject(plan, status.alarm.subject) {
            "" => "-",
            subject => subject,
        };
        let seen = answer(status.acknowledged);
        text.line("alarm", [&status.alarm.kind.id(), &subject, &status.priority.name(), &seen]);
    }
    for record in log {
        let words = ecmod_link::message::fit(&in_words(record));
        text.line("log", [&record.sequence, &record.time, &words]);
    }
}

/// An entry of the log in one line.
fn in_words(record: &Record) -> String {
    serde_json::to_string(&record.entry.event).unwrap_or_default()
}

/// Reads a document.
///
/// # Errors
/// It is none, of another format, or damaged.
pub fn read(document: &str) -> Result<Case, Damage> {
    let bytes = document.as_bytes();
    if bytes.len() > LONGEST {
        return Err(Damage::Length(bytes.len()));
    }
    let text = Reader::document(NAME, FORMAT, bytes)?;
    let word = |name: &str| text.one::<String>(name)?.ok_or(Damage::Contents);
    let mut limits = Vec::new();
    for mut line in text.all("limit") {
        let name = line.word()?.to_owned();
        let value = match line.word()? {
            "off" => None,
            number => Some(number.parse().map_err(|_| Damage::Contents)?),
        };
        limits.push((name, value));
    }
    let words = |name: &str| -> Result<Vec<String>, Damage> {
        text.all(name).map(|mut line| line.word().map(str::to_owned)).collect()
    };
    Ok(Case {
        exported: word("exported")?,
        console: word("console")?,
        pump: PumpPreset::from_name(&word("pump")?),
        state: word("state")?,
        mode: Mode::from_name(&word("mode")?).ok_or(Damage::Contents)?,
        speed: Rpm(text.number("speed_rpm")?.ok_or(Damage::Contents)?),
        flow: LitresPerMinute(text.number("flow_l_min")?.ok_or(Damage::Contents)?),
        sweep_gas: text.number("sweep_gas_l_min")?,
        class: PatientClass::from_name(&word("class")?).ok_or(Damage::Contents)?,
        limits,
        off: words("alarm_off")?,
        transport: text.answer("transport")?.ok_or(Damage::Contents)?,
        learnt: EstimatorMemory {
            zero_flow_speed: text.number("zero_flow_speed_rpm")?.map(Rpm),
            membrane_baseline: text.number("membrane_baseline")?,
        },
        zeroed: words("zero")?,
    })
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
