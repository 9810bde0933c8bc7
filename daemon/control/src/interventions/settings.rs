// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which interventions act, for how long, and how they end.

use super::{InterventionAction, InterventionKind};
use ecmod_quantities::Span;

/// What the console is told once of its interventions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InterventionSettings {
    plans: [InterventionPlan; InterventionKind::ALL.len()],
    /// How long an operator's override counts.
    pub override_lasts: Span,
}

/// What one intervention may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InterventionPlan {
    /// Whether it acts at all.
    pub policy: InterventionPolicy,
    /// The longest that it acts, from its beginning, however often its condition comes and goes meanwhile.
    pub longest: Span,
    /// How long the condition must have been gone before it may act anew.
    pub rearm: Span,
}

/// Whether an intervention acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InterventionPolicy {
    /// It acts.
    Act,
    /// It only alarms.
    AlarmOnly,
}

impl InterventionPolicy {
    /// The word in configuration files and on D-Bus.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Act => "act",
            Self::AlarmOnly => "alarm_only",
        }
    }
}

/// The bounds of [`InterventionPlan::longest`]: no intervention is shorter or longer.
pub const INTERVENTION_LONGEST: (Span, Span) = (Span::from_secs(1), Span::from_secs(300));
/// The bounds of [`InterventionPlan::rearm`] and [`InterventionSettings::override_lasts`].
pub const INTERVENTION_REARM: (Span, Span) = (Span::from_secs(1), Span::from_secs(3600));

impl InterventionSettings {
    /// Those act for which an action is usual; all others alarm only `[C]`.
    #[must_use]
    pub fn usual() -> Self {
        Self {
            plans: InterventionKind::ALL.map(InterventionPlan::usual),
            override_lasts: Span::from_secs(300),
        }
    }

    /// The plan of one.
    #[must_use]
    pub fn of(&self, kind: InterventionKind) -> InterventionPlan {
        self.plans.get(kind.index()).copied().unwrap_or(InterventionPlan::usual(kind))
    }

    /// Changes the plan of one.
    pub fn set(&mut self, kind: InterventionKind, plan: InterventionPlan) {
        if let Some(place) = self.plans.get_mut(kind.index()) {
            *place = plan;
        }
    }

    /// The first one whose plan is impossible: outside the bounds, or an action where there is none.
    #[must_use]
    pub(crate) fn problem(&self) -> Option<InterventionKind> {
        InterventionKind::ALL.into_iter().find(|kind| {
            let plan = self.of(*kind);
            let acts_without_action = plan.policy == InterventionPolicy::Act
                && matches!(kind.action(), InterventionAction::AlarmOnly);
            acts_without_action
                || !within(plan.longest, INTERVENTION_LONGEST)
                || !within(plan.rearm, INTERVENTION_REARM)
                || !within(self.override_lasts, INTERVENTION_REARM)
        })
    }
}

impl InterventionPlan {
    /// 30 s for what regulates, 20 s to and at zero flow, 10 s for a dip, 5 min for what raises `[C]`.
    #[must_use]
    pub const fn usual(kind: InterventionKind) -> Self {
        let (policy, longest, rearm) = match kind {
            InterventionKind::GrossAir => (InterventionPolicy::Act, 20, 60),
            InterventionKind::Suction => (InterventionPolicy::AlarmOnly, 10, 10),
            InterventionKind::VenousPressureLow
            | InterventionKind::PreMembranePressureHigh
            | InterventionKind::ArterialPressureHigh
            | InterventionKind::LevelLow => (InterventionPolicy::Act, 30, 10),
            InterventionKind::Backflow => (InterventionPolicy::Act, 300, 10),
            InterventionKind::ClampMismatch | InterventionKind::SweepGasLost => {
                (InterventionPolicy::AlarmOnly, 30, 10)
            }
        };
        Self { policy, longest: Span::from_secs(longest), rearm: Span::from_secs(rearm) }
    }
}

fn within(span: Span, (low, high): (Span, Span)) -> bool {
    (low..=high).contains(&span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_plans_are_possible_and_lower_the_flow_only_where_that_is_labelled() {
        let settings = InterventionSettings::usual();
        assert_eq!(settings.problem(), None);
        for kind in InterventionKind::ALL {
            let plan = settings.of(kind);
            let lowers = matches!(
                kind.action(),
                InterventionAction::ZeroFlow
                    | InterventionAction::Regulate
                    | InterventionAction::LowerToFloor
            );
            if lowers && plan.policy == InterventionPolicy::Act {
                assert!(plan.longest <= Span::from_secs(30), "{}", kind.name());
            }
        }
    }

    #[test]
    fn a_plan_outside_its_bounds_or_without_an_action_is_found() {
        let spoiled = |kind, change: fn(&mut InterventionPlan)| {
            let mut settings = InterventionSettings::usual();
            let mut plan = settings.of(kind);
            change(&mut plan);
            settings.set(kind, plan);
            settings.problem()
        };
        let air = InterventionKind::GrossAir;
        assert_eq!(spoiled(air, |plan| plan.longest = Span::ZERO), Some(air));
        assert_eq!(spoiled(air, |plan| plan.longest = Span::from_secs(301)), Some(air));
        assert_eq!(spoiled(air, |plan| plan.rearm = Span::ZERO), Some(air));
        let gas = InterventionKind::SweepGasLost;
        assert_eq!(spoiled(gas, |plan| plan.policy = InterventionPolicy::Act), Some(gas));
    }
}
