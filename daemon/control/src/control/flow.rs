// SPDX-License-Identifier: MIT OR Apache-2.0
//! The flow controller: a PI controller from flow to speed, for Flow and ZeroFlow modes.
//!
//! It computes once per flow *sample* and holds between them, so that it is right for a 10 Hz flow meter under a
//! 1 to 20 ms tick. Incremental form: `target = applied + Kp (e - e_last) + Ki e dt`. The base is the speed that was
//! really applied, so slew, limits and overrides cannot wind it up, and it takes over bumplessly from anything.
//!
//! # A beginning is no disturbance
//! A speed that is taken over contains the answer to the noise of the last sample before: were the noise of the next ones
//! answered at once, the two would add up, and a restart would show as more than the pump's own ripple. So the proportional
//! part begins with a dead zone of the size of that noise, which closes within [`ENGAGING`]. The integral part has none, and
//! an error that is larger than noise is answered at once.
//!
//! # Samples that get lost
//! A sample is the mean of one period of the meter. When its neighbours are lost, nothing is known of their time, and its
//! noise must not be integrated in their place: it counts for the meter's own period (`pace`), and no longer. The integral
//! is slower then, as it should be with less known, and the speed is no more restless than with all samples.
//!
//! ```text
//!  begin, below the lowest speed        begin, else
//!            |                              |
//!            v       reached the floor      v     signal lost
//!          RunUp ----------------------> Regulating --------> Holding
//!            |                              ^                    |
//!            +--signal lost--> Holding      +---good for 500 ms--+
//! ```

use super::given::GivenBack;
use super::pace::Pace;
use super::suction::Suction;
use super::{FlowEvent, Situation};
use crate::signals::usable;
use crate::{ActiveLimit, Settings};
use ecmod_quantities::{LitresPerMinute, Monotonic, Rpm, Span};

/// The longest period of a flow meter that is integrated over.
const LONGEST_GAP: Span = Span::from_millis(300);
/// How long the signal must be good before it is controlled by again.
const RECOVERY: Span = Span::from_millis(500);
/// So far a sample of a steady flow may lie from it: three standard deviations of a 100 ms mean, and a margin `[C]`.
const NOISE: LitresPerMinute = LitresPerMinute(0.05);
/// How long after its beginning the controller answers noise with less than all of its proportional part `[C]`.
const ENGAGING: Span = Span::from_secs(4);
/// Bounds of the gain schedule, as factors on the nominal gains.
const LEAST_GAIN: f64 = 0.2;
const MOST_GAIN: f64 = 2.0;

/// The state of the controller.
#[derive(Debug, Clone)]
pub(crate) struct FlowController {
    phase: Phase,
    lowest: Rpm,
    floor: Rpm,
    regulator: Regulator,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    /// From a speed at which nothing could flow up to the floor, open loop.
    RunUp,
    /// Closed loop.
    Regulating,
    /// The flow is not known, or nobody answers on the drive's line: this speed is held.
    Holding { speed: Rpm, good_since: Option<Monotonic>, why: Why },
}

/// Why the speed is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// The flow is not known.
    Flow,
    /// It is not known whether the drive hears: what nobody follows must not be wound up.
    Drive,
}

/// What has to be said about the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    Free,
    AtMaximum,
    AtFloor,
    Suction,
    /// Against this pressure the speed is not raised.
    Pressed(ActiveLimit),
    Lost,
    DriveSilent,
}

#[derive(Debug, Clone)]
struct Regulator {
    /// The setpoint as the controller sees it: it ramps from the flow there was.
    reference: LitresPerMinute,
    /// The latest sample that was used.
    last: Option<Sample>,
    /// When the first one was.
    begun: Option<Monotonic>,
    /// How often they come while none is lost.
    pace: Pace,
    given: GivenBack,
    target: Rpm,
    condition: Condition,
    suction: Suction,
}

#[derive(Debug, Clone, Copy)]
struct Sample {
    sequence: u64,
    at: Monotonic,
    /// What the proportional part answers of the error.
    answered: LitresPerMinute,
}

impl FlowController {
    /// Goes on from this speed. Below `lowest` it first runs up to the floor.
    pub(crate) fn begin(applied: Rpm, lowest: Rpm, floor: Rpm) -> Self {
        let phase = if applied < lowest { Phase::RunUp } else { Phase::Regulating };
        Self { phase, lowest, floor, regulator: Regulator::new(applied) }
    }

    /// The target of this tick.
    pub(crate) fn step(
        &mut self,
        goal: LitresPerMinute,
        applied: Rpm,
        situation: &Situation<'_>,
    ) -> (Rpm, Condition, Option<FlowEvent>) {
        let flow = usable(&situation.flow).map(LitresPerMinute);
        let flow = match (flow, situation.drive_silent) {
            (Ok(flow), false) => flow,
            (Ok(_), true) => return self.hold(Why::Drive, applied, situation.undisturbed),
            (Err(_), _) => return self.hold(Why::Flow, applied, situation.undisturbed),
        };
        let mut event = None;
        match self.phase {
            Phase::Holding { speed, good_since, why } => {
                let since = good_since.unwrap_or(situation.now);
                if situation.now.since(since) < RECOVERY {
                    self.phase = Phase::Holding { speed, good_since: Some(since), why };
                    return (speed, why.condition(), None);
                }
                *self = Self::begin(applied, self.lowest, self.floor);
                event = (why == Why::Flow).then_some(FlowEvent::Back);
            }
            Phase::RunUp if applied >= self.floor => {
                *self = Self { phase: Phase::Regulating, regulator: Regulator::new(applied), ..*self };
            }
            Phase::RunUp | Phase::Regulating => {}
        }
        if self.phase == Phase::RunUp {
            return (self.floor, Condition::Free, event);
        }
        self.regulator.follow(goal, flow, situation);
        self.regulator.take(flow, applied, self.lowest, situation);
        (self.regulator.target, self.regulator.condition, event)
    }

