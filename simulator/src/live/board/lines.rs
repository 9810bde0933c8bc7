// SPDX-License-Identifier: MIT OR Apache-2.0
//! The board's lines behind a socket, and the thread that lets the board's time pass.
//!
//! Lines that nobody holds are driven by nobody: a coil whose host has ended is without current.

use super::super::monotonic;
use super::Shared;
use crate::chips::{DrivenBy, Level, LineChip as _};
use ecmod_quantities::Monotonic;
use ecmod_sim_link::server::{Client, LineChip, Refusal};
use ecmod_sim_link::{Answer, Bus, Connection, FromServer, Listener, MAX_MESSAGE, Name, Request, errno};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

/// Connections at a time; more are closed at once.
const MOST: usize = 64;

/// The thread; ends with this.
#[derive(Debug)]
pub(super) struct Server {
    end: Arc<OwnedFd>,
    thread: Option<JoinHandle<()>>,
    path: PathBuf,
}

impl Server {
    /// Listens at `path`, which must not exist.
    pub(super) fn start(path: PathBuf, shared: Arc<Shared>) -> io::Result<Self> {
        let listener = Listener::bind(&path)?;
        let end = Arc::new(eventfd(0, EventfdFlags::CLOEXEC)?);
        let ended = Arc::clone(&end);
        let lines = Lines::new(shared);
        let name = "sim-lines".to_owned();
        let thread = std::thread::Builder::new().name(name).spawn(move || lines.serve(&listener, &ended))?;
        Ok(Self { end, thread: Some(thread), path })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = rustix::io::write(&*self.end, &1_u64.to_ne_bytes());
        if let Some(thread) = self.thread.take() {
            // If it has panicked, that was told.
            let _ = thread.join();
        }
        // It may be gone already.
        let _ = std::fs::remove_file(&self.path);
    }
}

struct Lines {
    shared: Arc<Shared>,
    /// The lines as clients see and hold them.
    bank: LineChip,
    /// Numbers of the lines that the host drives, and whether somebody holds them.
    outputs: Vec<(usize, bool)>,
    clients: BTreeMap<Client, Connection>,
    next_client: u64,
    message: Vec<u8>,
}

impl Lines {
    fn new(shared: Arc<Shared>) -> Self {
        let lines = shared.quietly(|board, _| board.lines().to_vec());
        let names: Vec<&str> = lines.iter().map(|line| line.name).collect();
        let mut bank = LineChip::new(&names);
        for number in 0..lines.len() {
            let level = shared.quietly(|board, now| board.level(now, number));
            bank.drive(number, level.is_high(), 0);
        }
        let driven = lines.iter().enumerate().filter(|(_, line)| line.driven_by == DrivenBy::Host);
        let outputs = driven.map(|(number, _)| (number, false)).collect();
        Self {
            shared,
            bank,
            outputs,
            clients: BTreeMap::new(),
            next_client: 0,
            message: vec![0; MAX_MESSAGE],
        }
    }

    fn serve(mut self, listener: &Listener, ended: &OwnedFd) {
        loop {
            let due = self.pass_time();
            let Some(ready) = self.wait(listener, ended, due) else { return };
            for client in ready.clients {
                self.hear(client);
            }
            if ready.newcomer
                && let Ok(Some(connection)) = listener.accept()
                && self.clients.len() < MOST
            {
                self.clients.insert(Client(self.next_client), connection);
                self.next_client += 1;
            }
        }
    }

    /// Brings the bank up to the present; when something next happens.
    fn pass_time(&mut self) -> Option<Monotonic> {
        let (edges, board_due, now) = self.shared.quietly(|board, now| {
            let mut edges = Vec::new();
            board.advance(now, &mut |edge| edges.push(edge));
            (edges, board.next_change(), now)
        });
        for edge in edges {
            self.bank.drive(edge.line, edge.level.is_high(), edge.at.0);
        }
        self.bank.settle(now.0);
        self.tell();
        [board_due, self.bank.next_change().map(Monotonic)].into_iter().flatten().min()
    }

