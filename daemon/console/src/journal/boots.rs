// SPDX-License-Identifier: MIT OR Apache-2.0
//! Starts of the daemon and boots of the machine: how many, and how each ended.
//!
//! At its start the daemon writes that it runs, at its end that it ended in good order. A start that finds "runs" comes after a crash, or
//! after the machine lost its power if the boot is another one. How often it may start in a short time is
//! `ecmod_link::supervision::starts`' business.

use std::fmt;

use super::stored::{Damage, Stored};
use super::text::{Reader, Writer, answer};

const NAME: &str = "ecmod-boots";
const FORMAT: u32 = 1;

/// The boot of the machine: the kernel makes a new id each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootId(String);

/// What is known of the starts so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boots {
    /// Starts of the daemon, with this one.
    pub starts: u64,
    /// Boots of the machine in which it started, with this one.
    pub boots: u64,
    /// Starts after anything but a good end.
    pub unclean: u64,
    boot: BootId,
    is_running: bool,
}

/// How it ended the last time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// This is the first start, or nothing is known.
    First,
    /// In good order.
    Clean,
    /// It was killed, or it crashed.
    Crashed,
    /// The machine lost its power or was reset.
    PowerLost,
}

impl BootId {
    /// Of this boot; a word of its own if the kernel does not say.
    #[must_use]
    pub fn read() -> Self {
        Self::new(&std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default())
    }

    /// This id.
    #[must_use]
    pub fn new(id: &str) -> Self {
        let id: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(36).collect();
        Self(if id.is_empty() { "unknown".into() } else { id })
    }

    /// As text: letters, digits and hyphens.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both are certainly the same boot.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self == other && self.0 != "unknown"
    }
}

impl fmt::Display for BootId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Boots {
    /// One more start, after what is known from before.
    #[must_use]
    pub fn started(known: Option<Self>, boot: &BootId) -> (Self, Before) {
        let Some(mut boots) = known else {
            let first = Self { starts: 1, boots: 1, unclean: 0, boot: boot.clone(), is_running: true };
            return (first, Before::First);
        };
        let is_same_boot = boots.boot == *boot;
        let before = match (boots.is_running, is_same_boot) {
            (false, _) => Before::Clean,
            (true, true) => Before::Crashed,
            (true, false) => Before::PowerLost,
        };
        boots.starts = boots.starts.saturating_add(1);
        boots.boots = boots.boots.saturating_add(u64::from(!is_same_boot));
        boots.unclean = boots.unclean.saturating_add(u64::from(before.is_unclean()));
        (boots.boot, boots.is_running) = (boot.clone(), true);
        (boots, before)
    }

    /// The daemon ends in good order.
    #[must_use]
    pub fn ended(&self) -> Self {
        Self { is_running: false, ..self.clone() }
    }
}

impl Before {
    /// The word in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Clean => "clean",
            Self::Crashed => "crashed",
            Self::PowerLost => "power_lost",
        }
    }

    /// Whether nobody had asked for the restart.
    #[must_use]
    pub const fn is_unclean(self) -> bool {
        match self {
            Self::First | Self::Clean => false,
            Self::Crashed | Self::PowerLost => true,
        }
    }
}

impl Stored for Boots {
    const NAMES: [&'static str; 2] = ["boots.a", "boots.b"];
    const LONGEST: usize = 1024;

    fn encode(&self, sequence: u64) -> Vec<u8> {
        let mut text = Writer::new(NAME, FORMAT, sequence);
        text.line("starts", [&self.starts]);
        text.line("boots", [&self.boots]);
        text.line("unclean", [&self.unclean]);
        text.line("boot", [&self.boot]);
        text.line("running", [&answer(self.is_running)]);
        text.finish()
    }

    fn decode(bytes: &[u8]) -> Result<(Self, u64), Damage> {
        let text = Reader::open(NAME, FORMAT, bytes)?;
        let boots = Self {
            starts: text.one("starts")?.ok_or(Damage::Contents)?,
            boots: text.one("boots")?.ok_or(Damage::Contents)?,
            unclean: text.one("unclean")?.ok_or(Damage::Contents)?,
            boot: BootId::new(&text.one::<String>("boot")?.ok_or(Damage::Contents)?),
            is_running: text.answer("running")?.ok_or(Damage::Contents)?,
        };
        Ok((boots, text.sequence))
    }
}

#[cfg(test)]
#[path = "boots_tests.rs"]
mod tests;
