// SPDX-License-Identifier: MIT OR Apache-2.0
//! What [`crate::local`] may do with a driver: look, demand a speed in place of a daemon, show a number.
//!
//! # Two who demand
//! Either a daemon demands or the keys do, and the cell's lock decides which. The keys' demand ends the daemon's image: what a daemon
//! that hangs has left there counts no more, and it is greeted anew before it demands again. A daemon that is coming back stops
//! the keys for [`YIELD`]: what it was greeted with is then what is held when its image is attached, to the last bit.

use ecmod_link::image::Sample;
use ecmod_link::message::{DriverHello, Held};
use ecmod_quantities::{Monotonic, Quality, Span};

use super::{Cell, State};

/// How long the keys rest for a daemon that has answered: longer than it takes to greet it once more.
pub const YIELD: Span = Span::from_millis(500);

/// Why the keys' demand was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The driver has no such command now.
    NoCommand,
    /// The driver does not take this value.
    OutOfRange,
    /// A daemon is coming back.
    Yielding,
}

impl Cell {
    /// What the daemon's heart has counted, if there is an image of one.
    #[must_use]
    pub fn daemon_beat(&self) -> Option<u64> {
        self.image().map(|image| image.daemon_beat().0)
    }

    /// Whether a daemon has come back just now, for which the keys rest.
    #[must_use]
    pub fn is_yielding(&self, now: Monotonic) -> bool {
        now < self.lock().yields_until
    }

    /// What is held for a command.
    #[must_use]
    pub fn held(&self, command: &str) -> Option<f64> {
        let state = self.lock();
        let index = state.command(command)?;
        state.commands.get(index)?.held().map(|held| held.value)
    }

    /// What the driver takes for a command.
    #[must_use]
    pub fn range(&self, command: &str) -> Option<(f64, f64)> {
        let state = self.lock();
        let index = state.command(command)?;
        state.tables.commands.get(index).map(|command| (command.min, command.max))
    }

    /// The newest good value of a signal, if it is not too old.
    #[must_use]
    pub fn measured(&self, signal: &str, now: Monotonic) -> Option<f64> {
        let state = self.lock();
        let declared = state.tables.signals.iter().zip(&state.signals);
        let (declared, signal) = declared.into_iter().find(|(declared, _)| declared.name == signal)?;
        let is_fresh = |sample: &Sample| now.since(sample.t).0 <= declared.longest_age_ns;
        signal
            .newest
            .filter(|sample| sample.quality == Quality::Good.code() && is_fresh(sample))
            .map(|sample| sample.value)
    }

    /// Demands a value in place of a daemon; one whose image is still attached counts as gone from now on.
    ///
    /// # Errors
    /// [`Refused`]; then nothing has changed.
    pub fn demand_by_keys(&self, command: &str, value: f64, now: Monotonic) -> Result<(), Refused> {
        let mut state = self.lock();
        if now < state.yields_until {
            return Err(Refused::Yielding);
        }
        let index = state.command(command).ok_or(Refused::NoCommand)?;
        let bounds = state.tables.commands.get(index).ok_or(Refused::NoCommand)?.bounds();
        if !(value.is_finite() && (bounds.min..=bounds.max).contains(&value)) {
            return Err(Refused::OutOfRange);
        }
        state.commands.get_mut(index).ok_or(Refused::NoCommand)?.set_by_keys(value, now);
        let was_attached = state.image.take().is_some();
        drop(state);
        if was_attached {
            tracing::warn!(
                event = "local.detached",
                driver = self.id,
                "the daemon is silent; it is greeted anew before it demands again"
            );
        }
        self.news.hello();
        Ok(())
    }

    /// Has a driver show a number, or that there is none. What it cannot show is none. The demand is fresh each time, so that a
    /// driver can tell a number that stands still from one that nobody looks after.
    pub fn show(&self, command: &str, value: Option<f64>, now: Monotonic) {
        let mut state = self.lock();
        let Some(index) = state.command(command) else { return };
        let State { tables, commands, .. } = &mut *state;
        let (Some(declared), Some(command)) = (tables.commands.get(index), commands.get_mut(index)) else {
            return;
        };
        command.set(value.filter(|value| (declared.min..=declared.max).contains(value)), now);
    }
}

impl State {
    fn command(&self, name: &str) -> Option<usize> {
        self.tables.commands.iter().position(|command| command.name == name)
    }

    /// Everything that is held.
    pub(super) fn held(&self) -> Vec<Held> {
        let commands = self.commands.iter().zip(&self.tables.commands);
        let held = commands.filter_map(|(command, declared)| {
            let held = command.held()?;
            Some(Held {
                command: declared.name.clone(),
                value: held.value,
                t_ns: held.t.0,
                sequence: held.sequence,
                local: command.is_local(),
                returned: command.is_returned(),
            })
        });
        held.collect()
    }

    /// Whether keys or this host itself have changed something that this hello does not know. If so, or if not, they rest now: the daemon
    /// is back.
    pub(super) fn yields(&mut self, greeted: &DriverHello, now: Monotonic) -> bool {
        self.yields_until = now.plus(YIELD);
        self.held().iter().any(|held| (held.local || held.returned) && !greeted.held.contains(held))
    }
}
