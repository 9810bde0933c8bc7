// SPDX-License-Identifier: MIT OR Apache-2.0
//! How an entry stands in a file of the alarm log: one line of text that carries its own checksum.
//!
//! ```text
//! v1 9c1d5f0e {"sequence":17,"boot":"0b0f...","wall_ns":...,"monotonic_ns":...,"event":"alarm","alarm":"FLOW_LOW",...}
//! ```
//! `v1` is the format, then the CRC-32 (IEEE 802.3, eight hexadecimal digits) of the JSON text up to the end of the line.
//! A line that does not end, or whose checksum does not match, is what a power cut or a bad disk left: it is no entry. A
//! later format gets a new number; lines of a format that is not known are left where they are.

use super::entry::Record;

/// The most bytes of a line, with its end.
pub const LONGEST: usize = 1024;

const FORMAT: &[u8] = b"v1 ";
/// Format, checksum, blank.
const HEAD: usize = FORMAT.len() + 9;

/// What a line turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// An entry.
    Record(Box<Record>),
    /// An entry of a format that this version does not know.
    Newer,
    /// Nothing.
    Damaged,
}

/// The line of an entry, with its end; `None` if it would be too long.
#[must_use]
pub fn encode(record: &Record) -> Option<Vec<u8>> {
    let json = serde_json::to_vec(record).ok()?;
    let mut line = FORMAT.to_vec();
    line.extend(checksum_of(&json).as_bytes());
    line.extend(json);
    line.push(b'\n');
    (line.len() <= LONGEST).then_some(line)
}

/// Eight digits and the blank behind them.
fn checksum_of(json: &[u8]) -> String {
    format!("{:08x} ", crc32fast::hash(json))
}

/// What stands in a line, without its end.
#[must_use]
pub fn decode(line: &[u8]) -> Line {
    let Some((head, json)) = line.split_at_checked(HEAD) else { return Line::Damaged };
    let Some(checksum) = head.strip_prefix(FORMAT) else {
        return if is_newer(head) { Line::Newer } else { Line::Damaged };
    };
    if checksum != checksum_of(json).as_bytes() {
        return Line::Damaged;
    }
    serde_json::from_slice(json).map_or(Line::Newer, Line::Record)
}

/// A format's number is `v` and digits.
fn is_newer(head: &[u8]) -> bool {
    let word = head.split(|byte| *byte == b' ').next().unwrap_or_default();
    word.strip_prefix(b"v").is_some_and(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
}

/// What stands in a file.
#[derive(Debug, Default, PartialEq)]
pub struct Contents {
    /// Its entries, in the order of the file.
    pub records: Vec<Record>,
    /// Lines of a format that is not known.
    pub newer: u64,
    /// Pieces between ends of lines that are no entries.
    pub damaged: u64,
    /// Where the last line ends that is not damaged: what follows is of no use.
    pub end: usize,
}

/// Every line of a file.
#[must_use]
pub fn read(bytes: &[u8]) -> Contents {
    let mut contents = Contents::default();
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        match line.strip_suffix(b"\n").map_or(Line::Damaged, decode) {
            Line::Record(record) => contents.records.push(*record),
            Line::Newer => contents.newer += 1,
            Line::Damaged => {
                contents.damaged += 1;
                continue;
            }
        }
        contents.end = at;
    }
    contents
}

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;
