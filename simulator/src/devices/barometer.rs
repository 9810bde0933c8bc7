// SPDX-License-Identifier: MIT OR Apache-2.0
//! A barometer that the kernel has a driver for (BMP280, `drivers/iio/pressure/bmp280-core.c`), by the files of its IIO device.

use ecmod_quantities::Seconds;

/// The weather, slowly changing.
#[derive(Debug, Clone, PartialEq)]
pub struct Barometer {
    time: f64,
}

impl Default for Barometer {
    fn default() -> Self {
        Self::new()
    }
}

impl Barometer {
    /// Mean pressure in kPa, how far the weather moves it, and how long a change takes: a day in an hour `[C]`.
    const MEAN: f64 = 98.4;
    const SWING: f64 = 0.6;
    const PERIOD: Seconds = Seconds(3600.0);
    /// In the console, m degC `[C]`.
    const TEMPERATURE: f64 = 33_500.0;

    /// At the mean pressure.
    #[must_use]
    pub const fn new() -> Self {
        Self { time: 0.0 }
    }

    /// Time passes.
    pub fn step(&mut self, dt: f64) {
        self.time += dt;
    }

    /// Names and contents: processed values in kPa and m degC, as the kernel's driver shows them. The last digits of the pressure are
    /// the sensor's noise.
    #[must_use]
    pub fn files(&self) -> Vec<(&'static str, String)> {
        let turn = std::f64::consts::TAU * self.time / Self::PERIOD.value();
        let noise = 0.002 * (self.time * 7.3).sin();
        let pressure = Self::MEAN + Self::SWING * turn.sin() + noise;
        vec![
            ("name", "bmp280".to_owned()),
            ("in_pressure_input", format!("{pressure:.6}")),
            ("in_temp_input", format!("{:.0}", Self::TEMPERATURE)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weather_stays_within_its_swing_and_moves() {
        let mut barometer = Barometer::new();
        let pressure = |barometer: &Barometer| barometer.files()[1].1.parse::<f64>().unwrap();
        let first = pressure(&barometer);
        let mut farthest = 0.0_f64;
        for _ in 0..3600 {
            barometer.step(1.0);
            farthest = farthest.max((pressure(&barometer) - first).abs());
        }
        assert!((0.55..0.65).contains(&farthest), "{farthest} kPa");
    }
}
