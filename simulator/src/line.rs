// SPDX-License-Identifier: MIT OR Apache-2.0
//! A line between a device and its host, and what can happen to bytes on it. Pure: bytes in, timed bytes out.

use crate::modbus::rtu;
use crate::random::Noise;
use ecmod_quantities::Span;

/// The names of the lines of the simulated console.
pub mod names {
    /// Modbus RTU: the pump's drive.
    pub const PUMP: &str = "pump_line";
    /// Modbus RTU: the gas controller.
    pub const GAS: &str = "gas_line";
    /// Serial text: the flow meter.
    pub const FLOW: &str = "flow_line";
    /// Modbus TCP: the pressure and temperature transmitter.
    pub const MONITOR: &str = "monitor";
    /// All of them.
    pub const ALL: [&str; 4] = [PUMP, GAS, FLOW, MONITOR];
}

/// What is wrong with one line; probabilities are per frame.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LineFaults {
    /// Probability and largest number of random bytes.
    pub noise: Option<(f64, u8)>,
    /// A damaged byte.
    pub wrong_crc: f64,
    /// Another unit's number, with a good checksum.
    pub wrong_unit: f64,
    /// The end is missing.
    pub short: f64,
    /// Probability and delay.
    pub late: Option<(f64, Span)>,
    /// Nothing at all.
    pub silence: f64,
    /// What is received is sent back.
    pub echo: bool,
    /// The device node is gone.
    pub disconnected: bool,
}

/// How frames look on the line: decides how a fault damages one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Unit, PDU, checksum.
    Rtu,
    /// MBAP header, PDU.
    Tcp,
    /// Lines of text.
    Text,
}

/// Bytes to be sent, this long after the moment they were ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delayed {
    /// The delay.
    pub after: Span,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl LineFaults {
    /// What becomes of one frame of the device. `request` is what it answers (empty for a stream).
    pub fn pass(&self, framing: Framing, request: &[u8], mut frame: Vec<u8>, noise: &mut Noise) -> Delayed {
        let mut before = if self.echo { request.to_vec() } else { Vec::new() };
        before.extend(self.burst(noise));
        if noise.chance(self.silence) {
            return Delayed { after: Span::ZERO, bytes: before };
        }
        if noise.chance(self.wrong_unit) {
            give_to_another_unit(framing, &mut frame);
        }
        if noise.chance(self.wrong_crc) {
            damage(framing, &mut frame, noise);
        }
        if noise.chance(self.short) {
            let keep = frame.len() / 2;
            frame.truncate(keep.max(1));
        }
        let after = match self.late {
            Some((probability, delay)) if noise.chance(probability) => delay,
            _ => Span::ZERO,
        };
        before.extend(frame);
        Delayed { after, bytes: before }
    }

    /// Random bytes that come by themselves.
    pub fn burst(&self, noise: &mut Noise) -> Vec<u8> {
        match self.noise {
            Some((probability, most)) if noise.chance(probability) => {
                let count = noise.byte() % most.max(1) + 1;
                (0..count).map(|_| noise.byte()).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn give_to_another_unit(framing: Framing, frame: &mut Vec<u8>) {
    match framing {
        Framing::Rtu => {
            let body = frame.len().saturating_sub(2);
            frame.truncate(body);
            if let Some(unit) = frame.first_mut() {
                *unit = unit.wrapping_add(1);
            }
            *frame = rtu::with_checksum(frame);
        }
        Framing::Tcp => {
            if let Some(unit) = frame.get_mut(6) {
                *unit = unit.wrapping_add(1);
            }
        }
        // Text has no addresses.
        Framing::Text => {}
    }
}

/// One bit flipped somewhere; on TCP in the protocol number, as TCP's own checksum guards the rest.
fn damage(framing: Framing, frame: &mut [u8], noise: &mut Noise) {
    let at = match framing {
        Framing::Tcp => 3,
        Framing::Rtu | Framing::Text => usize::from(noise.byte()) % frame.len().max(1),
    };
    if let Some(byte) = frame.get_mut(at) {
        *byte ^= 1 << (noise.byte() % 7);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Vec<u8> {
        rtu::frame(1, &[3, 2, 0x0C, 0x80])
    }

    fn passed(faults: &LineFaults) -> Delayed {
        faults.pass(Framing::Rtu, &[0xAA, 0xBB], answer(), &mut Noise::seeded(3))
    }

    #[test]
    fn a_good_line_changes_nothing() {
        assert_eq!(passed(&LineFaults::default()), Delayed { after: Span::ZERO, bytes: answer() });
    }

    #[test]
    fn each_fault_does_what_it_says() {
        let good = answer();
        let noisy = passed(&LineFaults { noise: Some((1.0, 10)), ..LineFaults::default() });
        assert!(noisy.bytes.ends_with(&good) && noisy.bytes.len() > good.len());
        let crc = passed(&LineFaults { wrong_crc: 1.0, ..LineFaults::default() }).bytes;
        assert_eq!(crc.iter().zip(&good).map(|(a, b)| (a ^ b).count_ones()).sum::<u32>(), 1);
        let unit = passed(&LineFaults { wrong_unit: 1.0, ..LineFaults::default() }).bytes;
        assert_eq!(unit, rtu::frame(2, &[3, 2, 0x0C, 0x80]));
        let short = passed(&LineFaults { short: 1.0, ..LineFaults::default() }).bytes;
        assert!(good.starts_with(&short) && short.len() < good.len());
        let late = passed(&LineFaults { late: Some((1.0, Span::from_millis(80))), ..LineFaults::default() });
        assert_eq!((late.after, late.bytes), (Span::from_millis(80), good.clone()));
        assert!(passed(&LineFaults { silence: 1.0, ..LineFaults::default() }).bytes.is_empty());
        let echo = passed(&LineFaults { echo: true, ..LineFaults::default() }).bytes;
        assert_eq!(echo, [&[0xAA, 0xBB], &good[..]].concat());
    }

    #[test]
    fn a_probability_is_kept_over_many_frames() {
        let faults = LineFaults { silence: 0.25, ..LineFaults::default() };
        let mut noise = Noise::seeded(5);
        let silent = (0..4000)
            .filter(|_| faults.pass(Framing::Rtu, &[], answer(), &mut noise).bytes.is_empty())
            .count();
        assert!((900..1100).contains(&silent), "{silent}");
    }
}
