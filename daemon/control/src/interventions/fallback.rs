// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is to become of a lowered speed if this core is never heard of again.
//!
//! An intervention ends by this core's own doing. If its process dies in the middle of one, and does not come back, the pump's host holds the
//! lowered speed for want of anything better. So each demand that an intervention has lowered is accompanied by what the core would do at the end of
//! the longest duration: which speed, from when, how fast. The host does that by itself.
//!
//! It only ever gives back. A speed that is *raised* against backflow has no fallback: nothing bad comes of keeping it.

use super::item::{RETURN, SLOW_RETURN};
use super::{InterventionAction, InterventionKind, Interventions};
use crate::{Mode, Settings};
use ecmod_quantities::{Monotonic, Rpm};

/// A speed that is given back by less than this is not worth a word.
const NOTICEABLE: Rpm = Rpm(1.0);

/// What the pump's host is to do with the demand if it does not hear of the core any more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fallback {
    /// Until then the demand holds: when the last of the interventions that lower it ends at the latest. Of one that has ended and is
    /// giving the speed back, it has passed.
    pub until: Monotonic,
    /// Where the speed goes then.
    pub then: Rpm,
    /// By how much in a second.
    pub slew: Rpm,
}

impl Interventions {
    /// The fallback of this demand, if an intervention has lowered it. `setpoint` is what Speed mode wants.
    pub(crate) fn fallback(
        &self,
        mode: Mode,
        applied: Rpm,
        setpoint: Rpm,
        settings: &Settings,
    ) -> Option<Fallback> {
        let lowers = |kind: InterventionKind| !matches!(kind.action(), InterventionAction::Raise);
        let lowering = || self.items.iter().filter(|item| lowers(item.kind()) && item.bound().is_some());
        let before = self.undisturbed?.speed;
        lowering().next()?;
        let wanted = match mode {
            Mode::Speed => setpoint,
            // Where the flow controller would be is not known; where it was is.
            Mode::Flow | Mode::ZeroFlow => before,
        };
        let then = wanted.min(settings.speed.maximum);
        if then <= applied + NOTICEABLE {
            return None;
        }
        let until = lowering().filter_map(|item| item.episode.ends()).max().unwrap_or(Monotonic(0));
        let is_slow = lowering().any(|item| item.kind() == InterventionKind::Suction);
        let part = if is_slow { SLOW_RETURN } else { RETURN };
        Some(Fallback { until, then, slew: settings.speed.slew * part })
    }
}
