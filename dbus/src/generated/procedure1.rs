// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interface `org.ecmod.Procedure1`, generated from `org.ecmod.Procedure1.xml`: do not edit.

use zbus::{DeserializeDict, Type};

use crate::ProcedureStep;

/// All properties of `org.ecmod.Procedure1`.
#[derive(Debug, Clone, PartialEq, DeserializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
pub struct Procedure1Properties {
    /// Its name.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// When it is for.
    pub purpose: String,
    /// What kind of thing it is: to be done at once, a planned exchange of a part, or a checklist. One of
    /// `emergency`, `exchange`, `checklist`.
    pub category: String,
    /// Whether one step comes after the other, or any. One of `strict`, `free`.
    pub order: String,
    /// Where it comes from, for people.
    pub source: String,
    /// Within which time all of it should be done; 0 where there is none. Nothing happens when it has passed.
    /// Unit: `ns`.
    pub target: u64,
    /// idle: it was not begun since the daemon started. running. completed: every step is done or left out.
    /// ended: somebody ended it before. One of `idle`, `running`, `completed`, `ended`.
    pub state: String,
    /// Who began it; empty before the first time.
    pub begun_by: String,
    /// How long it runs, or how long it took. It goes on through restarts. Unit: `ns`.
    pub elapsed: u64,
    /// What is left of Target; negative when it has passed, 0 where there is none. Unit: `ns`.
    pub remaining: i64,
    /// The step whose turn it is, in free order the first that waits; empty when none does.
    pub next: String,
    /// Another number whenever the state of a step has changed: time to read Steps again.
    pub revision: u32,
    /// The steps in their order. Fields: its name; what to do, with the values to aim at; how it is known to
    /// be done (confirm: a person says so. measured: the console sees it. timed: over after a while); how far
    /// it is (waiting. next: it is its turn. confirmed, seen, elapsed: done, and how. skipped); what the
    /// console sees of a measured one (yes, no, unknown where no signal shows it), empty for others; who did
    /// it, empty while it waits and where the console saw it; why it was left out; the kind of what is
    /// measured, such as return_clamp_closed, empty for others; when it was done, in ns from the beginning;
    /// within which time it should be, in ns from the beginning, 0 where there is none. Unit: `name text kind
    /// state seen who text check ns ns`.
    pub steps: Vec<ProcedureStep>,
    /// Whether an alarm that is present names it.
    pub suggested: bool,
    /// Whether it is due. not_before_case: the case began without it. again: it is time for it once more. One
    /// of `no`, `not_before_case`, `again`.
    pub due: String,
    /// Whether it was ever completed, as far as the state journal knows.
    pub ever_completed: bool,
    /// How long ago it was completed the last time; 0 if never. Unit: `ns`.
    pub completed_ago: u64,
}

#[zbus::proxy(interface = "org.ecmod.Procedure1", default_service = "org.ecmod")]
/// One guided procedure: what to do, step by step, and how far it is. It goes on through a restart of the
/// console. Every change stands in the alarm log with who made it. Its methods take the right to operate.
pub trait Procedure1 {
    /// Begin it: the clock runs, all steps wait. One that is over is begun anew. Refused while it runs.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.NotAuthorised`.
    fn begin(&self) -> zbus::Result<()>;

    /// Say that a step is done; also one that the console measures. Refused when it does not run, has no such
    /// step, the step is done or is a timed one, and in strict order when another one comes first.
    ///
    /// `step`: The name of the step.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.NotAuthorised`.
    fn confirm(&self, step: &str) -> zbus::Result<()>;

    /// Leave a step out, for a reason that is recorded. Refused as Confirm is, but for a timed step.
    ///
    /// `step`: The name of the step.
    ///
    /// `reason`: Why. Empty or longer than 200 bytes: InvalidArgument. No names of patients.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.InvalidArgument`, `org.ecmod.Error.NotAuthorised`.
    fn skip(&self, step: &str, reason: &str) -> zbus::Result<()>;

