// SPDX-License-Identifier: MIT OR Apache-2.0
//! The control socket: tests and people inject faults and ask for the truth. A Unix stream of JSON lines.

use super::LiveError;
use super::message::{Answer, Command, State};
use super::world::{ObserverId, World};
use crate::line::names;
use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};

/// Longest command.
const LONGEST: u64 = 64 * 1024;
/// How often a trace is sent.
const TRACE_PACE: Duration = Duration::from_millis(20);

/// The listening socket; its name goes with it.
#[derive(Debug)]
pub(super) struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

impl Socket {
    /// Listens at `path`, replacing what an earlier run left there.
    pub(super) fn bind(path: &Path) -> Result<Self, LiveError> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(LiveError::io(path.display().to_string())(error));
            }
            _ => {}
        }
        let listener = UnixListener::bind(path).map_err(LiveError::io(path.display().to_string()))?;
        Ok(Self { listener, path: path.to_owned() })
    }

    /// Serves for ever.
    pub(super) async fn serve(self, world: Rc<RefCell<World>>) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let world = Rc::clone(&world);
                    tokio::task::spawn_local(async move {
                        let observer = world.borrow_mut().observe(0);
                        // A client that goes ends its own connection only.
                        let _ended = converse(&world, stream, observer).await;
                        world.borrow_mut().forget(observer);
                    });
                }
                // Out of descriptors, perhaps: not in a busy loop.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // It may be gone already; there is nobody to tell.
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn converse(world: &Rc<RefCell<World>>, stream: UnixStream, observer: ObserverId) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    loop {
        let mut line = String::new();
        if (&mut reader).take(LONGEST).read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let answer = match serde_json::from_str(&line) {
            Ok(Command::Trace { period_ms }) if period_ms > 0 => {
                return trace(world, reader, writer, period_ms).await;
            }
            Ok(command) => perform(&mut world.borrow_mut(), command, observer),
            Err(error) => Answer::refused(error.to_string()),
        };
        say(&mut writer, &answer).await?;
    }
}

async fn say(writer: &mut OwnedWriteHalf, what: &impl serde::Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    writer.write_all(&line).await
}

fn perform(world: &mut World, command: Command, observer: ObserverId) -> Answer {
    world.catch_up();
    match command {
        Command::Inject { fault } => match fault.check(&names::ALL) {
            Ok(()) => {
                let id = world.plant.inject(fault);
                world.meet_board();
                Answer::Injected { ok: true, id }
            }
            Err(reason) => Answer::refused(reason),
        },
        Command::Clear { id } if world.plant.clear(id) => Answer::Done { ok: true },
        Command::Clear { id } => Answer::refused(format!("there is no fault {id}")),
        Command::ClearAll {} => {
            world.plant.clear_all();
            Answer::Done { ok: true }
        }
        Command::Patient { change } => {
            world.plant.change_patient(&change);
            Answer::Done { ok: true }
        }
        Command::State {} => Answer::State(Box::new(State::of(world))),
        Command::Extremes {} => match world.take_extremes(observer) {
            Some(extremes) if extremes.steps > 0 => Answer::Extremes { ok: true, extremes },
            _ => Answer::refused("no time has passed"),
        },
        Command::Line { name } => match world.board().with(|board, _| board.changes(&name)) {
            Some(changes) => Answer::Line { ok: true, changes },
            None => Answer::refused(format!("there is no line {name:?}")),
        },
        Command::Trace { .. } => Answer::refused("period_ms must be at least 1"),
    }
}

async fn trace(
    world: &Rc<RefCell<World>>,
    mut reader: BufReader<OwnedReadHalf>,
    mut writer: OwnedWriteHalf,
    period_ms: u64,
) -> io::Result<()> {
    let observer = world.borrow_mut().observe(period_ms);
    let mut pace = tokio::time::interval(TRACE_PACE);
    let mut ignored = [0_u8; 64];
    let result = loop {
        tokio::select! {
            count = reader.read(&mut ignored) => {
                match count {
                    Ok(0) => break Ok(()),
                    Ok(_) => {}
                    Err(error) => break Err(error),
                }
            }
            _ = pace.tick() => {
                let bins = {
                    let mut world = world.borrow_mut();
                    world.catch_up();
                    world.take_bins(observer)
                };
                let mut text = Vec::new();
                for bin in bins {
                    serde_json::to_writer(&mut text, &bin)?;
                    text.push(b'\n');
                }
                if let Err(error) = writer.write_all(&text).await {
                    break Err(error);
                }
            }
        }
    };
    world.borrow_mut().forget(observer);
    result
}
