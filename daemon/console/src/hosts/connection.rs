// SPDX-License-Identifier: MIT OR Apache-2.0
//! One host, from its hello to its end.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ecmod_link::image::DaemonImage;
use ecmod_link::message::{self, DriverState, FromDaemon, FromHost, Hello, MAX_MESSAGE, Welcome};
use ecmod_link::transport::{self, Connection, Peer};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::admission::{Admission, Refused, admit};
use super::question::{self, Asked};
use super::ready::watch;
use crate::clock;
use crate::control_thread::attachment::{Attachment, Pulse};
use crate::service::Shared;

/// How long a host may take to say hello, and to take the answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum End {
    /// The socket, or a host that is too slow.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The socket.
    #[error(transparent)]
    Transport(#[from] transport::Error),
    /// What it said is not believed.
    #[error(transparent)]
    Message(#[from] message::Error),
    /// The daemon does not want it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It said something at the wrong time.
    #[error("{0}")]
    OutOfTurn(&'static str),
}

/// A host that is in.
struct Guest {
    shared: Arc<Shared>,
    port: usize,
    name: String,
    hung_up: Arc<AtomicBool>,
    drivers: Vec<(String, Arc<AtomicBool>)>,
    asked: Asked,
}

/// Where messages are received: one for all hosts, since each is read as soon as it is there.
#[derive(Debug, Clone)]
pub struct Inbox(Arc<Mutex<Box<[u8]>>>);

impl Inbox {
    /// For the longest message that there is.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(vec![0; MAX_MESSAGE].into())))
    }

    /// The next message of a host.
    async fn receive(&self, connection: &AsyncFd<Connection>) -> Result<FromHost, End> {
        let read = |connection: &Connection| {
            let mut buffer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let received = connection.recv(&mut buffer).map_err(io::Error::from)?;
            Ok(FromHost::decode(buffer.get(..received.length).unwrap_or_default()))
        };
        Ok(connection.async_io(Interest::READABLE, read).await??)
    }
}

/// Serves a host until it goes.
pub async fn serve(shared: Arc<Shared>, inbox: Inbox, connection: Connection, peer: Peer) {
    let Ok(connection) = watch(connection) else { return };
    let mut guest = match welcome(&shared, &inbox, &connection, peer).await {
        Ok(guest) => guest,
        Err(end) => {
            tracing::warn!(event = "host.refused", pid = peer.pid, reason = %end, "a host was refused");
            let answer = FromDaemon::Refused(message::Refused::because(&end));
            let _ = send(&connection, &answer, None).await;
            return;
        }
    };
    let end = guest.listen(&inbox, &connection).await;
    tracing::warn!(event = "port.lost", port = %guest.name, pid = peer.pid, reason = %end, "the port's host is gone; its readings are bad until it is back");
}

/// From hello to welcome.
async fn welcome(
    shared: &Arc<Shared>,
    inbox: &Inbox,
    connection: &AsyncFd<Connection>,
    peer: Peer,
) -> Result<Guest, End> {
    let FromHost::Hello(hello) = timely(inbox.receive(connection)).await?? else {
        return Err(End::OutOfTurn("a host has to say hello first"));
    };
    let admission = admit(&shared.plan, &hello)?;
    make_way(shared, &hello, admission.port)?;
    let layout = hello.layout()?;
    let (image, file) = DaemonImage::create(layout).map_err(message::Error::from)?;
    for remark in &admission.remarks {
        tracing::warn!(event = "host.remark", port = %hello.port, "{remark}");
    }
    let image = Arc::new(image);
    send(connection, &FromDaemon::Welcome(Welcome::new(layout)), Some(&file)).await?;
    Guest::attach(shared, hello, admission, image, peer)
}

/// A port has one host. The newest wins only if the old one is dead: two that live would both write to one bus.
fn make_way(shared: &Shared, hello: &Hello, port: usize) -> Result<(), Refused> {
    let mut guests = shared.guests();
    let Some(old) = guests.get(&port) else { return Ok(()) };
    if is_alive(old.pid) {
        return Err(Refused::Taken { port: hello.port.clone(), pid: old.pid });
    }
    old.hung_up.store(true, Ordering::Release);
    guests.remove(&port);
    Ok(())
}

/// A process that cannot be asked about counts as alive.
fn is_alive(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    pid.is_none_or(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

impl Guest {
    fn attach(
        shared: &Arc<Shared>,
        hello: Hello,
        admission: Admission,
        image: Arc<DaemonImage>,
        peer: Peer,
    ) -> Result<Self, End> {
        let now = clock::now();
        let hung_up = Arc::new(AtomicBool::new(false));
        let attachment = Attachment {
            port: admission.port,
            heard: image.heard(),
            image: Arc::clone(&image),
            hung_up: Arc::clone(&hung_up),
            inputs: admission.inputs,
            outputs: admission.outputs,
            pulse: Pulse::new(shared.plan.settings.period, now),
        };
        let (questions, asked) = question::channel(hello.answers);
        shared
            .attach(attachment, peer.pid, questions)
            .map_err(|_| Refused::NotNow("too many hosts are arriving".into()))?;
        let mut registry = shared.registry();
        if registry.connected(admission.port, peer.pid, &hello, &image, now) {
            shared.board.was_away(registry.drivers_of(admission.port));
        }
        drop(registry);
        shared.judge_configurations();
        if !hello.written.is_in_force() {
            tracing::error!(event = "port.configuration", port = %hello.port, written = ?hello.written, "the port's host runs with the copy of its last good configuration; its log says what is wrong with the written one");
        }
        tracing::info!(event = "port.connected", port = %hello.port, pid = peer.pid, drivers = hello.drivers.len(), "the port has its host");
        Ok(Self {
            shared: Arc::clone(shared),
            port: admission.port,
            name: hello.port,
            hung_up,
            drivers: admission.drivers,
            asked,
        })
    }

    async fn listen(&mut self, inbox: &Inbox, connection: &AsyncFd<Connection>) -> End {
        loop {
            let message = tokio::select! {
                received = inbox.receive(connection) => received,
                question = self.asked.next() => {
                    if let Err(end) = send(connection, &question, None).await {
                        return end;
                    }
                    continue;
                }
            };
            let message = match message {
                Ok(message) => message,
                Err(end) => return end,
            };
            if self.hung_up.load(Ordering::Acquire) {
                return End::OutOfTurn("another host took its place");
            }
            self.shared.registry().heard(self.port, clock::now());
            if let Err(end) = self.take(message) {
                return end;
            }
            // However much one host has to say, the others are heard.
            tokio::task::yield_now().await;
        }
    }

    fn take(&self, message: FromHost) -> Result<(), End> {
        match message {
            FromHost::Hello(_) => return Err(End::OutOfTurn("a second hello")),
            FromHost::Port(event) => self.shared.registry().port_event(self.port, event, clock::now()),
            FromHost::Driver(event) => {
                if let Some((_, runs)) = self.drivers.iter().find(|(id, _)| *id == event.id) {
                    runs.store(event.state == DriverState::Running, Ordering::Release);
                }
                self.note(&event);
                if !self.shared.registry().driver_event(self.port, event, clock::now()) {
                    return Err(End::OutOfTurn("an event of a driver that it does not have"));
                }
            }
            // That it came is what was asked for.
            FromHost::Pong(_) => {}
            FromHost::SelfTest(report) => {
                if !self.drivers.iter().any(|(id, _)| *id == report.driver) {
                    return Err(End::OutOfTurn("a self test of a driver that it does not have"));
                }
                self.shared.self_test.reported(report);
            }
        }
        Ok(())
    }

    fn note(&self, event: &message::DriverEvent) {
        let before = self
            .shared
            .registry()
            .drivers
            .iter()
            .find(|driver| driver.id == event.id)
            .map(|driver| driver.state);
        if before == Some(event.state) {
            return;
        }
        let (driver, state, detail) = (&event.id, event.state.name(), &event.detail);
        match event.state {
            DriverState::Running | DriverState::Opening => {
                tracing::info!(event = "driver.state", %driver, state, %detail, port = %self.name, "driver {driver} is {state}");
            }
            DriverState::Fault | DriverState::Absent => {
                tracing::warn!(event = "driver.state", %driver, state, %detail, port = %self.name, "driver {driver} is {state}: {detail}");
            }
        }
    }
}

/// The control thread is told before anything else, whatever ends the task.
impl Drop for Guest {
    fn drop(&mut self) {
        self.hung_up.store(true, Ordering::Release);
        let mut guests = self.shared.guests();
        if guests.get(&self.port).is_some_and(|guest| Arc::ptr_eq(&guest.hung_up, &self.hung_up)) {
            guests.remove(&self.port);
            drop(guests);
            self.shared.registry().hung_up(self.port);
        }
    }
}

async fn send(
    connection: &AsyncFd<Connection>,
    message: &FromDaemon,
    file: Option<&std::os::fd::OwnedFd>,
) -> Result<(), End> {
    use std::os::fd::AsFd;
    let bytes = message.encode()?;
    let sent = connection.async_io(Interest::WRITABLE, |connection| {
        connection.send(&bytes, file.map(AsFd::as_fd)).map_err(io::Error::from)
    });
    timely(sent).await??;
    Ok(())
}

async fn timely<F: Future>(future: F) -> io::Result<F::Output> {
    tokio::time::timeout(PATIENCE, future).await.map_err(io::Error::from)
}
