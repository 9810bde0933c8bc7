// SPDX-License-Identifier: MIT OR Apache-2.0
//! Standard error: one line per record, never more, whatever stands in its text.
//!
//! ```text
//! 2026-11-22T15:42:00.123Z WARN ecmod::ports: the port's host is gone event=port.lost port=pump_line
//! ```
//! If systemd reads standard error for the journal (`JOURNAL_STREAM`), the line starts with the priority (`<4>`) instead of the time,
//! which the journal has itself.

use super::Sink;
use crate::record::Record;
use crate::time::Rfc3339;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, IsTerminal, Write as _};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use tracing::Level;

/// How a line starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// Time, coloured level.
    Terminal,
    /// Time, level.
    Plain,
    /// Priority, level.
    Journal,
}

/// Writes to standard error.
#[derive(Debug)]
pub(crate) struct Stderr {
    /// A descriptor of our own: the standard library's lock would make `eprintln!` elsewhere wait for us.
    file: File,
    style: Style,
    line: String,
}

impl Stderr {
    /// On a copy of descriptor 2.
    pub(crate) fn open() -> io::Result<Self> {
        let file = File::from(io::stderr().as_fd().try_clone_to_owned()?);
        let style = if is_journal_stream(&file, std::env::var("JOURNAL_STREAM").ok().as_deref()) {
            Style::Journal
        } else if file.is_terminal() {
            Style::Terminal
        } else {
            Style::Plain
        };
        Ok(Self { file, style, line: String::new() })
    }
}

impl Sink for Stderr {
    fn write(&mut self, record: &Record) -> io::Result<()> {
        self.line.clear();
        format(&mut self.line, record, self.style);
        self.file.write_all(self.line.as_bytes())
    }
}

/// Whether `JOURNAL_STREAM` (device and inode of the stream that systemd set up) means this very file.
fn is_journal_stream(file: &File, variable: Option<&str>) -> bool {
    let stated = variable
        .and_then(|text| text.split_once(':'))
        .and_then(|(device, inode)| Some((device.parse().ok()?, inode.parse().ok()?)));
    match (stated, file.metadata()) {
        (Some(stated), Ok(found)) => stated == (found.dev(), found.ino()),
        _ => false,
    }
}

fn format(line: &mut String, record: &Record, style: Style) {
    let metadata = record.metadata();
    let (word, priority, colour) = match *metadata.level() {
        Level::ERROR => ("ERROR", 3, 31),
        Level::WARN => ("WARN", 4, 33),
        Level::INFO => ("INFO", 6, 32),
        Level::DEBUG => ("DEBUG", 7, 34),
        Level::TRACE => ("TRACE", 7, 35),
    };
    // Writing to a string cannot fail.
    let _ = match style {
        Style::Journal => write!(line, "<{priority}>{word} "),
        Style::Plain => write!(line, "{} {word} ", Rfc3339(record.at())),
        Style::Terminal => write!(line, "{} \x1b[{colour}m{word}\x1b[0m ", Rfc3339(record.at())),
    };
    let _ = write!(line, "{}:", metadata.target());
    if let Some(message) = record.field("message") {
        line.push(' ');
        put(line, message);
    }
    for (field, text) in record.fields().filter(|(field, _)| field.name() != "message") {
        let _ = write!(line, " {}=", field.name());
        if text.is_empty() || text.contains(|c: char| c.is_whitespace() || c == '"' || c == '=') {
            let _ = write!(line, "{text:?}");
        } else {
            put(line, text);
        }
    }
    line.push('\n');
}

/// Text as it is, but control characters escaped: a driver's message must not end the line or steer the terminal.
fn put(line: &mut String, text: &str) {
    for c in text.chars() {
        if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Report;
    use std::time::SystemTime;

    fn line(style: Style, subject: &str) -> String {
        let mut line = String::new();
        format(&mut line, &Record::report(Report::Suppressed, subject, 3, SystemTime::UNIX_EPOCH), style);
        line
    }

    #[test]
    fn a_line_has_time_level_target_message_and_fields() {
        assert_eq!(
            line(Style::Plain, "port.lost pump"),
            "1970-01-01T00:00:00.000Z WARN ecmod_logging: further messages of one kind were suppressed \
             event=log.suppressed subject=\"port.lost pump\" count=3\n"
        );
        assert!(line(Style::Journal, "x").starts_with("<4>WARN ecmod_logging: "));
        assert!(line(Style::Terminal, "x").contains("\u{1b}[33mWARN\u{1b}[0m"));
    }

    #[test]
    fn foreign_text_cannot_break_the_line_or_steer_the_terminal() {
        let line = line(Style::Plain, "a\n<0>forged\u{1b}[2J");
        assert_eq!(line.matches('\n').count(), 1);
        assert!(!line.contains('\u{1b}'), "{line:?}");
    }

    #[test]
    fn the_journal_stream_is_known_by_device_and_inode() {
        let file = tempfile::tempfile().unwrap();
        let found = file.metadata().unwrap();
        let own = format!("{}:{}", found.dev(), found.ino());
        assert!(is_journal_stream(&file, Some(&own)));
        assert!(!is_journal_stream(&file, Some("1:1")));
        assert!(!is_journal_stream(&file, Some("nonsense")));
        assert!(!is_journal_stream(&file, None));
    }
}
