// SPDX-License-Identifier: MIT OR Apache-2.0
//! One newtype per unit, so that a pressure cannot be passed where a flow is wanted.

macro_rules! unit {
    ($($(#[$doc:meta])* $name:ident, $unit:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
        pub struct $name(pub f64);

        impl $name {
            /// Zero of this unit.
            pub const ZERO: Self = Self(0.0);

            /// The bare number, in the unit that the type names.
            #[must_use]
            pub const fn value(self) -> f64 { self.0 }

            /// Not an infinity and not NaN.
            #[must_use]
            pub const fn is_finite(self) -> bool { self.0.is_finite() }

            /// The distance from zero.
            #[must_use]
            pub const fn abs(self) -> Self { Self(self.0.abs()) }

            /// The smaller of two; the other one if one is NaN.
            #[must_use]
            pub const fn min(self, other: Self) -> Self { Self(self.0.min(other.0)) }

            /// The larger of two; the other one if one is NaN.
            #[must_use]
            pub const fn max(self, other: Self) -> Self { Self(self.0.max(other.0)) }

            /// Brought into `low..=high`; `low` wins where the two cross.
            #[must_use]
            pub const fn within(self, low: Self, high: Self) -> Self { self.min(high).max(low) }
        }

        impl core::ops::Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self { Self(self.0 + other.0) }
        }

        impl core::ops::Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self { Self(self.0 - other.0) }
        }

        impl core::ops::Neg for $name {
            type Output = Self;
            fn neg(self) -> Self { Self(-self.0) }
        }

        impl core::ops::Mul<f64> for $name {
            type Output = Self;
            fn mul(self, factor: f64) -> Self { Self(self.0 * factor) }
        }

        impl core::ops::Div<$name> for $name {
            type Output = f64;
            fn div(self, other: Self) -> f64 { self.0 / other.0 }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(&self.0, f)?;
                f.write_str($unit)
            }
        }
    )*};
}

unit! {
    /// Blood flow in L/min, positive towards the patient.
    LitresPerMinute, " L/min";
    /// Sweep gas flow in L/min at the device's standard conditions.
    GasLitresPerMinute, " L/min";
    /// Gauge pressure in mmHg.
    MmHg, " mmHg";
    /// Rotational speed in revolutions per minute.
    Rpm, " rpm";
    /// Temperature in degrees Celsius.
    Celsius, " degC";
    /// A fraction in percent.
    Fraction, " %";
    /// Electric current in amperes.
    Amperes, " A";
    /// Electric potential in volts.
    Volts, " V";
    /// A duration in seconds, for rates and filters; points in time are [`crate::Monotonic`].
    Seconds, " s";
    /// A rate per second of whatever it belongs to.
    PerSecond, " /s";
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn within_keeps_the_low_bound_where_the_bounds_cross() {
        assert_eq!(Rpm(50.0).within(Rpm(100.0), Rpm(80.0)), Rpm(100.0));
        assert_eq!(Rpm(90.0).within(Rpm(10.0), Rpm(80.0)), Rpm(80.0));
    }

    #[test]
    fn a_nan_never_survives_a_bound() {
        assert_eq!(MmHg(f64::NAN).within(MmHg(-10.0), MmHg(10.0)), MmHg(10.0));
    }

    #[test]
    fn units_are_shown() {
        assert_eq!(std::format!("{:.1}", LitresPerMinute(4.0)), "4.0 L/min");
        assert_eq!(MmHg(-40.0).to_string(), "-40 mmHg");
    }
}
