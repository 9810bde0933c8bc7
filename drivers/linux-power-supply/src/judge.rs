// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the facts of one battery come to: its signals. Pure.
//!
//! The rule behind all of it: **a state of charge alone is no promise**. A battery whose electronics have disabled it for
//! good goes on saying how full it is. So charge and time to empty are good only while health vouches for the battery and
//! nothing contradicts the gauge; a battery that has failed has no charge at all.

use crate::config::Battery;
use crate::convert::{Condition, Status};
use crate::facts::{ContentUnit, Fact, Facts};
use crate::gauge::Movement;
use ecmod_plugin::quantities::Cause;

/// What a signal is to say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// Measured, and nothing speaks against it.
    Good(f64),
    /// Measured, and this speaks against it.
    Uncertain(f64, Cause),
    /// There is none.
    Bad(Cause),
}

impl From<Fact<f64>> for Value {
    fn from(fact: Fact<f64>) -> Self {
        match fact {
            Ok(value) => Self::Good(value),
            Err(cause) => Self::Bad(cause),
        }
    }
}

impl Value {
    /// The value, less trusted if there is a doubt.
    fn doubted(fact: Fact<f64>, doubt: Option<Cause>) -> Self {
        match (fact, doubt) {
            (Ok(value), Some(cause)) => Self::Uncertain(value, cause),
            (fact, _) => fact.into(),
        }
    }
}

/// The signals of one battery, in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// 1 if a battery is there.
    pub present: Value,
    /// 1 if the console can rely on it.
    pub usable: Value,
    /// %.
    pub charge: Value,
    /// s; only while it is discharged.
    pub time_to_empty: Value,
    /// V.
    pub voltage: Value,
    /// A; positive: it is charged.
    pub current: Value,
    /// degC.
    pub temperature: Value,
    /// Full charge today as a share of the design's, %.
    pub of_design: Value,
    /// [`Status`].
    pub status: Value,
    /// 1 if it takes charge, or is full.
    pub charging: Value,
    /// [`crate::convert::Health`].
    pub health: Value,
    /// Cycles.
    pub cycles: Value,
}

/// Below this, no battery answers: a gauge whose bus is dead can read as zeros and say that it is well.
const DEAD_VOLTAGE: f64 = 0.5;
/// Absolute zero, which is what zeros in a temperature register in 0.1 K become.
const DEAD_TEMPERATURE: f64 = -200.0;
/// The percentage and the ratio of the charges may differ by this much.
const LARGEST_DISAGREEMENT: f64 = 10.0;
/// A gauge that calls the level critical may show this much.
const CRITICAL_PERCENT: f64 = 10.0;
/// The gauge's time to empty and our own may differ by this factor.
const LARGEST_FACTOR: f64 = 2.0;
/// "For ever" in SBS: 65535 minutes, in seconds.
const FOREVER: f64 = 65_535.0 * 60.0;
/// No less is a load, A.
const SMALLEST_LOAD: f64 = 0.01;

/// All signals of a battery.
#[must_use]
pub fn judge(facts: &Facts, battery: &Battery, movement: Movement) -> Verdict {
    if !facts.folder || facts.present == Ok(false) {
        return absent(facts);
    }
    let dead = facts.voltage.is_ok_and(|volts| volts < DEAD_VOLTAGE)
        || facts.temperature.is_ok_and(|degrees| degrees < DEAD_TEMPERATURE);
    if dead {
        return all(Value::Bad(Cause::Communication));
    }
    let trust = trust(facts, battery, movement);
    let of_design = match (facts.content.full, facts.content.design) {
        (Ok(full), Ok(design)) if design > 0.0 => Ok(full / design * 100.0),
        (Ok(_), Ok(_)) => Err(Cause::NoData), // designed for nothing: never set up
        (Err(cause), _) | (_, Err(cause)) => Err(cause),
    };
    Verdict {
        present: Value::from(facts.present.or_else(seen).map(|present| f64::from(u8::from(present)))),
        usable: match trust {
            Trust::Full => Value::Good(1.0),
            Trust::Doubtful(cause) => Value::Uncertain(1.0, cause),
            Trust::Impaired | Trust::Failed => Value::Good(0.0),
            Trust::NotKnown(cause) => Value::Bad(cause),
        },
        charge: trust.apply(facts.capacity),
        time_to_empty: time_to_empty(facts, trust),
        voltage: facts.voltage.into(),
        current: facts.current.into(),
        temperature: facts.temperature.into(),
        of_design: Value::doubted(of_design, trust.doubt()),
        status: facts.status.map(Status::code).into(),
        charging: charging(facts),
        health: facts.health.map(crate::convert::Health::code).into(),
        cycles: facts.cycles.into(),
    }
}

/// A kernel's driver without `present` has a folder only while there is a battery.
const fn seen(cause: Cause) -> Fact<bool> {
    match cause {
        Cause::NoData => Ok(true),
        cause => Err(cause),
    }
}

/// Not there by the kernel's word, or nothing there that could say so: then nothing is known.
const fn absent(facts: &Facts) -> Verdict {
    let gone = all(Value::Bad(Cause::Disconnected));
    match facts.present {
        Ok(_) => Verdict { present: Value::Good(0.0), usable: Value::Good(0.0), ..gone },
        Err(_) => gone,
    }
}

const fn all(value: Value) -> Verdict {
    Verdict {
        present: value,
        usable: value,
        charge: value,
        time_to_empty: value,
        voltage: value,
        current: value,
        temperature: value,
        of_design: value,
        status: value,
        charging: value,
        health: value,
        cycles: value,
    }
}

