// SPDX-License-Identifier: MIT OR Apache-2.0
//! Records as text that people can read: a line per fact, a word and its values, checksummed as a whole.
//!
//! ```text
//! ecmod-state 2
//! sequence 42
//! mode flow
//! limit flow_low 2
//! crc32 1c291ca3
//! ```
//! The first line says what it is and in which format, the last one holds the CRC-32 (IEEE 802.3) of all lines before it.
//! Numbers are written so that they come back exactly. A word that is not known is passed over: a later version of the
//! daemon may add words without a new format, where an earlier one does well without them.

use std::fmt::Display;
use std::str::FromStr;

use super::stored::Damage;

const CHECKSUM: &str = "crc32 ";
/// `crc32`, a blank, eight digits, the line's end.
const LAST: usize = CHECKSUM.len() + 9;

/// Writes lines.
#[derive(Debug)]
pub struct Writer(String);

impl Writer {
    /// Begins a record with what it is and its number.
    #[must_use]
    pub fn new(name: &str, format: u32, sequence: u64) -> Self {
        let mut record = Self::document(name, format);
        record.line("sequence", [&sequence]);
        record
    }

    /// Begins a document of which there is only one: without a number.
    #[must_use]
    pub fn document(name: &str, format: u32) -> Self {
        Self(format!("{name} {format}\n"))
    }

    /// A line for people, which readers pass over.
    pub fn note(&mut self, text: &str) {
        self.line("#", [&text]);
    }

    /// One more line.
    pub fn line<const N: usize>(&mut self, word: &str, values: [&dyn Display; N]) {
        self.0.push_str(word);
        for value in values {
            self.0.push(' ');
            self.0.push_str(&value.to_string());
        }
        self.0.push('\n');
    }

    /// A line, if there is a value.
    pub fn optional(&mut self, word: &str, value: Option<&dyn Display>) {
        if let Some(value) = value {
            self.line(word, [value]);
        }
    }

    /// The bytes, with their checksum.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        let checksum = crc32fast::hash(self.0.as_bytes());
        self.0.push_str(CHECKSUM);
        self.0.push_str(&format!("{checksum:08x}\n"));
        self.0.into_bytes()
    }
}

/// A record that is whole: its sequence number, and its lines.
#[derive(Debug)]
pub struct Reader<'b> {
    /// Its sequence number.
    pub sequence: u64,
    body: &'b str,
}

impl<'b> Reader<'b> {
    /// Whether this could be text with this name.
    #[must_use]
    pub fn is(name: &str, bytes: &[u8]) -> bool {
        bytes.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first() == Some(&b' '))
    }

    /// Checks the whole of it.
    ///
    /// # Errors
    /// Whatever is wrong with it. Another format is told as such whatever else may be wrong.
    pub fn open(name: &str, format: u32, bytes: &'b [u8]) -> Result<Self, Damage> {
        let mut reader = Self::document(name, format, bytes)?;
        reader.sequence = reader.one("sequence")?.ok_or(Damage::Contents)?;
        Ok(reader)
    }

    /// As [`Self::open`], of a document without a number.
    ///
    /// # Errors
    /// As there.
    pub fn document(name: &str, format: u32, bytes: &'b [u8]) -> Result<Self, Damage> {
        if bytes.iter().all(|byte| *byte == 0) {
            return Err(Damage::Blank);
        }
        let rest = bytes.strip_prefix(name.as_bytes()).and_then(|rest| rest.strip_prefix(b" "));
        let rest = rest.ok_or(Damage::Foreign)?;
        let digits: Vec<u8> = rest.iter().copied().take_while(u8::is_ascii_digit).collect();
        let is_line = rest.get(digits.len()) == Some(&b'\n');
        let written = std::str::from_utf8(&digits).ok().and_then(|digits| digits.parse().ok());
        match written {
            Some(other) if is_line && other != format => return Err(Damage::Format(other)),
            Some(_) if is_line => {}
            Some(_) | None => return Err(Damage::Length(bytes.len())),
        }
        let at = bytes.len().checked_sub(LAST).ok_or(Damage::Length(bytes.len()))?;
        let (body, last) = bytes.split_at_checked(at).ok_or(Damage::Length(bytes.len()))?;
        if last != format!("{CHECKSUM}{:08x}\n", crc32fast::hash(body)).as_bytes() {
            return Err(Damage::Checksum);
        }
        let body = std::str::from_utf8(body).map_err(|_| Damage::Contents)?;
        Ok(Self { sequence: 0, body })
    }

    /// The values of every line with this word.
    pub fn all<'r>(&'r self, word: &'r str) -> impl Iterator<Item = Values<'b>> + 'r {
        self.body.lines().filter_map(move |line| {
            let mut words = line.split(' ');
            if words.next() == Some(word) { Some(Values(words)) } else { None }
        })
    }

    /// The one value of the one line with this word, if there is one.
    ///
    /// # Errors
    /// There are several, or it is not what it should be.
    pub fn one<T: FromStr>(&self, word: &str) -> Result<Option<T>, Damage> {
        let mut lines = self.all(word);
        let Some(mut values) = lines.next() else { return Ok(None) };
        let value = values.value()?;
        if lines.next().is_some() || !values.is_over() { Err(Damage::Contents) } else { Ok(Some(value)) }
    }

    /// As [`Self::one`], for a number that has to be finite.
    ///
    /// # Errors
    /// As there.
    pub fn number(&self, word: &str) -> Result<Option<f64>, Damage> {
        match self.one::<f64>(word)? {
            Some(number) if !number.is_finite() => Err(Damage::Contents),
            number => Ok(number),
        }
    }

    /// As [`Self::one`], for yes and no.
    ///
    /// # Errors
    /// As there.
    pub fn answer(&self, word: &str) -> Result<Option<bool>, Damage> {
        match self.one::<String>(word)?.as_deref() {
            None => Ok(None),
            Some("yes") => Ok(Some(true)),
            Some("no") => Ok(Some(false)),
            Some(_) => Err(Damage::Contents),
        }
    }
}

