// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the state journal remembers, and its 64 bytes on disk.
//!
//! | bytes | what |
//! |---|---|
//! | 0..8 | `ECMODJNL` |
//! | 8..12 | format, little endian, 1 |
//! | 12..16 | length of the whole record, 64 |
//! | 16..24 | sequence: the larger of two valid records is the newer one |
//! | 24 | mode: 1 speed, 2 flow, 3 zero flow |
//! | 25 | 1 supporting, 0 not |
//! | 26 | 1 if there is a sweep gas setpoint, 0 if not |
//! | 27..32 | zero |
//! | 32..40 | speed setpoint in rpm, IEEE 754 double, little endian |
//! | 40..48 | flow setpoint in L/min |
//! | 48..56 | sweep gas setpoint in L/min, or zero |
//! | 56..60 | zero |
//! | 60..64 | CRC-32 (IEEE 802.3) of bytes 0..60 |
//!
//! A later format gets a new number; this one stays readable for ever (a fixture of it is kept in the tests).

use ecmod_control::Mode;
use ecmod_quantities::{GasLitresPerMinute, LitresPerMinute, Rpm};

/// Bytes of a record.
pub const LENGTH: usize = 64;

const MAGIC: [u8; 8] = *b"ECMODJNL";
const FORMAT: u32 = 1;
const CHECKED: usize = LENGTH - 4;

/// What a restarted daemon needs to go on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Record {
    /// What was regulated.
    pub mode: Mode,
    /// The speed setpoint.
    pub speed: Rpm,
    /// The flow setpoint.
    pub flow: LitresPerMinute,
    /// The sweep gas setpoint, if one was ever set.
    pub sweep_gas_flow: Option<GasLitresPerMinute>,
    /// Whether a patient was being supported.
    pub supporting: bool,
}

/// What is kept in two files that are written in turn.
pub trait Stored: Sized {
    /// The files.
    const NAMES: [&'static str; 2];
    /// The most bytes that one can have.
    const LONGEST: usize;

    /// The bytes to be written, with a sequence number.
    fn encode(&self, sequence: u64) -> Vec<u8>;

    /// What stands in `bytes`, with its sequence number.
    ///
    /// # Errors
    /// Whatever is wrong with it.
    fn decode(bytes: &[u8]) -> Result<(Self, u64), Damage>;
}

/// Why bytes are not a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// Too short or too long.
    #[error("{0} bytes are not its length")]
    Length(usize),
    /// Something else's file.
    #[error("it is not a file of the journal")]
    Foreign,
    /// Of another version of the daemon.
    #[error("its format {0} is unknown to this version")]
    Format(u32),
    /// The checksum does not match.
    #[error("its checksum does not match")]
    Checksum,
    /// The checksum matches and the contents are impossible.
    #[error("its contents are impossible")]
    Contents,
}

impl Stored for Record {
    const NAMES: [&'static str; 2] = ["state.a", "state.b"];
    const LONGEST: usize = LENGTH;

    fn encode(&self, sequence: u64) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.extend(MAGIC);
        bytes.extend(FORMAT.to_le_bytes());
        bytes.extend(64_u32.to_le_bytes());
        bytes.extend(sequence.to_le_bytes());
        bytes.push(mode_code(self.mode));
        bytes.push(u8::from(self.supporting));
        bytes.push(u8::from(self.sweep_gas_flow.is_some()));
        bytes.extend([0; 5]);
        bytes.extend(self.speed.value().to_le_bytes());
        bytes.extend(self.flow.value().to_le_bytes());
        bytes.extend(self.sweep_gas_flow.unwrap_or_default().value().to_le_bytes());
        bytes.resize(CHECKED, 0);
        let checksum = crc32fast::hash(&bytes);
        bytes.extend(checksum.to_le_bytes());
        bytes
    }

