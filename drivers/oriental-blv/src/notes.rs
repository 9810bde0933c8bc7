// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is said in the log: changes, each once.

use crate::alarms;
use crate::reconcile::Withheld;
use ecmod_plugin::quantities::{Monotonic, Span};
use ecmod_plugin::{Error, Host, Level};

/// Longest ramp the drive can be set to is 15 s: after this long its command speed must be the demanded one.
const MUST_FOLLOW_AFTER: Span = Span::from_secs(20);
/// How far the command speed may differ from the demanded one then, rpm.
const FOLLOWING_RPM: i32 = 20;

/// What was said last.
#[derive(Debug)]
pub struct Notes {
    host: Host,
    link: Result<(), Error>,
    writing: Result<(), Error>,
    withheld: Option<Withheld>,
    alarm: u16,
    demand: Option<(Option<u16>, Monotonic)>,
    follows: bool,
}

/// What a round of reads changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkChange {
    /// Nothing.
    Same,
    /// The drive fell silent.
    Lost,
    /// The drive is back.
    Back,
}

impl Notes {
    /// Nothing has been said but that the drive was found, with this alarm (0: none).
    #[must_use]
    pub const fn new(host: Host, alarm: u16) -> Self {
        Self { host, link: Ok(()), writing: Ok(()), withheld: None, alarm, demand: None, follows: true }
    }

    /// A round of reads ended like this.
    pub fn link(&mut self, outcome: Result<(), Error>) -> LinkChange {
        match (core::mem::replace(&mut self.link, outcome), outcome) {
            (Ok(()), Ok(())) | (Err(_), Err(_)) => LinkChange::Same,
            (Ok(()), Err(error)) => {
                let text = format!("the drive does not answer: {error}; it goes on as it is");
                self.host.log(Level::Warning, &text);
                LinkChange::Lost
            }
            (Err(_), Ok(())) => {
                self.host.log(Level::Info, "the drive answers again");
                LinkChange::Back
            }
        }
    }

    /// The writes of a cycle ended like this.
    pub fn writing(&mut self, outcome: Result<(), Error>) {
        if self.writing == outcome {
            return;
        }
        self.writing = outcome;
        match outcome {
            Ok(()) => self.host.log(Level::Info, "the drive takes what is written to it"),
            Err(error) => {
                let text = format!(
                    "a write to the drive failed: {error}; it goes on as it is, and the write is repeated"
                );
                self.host.log(Level::Warning, &text);
            }
        }
    }

    /// The drive is told to run or to stop.
    pub fn told(&self, runs: bool) {
        self.host.log(Level::Info, if runs { "told the drive to run" } else { "told the drive to stop" });
    }

    /// A demand is withheld for this reason, or (`None`) passed on.
    pub fn withheld(&mut self, reason: Option<Withheld>) {
        if self.withheld == reason {
            return;
        }
        self.withheld = reason;
        let (level, text) = match reason {
            Some(Withheld::Backwards) => (
                Level::Error,
                "the drive turns backwards: speeds are withheld until it stands; stop it, then demand again",
            ),
            Some(Withheld::Alarm) => {
                (Level::Warning, "the drive has an alarm: it will be started when the alarm is reset")
            }
            Some(Withheld::Unknown) => {
                (Level::Debug, "what the drive does is not known: it is read before it is written")
            }
            None => (Level::Info, "speeds are passed on to the drive"),
        };
        self.host.log(level, text);
    }

    /// The drive shows this alarm code. True if an alarm has just gone.
    pub fn alarm(&mut self, code: u16) -> bool {
        let before = core::mem::replace(&mut self.alarm, code);
        if code == before {
            return false;
        }
        if code == 0 {
            self.host.log(Level::Info, &format!("the drive's alarm {before:#04x} has gone"));
        } else {
            self.host.log(Level::Error, &alarms::text(code));
        }
        code == 0
    }

    /// This is demanded (`None`: a stop).
    pub fn demanded(&mut self, demanded: Option<u16>, now: Monotonic) {
        if self.demand.is_none_or(|(last, _)| last != demanded) {
            self.demand = Some((demanded, now));
        }
    }

    /// The drive holds this speed. It may take every write and yet follow its analog input: that is said once.
    pub fn following(&mut self, commanded: i32, now: Monotonic) {
        let Some((demanded, since)) = self.demand else { return };
        if now.since(since) < MUST_FOLLOW_AFTER || self.alarm != 0 {
            return;
        }
        let expected = demanded.map_or(0, i32::from);
        let follows = commanded.saturating_sub(expected).abs() <= FOLLOWING_RPM;
        if self.follows && !follows {
            let text = format!(
                "the drive holds {commanded} rpm although {expected} rpm is set: is its speed source (register 0x10E3) set to digital?"
            );
            self.host.log(Level::Warning, &text);
        }
        self.follows = follows;
    }
}
