// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the interventions together make of the speed, and which of them decides.

use super::item::{Item, gentle};
use super::{InterventionKind, KINDS};
use crate::ActiveLimit;
use ecmod_quantities::{Rpm, Seconds};

/// A bound that holds the speed back by less than this is not worth a word.
const NOTICEABLE: Rpm = Rpm(1.0);

/// What the interventions make of the speed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// The ceilings, and whether each may be reached by the slew instead of gently.
    pub(super) ceilings: [Option<(Rpm, Pace)>; KINDS],
    /// What is not undercut.
    pub(super) raise: Option<Rpm>,
    /// Which of them decides, if one does.
    pub(crate) limit: Option<ActiveLimit>,
}

/// How fast a ceiling lowers the speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// 10 % of it per second.
    Gentle,
    /// By the slew.
    Brisk,
}

impl Bounds {
    /// The next speed: towards the target, no higher than any ceiling, no lower than what is raised; each no faster
    /// than it may.
    pub(crate) fn apply(&self, applied: Rpm, target: Rpm, slew: Rpm, elapsed: Seconds) -> Rpm {
        let mut next = target.within(applied - slew, applied + slew);
        for (ceiling, pace) in self.ceilings.into_iter().flatten() {
            let down = match pace {
                Pace::Gentle => gentle(applied, elapsed).min(slew),
                Pace::Brisk => slew,
            };
            next = next.min(ceiling.within(applied - down, applied + slew));
        }
        match self.raise {
            Some(raise) => next.max(raise.min(applied + slew)),
            None => next,
        }
    }
}

/// The one that decides: the lowest ceiling that holds the speed back, else the one that raises it.
pub(super) fn active_limit(items: &[Item], target: Rpm) -> Option<ActiveLimit> {
    let bounds = items.iter().filter_map(|item| Some((item, item.bound()?)));
    let mut lowest: Option<(Rpm, InterventionKind)> = None;
    let mut raised = None;
    for (item, bound) in bounds {
        if item.kind() == InterventionKind::Backflow {
            raised = (bound > target + NOTICEABLE).then_some(ActiveLimit::Backflow);
            continue;
        }
        let holds = bound + NOTICEABLE < target || item.acts();
        if holds && lowest.is_none_or(|(least, _)| bound < least) {
            lowest = Some((bound, item.kind()));
        }
    }
    let named = lowest.and_then(|(_, kind)| match kind {
        InterventionKind::GrossAir => Some(ActiveLimit::GrossAir),
        InterventionKind::Suction => Some(ActiveLimit::Suction),
        InterventionKind::VenousPressureLow => Some(ActiveLimit::VenousPressureLow),
        InterventionKind::PreMembranePressureHigh => Some(ActiveLimit::PreMembranePressureHigh),
        InterventionKind::ArterialPressureHigh => Some(ActiveLimit::ArterialPressureHigh),
        InterventionKind::LevelLow => Some(ActiveLimit::LevelLow),
        InterventionKind::Backflow | InterventionKind::ClampMismatch | InterventionKind::SweepGasLost => None,
    });
    raised.or(named)
}
