// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the driver is told: the daemon's demands, checked, and held when there is no daemon. Pure.
//!
//! | the output slot holds | the driver gets |
//! |---|---|
//! | nothing yet (a new image), or a torn record | what it got before |
//! | a valid demand in range | that demand |
//! | a valid demand out of range or not finite | what it got before; counted |
//! | "nothing is demanded", behind a valid demand *of this image* | nothing: the daemon has withdrawn it |
//! | "nothing is demanded" otherwise | what it got before: a daemon that has just started does not clear what runs |
//!
//! The host itself may set a demand too: with the keys of local control while there is no daemon, and for a display. It is held and
//! ends as any other, and of the keys' it is known that they were it until a daemon demands something.
//!
//! # What was lowered for a while
//! A demand may come with a [`Fallback`](ecmod_link::image::Fallback): it is lowered until a certain time at most. If there is no daemon when
//! that time is over, [`Command::give_back`] raises it to the fallback's value, by its slew. A new demand of a daemon, or of the
//! keys, takes its place at any time, and with it the fallback.

use ecmod_link::image::{Bounds, Demand, Slot};
use ecmod_plugin::abi;
use ecmod_quantities::{Monotonic, Span};

/// One step of giving back is no longer than what its slew makes of this: a look that comes late is no licence for a jump.
const LONGEST_STRIDE: Span = Span::from_millis(100);

/// The demand of one command.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Command {
    held: Option<Demand>,
    /// Whether the present image has held a valid demand.
    seen_valid: bool,
    /// The sequence number of the last refused demand, so that each is counted once.
    refused: Option<u64>,
    /// Of a demand whose fallback could not be believed.
    unbelieved: Option<u64>,
    untold_refusal: bool,
    /// Who has set what is held.
    setter: Setter,
    /// Since when it is being given back: the time of the latest step.
    given_back: Option<Monotonic>,
    /// Set by the host itself, and the driver has not been told yet.
    untold: bool,
}

/// Who has set what is held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Setter {
    #[default]
    Daemon,
    Keys,
    /// This host, by giving back what a daemon had lowered.
    Host,
}

/// A step of giving back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Given {
    /// What is held now.
    pub value: f64,
    /// Where it goes.
    pub to: f64,
    /// It is the first step.
    pub begins: bool,
    /// It is the last one.
    pub ends: bool,
}

/// What looking at the slot changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing that the device must be told at once.
    None,
    /// Another value, or the first, or none any more.
    Value,
    /// A demand was refused.
    Refused,
}

impl Command {
    /// The demand that is held.
    #[must_use]
    pub fn held(&self) -> Option<Demand> {
        self.held
    }

    /// Whether what is held was set by keys since a daemon demanded something.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.setter == Setter::Keys && self.held.is_some()
    }

    /// Whether what is held is, wholly or in part, what this host has given back since a daemon demanded something.
    #[must_use]
    pub fn is_returned(&self) -> bool {
        self.setter == Setter::Host && self.held.is_some()
    }

    /// The host itself demands something, or nothing any more.
    pub fn set(&mut self, value: Option<f64>, now: Monotonic) {
        let sequence = self.held.map_or(0, |held| held.sequence).wrapping_add(1);
        self.held = value.map(|value| Demand { value, t: now, sequence, valid: true, fallback: None });
        self.untold = true;
        self.given_back = None;
    }

    /// The same, with the keys of local control.
    pub fn set_by_keys(&mut self, value: f64, now: Monotonic) {
        self.set(Some(value), now);
        self.setter = Setter::Keys;
    }

    /// There is no daemon: what it has lowered for a while goes on towards what it is to be then, if its time is over.
    pub fn give_back(&mut self, now: Monotonic) -> Option<Given> {
        let held = self.held?;
        let fallback = held.fallback.filter(|fallback| now >= fallback.until)?;
        let before = self.given_back.replace(now);
        let stride = now.since(before.unwrap_or(now)).min(LONGEST_STRIDE);
        let next = held.value + fallback.slew * stride.seconds();
        let ends = next >= fallback.then;
        let value = if ends { fallback.then } else { next };
        self.held = Some(Demand {
            value,
            t: now,
            sequence: held.sequence.wrapping_add(1),
            fallback: held.fallback.filter(|_| !ends),
            ..held
        });
        (self.setter, self.untold) = (Setter::Host, true);
        Some(Given { value, to: fallback.then, begins: before.is_none(), ends })
    }

    /// Whether the host itself has set something since this was asked last.
    pub fn take_untold(&mut self) -> bool {
        std::mem::take(&mut self.untold)
    }

    /// Another image is attached.
    pub fn new_image(&mut self) {
        self.seen_valid = false;
        (self.refused, self.unbelieved) = (None, None);
    }

    /// Takes what the slot holds.
    pub fn take(&mut self, slot: Slot<Demand>, bounds: Bounds, now: Monotonic) -> Change {
        let Slot::Value(demand) = slot else { return Change::None };
        if !demand.valid {
            let withdrawn = self.seen_valid && self.held.is_some();
            if withdrawn {
                self.held = None;
                self.setter = Setter::Daemon;
            }
            return if withdrawn { Change::Value } else { Change::None };
        }
        if demand.checked(bounds).is_none() {
            let known = self.refused == Some(demand.sequence);
            self.refused = Some(demand.sequence);
            return if known { Change::None } else { Change::Refused };
        }
        self.seen_valid = true;
        let same = self.held.is_some_and(|held| held.value.to_bits() == demand.value.to_bits());
        // A daemon that errs about a fallback may be right about the demand.
        let fallback = demand.checked_fallback(bounds, now);
        if fallback.is_err() && self.unbelieved != Some(demand.sequence) {
            (self.unbelieved, self.untold_refusal) = (Some(demand.sequence), true);
        }
        self.held = Some(Demand { fallback: fallback.unwrap_or_default(), ..demand });
        (self.setter, self.given_back) = (Setter::Daemon, None);
        if same { Change::None } else { Change::Value }
    }

    /// Whether a fallback has been refused since this was asked last.
    pub fn take_refused_fallback(&mut self) -> bool {
        std::mem::take(&mut self.untold_refusal)
    }

    /// As the driver gets it.
    #[must_use]
    pub fn to_abi(&self) -> abi::Demand {
        match self.held {
            Some(held) => abi::Demand {
                value: held.value,
                t_ns: held.t.0,
                sequence: held.sequence,
                valid: 1,
                reserved: 0,
            },
            None => abi::Demand::default(),
        }
    }
}

#[cfg(test)]
#[path = "demands_tests.rs"]
mod tests;
