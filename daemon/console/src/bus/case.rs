// SPDX-License-Identifier: MIT OR Apache-2.0
//! `org.ecmod.Case1`: the case as a document, out of one console and into another. Documented in `dbus/org.ecmod.Case1.xml`.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use ecmod_control::Request;
use zbus::message::Header;
use zbus::{Connection, interface};

use super::access::Access;
use super::authorise::Class;
use super::error::Error;
use crate::case::document::{self, FORMAT, LOG_TAIL, Present};
use crate::case::judge::{Fit, judge};
use crate::clock;
use crate::record::entry::{Record, Stamp};
use crate::record::log::{PAGE, Query};
use crate::service::{Shared, deeds};

/// More pages than the log can have: an end for a log that is written faster than it is read.
const PAGES: usize = 16;

/// The object at `/org/ecmod/case`.
pub struct CaseObject {
    access: Access,
    /// When and by which console the case was exported that was taken up last.
    imported: Mutex<String>,
}

impl CaseObject {
    /// No case was taken up yet.
    #[must_use]
    pub const fn new(access: Access) -> Self {
        Self { access, imported: Mutex::new(String::new()) }
    }
}

/// The latest entries of the log; none where the disk does not answer: the rest of the case matters more.
async fn latest_entries(shared: &Shared) -> Vec<Record> {
    let mut tail: VecDeque<Record> = VecDeque::new();
    let mut after = 0;
    for _ in 0..PAGES {
        let query = Query { after, most: PAGE, only: None };
        let Ok(page) = shared.record.read(query).await else { break };
        after = page.records.last().map_or(after, |record| record.sequence);
        tail.extend(page.records);
        tail.drain(..tail.len().saturating_sub(LOG_TAIL));
        if !page.more {
            break;
        }
    }
    tail.into()
}

#[interface(name = "org.ecmod.Case1", introspection_docs = false)]
impl CaseObject {
    #[zbus(out_args("document"))]
    async fn export(&self) -> String {
        let shared = &self.access.shared;
        let log = latest_entries(shared).await;
        let outputs = shared.latest().outputs;
        let zeros = shared.zeros().clone();
        document::write(&Present {
            plan: &shared.plan,
            outputs: &outputs,
            zeros: &zeros,
            log: &log,
            at: Stamp::now(),
            boot: &clock::boot_id(),
        })
    }

    #[zbus(out_args("taken", "left"))]
    async fn import(
        &self,
        document: &str,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(Vec<String>, Vec<String>), Error> {
        let shared = &self.access.shared;
        let caller = self.access.check(Class::Limits, connection, &header).await?;
        let case = document::read(document).map_err(|damage| {
            Error::InvalidArgument(format!("the document of the case is of no use: {damage}"))
        })?;
        let state = shared.latest().outputs.state;
        let Fit { adoption, taken, left } = judge(&case, &shared.plan, state).map_err(|problems| {
            Error::Refused(format!("{} [ecmod.refused.case_does_not_fit]", problems.join("; ")))
        })?;
        self.access.change(Class::Limits, Request::Adopt(adoption), connection, &header).await?;
        let origin = format!("exported {} by ecmod {}", case.exported, case.console);
        deeds::note_other(shared, "import_case", &origin, &caller.to_string(), &taken.join("; "));
        *self.imported.lock().unwrap_or_else(PoisonError::into_inner) = origin;
        Ok((taken, left))
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn format(&self) -> u32 {
        FORMAT
    }

    #[zbus(property(emits_changed_signal = "false"))]
    fn imported(&self) -> String {
        self.imported.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
