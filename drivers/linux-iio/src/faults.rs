// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files in which a kernel driver tells faults of the device, and what they mean for the signals.

use crate::channel::{Outcome, cause, read};
use crate::config::{Config, Fault};
use ecmod_plugin::quantities::{Cause, Monotonic, Span};
use ecmod_plugin::{Attribute, Error, Host, Level};

/// How often the files are read.
const EVERY: Span = Span::from_millis(100);

/// All fault files of the device.
#[derive(Debug)]
pub struct Faults {
    files: Vec<FaultFile>,
    due: Monotonic,
}

/// A fault file and whom it concerns.
#[derive(Debug)]
struct FaultFile {
    file: Attribute,
    cause: Cause,
    /// Indices of the channels.
    channels: Vec<usize>,
    /// Whether the fault is there, or why that cannot be told.
    now: Result<bool, Cause>,
}

impl Faults {
    /// Those that the configuration names.
    ///
    /// # Errors
    /// [`Error::Invalid`] if a name contains a NUL.
    pub fn new(host: &Host, config: &Config) -> Result<Self, Error> {
        let attributes = host.attributes();
        let file = |fault: &Fault| {
            let concerns = |name: &String| fault.channels.is_empty() || fault.channels.contains(name);
            let named = config.channels.iter().enumerate().filter(|(_, channel)| concerns(&channel.name));
            Ok(FaultFile {
                file: attributes.at(&fault.file)?,
                cause: fault.cause.0,
                channels: named.map(|(index, _)| index).collect(),
                now: Ok(false),
            })
        };
        let files = config.faults.iter().map(file).collect::<Result<_, Error>>()?;
        Ok(Self { files, due: Monotonic(0) })
    }

    /// Reads the files if it is time, and logs what has changed.
    pub fn look(&mut self, host: &Host, now: Monotonic) {
        if now < self.due {
            return;
        }
        self.due = now.plus(EVERY);
        for fault in &mut self.files {
            let found = read(&fault.file).map(|number| number != 0.0).map_err(cause);
            if found != fault.now {
                let path = fault.file.path();
                let (level, text) = match found {
                    Ok(true) => (Level::Warning, format!("{path}: {}", fault.cause.name())),
                    Ok(false) => (Level::Info, format!("{path}: no fault any more")),
                    Err(cause) => (Level::Warning, format!("{path} cannot be read: {}", cause.name())),
                };
                host.log(level, &text);
            }
            fault.now = found;
        }
    }

    /// Reads the files now; whether all could be read and none tells a fault.
    pub fn none_now(&mut self, host: &Host) -> bool {
        self.due = Monotonic(0);
        self.look(host, host.now());
        self.files.iter().all(|fault| fault.now == Ok(false))
    }

    /// A reading of channel `index` in the light of the faults.
    #[must_use]
    pub fn on(&self, index: usize, outcome: Outcome) -> Outcome {
        let concerning = self.files.iter().filter(|fault| fault.channels.contains(&index));
        concerning.fold(outcome, |outcome, fault| match (outcome, fault.now) {
            (Outcome::Good(_) | Outcome::Uncertain(..), Ok(true)) => Outcome::Bad(fault.cause),
            (Outcome::Good(value), Err(cause)) => Outcome::Uncertain(value, cause),
            (outcome, _) => outcome,
        })
    }
}
