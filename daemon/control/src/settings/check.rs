// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a core can be made of settings. The configuration has been checked before with file and line; this is the
//! last look, so that the core may rely on its own numbers.

use super::{Settings, SignalSettings};
use crate::{InterventionKind, MAX_SOURCES, Role, ZeroPolicy};
use core::fmt;
use ecmod_quantities::{Quantity, Span};

/// Why no core can be made of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsProblem {
    /// The period is not 1 to 20 ms.
    Period,
    /// The speed limits are not `0 <= minimum < maximum <= 20 000 rpm` with a positive slew.
    Speed,
    /// The highest flow, a gain or the ramp of the flow controller is not positive.
    Flow,
    /// In a preset, limits are on the wrong side of each other.
    Limits,
    /// The floor is negative or above the highest speed.
    Floor,
    /// An intervention lasts too short or too long, or shall act and has no action.
    Intervention(InterventionKind),
    /// The highest sweep gas flow is not positive.
    SweepGas,
    /// A signal has no source, a gap between its sources, or an index beyond [`MAX_SOURCES`].
    Sources {
        /// Index of the signal.
        signal: usize,
    },
    /// A number of a signal is not finite, a range is empty, or a gain is zero.
    Numbers {
        /// Index of the signal.
        signal: usize,
    },
    /// A signal that is no pressure requires a zero.
    Zero {
        /// Index of the signal.
        signal: usize,
    },
    /// The quantity is not the one of the role.
    Quantity {
        /// Index of the signal.
        signal: usize,
    },
    /// Two signals have the same role.
    TwiceTheSameRole {
        /// Index of the second one.
        signal: usize,
    },
}

impl fmt::Display for SettingsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Period => f.write_str("the period must be 1 to 20 ms"),
            Self::Speed => {
                f.write_str("speed: 0 <= minimum < maximum <= 20000 rpm and a positive slew are needed")
            }
            Self::Flow => f.write_str("flow: maximum, gains and ramp must be positive"),
            Self::Limits => f.write_str("two limits of a preset are on the wrong side of each other"),
            Self::Floor => f.write_str("the floor must lie between 0 and the maximum speed"),
            Self::Intervention(kind) => {
                write!(
                    f,
                    "intervention {}: its durations are out of bounds, or it has no action",
                    kind.name()
                )
            }
            Self::SweepGas => f.write_str("the maximum sweep gas flow must be positive"),
            Self::Sources { signal } => {
                write!(f, "signal {signal}: its sources are missing, gapped or too many")
            }
            Self::Numbers { signal } => {
                write!(f, "signal {signal}: a number is not finite, a range empty or a gain zero")
            }
            Self::Zero { signal } => write!(f, "signal {signal}: only a pressure can require a zero"),
            Self::Quantity { signal } => write!(f, "signal {signal}: its quantity is not that of its role"),
            Self::TwiceTheSameRole { signal } => write!(f, "signal {signal}: its role is already taken"),
        }
    }
}

impl core::error::Error for SettingsProblem {}

impl Settings {
    /// Whether a core can be made of these settings.
    ///
    /// # Errors
    /// The first problem found.
    pub fn check(&self) -> Result<(), SettingsProblem> {
        let require = |fits: bool, problem| if fits { Ok(()) } else { Err(problem) };
        let (speed, flow, limits) = (&self.speed, &self.flow, &self.limits);
        require(
            (Span::from_millis(1)..=Span::from_millis(20)).contains(&self.period),
            SettingsProblem::Period,
        )?;
        require(
            0.0 <= speed.minimum.value()
                && speed.minimum < speed.maximum
                && speed.maximum.value() <= 20_000.0
                && positive(speed.slew.value()),
            SettingsProblem::Speed,
        )?;
        require(
            [flow.maximum.value(), flow.gains.integral, flow.ramp.value()].into_iter().all(positive)
                && flow.gains.proportional.is_finite()
                && flow.gains.proportional >= 0.0,
            SettingsProblem::Flow,
        )?;
        require(
            self.alarms.presets.iter().all(|preset| preset.conflict().is_none()),
            SettingsProblem::Limits,
        )?;
        require(0.0 <= limits.floor.value() && limits.floor <= speed.maximum, SettingsProblem::Floor)?;
        if let Some(kind) = self.interventions.problem() {
            return Err(SettingsProblem::Intervention(kind));
        }
        require(positive(self.sweep_gas_maximum.value()), SettingsProblem::SweepGas)?;
        self.check_signals()
    }

    fn check_signals(&self) -> Result<(), SettingsProblem> {
        for (index, signal) in self.signals.iter().enumerate() {
            let Some(signal) = signal else { continue };
            signal.check(index)?;
            let taken = |other: &SignalSettings| other.role == signal.role && signal.role != Role::Other;
            if self.signals.iter().take(index).flatten().any(taken) {
                return Err(SettingsProblem::TwiceTheSameRole { signal: index });
            }
        }
        Ok(())
    }
}

