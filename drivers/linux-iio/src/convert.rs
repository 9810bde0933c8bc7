// SPDX-License-Identifier: MIT OR Apache-2.0
//! From what IIO gives to the console's quantities. Pure.
//!
//! IIO's processed value is `(raw + offset) * scale`, in the unit that belongs to the kind of channel
//! (`Documentation/ABI/testing/sysfs-bus-iio`).

use ecmod_plugin::Error;
use ecmod_plugin::quantities::Quantity;

/// mmHg in one kPa: 1 mmHg = 133.322 Pa.
const MMHG_PER_KPA: f64 = 1000.0 / 133.322;

/// A decimal number as the kernel writes it: digits with at most one point.
///
/// # Errors
/// [`Error::Corrupt`] for anything else, also for an exponent, "inf" and a unit behind the number.
pub fn decimal(text: &str) -> Result<f64, Error> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if text.len() > 40 || !all_digits(whole) || !all_digits(fraction) {
        return Err(Error::Corrupt);
    }
    text.parse().map_err(|_| Error::Corrupt)
}

/// How a channel becomes a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scaling {
    /// Added to the raw number.
    pub offset: f64,
    /// From there to IIO's unit.
    pub scale: f64,
}

impl Scaling {
    /// For a file that holds a processed value.
    pub const PROCESSED: Self = Self { offset: 0.0, scale: 1.0 };

    /// In IIO's unit.
    #[must_use]
    pub fn apply(self, raw: f64) -> f64 {
        (raw + self.offset) * self.scale
    }
}

/// What stands between a channel's name and its number: `voltage` of `in_voltage0`, `temp` of `in_temp_object`.
#[must_use]
pub fn kind(channel: &str) -> &str {
    let name = channel.strip_prefix("in_").unwrap_or(channel);
    name.split(|end: char| end.is_ascii_digit() || end == '_' || end == '-').next().unwrap_or(name)
}

/// How many of the quantity's unit make one of IIO's for this kind of channel; `None` if IIO's is another quantity, which then
/// needs a `scale` of the configuration's own.
#[must_use]
pub fn factor(kind: &str, quantity: Quantity) -> Option<f64> {
    match (kind, quantity) {
        ("temp", Quantity::Temperature) => Some(1e-3), // milli degC
        ("voltage", Quantity::Voltage) => Some(1e-3),  // mV
        ("current", Quantity::Current) => Some(1e-3),  // mA
        ("pressure", Quantity::Pressure) => Some(MMHG_PER_KPA), // kPa
        ("pressure", Quantity::GasPressure) => Some(1e-2), // kPa
        ("humidityrelative", Quantity::Fraction) => Some(1e-3), // milli percent
        ("concentration", Quantity::Fraction) => Some(1.0), // percent
        ("count", Quantity::Count) => Some(1.0),
        (_, Quantity::Code | Quantity::State) => Some(1.0),
        _ => None,
    }
}

/// The files that may hold a property of a channel, the channel's own first: `in_voltage0_scale`, `in_voltage_scale`,
/// `in_scale`, `scale`.
#[must_use]
pub fn candidates(channel: &str, property: &str) -> Vec<String> {
    let shared: String = channel.chars().filter(|letter| !letter.is_ascii_digit()).collect();
    let plain = format!("in_{}", kind(channel));
    let mut files: Vec<String> =
        [channel, &shared, &plain, "in"].iter().map(|prefix| format!("{prefix}_{property}")).collect();
    files.push(property.to_owned());
    files.dedup();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_decimals_are_read_and_nothing_else() {
        assert_eq!(decimal("31.250000000\n"), Ok(31.25));
        assert_eq!(decimal("-0.000000596"), Ok(-0.000_000_596));
        assert_eq!(decimal("8388608"), Ok(8_388_608.0));
        for wrong in ["", "-", ".5", "5.", "1e3", "inf", "nan", "1 dB", "+1", "1.2.3", "--1", &"1".repeat(41)]
        {
            assert_eq!(decimal(wrong), Err(Error::Corrupt), "{wrong}");
        }
    }

    #[test]
    fn a_channels_kind_and_its_files_are_found() {
        for (channel, expected) in [
            ("in_voltage0", "voltage"),
            ("in_voltage0-voltage1", "voltage"),
            ("in_temp", "temp"),
            ("in_temp_object", "temp"),
            ("in_pressure", "pressure"),
        ] {
            assert_eq!(kind(channel), expected, "{channel}");
        }
        let files = candidates("in_voltage0-voltage1", "scale");
        let expected = [
            "in_voltage0-voltage1_scale",
            "in_voltage-voltage_scale",
            "in_voltage_scale",
            "in_scale",
            "scale",
        ];
        assert_eq!(files, expected);
        assert_eq!(candidates("in_temp", "offset"), ["in_temp_offset", "in_offset", "offset"]);
    }

    /// MAX31865 by the kernel's driver: scale 31.25 mdegC; LPS22HB: hPa/4096 as kPa; ADS1015: 3 mV steps.
    #[test]
    fn datasheet_values_come_out_in_the_quantitys_unit() {
        let value = |raw: f64, scale: f64, channel: &str, quantity| {
            Scaling { offset: 0.0, scale }.apply(raw) * factor(kind(channel), quantity).unwrap()
        };
        assert!((value(1184.0, 31.25, "in_temp", Quantity::Temperature) - 37.0).abs() < 1e-9);
        assert!((value(4_150_272.0, 0.000_024_414, "in_pressure", Quantity::Pressure) - 759.98).abs() < 0.05);
        assert!((value(1000.0, 3.0, "in_voltage0", Quantity::Voltage) - 3.0).abs() < 1e-9);
        let with_offset = Scaling { offset: -100.0, scale: 2.0 };
        assert!((with_offset.apply(150.0) - 100.0).abs() < 1e-9, "(raw + offset) * scale");
        assert_eq!(factor("voltage", Quantity::Pressure), None);
        assert_eq!(factor("resistance", Quantity::Temperature), None);
    }
}
