// SPDX-License-Identifier: MIT OR Apache-2.0
//! How far a value may be trusted, and why not further.

/// How far a value may be trusted. The numbers are those of the driver ABI and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u32)]
pub enum Quality {
    /// Measured, fresh, in range.
    Good = 1,
    /// There is a value, but a stated cause lowers trust in it (for example an estimate).
    Uncertain = 2,
    /// There is no value.
    Bad = 3,
}

impl Quality {
    /// The quality with this ABI number, if there is one.
    #[must_use]
    pub const fn from_code(code: u32) -> Option<Self> {
        match code {
            1 => Some(Self::Good),
            2 => Some(Self::Uncertain),
            3 => Some(Self::Bad),
            _ => None,
        }
    }

    /// The ABI number.
    #[must_use]
    pub const fn code(self) -> u32 {
        self as u32
    }

    /// The word used on D-Bus, in logs and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Uncertain => "uncertain",
            Self::Bad => "bad",
        }
    }
}

macro_rules! causes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $name:literal;)*) => {
        /// Why a reading is not [`Quality::Good`]. The numbers are those of the driver ABI and never change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u32)]
        pub enum Cause { $($(#[$doc])* $variant = $code,)* }

        impl Cause {
            /// Every cause, in the order of its number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The cause with this ABI number, if there is one.
            #[must_use]
            pub const fn from_code(code: u32) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }

            /// The ABI number.
            #[must_use]
            pub const fn code(self) -> u32 { self as u32 }

            /// The word used on D-Bus, in logs and in JSON.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

causes! {
    /// Nothing is wrong.
    None = 0, "none";
    /// No sample has arrived since the start.
    NoData = 1, "no_data";
    /// The newest sample is older than the signal's longest age.
    Stale = 2, "stale";
    /// The device did not answer in time, or the driver exceeded its budget.
    Timeout = 3, "timeout";
    /// Frames arrived damaged: CRC, parity, framing, length.
    Communication = 4, "communication";
    /// The device answered with an error of its own.
    DeviceError = 5, "device_error";
    /// The sensor is unplugged, open or short.
    Disconnected = 6, "disconnected";
    /// The sensor is there but cannot measure (ultrasound coupling, reference lost, air).
    SignalLost = 7, "signal_lost";
    /// Outside the declared range, or the device reports overflow or underflow.
    OutOfRange = 8, "out_of_range";
    /// Not a finite number.
    NotFinite = 9, "not_finite";
    /// Changed faster than the signal physically can.
    Rate = 10, "rate";
    /// Redundant sources contradict each other.
    Disagreement = 11, "disagreement";
    /// The time stamp lies in the future or runs backwards.
    BadTime = 12, "bad_time";
    /// The driver failed, panicked or returned nonsense; the host is restarting it.
    DriverFault = 13, "driver_fault";
    /// The port's host process is gone or does not move.
    HostLost = 14, "host_lost";
    /// Not calibrated, not zeroed, or calibration is running.
    NotCalibrated = 15, "not_calibrated";
    /// Close to zero, where the sensor cannot tell the value well.
    NearZero = 16, "near_zero";
    /// Calculated from other signals, not measured.
    Estimated = 17, "estimated";
    /// The preferred source is bad; this is a redundant one.
    Redundant = 18, "redundant";
    /// The device is in a state in which it does not measure (starting, configuring, service).
    NotReady = 19, "not_ready";
    /// The device gives no further value than "saturated".
    Saturated = 20, "saturated";
    /// The value has not moved where a live sensor must.
    Frozen = 21, "frozen";
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn codes_go_there_and_back_and_names_are_unique() {
        for (index, cause) in Cause::ALL.iter().enumerate() {
            assert_eq!(Cause::from_code(cause.code()), Some(*cause));
            assert!(Cause::ALL.iter().skip(index + 1).all(|other| other.name() != cause.name()));
        }
        assert_eq!(Cause::from_code(u32::MAX), None);
        for quality in [Quality::Good, Quality::Uncertain, Quality::Bad] {
            assert_eq!(Quality::from_code(quality.code()), Some(quality));
        }
        assert_eq!(Quality::from_code(0), None);
    }
}