    /// Waits for messages, newcomers, the board, or `due`; `None` at the end.
    fn wait(&self, listener: &Listener, ended: &OwnedFd, due: Option<Monotonic>) -> Option<Ready> {
        let pause = due.map(|due| due.since(monotonic())).map(|pause| Timespec {
            tv_sec: i64::try_from(pause.0 / 1_000_000_000).unwrap_or(i64::MAX),
            tv_nsec: i64::try_from(pause.0 % 1_000_000_000).unwrap_or(0),
        });
        let fixed = [ended.as_fd(), self.shared.wake.as_fd(), listener.as_fd()];
        let mut fds: Vec<PollFd<'_>> = fixed
            .into_iter()
            .chain(self.clients.values().map(Connection::as_fd))
            .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN))
            .collect();
        if poll(&mut fds, pause.as_ref()).is_err() {
            return Some(Ready::default()); // a signal
        }
        let mut ready = fds.iter().map(|fd| !fd.revents().is_empty());
        if ready.next() == Some(true) {
            return None;
        }
        if ready.next() == Some(true) {
            // Whatever it was, the next look at the board shows it.
            let _ = rustix::io::read(&self.shared.wake, &mut [0; 8]);
        }
        let newcomer = ready.next() == Some(true);
        let clients = self.clients.keys().zip(ready).filter(|(_, ready)| *ready);
        Some(Ready { newcomer, clients: clients.map(|(client, _)| *client).collect() })
    }

    /// One message of a client, or its end.
    fn hear(&mut self, client: Client) {
        let mut message = core::mem::take(&mut self.message);
        let goes_on = match self.clients.get(&client).map(|connection| connection.receive(&mut message)) {
            Some(Ok(Some(message))) => self.answer(client, message),
            Some(Ok(None)) => true,
            Some(Err(_)) | None => false,
        };
        self.message = message;
        if !goes_on {
            self.clients.remove(&client);
            self.bank.release(client);
        }
        self.follow_outputs();
    }

    fn answer(&mut self, client: Client, message: &[u8]) -> bool {
        let Ok((sequence, request)) = Request::decode(message) else { return false };
        let mut levels = [0; 16];
        let answer = match &request {
            Request::Hello(hello) if hello.bus == Bus::Lines => Ok(&[][..]),
            Request::Lines { consumer, lines } => {
                self.bank.request(client, *consumer, lines).map(|()| &[][..])
            }
            Request::Get => {
                let told = self.bank.get(client);
                let (mask, bits) = levels.split_at_mut(8);
                mask.copy_from_slice(&told.mask.to_le_bytes());
                bits.copy_from_slice(&told.bits.to_le_bytes());
                Ok(&levels[..])
            }
            Request::Set(levels) => self.bank.set(client, *levels).map(|()| &[][..]),
            _ => Err(Refusal { errno: errno::EINVAL, holder: Name::default() }),
        };
        let answer = match answer {
            Ok(payload) => Answer::Done(payload),
            Err(refusal) => Answer::Refused { errno: refusal.errno, holder: refusal.holder },
        };
        let mut buffer = [0; 256];
        let Ok(length) = FromServer::Answer(sequence, answer).encode(&mut buffer) else { return false };
        let bytes = buffer.get(..length).unwrap_or_default();
        self.clients.get(&client).is_some_and(|connection| connection.send(bytes).is_ok())
    }

    /// Brings to the board what clients drive now, and what nobody drives any more.
    fn follow_outputs(&mut self) {
        while let Some((line, level)) = self.bank.driven() {
            self.shared.quietly(|board, now| board.drive(now, line, Some(Level::from_bool(level))));
        }
        for (line, was_held) in &mut self.outputs {
            let held = self.bank.holder(*line).is_some();
            if core::mem::replace(was_held, held) && !held {
                self.bank.drive(*line, false, monotonic().0);
                self.shared.quietly(|board, now| board.drive(now, *line, None));
            }
        }
    }

    /// Sends the edges. One that a client's full socket does not take is lost, which its sequence shows.
    fn tell(&mut self) {
        let mut buffer = [0; 64];
        while let Some(notice) = self.bank.notice() {
            if let (Some(connection), Ok(length)) =
                (self.clients.get(&notice.client), FromServer::Event(notice.event).encode(&mut buffer))
            {
                let _ = connection.send(buffer.get(..length).unwrap_or_default());
            }
        }
    }
}

#[derive(Default)]
struct Ready {
    newcomer: bool,
    clients: Vec<Client>,
}
