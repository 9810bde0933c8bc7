// SPDX-License-Identifier: MIT OR Apache-2.0
//! An event in an owned, bounded form that can go to another thread.

use std::fmt::{self, Write};
use std::time::SystemTime;
use tracing::callsite::{Callsite, Identifier};
use tracing::field::{Field, FieldSet, Visit};
use tracing::metadata::Kind;
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata};

/// All text of a record, in bytes; the rest is cut off. With 512 records this bounds the queue's memory to about 0.6 MB.
pub(crate) const MAX_TEXT: usize = 1024;
/// Stands where something was cut off.
const CUT: &str = "...";

/// One event: its call site, its time, and the text of its fields.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    metadata: &'static Metadata<'static>,
    at: SystemTime,
    /// The text of all fields, one behind the other.
    text: String,
    /// Which field each piece of the text belongs to, and where the piece ends.
    pieces: Vec<(Field, usize)>,
}

impl Record {
    /// Takes an event down.
    pub(crate) fn of(event: &Event<'_>, at: SystemTime) -> Self {
        let mut record = Self { metadata: event.metadata(), at, text: String::new(), pieces: Vec::new() };
        event.record(&mut record);
        record
    }

    /// The log's own report about `count` records of `subject` that it did not write.
    pub(crate) fn report(kind: Report, subject: &str, count: u64, at: SystemTime) -> Self {
        let metadata = kind.metadata();
        let mut record = Self { metadata, at, text: String::new(), pieces: Vec::new() };
        for field in metadata.fields() {
            match field.name() {
                "message" => record.put(&field, format_args!("{}", kind.message())),
                "event" => record.put(&field, format_args!("{}", kind.id())),
                "subject" => record.put(&field, format_args!("{subject}")),
                _ => record.put(&field, format_args!("{count}")),
            }
        }
        record
    }

    /// The event's call site.
    pub(crate) fn metadata(&self) -> &'static Metadata<'static> {
        self.metadata
    }

    /// When it happened.
    pub(crate) fn at(&self) -> SystemTime {
        self.at
    }

    /// Every field with its text, in the order of the call site.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&Field, &str)> {
        self.pieces.iter().scan(0, |start, (field, end)| {
            let text = self.text.get(*start..*end).unwrap_or("");
            *start = *end;
            Some((field, text))
        })
    }

    /// The text of one field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields().find(|(field, _)| field.name() == name).map(|(_, text)| text)
    }

    fn put(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        // `Bounded` fails when it is full; the text up to there stays.
        let _ = Bounded(&mut self.text).write_fmt(value);
        self.pieces.push((field.clone(), self.text.len()));
    }
}

impl Visit for Record {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format_args!("{value:?}"));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.put(field, format_args!("{value}"));
    }
}

/// A text that grows to [`MAX_TEXT`] bytes and then ends in [`CUT`].
struct Bounded<'a>(&'a mut String);

impl Write for Bounded<'_> {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let room = (MAX_TEXT - CUT.len()).saturating_sub(self.0.len());
        if more.len() <= room {
            self.0.push_str(more);
            return Ok(());
        }
        if self.0.len() < MAX_TEXT - CUT.len() || !self.0.ends_with(CUT) {
            let end = (0..=room).rev().find(|end| more.is_char_boundary(*end)).unwrap_or(0);
            self.0.push_str(more.get(..end).unwrap_or(""));
            self.0.push_str(CUT);
        }
        Err(fmt::Error)
    }
}

/// What the log reports about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Report {
    /// Records that found the queue full.
    Lost,
    /// Records above the rate limit.
    Suppressed,
}

impl Report {
    const fn id(self) -> &'static str {
        match self {
            Self::Lost => "log.lost",
            Self::Suppressed => "log.suppressed",
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::Lost => "log messages were lost because they came faster than the log could be written",
            Self::Suppressed => "further messages of one kind were suppressed",
        }
    }

    const fn metadata(self) -> &'static Metadata<'static> {
        match self {
            Self::Lost => &LOST,
            Self::Suppressed => &SUPPRESSED,
        }
    }
}

/// The call site of a report: reports are made here and not by a macro, because they must not go through the queue.
struct Site(Report);

impl Callsite for Site {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        self.0.metadata()
    }
}

static LOST_SITE: Site = Site(Report::Lost);
static LOST: Metadata<'static> = Metadata::new(
    "log.lost",
    env!("CARGO_CRATE_NAME"),
    Level::WARN,
    Some(file!()),
    Some(line!()),
    Some(module_path!()),
    FieldSet::new(&["message", "event", "count"], Identifier(&LOST_SITE)),
    Kind::EVENT,
);
static SUPPRESSED_SITE: Site = Site(Report::Suppressed);
static SUPPRESSED: Metadata<'static> = Metadata::new(
    "log.suppressed",
    env!("CARGO_CRATE_NAME"),
    Level::WARN,
    Some(file!()),
    Some(line!()),
    Some(module_path!()),
    FieldSet::new(&["message", "event", "subject", "count"], Identifier(&SUPPRESSED_SITE)),
    Kind::EVENT,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_at_the_limit_and_says_so() {
        let mut text = String::new();
        let mut bounded = Bounded(&mut text);
        assert!(bounded.write_str(&"a".repeat(MAX_TEXT - 10)).is_ok());
        assert!(bounded.write_str("äöüäöüäöü").is_err());
        assert!(bounded.write_str("more").is_err());
        assert!(text.len() <= MAX_TEXT);
        assert!(text.ends_with("äöü..."), "{text}");
    }

    #[test]
    fn a_report_names_what_and_how_many() {
        let report = Record::report(Report::Suppressed, "port.lost pump_line", 7, SystemTime::UNIX_EPOCH);
        assert_eq!(report.field("event"), Some("log.suppressed"));
        assert_eq!(report.field("subject"), Some("port.lost pump_line"));
        assert_eq!(report.field("count"), Some("7"));
    }
}
