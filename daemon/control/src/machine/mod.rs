// SPDX-License-Identifier: MIT OR Apache-2.0
//! The states of the console and the only ways between them.
//!
//! ```text
//!        boot: cold, or not supporting                       boot: supporting
//!                  |                                                |
//!                  v                 take_over                      v
//!         Standby::Watching -----------------------.        Drive::Awaiting
//!                  | settle  ^                     |                | take_up
//!                  v         | pump_back           v                v
//!         Standby::Idle ----- start ------> Support: Drive::Driving <---- pump_back ---- Drive::Lost
//!                                             ^    |   ^  |                                   ^
//!         Standby::Stopped -- start ----------'    |   |  '------------- pump_lost -----------'
//!                  ^                               |   |
//!                  |                  confirm_stop |   | go_on (withdrawn, or started again)
//!                  |                               v   |
//!                  '--------- finish_stop ------- Stopping
//! ```
//!
//! The boxes are the variants of `Phase`, `Standby` and `Drive` (in `phase`); the arrows are functions of the same
//! names (in `transitions`), each of which records its cause in [`Outputs::transition`]. What an operator asks for
//! is checked in `requests` before an arrow is taken. One arrow is not drawn: a host that missed the end of a stop
//! leads by `pump_back` from `Stopped` to `Stopping` again.
//!
//! What holds everywhere: nothing but `confirm_stop` makes the speed fall to zero; nothing is demanded of a pump
//! before it is known whether it runs; without its host the demand stands still.

mod adopt;
mod advance;
mod alarm_requests;
mod keys;
mod line;
mod phase;
mod requests;
mod transitions;
mod zeroing;

use crate::alarms::Engine;
use crate::control::{self, LONGEST_STEP};
use crate::estimators::{Estimators, estimate_flow};
use crate::interventions::Interventions;
use crate::signals::{Collector, Pipeline, usable};
use crate::{
    ActiveLimit, AlarmTable, Annunciation, Boot, ClampDemands, ClampLinks, Estimates, EstimatorMemory, Fact,
    Inputs, InterventionMemory, InterventionStatus, MAX_SIGNALS, Mode, Outputs, Refusal, Request, Role,
    Settings, SettingsProblem, State, StopState, Transition, TransitionCause, Zeroing,
};
use ecmod_quantities::{LitresPerMinute, Monotonic, PerSecond, Reading, Rpm, Seconds, Span};
use phase::{Drive, Link, Phase, Standby, Support};

/// No pump turns faster; what is beyond is no speed.
const FASTEST: Rpm = Rpm(20_000.0);

/// The pure core: settings and boot in, then ticks and requests.
#[derive(Debug, Clone)]
pub struct Core {
    settings: Settings,
    pipeline: Pipeline,
    estimators: Estimators,
    interventions: Interventions,
    alarms: Engine,
    keys: [keys::Key; 3],
    /// By signal index, a bit each.
    stuck_keys: u64,
    /// The self-test failed, and nobody has overridden it.
    is_unfit: bool,
    phase: Phase,
    link: Link,
    line: line::DriveLine,
    clamps: ClampLinks,
    /// Samples for the zeroing that is going on.
    collector: Collector,
    last_tick: Option<Monotonic>,
    /// Zeroings begun so far.
    zeroings: u32,
    /// Stops requested so far; part of the tokens.
    stops: u64,
    outputs: Outputs,
}

impl Core {
    /// A core for these settings.
    ///
    /// # Errors
    /// What is wrong with the settings ([`Settings::check`]).
    pub fn new(settings: Settings, boot: Boot) -> Result<Self, SettingsProblem> {
        settings.check()?;
        let mut core = Self {
            settings,
            pipeline: Pipeline::new(&settings),
            estimators: Estimators::new(&settings, &EstimatorMemory::default()),
            interventions: Interventions::new(&settings, &InterventionMemory::NOTHING),
            alarms: Engine::new(),
            keys: Self::keys_unknown(),
            stuck_keys: 0,
            is_unfit: false,
            phase: Phase::Standby(Standby::Watching),
            link: Link::Absent,
            line: line::DriveLine::NEW,
            clamps: ClampLinks::default(),
            collector: Collector::new(Monotonic(0)),
            last_tick: None,
            zeroings: 0,
            stops: 0,
            outputs: at_boot(&settings),
        };
        if let Boot::Resume(resume) = boot {
            core.recall(&resume);
        }
        core.publish(Monotonic(0));
        Ok(core)
    }

