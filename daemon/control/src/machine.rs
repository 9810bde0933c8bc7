// SPDX-License-Identifier: MIT OR Apache-2.0
//! The states of the console and the only ways between them.

use crate::{
    ActiveLimit, Boot, Inputs, LimiterStatus, Limiters, MAX_SIGNALS, Mode, Outputs, Refusal, Request,
    Settings, SettingsProblem, State, StopState, Transition, TransitionCause,
};
use ecmod_quantities::{LitresPerMinute, Monotonic, Reading};

/// The pure core: settings and boot in, then ticks and requests.
#[derive(Debug, Clone)]
pub struct Core {
    settings: Settings,
    outputs: Outputs,
}

impl Core {
    /// A core for these settings.
    ///
    /// # Errors
    /// What is wrong with the settings ([`Settings::check`]).
    pub fn new(settings: Settings, boot: Boot) -> Result<Self, SettingsProblem> {
        settings.check()?;
        let mode = match boot {
            Boot::Cold => Mode::Speed,
            Boot::Resume(resume) => resume.mode,
        };
        let outputs = Outputs {
            tick: 0,
            now: Monotonic(0),
            state: State::Standby,
            mode,
            pump_speed: None,
            speed_setpoint: settings.limits.floor,
            flow_setpoint: LitresPerMinute::ZERO,
            sweep_gas_flow: None,
            active_limit: ActiveLimit::None,
            stop: StopState::None,
            limiters: Limiters {
                venous: LimiterStatus::Off,
                pre_membrane: LimiterStatus::Off,
                arterial: LimiterStatus::Off,
            },
            transition: Transition { cause: TransitionCause::Boot, at: Monotonic(0), count: 0 },
            flow_estimate: Reading::NO_DATA,
            readings: [Reading::NO_DATA; MAX_SIGNALS],
            active_source: [None; MAX_SIGNALS],
        };
        Ok(Self { settings, outputs })
    }

    /// One control period. `now` is the time at which the inputs were read.
    pub fn tick(&mut self, inputs: &Inputs<'_>, now: Monotonic) -> &Outputs {
        self.outputs.tick = self.outputs.tick.wrapping_add(1);
        self.outputs.now = now;
        for (index, reading) in self.outputs.readings.iter_mut().enumerate() {
            let Some(Some(signal)) = self.settings.signals.get(index) else { continue };
            let source =
                signal.sources.iter().flatten().next().and_then(|s| inputs.sources.get(usize::from(s.index)));
            *reading = source.copied().unwrap_or(Reading::NO_DATA);
        }
        &self.outputs
    }

    /// Something an operator asks for, decided at once; [`Core::outputs`] shows the effect.
    ///
    /// # Errors
    /// Why it was refused; nothing has changed then.
    pub fn request(&mut self, _request: Request, _now: Monotonic) -> Result<(), Refusal> {
        Err(Refusal::PumpAbsent)
    }

    /// The outputs of the latest tick or request.
    #[must_use]
    pub const fn outputs(&self) -> &Outputs {
        &self.outputs
    }

    /// The settings that this core was made of.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }
}
