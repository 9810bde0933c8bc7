// SPDX-License-Identifier: MIT OR Apache-2.0
//! Accepts hosts. One task listens, one task serves each connection; none of them can hurt another or the control loop.
//!
//! If the socket cannot be had (another daemon has it, its folder is missing) that is said, and tried again each second: the
//! daemon controls with the hosts it has.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ecmod_link::transport::{Error, Listener, Policy};
use tokio::io::unix::AsyncFd;
use tokio::task::JoinSet;

use super::connection;
use super::ready::watch;
use crate::service::Shared;

const PAUSE: Duration = Duration::from_secs(1);

/// How many hosts may be connected or about to be: each port once, and as many newcomers again.
const MOST_CONNECTIONS: usize = 2 * crate::control_thread::channels::MAX_PORTS;

/// Serves hosts for ever.
pub async fn serve(shared: Arc<Shared>, path: PathBuf, policy: Policy) {
    let mut connections = JoinSet::new();
    // Like a connection: ended with the server, and a failure of it is said.
    connections.spawn(super::vigil::keep(Arc::clone(&shared)));
    let mut is_failing = false;
    loop {
        match listen(&path) {
            Ok(listener) => {
                is_failing = false;
                tracing::info!(event = "hosts.listening", path = %path.display(), "hosts may connect");
                accept_all(&listener, &policy, &shared, &mut connections).await;
            }
            Err(error) => {
                if !is_failing {
                    tracing::error!(event = "hosts.no_socket", %error, path = %path.display(), "hosts cannot connect; trying again each second");
                }
                is_failing = true;
            }
        }
        shared.vitals.hosts.turn();
        tokio::time::sleep(PAUSE).await;
    }
}

/// systemd's socket if there is one, else one of our own.
fn listen(path: &Path) -> io::Result<AsyncFd<Listener>> {
    let listener = match Listener::from_systemd()? {
        Some(listener) => listener,
        None => Listener::bind(path)?,
    };
    watch(listener)
}

/// Returns only if the listener is of no more use.
async fn accept_all(
    listener: &AsyncFd<Listener>,
    policy: &Policy,
    shared: &Arc<Shared>,
    connections: &mut JoinSet<()>,
) {
    let inbox = connection::Inbox::new();
    loop {
        while let Some(finished) = connections.try_join_next() {
            report_panic(finished);
        }
        shared.vitals.hosts.turn();
        let ready = tokio::select! {
            ready = listener.readable() => ready,
            () = shared.vitals.hosts.answer() => continue,
            () = tokio::time::sleep(PAUSE) => continue,
        };
        let Ok(mut ready) = ready else { return };
        match listener.get_ref().accept(policy) {
            Ok(_) if connections.len() >= MOST_CONNECTIONS => {
                tracing::warn!(event = "host.too_many", "too many hosts are connecting; one was turned away");
            }
            Ok((connection, peer)) => {
                connections.spawn(connection::serve(Arc::clone(shared), inbox.clone(), connection, peer));
            }
            Err(Error::WouldBlock) => ready.clear_ready(),
            Err(error @ Error::PeerRefused(_)) => {
                tracing::warn!(event = "host.not_allowed", %error, "a process was turned away");
            }
            Err(error) => {
                tracing::warn!(event = "hosts.accept_failed", %error, "a host could not be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

fn report_panic(finished: Result<(), tokio::task::JoinError>) {
    if let Err(error) = finished {
        tracing::error!(event = "host.task_failed", %error, "serving a host failed; it will connect again");
    }
}
