// SPDX-License-Identifier: MIT OR Apache-2.0
//! All procedures of a console: which one runs, when each was last completed, which one is due.

use ecmod_quantities::{Monotonic, Span};

use crate::{Aim, Case, Due, Phase, Procedure, Progress, Refused, Run, Sight, Stopwatch};

/// All procedures, and how they are.
#[derive(Debug)]
pub struct Desk {
    procedures: Vec<Procedure>,
    states: Vec<State>,
    case: Option<Case>,
    /// Support was seen not to run: its beginning will be seen.
    is_idle_seen: bool,
}

#[derive(Debug, Clone, Default)]
struct State {
    run: Option<Run>,
    completed: Option<Stopwatch>,
}

/// Something that happened by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// A step of this procedure is done.
    Step {
        /// Which procedure.
        procedure: usize,
        /// Which of its steps.
        step: usize,
    },
    /// All steps of this procedure are done or left out.
    Completed(usize),
    /// The case began, and this check was not made before it.
    Missing(usize),
}

/// What outlives a restart. Times are as they were when it was made.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Kept {
    /// How long ago the case began, whether that was seen, and how long ago the support ended if it has.
    pub case: Option<(Span, bool, Option<Span>)>,
    /// How long ago which procedure was completed.
    pub completed: Vec<(String, Span)>,
    /// What runs.
    pub runs: Vec<KeptRun>,
}

/// A run that outlives a restart.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptRun {
    /// Of which procedure.
    pub procedure: String,
    /// Who began it.
    pub by: String,
    /// For how long it has run.
    pub elapsed: Span,
    /// What to aim at.
    pub aim: Aim,
    /// By the name of the step.
    pub steps: Vec<(String, Progress)>,
}

impl Desk {
    /// With these procedures, of which none has ever run.
    #[must_use]
    pub fn new(procedures: Vec<Procedure>) -> Self {
        let states = vec![State::default(); procedures.len()];
        Self { procedures, states, case: None, is_idle_seen: false }
    }

    /// All of them.
    #[must_use]
    pub fn procedures(&self) -> &[Procedure] {
        &self.procedures
    }

