// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the parts outside the loop tell the core: facts, the drivers' health and that of the links, without
//! anybody waiting.
//!
//! A host that dies and is there again between two looks has been away all the same: that is told by [`Board::was_away`], and
//! the core hears it in its next tick, whatever its drivers do by then.
//!
//! Many threads write, the control thread reads once in each tick. Each word is whole by itself; two that belong together may be seen a tick
//! apart, which no alarm minds.

use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};

use ecmod_control::{DriverHealth, Fact, Facts, LinkHealth, MAX_DRIVERS, MAX_PORTS};

/// The board.
#[derive(Debug)]
pub struct Board {
    facts: AtomicU32,
    drivers: [AtomicU8; MAX_DRIVERS],
    /// One bit for each driver that has been away since the core last looked.
    away: AtomicU64,
    links: [AtomicU8; MAX_PORTS],
}

const _: () = assert!(MAX_DRIVERS <= 64, "one bit for each driver");

impl Default for Board {
    fn default() -> Self {
        Self {
            facts: AtomicU32::new(0),
            drivers: [const { AtomicU8::new(0) }; MAX_DRIVERS],
            away: AtomicU64::new(0),
            links: [const { AtomicU8::new(0) }; MAX_PORTS],
        }
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

    /// These drivers have been away, all at once: their host is another process than before. The core reads them as absent once.
    pub fn was_away(&self, drivers: impl Iterator<Item = usize>) {
        let bits = drivers.filter_map(|index| 1_u64.checked_shl(u32::try_from(index).ok()?));
        self.away.fetch_or(bits.fold(0, |all, bit| all | bit), Ordering::AcqRel);
    }

    /// How all drivers are, by their index in the plan. For the control thread alone: it is told once of those that were away.
    /// Allocates nothing.
    pub fn read_drivers(&self, drivers: &mut [DriverHealth; MAX_DRIVERS]) {
        let mut away = self.away.swap(0, Ordering::AcqRel);
        for (driver, code) in drivers.iter_mut().zip(&self.drivers) {
            let code = usize::from(code.load(Ordering::Acquire));
            let health = DriverHealth::ALL.get(code).copied().unwrap_or_default();
            *driver = if away & 1 == 1 { DriverHealth::Absent } else { health };
            away >>= 1;
        }
    }

    /// Says how the links of a port are, and returns how they were. One beyond the core's table is not told.
    pub fn set_link(&self, port: usize, health: LinkHealth) -> LinkHealth {
        let link = self.links.get(port);
        link.map_or(health, |link| LinkHealth::from_code(link.swap(health.code(), Ordering::AcqRel)))
    }

    /// How the links of all ports are, by their index in the plan. Allocates nothing.
    pub fn read_links(&self, links: &mut [LinkHealth; MAX_PORTS]) {
        for (link, code) in links.iter_mut().zip(&self.links) {
            *link = LinkHealth::from_code(code.load(Ordering::Acquire));
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
    fn a_driver_that_was_away_is_read_as_absent_once() {
        let board = Board::default();
        (0..4).for_each(|index| board.set_driver(index, DriverHealth::Running));
        board.was_away([1, 3, MAX_DRIVERS].into_iter());
        let mut drivers = [DriverHealth::Running; MAX_DRIVERS];
        let (runs, absent) = (DriverHealth::Running, DriverHealth::Absent);
        for expected in [[runs, absent, runs, absent], [runs; 4]] {
            board.read_drivers(&mut drivers);
            assert_eq!(drivers[..4], expected);
        }
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
