// SPDX-License-Identifier: MIT OR Apache-2.0
//! The lines of the state about limits and alarms.
//!
//! Everything is named. A limit of a later version is passed over; one that the file does not have is the core's preset of
//! the class. Limits that are out of their range or cross each other are of no use as a whole: presets count then.

use ecmod_control::{
    Alarm, AlarmKind, AlarmMemory, AlarmSet, KeptAlarm, LimitKind, Limits, PatientClass, Priority,
    SubjectKind,
};
use ecmod_quantities::Monotonic;

use super::stored::Damage;
use super::text::{Reader, Writer, answer};

/// Writes them.
pub(super) fn write(alarms: &AlarmMemory, text: &mut Writer) {
    let AlarmMemory { limits, class, off, paused_until, transport, alarms } = alarms;
    text.optional("class", class.map(PatientClass::name).as_ref().map(|class| class as _));
    if let Some(limits) = limits {
        text.line("limits", [&"known"]);
        for kind in LimitKind::ALL {
            match limits.get(kind) {
                Some(value) => text.line("limit", [&kind.name(), &value]),
                None => text.line("limit", [&kind.name(), &"off"]),
            }
        }
    }
    for kind in off.kinds() {
        text.line("alarm_off", [&kind.id()]);
    }
    text.optional("audio_paused_until", paused_until.map(|until| until.0).as_ref().map(|until| until as _));
    text.optional("transport", transport.map(answer).as_ref().map(|transport| transport as _));
    for KeptAlarm { alarm, priority, acknowledged } in alarms.iter().flatten() {
        let Alarm { kind, subject } = alarm;
        let (subject, number) = (subject.kind().name(), subject.number());
        text.line("alarm", [&kind.id(), &subject, &number, &priority.name(), &answer(*acknowledged)]);
    }
}

/// Reads them. Also whether there were limits that are of no use.
pub(super) fn read(text: &Reader<'_>) -> Result<(AlarmMemory, bool), Damage> {
    let class = text.one::<String>("class")?.as_deref().and_then(PatientClass::from_name);
    let had_limits = text.one::<String>("limits")?.is_some();
    let limits = if had_limits { read_limits(text, class)? } else { None };
    let mut off = AlarmSet::NONE;
    for mut line in text.all("alarm_off") {
        if let Some(kind) = AlarmKind::from_id(line.word()?) {
            off = off.with(kind);
        }
    }
    let mut memory = AlarmMemory {
        limits,
        class,
        off,
        paused_until: text.one("audio_paused_until")?.map(Monotonic),
        transport: text.answer("transport")?,
        ..AlarmMemory::NOTHING
    };
    let mut places = memory.alarms.iter_mut();
    for mut line in text.all("alarm") {
        let kind = AlarmKind::from_id(line.word()?);
        let subject = SubjectKind::from_name(line.word()?);
        let number = line.value()?;
        let priority = Priority::from_name(line.word()?);
        let acknowledged = match line.word()? {
            "yes" => true,
            "no" => false,
            _ => return Err(Damage::Contents),
        };
        // What a later version knows of is left out.
        let subject = subject.and_then(|subject| subject.nth(number));
        if let (Some(kind), Some(subject), Some(priority)) = (kind, subject, priority)
            && let Some(place) = places.next()
        {
            *place = Some(KeptAlarm { alarm: Alarm::about(kind, subject), priority, acknowledged });
        }
    }
    Ok((memory, had_limits && limits.is_none()))
}

fn read_limits(text: &Reader<'_>, class: Option<PatientClass>) -> Result<Option<Limits>, Damage> {
    let mut limits = Limits::preset(class.unwrap_or(PatientClass::Adult));
    for mut line in text.all("limit") {
        let Some(kind) = LimitKind::from_name(line.word()?) else { continue };
        let value = match line.word()? {
            "off" => None,
            number => Some(number.parse::<f64>().map_err(|_| Damage::Contents)?),
        };
        if value.is_some_and(|value| !kind.range().contains(value)) {
            return Ok(None);
        }
        limits.put(kind, value);
    }
    Ok(limits.conflict().is_none().then_some(limits))
}
