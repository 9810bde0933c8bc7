// SPDX-License-Identifier: MIT OR Apache-2.0
//! The one way by which anything on D-Bus changes anything: may the caller, does the core accept, and who did it.

use std::sync::Arc;

use ecmod_control::Request;
use zbus::Connection;
use zbus::message::Header;

use super::authorise::{Caller, Class, Rights};
use super::error::Error;
use crate::control_thread::channels::Reply;
use crate::service::Shared;
use crate::service::deeds::{self, Before};

/// What is known, and who may change it.
#[derive(Debug, Clone)]
pub struct Access {
    /// What is known.
    pub shared: Arc<Shared>,
    /// Who may change something.
    pub rights: Rights,
}

impl Access {
    /// Lets the caller pass, and says who it is.
    ///
    /// # Errors
    /// [`Error::NotAuthorised`]
    pub async fn check(
        &self,
        class: Class,
        connection: &Connection,
        header: &Header<'_>,
    ) -> Result<Caller, Error> {
        self.rights.check(class, connection, header).await
    }

    /// Asks the core, and returns when it has decided and the newest snapshot shows it.
    ///
    /// # Errors
    /// The caller may not, the core refuses, or it did not answer.
    pub async fn change(
        &self,
        class: Class,
        request: Request,
        connection: &Connection,
        header: &Header<'_>,
    ) -> Result<Reply, Error> {
        let caller = self.check(class, connection, header).await?;
        let before = Before::now(&self.shared.latest().outputs);
        let reply = self.shared.requests.ask(request).await?;
        reply.result?;
        self.shared.caught_up(reply.tick).await;
        deeds::note(&self.shared, &request, &before, &caller.to_string());
        Ok(reply)
    }
}
