// SPDX-License-Identifier: MIT OR Apache-2.0
//! The pump's drive: Oriental Motor BLV / BLVD as a Modbus RTU slave (domain devices 6.7 `[S153, S154]`).
//!
//! Values of 32 bits take two registers, high word first. The simulated drive is configured as a pump needs it: no
//! communication timeout, so it **holds its speed when nobody speaks to it**. It starts on the *edge* of a run bit `[K]`,
//! and needs a new edge after an alarm. Reverse is inhibited: the REV bit stops it.
//!
//! | register | |
//! |---|---|
//! | 0x007D | command word: M0-2 b0-2, FWD b3, REV b4, STOP-MODE b5, MB-FREE b7 |
//! | 0x007F | status word: the command bits in force, b7 alarm `[C]` |
//! | 0x0080 | present alarm |
//! | 0x00C8 | command speed (the ramp), rpm |
//! | 0x00CE | feedback speed, rpm |
//! | 0x0108 | load, % |
//! | 0x0180 | alarm reset, on 0 to 1 |
//! | 0x018C | apply configuration, on 1 |
//! | 0x0480.. | speed No. 0 to 7, rpm: 0, or 80 to the maximum |
//! | 0x0600, 0x0680 | acceleration, deceleration, 0.1 s |
//! | 0x0700 | torque limit, % (to 200) |
//! | 0x10E2 | speed source, 1 = digital |

use super::{Exception, Registers, fill};
use crate::circuit::MotorDemand;
use crate::words::{i32_of, join, split, split_i32};
use ecmod_quantities::Rpm;
use serde::{Deserialize, Serialize};

const FORWARD: u16 = 0x0008;
const REVERSE: u16 = 0x0010;
const STOP_MODE: u16 = 0x0020;
const KNOWN_COMMAND_BITS: u16 = 0x00BF;

/// What is wrong with the drive, as long as it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct BlvFault {
    /// An alarm whose cause is present: it cannot be reset.
    pub alarm: Option<u8>,
    /// Configured wrongly: stops with alarm 0x85 when nobody has spoken to it for this long, in seconds.
    pub stops_on_silence_s: Option<f64>,
    /// It does not reach its speed: this part of it is missing, 0 to 1.
    #[serde(default)]
    pub weak: f64,
}

/// The drive.
#[derive(Debug, Clone, PartialEq)]
pub struct Blv {
    maximum: u32,
    fault: BlvFault,
    command: u16,
    speeds: [u32; 8],
    acceleration: u32,
    deceleration: u32,
    torque_limit: u32,
    source: u32,
    source_applied: u32,
    alarm: u32,
    reset_word: u32,
    running: bool,
    ramp: f64,
    feedback: f64,
    load: f64,
    silent_s: f64,
}

impl Blv {
    /// Lowest speed it regulates, rpm.
    pub const MINIMUM_RPM: u32 = 80;
    /// Rated highest speed, rpm.
    pub const MAXIMUM_RPM: u32 = 4000;
    /// Alarm 46h: a run command was present at power-on.
    pub const START_INHIBITED: u8 = 0x46;
    /// Alarm 85h: nobody spoke to it.
    pub const RS485_TIMEOUT: u8 = 0x85;
    /// The ramp times are for this change of speed, rpm `[C]`.
    const RAMP_RPM: f64 = 3000.0;

    /// Switched on, standing. `maximum` is [`Self::MAXIMUM_RPM`] for the real drive; a faster pump head needs more.
    #[must_use]
    pub const fn new(maximum: u32) -> Self {
        Self {
            maximum,
            fault: BlvFault { alarm: None, stops_on_silence_s: None, weak: 0.0 },
            command: 0,
            speeds: [0; 8],
            acceleration: 5,
            deceleration: 5,
            torque_limit: 200,
            source: 1,
            source_applied: 1,
            alarm: 0,
            reset_word: 0,
            running: false,
            ramp: 0.0,
            feedback: 0.0,
            load: 0.0,
            silent_s: 0.0,
        }
    }

    /// What is wrong with it from now on.
    pub fn set_fault(&mut self, fault: BlvFault) {
        self.fault = fault;
        if let Some(code) = fault.alarm {
            self.trip(code);
        }
    }

    /// Its supply dips: all that is not in its memory is lost, it stands. With `inhibited` it comes up with alarm 46h.
    pub const fn power_cycle(&mut self, inhibited: StartAfterDip) {
        *self = Self { fault: self.fault, feedback: self.feedback, ..Self::new(self.maximum) };
        if matches!(inhibited, StartAfterDip::Inhibited) {
            self.alarm = Self::START_INHIBITED as u32;
        }
    }

    /// Advances its ramp by `dt_s` seconds and says what it does with the motor.
    pub fn step(&mut self, dt_s: f64) -> MotorDemand {
        self.silent_s += dt_s;
        if self.fault.stops_on_silence_s.is_some_and(|limit| self.silent_s > limit) {
            self.trip(Self::RS485_TIMEOUT);
        }
        if self.alarm != 0 {
            self.ramp = self.feedback.max(0.0);
            return MotorDemand::Coast;
        }
        let target = if self.running { f64::from(self.selected()) } else { 0.0 };
        if !self.running && self.command & STOP_MODE == 0 {
            self.ramp = 0.0;
        }
        let seconds = if target > self.ramp { self.acceleration } else { self.deceleration };
        let largest = Self::RAMP_RPM * dt_s / (f64::from(seconds) * 0.1).max(0.01);
        self.ramp += (target - self.ramp).clamp(-largest, largest);
        MotorDemand::Run(Rpm(self.ramp * (1.0 - self.fault.weak)))
    }