/// Whether it takes charge, or needs none. Where the kernel's driver does not know, the current tells, if there is one.
fn charging(facts: &Facts) -> Value {
    match facts.status {
        Ok(Status::Charging | Status::Full) => Value::Good(1.0),
        Ok(Status::Discharging | Status::NotCharging) => Value::Good(0.0),
        Ok(Status::Unknown) => match facts.current {
            Ok(amperes) if amperes > SMALLEST_LOAD => Value::Uncertain(1.0, Cause::Estimated),
            Ok(amperes) if amperes < -SMALLEST_LOAD => Value::Uncertain(0.0, Cause::Estimated),
            Ok(_) => Value::Bad(Cause::NoData),
            Err(cause) => Value::Bad(cause),
        },
        Err(cause) => Value::Bad(cause),
    }
}

/// How far the gauge's promises may be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Vouched for and not contradicted.
    Full,
    /// Nothing vouches for it, or something contradicts.
    Doubtful(Cause),
    /// It may cut itself off.
    Impaired,
    /// It has failed.
    Failed,
    /// What would tell could not be read.
    NotKnown(Cause),
}

impl Trust {
    const fn doubt(self) -> Option<Cause> {
        match self {
            Self::Full => None,
            Self::Doubtful(cause) | Self::NotKnown(cause) => Some(cause),
            Self::Impaired | Self::Failed => Some(Cause::DeviceError),
        }
    }

    /// A promise of the gauge, as far as it may be believed.
    fn apply(self, promise: Fact<f64>) -> Value {
        match self {
            Self::Failed => Value::Bad(Cause::DeviceError),
            other => Value::doubted(promise, other.doubt()),
        }
    }
}

fn trust(facts: &Facts, battery: &Battery, movement: Movement) -> Trust {
    let condition = match facts.health {
        Ok(health) => Ok(health.condition()),
        Err(Cause::NoData) => Ok(Condition::Unproven), // this kernel's driver has no such file
        Err(cause) => Err(cause),
    };
    match (condition, facts.failed) {
        (Ok(Condition::Failed), _) | (_, Ok(true)) => Trust::Failed,
        (Ok(Condition::Impaired), _) => Trust::Impaired,
        (Err(cause), _) | (_, Err(cause)) => Trust::NotKnown(cause),
        (Ok(Condition::Uncalibrated), _) => Trust::Doubtful(Cause::NotCalibrated),
        // Flags that were read and are clear vouch for a battery as much as `health` does.
        (Ok(Condition::Unproven), Ok(false)) if battery.failure_flags.is_empty() => {
            Trust::Doubtful(contradiction(facts, battery, movement).unwrap_or(Cause::Estimated))
        }
        (Ok(Condition::Sound | Condition::Unproven), Ok(false)) => {
            contradiction(facts, battery, movement).map_or(Trust::Full, Trust::Doubtful)
        }
    }
}

/// What contradicts the percentage, if anything does.
fn contradiction(facts: &Facts, battery: &Battery, movement: Movement) -> Option<Cause> {
    let percent = facts.capacity.ok()?;
    let ratio = match (facts.content.now, facts.content.full) {
        (Ok(now), Ok(full)) if full > 0.0 => Some(now / full * 100.0),
        _ => None,
    };
    let low_voltage =
        battery.empty_voltage.is_some_and(|empty| facts.voltage.is_ok_and(|volts| volts < empty));
    if facts.error_margin.is_ok_and(|margin| margin > battery.error_margin) {
        Some(Cause::NotCalibrated)
    } else if ratio.is_some_and(|ratio| (ratio - percent).abs() > LARGEST_DISAGREEMENT)
        || facts.critical == Ok(true) && percent > CRITICAL_PERCENT
        || low_voltage && percent > CRITICAL_PERCENT
    {
        Some(Cause::Disagreement)
    } else if movement == Movement::Frozen {
        Some(Cause::Frozen)
    } else {
        None
    }
}

/// The gauge's own time and ours (what is left through what flows); the shorter one where they differ.
fn time_to_empty(facts: &Facts, trust: Trust) -> Value {
    let flows = facts.current_average.or(facts.current);
    let is_load = flows.is_ok_and(|amperes| amperes < -SMALLEST_LOAD);
    let discharging = match facts.status {
        Ok(Status::Discharging) => true,
        Ok(Status::Unknown) | Err(_) => is_load,
        Ok(Status::Charging | Status::NotCharging | Status::Full) => false,
    };
    if trust == Trust::Failed {
        return Value::Bad(Cause::DeviceError);
    }
    if !discharging {
        return Value::Bad(Cause::NotReady); // it does not run empty
    }
    let ours = match (facts.content.now, flows, facts.voltage) {
        (Ok(now), Ok(amperes), _) if is_load && facts.content.unit == ContentUnit::Charge => {
            Some(now / -amperes * 3600.0)
        }
        (Ok(now), Ok(amperes), Ok(volts)) if is_load && volts > 0.0 => {
            Some(now / (-amperes * volts) * 3600.0)
        }
        _ => None,
    };
    let theirs = facts.time_to_empty.ok().filter(|seconds| (0.0..FOREVER).contains(seconds));
    match (theirs, ours) {
        (Some(theirs), Some(ours)) if theirs > ours * LARGEST_FACTOR || ours > theirs * LARGEST_FACTOR => {
            Value::Uncertain(theirs.min(ours), Cause::Disagreement)
        }
        (Some(theirs), _) => trust.apply(Ok(theirs)),
        (None, Some(ours)) => Value::Uncertain(ours, trust.doubt().unwrap_or(Cause::Estimated)),
        (None, None) => Value::Bad(facts.time_to_empty.err().unwrap_or(Cause::NoData)),
    }
}
