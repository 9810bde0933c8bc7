// SPDX-License-Identifier: MIT OR Apache-2.0
//! The guided procedures of this console: [`ecmod_procedures::Desk`] with eyes ([`sight`]), a place in the journal, and a record.
//!
//! People change them over D-Bus; the observer has them look at every newest snapshot. Nothing here reaches the control loop but two facts on the
//! board, which remind (`CHECK_DUE`).

mod sight;
mod view;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ecmod_control::{Fact, Outputs, State};
use ecmod_procedures::{Desk, Due, Happening, Phase, Procedure, Refused};
use ecmod_quantities::{Monotonic, Span};

pub use view::{StepView, View};

use crate::journal::boots::BootId;
use crate::journal::procedures::Procedures as Record;
use crate::journal::zeros::Zeros;
use crate::plan::Plan;
use crate::record::entry::Stamp;
use crate::supervision::Board;

/// How often they look.
pub const LOOK: Span = Span::from_millis(200);
/// How long a reason may be, in bytes.
pub const LONGEST_REASON: usize = 200;

/// All procedures of the console.
#[derive(Debug)]
pub struct Procedures {
    inner: Mutex<Inner>,
    board: Arc<Board>,
    boot: BootId,
}

#[derive(Debug)]
struct Inner {
    desk: Desk,
    before: sight::Before,
    /// By rank, of the alarms that are present.
    suggested: Vec<usize>,
    /// For each: it grows with each change of its steps.
    revisions: Vec<u32>,
    generation: u64,
    looked: Option<Monotonic>,
    /// What is due, and whether there is a case and support runs: a change of it is news.
    told: Told,
    is_unsaved: bool,
}

/// What of all this others go by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Told {
    due: Vec<Due>,
    is_supporting: bool,
}

/// What somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed<'d> {
    /// Begin it.
    Begin,
    /// This step is done.
    Confirm(&'d str),
    /// This step is left out, for this reason.
    Skip(&'d str, &'d str),
    /// End it as it is.
    End,
}

/// What is known beside the outputs of the core.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// Names and indices.
    pub plan: &'a Plan,
    /// Whether the latest self-test is passed.
    pub self_test: Option<bool>,
    /// The zeros of the transducers.
    pub zeros: &'a Zeros,
}

impl Procedures {
    /// As configured, and as the journal knows them.
    #[must_use]
    pub fn new(
        list: Vec<Procedure>,
        known: Option<&Record>,
        boot: &BootId,
        now: Stamp,
        board: Arc<Board>,
    ) -> Self {
        let count = list.len();
        let mut desk = Desk::new(list);
        if let Some(record) = known {
            let ago = record.ago(boot, now);
            for name in desk.recall(&record.kept, ago, Monotonic(now.monotonic_ns)) {
                tracing::warn!(
                    event = "procedure.lost",
                    procedure = %name,
                    "the procedure {name} ran, and has other steps now: it does not go on"
                );
            }
        }
        let inner = Inner {
            desk,
            before: sight::Before::default(),
            suggested: Vec::new(),
            revisions: vec![0; count],
            generation: 0,
            looked: None,
            told: Told::default(),
            is_unsaved: false,
        };
        Self { inner: Mutex::new(inner), board, boot: boot.clone() }
    }