    /// End it as it is, whatever waits. It does not count as completed then.
    ///
    /// # Errors
    /// `org.ecmod.Error.Refused`, `org.ecmod.Error.NotAuthorised`.
    fn end(&self) -> zbus::Result<()>;

    /// Its name.
    #[zbus(property(emits_changed_signal = "const"))]
    fn id(&self) -> zbus::Result<String>;

    /// What it is called.
    #[zbus(property(emits_changed_signal = "const"))]
    fn title(&self) -> zbus::Result<String>;

    /// When it is for.
    #[zbus(property(emits_changed_signal = "const"))]
    fn purpose(&self) -> zbus::Result<String>;

    /// What kind of thing it is: to be done at once, a planned exchange of a part, or a checklist. One of
    /// `emergency`, `exchange`, `checklist`.
    #[zbus(property(emits_changed_signal = "const"))]
    fn category(&self) -> zbus::Result<String>;

    /// Whether one step comes after the other, or any. One of `strict`, `free`.
    #[zbus(property(emits_changed_signal = "const"))]
    fn order(&self) -> zbus::Result<String>;

    /// Where it comes from, for people.
    #[zbus(property(emits_changed_signal = "const"))]
    fn source(&self) -> zbus::Result<String>;

    /// Within which time all of it should be done; 0 where there is none. Nothing happens when it has passed.
    /// Unit: `ns`.
    #[zbus(property(emits_changed_signal = "const"))]
    fn target(&self) -> zbus::Result<u64>;

    /// idle: it was not begun since the daemon started. running. completed: every step is done or left out.
    /// ended: somebody ended it before. One of `idle`, `running`, `completed`, `ended`.
    #[zbus(property)]
    fn state(&self) -> zbus::Result<String>;

    /// Who began it; empty before the first time.
    #[zbus(property)]
    fn begun_by(&self) -> zbus::Result<String>;

    /// How long it runs, or how long it took. It goes on through restarts. Unit: `ns`.
    #[zbus(property(emits_changed_signal = "false"))]
    fn elapsed(&self) -> zbus::Result<u64>;

    /// What is left of Target; negative when it has passed, 0 where there is none. Unit: `ns`.
    #[zbus(property(emits_changed_signal = "false"))]
    fn remaining(&self) -> zbus::Result<i64>;

    /// The step whose turn it is, in free order the first that waits; empty when none does.
    #[zbus(property)]
    fn next(&self) -> zbus::Result<String>;

    /// Another number whenever the state of a step has changed: time to read Steps again.
    #[zbus(property)]
    fn revision(&self) -> zbus::Result<u32>;

    /// The steps in their order. Fields: its name; what to do, with the values to aim at; how it is known to
    /// be done (confirm: a person says so. measured: the console sees it. timed: over after a while); how far
    /// it is (waiting. next: it is its turn. confirmed, seen, elapsed: done, and how. skipped); what the
    /// console sees of a measured one (yes, no, unknown where no signal shows it), empty for others; who did
    /// it, empty while it waits and where the console saw it; why it was left out; the kind of what is
    /// measured, such as return_clamp_closed, empty for others; when it was done, in ns from the beginning;
    /// within which time it should be, in ns from the beginning, 0 where there is none. Unit: `name text kind
    /// state seen who text check ns ns`.
    #[zbus(property(emits_changed_signal = "false"))]
    fn steps(&self) -> zbus::Result<Vec<ProcedureStep>>;

    /// Whether an alarm that is present names it.
    #[zbus(property)]
    fn suggested(&self) -> zbus::Result<bool>;

    /// Whether it is due. not_before_case: the case began without it. again: it is time for it once more. One
    /// of `no`, `not_before_case`, `again`.
    #[zbus(property)]
    fn due(&self) -> zbus::Result<String>;

    /// Whether it was ever completed, as far as the state journal knows.
    #[zbus(property)]
    fn ever_completed(&self) -> zbus::Result<bool>;

    /// How long ago it was completed the last time; 0 if never. Unit: `ns`.
    #[zbus(property(emits_changed_signal = "false"))]
    fn completed_ago(&self) -> zbus::Result<u64>;
}
