// SPDX-License-Identifier: MIT OR Apache-2.0
//! The little mathematics that `core` lacks. Total: every input gives an output, the same on every machine.

/// The square root by Newton's method; 0 for anything that is not a positive finite number.
pub(crate) fn sqrt(x: f64) -> f64 {
    if !x.is_finite() || x < f64::MIN_POSITIVE {
        return 0.0;
    }
    // Halving the exponent gives a start within a factor of 1.5 of the root; five steps then reach the last bit.
    let mut root = f64::from_bits((x.to_bits() >> 1) + (1023 << 51));
    for _ in 0..5 {
        root = 0.5 * (root + x / root);
    }
    root
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::sqrt;

    #[test]
    fn the_square_root_is_that_of_the_standard_library() {
        let mut x = 1e-300;
        while x < 1e300 {
            assert!((sqrt(x) / x.sqrt() - 1.0).abs() < 1e-15, "{x}");
            x *= 1.37;
        }
        for odd in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(sqrt(odd).abs() < f64::MIN_POSITIVE);
        }
    }
}
