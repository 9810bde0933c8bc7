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
            fault: BlvFault { alarm: None, stops_on_silence_s: None },
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
        MotorDemand::Run(Rpm(self.ramp))
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
mod tests {
    use super::*;

    fn run(drive: &mut Blv, seconds: f64) -> MotorDemand {
        let mut demand = MotorDemand::Coast;
        for _ in 0..(seconds * 1000.0) as usize {
            demand = drive.step(0.001);
            if let MotorDemand::Run(speed) = demand {
                drive.observe(speed, 0.3);
            }
        }
        demand
    }

    fn read(drive: &mut Blv, address: u16) -> u32 {
        let mut words = [0; 2];
        drive.read_holding(address, &mut words).unwrap();
        join(words[0], words[1])
    }

    fn started(rpm: u16) -> Blv {
        let mut drive = Blv::new(Blv::MAXIMUM_RPM);
        drive.write(0x0480, &[0, rpm]).unwrap();
        drive.write(0x007D, &[0x28]).unwrap();
        run(&mut drive, 2.0);
        drive
    }

    #[test]
    fn it_runs_at_speed_no_0_and_reports_it() {
        let mut drive = started(3200);
        assert_eq!(read(&mut drive, 0x00C8), 3200);
        assert_eq!(read(&mut drive, 0x00CE), 3200);
        assert_eq!(read(&mut drive, 0x0108), 30);
        let mut block = [0; 5];
        drive.read_holding(0x007D, &mut block).unwrap();
        assert_eq!(block, [0x28, 0, 0x28, 0, 0]);
    }

    #[test]
    fn it_holds_its_speed_when_nobody_speaks_to_it() {
        let mut drive = started(3200);
        assert_eq!(run(&mut drive, 60.0), MotorDemand::Run(Rpm(3200.0)));
    }

    #[test]
    fn a_wrongly_configured_drive_stops_with_alarm_85_on_silence() {
        let mut drive = started(3200);
        drive.set_fault(BlvFault { stops_on_silence_s: Some(1.0), ..BlvFault::default() });
        assert_eq!(run(&mut drive, 1.5), MotorDemand::Coast);
        assert_eq!(read(&mut drive, 0x0080), 0x85);
    }

    #[test]
    fn speeds_it_cannot_regulate_are_refused_and_change_nothing() {
        let mut drive = started(3200);
        for rpm in [1, 79, 4001, 65_535] {
            assert_eq!(drive.write(0x0480, &[0, rpm]), Err(Exception::IllegalDataValue));
        }
        assert_eq!(drive.write(0x0480, &[3200, 0]), Err(Exception::IllegalDataValue), "words swapped");
        assert_eq!(drive.write(0x0480, &[0, 3300, 0, 7]), Err(Exception::IllegalDataValue), "the second one");
        assert_eq!(drive.commanded(), 3200);
        assert_eq!(drive.write(0x3000, &[0]), Err(Exception::IllegalDataAddress));
    }

    #[test]
    fn an_alarm_stops_it_until_reset_and_a_new_edge_of_the_run_bit() {
        let mut drive = started(3200);
        drive.set_fault(BlvFault { alarm: Some(0x30), ..BlvFault::default() });
        assert_eq!(run(&mut drive, 0.1), MotorDemand::Coast);
        drive.write(0x0180, &[0, 1]).unwrap();
        assert_eq!(read(&mut drive, 0x0080), 0x30, "the cause is still there");
        drive.write(0x0180, &[0, 0]).unwrap();
        drive.set_fault(BlvFault::default());
        assert_eq!(read(&mut drive, 0x0080), 0x30, "latched");
        drive.write(0x0180, &[0, 1]).unwrap();
        assert_eq!(read(&mut drive, 0x0080), 0);
        drive.write(0x007D, &[0x28]).unwrap();
        run(&mut drive, 5.0);
        assert_eq!(read(&mut drive, 0x00C8), 0, "the level of the bit is not enough");
        drive.write(0x007D, &[0x20]).unwrap();
        drive.write(0x007D, &[0x28]).unwrap();
        assert_eq!(run(&mut drive, 2.0), MotorDemand::Run(Rpm(3200.0)));
    }

    #[test]
    fn a_dip_of_its_supply_loses_the_commands_and_may_leave_alarm_46() {
        let mut drive = started(3200);
        drive.power_cycle(StartAfterDip::Allowed);
        assert_eq!((drive.commanded(), drive.alarm()), (0, 0));
        assert_eq!(drive.step(0.001), MotorDemand::Run(Rpm(0.0)));
        drive.power_cycle(StartAfterDip::Inhibited);
        assert_eq!(read(&mut drive, 0x0080), 0x46);
    }

    #[test]
    fn stop_mode_decides_between_ramp_and_at_once() {
        let mut drive = started(3000);
        drive.write(0x007D, &[0x20]).unwrap();
        let MotorDemand::Run(speed) = run(&mut drive, 0.1) else { panic!("coasting") };
        assert!(speed > Rpm(2000.0), "{speed}");
        drive.write(0x007D, &[0x00]).unwrap();
        assert_eq!(drive.step(0.001), MotorDemand::Run(Rpm(0.0)));
    }

    #[test]
    fn the_speed_source_counts_when_it_has_been_applied() {
        let mut drive = started(3000);
        drive.write(0x10E3, &[0]).unwrap();
        assert_eq!(run(&mut drive, 1.0), MotorDemand::Run(Rpm(3000.0)));
        drive.write(0x018D, &[1]).unwrap();
        assert_eq!(run(&mut drive, 2.0), MotorDemand::Run(Rpm(0.0)));
    }
}
