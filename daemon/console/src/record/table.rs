// SPDX-License-Identifier: MIT OR Apache-2.0
//! Readings around an intervention as a file: a table of comma-separated values that every spreadsheet opens.
//!
//! ```text
//! # ecmod intervention record 1
//! # number: 42
//! # intervention: suction
//! # began: 2026-11-22T15:42:00.123Z
//! # complete: yes
//! # ...
//! time_s,demand_rpm,limit,venous_pressure [mmHg],venous_pressure quality,...
//! -10.000,3100,none,-42.5,,...
//! # crc32: 1c291ca3
//! ```
//! Time is counted from the beginning of the intervention. The column of a quality is empty while the reading is good; a bad
//! reading has no value. The last line holds the CRC-32 (IEEE 802.3) of everything before it: without it the file is not whole.

use std::fmt::Write as _;

use ecmod_logging::Rfc3339;
use ecmod_quantities::Quality;

use super::window::{Cell, Column, Frame, Recorded};

/// What the last line begins with.
const END: &str = "# crc32: ";

/// The file's contents.
#[must_use]
pub fn encode(recorded: &Recorded) -> Vec<u8> {
    let mut text = String::new();
    // Writing into a text cannot fail.
    let _ = write_all(&mut text, recorded);
    let checksum = crc32fast::hash(text.as_bytes());
    let _ = writeln!(text, "{END}{checksum:08x}");
    text.into_bytes()
}

/// Whether the contents are those of a whole file.
#[must_use]
pub fn is_whole(bytes: &[u8]) -> bool {
    let Some(last) = bytes.len().checked_sub(END.len() + 9) else { return false };
    let Some((contents, end)) = bytes.split_at_checked(last) else { return false };
    end == format!("{END}{:08x}\n", crc32fast::hash(contents)).as_bytes()
}

fn write_all(text: &mut String, recorded: &Recorded) -> std::fmt::Result {
    let Recorded { number, about, columns, frames, is_complete } = recorded;
    writeln!(text, "# ecmod intervention record 1")?;
    writeln!(text, "# number: {number}")?;
    writeln!(text, "# intervention: {}", one_line(&about.intervention))?;
    writeln!(text, "# began: {}", Rfc3339(about.began.wall()))?;
    writeln!(text, "# began_monotonic_ns: {}", about.began.monotonic_ns)?;
    writeln!(text, "# complete: {}", if *is_complete { "yes" } else { "no" })?;
    for (name, value) in &about.details {
        writeln!(text, "# {}: {}", one_line(name), one_line(value))?;
    }
    write!(text, "time_s,demand_rpm,limit")?;
    for Column { name, unit } in &**columns {
        let name = one_line(name).replace(',', ";");
        write!(text, ",{name} [{unit}],{name} quality")?;
    }
    writeln!(text)?;
    frames.iter().try_for_each(|frame| write_frame(text, about.began.monotonic_ns, frame))
}

fn write_frame(text: &mut String, began: u64, frame: &Frame) -> std::fmt::Result {
    let (sign, distance) =
        if frame.at.0 < began { ("-", began - frame.at.0) } else { ("", frame.at.0 - began) };
    let milliseconds = (distance + 500_000) / 1_000_000;
    write!(text, "{sign}{}.{:03},", milliseconds / 1000, milliseconds % 1000)?;
    if let Some(demand) = frame.demand {
        write!(text, "{demand}")?;
    }
    write!(text, ",{}", frame.limit)?;
    for Cell { value, quality, cause } in frame.cells.iter() {
        text.push(',');
        if let Some(value) = value {
            write!(text, "{value}")?;
        }
        text.push(',');
        if quality != Quality::Good {
            write!(text, "{}: {}", quality.name(), cause.name())?;
        }
    }
    writeln!(text)
}

fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
