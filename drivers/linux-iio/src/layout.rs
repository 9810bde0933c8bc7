// SPDX-License-Identifier: MIT OR Apache-2.0
//! The layout of an IIO buffer's records: what stands in `scan_elements`, and where in a record it is. Pure.
//!
//! The kernel packs the enabled channels in the order of their index, each aligned to its own size, and the whole record to
//! the largest of them (`Documentation/iio/iio_devbuf.rst`).

use ecmod_plugin::Error;

/// How one element is stored: `[be|le]:[s|u|f]BITS/STORAGE[XREPEAT]>>SHIFT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// Whether the most significant byte comes first.
    pub big_endian: bool,
    /// What the bits are.
    pub kind: Kind,
    /// Bits that count.
    pub bits: u32,
    /// Bytes of one item in the record.
    pub bytes: usize,
    /// How many items there are; a quaternion has four.
    pub repeat: usize,
    /// How far the value has to be shifted down.
    pub shift: u32,
}

/// What the bits of an element are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Two's complement.
    Signed,
    /// A number without sign.
    Unsigned,
    /// IEEE 754 of 32 or 64 bits.
    Float,
}

impl Format {
    /// Reads the kernel's text.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a text that is none, or for numbers that cannot be: bits beyond the storage, storage that is no
    /// whole number of bytes or more than 64 bits.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let parsed = Self::parse_text(text.trim()).ok_or(Error::Corrupt)?;
        let storage = u32::try_from(parsed.bytes * 8).map_err(|_| Error::Corrupt)?;
        let whole_float = parsed.shift == 0 && parsed.bits == storage && matches!(parsed.bits, 32 | 64);
        let fits = parsed.bits >= 1
            && (8..=64).contains(&storage)
            && parsed.bits.checked_add(parsed.shift).is_some_and(|sum| sum <= storage)
            && (1..=16).contains(&parsed.repeat)
            && (parsed.kind != Kind::Float || whole_float);
        if fits { Ok(parsed) } else { Err(Error::Corrupt) }
    }

    fn parse_text(text: &str) -> Option<Self> {
        let (endian, rest) = text.split_once(':')?;
        let big_endian = match endian {
            "be" => true,
            "le" => false,
            _ => return None,
        };
        let kind = match rest.chars().next()? {
            's' => Kind::Signed,
            'u' => Kind::Unsigned,
            'f' => Kind::Float,
            _ => return None,
        };
        let (bits, rest) = rest.get(1..)?.split_once('/')?;
        let (storage, shift) = rest.split_once(">>")?;
        let (storage, repeat) = storage.split_once('X').unwrap_or((storage, "1"));
        let storage: usize = digits(storage)?;
        storage.is_multiple_of(8).then_some(Self {
            big_endian,
            kind,
            bits: digits(bits)?,
            bytes: storage / 8,
            repeat: digits(repeat)?,
            shift: digits(shift)?,
        })
    }

    /// Bytes of the whole element.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.bytes * self.repeat
    }

    /// The first item of an element as a number; `None` if there are too few bytes.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // 64-bit raw values are timestamps; the drivers' numbers have at most 32 bits
    pub fn value(&self, element: &[u8]) -> Option<f64> {
        let word = self.word(element)?;
        Some(match self.kind {
            Kind::Unsigned => word as f64,
            Kind::Signed => self.sign_extended(word) as f64,
            Kind::Float if self.bits == 32 => f64::from(f32::from_bits(u32::try_from(word).ok()?)),
            Kind::Float => f64::from_bits(word),
        })
    }

    /// The first item as a whole number with its sign, for timestamps; `None` if there are too few bytes.
    #[must_use]
    pub fn integer(&self, element: &[u8]) -> Option<i64> {
        let word = self.word(element)?;
        match self.kind {
            Kind::Signed => Some(self.sign_extended(word)),
            Kind::Unsigned => i64::try_from(word).ok(),
            Kind::Float => None,
        }
    }

    /// The bits that count, shifted down.
    fn word(&self, element: &[u8]) -> Option<u64> {
        let bytes = element.get(..self.bytes)?;
        let take = |word: u64, byte: &u8| word << 8 | u64::from(*byte);
        let word = match self.big_endian {
            true => bytes.iter().fold(0, take),
            false => bytes.iter().rev().fold(0, take),
        };
        Some(word >> self.shift & (u64::MAX >> (64 - self.bits)))
    }

    const fn sign_extended(&self, word: u64) -> i64 {
        let unused = 64 - self.bits;
        (word << unused).cast_signed() >> unused
    }
}

/// Decimal digits, and nothing else.
fn digits<T: core::str::FromStr>(text: &str) -> Option<T> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// One enabled element of the buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// The channel, for example `in_voltage0`.
    pub name: String,
    /// Its place among the others.
    pub index: u32,
    /// How it is stored.
    pub format: Format,
}

/// Where everything is in a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    places: Vec<(Element, usize)>,
    length: usize,
}

/// Longest record that is read.
pub const LONGEST_RECORD: usize = 512;

impl Layout {
    /// Lays out the enabled elements.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if there are none, two have one index, or the record is longer than [`LONGEST_RECORD`].
    pub fn new(mut elements: Vec<Element>) -> Result<Self, Error> {
        elements.sort_by_key(|element| element.index);
        if elements.is_empty() || elements.windows(2).any(|two| matches!(two, [a, b] if a.index == b.index)) {
            return Err(Error::Corrupt);
        }
        let (mut end, mut largest) = (0_usize, 1);
        let mut places = Vec::with_capacity(elements.len());
        for element in elements {
            let length = element.format.length();
            let start = end.next_multiple_of(length);
            end = start + length;
            largest = largest.max(length);
            places.push((element, start));
        }
        let length = end.next_multiple_of(largest);
        if length > LONGEST_RECORD { Err(Error::Corrupt) } else { Ok(Self { places, length }) }
    }

    /// Bytes of one record.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.length
    }

    /// How the element of this name is stored, and its first byte in a record.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<(Format, usize)> {
        let found = self.places.iter().find(|(element, _)| element.name == name);
        found.map(|(element, start)| (element.format, *start))
    }
}
