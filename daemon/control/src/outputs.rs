// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything that comes out of the core.

use crate::{
    ALARMS_KEPT, ActiveLimit, AlarmMemory, AlarmStatus, AlarmTable, Annunciation, AudioState, ClampDemands,
    Estimates, EstimatorMemory, Fallback, InterventionKind, InterventionMemory, InterventionStatus,
    KeptAlarm, Limits, MAX_SIGNALS, Mode, PatientClass, Resume, State, Zeroing,
};
use ecmod_quantities::{GasLitresPerMinute, LitresPerMinute, Monotonic, Reading, Rpm};

/// The result of a tick. Plain data: copy it into a ring and it is the snapshot that everybody else sees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outputs {
    /// Ticks since the core was made.
    pub tick: u64,
    /// The time that the tick was given.
    pub now: Monotonic,
    /// What the console is doing.
    pub state: State,
    /// The mode in force, or the one the next start will use.
    pub mode: Mode,
    /// The demand for the drive. `None` demands nothing: the drive goes on as it is.
    pub pump_speed: Option<Rpm>,
    /// What is to become of that demand without this core, if an intervention has lowered it for a while.
    pub fallback: Option<Fallback>,
    /// Where the speed is to go in Speed mode.
    pub speed_setpoint: Rpm,
    /// Where the flow is to go in Flow mode.
    pub flow_setpoint: LitresPerMinute,
    /// The operator's demand for the gas controller. `None` until one is set: the controller goes on as it is.
    pub sweep_gas_flow: Option<GasLitresPerMinute>,
    /// The operator's demands for the clamps.
    pub clamps: ClampDemands,
    /// The alarms.
    pub alarms: AlarmTable,
    /// The limits in force: for alarms and override controllers alike.
    pub limits: Limits,
    /// The class of patients whose preset was taken last.
    pub class: PatientClass,
    /// What the lamps shall show. To be written afresh after every tick.
    pub alarm_lamp: Annunciation,
    /// What the sounder shall sound. To be written afresh after every tick.
    pub alarm_sound: Annunciation,
    /// The zeroing that is going on, and how the latest one ended.
    pub zeroing: Zeroing,
    /// What keeps the pump from doing what the mode wants.
    pub active_limit: ActiveLimit,
    /// How far a stop has come.
    pub stop: StopState,
    /// What each intervention does, in the order of [`InterventionKind::ALL`].
    pub interventions: [InterventionStatus; InterventionKind::ALL.len()],
    /// What the estimators say.
    pub estimates: Estimates,
    /// What the state journal keeps of the interventions.
    pub intervention_memory: InterventionMemory,
    /// What the state journal keeps of the estimators.
    pub estimator_memory: EstimatorMemory,
    /// The latest change of state, with its cause.
    pub transition: Transition,
    /// Flow calculated from speed and pump head: uncertain with [`Cause::Estimated`], or bad with a cause.
    pub flow_estimate: Reading,
    /// By signal index as in the settings: what the console goes by.
    pub readings: [Reading; MAX_SIGNALS],
    /// By signal index: which of its sources is in use (0 is the preferred one). `None` if none, or a median.
    pub active_source: [Option<u8>; MAX_SIGNALS],
}

impl Outputs {
    /// What the state journal has to keep, so that a restarted core can go on. While a confirmed stop ramps down it
    /// says `supporting: false`: a restart then holds the speed it finds and does not raise it again.
    #[must_use]
    pub fn resume(&self) -> Resume {
        let supporting = match (self.state, self.stop) {
            (State::Standby, _) | (State::Support(_), StopState::Ramping) => false,
            (State::Support(_), StopState::None | StopState::Pending { .. }) => true,
        };
        let speed = match self.mode {
            Mode::Speed => self.speed_setpoint,
            Mode::Flow | Mode::ZeroFlow => {
                // Not the speed that an intervention has lowered for a while.
                let before = self.intervention_memory.undisturbed.map(|undisturbed| undisturbed.speed);
                before.or(self.pump_speed).unwrap_or(self.speed_setpoint)
            }
        };
        Resume {
            mode: self.mode,
            speed,
            flow: self.flow_setpoint,
            sweep_gas_flow: self.sweep_gas_flow,
            supporting,
            alarms: self.alarm_memory(),
            interventions: self.intervention_memory,
            estimators: self.estimator_memory,
        }
    }
}

impl Outputs {
    /// What this intervention does.
    #[must_use]
    pub fn intervention(&self, kind: InterventionKind) -> InterventionStatus {
        self.interventions.get(kind.index()).copied().unwrap_or(InterventionStatus::off(kind))
    }

    fn alarm_memory(&self) -> AlarmMemory {
        let mut alarms = [None; ALARMS_KEPT];
        for (place, status) in alarms.iter_mut().zip(self.alarms.iter()) {
            let AlarmStatus { alarm, priority, acknowledged, .. } = *status;
            *place = Some(KeptAlarm { alarm, priority, acknowledged });
        }
        AlarmMemory {
            limits: Some(self.limits),
            class: Some(self.class),
            off: self.alarms.off,
            paused_until: match self.alarms.audio {
                AudioState::Paused { until } => Some(until),
                AudioState::On => None,
            },
            transport: Some(self.alarms.transport),
            alarms,
        }
    }
}

/// How far a stop has come. Stopping takes two steps, because a stopped pump is the worst thing this console can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopState {
    /// Nobody asked.
    None,
    /// Asked for; [`crate::Request::ConfirmStop`] with this token stops the pump.
    Pending {
        /// To be given back.
        token: u32,
        /// Last moment at which it counts.
        expires: Monotonic,
    },
    /// Confirmed: the speed runs down with the slew limit.
    Ramping,
}

/// A change of state, with its cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// Why.
    pub cause: TransitionCause,
    /// When.
    pub at: Monotonic,
    /// How many there have been; two in one tick are noticed by it.
    pub count: u64,
}

/// Why the state changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransitionCause {
    /// The core was made.
    Boot,
    /// A running pump was found and taken over.
    TakenOver,
    /// Support goes on after a restart.
    Resumed,
    /// An operator started support.
    Started,
    /// An operator set the mode.
    ModeSet,
    /// An operator asked for a stop.
    StopRequested,
    /// An operator withdrew the stop.
    StopCancelled,
    /// An operator confirmed the stop.
    StopConfirmed,
    /// The speed reached zero after a confirmed stop.
    Stopped,
    /// The pump's host was lost.
    PumpLost,
    /// The pump's host is back.
    PumpBack,
    /// The flow signal was lost while it was needed.
    FlowLost,
    /// The flow signal is back, the controller goes on.
    FlowBack,
    /// Keys at the pump's host changed the speed while this core was away: Speed mode at that speed.
    LocalControl,
}

impl TransitionCause {
    /// The word in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Boot => "boot",
            Self::TakenOver => "taken_over",
            Self::Resumed => "resumed",
            Self::Started => "started",
            Self::ModeSet => "mode_set",
            Self::StopRequested => "stop_requested",
            Self::StopCancelled => "stop_cancelled",
            Self::StopConfirmed => "stop_confirmed",
            Self::Stopped => "stopped",
            Self::PumpLost => "pump_lost",
            Self::PumpBack => "pump_back",
            Self::FlowLost => "flow_lost",
            Self::FlowBack => "flow_back",
            Self::LocalControl => "local_control",
        }
    }
}
