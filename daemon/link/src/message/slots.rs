// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which slot belongs to which signal and command: the one calculation that both sides use.

use super::{DriverHello, Error, Hello};
use crate::image::Layout;
use std::ops::Range;

/// The slots of one driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slots {
    /// Input slots, one per signal in the order of the table.
    pub inputs: Range<usize>,
    /// Output slots, one per command in the order of the table.
    pub outputs: Range<usize>,
}

impl Hello {
    /// How many slots the image has.
    ///
    /// # Errors
    /// [`Error::Layout`] if the drivers have more signals or commands than an image has slots.
    pub fn layout(&self) -> Result<Layout, Error> {
        let end = self.slots().last().map_or((0, 0), |(_, slots)| (slots.inputs.end, slots.outputs.end));
        Ok(Layout::new(end.0, end.1)?)
    }

    /// Every driver with its slots.
    pub fn slots(&self) -> impl Iterator<Item = (&DriverHello, Slots)> {
        self.drivers.iter().scan((0, 0), |next, driver| {
            let slots = Slots {
                inputs: next.0..next.0 + driver.signals.len(),
                outputs: next.1..next.1 + driver.commands.len(),
            };
            *next = (slots.inputs.end, slots.outputs.end);
            Some((driver, slots))
        })
    }

    /// The input slot of a driver's signal.
    #[must_use]
    pub fn input(&self, driver: &str, signal: &str) -> Option<usize> {
        let (driver, slots) = self.slots().find(|(candidate, _)| candidate.id == driver)?;
        let index = driver.signals.iter().position(|candidate| candidate.name == signal)?;
        Some(slots.inputs.start + index)
    }

    /// The output slot of a driver's command.
    #[must_use]
    pub fn output(&self, driver: &str, command: &str) -> Option<usize> {
        let (driver, slots) = self.slots().find(|(candidate, _)| candidate.id == driver)?;
        let index = driver.commands.iter().position(|candidate| candidate.name == command)?;
        Some(slots.outputs.start + index)
    }
}
