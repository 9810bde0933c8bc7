// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the console does on its own, beyond what the mode asks for.
//!
//! Every intervention is an object with a **trigger**, **signs** that corroborate it, an **action**, a **floor**, a
//! **longest duration**, an automatic **return**, a reason why it is **inhibited**, an operator's **override**, and values
//! for the record ([`InterventionStatus`]). [`Interventions::step`] asks each what it finds, lets its episode decide
//! whether it may act, and gives the bounds for the speed; nothing else in the core lowers a speed below what the mode
//! wants.
//!
//! # What it must never do
//! Lower the flow on the word of one detector, hold it down longer than its longest duration, go below the floor (gross air:
//! below its share of it), or leave the speed down when what it goes by is lost. `episode` bounds the time, `limit`,
//! `gross_air`, `suction`, `backflow` and `watches` are the triggers and actions, `item` is what they share.

mod backflow;
mod bounds;
mod context;
mod corroboration;
mod dispatch;
mod episode;
mod fallback;
mod gross_air;
mod item;
mod kind;
mod limit;
mod memory;
mod settings;
mod status;
mod suction;
mod watches;

pub use corroboration::{Corroboration, Sign};
pub use fallback::Fallback;
pub use kind::{InterventionAction, InterventionKind};
pub use memory::{InterventionMemory, Kept, Undisturbed};
pub use settings::{
    INTERVENTION_LONGEST, INTERVENTION_REARM, InterventionPlan, InterventionPolicy, InterventionSettings,
};
pub use status::{Inhibit, InterventionState, InterventionStatus, Trigger};

use crate::control::Situation;
use crate::estimators::{Estimators, View};
use crate::signals::usable;
use crate::{ClampDemands, Estimates, Limits, Settings};
use backflow::Backflow;
use bounds::{Bounds, Pace, active_limit};
use context::Context;
use ecmod_quantities::{GasLitresPerMinute, LitresPerMinute, Monotonic, Rpm};
use episode::{Leave, Push, override_until};
use gross_air::GrossAir;
use item::Item;
use limit::PressureLimit;
use suction::Suction;
use watches::Watches;

const KINDS: usize = InterventionKind::ALL.len();

/// All interventions.
#[derive(Debug, Clone)]
pub(crate) struct Interventions {
    items: [Item; KINDS],
    air: GrossAir,
    suction: Suction,
    venous: PressureLimit,
    pre_membrane: PressureLimit,
    arterial: PressureLimit,
    backflow: Backflow,
    watches: Watches,
    undisturbed: Option<Undisturbed>,
    /// The same after they have let go, until the pump is there again.
    eased: Option<Undisturbed>,
}

/// What surrounds the controllers, for interventions only.
pub(crate) struct Surroundings<'a> {
    pub(crate) view: View<'a>,
    pub(crate) estimators: &'a Estimators,
    pub(crate) estimates: &'a Estimates,
    pub(crate) limits: &'a Limits,
    pub(crate) clamps: ClampDemands,
    pub(crate) sweep_gas: Option<GasLitresPerMinute>,
    /// The floor in force.
    pub(crate) floor: Rpm,
    /// Why nobody would follow, if nobody would.
    pub(crate) follows: Option<Inhibit>,
}

impl Interventions {
    pub(crate) fn new(settings: &Settings, memory: &InterventionMemory) -> Self {
        let fits = |undisturbed: &Undisturbed| {
            (Rpm::ZERO..=settings.speed.maximum).contains(&undisturbed.speed)
                && undisturbed.flow.is_none_or(LitresPerMinute::is_finite)
        };
        Self {
            items: InterventionKind::ALL.map(|kind| Item::new(kind, memory.of(kind))),
            air: GrossAir::new(),
            suction: Suction::new(),
            venous: PressureLimit::venous(settings),
            pre_membrane: PressureLimit::pre_membrane(settings),
            arterial: PressureLimit::arterial(settings),
            backflow: Backflow::new(),
            watches: Watches::new(),
            undisturbed: memory.undisturbed.filter(fits),
            eased: memory.eased.filter(fits),
        }
    }

