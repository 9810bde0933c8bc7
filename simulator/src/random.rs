// SPDX-License-Identifier: MIT OR Apache-2.0
//! The one source of chance: seeded, so that a run repeats bit for bit.
//!
//! SplitMix64 (Steele, Lea, Flood 2014) written out here rather than taken from a crate, because recorded runs must
//! stay the same when a dependency moves. Never use it for anything but noise.

/// A seeded stream of noise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noise {
    state: u64,
}

impl Noise {
    /// A stream that depends on `seed` alone.
    #[must_use]
    pub const fn seeded(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// One byte.
    pub const fn byte(&mut self) -> u8 {
        let [byte, ..] = self.bits().to_be_bytes();
        byte
    }

    /// Evenly spread in `0.0..1.0`.
    pub const fn uniform(&mut self) -> f64 {
        // 53 bits are exact in an f64.
        (self.bits() >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// True with this probability.
    pub const fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// About normal with mean 0 and standard deviation 1, never beyond 6 (twelve uniform numbers summed).
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_noise() {
        let (mut a, mut b, mut c) = (Noise::seeded(7), Noise::seeded(7), Noise::seeded(8));
        let of = |noise: &mut Noise| (0..50).map(|_| noise.bits()).collect::<Vec<_>>();
        assert_eq!(of(&mut a), of(&mut b));
        assert_ne!(of(&mut a), of(&mut c));
    }

    #[test]
    fn normal_noise_has_mean_zero_and_deviation_one() {
        let mut noise = Noise::seeded(1);
        let samples: Vec<f64> = (0..20_000).map(|_| noise.normal()).collect();
        let mean = samples.iter().sum::<f64>() / 20_000.0;
        let deviation = (samples.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 20_000.0).sqrt();
        assert!(mean.abs() < 0.03 && (deviation - 1.0).abs() < 0.03, "mean {mean}, deviation {deviation}");
    }
}