impl SignalSettings {
    fn check(&self, signal: usize) -> Result<(), SettingsProblem> {
        let given = self.sources.iter().flatten().count();
        let gapless = self.sources.iter().take(given).all(Option::is_some);
        let known = self.sources.iter().flatten().all(|source| usize::from(source.index) < MAX_SOURCES);
        if given == 0 || !gapless || !known {
            return Err(SettingsProblem::Sources { signal });
        }
        if self.role.quantity().is_some_and(|quantity| quantity != self.quantity) {
            return Err(SettingsProblem::Quantity { signal });
        }
        if self.zero == ZeroPolicy::Required && self.quantity != Quantity::Pressure {
            return Err(SettingsProblem::Zero { signal });
        }
        let calibrated = self.sources.iter().flatten().all(|source| {
            source.offset.is_finite()
                && source.gain.is_finite()
                && source.gain.abs() > 0.0
                && source.zero.is_none_or(f64::is_finite)
        });
        let ranged = self.minimum.is_finite() && self.maximum.is_finite() && self.minimum < self.maximum;
        let timed = self.filter.is_finite() && self.filter.value() >= 0.0 && self.longest_age > Span::ZERO;
        let slewed = self.max_slew.is_none_or(|slew| positive(slew.value()));
        let tolerant = self.tolerance.is_finite() && self.tolerance >= 0.0;
        if calibrated && ranged && timed && slewed && tolerant {
            Ok(())
        } else {
            Err(SettingsProblem::Numbers { signal })
        }
    }
}

fn positive(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LimitKind, PumpPreset, SourceSettings};
    use ecmod_quantities::{GasLitresPerMinute, LitresPerMinute, PerSecond, Rpm, Seconds};

    /// A problem, and how to get it.
    type Case<T> = (SettingsProblem, fn(&mut T));

    fn usual() -> Settings {
        let mut settings = Settings::for_pump(PumpPreset::RotaflowLike);
        settings.signals[3] = Some(SignalSettings::new(Role::BloodFlow, Quantity::BloodFlow, 0));
        settings.signals[4] = Some(SignalSettings::new(Role::Other, Quantity::Fraction, 1));
        settings.signals[5] = Some(SignalSettings::new(Role::Other, Quantity::Fraction, 1));
        settings
    }

    #[test]
    fn usual_settings_are_accepted_for_every_pump() {
        assert_eq!(usual().check(), Ok(()));
        for preset in PumpPreset::ALL {
            assert_eq!(Settings::for_pump(preset).check(), Ok(()));
        }
    }

    #[test]
    fn each_problem_of_the_whole_is_found() {
        use SettingsProblem::{Floor, Flow, Limits, Period, Speed, SweepGas};
        let cases: [Case<Settings>; 14] = [
            (Period, |s| s.period = Span::from_micros(999)),
            (Period, |s| s.period = Span::from_millis(21)),
            (Speed, |s| s.speed.minimum = Rpm(-1.0)),
            (Speed, |s| s.speed.maximum = s.speed.minimum),
            (Speed, |s| s.speed.maximum = Rpm(f64::NAN)),
            (Speed, |s| s.speed.slew = Rpm::ZERO),
            (Flow, |s| s.flow.maximum = LitresPerMinute(f64::INFINITY)),
            (Flow, |s| s.flow.gains.integral = 0.0),
            (Flow, |s| s.flow.gains.proportional = -1.0),
            (Flow, |s| s.flow.ramp = LitresPerMinute::ZERO),
            (Limits, |s| s.preset_limit(LimitKind::FlowLow, Some(7.5))),
            (Floor, |s| s.limits.floor = Rpm(5001.0)),
            (Floor, |s| s.limits.floor = Rpm(f64::NAN)),
            (SweepGas, |s| s.sweep_gas_maximum = GasLitresPerMinute::ZERO),
        ];
        for (problem, spoil) in cases {
            let mut settings = usual();
            spoil(&mut settings);
            assert_eq!(settings.check(), Err(problem));
        }
    }

    #[test]
    fn each_problem_of_a_signal_is_found_and_says_which() {
        let numbers = SettingsProblem::Numbers { signal: 3 };
        let sources = SettingsProblem::Sources { signal: 3 };
        let cases: [Case<SignalSettings>; 14] = [
            (sources, |s| s.sources = [None; 3]),
            (sources, |s| s.sources = [Some(SourceSettings::new(0)), None, Some(SourceSettings::new(1))]),
            (sources, |s| s.sources[0] = Some(SourceSettings::new(128))),
            (numbers, |s| {
                s.sources[0] = Some(SourceSettings { index: 0, offset: 0.0, gain: 0.0, zero: None })
            }),
            (numbers, |s| {
                s.sources[0] = Some(SourceSettings { index: 0, offset: f64::NAN, gain: 1.0, zero: None })
            }),
            (numbers, |s| {
                s.sources[0] = Some(SourceSettings { zero: Some(f64::NAN), ..SourceSettings::new(0) })
            }),
            (SettingsProblem::Zero { signal: 3 }, |s| s.zero = ZeroPolicy::Required),
            (numbers, |s| s.maximum = s.minimum),
            (numbers, |s| s.minimum = f64::NEG_INFINITY),
            (numbers, |s| s.longest_age = Span::ZERO),
            (numbers, |s| s.filter = Seconds(-1.0)),
            (numbers, |s| s.max_slew = Some(PerSecond::ZERO)),
            (numbers, |s| s.tolerance = f64::NAN),
            (SettingsProblem::Quantity { signal: 3 }, |s| s.quantity = Quantity::Pressure),
        ];
        for (problem, spoil) in cases {
            let mut settings = usual();
            spoil(settings.signals[3].as_mut().unwrap());
            assert_eq!(settings.check(), Err(problem));
        }
        let mut settings = usual();
        settings.signals[9] = settings.signals[3];
        assert_eq!(settings.check(), Err(SettingsProblem::TwiceTheSameRole { signal: 9 }));
    }
}