    /// One control period. `now` is the time at which the inputs were read.
    pub fn tick(&mut self, inputs: &Inputs<'_>, now: Monotonic) -> &Outputs {
        let elapsed = self.last_tick.map_or(Span::ZERO, |last| now.since(last)).min(LONGEST_STEP);
        self.last_tick = Some(now);
        self.outputs.tick = self.outputs.tick.wrapping_add(1);
        self.outputs.now = now;
        let Outputs { readings, active_source, .. } = &mut self.outputs;
        self.pipeline.tick(&self.settings, inputs.sources, now, readings, active_source);
        self.outputs.flow_estimate = estimate_flow(
            self.settings.preset,
            &self.reading(Role::PumpSpeed),
            &self.reading(Role::VenousPressure),
            &self.reading(Role::PreMembranePressure),
        );
        let view = advance::view(&self.pipeline, &self.outputs);
        self.outputs.estimates = self.estimators.step(&self.settings, &view);
        self.clamps = inputs.clamps;
        self.is_unfit = inputs.facts.has(Fact::SelfTestFailed) && !inputs.facts.has(Fact::SelfTestOverridden);
        self.zero(inputs.sources, now);
        self.note_link(inputs.pump, now);
        self.line.listen(&self.settings, self.link, inputs.sources, now);
        self.advance(Seconds(elapsed.seconds()), now);
        self.press_keys(now);
        self.publish(now);
        self.find_alarms(inputs, now);
        &self.outputs
    }

    /// Something an operator asks for, decided at once; [`Core::outputs`] shows the effect.
    ///
    /// # Errors
    /// Why it was refused; nothing has changed then.
    pub fn request(&mut self, request: Request, now: Monotonic) -> Result<(), Refusal> {
        self.decide(request, now)?;
        self.publish(now);
        self.show_alarms();
        Ok(())
    }

    /// What the driver of a source says of the fastest change that is physically possible, in the unit of the source,
    /// per second. It counts where the settings of a signal say nothing. To be told when a driver is met; `None`, or
    /// what is not positive and finite: it says nothing.
    pub fn declare_slew(&mut self, source: u16, slew: Option<PerSecond>) {
        self.pipeline.declare_slew(&self.settings, source, slew);
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

    fn reading(&self, role: Role) -> Reading {
        self.pipeline.reading(role, &self.outputs.readings)
    }

    /// The speed that the pump is known to have.
    fn measured_speed(&self) -> Option<Rpm> {
        usable(&self.reading(Role::PumpSpeed)).ok().map(Rpm).and_then(phase::plausible)
    }

    /// Shows the phase in the outputs.
    fn publish(&mut self, now: Monotonic) {
        let mode = self.outputs.mode;
        let out = &mut self.outputs;
        (out.state, out.pump_speed, out.stop) = match &self.phase {
            Phase::Standby(Standby::Watching | Standby::Idle) => (State::Standby, None, StopState::None),
            Phase::Standby(Standby::Stopped) => (State::Standby, Some(Rpm::ZERO), StopState::None),
            Phase::Support(support) => {
                let stop = support.stop.filter(|stop| stop.counts(now));
                let stop = stop.map_or(StopState::None, |stop| stop.shown());
                out.mode = support.drive.mode();
                (State::Support(out.mode), support.drive.applied(), stop)
            }
            Phase::Stopping(stopping) => (State::Support(mode), Some(stopping.applied), StopState::Ramping),
        };
        out.fallback = match &self.phase {
            Phase::Support(Support { drive: Drive::Driving { applied, controllers }, .. }) => {
                let (mode, setpoint) = (controllers.mode(), out.speed_setpoint);
                self.interventions.fallback(mode, *applied, setpoint, &self.settings)
            }
            Phase::Support(Support { drive: Drive::Awaiting { .. } | Drive::Lost { .. }, .. })
            | Phase::Standby(_)
            | Phase::Stopping(_) => None,
        };
        out.interventions = self.interventions.statuses(&self.settings, out.estimates.floor);
        out.intervention_memory = self.interventions.remember();
        out.estimator_memory = self.estimators.remember();
    }
}

/// Before anything is known: the first start goes to the floor, and not to a flow that nobody chose.
fn at_boot(settings: &Settings) -> Outputs {
    Outputs {
        tick: 0,
        now: Monotonic(0),
        state: State::Standby,
        mode: Mode::Speed,
        pump_speed: None,
        fallback: None,
        speed_setpoint: control::floor(settings),
        flow_setpoint: LitresPerMinute::ZERO,
        sweep_gas_flow: None,
        clamps: ClampDemands::default(),
        alarms: AlarmTable { transport: settings.alarms.transport, ..AlarmTable::EMPTY },
        limits: settings.first_limits(settings.alarms.class),
        class: settings.alarms.class,
        alarm_lamp: Annunciation::None,
        alarm_sound: Annunciation::None,
        zeroing: Zeroing::default(),
        active_limit: ActiveLimit::None,
        stop: StopState::None,
        interventions: InterventionStatus::all_off(),
        estimates: Estimates::none(control::floor(settings)),
        intervention_memory: InterventionMemory::NOTHING,
        estimator_memory: EstimatorMemory::default(),
        transition: Transition { cause: TransitionCause::Boot, at: Monotonic(0), count: 0 },
        flow_estimate: Reading::NO_DATA,
        readings: [Reading::NO_DATA; MAX_SIGNALS],
        active_source: [None; MAX_SIGNALS],
    }
}
