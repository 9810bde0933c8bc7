// SPDX-License-Identifier: MIT OR Apache-2.0
//! Giving back what a daemon has lowered for a while ([`crate::fallback`]), under the cell's lock.
//!
//! As with the keys ([`super::local`]), whoever demands in place of a daemon ends its image: one that hung and goes on is greeted anew, and hears what is
//! held before it demands again. A daemon that has just answered stops the giving back for the same half second.

use ecmod_quantities::Monotonic;

use super::{Cell, State};
use crate::driver::demands::Given;

impl Cell {
    /// There is no daemon: gives back, by one step, whatever it is time for.
    pub fn give_back(&self, now: Monotonic) {
        let mut state = self.lock();
        if now < state.yields_until {
            return;
        }
        let count = state.commands.len();
        for index in 0..count {
            let Some(given) = state.give_back(index, now) else { continue };
            state.image = None;
            let name =
                state.tables.commands.get(index).map_or_else(String::new, |command| command.name.clone());
            drop(state);
            self.tell(&name, given);
            self.news.hello();
            state = self.lock();
        }
    }

    fn tell(&self, command: &str, given: Given) {
        let Given { value, to, .. } = given;
        let driver = self.id.as_str();
        if given.begins {
            tracing::warn!(
                event = "fallback.begins",
                driver,
                command,
                value,
                to,
                "the daemon is silent, and the longest time for which it has lowered this is over; it is given back"
            );
        }
        if given.ends {
            tracing::warn!(event = "fallback.ends", driver, command, to, "it is given back");
        }
    }
}

impl State {
    fn give_back(&mut self, index: usize, now: Monotonic) -> Option<Given> {
        self.commands.get_mut(index)?.give_back(now)
    }
}