    /// What its sensors measure: speed of the motor and load as a fraction of rated torque.
    pub const fn observe(&mut self, speed: Rpm, load: f64) {
        self.feedback = speed.value();
        self.load = load;
    }

    /// The present alarm; 0 is none.
    #[must_use]
    pub const fn alarm(&self) -> u32 {
        self.alarm
    }

    /// The speed it was last told to run at (speed No. 0), rpm.
    #[must_use]
    pub const fn commanded(&self) -> u32 {
        let [first, ..] = self.speeds;
        first
    }

    fn selected(&self) -> u32 {
        if self.source_applied != 1 {
            return 0; // an analogue input that nobody drives
        }
        self.speeds.get(usize::from(self.command & 0x7)).copied().unwrap_or(0)
    }

    fn trip(&mut self, code: u8) {
        self.alarm = u32::from(code);
        self.running = false;
    }

    fn command_word(&mut self, word: u16) {
        let wants = word & FORWARD != 0 && word & REVERSE == 0;
        let wanted = self.command & FORWARD != 0 && self.command & REVERSE == 0;
        self.command = word;
        if !wants {
            self.running = false;
        } else if !wanted && self.alarm == 0 {
            self.running = true;
        }
    }

    fn reset(&mut self, word: u32) {
        if word == 1 && self.reset_word == 0 && self.fault.alarm.is_none() {
            self.alarm = 0;
        }
        self.reset_word = word;
    }

    /// The 32-bit value whose high word stands at this even address.
    fn value(&self, address: u16) -> Result<[u16; 2], Exception> {
        Ok(match address {
            0x007C => [0, self.command],
            0x007E => [0, (self.command & KNOWN_COMMAND_BITS) | if self.alarm != 0 { 0x0080 } else { 0 }],
            0x0080 => split(self.alarm),
            0x00C8 => split_i32(i32_of(self.ramp)),
            0x00CE => split_i32(i32_of(self.feedback)),
            0x0108 => split_i32(i32_of(self.load * 100.0)),
            0x0180 => split(self.reset_word),
            0x0480..=0x048E => {
                split(self.speeds.get(usize::from(address - 0x0480) / 2).copied().unwrap_or(0))
            }
            0x0600 => split(self.acceleration),
            0x0680 => split(self.deceleration),
            0x0700 => split(self.torque_limit),
            0x10E2 => split(self.source),
            // Reserved registers between the monitors read as 0.
            0x0040..=0x01FE => [0, 0],
            _ => return Err(Exception::IllegalDataAddress),
        })
    }

    /// Writes the 32-bit value whose high word stands at this even address.
    fn set(&mut self, address: u16, value: u32) -> Result<(), Exception> {
        let within = |allowed: core::ops::RangeInclusive<u32>| {
            if allowed.contains(&value) { Ok(value) } else { Err(Exception::IllegalDataValue) }
        };
        match address {
            0x007C => {
                let [_, word] = split(within(0..=0xFFFF)?);
                self.command_word(word);
            }
            0x0180 => {
                let word = within(0..=1)?;
                self.reset(word);
            }
            0x018C => {
                if within(0..=1)? == 1 {
                    self.source_applied = self.source;
                }
            }
            0x0480..=0x048E => {
                if value != 0 {
                    within(Self::MINIMUM_RPM..=self.maximum)?;
                }
                if let Some(speed) = self.speeds.get_mut(usize::from(address - 0x0480) / 2) {
                    *speed = value;
                }
            }
            0x0600 => self.acceleration = within(2..=150)?,
            0x0680 => self.deceleration = within(2..=150)?,
            0x0700 => self.torque_limit = within(0..=200)?,
            0x10E2 => self.source = within(0..=1)?,
            _ => return Err(Exception::IllegalDataAddress),
        }
        Ok(())
    }
}

/// What the drive does when its supply returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartAfterDip {
    /// Waits for commands.
    Allowed,
    /// Comes up with alarm 46h.
    Inhibited,
}

impl Registers for Blv {
    fn read_holding(&mut self, address: u16, words: &mut [u16]) -> Result<(), Exception> {
        self.silent_s = 0.0;
        fill(address, words, |at| {
            let [high, low] = self.value(at & !1)?;
            Ok(if at & 1 == 0 { high } else { low })
        })
    }

    fn write(&mut self, address: u16, words: &[u16]) -> Result<(), Exception> {
        self.silent_s = 0.0;
        let mut changed = self.clone();
        let mut at = address;
        let mut rest = words;
        loop {
            let used = match rest {
                [] => break,
                [high, low, ..] if at & 1 == 0 => {
                    changed.set(at, join(*high, *low))?;
                    2
                }
                // A single half: the other half stays.
                [word, ..] => {
                    let [high, low] = changed.value(at & !1)?;
                    let value = if at & 1 == 0 { join(*word, low) } else { join(high, *word) };
                    changed.set(at & !1, value)?;
                    1
                }
            };
            rest = rest.get(usize::from(used)..).unwrap_or_default();
            at = at.checked_add(used).ok_or(Exception::IllegalDataAddress)?;
        }
        *self = changed;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
