// SPDX-License-Identifier: MIT OR Apache-2.0
//! Decides what to write to the drive, from what is demanded and what the drive is known to hold. No I/O.
//!
//! The rule is one sentence: *write what differs, and nothing else*. It covers them all: a running drive is taken
//! over without a bump (nothing differs), a lost write is repeated (the read-back differs), a drive that lost
//! its memory with its supply is set again, and without a demand nothing is ever written.
//!
//! # Words
//! - **held**: what the drive holds: its speed No. 0 and its command word, as last read back or acknowledged.
//! - **standing**: the motor turns slower than the drive can regulate.

use crate::registers::{CommandWord, MINIMUM_RPM};

/// What the drive holds, as far as it is known. `None`: not known (never read, or a write failed half-way).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Held {
    /// Speed of operation data No. 0, rpm.
    pub speed: Option<u32>,
    /// The command word. Without it nothing is written: it says which way the drive turns.
    pub command: Option<CommandWord>,
    /// The measured speed, rpm; `None`: not measured.
    pub turning: Option<i32>,
    /// The alarm code; `None`: none is known.
    pub alarm: Option<u16>,
}

impl Held {
    const fn has_alarm(&self) -> bool {
        matches!(self.alarm, Some(code) if code != 0)
    }
}

/// One register write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// Speed No. 0, rpm.
    Speed(u16),
    /// The command word.
    Command(CommandWord),
}

/// Why nothing may be written although there is a demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    /// What the drive does is not known yet: it is read first.
    Unknown,
    /// The drive runs backwards, set so by somebody else. It is not thrown into the other direction; only a
    /// demanded stop is passed on.
    Backwards,
    /// The drive has an alarm and would not run: it is not told to, so that it cannot start by surprise while
    /// somebody works on it.
    Alarm,
}

/// The writes that bring the drive to `demanded` (`None`: a demanded stop), in this order: at most two.
///
/// Speed goes before the run bit, so that a start begins at the demanded speed.
///
/// # Errors
/// Says why the demand is withheld.
pub fn writes(demanded: Option<u16>, held: &Held) -> Result<[Option<Write>; 2], Withheld> {
    let Some(command) = held.command else { return Err(Withheld::Unknown) };
    let Some(rpm) = demanded else {
        return Ok([command.runs().then_some(Write::Command(CommandWord::STOP)), None]);
    };
    // Without a measured speed the pump can still be commanded: a failed sensor must not take that away.
    if command.reverses() || held.turning.is_some_and(|rpm| rpm <= -i32::from(MINIMUM_RPM)) {
        return Err(Withheld::Backwards);
    }
    let must_start = !command.runs_forward_with_no_0();
    if must_start && held.has_alarm() {
        return Err(Withheld::Alarm);
    }
    Ok([
        (held.speed != Some(u32::from(rpm))).then_some(Write::Speed(rpm)),
        must_start.then_some(Write::Command(CommandWord::RUN)),
    ])
}