/// What stands behind the word of a line.
#[derive(Debug, Clone)]
pub struct Values<'b>(std::str::Split<'b, char>);

impl<'b> Values<'b> {
    /// The next word.
    ///
    /// # Errors
    /// There is none.
    pub fn word(&mut self) -> Result<&'b str, Damage> {
        self.0.next().ok_or(Damage::Contents)
    }

    /// The next value.
    ///
    /// # Errors
    /// There is none, or it is not what it should be.
    pub fn value<T: FromStr>(&mut self) -> Result<T, Damage> {
        self.word()?.parse().map_err(|_| Damage::Contents)
    }

    /// Whether there are no more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.0.clone().next().is_none()
    }
}

/// How yes and no are written.
#[must_use]
pub const fn answer(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_and_unknown_ones_are_passed_over() {
        let mut text = Writer::new("ecmod-test", 3, 42);
        text.line("speed", [&0.1, &-3e-300]);
        text.line("of-a-later-version", [&1]);
        text.optional("nothing", None);
        let bytes = text.finish();
        let reader = Reader::open("ecmod-test", 3, &bytes).unwrap();
        assert_eq!(reader.sequence, 42);
        let mut values = reader.all("speed").next().unwrap();
        assert_eq!((values.value(), values.value()), (Ok(0.1), Ok(-3e-300)));
        assert!(values.is_over() && values.value::<f64>().is_err());
        assert_eq!(reader.one::<u64>("nothing"), Ok(None));
    }

    #[test]
    fn damage_has_its_name() {
        let bytes = Writer::new("ecmod-test", 3, 1).finish();
        let open = |bytes: &[u8]| Reader::open("ecmod-test", 3, bytes).map(|reader| reader.sequence);
        assert_eq!(open(&bytes), Ok(1));
        assert_eq!(open(&Writer::new("ecmod-test", 4, 1).finish()), Err(Damage::Format(4)));
        assert_eq!(open(&Writer::new("ecmod-other", 3, 1).finish()), Err(Damage::Foreign));
        assert_eq!(open(&[0; 40]), Err(Damage::Blank));
        assert_eq!(open(b""), Err(Damage::Blank));
        for cut in 1..bytes.len() {
            assert!(open(&bytes[..cut]).is_err(), "cut after {cut}");
            let mut flipped = bytes.clone();
            flipped[cut] ^= 0x20;
            assert!(open(&flipped).is_err(), "flipped at {cut}");
        }
    }

    #[test]
    fn two_lines_where_there_is_one_are_impossible() {
        let mut text = Writer::new("ecmod-test", 3, 1);
        text.line("speed", [&1]);
        text.line("speed", [&2]);
        text.line("flow", [&f64::NAN]);
        let bytes = text.finish();
        let reader = Reader::open("ecmod-test", 3, &bytes).unwrap();
        assert_eq!(reader.one::<f64>("speed"), Err(Damage::Contents));
        assert_eq!(reader.number("flow"), Err(Damage::Contents));
    }
}