    /// The place of the procedure with this name.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<usize> {
        self.procedures.iter().position(|procedure| procedure.id == id)
    }

    /// The run that goes on, or was the last one.
    #[must_use]
    pub fn run(&self, index: usize) -> Option<&Run> {
        self.states.get(index).and_then(|state| state.run.as_ref())
    }

    /// How long ago it was completed.
    #[must_use]
    pub fn completed(&self, index: usize, now: Monotonic) -> Option<Span> {
        self.states.get(index).and_then(|state| state.completed).map(|at| at.elapsed(now))
    }

    /// Whether it is due.
    #[must_use]
    pub fn due(&self, index: usize, now: Monotonic) -> Due {
        let Some(procedure) = self.procedures.get(index) else { return Due::No };
        Due::judge(procedure.validity, self.completed(index, now), self.case.as_ref(), now)
    }

    /// Begins it.
    ///
    /// # Errors
    /// [`Refused::RunsAlready`]
    pub fn begin(&mut self, index: usize, by: &str, aim: Aim, now: Monotonic) -> Result<(), Refused> {
        let (procedure, state) = self.at(index)?;
        if state.run.as_ref().is_some_and(Run::is_running) {
            return Err(Refused::RunsAlready);
        }
        state.run = Some(Run::begin(procedure, by, aim, now));
        Ok(())
    }

    /// A person says that a step is done.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn confirm(&mut self, index: usize, step: &str, by: &str, now: Monotonic) -> Result<(), Refused> {
        let (procedure, state) = self.at(index)?;
        let run = state.run.as_mut().ok_or(Refused::NotRunning)?;
        run.confirm(procedure, step, by, now)?;
        state.note(now);
        Ok(())
    }

    /// A person leaves a step out.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn skip(
        &mut self,
        index: usize,
        step: &str,
        by: &str,
        reason: &str,
        now: Monotonic,
    ) -> Result<(), Refused> {
        let (procedure, state) = self.at(index)?;
        let run = state.run.as_mut().ok_or(Refused::NotRunning)?;
        run.skip(procedure, step, by, reason, now)?;
        state.note(now);
        Ok(())
    }

    /// A person ends it.
    ///
    /// # Errors
    /// [`Refused::NotRunning`]
    pub fn end(&mut self, index: usize, now: Monotonic) -> Result<(), Refused> {
        let (_, state) = self.at(index)?;
        state.run.as_mut().ok_or(Refused::NotRunning)?.end(now)
    }

    /// Looks at what is seen, at the case and at the time.
    pub fn look(&mut self, sight: &Sight, is_supporting: bool, now: Monotonic) -> Vec<Happening> {
        let mut happenings = Vec::new();
        let had_case = self.case.is_some();
        self.case = Case::next(self.case, is_supporting, self.is_idle_seen, now);
        self.is_idle_seen |= !is_supporting;
        if !had_case && self.case.is_some() {
            let missing =
                (0..self.procedures.len()).filter(|index| self.due(*index, now) == Due::NotBeforeCase);
            happenings.extend(missing.map(Happening::Missing));
        }
        for (index, (procedure, state)) in self.procedures.iter().zip(&mut self.states).enumerate() {
            let Some(run) = state.run.as_mut().filter(|run| run.is_running()) else { continue };
            let done = run.look(procedure, sight, now);
            if done.is_empty() {
                continue;
            }
            happenings.extend(done.into_iter().map(|step| Happening::Step { procedure: index, step }));
            if state.note(now) {
                happenings.push(Happening::Completed(index));
            }
        }
        happenings
    }

    /// What is to outlive a restart.
    #[must_use]
    pub fn keep(&self, now: Monotonic) -> Kept {
        let over = |case: &Case| case.over.map(|over| over.elapsed(now));
        let case = self.case.map(|case| (case.began.elapsed(now), case.is_begin_seen, over(&case)));
        let mut kept = Kept { case, ..Kept::default() };
        for (procedure, state) in self.procedures.iter().zip(&self.states) {
            if let Some(completed) = state.completed {
                kept.completed.push((procedure.id.clone().into_owned(), completed.elapsed(now)));
            }
            let Some(run) = state.run.as_ref().filter(|run| run.is_running()) else { continue };
            let names = procedure.steps.iter().map(|step| step.id.clone().into_owned());
            kept.runs.push(KeptRun {
                procedure: procedure.id.clone().into_owned(),
                by: run.by.clone(),
                elapsed: run.elapsed(now),
                aim: run.aim,
                steps: names.zip(run.steps.iter().cloned()).collect(),
            });
        }
        kept
    }

    /// Goes on with what was kept this long ago. Returns the names of procedures that ran and have other steps now: they do not
    /// go on.
    pub fn recall(&mut self, kept: &Kept, ago: Span, now: Monotonic) -> Vec<String> {
        let later = |span: Span| Stopwatch::lasting(Span(span.0.saturating_add(ago.0)), now);
        self.case = kept.case.map(|(began, is_begin_seen, over)| Case {
            began: later(began),
            is_begin_seen,
            over: over.map(later),
        });
        // Without a case the next beginning is seen, even if it was while nobody looked.
        self.is_idle_seen = kept.case.is_none_or(|(_, _, over)| over.is_some());
        for (id, completed) in &kept.completed {
            if let Some(state) = self.find(id).and_then(|index| self.states.get_mut(index)) {
                state.completed = Some(later(*completed));
            }
        }
        let mut others = Vec::new();
        for run in &kept.runs {
            if !self.resume(run, ago, now) {
                others.push(run.procedure.clone());
            }
        }
        others
    }

    /// Goes on with a run, if its procedure still has the same steps.
    fn resume(&mut self, kept: &KeptRun, ago: Span, now: Monotonic) -> bool {
        let Some(index) = self.find(&kept.procedure) else { return false };
        let Ok((procedure, state)) = self.at(index) else { return false };
        if !procedure
            .steps
            .iter()
            .map(|step| step.id.as_ref())
            .eq(kept.steps.iter().map(|(id, _)| id.as_str()))
        {
            return false;
        }
        let elapsed = Span(kept.elapsed.0.saturating_add(ago.0));
        let steps = kept.steps.iter().map(|(_, progress)| progress.clone()).collect();
        state.run = Some(Run::resume(elapsed, kept.by.clone(), kept.aim, steps, now));
        true
    }

    fn at(&mut self, index: usize) -> Result<(&Procedure, &mut State), Refused> {
        let found = self.procedures.get(index).zip(self.states.get_mut(index));
        found.ok_or(Refused::NotRunning)
    }
}

impl State {
    /// Whether the run has just been completed, which is kept.
    fn note(&mut self, now: Monotonic) -> bool {
        let is_completed = self.run.as_ref().is_some_and(|run| run.phase == Phase::Completed);
        if is_completed {
            self.completed = Some(Stopwatch::started(now));
        }
        is_completed
    }
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