/// Whether the run bit must be taken away and given again: an alarm has gone, the bit is still there, and the
/// motor stands. The drive starts on the edge of the bit, not on its level `[K]`.
#[must_use]
pub fn needs_new_edge(held: &Held) -> bool {
    let stands = held.turning.is_some_and(|rpm| rpm.abs() < i32::from(MINIMUM_RPM));
    stands && held.command.is_some_and(CommandWord::runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(speed: u32, command: u16, turning: i32) -> Held {
        Held {
            speed: Some(speed),
            command: Some(CommandWord(command)),
            turning: Some(turning),
            alarm: Some(0),
        }
    }

    #[test]
    fn a_running_drive_that_does_what_is_demanded_is_not_written_to() {
        assert_eq!(writes(Some(3200), &held(3200, 0x28, 3198)), Ok([None, None]));
        assert_eq!(writes(Some(3200), &held(3200, 0xA8, 3198)), Ok([None, None]), "brake bit as found");
    }

    #[test]
    fn only_what_differs_is_written() {
        let table = [
            (Some(3300), held(3200, 0x28, 3200), [Some(Write::Speed(3300)), None]),
            (Some(3200), held(3200, 0x20, 0), [None, Some(Write::Command(CommandWord::RUN))]),
            (
                Some(3200),
                held(80, 0x00, 0),
                [Some(Write::Speed(3200)), Some(Write::Command(CommandWord::RUN))],
            ),
            (
                Some(3200),
                held(80, 0x2A, 3200),
                [Some(Write::Speed(3200)), Some(Write::Command(CommandWord::RUN))],
            ),
            (None, held(3200, 0x28, 3200), [Some(Write::Command(CommandWord::STOP)), None]),
            (None, held(3200, 0x20, 900), [None, None]),
            (None, held(3200, 0x30, -900), [Some(Write::Command(CommandWord::STOP)), None]),
        ];
        for (demanded, held, expected) in table {
            assert_eq!(writes(demanded, &held), Ok(expected), "{demanded:?} {held:?}");
        }
    }

    #[test]
    fn an_unknown_drive_is_read_before_it_is_written() {
        let unknown = Held { command: None, ..held(3200, 0, 3200) };
        assert_eq!(writes(Some(3200), &unknown), Err(Withheld::Unknown));
        assert_eq!(writes(None, &unknown), Err(Withheld::Unknown));
    }

    #[test]
    fn a_drive_without_a_measured_speed_can_still_be_commanded() {
        let blind = Held { turning: None, ..held(3200, 0x28, 0) };
        assert_eq!(writes(Some(3300), &blind), Ok([Some(Write::Speed(3300)), None]));
        assert!(!needs_new_edge(&blind));
    }

    #[test]
    fn a_speed_that_may_have_been_lost_is_written_again_without_waiting() {
        let lost = Held { speed: None, ..held(0, 0x28, 3200) };
        assert_eq!(writes(Some(3200), &lost), Ok([Some(Write::Speed(3200)), None]));
    }

    #[test]
    fn a_drive_that_runs_backwards_is_not_thrown_round() {
        assert_eq!(writes(Some(3200), &held(3200, 0x30, -3200)), Err(Withheld::Backwards));
        assert_eq!(writes(Some(3200), &held(3200, 0x20, -2000)), Err(Withheld::Backwards), "still coasting");
        assert!(writes(Some(3200), &held(3200, 0x20, -20)).is_ok());
    }

    #[test]
    fn a_drive_with_an_alarm_is_not_started_but_may_be_stopped() {
        let alarm = Held { alarm: Some(0x30), ..held(3200, 0x20, 0) };
        assert_eq!(writes(Some(3200), &alarm), Err(Withheld::Alarm));
        let alarm = Held { alarm: Some(0x30), ..held(3200, 0x28, 0) };
        assert_eq!(writes(None, &alarm), Ok([Some(Write::Command(CommandWord::STOP)), None]));
        assert_eq!(writes(Some(3000), &alarm), Ok([Some(Write::Speed(3000)), None]));
    }

    #[test]
    fn no_write_ever_reverses() {
        for demanded in [None, Some(80), Some(4000)] {
            for command in 0..=0xFFu16 {
                for turning in [-4000, -80, 0, 80, 4000] {
                    let writes = writes(demanded, &held(1000, command, turning)).unwrap_or([None, None]);
                    for write in writes.into_iter().flatten() {
                        assert!(!matches!(write, Write::Command(word) if word.reverses()));
                    }
                }
            }
        }
    }

    #[test]
    fn a_standing_drive_gets_a_new_edge_and_a_turning_one_does_not() {
        assert!(needs_new_edge(&held(3200, 0x28, 0)));
        assert!(!needs_new_edge(&held(3200, 0x28, 3200)));
        assert!(!needs_new_edge(&held(3200, 0x20, 0)));
    }
}
