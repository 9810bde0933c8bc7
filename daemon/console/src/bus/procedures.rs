// SPDX-License-Identifier: MIT OR Apache-2.0
//! `org.ecmod.Procedures1`: all procedures together. Documented in `dbus/org.ecmod.Procedures1.xml`.

use std::sync::Arc;

use zbus::{OwnedObjectPath, Variant, interface};

use super::procedure::path;
use crate::service::Shared;

/// The object at `/org/ecmod/procedures`.
pub struct Procedures {
    /// What is known.
    pub shared: Arc<Shared>,
}

/// The properties that announce their changes, by name.
#[must_use]
pub fn announced(shared: &Shared) -> Vec<(&'static str, Variant<'static>)> {
    let procedures = &shared.procedures;
    vec![
        ("Running", paths(shared, &procedures.running()).into()),
        ("Suggested", paths(shared, &procedures.suggested()).into()),
        ("Due", paths(shared, &procedures.due()).into()),
    ]
}

fn paths(shared: &Shared, indices: &[usize]) -> Vec<OwnedObjectPath> {
    let ids = shared.procedures.ids();
    indices.iter().filter_map(|index| ids.get(*index).and_then(|id| path(id))).collect()
}

#[interface(name = "org.ecmod.Procedures1", introspection_docs = false)]
impl Procedures {
    #[zbus(property(emits_changed_signal = "const"))]
    fn all(&self) -> Vec<OwnedObjectPath> {
        self.shared.procedures.ids().iter().filter_map(|id| path(id)).collect()
    }

    #[zbus(property)]
    fn running(&self) -> Vec<OwnedObjectPath> {
        paths(&self.shared, &self.shared.procedures.running())
    }

    #[zbus(property)]
    fn suggested(&self) -> Vec<OwnedObjectPath> {
        paths(&self.shared, &self.shared.procedures.suggested())
    }

    #[zbus(property)]
    fn due(&self) -> Vec<OwnedObjectPath> {
        paths(&self.shared, &self.shared.procedures.due())
    }
}
