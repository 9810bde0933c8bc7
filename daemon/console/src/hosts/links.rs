// SPDX-License-Identifier: MIT OR Apache-2.0
//! How well the exchanges of one port go: with each device, as its host counts them, and in each driver, which sees what no bus can
//! (a wrong checksum inside a transfer). Pure. The worst of them is what the port's link is like: many devices that are well must not
//! hide one whose plug is loose.

use std::collections::BTreeMap;

use ecmod_control::{LinkHealth, LinkTotals, LinkTrend};
use ecmod_link::message::{DriverEvent, PortEvent};
use ecmod_quantities::Monotonic;

use super::health::Restarts;

/// Counters of exchanges, by the kind of device: requests of a Modbus line, transfers of the others.
const EXCHANGES: [&str; 2] = ["requests", "transfers"];
/// Counters of exchanges without an intact answer. `failures` counts requests of a Modbus line that failed in the end, of which each
/// attempt is counted by its cause already; for the other kinds it is a cause of its own.
const FAILED: [&str; 8] = [
    "timeouts",
    "damaged_checksum",
    "damaged_unit",
    "damaged_function",
    "damaged_length",
    "damaged_confirmation",
    "io_errors",
    "not_acknowledged",
];
const FAILED_TRANSFERS: &str = "failures";

/// The most devices and drivers of one port that are judged.
const MOST: usize = 64;

/// Of one port.
#[derive(Debug, Default)]
pub struct Links {
    trends: BTreeMap<String, LinkTrend>,
}

/// The link of a port that is worst, and what was counted of it in the latest ten minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worst {
    /// The device, as it is called on its bus, or the driver.
    pub name: String,
    /// Of the latest ten minutes.
    pub recent: LinkTotals,
    /// What is thought of it.
    pub health: LinkHealth,
}

impl Links {
    /// A host has reported the counters of its devices.
    pub fn count_devices(&mut self, event: &PortEvent, now: Monotonic) {
        for (device, counters) in &event.devices {
            self.count(device, totals(counters), now);
        }
    }

    /// A host has reported the counters of a driver.
    pub fn count_driver(&mut self, event: &DriverEvent, now: Monotonic) {
        let totals = LinkTotals { exchanges: event.cycles, failed: event.faults };
        self.count(&format!("driver {}", event.id), totals, now);
    }

    fn count(&mut self, name: &str, totals: LinkTotals, now: Monotonic) {
        if let Some(trend) = self.trends.get_mut(name) {
            trend.count(totals, now);
        } else if self.trends.len() < MOST {
            let mut trend = LinkTrend::NEW;
            trend.count(totals, now);
            self.trends.insert(name.to_owned(), trend);
        }
    }

    /// What is to be thought of the port's link, given how often its drivers began anew.
    #[must_use]
    pub fn health<'r>(&self, mut restarts: impl Iterator<Item = &'r Restarts>, now: Monotonic) -> LinkHealth {
        let counted = self.trends.values().map(LinkTrend::health);
        let counted = counted.fold(LinkHealth::Sound, LinkHealth::or_worse);
        let restarting = restarts.any(|restarts| restarts.are_frequent(now));
        counted.or_worse(if restarting { LinkHealth::Restarting } else { LinkHealth::Sound })
    }

    /// The worst one, if anything was counted.
    #[must_use]
    pub fn worst(&self) -> Option<Worst> {
        let of = |(name, trend): (&String, &LinkTrend)| Worst {
            name: name.clone(),
            recent: trend.recent(),
            health: trend.health(),
        };
        let worse = |a: &Worst, b: &Worst| a.recent.share().total_cmp(&b.recent.share());
        self.trends.iter().map(of).max_by(worse)
    }
}

fn totals(counters: &BTreeMap<String, u64>) -> LinkTotals {
    let sum = |names: &[&str]| {
        names
            .iter()
            .filter_map(|name| counters.get(*name))
            .fold(0_u64, |sum, count| sum.saturating_add(*count))
    };
    let transfers = if counters.contains_key("requests") { 0 } else { sum(&[FAILED_TRANSFERS]) };
    LinkTotals { exchanges: sum(&EXCHANGES), failed: sum(&FAILED).saturating_add(transfers) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counters(values: &[(&str, u64)]) -> BTreeMap<String, u64> {
        values.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    fn event(devices: &[(&str, &[(&str, u64)])]) -> PortEvent {
        let devices = devices.iter().map(|(name, values)| ((*name).to_owned(), counters(values))).collect();
        PortEvent { counters: BTreeMap::new(), devices }
    }

    const fn minute(n: u64) -> Monotonic {
        Monotonic((1 + n) * 60_000_000_000)
    }

    #[test]
    fn every_failed_attempt_counts_once() {
        let modbus = counters(&[
            ("requests", 100),
            ("answers", 90),
            ("timeouts", 6),
            ("damaged_checksum", 3),
            ("exceptions", 1),
            ("retries", 9),
            ("failures", 2),
            ("late_answers", 4),
        ]);
        assert_eq!(totals(&modbus), LinkTotals { exchanges: 100, failed: 9 });
        let chip = counters(&[("transfers", 50), ("failures", 2), ("timeouts", 1), ("io_errors", 1)]);
        assert_eq!(totals(&chip), LinkTotals { exchanges: 50, failed: 4 });
    }

    #[test]
    fn one_loose_plug_is_not_hidden_by_devices_that_are_well() {
        let mut links = Links::default();
        for n in 0..10 {
            let bad = [("requests", n * 600), ("timeouts", n * 60)];
            let good = [("requests", n * 60_000), ("timeouts", 0)];
            links.count_devices(&event(&[("unit_1", &good), ("unit_2", &bad)]), minute(n));
        }
        assert_eq!(links.health([].iter(), minute(10)), LinkHealth::Failing { percent: 10 });
        assert_eq!(links.worst().map(|worst| worst.name), Some("unit_2".to_owned()));
    }

    #[test]
    fn what_only_a_driver_sees_counts_and_so_does_one_that_begins_anew_again_and_again() {
        use ecmod_link::message::{DriverState, Hold};
        let mut links = Links::default();
        for n in 0..10 {
            let event = DriverEvent {
                id: "adc".into(),
                state: DriverState::Running,
                detail: String::new(),
                hold: Hold::NotApplicable,
                cycles: n * 600,
                overruns: 0,
                faults: n * 36,
                restarts: 0,
            };
            links.count_driver(&event, minute(n));
        }
        assert_eq!(links.health([].iter(), minute(10)), LinkHealth::Failing { percent: 6 });
        let mut restarts = Restarts::default();
        let well = Links::default();
        for n in [0, 20, 40] {
            assert_eq!(well.health([restarts].iter(), minute(n)), LinkHealth::Sound);
            restarts.note(minute(n));
        }
        assert_eq!(well.health([restarts].iter(), minute(41)), LinkHealth::Restarting);
        assert_eq!(well.health([restarts].iter(), minute(62)), LinkHealth::Sound);
    }
}