    /// Their names, in the order of the configuration.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.lock().desk.procedures().iter().map(|procedure| procedure.id.clone().into_owned()).collect()
    }

    /// Counts changes of whatever is announced.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.lock().generation
    }

    /// What this one is and how far it is; `None` if there is none with this index.
    #[must_use]
    pub fn view(&self, index: usize, outputs: &Outputs, around: Around<'_>, now: Monotonic) -> Option<View> {
        let inner = self.lock();
        let procedure = inner.desk.procedures().get(index)?;
        let sight = see(outputs, around);
        let idle_aim = inner.before.aim(outputs);
        let mut view = View::of(procedure, inner.desk.run(index), &idle_aim, &sight, now);
        view.due = inner.desk.due(index, now);
        view.completed_ago = inner.desk.completed(index, now);
        view.is_suggested = inner.suggested.contains(&index);
        view.revision = inner.revisions.get(index).copied().unwrap_or(0);
        Some(view)
    }

    /// Those that the alarms that are present name, the most important first.
    #[must_use]
    pub fn suggested(&self) -> Vec<usize> {
        self.lock().suggested.clone()
    }

    /// Those that run.
    #[must_use]
    pub fn running(&self) -> Vec<usize> {
        let inner = self.lock();
        let is_running =
            |index: &usize| inner.desk.run(*index).is_some_and(ecmod_procedures::Run::is_running);
        (0..inner.revisions.len()).filter(is_running).collect()
    }

    /// Those that are due.
    #[must_use]
    pub fn due(&self) -> Vec<usize> {
        let inner = self.lock();
        let due = inner.told.due.iter().enumerate().filter(|(_, due)| **due != Due::No);
        due.map(|(index, _)| index).collect()
    }

    /// Does what somebody wants. True if that completed it.
    ///
    /// # Errors
    /// Why it cannot be; nothing has changed then.
    pub fn change(
        &self,
        index: usize,
        deed: Deed<'_>,
        by: &str,
        outputs: &Outputs,
        now: Monotonic,
    ) -> Result<bool, Refused> {
        let mut inner = self.lock();
        match deed {
            Deed::Begin => {
                let aim = inner.before.aim(outputs);
                inner.desk.begin(index, by, aim, now)?;
            }
            Deed::Confirm(step) => inner.desk.confirm(index, step, by, now)?,
            Deed::Skip(step, reason) => inner.desk.skip(index, step, by, reason, now)?,
            Deed::End => inner.desk.end(index, now)?,
        }
        inner.changed(index);
        self.tell(&mut inner, now);
        Ok(inner.desk.run(index).is_some_and(|run| run.phase == Phase::Completed))
    }

    /// Looks at the newest snapshot, if it is time. What the console has seen stands in the returned list, for the record.
    pub fn look(&self, outputs: &Outputs, around: Around<'_>, now: Monotonic) -> Vec<Seen> {
        let mut inner = self.lock();
        if inner.looked.is_some_and(|looked| now.since(looked) < LOOK) {
            return Vec::new();
        }
        inner.looked = Some(now);
        inner.before.look(around.plan, outputs);
        let suggested = inner.suggested_by(outputs);
        if suggested != inner.suggested {
            inner.suggested = suggested;
            inner.generation += 1;
        }
        let is_supporting = matches!(outputs.state, State::Support(_));
        if inner.told.is_supporting != is_supporting {
            inner.told.is_supporting = is_supporting;
            inner.is_unsaved = true;
        }
        let sight = see(outputs, around);
        let happenings = inner.desk.look(&sight, is_supporting, now);
        let seen = happenings.iter().filter_map(|happening| inner.named(happening)).collect();
        for happening in &happenings {
            if let Happening::Step { procedure, .. } | Happening::Completed(procedure) = *happening {
                inner.changed(procedure);
            }
        }
        self.tell(&mut inner, now);
        seen
    }

    /// What the journal is to keep, once after each change.
    #[must_use]
    pub fn unsaved(&self, now: Stamp) -> Option<Record> {
        let mut inner = self.lock();
        std::mem::take(&mut inner.is_unsaved).then(|| Record {
            boot: self.boot.clone(),
            at: now,
            kept: inner.desk.keep(Monotonic(now.monotonic_ns)),
        })
    }

    /// What is due goes to the core.
    fn tell(&self, inner: &mut Inner, now: Monotonic) {
        let due: Vec<Due> = (0..inner.revisions.len()).map(|index| inner.desk.due(index, now)).collect();
        if due != inner.told.due {
            self.board.set(Fact::ChecklistMissing, due.contains(&Due::NotBeforeCase));
            self.board.set(Fact::CheckDue, due.contains(&Due::Again));
            inner.told.due = due;
            inner.generation += 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Something that the console has seen by itself, in words for the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What happened.
    pub action: &'static str,
    /// To what: a procedure, or a procedure and its step.
    pub target: String,
}

impl Inner {
    fn changed(&mut self, index: usize) {
        if let Some(revision) = self.revisions.get_mut(index) {
            *revision = revision.wrapping_add(1);
        }
        self.generation += 1;
        self.is_unsaved = true;
    }

    fn suggested_by(&self, outputs: &Outputs) -> Vec<usize> {
        let mut suggested = Vec::new();
        let named = outputs.alarms.iter().filter_map(|status| status.alarm.kind.definition().procedure);
        for index in named.filter_map(|name| self.desk.find(name)) {
            if !suggested.contains(&index) {
                suggested.push(index);
            }
        }
        suggested
    }

    fn named(&self, happening: &Happening) -> Option<Seen> {
        let of = |index: usize| self.desk.procedures().get(index);
        let (action, target) = match *happening {
            Happening::Step { procedure, step } => {
                let procedure = of(procedure)?;
                ("procedure_step_done", format!("{}/{}", procedure.id, procedure.steps.get(step)?.id))
            }
            Happening::Completed(procedure) => {
                ("procedure_completed", of(procedure)?.id.clone().into_owned())
            }
            Happening::Missing(procedure) => ("procedure_missing", of(procedure)?.id.clone().into_owned()),
        };
        Some(Seen { action, target })
    }
}

fn see(outputs: &Outputs, around: Around<'_>) -> ecmod_procedures::Sight {
    let wall = std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
    ecmod_procedures::Sight {
        self_test: around.self_test,
        zeroed: sight::zeroed(around.plan, around.zeros, wall),
        ..sight::sight(around.plan, outputs)
    }
}

#[cfg(test)]
mod tests;
