// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the texts of `/sys/class/power_supply` mean. Pure.
//!
//! The kernel gives whole numbers in uV, uA, uAh, uWh, tenths of degC, percent and seconds, and words for states
//! (`Documentation/ABI/testing/sysfs-class-power`).

use ecmod_plugin::Error;

/// uV, uA, uAh and uWh in one V, A, Ah and Wh.
pub const MICRO: f64 = 1e6;
/// Tenths of degC in one degC.
pub const TENTH: f64 = 10.0;

/// A whole number, of which `per_unit` are one.
///
/// # Errors
/// [`Error::Corrupt`] for anything that is no whole number of at most 15 digits.
pub fn number(text: &str, per_unit: f64) -> Result<f64, Error> {
    let number = integer(text)?;
    // At most 15 digits: every such number is exact in an f64.
    let (millions, rest) = (number / 1_000_000, number % 1_000_000);
    let exact = f64::from(i32::try_from(millions).map_err(|_| Error::Corrupt)?) * 1e6
        + f64::from(i32::try_from(rest).map_err(|_| Error::Corrupt)?);
    Ok(exact / per_unit)
}

/// A number as flag registers are shown: decimal, or hexadecimal behind `0x`.
///
/// # Errors
/// [`Error::Corrupt`] for anything else.
pub fn flags(text: &str) -> Result<u64, Error> {
    let text = text.trim();
    let parsed = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) if digits.starts_with(|first: char| first.is_ascii_hexdigit()) => {
            u64::from_str_radix(digits, 16)
        }
        Some(_) => return Err(Error::Corrupt),
        None if text.starts_with('+') => return Err(Error::Corrupt),
        None => text.parse(),
    };
    parsed.map_err(|_| Error::Corrupt)
}

fn integer(text: &str) -> Result<i64, Error> {
    const LARGEST: i64 = 999_999_999_999_999;
    let text = text.trim();
    if text.starts_with('+') {
        return Err(Error::Corrupt); // the kernel never writes one
    }
    let number: i64 = text.parse().map_err(|_| Error::Corrupt)?;
    if (-LARGEST..=LARGEST).contains(&number) { Ok(number) } else { Err(Error::Corrupt) }
}

/// What a battery does. The numbers are those of the signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// The kernel's driver does not know.
    Unknown = 0,
    /// Takes charge.
    Charging = 1,
    /// Carries the load.
    Discharging = 2,
    /// Neither, though it is not full.
    NotCharging = 3,
    /// Full.
    Full = 4,
}

impl Status {
    /// The one that the kernel calls so.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for none of the kernel's words.
    pub fn from_text(text: &str) -> Result<Self, Error> {
        match text.trim() {
            "Unknown" => Ok(Self::Unknown),
            "Charging" => Ok(Self::Charging),
            "Discharging" => Ok(Self::Discharging),
            "Not charging" => Ok(Self::NotCharging),
            "Full" => Ok(Self::Full),
            _ => Err(Error::Corrupt),
        }
    }

    /// The number of the signal.
    #[must_use]
    pub const fn code(self) -> f64 {
        self as u8 as f64
    }
}

/// What the battery's own electronics say of it. The numbers are those of the signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs)] // the kernel's words
pub enum Health {
    Unknown = 0,
    Good = 1,
    Overheat = 2,
    Dead = 3,
    OverVoltage = 4,
    UnspecifiedFailure = 5,
    Cold = 6,
    WatchdogTimerExpired = 7,
    SafetyTimerExpired = 8,
    OverCurrent = 9,
    CalibrationRequired = 10,
    Warm = 11,
    Cool = 12,
    Hot = 13,
    NoBattery = 14,
    BlownFuse = 15,
    CellImbalance = 16,
    UnderVoltage = 17,
}

/// What a [`Health`] means for a console that is to run on the battery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// The electronics vouch for it.
    Sound,
    /// Nothing vouches for it: it says how full it is, but not whether it will deliver.
    Unproven,
    /// Its gauge has to learn again how full it is.
    Uncalibrated,
    /// It may cut itself off now, and may come back.
    Impaired,
    /// It has failed for good, whatever it says of its charge.
    Failed,
}

impl Health {
    /// The one that the kernel calls so.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for none of the kernel's words.
    pub fn from_text(text: &str) -> Result<Self, Error> {
        match text.trim() {
            "Unknown" => Ok(Self::Unknown),
            "Good" => Ok(Self::Good),
            "Overheat" => Ok(Self::Overheat),
            "Dead" => Ok(Self::Dead),
            "Over voltage" => Ok(Self::OverVoltage),
            "Unspecified failure" => Ok(Self::UnspecifiedFailure),
            "Cold" => Ok(Self::Cold),
            "Watchdog timer expire" => Ok(Self::WatchdogTimerExpired),
            "Safety timer expire" => Ok(Self::SafetyTimerExpired),
            "Over current" => Ok(Self::OverCurrent),
            "Calibration required" => Ok(Self::CalibrationRequired),
            "Warm" => Ok(Self::Warm),
            "Cool" => Ok(Self::Cool),
            "Hot" => Ok(Self::Hot),
            "No battery" => Ok(Self::NoBattery),
            "Blown fuse" => Ok(Self::BlownFuse),
            "Cell imbalance" => Ok(Self::CellImbalance),
            "Under voltage" => Ok(Self::UnderVoltage),
            _ => Err(Error::Corrupt),
        }
    }

    /// The number of the signal.
    #[must_use]
    pub const fn code(self) -> f64 {
        self as u8 as f64
    }

    /// What it means for the console. `sbs-battery` says `Dead` and `Unspecified failure` for the permanent-failure and
    /// fault states of TI's gauges; a gauge of another make has no such state and stays `Unknown` for ever.
    #[must_use]
    pub const fn condition(self) -> Condition {
        match self {
            Self::Good | Self::Warm | Self::Cool => Condition::Sound,
            Self::Unknown => Condition::Unproven,
            Self::CalibrationRequired => Condition::Uncalibrated,
            Self::Overheat
            | Self::OverVoltage
            | Self::Cold
            | Self::WatchdogTimerExpired
            | Self::OverCurrent
            | Self::Hot
            | Self::UnderVoltage => Condition::Impaired,
            Self::Dead
            | Self::UnspecifiedFailure
            | Self::SafetyTimerExpired
            | Self::NoBattery
            | Self::BlownFuse
            | Self::CellImbalance => Condition::Failed,
        }
    }
}

/// The coarse level that the gauge gives beside the percentage.
///
/// # Errors
/// [`Error::Corrupt`] for none of the kernel's words.
pub fn is_critical(text: &str) -> Result<bool, Error> {
    match text.trim() {
        "Critical" => Ok(true),
        "Unknown" | "Low" | "Normal" | "High" | "Full" => Ok(false),
        _ => Err(Error::Corrupt),
    }
}

/// `present` and `online`: 0, or not. `online` may be 2 where the voltage of the supply can be chosen.
///
/// # Errors
/// [`Error::Corrupt`] for other numbers and texts.
pub fn yes_no(text: &str) -> Result<bool, Error> {
    match text.trim() {
        "0" => Ok(false),
        "1" | "2" => Ok(true),
        _ => Err(Error::Corrupt),
    }
}

#[cfg(test)]
#[path = "convert_tests.rs"]
mod tests;
