// SPDX-License-Identifier: MIT OR Apache-2.0
//! The first format of the state, which is read for ever and written no more: 64 bytes.
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

use ecmod_control::{Mode, Resume};
use ecmod_quantities::{GasLitresPerMinute, LitresPerMinute, Rpm};

use super::stored::{Damage, take};

const LENGTH: usize = 64;
const MAGIC: [u8; 8] = *b"ECMODJNL";
const FORMAT: u32 = 1;

/// Whether this could be such a record.
pub(super) fn is(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// What stands in it, with its sequence number. The setpoints are finite and the mode is known.
pub(super) fn decode(bytes: &[u8]) -> Result<(Resume, u64), Damage> {
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
    let (mode, supporting, has_sweep_gas) = match (mode_of(mode), answer(supporting), answer(has_sweep_gas)) {
        (Some(mode), Some(supporting), Some(has_sweep_gas)) if plausible => (mode, supporting, has_sweep_gas),
        _ => return Err(Damage::Contents),
    };
    let sweep_gas_flow = has_sweep_gas.then_some(sweep_gas);
    Ok((Resume { flow, sweep_gas_flow, supporting, ..Resume::at(mode, speed) }, sequence))
}

const fn mode_of(code: u8) -> Option<Mode> {
    match code {
        1 => Some(Mode::Speed),
        2 => Some(Mode::Flow),
        3 => Some(Mode::ZeroFlow),
        _ => None,
    }
}

const fn answer(code: u8) -> Option<bool> {
    match code {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FIXTURE: &[u8; 64] = include_bytes!("../../tests/fixtures/journal-format-1.bin");

    /// The fixture with these bytes in the place of others, and a checksum that matches.
    fn with(at: usize, bytes: &[u8]) -> Vec<u8> {
        let mut record = FIXTURE.to_vec();
        record[at..at + bytes.len()].copy_from_slice(bytes);
        let checksum = crc32fast::hash(&record[..60]);
        record[60..].copy_from_slice(&checksum.to_le_bytes());
        record
    }

    #[test]
    fn the_first_format_is_read_for_ever() {
        let resume =
            Resume { flow: LitresPerMinute(4.0), supporting: true, ..Resume::at(Mode::Flow, Rpm(3123.5)) };
        assert_eq!(decode(FIXTURE), Ok((resume, 42)));
        let with_gas = with(26, &[1]);
        assert_eq!(decode(&with_gas).unwrap().0.sweep_gas_flow, Some(GasLitresPerMinute(0.0)));
    }

    #[test]
    fn a_checksummed_impossible_record_is_refused() {
        for (at, bytes) in [
            (24, vec![4]),
            (25, vec![2]),
            (26, vec![2]),
            (27, vec![1]),
            (12, vec![65]),
            (32, f64::NAN.to_le_bytes().to_vec()),
            (48, f64::INFINITY.to_le_bytes().to_vec()),
        ] {
            assert_eq!(decode(&with(at, &bytes)), Err(Damage::Contents), "at {at}");
        }
        assert_eq!(decode(&with(8, &[9])), Err(Damage::Format(9)));
        assert_eq!(decode(&with(0, b"x")), Err(Damage::Foreign));
    }

    proptest! {
        #[test]
        fn a_damaged_record_is_never_taken_for_a_good_one(
            position in 0..LENGTH, flip in 1..=255_u8, cut in 0..LENGTH,
        ) {
            let mut damaged = FIXTURE.to_vec();
            damaged[position] ^= flip;
            prop_assert!(decode(&damaged).is_err());
            prop_assert!(decode(&FIXTURE[..cut]).is_err());
        }
    }
}
