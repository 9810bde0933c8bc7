// SPDX-License-Identifier: MIT OR Apache-2.0
//! Mains supply and battery, as the kernel's power-supply class shows them: a folder of small files for each.
//!
//! | folder | files |
//! |---|---|
//! | `AC` | `type` (Mains), `online` |
//! | `BAT` | `type` (Battery), `present`, `status`, `health`, `capacity`, `voltage_now`, `current_now`, `charge_now`, `charge_full`, `charge_full_design`, `temp`, `cycle_count`, `time_to_empty_now`, `technology` |
//!
//! Units are the class's: uV, uA (positive while charging), uAh, 0.1 degC, s, %. A pack of six lithium-ion cells in series `[C]`.

use crate::words::i64_of;

/// What is wrong, as long as it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PowerFault {
    /// No mains.
    pub mains_lost: bool,
    /// The battery's own electronics say that it must not be used.
    pub battery_failed: bool,
    /// No battery in its bay.
    pub battery_missing: bool,
    /// The charger gives nothing.
    pub charger_failed: bool,
}

/// Mains and battery of the console.
#[derive(Debug, Clone, PartialEq)]
pub struct Power {
    fault: PowerFault,
    /// Ah.
    charge: f64,
}

impl Power {
    /// Full charge, Ah.
    const FULL: f64 = 8.8;
    /// As new, Ah.
    const DESIGN: f64 = 9.6;
    /// What the console draws, A.
    const LOAD: f64 = 5.0;
    /// What the charger gives, A.
    const CHARGER: f64 = 3.0;
    /// Resistance of the pack, ohm.
    const RESISTANCE: f64 = 0.12;

    /// On mains, with a full battery.
    #[must_use]
    pub const fn new() -> Self {
        let fault = PowerFault {
            mains_lost: false,
            battery_failed: false,
            battery_missing: false,
            charger_failed: false,
        };
        Self { fault, charge: Self::FULL }
    }

    /// What is wrong from now on.
    pub const fn set_fault(&mut self, fault: PowerFault) {
        self.fault = fault;
    }

    /// The battery is as full as this, 0 to 100 %.
    pub fn set_capacity(&mut self, percent: f64) {
        self.charge = Self::FULL * percent.clamp(0.0, 100.0) / 100.0;
    }

    /// Time passes.
    pub fn step(&mut self, dt_s: f64) {
        self.charge = (self.charge + self.current() * dt_s / 3600.0).clamp(0.0, Self::FULL);
    }

    /// Into the battery, A.
    fn current(&self) -> f64 {
        match (self.fault.mains_lost, self.fault.battery_failed || self.fault.battery_missing) {
            (_, true) => 0.0,
            (true, false) => -Self::LOAD,
            (false, false) if self.charge < Self::FULL && !self.fault.charger_failed => Self::CHARGER,
            (false, false) => 0.0,
        }
    }

    /// Mains are there.
    #[must_use]
    pub const fn on_mains(&self) -> bool {
        !self.fault.mains_lost
    }

    /// There is a battery, and it says that it can be relied on.
    #[must_use]
    pub const fn usable(&self) -> bool {
        !(self.fault.battery_failed || self.fault.battery_missing)
    }

    /// There is a battery in its bay.
    #[must_use]
    pub const fn is_present(&self) -> bool {
        !self.fault.battery_missing
    }

    /// Current flows into the battery.
    #[must_use]
    pub fn charging(&self) -> bool {
        self.current() > 0.0
    }

    /// How long it lasts at what is drawn now, s; `None` while nothing is drawn from it.
    #[must_use]
    pub fn time_to_empty_s(&self) -> Option<f64> {
        let current = self.current();
        (current < 0.0).then(|| self.charge / -current * 3600.0)
    }

    /// How full it is, 0 to 100 %.
    #[must_use]
    pub fn capacity(&self) -> f64 {
        100.0 * self.charge / Self::FULL
    }

    /// Every file: path below the class's folder, and content.
    #[must_use]
    pub fn files(&self) -> Vec<(&'static str, String)> {
        let online = u8::from(!self.fault.mains_lost);
        let mut files = vec![("AC/type", "Mains".to_owned()), ("AC/online", online.to_string())];
        let present = u8::from(!self.fault.battery_missing);
        files.push(("BAT/type", "Battery".to_owned()));
        files.push(("BAT/present", present.to_string()));
        if self.fault.battery_missing {
            return files;
        }
        let micro = |value: f64| i64_of(value * 1e6).to_string();
        let current = self.current();
        // Open-circuit voltage of a cell, roughly: 3.3 V empty, 4.15 V full.
        let volts = 6.0 * (3.3 + 0.85 * self.charge / Self::FULL) + current * Self::RESISTANCE;
        let status = match current {
            amperes if amperes > 0.0 => "Charging",
            amperes if amperes < 0.0 => "Discharging",
            _ if self.fault.battery_failed || self.charge < Self::FULL => "Not charging",
            _ => "Full",
        };
        let health = if self.fault.battery_failed { "Unspecified failure" } else { "Good" };
        let left = if current < 0.0 { self.charge / -current * 3600.0 } else { 65_535.0 };
        files.extend([
            ("BAT/technology", "Li-ion".to_owned()),
            ("BAT/status", status.to_owned()),
            ("BAT/health", health.to_owned()),
            ("BAT/capacity", i64_of(self.capacity()).to_string()),
            ("BAT/voltage_now", micro(volts)),
            ("BAT/current_now", micro(current)),
            ("BAT/charge_now", micro(self.charge)),
            ("BAT/charge_full", micro(Self::FULL)),
            ("BAT/charge_full_design", micro(Self::DESIGN)),
            ("BAT/temp", "312".to_owned()),
            ("BAT/cycle_count", "41".to_owned()),
            ("BAT/time_to_empty_now", i64_of(left).to_string()),
        ]);
        files
    }
}

impl Default for Power {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(power: &Power, path: &str) -> Option<String> {
        power.files().into_iter().find(|(name, _)| *name == path).map(|(_, content)| content)
    }

    #[test]
    fn without_mains_the_battery_empties_and_with_mains_it_is_charged() {
        let mut power = Power::new();
        assert_eq!(file(&power, "BAT/status").as_deref(), Some("Full"));
        power.set_fault(PowerFault { mains_lost: true, ..PowerFault::default() });
        power.step(3600.0);
        assert_eq!(file(&power, "AC/online").as_deref(), Some("0"));
        assert_eq!(file(&power, "BAT/status").as_deref(), Some("Discharging"));
        assert_eq!(file(&power, "BAT/capacity").as_deref(), Some("43"));
        assert_eq!(file(&power, "BAT/current_now").as_deref(), Some("-5000000"));
        assert_eq!(file(&power, "BAT/time_to_empty_now").as_deref(), Some("2736"));
        power.set_fault(PowerFault::default());
        power.step(3600.0);
        assert_eq!(file(&power, "BAT/status").as_deref(), Some("Charging"));
        assert_eq!(file(&power, "BAT/capacity").as_deref(), Some("77"));
    }

    #[test]
    fn a_failed_battery_says_so_and_a_missing_one_has_nothing_to_say() {
        let mut power = Power::new();
        power.set_capacity(20.0);
        power.set_fault(PowerFault { battery_failed: true, ..PowerFault::default() });
        assert_eq!(file(&power, "BAT/health").as_deref(), Some("Unspecified failure"));
        power.set_fault(PowerFault { battery_missing: true, ..PowerFault::default() });
        assert_eq!(file(&power, "BAT/present").as_deref(), Some("0"));
        assert_eq!(file(&power, "BAT/capacity"), None);
    }
}
