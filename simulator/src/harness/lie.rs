// SPDX-License-Identifier: MIT OR Apache-2.0
//! A source that does not say what is true, behind the back of everybody who could notice: its driver, its line.

use crate::random::Noise;
use ecmod_quantities::{Cause, Monotonic};

/// How a source lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Lie {
    /// It is silent.
    Silent,
    /// It says that it has nothing, and why.
    Bad(Cause),
    /// It repeats its last value, as if it had measured it anew.
    Frozen,
    /// It says this, whatever is true.
    Always(f64),
    /// It is off by so much.
    Offset(f64),
    /// It is off by this factor.
    Factor(f64),
    /// It drifts off by so much in a second.
    Drift(f64),
    /// It has noise of this standard deviation.
    Noise(f64),
    /// It spikes by so much, with this probability per sample.
    Spikes(f64, f64),
}

/// A lie with its memory.
#[derive(Debug, Clone)]
pub(super) struct Liar {
    lie: Lie,
    since: Monotonic,
    last: Option<f64>,
}

/// What becomes of a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Told {
    Nothing,
    Value(f64),
    Bad(Cause),
}

impl Liar {
    /// `last` is what the source said last.
    pub(super) const fn new(lie: Lie, last: Option<f64>, since: Monotonic) -> Self {
        Self { lie, since, last }
    }

    /// What it says where this is true.
    pub(super) fn tell(&mut self, truth: f64, now: Monotonic, noise: &mut Noise) -> Told {
        Told::Value(match self.lie {
            Lie::Silent => return Told::Nothing,
            Lie::Bad(cause) => return Told::Bad(cause),
            Lie::Frozen => *self.last.get_or_insert(truth),
            Lie::Always(value) => value,
            Lie::Offset(by) => truth + by,
            Lie::Factor(factor) => truth * factor,
            Lie::Drift(per_s) => truth + per_s * now.since(self.since).seconds(),
            Lie::Noise(deviation) => truth + deviation * noise.normal(),
            Lie::Spikes(by, probability) if noise.chance(probability) => truth + by,
            Lie::Spikes(..) => truth,
        })
    }
}
