// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the parts outside the loop tell the core: facts and the drivers' health, without anybody waiting.
//!
//! Many threads write, the control thread reads once in each tick. Each word is whole by itself; two that belong together may be seen a tick
//! apart, which no alarm minds.

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use ecmod_control::{DriverHealth, Fact, Facts, MAX_DRIVERS};

/// The board.
#[derive(Debug)]
pub struct Board {
    facts: AtomicU32,
    drivers: [AtomicU8; MAX_DRIVERS],
}

impl Default for Board {
    fn default() -> Self {
        Self { facts: AtomicU32::new(0), drivers: [const { AtomicU8::new(0) }; MAX_DRIVERS] }
    }
}

impl Board {
    /// Says whether something is so. True if that is news.
    pub fn set(&self, fact: Fact, is_so: bool) -> bool {
        let bit = Facts::NONE.with(fact).bits();
        let before = if is_so {
            self.facts.fetch_or(bit, Ordering::AcqRel)
        } else {
            self.facts.fetch_and(!bit, Ordering::AcqRel)
        };
        (before & bit != 0) != is_so
    }

    /// All that is so.
    #[must_use]
    pub fn facts(&self) -> Facts {
        Facts::from_bits(self.facts.load(Ordering::Acquire))
    }

    /// Says how a driver is. One beyond the core's table is not told.
    pub fn set_driver(&self, index: usize, health: DriverHealth) {
        let code = DriverHealth::ALL.iter().position(|known| *known == health);
        if let (Some(driver), Some(code)) =
            (self.drivers.get(index), code.and_then(|code| u8::try_from(code).ok()))
        {
            driver.store(code, Ordering::Release);
        }
    }

    /// How all drivers are, by their index in the plan. Allocates nothing.
    pub fn read_drivers(&self, drivers: &mut [DriverHealth; MAX_DRIVERS]) {
        for (driver, code) in drivers.iter_mut().zip(&self.drivers) {
            let code = usize::from(code.load(Ordering::Acquire));
            *driver = DriverHealth::ALL.get(code).copied().unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_come_and_go_one_by_one() {
        let board = Board::default();
        assert!(board.set(Fact::HostHung, true) && !board.set(Fact::HostHung, true));
        assert!(board.set(Fact::DiskFull, true));
        assert!(board.set(Fact::HostHung, false) && !board.set(Fact::HostHung, false));
        assert_eq!(board.facts(), Facts::NONE.with(Fact::DiskFull));
    }

    #[test]
    fn every_health_is_read_as_it_was_written_and_a_driver_too_many_is_left_out() {
        let board = Board::default();
        DriverHealth::ALL.into_iter().enumerate().for_each(|(index, health)| board.set_driver(index, health));
        board.set_driver(MAX_DRIVERS, DriverHealth::Failing);
        let mut drivers = [DriverHealth::Running; MAX_DRIVERS];
        board.read_drivers(&mut drivers);
        assert_eq!(drivers[..5], DriverHealth::ALL);
        assert!(drivers[5..].iter().all(|health| *health == DriverHealth::NotConfigured));
    }
}