    /// A record that is returned has finite setpoints and a known mode.
    fn decode(bytes: &[u8]) -> Result<(Self, u64), Damage> {
        let bytes: &[u8; LENGTH] = bytes.try_into().map_err(|_| Damage::Length(bytes.len()))?;
        let mut rest = bytes.as_slice();
        if take(&mut rest)? != MAGIC {
            return Err(Damage::Foreign);
        }
        let format = u32::from_le_bytes(take(&mut rest)?);
        if format != FORMAT {
            return Err(Damage::Format(format));
        }
        let (checked, checksum) = bytes.split_last_chunk::<4>().ok_or(Damage::Length(LENGTH))?;
        if crc32fast::hash(checked) != u32::from_le_bytes(*checksum) {
            return Err(Damage::Checksum);
        }
        let length = u32::from_le_bytes(take(&mut rest)?);
        let sequence = u64::from_le_bytes(take(&mut rest)?);
        let [mode, supporting, has_sweep_gas] = take(&mut rest)?;
        let padding: [u8; 5] = take(&mut rest)?;
        let speed = Rpm(f64::from_le_bytes(take(&mut rest)?));
        let flow = LitresPerMinute(f64::from_le_bytes(take(&mut rest)?));
        let sweep_gas = GasLitresPerMinute(f64::from_le_bytes(take(&mut rest)?));
        let finite = speed.is_finite() && flow.is_finite() && sweep_gas.is_finite();
        let plausible = length == 64 && padding == [0; 5] && finite;
        let sweep_gas_flow = match has_sweep_gas {
            0 => None,
            1 => Some(sweep_gas),
            _ => return Err(Damage::Contents),
        };
        let supporting = match supporting {
            0 => false,
            1 => true,
            _ => return Err(Damage::Contents),
        };
        match mode_from_code(mode) {
            Some(mode) if plausible => Ok((Self { mode, speed, flow, sweep_gas_flow, supporting }, sequence)),
            Some(_) | None => Err(Damage::Contents),
        }
    }
}

/// The next `N` bytes.
pub(super) fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], Damage> {
    let (head, tail) = bytes.split_first_chunk::<N>().ok_or(Damage::Length(bytes.len()))?;
    *bytes = tail;
    Ok(*head)
}

const fn mode_code(mode: Mode) -> u8 {
    match mode {
        Mode::Speed => 1,
        Mode::Flow => 2,
        Mode::ZeroFlow => 3,
    }
}

const fn mode_from_code(code: u8) -> Option<Mode> {
    match code {
        1 => Some(Mode::Speed),
        2 => Some(Mode::Flow),
        3 => Some(Mode::ZeroFlow),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RECORD: Record = Record {
        mode: Mode::Flow,
        speed: Rpm(3123.5),
        flow: LitresPerMinute(4.0),
        sweep_gas_flow: None,
        supporting: true,
    };

    #[test]
    fn the_first_format_is_read_for_ever() {
        let fixture = include_bytes!("../../tests/fixtures/journal-format-1.bin");
        assert_eq!(Record::decode(fixture), Ok((RECORD, 42)));
        assert_eq!(RECORD.encode(42), fixture);
    }

    #[test]
    fn another_format_and_another_file_are_told_apart() {
        let mut bytes = RECORD.encode(1);
        bytes[8] = 2;
        assert_eq!(Record::decode(&bytes), Err(Damage::Format(2)));
        bytes[0] = b'x';
        assert_eq!(Record::decode(&bytes), Err(Damage::Foreign));
        assert_eq!(Record::decode(&[]), Err(Damage::Length(0)));
    }

    #[test]
    fn a_checksummed_impossible_record_is_refused() {
        let record = Record { speed: Rpm(f64::NAN), ..RECORD };
        assert_eq!(Record::decode(&record.encode(1)), Err(Damage::Contents));
    }

    #[test]
    fn the_sweep_gas_setpoint_is_kept() {
        let record = Record { sweep_gas_flow: Some(GasLitresPerMinute(3.5)), ..RECORD };
        assert_eq!(Record::decode(&record.encode(7)), Ok((record, 7)));
        let record = Record { sweep_gas_flow: Some(GasLitresPerMinute(f64::INFINITY)), ..RECORD };
        assert_eq!(Record::decode(&record.encode(7)), Err(Damage::Contents));
    }

    proptest! {
        #[test]
        fn a_damaged_record_is_never_taken_for_a_good_one(
            position in 0..LENGTH, flip in 1..=255_u8, cut in 0..LENGTH, sequence: u64,
        ) {
            let good = RECORD.encode(sequence);
            prop_assert_eq!(Record::decode(&good), Ok((RECORD, sequence)));
            let mut damaged = good.clone();
            damaged[position] ^= flip;
            prop_assert!(Record::decode(&damaged).is_err());
            prop_assert!(Record::decode(&good[..cut]).is_err());
        }

        #[test]
        fn garbage_never_yields_settings(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok((record, _)) = Record::decode(&bytes) {
                prop_assert!(record.speed.is_finite() && record.flow.is_finite());
            }
        }
    }
}
