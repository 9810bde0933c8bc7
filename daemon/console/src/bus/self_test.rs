// SPDX-License-Identifier: MIT OR Apache-2.0
//! `org.ecmod.SelfTest1`: the console's test of itself. Documented in `dbus/org.ecmod.SelfTest1.xml`.

use zbus::message::Header;
use zbus::object_server::SignalEmitter;
use zbus::{Connection, Variant, interface};

use super::access::Access;
use super::authorise::Class;
use super::error::Error;
use crate::self_test::{LONGEST_REASON, Refused, Report};
use crate::service::deeds;

/// The object at `/org/ecmod/self_test`.
pub struct SelfTest {
    /// What is known, and who may change it.
    pub access: Access,
}

/// Name, result, what was found, what to do, whether it blocks, when.
type Row = (String, &'static str, String, String, bool, u64);

/// The properties that announce their changes, by name.
#[must_use]
pub fn announced(report: &Report) -> Vec<(&'static str, Variant<'static>)> {
    vec![
        ("State", report.state.name().into()),
        ("Passed", report.passed().into()),
        ("BlocksStart", report.blocks_start().into()),
        ("Overridden", report.overridden.is_some().into()),
        ("OverrideReason", report.overridden.clone().unwrap_or_default().into()),
        ("FinishedAt", report.finished.0.into()),
        ("Items", rows(report).into()),
    ]
}

fn rows(report: &Report) -> Vec<Row> {
    let row = |item: &crate::self_test::Item| {
        let remedy = item.remedy.clone();
        (item.name.clone(), item.result.name(), item.detail.clone(), remedy, item.blocks, item.at.0)
    };
    report.items.iter().map(row).collect()
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        let code = match refused {
            Refused::Runs => "self_test_runs",
            Refused::NothingBlocks => "nothing_blocks",
        };
        Self::Refused(format!("{refused} [ecmod.refused.{code}]"))
    }
}

impl SelfTest {
    fn report(&self) -> Report {
        self.access.shared.self_test.report()
    }
}

#[interface(name = "org.ecmod.SelfTest1", introspection_docs = false)]
impl SelfTest {
    async fn run(
        &self,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        let caller = self.access.check(Class::Operate, connection, &header).await?;
        self.access.shared.self_test.order()?;
        deeds::note_other(&self.access.shared, "self_test", "", &caller.to_string(), "");
        Ok(())
    }

    #[zbus(name = "Override")]
    async fn override_failures(
        &self,
        reason: &str,
        #[zbus(connection)] connection: &Connection,
        #[zbus(header)] header: Header<'_>,
    ) -> Result<(), Error> {
        let caller = self.access.check(Class::Operate, connection, &header).await?.to_string();
        if reason.trim().is_empty() || reason.len() > LONGEST_REASON {
            let text = format!("the reason has 1 to {LONGEST_REASON} bytes");
            return Err(Error::InvalidArgument(text));
        }
        let shared = &self.access.shared;
        let report = shared.self_test.report();
        let items: Vec<&str> = report.blocking().map(|item| item.name.as_str()).collect();
        shared.self_test.override_failures(reason, &caller)?;
        deeds::note_other(shared, "self_test_override", &items.join(", "), &caller, reason);
        Ok(())
    }

    /// A test is over.
    #[zbus(signal)]
    pub async fn finished(emitter: &SignalEmitter<'_>, passed: bool) -> zbus::Result<()>;

    #[zbus(property)]
    fn state(&self) -> &'static str {
        self.report().state.name()
    }

    #[zbus(property)]
    fn passed(&self) -> bool {
        self.report().passed()
    }

    #[zbus(property)]
    fn blocks_start(&self) -> bool {
        self.report().blocks_start()
    }

    #[zbus(property)]
    fn overridden(&self) -> bool {
        self.report().overridden.is_some()
    }

    #[zbus(property)]
    fn override_reason(&self) -> String {
        self.report().overridden.unwrap_or_default()
    }

    #[zbus(property)]
    fn finished_at(&self) -> u64 {
        self.report().finished.0
    }

    #[zbus(property)]
    fn items(&self) -> Vec<Row> {
        rows(&self.report())
    }
}