    /// Hold the speed there is (but not one at which blood could run back, and not one that an intervention has lowered
    /// for a while).
    fn hold(
        &mut self,
        why: Why,
        applied: Rpm,
        undisturbed: Option<Rpm>,
    ) -> (Rpm, Condition, Option<FlowEvent>) {
        let there = undisturbed.map_or(applied, |before| before.max(applied));
        let lost = (why == Why::Flow).then_some(FlowEvent::Lost);
        let (speed, event, why) = match self.phase {
            // A flow that is lost while the drive is silent is worth a word, and one that is lost already stays lost.
            Phase::Holding { speed, why: Why::Drive, .. } => (speed, lost, why),
            Phase::Holding { speed, why: Why::Flow, .. } => (speed, None, Why::Flow),
            Phase::RunUp => (there.max(self.floor), lost, why),
            Phase::Regulating => (there.max(self.lowest), lost, why),
        };
        self.phase = Phase::Holding { speed, good_since: None, why };
        (speed, why.condition(), event)
    }
}

impl Why {
    const fn condition(self) -> Condition {
        match self {
            Self::Flow => Condition::Lost,
            Self::Drive => Condition::DriveSilent,
        }
    }
}

impl Regulator {
    const fn new(applied: Rpm) -> Self {
        Self {
            reference: LitresPerMinute::ZERO,
            last: None,
            begun: None,
            pace: Pace::NEW,
            given: GivenBack::NEW,
            target: applied,
            condition: Condition::Free,
            suction: Suction::new(),
        }
    }

    /// Moves the reference. It begins at the flow there is; backward flow is to end at once.
    fn follow(&mut self, goal: LitresPerMinute, flow: LitresPerMinute, situation: &Situation<'_>) {
        if self.last.is_none() {
            self.reference = flow.max(LitresPerMinute::ZERO);
        }
        let step = situation.settings.flow.ramp * situation.elapsed.value();
        self.reference = goal.within(self.reference - step, self.reference + step);
    }

    /// Computes a new target, if there is a new sample.
    fn take(&mut self, flow: LitresPerMinute, applied: Rpm, lowest: Rpm, situation: &Situation<'_>) {
        let (settings, reading) = (situation.settings, &situation.flow);
        let (at, error) = (reading.acquired(), self.reference - flow);
        let begun = *self.begun.get_or_insert(at);
        let sample =
            Sample { sequence: reading.sequence(), at, answered: beyond_noise(error, at.since(begun)) };
        let Some(last) = self.last else {
            self.last = Some(sample);
            return;
        };
        if sample.sequence == last.sequence {
            return;
        }
        self.last = Some(sample);
        let gain = scheduled(settings, applied, flow);
        let proportional =
            gain * settings.flow.gains.proportional * (sample.answered - last.answered).value();
        let elapsed = self.pace.counts_for(sample.at.since(last.at).min(LONGEST_GAP));
        let integral = gain * settings.flow.gains.integral * error.value() * elapsed.value();
        let wanted = applied + Rpm(proportional + integral);
        let nominal = settings.preset.nominal_sensitivity();
        let short = self.reference - flow;
        let given = self.given.take(situation.owed, applied, short, situation.now);
        let ceiling = self.suction.observe(sample.at, applied, flow, nominal, given);
        // A vein that chatters gives no more for more speed.
        let ceiling = if situation.chatters {
            Some(ceiling.map_or(applied, |ceiling| ceiling.min(applied)))
        } else {
            ceiling
        };
        // Past the limit of a pressure it goes as far as it is given back, and no further.
        let pressed = situation.pressed.map(|limit| (applied.max(given.unwrap_or(applied)), limit));
        (self.target, self.condition) = match ceiling {
            Some(ceiling) if wanted > ceiling && pressed.is_none_or(|(most, _)| ceiling <= most) => {
                (ceiling.max(lowest), Condition::Suction)
            }
            Some(_) | None if pressed.is_some_and(|(most, _)| wanted > most) => pressed
                .map_or((wanted, Condition::Free), |(most, limit)| {
                    (most.max(lowest), Condition::Pressed(limit))
                }),
            Some(_) | None if wanted > settings.speed.maximum => {
                (settings.speed.maximum, Condition::AtMaximum)
            }
            Some(_) | None if wanted < lowest => (lowest, Condition::AtFloor),
            Some(_) | None => (wanted, Condition::Free),
        };
    }
}

/// The error without what noise can explain, this long after the beginning.
fn beyond_noise(error: LitresPerMinute, engaged: Span) -> LitresPerMinute {
    let left = 1.0 - engaged.min(ENGAGING).seconds() / ENGAGING.seconds();
    let zone = NOISE * left;
    error - error.within(LitresPerMinute::ZERO - zone, zone)
}

/// The factor on the nominal gains: the pump's nominal sensitivity over the one where it runs.
fn scheduled(settings: &Settings, speed: Rpm, flow: LitresPerMinute) -> f64 {
    let here = settings.preset.sensitivity(speed, flow);
    let factor = settings.preset.nominal_sensitivity() / here.max(f64::MIN_POSITIVE);
    factor.clamp(LEAST_GAIN, MOST_GAIN)
}
