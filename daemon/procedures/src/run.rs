// SPDX-License-Identifier: MIT OR Apache-2.0
//! One procedure as it is gone through: which step is done, how, when, and by whom. The diagram stands in [`crate`].

use ecmod_quantities::{Monotonic, Span};

use crate::{Aim, Order, Procedure, Refused, Seen, Sight, Step, StepKind, Stopwatch};

/// How long something must be seen before it counts: one sample is nobody's word.
const HOLD: Span = Span::from_secs(1);

/// A procedure that was begun.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    clock: Stopwatch,
    /// How long it took, once it is over.
    took: Option<Span>,
    /// Whether it goes on.
    pub phase: Phase,
    /// Who began it.
    pub by: String,
    /// What to aim at, as it was when it was begun.
    pub aim: Aim,
    /// One for each step.
    pub steps: Vec<Progress>,
}

/// Whether a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It does.
    Running,
    /// Every step is done or skipped.
    Completed,
    /// Somebody ended it before.
    Ended,
}

/// How far a step is. Times count from the beginning of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// It is not done.
    Waiting {
        /// Of a measured step: since when the console sees it. Of a timed one: since when it is its turn.
        since: Option<Span>,
    },
    /// It is done.
    Done(StepDone),
    /// Somebody left it out.
    Skipped {
        /// When.
        at: Span,
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
}

/// A step that is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepDone {
    /// How that is known.
    pub how: Done,
    /// When.
    pub at: Span,
    /// Who said so; empty if nobody did.
    pub by: String,
}

/// How it is known that a step is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// A person said so.
    Confirmed,
    /// The console saw it.
    Seen,
    /// Its time has passed.
    Elapsed,
}

impl Run {
    /// It is begun.
    #[must_use]
    pub fn begin(procedure: &Procedure, by: &str, aim: Aim, now: Monotonic) -> Self {
        Self {
            clock: Stopwatch::started(now),
            took: None,
            phase: Phase::Running,
            by: by.to_owned(),
            aim,
            steps: vec![Progress::Waiting { since: None }; procedure.steps.len()],
        }
    }

    /// One that was begun this long ago, and goes on.
    #[must_use]
    pub fn resume(elapsed: Span, by: String, aim: Aim, steps: Vec<Progress>, now: Monotonic) -> Self {
        let clock = Stopwatch::lasting(elapsed, now);
        Self { clock, took: None, phase: Phase::Running, by, aim, steps }
    }

    /// How long it has run, or took.
    #[must_use]
    pub fn elapsed(&self, now: Monotonic) -> Span {
        self.took.unwrap_or_else(|| self.clock.elapsed(now))
    }

