// SPDX-License-Identifier: MIT OR Apache-2.0
//! TCP: the MBAP header around a PDU.

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Repeated in the answer.
    pub transaction: [u8; 2],
    /// Whom it is for.
    pub unit: u8,
    /// What is asked.
    pub pdu: Vec<u8>,
}

/// What stands at the head of the bytes received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// Not a whole frame yet.
    Incomplete,
    /// A request.
    Request(Request),
    /// No Modbus: a TCP stream cannot be resynchronised, the connection is to be closed.
    Nonsense,
}

/// Takes the first request off `buffer`.
pub fn take(buffer: &mut Vec<u8>) -> Head {
    let &[t0, t1, p0, p1, l0, l1, ref rest @ ..] = buffer.as_slice() else { return Head::Incomplete };
    let length = usize::from(u16::from_be_bytes([l0, l1]));
    if [p0, p1] != [0, 0] || !(2..=254).contains(&length) {
        return Head::Nonsense;
    }
    let Some([unit, pdu @ ..]) = rest.get(..length) else { return Head::Incomplete };
    let request = Request { transaction: [t0, t1], unit: *unit, pdu: pdu.to_vec() };
    buffer.drain(..6 + length);
    Head::Request(request)
}

/// The frame of an answer.
#[must_use]
pub fn frame(transaction: [u8; 2], unit: u8, pdu: &[u8]) -> Vec<u8> {
    // A PDU has at most 253 bytes.
    let length = u16::try_from(pdu.len() + 1).unwrap_or(u16::MAX).to_be_bytes();
    [&transaction[..], &[0, 0], &length, &[unit], pdu].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_taken_one_by_one_and_whole() {
        let one = frame([0, 7], 1, &[3, 0, 0, 0, 2]);
        let mut buffer = [&one[..], &one[..5]].concat();
        let expected = Request { transaction: [0, 7], unit: 1, pdu: vec![3, 0, 0, 0, 2] };
        assert_eq!(take(&mut buffer), Head::Request(expected.clone()));
        assert_eq!(take(&mut buffer), Head::Incomplete);
        buffer.extend_from_slice(&one[5..]);
        assert_eq!(take(&mut buffer), Head::Request(expected));
    }

    #[test]
    fn what_is_not_modbus_is_told() {
        assert_eq!(take(&mut b"GET / HTTP/1.1\r\n".to_vec()), Head::Nonsense);
        assert_eq!(take(&mut vec![0, 1, 0, 0, 0, 0, 1, 3]), Head::Nonsense);
        assert_eq!(take(&mut vec![0, 1, 0, 0, 1, 0, 1, 3]), Head::Nonsense);
    }
}
