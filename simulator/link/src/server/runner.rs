// SPDX-License-Identifier: MIT OR Apache-2.0
//! One thread, one listening socket, a few connections.

use std::collections::BTreeMap;
use std::io::{self, PipeWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::chip::Client;
use crate::MAX_MESSAGE;
use crate::socket::{Connection, Listener};

/// Connections at a time; more are closed at once. A host has one for each GPIO line.
const MOST: usize = 256;

/// What is behind the socket.
pub trait Service: Send + 'static {
    /// Somebody has connected.
    fn joined(&mut self, client: Client, connection: &Arc<Connection>);
    /// A message came; `false` hangs up.
    fn message(&mut self, client: Client, connection: &Connection, message: &[u8]) -> bool;
    /// The connection is closed.
    fn gone(&mut self, client: Client);
    /// Called after every event and when the time that it returned last is over.
    fn tick(&mut self) -> Option<Duration> {
        None
    }
}

/// The thread and what ends it.
#[derive(Debug)]
pub struct Runner {
    wake: PipeWriter,
    thread: Option<JoinHandle<()>>,
    path: PathBuf,
}

impl Runner {
    pub fn start(path: &Path, service: impl Service) -> io::Result<Self> {
        let listener = Listener::bind(path)?;
        let (woken, wake) = io::pipe()?;
        let thread = std::thread::Builder::new()
            .name("sim-link".to_owned())
            .spawn(move || serve(&listener, woken, service))?;
        Ok(Self { wake, thread: Some(thread), path: path.to_path_buf() })
    }

    /// Makes the thread call [`Service::tick`].
    pub fn wake(&self) {
        // a full pipe wakes it as well
        let _ = (&self.wake).write(&[1]);
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        let _ = (&self.wake).write(&[0]);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = std::fs::remove_file(&self.path);
    }
}

fn serve(listener: &Listener, mut woken: io::PipeReader, mut service: impl Service) {
    let mut connections: BTreeMap<u64, Arc<Connection>> = BTreeMap::new();
    let mut next = 0_u64;
    let mut buffer = vec![0; MAX_MESSAGE];
    loop {
        let pause = service.tick().map(|pause| Timespec {
            tv_sec: i64::try_from(pause.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: pause.subsec_nanos().into(),
        });
        let ready: Vec<bool> = {
            let mut fds = vec![PollFd::new(&woken, PollFlags::IN), PollFd::new(listener, PollFlags::IN)];
            fds.extend(
                connections.values().map(|connection| PollFd::new(connection.as_ref(), PollFlags::IN)),
            );
            match poll(&mut fds, pause.as_ref()) {
                Ok(_) => fds.iter().map(|fd| !fd.revents().is_empty()).collect(),
                Err(Errno::INTR) => continue,
                Err(_) => return,
            }
        };
        let (own, theirs) = ready.split_at_checked(2).unwrap_or_default();
        if own.first() == Some(&true) {
            let mut signs = [0; 64];
            let count = woken.read(&mut signs).unwrap_or(0);
            if count == 0 || signs.iter().take(count).any(|sign| *sign == 0) {
                return;
            }
        }
        let clients: Vec<u64> =
            connections.keys().zip(theirs).filter(|(_, ready)| **ready).map(|(id, _)| *id).collect();
        for id in clients {
            let Some(connection) = connections.get(&id) else { continue };
            let goes_on = match connection.receive(&mut buffer) {
                Ok(Some(message)) => service.message(Client(id), connection, message),
                Ok(None) => true,
                Err(_) => false,
            };
            if !goes_on {
                connections.remove(&id);
                service.gone(Client(id));
            }
        }
        if own.get(1) == Some(&true)
            && let Ok(Some(connection)) = listener.accept()
            && connections.len() < MOST
        {
            let connection = Arc::new(connection);
            service.joined(Client(next), &connection);
            connections.insert(next, connection);
            next += 1;
        }
    }
}
