// SPDX-License-Identifier: MIT OR Apache-2.0
//! journald: each record becomes an event again, with its own call site, for `tracing-journald`.
//!
//! A field `port` becomes the journal's `ECMOD_PORT`; the message, priority, target, file and line get their usual names.
//! `tracing-journald` does not say when a datagram finds nobody, so that is asked before each: a record for which there is no
//! journald is lost and counted. Under systemd the socket survives a restart of journald: datagrams wait, which is what the queue
//! is for.

use super::Sink;
use crate::record::Record;
use std::io;
use std::os::unix::net::UnixDatagram;
use tracing::field::Value;
use tracing::{Dispatch, Event};
use tracing_journald::{Priority, PriorityMappings};
use tracing_subscriber::layer::SubscriberExt;

/// journald's well-known socket, as tracing-journald has it.
const SOCKET: &str = "/run/systemd/journal/socket";
/// The macros of `tracing` allow no more fields.
const MAX_FIELDS: usize = 32;

/// Writes to journald.
pub(crate) struct Journal {
    dispatch: Dispatch,
}

impl Journal {
    /// Whether somebody listens on journald's socket. Does not wait.
    pub(crate) fn is_there() -> bool {
        UnixDatagram::unbound().is_ok_and(|socket| socket.connect(SOCKET).is_ok())
    }

    /// Connects; waits if journald stalls.
    pub(crate) fn open() -> io::Result<Self> {
        let priorities = PriorityMappings {
            info: Priority::Informational,
            debug: Priority::Debug,
            ..PriorityMappings::new()
        };
        let layer = tracing_journald::layer()?
            .with_field_prefix(Some("ECMOD".into()))
            .with_priority_mappings(priorities);
        Ok(Self { dispatch: Dispatch::new(tracing_subscriber::registry().with(layer)) })
    }
}

impl Sink for Journal {
    fn write(&mut self, record: &Record) -> io::Result<()> {
        if !Self::is_there() {
            return Err(io::ErrorKind::NotConnected.into());
        }
        let metadata = record.metadata();
        let fields: Vec<_> = record.fields().take(MAX_FIELDS).collect();
        let Some((spare, _)) = fields.first() else {
            return Ok(()); // an event without a message and without fields says nothing
        };
        let values: [_; MAX_FIELDS] = std::array::from_fn(|index| match fields.get(index) {
            Some((field, text)) => (*field, Some(text as &dyn Value)),
            None => (*spare, None),
        });
        self.dispatch.event(&Event::new(metadata, &metadata.fields().value_set(&values)));
        Ok(())
    }
}
