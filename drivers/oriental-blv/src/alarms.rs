// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the drive's alarm codes mean and what a person can do about each.
//!
//! The codes are those of the public user code `[S153]`; the remedies are general knowledge `[K]` and are to be
//! compared with the maker's manual before they are relied on.

/// An alarm of the drive: in all of them the motor stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alarm {
    /// The drive's code.
    pub code: u16,
    /// What happened.
    pub meaning: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

macro_rules! alarms {
    ($($code:literal: $meaning:literal, $remedy:literal;)*) => {
        /// Every alarm that is known, in the order of its code.
        pub const ALARMS: &[Alarm] = &[$(Alarm { code: $code, meaning: $meaning, remedy: $remedy },)*];
    };
}

alarms! {
    0x20: "overcurrent", "Check the motor cable for a short circuit; then switch the drive off and on.";
    0x21: "drive too hot", "Let it cool; check the fan and the air around the drive.";
    0x22: "supply voltage too high", "Check the supply; lengthen the deceleration time of the drive.";
    0x25: "supply voltage too low", "Check the supply and the battery.";
    0x28: "motor sensor failed", "Check the sensor plug and cable between motor and drive.";
    0x2D: "motor output not connected", "Check the motor plug and cable.";
    0x30: "overload", "Look for what blocks the pump (clot, kinked tube, pump head); then reset the alarm.";
    0x31: "overspeed", "Check the coupling and the pump head; then reset the alarm.";
    0x41: "memory of the drive failed", "Replace the drive.";
    0x42: "motor sensor failed at power-on", "Check the sensor plug; switch off and on.";
    0x46: "start inhibited: a run command was present at power-on",
        "Reset the alarm. Set the drive so that it may start after a dip of its supply.";
    0x6E: "external stop", "Release the external stop input; then reset the alarm.";
    0x81: "bus of the network module failed", "Check the network module of the drive.";
    0x83: "communication switch set wrongly", "Check the rotary and DIP switches; then switch off and on.";
    0x84: "RS-485 errors in succession", "Check the line, its termination and its shield.";
    0x85: "RS-485 timeout: the drive stopped because nobody spoke to it",
        "Disable the communication timeout in the drive: a pump must hold its speed when the link is lost.";
    0x8E: "network converter failed", "Check the network converter.";
}

/// The alarm with this code, if it is a known one.
#[must_use]
pub fn find(code: u16) -> Option<&'static Alarm> {
    ALARMS.iter().find(|alarm| alarm.code == code)
}

/// One line for the log: what happened and what to do.
#[must_use]
pub fn text(code: u16) -> String {
    match find(code) {
        Some(alarm) => {
            format!("the drive stopped with alarm {code:#04x}: {}. {}", alarm.meaning, alarm.remedy)
        }
        None => format!("the drive stopped with alarm {code:#04x}, which is not a known one; see its manual"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alarm_has_a_meaning_and_a_remedy_and_a_code_of_its_own() {
        for (index, alarm) in ALARMS.iter().enumerate() {
            assert!(!alarm.meaning.is_empty() && alarm.remedy.ends_with('.'), "{alarm:?}");
            assert!(ALARMS[index + 1..].iter().all(|other| other.code > alarm.code), "{alarm:?}");
        }
    }

    #[test]
    fn the_timeout_that_stops_a_pump_is_told_from_line_errors() {
        assert!(find(0x85).is_some_and(|alarm| alarm.meaning.contains("timeout")));
        assert!(find(0x84).is_some_and(|alarm| alarm.meaning.contains("errors")));
        assert_eq!(find(0x7777), None);
    }
}