    /// One tick: what they find, what they may do, and what that makes of the speed.
    pub(crate) fn step(
        &mut self,
        applied: Rpm,
        target: Rpm,
        situation: &Situation<'_>,
        around: &Surroundings<'_>,
    ) -> Bounds {
        let context = Context {
            situation,
            view: &around.view,
            estimators: around.estimators,
            estimates: around.estimates,
            limits: around.limits,
            clamps: around.clamps,
            sweep_gas: around.sweep_gas,
            applied,
            target,
            floor: around.floor,
            now: situation.now,
        };
        let mut bounds = Bounds { ceilings: [None; KINDS], raise: None, limit: None };
        for (index, kind) in InterventionKind::ALL.into_iter().enumerate() {
            let sensed = self.sense(kind, &context);
            let Some(item) = self.items.get_mut(index) else { continue };
            let soft = match item.decide(&sensed, around.follows, &context) {
                Leave::Act => {
                    let bound = self.act(kind, &sensed, &context);
                    if let Some(item) = self.items.get_mut(index) {
                        item.act(bound);
                    }
                    None
                }
                Leave::Return => {
                    item.go_back(&context);
                    self.rest(kind);
                    None
                }
                Leave::Nothing => {
                    let may = item.episode.is_armed() && around.follows.is_none();
                    item.rest();
                    self.rest(kind);
                    // Near its limit a pressure slows a rise; that lowers nothing.
                    self.limit_of(kind)
                        .filter(|_| may && sensed.push != Push::Blind)
                        .and_then(|limit| limit.ceiling(&context))
                        .map(|ceiling| ceiling.max(applied))
                }
            };
            let bound = self.items.get(index).and_then(Item::bound);
            if kind == InterventionKind::Backflow {
                bounds.raise = bound;
            } else if let Some(place) = bounds.ceilings.get_mut(index) {
                let pace = if kind == InterventionKind::GrossAir { Pace::Brisk } else { Pace::Gentle };
                *place = bound.or(soft).map(|ceiling| (ceiling, pace));
            }
        }
        bounds.limit = active_limit(&self.items, target);
        if around.follows.is_none() {
            self.note_undisturbed(applied, situation);
        }
        bounds
    }

    /// There is nothing to intervene in: no support, or a stop that runs down.
    pub(crate) fn stand_down(&mut self, settings: &Settings, now: Monotonic) {
        for item in &mut self.items {
            item.stand_down(settings, now);
        }
        for kind in InterventionKind::ALL {
            self.rest(kind);
        }
        (self.undisturbed, self.eased) = (None, None);
    }

    /// An operator switches one of them, or all, off for a while, or lets it act again.
    pub(crate) fn overrule(
        &mut self,
        kind: Option<InterventionKind>,
        on: bool,
        settings: &Settings,
        now: Monotonic,
    ) {
        let until = override_until(now, settings.interventions.override_lasts);
        let chosen = self.items.iter_mut().filter(|item| kind.is_none_or(|kind| kind == item.kind()));
        for item in chosen {
            if on {
                item.episode.overrule(until);
            } else {
                item.episode.release();
            }
        }
    }

    /// What the pump did before the interventions that lower it now.
    pub(crate) const fn undisturbed(&self) -> Option<Undisturbed> {
        self.undisturbed
    }

    /// The speed that was taken and is not given back yet: of those that lower it now, and of those that have let go and may act again within
    /// the budget that they have.
    pub(crate) fn owed(&self) -> Option<Rpm> {
        self.undisturbed.or(self.eased).map(|before| before.speed)
    }

    /// An operator wants something else than what was before.
    pub(crate) const fn forget_eased(&mut self) {
        self.eased = None;
    }

    /// What is shown.
    pub(crate) fn statuses(&self, settings: &Settings, floor: Rpm) -> [InterventionStatus; KINDS] {
        let mut statuses = InterventionStatus::all_off();
        for (place, item) in statuses.iter_mut().zip(&self.items) {
            let floor = match item.kind() {
                InterventionKind::GrossAir => gross_air::lowest(floor, settings),
                _ => floor,
            };
            *place = item.status(settings, Some(floor));
        }
        statuses
    }

    /// What a restarted core has to know.
    pub(crate) fn remember(&self) -> InterventionMemory {
        let (undisturbed, eased) = (self.undisturbed, self.eased);
        let mut memory = InterventionMemory { undisturbed, eased, ..InterventionMemory::NOTHING };
        for (place, item) in memory.kept.iter_mut().zip(&self.items) {
            *place = item.episode.keep();
        }
        memory
    }

    /// Remembers what the pump did before it was lowered, for as long as it is. One that lets go in between, for want of its sensor for example, and
    /// acts again on the way back, has lowered it from where it was before.
    fn note_undisturbed(&mut self, applied: Rpm, situation: &Situation<'_>) {
        let lowers = |item: &Item| item.kind() != InterventionKind::Backflow && item.bound().is_some();
        let lowered = self.items.iter().any(lowers) || self.items.iter().any(|item| item.episode.is_active());
        let now = Undisturbed { speed: applied, flow: usable(&situation.flow).ok().map(LitresPerMinute) };
        let before = self.undisturbed.or(self.eased);
        self.undisturbed = lowered.then(|| before.unwrap_or(now));
        let may_act_again = self.items.iter().any(|item| item.episode.has_budget());
        self.eased = self.undisturbed.or(before).filter(|before| may_act_again && applied < before.speed);
    }
}
