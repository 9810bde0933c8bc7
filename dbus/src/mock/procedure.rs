// SPDX-License-Identifier: MIT OR Apache-2.0
//! The mock's procedures: two short ones that do what the contract says. Nothing is measured: tests say what is seen.

use zbus::OwnedObjectPath;

use super::console::{Fault, change};
use super::{Shared, lock, model::Model};
use crate::{ProcedureStep, ROOT};

/// The longest reason for leaving a step out, in bytes.
const LONGEST_REASON: usize = 200;

/// One invented procedure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MockProcedure {
    /// What it is called.
    pub title: &'static str,
    /// `emergency`, `exchange` or `checklist`.
    pub category: &'static str,
    /// `strict` or `free`.
    pub order: &'static str,
    /// In ns; 0: none.
    pub target: u64,
    /// `idle`, `running`, `completed` or `ended`.
    pub state: &'static str,
    /// When it was begun, in ns of the invented clock.
    pub begun: u64,
    /// The steps.
    pub steps: Vec<ProcedureStep>,
    /// `no`, `not_before_case` or `again`.
    pub due: &'static str,
    revision: u32,
}

/// The invented procedures by name.
pub(super) fn all() -> [(&'static str, MockProcedure); 2] {
    let step = |id: &str, kind: &str, text: &str| ProcedureStep {
        id: id.to_owned(),
        text: text.to_owned(),
        kind: kind.to_owned(),
        state: "waiting".to_owned(),
        seen: if kind == "measured" { "no".to_owned() } else { String::new() },
        by: String::new(),
        reason: String::new(),
        check: if kind == "measured" { "return_clamp_closed".to_owned() } else { String::new() },
        at: 0,
        target: if kind == "measured" { 10_000_000_000 } else { 0 },
    };
    let procedure = |title, category, order, target, steps| MockProcedure {
        title,
        category,
        order,
        target,
        state: "idle",
        begun: 0,
        steps,
        due: "no",
        revision: 0,
    };
    let change_console = vec![
        step("clamp_return", "measured", "Clamp the return line."),
        step("move_head", "confirm", "Move the pump head to the backup."),
        step("start_backup", "confirm", "Start the backup at 3200 rpm."),
    ];
    let pre_use = vec![
        step("clamps", "confirm", "Four clamps are at the bedside."),
        step("hand_crank", "confirm", "The hand crank turns easily."),
    ];
    [
        (
            "change_console",
            procedure("Change to the backup console", "emergency", "strict", 90_000_000_000, change_console),
        ),
        ("pre_use", procedure("Before a case", "checklist", "free", 0, pre_use)),
    ]
}

impl MockProcedure {
    fn waits(step: &ProcedureStep) -> bool {
        matches!(step.state.as_str(), "waiting" | "next")
    }

    /// Puts `next` where it belongs, and ends what has no step left.
    fn settle(&mut self) {
        self.revision += 1;
        for step in self.steps.iter_mut().filter(|step| step.state == "next") {
            "waiting".clone_into(&mut step.state);
        }
        if self.state != "running" {
            return;
        }
        match self.steps.iter_mut().find(|step| Self::waits(step)) {
            None => {
                self.state = "completed";
                self.due = "no";
            }
            Some(step) if self.order == "strict" => "next".clone_into(&mut step.state),
            Some(_) => {}
        }
    }

    /// Lets the console see a step done, this long after the beginning.
    pub fn see(&mut self, id: &str, at: u64) {
        if let Some(step) = self.steps.iter_mut().find(|step| step.id == id && Self::waits(step)) {
            "seen".clone_into(&mut step.state);
            step.at = at;
            "yes".clone_into(&mut step.seen);
        }
        self.settle();
    }

    fn step(&mut self, id: &str) -> Result<&mut ProcedureStep, Fault> {
        let refused =
            |sentence: String, code: &str| Fault::Refused(format!("{sentence} [ecmod.refused.{code}]"));
        if self.state != "running" {
            return Err(refused("the procedure is not begun".into(), "procedure_not_running"));
        }
        let next =
            self.steps.iter().find(|step| Self::waits(step)).map(|step| step.id.clone()).unwrap_or_default();
        let is_strict = self.order == "strict";
        let Some(step) = self.steps.iter_mut().find(|step| step.id == id) else {
            return Err(refused(format!("the procedure has no step {id}"), "no_such_step"));
        };
        if !Self::waits(step) {
            return Err(refused(format!("the step {id} is done or left out already"), "step_not_waiting"));
        }
        if is_strict && next != id {
            return Err(refused(format!("the step {next} comes first"), "step_not_next"));
        }
        Ok(step)
    }
}

pub(super) struct Procedure {
    pub(super) name: &'static str,
    pub(super) model: Shared,
}

impl Procedure {
    fn look<T: Default>(&self, look: impl FnOnce(&MockProcedure, &Model) -> T) -> T {
        let model = lock(&self.model);
        model.procedures.get(self.name).map(|own| look(own, &model)).unwrap_or_default()
    }

    fn change(&self, with: impl FnOnce(&mut MockProcedure, u64) -> Result<(), Fault>) -> Result<(), Fault> {
        change(&self.model, |model| {
            let now = model.monotonic;
            let Some(own) = model.procedures.get_mut(self.name) else { return Ok(()) };
            with(own, now)?;
            own.settle();
            Ok(())
        })
    }
}

#[zbus::interface(name = "org.ecmod.Procedure1")]
impl Procedure {
    fn begin(&self) -> Result<(), Fault> {
        self.change(|own, now| {
            if own.state == "running" {
                return Err(Fault::Refused(
                    "the procedure runs already [ecmod.refused.procedure_runs]".into(),
                ));
            }
            (own.state, own.begun) = ("running", now);
            for step in &mut own.steps {
                "waiting".clone_into(&mut step.state);
                step.by.clear();
                step.reason.clear();
            }
            Ok(())
        })
    }

    fn confirm(&self, step: &str) -> Result<(), Fault> {
        self.change(|own, now| {
            let begun = own.begun;
            let step = own.step(step)?;
            "confirmed".clone_into(&mut step.state);
            "user 0".clone_into(&mut step.by);
            step.at = now.saturating_sub(begun);
            Ok(())
        })
    }

    fn skip(&self, step: &str, reason: &str) -> Result<(), Fault> {
        if reason.trim().is_empty() || reason.len() > LONGEST_REASON {
            return Err(Fault::InvalidArgument(format!("the reason has 1 to {LONGEST_REASON} bytes")));
        }
        self.change(|own, now| {
            let begun = own.begun;
            let step = own.step(step)?;
            "skipped".clone_into(&mut step.state);
            "user 0".clone_into(&mut step.by);
            reason.clone_into(&mut step.reason);
            step.at = now.saturating_sub(begun);
            Ok(())
        })
    }

    fn end(&self) -> Result<(), Fault> {
        self.change(|own, _| {
            if own.state != "running" {
                let text = "the procedure is not begun [ecmod.refused.procedure_not_running]";
                return Err(Fault::Refused(text.into()));
            }
            own.state = "ended";
            Ok(())
        })
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn id(&self) -> &str {
        self.name
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn title(&self) -> &str {
        self.look(|own, _| own.title)
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn purpose(&self) -> &str {
        "Invented for tests."
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn category(&self) -> &str {
        self.look(|own, _| own.category)
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn order(&self) -> &str {
        self.look(|own, _| own.order)
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn source(&self) -> &str {
        "Nowhere."
    }
    #[zbus(property(emits_changed_signal = "const"))]
    fn target(&self) -> u64 {
        self.look(|own, _| own.target)
    }
    #[zbus(property)]
    fn state(&self) -> &str {
        self.look(|own, _| own.state)
    }
    #[zbus(property)]
    fn begun_by(&self) -> &str {
        self.look(|own, _| if own.state == "idle" { "" } else { "user 0" })
    }
    #[zbus(property(emits_changed_signal = "false"))]
    fn elapsed(&self) -> u64 {
        self.look(
            |own, model| if own.state == "idle" { 0 } else { model.monotonic.saturating_sub(own.begun) },
        )
    }
    #[zbus(property(emits_changed_signal = "false"))]
    fn remaining(&self) -> i64 {
        let target = self.look(|own, _| own.target.cast_signed());
        if target == 0 { 0 } else { target.saturating_sub_unsigned(self.elapsed()) }
    }
    #[zbus(property)]
    fn next(&self) -> String {
        self.look(|own, _| {
            let waiting = own.steps.iter().find(|step| own.state == "running" && MockProcedure::waits(step));
            waiting.map(|step| step.id.clone()).unwrap_or_default()
        })
    }
    #[zbus(property)]
    fn revision(&self) -> u32 {
        self.look(|own, _| own.revision)
    }
    #[zbus(property(emits_changed_signal = "false"))]
    fn steps(&self) -> Vec<ProcedureStep> {
        self.look(|own, _| own.steps.clone())
    }
    #[zbus(property)]
    fn suggested(&self) -> bool {
        self.look(|_, model| model.alarms.iter().any(|alarm| alarm.procedure == self.name))
    }
    #[zbus(property)]
    fn due(&self) -> &str {
        self.look(|own, _| own.due)
    }
    #[zbus(property)]
    fn ever_completed(&self) -> bool {
        self.look(|own, _| own.state == "completed")
    }
    #[zbus(property(emits_changed_signal = "false"))]
    fn completed_ago(&self) -> u64 {
        0
    }
}

pub(super) struct Procedures {
    pub(super) model: Shared,
}

impl Procedures {
    fn those(&self, fit: impl Fn(&str, &MockProcedure, &Model) -> bool) -> Vec<OwnedObjectPath> {
        let model = lock(&self.model);
        let fitting = model.procedures.iter().filter(|(name, own)| fit(name, own, &model));
        let path = |name: &str| OwnedObjectPath::try_from(format!("{ROOT}/procedures/{name}")).ok();
        fitting.filter_map(|(name, _)| path(name)).collect()
    }
}

#[zbus::interface(name = "org.ecmod.Procedures1")]
impl Procedures {
    #[zbus(property(emits_changed_signal = "const"))]
    fn all(&self) -> Vec<OwnedObjectPath> {
        self.those(|_, _, _| true)
    }
    #[zbus(property)]
    fn running(&self) -> Vec<OwnedObjectPath> {
        self.those(|_, own, _| own.state == "running")
    }
    #[zbus(property)]
    fn suggested(&self) -> Vec<OwnedObjectPath> {
        self.those(|name, _, model| model.alarms.iter().any(|alarm| alarm.procedure == name))
    }
    #[zbus(property)]
    fn due(&self) -> Vec<OwnedObjectPath> {
        self.those(|_, own, _| own.due != "no")
    }
}
