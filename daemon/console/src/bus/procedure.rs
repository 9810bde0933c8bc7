// SPDX-License-Identifier: MIT OR Apache-2.0
//! `org.ecmod.Procedure1`: one procedure, its steps, and how far it is. Documented in `dbus/org.ecmod.Procedure1.xml`.

use ecmod_procedures::Refused;
use ecmod_quantities::Span;
use zbus::message::Header;
use zbus::{Connection, OwnedObjectPath, Variant, interface};

use super::ROOT;
use super::access::Access;
use super::authorise::Class;
use super::error::Error;
use crate::clock;
use crate::procedures::{Around, Deed, LONGEST_REASON, StepView, View};
use crate::service::{Shared, deeds};

/// The object at `/org/ecmod/procedures/<id>`.
pub struct Procedure {
    /// What is known, and who may change it.
    pub access: Access,
    /// Which one.
    pub index: usize,
    /// Its name.
    pub id: String,
}

/// Name, what to do, how it is known to be done, how far it is, what the console sees, who, why left out, what is
/// measured, when, within which time.
type Row = (String, String, &'static str, &'static str, &'static str, String, String, &'static str, u64, u64);

/// The path of a procedure's object.
#[must_use]
pub fn path(id: &str) -> Option<OwnedObjectPath> {
    OwnedObjectPath::try_from(format!("{ROOT}/procedures/{id}")).ok()
}

/// The properties that announce their changes, by name.
#[must_use]
pub fn announced(shared: &Shared, index: usize) -> Vec<(&'static str, Variant<'static>)> {
    let Some(view) = look(shared, index) else { return Vec::new() };
    vec![
        ("State", view.state().into()),
        ("BegunBy", view.by.clone().into()),
        ("Next", view.next_id().to_owned().into()),
        ("Revision", view.revision.into()),
        ("Suggested", view.is_suggested.into()),
        ("Due", view.due.name().into()),
        ("EverCompleted", view.completed_ago.is_some().into()),
    ]
}

fn look(shared: &Shared, index: usize) -> Option<View> {
    let outputs = shared.latest().outputs;
    let zeros = shared.zeros().clone();
    let around = Around { plan: &shared.plan, self_test: shared.self_test.verdict(), zeros: &zeros };
    shared.procedures.view(index, &outputs, around, clock::now())
}

fn row(step: StepView) -> Row {
    let StepView { id, text, kind, state, seen, by, reason, check, at, target } = step;
    (id, text, kind, state, seen, by, reason, check, at.0, target.0)
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::Refused(format!("{refused} [ecmod.refused.{}]", refused.code()))
    }
}

impl Procedure {
    fn get<T>(&self, get: impl FnOnce(View) -> T) -> T
    where
        T: Default,
    {
        look(&self.access.shared, self.index).map(get).unwrap_or_default()
    }

    /// May the caller, does the procedure, and who it was.
    async fn change(
        &self,
        deed: Deed<'_>,
        connection: &Connection,
        header: &Header<'_>,
    ) -> Result<(), Error> {
        let caller = self.access.check(Class::Operate, connection, header).await?.to_string();
        let shared = &self.access.shared;
        let outputs = shared.latest().outputs;
        let is_completed = shared.procedures.change(self.index, deed, &caller, &outputs, clock::now())?;
        let (action, target, reason) = match deed {
            Deed::Begin => ("procedure_begin", self.id.clone(), ""),
            Deed::Confirm(step) => ("procedure_step_confirmed", format!("{}/{step}", self.id), ""),
            Deed::Skip(step, reason) => ("procedure_step_skipped", format!("{}/{step}", self.id), reason),
            Deed::End => ("procedure_end", self.id.clone(), ""),
        };
        deeds::note_other(shared, action, &target, &caller, reason);
        if is_completed {
            deeds::note_other(shared, "procedure_completed", &self.id, &caller, "");
        }
        Ok(())
    }
}

#[interface(name = "org.ecmod.Procedure1", introspection_docs = false)]
impl Procedure {
    async fn begin(
        &self,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        self.change(Deed::Begin, connection, &header).await
    }

    async fn confirm(
        &self,
        step: &str,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        self.change(Deed::Confirm(step), connection, &header).await
    }

    async fn skip(
        &self,
        step: &str,
        reason: &str,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        if reason.trim().is_empty() || reason.len() > LONGEST_REASON {
            let text = format!("the reason has 1 to {LONGEST_REASON} bytes");
            return Err(Error::InvalidArgument(text));
        }
        self.change(Deed::Skip(step, reason), connection, &header).await
    }

    async fn end(
        &self,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        self.change(Deed::End, connection, &header).await
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn id(&self) -> &str {
        &self.id
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn title(&self) -> String {
        self.get(|view| view.procedure.title.into_owned())
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn purpose(&self) -> String {
        self.get(|view| view.procedure.purpose.into_owned())
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn category(&self) -> &'static str {
        self.get(|view| view.procedure.category.name())
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn order(&self) -> &'static str {
        self.get(|view| view.procedure.order.name())
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn source(&self) -> String {
        self.get(|view| view.procedure.source.into_owned())
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn target(&self) -> u64 {
        self.get(|view| view.procedure.target.unwrap_or(Span::ZERO).0)
    }

    #[zbus(property)]
    fn state(&self) -> &'static str {
        self.get(|view| view.state())
    }

    #[zbus(property)]
    fn begun_by(&self) -> String {
        self.get(|view| view.by)
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn elapsed(&self) -> u64 {
        self.get(|view| view.elapsed.0)
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn remaining(&self) -> i64 {
        let left = |target: Span, elapsed: Span| {
            i64::try_from(target.0).unwrap_or(i64::MAX).saturating_sub_unsigned(elapsed.0)
        };
        self.get(|view| view.procedure.target.map_or(0, |target| left(target, view.elapsed)))
    }

    #[zbus(property)]
    fn next(&self) -> String {
        self.get(|view| view.next_id().to_owned())
    }

    #[zbus(property)]
    fn revision(&self) -> u32 {
        self.get(|view| view.revision)
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn steps(&self) -> Vec<Row> {
        self.get(|view| view.steps.into_iter().map(row).collect())
    }

    #[zbus(property)]
    fn suggested(&self) -> bool {
        self.get(|view| view.is_suggested)
    }

    #[zbus(property)]
    fn due(&self) -> &'static str {
        self.get(|view| view.due.name())
    }

    #[zbus(property)]
    fn ever_completed(&self) -> bool {
        self.get(|view| view.completed_ago.is_some())
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn completed_ago(&self) -> u64 {
        self.get(|view| view.completed_ago.unwrap_or(Span::ZERO).0)
    }
}
