// SPDX-License-Identifier: MIT OR Apache-2.0
//! A procedure as it is shown: words filled in, and what each step waits for.

use ecmod_procedures::{Aim, Due, Order, Phase, Procedure, Progress, Run, Sight, Step, StepKind, fill};
use ecmod_quantities::{Monotonic, Span};

/// One procedure.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// What it is.
    pub procedure: Procedure,
    /// Whether it runs, and how the last run ended; `None` before the first.
    pub phase: Option<Phase>,
    /// Who began it.
    pub by: String,
    /// How long it runs, or took.
    pub elapsed: Span,
    /// The step whose turn it is, or the first of those that wait.
    pub next: Option<usize>,
    /// All steps.
    pub steps: Vec<StepView>,
    /// Whether it is due.
    pub due: Due,
    /// How long ago it was completed.
    pub completed_ago: Option<Span>,
    /// Whether an alarm that is present names it.
    pub is_suggested: bool,
    /// Grows with each change of a step.
    pub revision: u32,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepView {
    /// Its name.
    pub id: String,
    /// What to do.
    pub text: String,
    /// How it is known to be done.
    pub kind: &'static str,
    /// How far it is.
    pub state: &'static str,
    /// What the console sees of it; empty unless it is measured.
    pub seen: &'static str,
    /// Who did it; empty while it waits, and when the console saw it.
    pub by: String,
    /// Why it was left out.
    pub reason: String,
    /// What is measured; empty unless something is.
    pub check: &'static str,
    /// When it was done, from the beginning.
    pub at: Span,
    /// Within which time it should be done; zero where there is none.
    pub target: Span,
}

impl View {
    /// As it is now.
    #[must_use]
    pub fn of(
        procedure: &Procedure,
        run: Option<&Run>,
        idle_aim: &Aim,
        sight: &Sight,
        now: Monotonic,
    ) -> Self {
        let aim = run.filter(|run| run.is_running()).map_or(idle_aim, |run| &run.aim);
        let steps = procedure.steps.iter().enumerate();
        Self {
            phase: run.map(|run| run.phase),
            by: run.map_or_else(String::new, |run| run.by.clone()),
            elapsed: run.map_or(Span::ZERO, |run| run.elapsed(now)),
            next: run.and_then(Run::next),
            steps: steps.map(|(index, step)| view(procedure, index, step, run, aim, sight)).collect(),
            procedure: procedure.clone(),
            due: Due::No,
            completed_ago: None,
            is_suggested: false,
            revision: 0,
        }
    }

    /// The word for whether it runs.
    #[must_use]
    pub fn state(&self) -> &'static str {
        self.phase.map_or("idle", Phase::name)
    }

    /// The name of the step whose turn it is.
    #[must_use]
    pub fn next_id(&self) -> &str {
        let next = self.next.and_then(|next| self.steps.get(next));
        next.map_or("", |step| step.id.as_str())
    }
}

fn view(
    procedure: &Procedure,
    index: usize,
    step: &Step,
    run: Option<&Run>,
    aim: &Aim,
    sight: &Sight,
) -> StepView {
    let (check, seen) = match step.kind {
        StepKind::Measured(check) => (check.what().name(), check.seen(sight).name()),
        StepKind::Confirm | StepKind::Timed(_) => ("", ""),
    };
    let mut view = StepView {
        id: step.id.clone().into_owned(),
        text: fill(&step.text, aim),
        kind: step.kind.name(),
        state: "waiting",
        seen,
        by: String::new(),
        reason: String::new(),
        check,
        at: Span::ZERO,
        target: step.target.unwrap_or(Span::ZERO),
    };
    let Some(run) = run else { return view };
    match run.steps.get(index) {
        Some(Progress::Done(done)) => {
            (view.state, view.at, view.by) = (done.how.name(), done.at, done.by.clone());
        }
        Some(Progress::Skipped { at, by, reason }) => {
            (view.state, view.at, view.by, view.reason) = ("skipped", *at, by.clone(), reason.clone());
        }
        Some(Progress::Waiting { .. }) if is_next(procedure, run, index) => view.state = "next",
        Some(Progress::Waiting { .. }) | None => {}
    }
    view
}

/// In free order there is no next one.
fn is_next(procedure: &Procedure, run: &Run, index: usize) -> bool {
    procedure.order == Order::Strict && run.is_its_turn(procedure, index)
}
