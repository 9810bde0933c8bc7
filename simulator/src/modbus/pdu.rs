// SPDX-License-Identifier: MIT OR Apache-2.0
//! Requests to a device and its answers, without address and checksum (Modbus Application Protocol V1.1b3, section 6).

use crate::devices::{Exception, Registers};

/// The device's answer to a request PDU. Every request gets one: a normal answer or an exception.
pub fn answer(request: &[u8], device: &mut dyn Registers) -> Vec<u8> {
    let Some((&function, data)) = request.split_first() else {
        return vec![0x80, Exception::IllegalFunction.code()];
    };
    respond(function, data, device).unwrap_or_else(|exception| vec![function | 0x80, exception.code()])
}

fn respond(function: u8, data: &[u8], device: &mut dyn Registers) -> Result<Vec<u8>, Exception> {
    match (function, data) {
        (2, &[a, b, c, d]) => {
            let mut bits = vec![false; count([c, d], 2000)?];
            device.read_discrete(u16::from_be_bytes([a, b]), &mut bits)?;
            let packed: Vec<u8> = bits
                .chunks(8)
                .map(|eight| eight.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit)))
                .collect();
            Ok(counted(function, &packed))
        }
        (3 | 4, &[a, b, c, d]) => {
            let mut words = vec![0; count([c, d], 125)?];
            let address = u16::from_be_bytes([a, b]);
            if function == 3 {
                device.read_holding(address, &mut words)?;
            } else {
                device.read_input(address, &mut words)?;
            }
            let bytes: Vec<u8> = words.into_iter().flat_map(u16::to_be_bytes).collect();
            Ok(counted(function, &bytes))
        }
        (6, &[a, b, c, d]) => {
            device.write(u16::from_be_bytes([a, b]), &[u16::from_be_bytes([c, d])])?;
            Ok(vec![function, a, b, c, d])
        }
        // Diagnostics, "return query data": the echo test.
        (8, &[0, 0, ..]) => Ok([&[function], data].concat()),
        (16, &[a, b, c, d, bytes, ref values @ ..]) => {
            let words = count([c, d], 123)?;
            if usize::from(bytes) != words * 2 || values.len() != words * 2 {
                return Err(Exception::IllegalDataValue);
            }
            let words: Vec<u16> = values
                .chunks_exact(2)
                .filter_map(|pair| pair.try_into().ok().map(u16::from_be_bytes))
                .collect();
            device.write(u16::from_be_bytes([a, b]), &words)?;
            Ok(vec![function, a, b, c, d])
        }
        (2..=4 | 6 | 8 | 16, _) => Err(Exception::IllegalDataValue),
        _ => Err(Exception::IllegalFunction),
    }
}

fn count(bytes: [u8; 2], largest: u16) -> Result<usize, Exception> {
    match u16::from_be_bytes(bytes) {
        count if (1..=largest).contains(&count) => Ok(usize::from(count)),
        _ => Err(Exception::IllegalDataValue),
    }
}

fn counted(function: u8, data: &[u8]) -> Vec<u8> {
    // At most 250 bytes by the limits above.
    let length = u8::try_from(data.len()).unwrap_or(u8::MAX);
    [&[function, length], data].concat()
}

/// How long a request PDU is that begins like this: `None` for a function that is not known.
///
/// `Some(None)`: the byte that says so has not arrived yet.
#[must_use]
pub fn request_length(beginning: &[u8]) -> Option<Option<usize>> {
    match beginning {
        [] => Some(None),
        [1..=6 | 8, ..] => Some(Some(5)),
        [15 | 16, rest @ ..] => Some(rest.get(4).map(|bytes| 6 + usize::from(*bytes))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices::Blv;
    use proptest::prelude::*;

    #[test]
    fn registers_are_written_and_read_back() {
        let mut drive = Blv::new(Blv::MAXIMUM_RPM);
        assert_eq!(answer(&[16, 4, 0x80, 0, 2, 4, 0, 0, 0x0C, 0x80], &mut drive), [16, 4, 0x80, 0, 2]);
        assert_eq!(answer(&[3, 4, 0x80, 0, 2], &mut drive), [3, 4, 0, 0, 0x0C, 0x80]);
        assert_eq!(answer(&[6, 0, 0x7D, 0, 0x28], &mut drive), [6, 0, 0x7D, 0, 0x28]);
        assert_eq!(answer(&[8, 0, 0, 0x12, 0x34], &mut drive), [8, 0, 0, 0x12, 0x34]);
    }

    #[test]
    fn what_cannot_be_done_is_an_exception_with_the_functions_number() {
        let mut drive = Blv::new(Blv::MAXIMUM_RPM);
        assert_eq!(answer(&[3, 0x30, 0, 0, 1], &mut drive), [0x83, 2]);
        assert_eq!(answer(&[3, 4, 0x80, 0, 0], &mut drive), [0x83, 3], "no registers");
        assert_eq!(answer(&[3, 4, 0x80, 0, 126], &mut drive), [0x83, 3], "too many registers");
        assert_eq!(answer(&[16, 4, 0x80, 0, 2, 4, 0, 0, 0xFF, 0xFF], &mut drive), [0x90, 3], "too fast");
        assert_eq!(answer(&[16, 4, 0x80, 0, 2, 2, 0, 0], &mut drive), [0x90, 3], "counts contradict");
        assert_eq!(answer(&[4, 0, 0x7D, 0, 1], &mut drive), [0x84, 1]);
        assert_eq!(answer(&[0x2B, 14, 1, 0], &mut drive), [0xAB, 1]);
    }

    proptest! {
        #[test]
        fn any_request_gets_an_answer_of_a_legal_size(request in prop::collection::vec(any::<u8>(), 0..260)) {
            let answer = answer(&request, &mut Blv::new(Blv::MAXIMUM_RPM));
            prop_assert!((2..=253).contains(&answer.len()) || request.first() == Some(&8));
        }
    }
}
