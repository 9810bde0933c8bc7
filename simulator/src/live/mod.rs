// SPDX-License-Identifier: MIT OR Apache-2.0
//! The simulator in real time: one thread that advances the plant and serves its devices on ptys and TCP, and threads that
//! serve the board's chips and lines.
//!
//! The plant is advanced to the present every few milliseconds and before every answer, in its own steps of one
//! millisecond: a register shows the state of the millisecond in which it is asked for, and the process still wakes up
//! only some hundred times a second. A process that was stopped catches up.
//!
//! Everything runs on one current-thread runtime and shares the [`World`] by `Rc`; nothing holds it across an await.

mod board;
mod control;
mod folder;
mod message;
mod pty;
mod rtu_line;
mod tcp_line;
mod text_line;
mod world;

#[cfg(test)]
mod tests;

pub use message::{Command, Ready};
pub(crate) use world::monotonic;
pub use world::{Bin, World};

use crate::devices::Generation;
use crate::line::names;
use crate::scenario::Scenario;
use ecmod_quantities::Span;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use thiserror::Error;
use tokio::task::LocalSet;

/// The folders of kernel drivers' files in the run directory, and who writes them.
const FOLDERS: [(&str, folder::Show); 2] =
    [("power_supply", |plant| plant.power.files()), ("barometer", |plant| plant.barometer.files())];

/// Why the simulator cannot run.
#[derive(Debug, Error)]
pub enum LiveError {
    /// A folder, pty, socket or port cannot be made.
    #[error("{what}: {source}")]
    Io {
        /// What was to be made.
        what: String,
        /// Why it cannot.
        source: std::io::Error,
    },
}

impl LiveError {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

/// What the simulator is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where symbolic links to ptys, and sockets, are made. Created if need be.
    pub run_dir: PathBuf,
    /// What happens; its `[circuit]` is what is simulated.
    pub scenario: Scenario,
    /// Which gas controller.
    pub gas: Generation,
    /// How long a device takes from request to answer.
    pub response_delay: Span,
    /// Where the transmitter listens; port 0 takes a free one.
    pub monitor: SocketAddr,
    /// Of all noise.
    pub seed: u64,
}

impl Options {
    /// For this folder and scenario, with a generation 1 gas controller, answers after 0.5 ms, a free TCP port.
    #[must_use]
    pub fn new(run_dir: &Path, scenario: Scenario) -> Self {
        Self {
            run_dir: run_dir.to_owned(),
            scenario,
            gas: Generation::One,
            response_delay: Span::from_micros(500),
            monitor: SocketAddr::from(([127, 0, 0, 1], 0)),
            seed: 1,
        }
    }
}

/// Lets this thread, and those that it starts, go before ordinary ones where that is permitted: a device does not wait for
/// a processor, so on a busy machine its stand-in should not either.
fn go_before_others() {
    // Whoever may not do it has a slower device.
    let _ = rustix::process::setpriority_process(None, -15);
}

/// Serves until `end` completes; `ready` is called once everything can be connected to.
///
/// # Errors
/// What could not be made. A line that fails later is made anew; it ends nothing.
pub async fn serve(
    options: &Options,
    ready: impl FnOnce(&Ready),
    end: impl Future<Output = ()>,
) -> Result<(), LiveError> {
    go_before_others();
    std::fs::create_dir_all(&options.run_dir)
        .map_err(LiveError::io(options.run_dir.display().to_string()))?;
    let world = Rc::new(RefCell::new(World::new(options)?));
    let tasks = LocalSet::new();
    let path = |name: &str| options.run_dir.join(name);

    let (listener, address) = tcp_line::listen(options.monitor)?;
    let control = control::Socket::bind(&path("simulator.sock"))?;
    let mut ports = BTreeMap::from([(names::MONITOR.to_owned(), address.to_string())]);
    for name in [names::PUMP, names::GAS, names::FLOW] {
        let pty = pty::Pty::open(&path(name)).map_err(LiveError::io(path(name).display().to_string()))?;
        ports.insert(name.to_owned(), path(name).display().to_string());
        let world = Rc::clone(&world);
        if name == names::FLOW {
            tasks.spawn_local(text_line::serve(world, pty));
        } else {
            tasks.spawn_local(rtu_line::serve(world, name, pty, options.response_delay));
        }
    }
    tasks.spawn_local(tcp_line::serve(Rc::clone(&world), listener, address, options.response_delay));
    let shared = Arc::clone(world.borrow().board());
    let served = board::Served::start(&shared, &options.run_dir)
        .map_err(LiveError::io(options.run_dir.display().to_string()))?;
    ports.extend(board::Served::files().map(|name| (name.clone(), path(&name).display().to_string())));
    for (name, files) in FOLDERS {
        let folder = folder::Folder::create(&path(name), files, &world)
            .map_err(LiveError::io(path(name).display().to_string()))?;
        ports.insert(name.to_owned(), path(name).display().to_string());
        tasks.spawn_local(folder.keep(Rc::clone(&world)));
    }
    let ready_message = Ready {
        ports,
        control_socket: path("simulator.sock").display().to_string(),
        started_ns: world.borrow().started().0,
    };
    tasks.spawn_local(control.serve(Rc::clone(&world)));
    tasks.spawn_local(world::keep_pace(Rc::clone(&world)));
    ready(&ready_message);
    tasks.run_until(end).await;
    drop(served);
    drop(tasks); // closes ptys and sockets, removes their names
    Ok(())
}
