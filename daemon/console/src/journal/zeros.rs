// SPDX-License-Identifier: MIT OR Apache-2.0
//! The zeros of the pressure transducers, as an operator took them, and their bytes on disk. They outlive the daemon and the machine's
//! power; a transducer that is exchanged is zeroed again.
//!
//! | bytes | what |
//! |---|---|
//! | 0..8 | `ECMODZER` |
//! | 8..12 | format, little endian, 1 |
//! | 12..16 | length of the whole record |
//! | 16..24 | sequence: the larger of two valid records is the newer one |
//! | 24..28 | how many sources follow, at most 128 |
//! | ... | for each: length of its name (1 byte), the name `driver.signal`, the zero (IEEE 754 double, little endian, in the unit of the source), when it was taken (seconds since 1970-01-01 UTC, 8 bytes) |
//! | last 4 | CRC-32 (IEEE 802.3) of everything before |
//!
//! Sources are named, not numbered: the configuration may have changed since.

use std::collections::BTreeMap;

use ecmod_control::MAX_SOURCES;

use super::stored::{Damage, Stored, take};

const MAGIC: [u8; 8] = *b"ECMODZER";
const FORMAT: u32 = 1;
/// Two names of 48 characters and a dot.
const LONGEST_NAME: usize = 97;
const LONGEST_ENTRY: usize = 1 + LONGEST_NAME + 16;

/// Every zero there is, by the name of its source.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Zeros(BTreeMap<String, Zero>);

/// The zero of a source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Zero {
    /// What the source delivers at zero, in its unit.
    pub value: f64,
    /// When it was taken, in seconds since 1970-01-01 UTC.
    pub taken: u64,
}

impl Zeros {
    /// Of this source, if it was ever zeroed.
    #[must_use]
    pub fn of(&self, source: &str) -> Option<Zero> {
        self.0.get(source).copied()
    }

    /// Every zero, by the name of its source.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Zero)> {
        self.0.iter().map(|(source, zero)| (source.as_str(), zero))
    }

    /// Keeps a zero in place of an older one of this source, if need be in place of the oldest of all, which is one of a source that is
    /// configured no more. A name that cannot be one of a source, or a value that is no number, is not kept.
    pub fn keep(&mut self, source: &str, zero: Zero) {
        if !(1..=LONGEST_NAME).contains(&source.len()) || !zero.value.is_finite() {
            return;
        }
        if self.0.len() >= MAX_SOURCES && !self.0.contains_key(source) {
            let oldest = self.0.iter().min_by_key(|(_, zero)| zero.taken).map(|(source, _)| source.clone());
            oldest.and_then(|oldest| self.0.remove(&oldest));
        }
        self.0.insert(source.to_owned(), zero);
    }
}

