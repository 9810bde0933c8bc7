// SPDX-License-Identifier: MIT OR Apache-2.0
//! The flow meter: em-tec BioProTT FlowTrack, a stream of text at 38400 8N1 (domain devices 6.1 `[S15-S18]`).
//!
//! Ten lines a second, unasked: `ee ss aaa p.pp fffffff mmmmmmm sssssss tttt\r\n`, every field right-aligned in its
//! width. Commands are a letter, an argument, and CR. A letter that is none of `I R Z S T C` hangs the meter until its
//! supply is cycled, as the manual warns `[S17]`.

use ecmod_quantities::LitresPerMinute;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// What is wrong with the meter, as long as it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowMeterFault {
    /// Nothing.
    #[default]
    None,
    /// The sensor is unplugged.
    Disconnected,
    /// Too little ultrasound comes back: data blanked.
    CouplingLost,
    /// Flow above what it can show.
    Overflow,
    /// Flow below what it can show.
    Underflow,
    /// Its board is too hot: error 1A.
    OverTemperature,
    /// Its firmware hangs until the fault ends (the supply is cycled).
    Hang,
}

/// 100 ms means kept: those of the last 10 s.
const MEANS_KEPT: usize = 100;

/// The meter.
#[derive(Debug, Clone, PartialEq)]
pub struct BioProTt {
    fault: FlowMeterFault,
    /// What is left of the ultrasound, 0 to 1.
    signal: f64,
    hung: bool,
    streaming: bool,
    table: u8,
    factor: f64,
    zero: f64,
    blank_lines: u8,
    window: (f64, u32),
    means: VecDeque<f64>,
    input: Vec<u8>,
    output: Vec<u8>,
}

impl BioProTt {
    /// Samples of 1 ms in one line.
    const SAMPLES_PER_LINE: u32 = 100;
    /// The largest flow it shows, mL/min `[C]`.
    const FULL_SCALE: f64 = 12_000.0;
    /// With less of the ultrasound it shows no flow `[C]`.
    const LEAST_SIGNAL: f64 = 0.3;
    /// Below this it says "near zero", mL/min `[C]`.
    const NEAR_ZERO: f64 = 30.0;