    /// Whether it goes on.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.phase == Phase::Running
    }

    /// The first step that waits, if the run goes on.
    #[must_use]
    pub fn next(&self) -> Option<usize> {
        let waits = |step: &Progress| matches!(step, Progress::Waiting { .. });
        self.steps.iter().position(waits).filter(|_| self.is_running())
    }

    /// Whether it is this step's turn.
    #[must_use]
    pub fn is_its_turn(&self, procedure: &Procedure, index: usize) -> bool {
        match (self.next(), procedure.order) {
            (None, _) => false,
            (Some(next), Order::Strict) => next == index,
            (Some(_), Order::Free) => matches!(self.steps.get(index), Some(Progress::Waiting { .. })),
        }
    }

    /// A person says that a step is done.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn confirm(
        &mut self,
        procedure: &Procedure,
        step: &str,
        by: &str,
        now: Monotonic,
    ) -> Result<usize, Refused> {
        let index = self.waiting(procedure, step)?;
        match procedure.steps.get(index).map(|step| step.kind) {
            Some(StepKind::Timed(_)) => return Err(Refused::Timed(step.to_owned())),
            Some(StepKind::Confirm | StepKind::Measured(_)) | None => {}
        }
        self.expect_turn(procedure, index)?;
        let at = self.elapsed(now);
        self.put(index, Progress::Done(StepDone { how: Done::Confirmed, at, by: by.to_owned() }), now);
        Ok(index)
    }

    /// A person leaves a step out. In a strict procedure too, only the next one may be: what comes later may not be forgotten.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn skip(
        &mut self,
        procedure: &Procedure,
        step: &str,
        by: &str,
        reason: &str,
        now: Monotonic,
    ) -> Result<usize, Refused> {
        let index = self.waiting(procedure, step)?;
        self.expect_turn(procedure, index)?;
        let at = self.elapsed(now);
        self.put(index, Progress::Skipped { at, by: by.to_owned(), reason: reason.to_owned() }, now);
        Ok(index)
    }

    /// A person ends it, whatever waits.
    ///
    /// # Errors
    /// [`Refused::NotRunning`]
    pub fn end(&mut self, now: Monotonic) -> Result<(), Refused> {
        if !self.is_running() {
            return Err(Refused::NotRunning);
        }
        self.over(Phase::Ended, now);
        Ok(())
    }

    /// Looks at what the console sees by itself, and at the time. Returns the steps that are done by it.
    pub fn look(&mut self, procedure: &Procedure, sight: &Sight, now: Monotonic) -> Vec<usize> {
        let mut done = Vec::new();
        for (index, step) in procedure.steps.iter().enumerate() {
            if !self.is_its_turn(procedure, index) {
                continue;
            }
            let at = self.elapsed(now);
            let Some(progress) = self.steps.get_mut(index) else { break };
            if let Some(how) = judge(step, progress, sight, at) {
                self.put(index, Progress::Done(StepDone { how, at, by: String::new() }), now);
                done.push(index);
            }
        }
        done
    }

    /// The step with this name, if it waits.
    fn waiting(&self, procedure: &Procedure, step: &str) -> Result<usize, Refused> {
        if !self.is_running() {
            return Err(Refused::NotRunning);
        }
        let index = procedure.step(step).ok_or_else(|| Refused::NoSuchStep(step.to_owned()))?;
        match self.steps.get(index) {
            Some(Progress::Waiting { .. }) => Ok(index),
            Some(Progress::Done(_) | Progress::Skipped { .. }) | None => {
                Err(Refused::NotWaiting(step.to_owned()))
            }
        }
    }

    fn expect_turn(&self, procedure: &Procedure, index: usize) -> Result<(), Refused> {
        if self.is_its_turn(procedure, index) {
            return Ok(());
        }
        let next = self.next().and_then(|next| procedure.steps.get(next));
        Err(Refused::NotNext { next: next.map_or_else(String::new, |step| step.id.clone().into_owned()) })
    }

    /// The one place where a step changes for good.
    fn put(&mut self, index: usize, progress: Progress, now: Monotonic) {
        if let Some(place) = self.steps.get_mut(index) {
            *place = progress;
        }
        if self.next().is_none() {
            self.over(Phase::Completed, now);
        }
    }

    fn over(&mut self, phase: Phase, now: Monotonic) {
        self.took = Some(self.elapsed(now));
        self.phase = phase;
    }
}

/// Whether a step whose turn it is is done by itself; keeps since when.
fn judge(step: &Step, progress: &mut Progress, sight: &Sight, at: Span) -> Option<Done> {
    let Progress::Waiting { since } = progress else { return None };
    let (lasts, how) = match step.kind {
        StepKind::Confirm => return None,
        StepKind::Measured(check) => match check.seen(sight) {
            Seen::Yes => (HOLD, Done::Seen),
            Seen::No | Seen::Unknown => {
                *since = None;
                return None;
            }
        },
        StepKind::Timed(lasts) => (lasts, Done::Elapsed),
    };
    let since = *since.get_or_insert(at);
    (at.0.saturating_sub(since.0) >= lasts.0).then_some(how)
}

impl Phase {
    /// The word on D-Bus.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Ended => "ended",
        }
    }
}

impl Done {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Confirmed, Self::Seen, Self::Elapsed];

    /// The word on D-Bus and on disk.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Seen => "seen",
            Self::Elapsed => "elapsed",
        }
    }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