impl Stored for Zeros {
    const NAMES: [&'static str; 2] = ["zeros.a", "zeros.b"];
    const LONGEST: usize = 32 + MAX_SOURCES * LONGEST_ENTRY;
    // Nobody sees by a pressure that it has the zero of before.
    const TELLS_CUT_OFF: bool = true;

    fn encode(&self, sequence: u64) -> Vec<u8> {
        let mut entries = Vec::new();
        for (name, zero) in &self.0 {
            entries.push(u8::try_from(name.len()).unwrap_or(0));
            entries.extend(name.as_bytes());
            entries.extend(zero.value.to_le_bytes());
            entries.extend(zero.taken.to_le_bytes());
        }
        let length = u32::try_from(32 + entries.len()).unwrap_or(u32::MAX);
        let count = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        let mut bytes = MAGIC.to_vec();
        bytes.extend(FORMAT.to_le_bytes());
        bytes.extend(length.to_le_bytes());
        bytes.extend(sequence.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(entries);
        let checksum = crc32fast::hash(&bytes);
        bytes.extend(checksum.to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Result<(Self, u64), Damage> {
        let (checked, checksum) = bytes.split_last_chunk::<4>().ok_or(Damage::Length(bytes.len()))?;
        let mut rest = checked;
        if bytes.iter().all(|byte| *byte == 0) {
            return Err(Damage::Blank);
        }
        if take(&mut rest)? != MAGIC {
            return Err(Damage::Foreign);
        }
        let format = u32::from_le_bytes(take(&mut rest)?);
        if format != FORMAT {
            return Err(Damage::Format(format));
        }
        if crc32fast::hash(checked) != u32::from_le_bytes(*checksum) {
            return Err(Damage::Checksum);
        }
        let length = u32::from_le_bytes(take(&mut rest)?);
        let sequence = u64::from_le_bytes(take(&mut rest)?);
        let count = u32::from_le_bytes(take(&mut rest)?);
        let mut zeros = Self::default();
        for _ in 0..count {
            let (name, zero) = take_entry(&mut rest)?;
            zeros.keep(name, zero);
        }
        let is_whole = rest.is_empty() && usize::try_from(length) == Ok(bytes.len());
        let is_sound = u32::try_from(zeros.0.len()) == Ok(count);
        if is_whole && is_sound { Ok((zeros, sequence)) } else { Err(Damage::Contents) }
    }
}

fn take_entry<'b>(bytes: &mut &'b [u8]) -> Result<(&'b str, Zero), Damage> {
    let [length] = take(bytes)?;
    let (name, tail) = bytes.split_at_checked(length.into()).ok_or(Damage::Contents)?;
    *bytes = tail;
    let name = std::str::from_utf8(name).map_err(|_| Damage::Contents)?;
    let value = f64::from_le_bytes(take(bytes)?);
    let taken = u64::from_le_bytes(take(bytes)?);
    Ok((name, Zero { value, taken }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn zeros() -> Zeros {
        let mut zeros = Zeros::default();
        zeros.keep("pressures.venous", Zero { value: -3.25, taken: 1_790_000_000 });
        zeros.keep("pressures.arterial", Zero { value: 7.5, taken: 1_790_000_060 });
        zeros
    }

    #[test]
    fn the_first_format_is_read_for_ever() {
        let fixture = include_bytes!("../../tests/fixtures/zeros-format-1.bin");
        assert_eq!(Zeros::decode(fixture), Ok((zeros(), 42)));
        assert_eq!(zeros().encode(42), fixture);
    }

    #[test]
    fn what_is_no_zero_of_a_source_is_not_kept_and_the_newest_always_are() {
        let mut kept = zeros();
        kept.keep("", Zero { value: 1.0, taken: 1 });
        kept.keep(&"x".repeat(98), Zero { value: 1.0, taken: 1 });
        kept.keep("pressures.venous", Zero { value: f64::NAN, taken: 1 });
        assert_eq!(kept, zeros());
        for source in 0..200 {
            kept.keep(&format!("{source:0>97}"), Zero { value: 1.0, taken: 2_000_000_000 + source });
        }
        assert_eq!(kept.0.len(), MAX_SOURCES);
        assert!(
            kept.of(&format!("{:0>97}", 199)).is_some() && kept.of("pressures.venous").is_none(),
            "the oldest went"
        );
        assert!(kept.encode(1).len() <= Zeros::LONGEST);
        assert_eq!(Zeros::decode(&kept.encode(1)), Ok((kept, 1)));
    }

    proptest! {
        #[test]
        fn a_damaged_record_is_never_taken_for_a_good_one(position in 0..80_usize, flip in 1..=255_u8, cut in 0..80_usize) {
            let good = zeros().encode(3);
            let mut damaged = good.clone();
            damaged[position] ^= flip;
            prop_assert!(Zeros::decode(&damaged).is_err());
            prop_assert!(Zeros::decode(&good[..cut]).is_err());
        }

        #[test]
        fn a_checksummed_impossible_record_is_refused(count in 0..9_u32, rest in prop::collection::vec(any::<u8>(), 0..100)) {
            let mut bytes = MAGIC.to_vec();
            bytes.extend(FORMAT.to_le_bytes());
            bytes.extend(u32::try_from(32 + rest.len()).unwrap().to_le_bytes());
            bytes.extend(5_u64.to_le_bytes());
            bytes.extend(count.to_le_bytes());
            bytes.extend(rest);
            bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
            if let Ok((zeros, _)) = Zeros::decode(&bytes) {
                prop_assert!(zeros.0.values().all(|zero| zero.value.is_finite()));
                prop_assert_eq!(zeros.0.len(), usize::try_from(count).unwrap());
            }
        }
    }
}
