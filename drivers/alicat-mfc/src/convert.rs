// SPDX-License-Identifier: MIT OR Apache-2.0
//! Registers to numbers, the device's units to ours. Pure.

use serde::Deserialize;

/// One psi in bar: 0.45359237 kg * 9.80665 m/s2 / (0.0254 m)^2.
const BAR_PER_PSI: f64 = 0.068_947_572_931_683_6;

/// In which order the two registers of a float lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordOrder {
    /// High word first.
    Abcd,
    /// Low word first.
    Cdab,
}

/// A single-precision float from its two registers.
#[must_use]
pub fn float([first, second]: [u16; 2], order: WordOrder) -> f64 {
    let (high, low) = match order {
        WordOrder::Abcd => (first, second),
        WordOrder::Cdab => (second, first),
    };
    f64::from(f32::from_bits((u32::from(high) << 16) | u32::from(low)))
}

/// The two registers of a number, rounded to single precision.
#[must_use]
pub fn registers(value: f64, order: WordOrder) -> [u16; 2] {
    #[allow(clippy::cast_possible_truncation)] // rounding to single precision is what the registers hold
    let [b0, b1, b2, b3] = (value as f32).to_be_bytes();
    let (high, low) = (u16::from_be_bytes([b0, b1]), u16::from_be_bytes([b2, b3]));
    match order {
        WordOrder::Abcd => [high, low],
        WordOrder::Cdab => [low, high],
    }
}

/// The unit in which the device is set to show and take flows, at its standard conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowUnit {
    /// L/min.
    #[default]
    LPerMin,
    /// mL/min.
    MlPerMin,
}

impl FlowUnit {
    /// How many of it are one L/min.
    const fn per_litre(self) -> f64 {
        match self {
            Self::LPerMin => 1.0,
            Self::MlPerMin => 1000.0,
        }
    }

    /// A number of the device, in L/min.
    #[must_use]
    pub const fn to_litres(self, number: f64) -> f64 {
        number / self.per_litre()
    }

    /// A flow in L/min, as the device wants it.
    #[must_use]
    pub const fn from_litres(self, flow: f64) -> f64 {
        flow * self.per_litre()
    }

    /// The unit with this code of the device `[K]`: SLPM, NLPM; SmL/m, SCCM, NmL/m, NCCM.
    #[must_use]
    pub const fn from_code(code: u16) -> Option<Self> {
        match code {
            7 | 37 => Some(Self::LPerMin),
            4 | 12 | 34 | 42 => Some(Self::MlPerMin),
            _ => None,
        }
    }
}

/// The unit in which the device is set to show absolute pressure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PressureUnit {
    /// Pounds per square inch, absolute: the maker's default.
    #[default]
    Psia,
    /// bar.
    Bar,
    /// mbar (hPa).
    Mbar,
    /// kPa.
    Kpa,
}

impl PressureUnit {
    /// A number of the device, in bar.
    #[must_use]
    pub const fn to_bar(self, number: f64) -> f64 {
        match self {
            Self::Psia => number * BAR_PER_PSI,
            Self::Bar => number,
            Self::Mbar => number / 1000.0,
            Self::Kpa => number / 100.0,
        }
    }

    /// The unit with this code of the device `[K]`: PSI; bar; mbar, hPa; kPa.
    #[must_use]
    pub const fn from_code(code: u16) -> Option<Self> {
        match code {
            10 => Some(Self::Psia),
            7 => Some(Self::Bar),
            3 | 6 => Some(Self::Mbar),
            4 => Some(Self::Kpa),
            _ => None,
        }
    }
}

/// Whether these can be the pressure (bar, absolute), temperature (degC) and flow (L/min) of gas in a hospital. Zeros
/// from a map that is not there cannot, nor can floats read in the wrong order: they are mostly tiny or huge.
#[must_use]
pub fn is_plausible(pressure: f64, temperature: f64, mass_flow: f64) -> bool {
    // All false for NaN.
    let not_tiny = |value: f64| value.abs() >= 1e-6;
    let is_zero = mass_flow.abs() < f64::MIN_POSITIVE;
    (0.3..=20.0).contains(&pressure)
        && (-20.0..=80.0).contains(&temperature)
        && not_tiny(temperature)
        && (is_zero || not_tiny(mass_flow))
        && mass_flow.abs() <= 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_float_has_two_orders() {
        // 4.5 as a single is 0x40900000.
        assert!((float([0x4090, 0], WordOrder::Abcd) - 4.5).abs() < 1e-12);
        assert!((float([0, 0x4090], WordOrder::Cdab) - 4.5).abs() < 1e-12);
        assert_eq!(registers(4.5, WordOrder::Cdab), [0, 0x4090]);
    }

    #[test]
    fn units_become_bar_and_litres_per_minute() {
        assert!((PressureUnit::Psia.to_bar(14.695_949) - 1.013_25).abs() < 1e-6);
        assert!((PressureUnit::Kpa.to_bar(101.325) - 1.013_25).abs() < 1e-9);
        assert!((PressureUnit::Mbar.to_bar(1013.25) - 1.013_25).abs() < 1e-9);
        assert!((FlowUnit::MlPerMin.to_litres(4500.0) - 4.5).abs() < 1e-12);
        assert!((FlowUnit::MlPerMin.from_litres(4.5) - 4500.0).abs() < 1e-9);
    }

    #[test]
    fn zeros_and_swapped_words_are_not_plausible() {
        assert!(is_plausible(1.0, 24.0, 0.0));
        assert!(!is_plausible(0.0, 0.0, 0.0));
        let swapped = |value: f64| float(registers(value, WordOrder::Abcd), WordOrder::Cdab);
        for (psi, celsius, litres) in
            [(14.7, 24.3, 4.5), (14.5, 24.0, 0.0), (58.02, 21.77, 2.013), (64.0, 20.0, 8.0)]
        {
            let pressure = |value| PressureUnit::Psia.to_bar(value);
            assert!(is_plausible(pressure(psi), celsius, litres));
            assert!(!is_plausible(pressure(swapped(psi)), swapped(celsius), swapped(litres)), "{psi}");
        }
        assert!(!is_plausible(f64::NAN, 24.0, 1.0));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(flow in 0.0..50.0f64) {
            for order in [WordOrder::Abcd, WordOrder::Cdab] {
                prop_assert!((float(registers(flow, order), order) - flow).abs() <= flow * 1e-6);
            }
        }
    }
}