    /// Switched on, streaming, table 1, factor 1.00.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            fault: FlowMeterFault::None,
            signal: 1.0,
            hung: false,
            streaming: true,
            table: 1,
            factor: 1.0,
            zero: 0.0,
            blank_lines: 0,
            window: (0.0, 0),
            means: VecDeque::new(),
            input: Vec::new(),
            output: Vec::new(),
        }
    }

    /// What is wrong with it from now on. The end of a hang is the cycling of its supply.
    pub fn set_fault(&mut self, fault: FlowMeterFault) {
        if self.fault == FlowMeterFault::Hang && fault != FlowMeterFault::Hang {
            *self = Self::new();
        }
        self.fault = fault;
    }

    /// One millisecond of flow through the sensor, with the sensor's noise already in it.
    pub fn observe(&mut self, flow: LitresPerMinute) {
        let (sum, count) = self.window;
        self.window = (sum + flow.value() * 1000.0, count + 1);
        if self.window.1 < Self::SAMPLES_PER_LINE {
            return;
        }
        let mean = self.window.0 / f64::from(self.window.1);
        self.window = (0.0, 0);
        if self.means.len() == MEANS_KEPT {
            self.means.pop_front();
        }
        self.means.push_back((mean - self.zero) * self.factor);
        if self.streaming && !self.hung && self.fault != FlowMeterFault::Hang {
            let line = self.line();
            self.output.extend_from_slice(line.as_bytes());
            self.blank_lines = self.blank_lines.saturating_sub(1);
        }
    }

    /// The last 100 ms mean, if the meter has one to show.
    #[must_use]
    pub fn mean_100ms(&self) -> Option<LitresPerMinute> {
        let usable = self.fault() == FlowMeterFault::None && self.blank_lines == 0 && !self.hung;
        self.means.back().filter(|_| usable).map(|mean| LitresPerMinute(mean / 1000.0))
    }

    /// Bytes from the host.
    pub fn receive(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            match byte {
                _ if self.hung || self.fault == FlowMeterFault::Hang => return,
                b'\r' => {
                    let line = core::mem::take(&mut self.input);
                    self.command(&line);
                }
                b'I' | b'R' | b'Z' | b'S' | b'T' | b'C' => self.input = vec![byte],
                b'0'..=b'9' | b'.' if self.input.len() < 6 => self.input.push(byte),
                _ if byte.is_ascii_alphabetic() => self.hung = true,
                _ => self.input.clear(),
            }
        }
    }

    /// What is wrong with it: a fault, or too little ultrasound, as air in the tube leaves it.
    #[must_use]
    pub fn fault(&self) -> FlowMeterFault {
        if self.fault == FlowMeterFault::None && self.signal < Self::LEAST_SIGNAL {
            return FlowMeterFault::CouplingLost;
        }
        self.fault
    }

    /// How much of the ultrasound passes the tube from now on, 0 to 1.
    pub const fn set_signal(&mut self, signal: f64) {
        self.signal = signal;
    }

    /// How much of the ultrasound passes the tube, 0 to 1.
    #[must_use]
    pub const fn signal(&self) -> f64 {
        self.signal
    }

    /// The bytes it has sent since the last call.
    pub fn take_output(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.output)
    }

    /// Whether a letter it does not know has hung it.
    #[must_use]
    pub const fn hung(&self) -> bool {
        self.hung
    }

    fn command(&mut self, line: &[u8]) {
        match line {
            [b'I'] => self.streaming = false,
            [b'R'] => self.streaming = true,
            [b'Z'] => self.zero += self.means.back().copied().unwrap_or(0.0) / self.factor,
            [b'S'] => self.output.extend_from_slice(
                b"SENSOR SN 21347\r\nTUBE 3/8x3/32\r\nMEDIUM BLOOD\r\nTEMP 37\r\nTABLES 3\r\nRANGE 12000\r\nMETER SN 4711 SW 1.20\r\n",
            ),
            // A table that does not exist leaves all as it is; the first three lines after a change are blank.
            [b'T', digit @ b'1'..=b'3'] if digit - b'0' != self.table => {
                self.table = digit - b'0';
                self.blank_lines = 3;
            }
            [b'C', ones @ b'0'..=b'1', b'.', tenths @ b'0'..=b'9', hundredths @ b'0'..=b'9'] => {
                let hundredths = f64::from(ones - b'0') * 100.0
                    + f64::from(tenths - b'0') * 10.0
                    + f64::from(hundredths - b'0');
                if (50.0..=150.0).contains(&hundredths) {
                    self.factor = hundredths / 100.0;
                }
            }
            _ => {}
        }
    }

    /// Mean of the last `lines` 100 ms means, mL/min.
    fn mean(&self, lines: usize) -> f64 {
        let count = self.means.len().min(lines).max(1);
        self.means.iter().rev().take(lines).sum::<f64>() / count as f64
    }

    fn line(&self) -> String {
        const BLANK: &str = "-------";
        let table = (self.table - 1) << 2;
        let fields = |status: u8,
                      error: u8,
                      coupling: &str,
                      factor: &str,
                      flow: [String; 3],
                      temperature: i32| {
            let [short, second, long] = flow;
            format!(
                "{error:02X} {status:02X} {coupling:>3} {factor:>4} {short:>7} {second:>7} {long:>7} {temperature:>+4}\r\n"
            )
        };
        let blank = || [BLANK.to_owned(), BLANK.to_owned(), BLANK.to_owned()];
        let factor = format!("{:.2}", self.factor);
        match self.fault() {
            FlowMeterFault::Disconnected => fields(0xE0, 0, "---", "----", blank(), 35),
            FlowMeterFault::CouplingLost => fields(0x20 | table, 0, "34", &factor, blank(), 43),
            FlowMeterFault::OverTemperature => fields(0x41, 0x1A, "---", "----", blank(), 77),
            FlowMeterFault::Overflow => {
                fields(table, 0, "100", &factor, ["^", "^", "^"].map(|c| c.repeat(7)), 43)
            }
            FlowMeterFault::Underflow => {
                fields(table, 0, "100", &factor, ["v", "v", "v"].map(|c| c.repeat(7)), 43)
            }
            FlowMeterFault::None | FlowMeterFault::Hang if self.blank_lines > 0 => {
                fields(table, 0, "100", &factor, blank(), 41)
            }
            FlowMeterFault::None | FlowMeterFault::Hang => {
                let near = if self.mean(1).abs() < Self::NEAR_ZERO { 0x40 } else { 0 };
                fields(near | table, 0, "100", &factor, [1, 10, 100].map(|lines| shown(self.mean(lines))), 41)
            }
        }
    }
}

impl Default for BioProTt {
    fn default() -> Self {
        Self::new()
    }
}

/// A mean as the meter prints it, or the fill pattern where it cannot.
fn shown(mean: f64) -> String {
    if mean > BioProTt::FULL_SCALE {
        "^".repeat(7)
    } else if mean < -BioProTt::FULL_SCALE {
        "v".repeat(7)
    } else {
        format!("{}", crate::words::i32_of(mean))
    }
}

#[cfg(test)]
mod tests;
