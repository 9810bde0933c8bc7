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

use ecmod_link::image::{Bounds, Demand, Slot};
use ecmod_plugin::abi;
use ecmod_quantities::Monotonic;

/// The demand of one command.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Command {
    held: Option<Demand>,
    /// Whether the present image has held a valid demand.
    seen_valid: bool,
    /// The sequence number of the last refused demand, so that each is counted once.
    refused: Option<u64>,
    /// Whether what is held was set by keys.
    local: bool,
    /// Set by the host itself, and the driver has not been told yet.
    untold: bool,
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
        self.local && self.held.is_some()
    }

    /// The host itself demands something, or nothing any more.
    pub fn set(&mut self, value: Option<f64>, now: Monotonic) {
        let sequence = self.held.map_or(0, |held| held.sequence).wrapping_add(1);
        self.held = value.map(|value| Demand { value, t: now, sequence, valid: true });
        self.untold = true;
    }

    /// The same, with the keys of local control.
    pub fn set_by_keys(&mut self, value: f64, now: Monotonic) {
        self.set(Some(value), now);
        self.local = true;
    }

    /// Whether the host itself has set something since this was asked last.
    pub fn take_untold(&mut self) -> bool {
        std::mem::take(&mut self.untold)
    }

    /// Another image is attached.
    pub fn new_image(&mut self) {
        self.seen_valid = false;
        self.refused = None;
    }

    /// Takes what the slot holds.
    pub fn take(&mut self, slot: Slot<Demand>, bounds: Bounds) -> Change {
        let Slot::Value(demand) = slot else { return Change::None };
        if !demand.valid {
            let withdrawn = self.seen_valid && self.held.is_some();
            if withdrawn {
                self.held = None;
                self.local = false;
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
        self.held = Some(demand);
        self.local = false;
        if same { Change::None } else { Change::Value }
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
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { min: 0.0, max: 4000.0 };

    fn slot(value: f64, sequence: u64, valid: bool) -> Slot<Demand> {
        Slot::Value(Demand { value, t: Monotonic(7), sequence, valid })
    }

    #[test]
    fn nothing_is_demanded_until_the_daemon_says_so() {
        let mut command = Command::default();
        assert_eq!(command.take(Slot::Empty, BOUNDS), Change::None);
        assert_eq!(command.take(slot(0.0, 1, false), BOUNDS), Change::None);
        assert_eq!(command.to_abi().valid, 0);
    }

    #[test]
    fn a_demand_is_held_through_a_new_image_that_demands_nothing_yet() {
        let mut command = Command::default();
        assert_eq!(command.take(slot(3000.0, 1, true), BOUNDS), Change::Value);
        command.new_image();
        for empty in [Slot::Empty, Slot::Torn, slot(0.0, 1, false)] {
            assert_eq!(command.take(empty, BOUNDS), Change::None);
            assert_eq!(
                command.to_abi(),
                abi::Demand { value: 3000.0, t_ns: 7, sequence: 1, valid: 1, reserved: 0 }
            );
        }
    }

    #[test]
    fn what_keys_have_set_is_held_as_theirs_until_a_daemon_demands_something() {
        let mut command = Command::default();
        command.take(slot(3000.0, 1, true), BOUNDS);
        command.set_by_keys(3100.0, Monotonic(9));
        assert!(command.is_local() && command.take_untold() && !command.take_untold());
        assert_eq!(command.held(), Some(Demand { value: 3100.0, t: Monotonic(9), sequence: 2, valid: true }));
        command.new_image();
        for empty in [Slot::Empty, Slot::Torn, slot(0.0, 1, false)] {
            command.take(empty, BOUNDS);
            assert!(command.is_local());
        }
        assert_eq!(command.take(slot(3100.0, 2, true), BOUNDS), Change::None);
        assert!(!command.is_local());
    }

    #[test]
    fn a_daemon_may_withdraw_its_own_demand() {
        let mut command = Command::default();
        command.take(slot(3000.0, 1, true), BOUNDS);
        assert_eq!(command.take(slot(0.0, 2, false), BOUNDS), Change::Value);
        assert_eq!(command.held(), None);
    }

    #[test]
    fn a_demand_that_the_device_may_not_get_changes_nothing_and_is_counted_once() {
        let mut command = Command::default();
        command.take(slot(3000.0, 1, true), BOUNDS);
        let before = command.to_abi();
        for (sequence, value) in [(2, 4000.5), (3, f64::NAN), (4, f64::INFINITY), (5, -1.0)] {
            assert_eq!(command.take(slot(value, sequence, true), BOUNDS), Change::Refused);
            assert_eq!(command.take(slot(value, sequence, true), BOUNDS), Change::None);
            assert_eq!(command.to_abi(), before);
        }
    }

    #[test]
    fn only_another_value_hurries() {
        let mut command = Command::default();
        assert_eq!(command.take(slot(3000.0, 1, true), BOUNDS), Change::Value);
        assert_eq!(command.take(slot(3000.0, 2, true), BOUNDS), Change::None);
        assert_eq!(command.to_abi().sequence, 2);
        assert_eq!(command.take(slot(3001.0, 3, true), BOUNDS), Change::Value);
    }
}
