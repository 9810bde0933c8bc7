// SPDX-License-Identifier: MIT OR Apache-2.0
//! When a setpoint is written. Pure.
//!
//! Only when one is demanded, and only when the device does not follow it already. A device that can be read back is
//! compared; one that cannot is told once, on change, and again after it was silent.

use ecmod_plugin::quantities::{Monotonic, Span};

/// A device that shows another setpoint than it was told is told again, but no more often than this.
const REPEAT_AFTER: Span = Span::from_secs(1);
/// After so many repeats something else decides the setpoint.
const MANY: u32 = 5;

/// What is known about the device's setpoint, L/min.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Setpoint {
    /// What the device follows: read back, or acknowledged where it cannot be read.
    held: Option<f64>,
    written: Option<(f64, Monotonic)>,
    repeats: u32,
}

impl Setpoint {
    /// What the device shows.
    pub const fn read_back(&mut self, setpoint: f64) {
        self.held = Some(setpoint);
    }

    /// The device was silent: it may have lost its setpoint with its supply.
    pub const fn forget(&mut self) {
        self.held = None;
        self.written = None;
    }

    /// The setpoint to write now for the demanded one, if any.
    #[must_use]
    pub fn to_write(&self, demanded: f64, now: Monotonic) -> Option<f64> {
        if self.held.is_some_and(|held| same(held, demanded)) {
            return None;
        }
        let again = self.written.is_some_and(|(last, _)| same(last, demanded));
        let too_soon = self.written.is_some_and(|(_, when)| now.since(when) < REPEAT_AFTER);
        (!(again && too_soon)).then_some(demanded)
    }

    /// The device acknowledged a write. If it cannot be read back, that is all there will ever be to know.
    pub fn acknowledged(&mut self, setpoint: f64, now: Monotonic, can_be_read: bool) {
        let again = self.written.is_some_and(|(last, _)| same(last, setpoint));
        self.repeats = if again { self.repeats.saturating_add(1) } else { 0 };
        self.written = Some((setpoint, now));
        if !can_be_read {
            self.held = Some(setpoint);
        }
    }

    /// Whether the device was told again and again and does not follow: true once, at the fifth repeat.
    #[must_use]
    pub const fn has_just_proved_deaf(&self) -> bool {
        self.repeats == MANY
    }
}

/// The same setpoint: a device keeps it as a float and may round it to its display, 0.2 % or 1 mL/min.
fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= (b.abs() * 0.002).max(0.001)
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Monotonic = Monotonic(1_000_000_000_000);

    fn after(ms: u64) -> Monotonic {
        T.plus(Span::from_millis(ms))
    }

    #[test]
    fn a_setpoint_that_the_device_follows_already_is_not_written() {
        let mut setpoint = Setpoint::default();
        setpoint.read_back(4.5);
        assert_eq!(setpoint.to_write(4.5, T), None);
        assert_eq!(setpoint.to_write(4.504, T), None, "rounded by the device");
        assert_eq!(setpoint.to_write(4.6, T), Some(4.6));
    }

    #[test]
    fn a_lost_write_is_repeated_but_not_faster_than_once_a_second() {
        let mut setpoint = Setpoint::default();
        setpoint.read_back(2.0);
        setpoint.acknowledged(4.5, T, true);
        assert_eq!(setpoint.to_write(4.5, after(100)), None);
        assert_eq!(setpoint.to_write(4.5, after(1000)), Some(4.5));
        assert_eq!(setpoint.to_write(3.0, after(100)), Some(3.0), "a new demand does not wait");
        setpoint.read_back(4.5);
        assert_eq!(setpoint.to_write(4.5, after(1000)), None);
    }

    #[test]
    fn a_device_that_cannot_be_read_back_is_told_once_and_again_after_silence() {
        let mut setpoint = Setpoint::default();
        assert_eq!(setpoint.to_write(0.0, T), Some(0.0));
        setpoint.acknowledged(0.0, T, false);
        assert_eq!(setpoint.to_write(0.0, after(60_000)), None);
        setpoint.forget();
        assert_eq!(setpoint.to_write(0.0, after(60_000)), Some(0.0));
    }

    #[test]
    fn a_device_that_never_follows_is_reported_once() {
        let mut setpoint = Setpoint::default();
        let mut reports = 0;
        for second in 0..20 {
            setpoint.acknowledged(4.5, after(second * 1000), true);
            setpoint.read_back(2.0);
            reports += u32::from(setpoint.has_just_proved_deaf());
        }
        assert_eq!(reports, 1);
    }
}
