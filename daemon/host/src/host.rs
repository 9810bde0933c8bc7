// SPDX-License-Identifier: MIT OR Apache-2.0
//! The host of one port: puts bus, drivers and link together, watches the drivers, ends in order.
//!
//! # A driver that hangs
//! There is no way to stop a thread inside foreign code. When a driver does not come back from a call (its limit: ten times its
//! budget, at least a second, without what the bus takes), its signals are marked bad, the daemon is told, and the whole process ends with
//! [`EXIT_HUNG`]: systemd, or the development runner, starts it again. **Other drivers of the same port start again with
//! it.** No output changes: a device keeps what it was last told. Time in which this process itself stood still, or in which the
//! driver's thread was not given a processor, is not the driver's ([`crate::supervise`]).
//!
//! One kind of driver may hang without that: the display of a local control beside the pump ([`crate::local`]).
//!
//! # A host that starts again and again
//! Two short lives in a row cost nothing; after that each start waits a little longer, a second at most, so that a driver which
//! crashes at once does not take the machine's time. It never gives up.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use ecmod_config::Configuration;
use ecmod_link::message::Written;
use ecmod_link::supervision::starts::{self, Start};
use ecmod_quantities::Span;

use crate::account;
use crate::bus::Port;
use crate::clock;
use crate::driver::{self, Cell, Spec, Stop};
use crate::fallback::Fallbacks;
use crate::link::Link;
use crate::local;
use crate::news::News;
use crate::process::{self, Signals};
use crate::supervise::{self, LINK_THREAD, LOCAL_THREAD, Supervision, Turns};

/// The process ended because a driver hung; starting it again is right.
pub const EXIT_HUNG: u8 = 86;
/// How often the drivers are looked at.
const LOOK: Span = Span::from_millis(50);
/// When the drivers have been loaded and opened, the start is over and its memory is given back.
const SETTLED: Span = Span::from_secs(2);
/// How long the devices have to open before the rights to open them are given up.
pub const OPENING: Span = Span::from_secs(2);
/// How long the link thread has to tell the daemon of a hung driver.
const FAREWELL: Span = Span::from_millis(100);
/// How long drivers may take to close.
const LONGEST_END: Span = Span::from_secs(3);

/// Why a host cannot run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The port is not configured.
    #[error("there is no port {name:?} in the configuration; it has {known}")]
    UnknownPort {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The rights of the user cannot be taken on.
    #[error(transparent)]
    User(#[from] account::Error),
    /// The system gives no thread or descriptor.
    #[error("the system refuses what a host needs: {0}")]
    System(#[from] io::Error),
}

/// How a host ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It was asked to.
    Asked,
    /// A driver hung; the process must end now, without destructors.
    Hung,
}

/// Runs the host of `port` until it is told to end. With a `user`, this process has that user's rights, for good, from when the
/// port's devices are open (or have had [`OPENING`] for it) and before the first line of foreign code runs.
///
/// # Errors
/// [`Error`].
pub fn run(
    configuration: &Configuration,
    written: Written,
    port: &str,
    user: Option<&str>,
    signals: Signals,
) -> Result<End, Error> {
    let settings = configuration
        .ports
        .get(port)
        .ok_or_else(|| Error::UnknownPort { name: port.to_owned(), known: known(&configuration.ports) })?;
    let start = wait_for_our_turn(port);
    let stop = Arc::new(Stop::default());
    let news = Arc::new(News::new()?);
    let turns = Arc::new(Turns::default());
    let bus = Arc::new(Port::start(port, settings)?);
    if let Some(user) = user {
        if !bus.wait_open(clock::now().plus(OPENING)) {
            let reason = bus.trouble().unwrap_or_default();
            tracing::warn!(
                event = "host.not_open",
                port,
                user,
                "{reason}; from now on it can only be opened with the rights of {user}"
            );
        }
        account::become_user(user)?;
    }
    // Here ends what is ours alone, and foreign code begins.
    if let Err(error) = process::limit_computing() {
        tracing::warn!(
            event = "host.computing",
            port,
            "a driver that computes and never sleeps is not ended by the kernel: {error}"
        );
    }
    let mut cells = Vec::new();
    let mut threads = Vec::new();
    for (id, instance) in configuration.drivers.iter().filter(|(_, instance)| instance.port == port) {
        let library = instance.library.clone();
        let cell = Arc::new(Cell::new(id, &library.to_string_lossy(), Arc::clone(&news)));
        let spec = Spec {
            library,
            priority: instance.priority,
            period: instance.period,
            config: instance.config.clone(),
        };
        threads.push(driver::start(spec, Arc::clone(&bus), Arc::clone(&cell), Arc::clone(&stop))?);
        cells.push(cell);
    }
    if cells.is_empty() {
        tracing::warn!(event = "host.empty", port, "no driver is configured for this port");
    }
    let keys = settings.local_control.as_ref();
    let mut own = vec![(LINK_THREAD, Arc::clone(&turns))];
    let keys_turns = Arc::new(Turns::default());
    let start_keys = |keys| local::start(keys, &bus, &cells, &keys_turns, &stop);
    let keys_thread = keys.map(start_keys).transpose()?.flatten();
    if keys_thread.is_some() {
        own.push((LOCAL_THREAD, keys_turns));
    }
    let link = Link {
        socket: configuration.console.hosts_socket.clone(),
        port: port.to_owned(),
        written,
        cells: cells.clone(),
        bus,
        news: Arc::clone(&news),
        turns: Arc::clone(&turns),
        stop: Arc::clone(&stop),
    };
    let link_thread = std::thread::Builder::new()
        .name(LINK_THREAD.to_owned())
        .stack_size(LINK_STACK)
        .spawn(move || link.run())?;
    if let Err(error) = process::notify("READY=1") {
        tracing::warn!(event = "host.notify", port, "systemd cannot be told that the host runs: {error}");
    }

    let mut trim_at = Some(clock::now().plus(SETTLED));
    let mut fallbacks = Fallbacks::new(&cells, clock::now());
    let mut supervision = Supervision::new(&local::judged(settings, &cells), &own, clock::now());
    while !signals.wait(LOOK) {
        if trim_at.is_some_and(|at| clock::now() >= at) {
            trim_at = None;
            process::trim_memory();
        }
        fallbacks.look(clock::now());
        if supervision.look(clock::now()) {
            clock::sleep_until(clock::now().plus(FAREWELL));
            return Ok(End::Hung);
        }
        let keys_ended = keys_thread.as_ref().is_some_and(std::thread::JoinHandle::is_finished);
        let drivers_ended = threads.iter().any(std::thread::JoinHandle::is_finished);
        if drivers_ended || keys_ended || link_thread.is_finished() {
            tracing::error!(
                event = "host.broken",
                port,
                "a thread of this host has ended; the host is started again"
            );
            return Ok(End::Hung);
        }
    }
    tracing::info!(event = "host.end", port, "asked to end; outputs stay as they are");
    // as above: where it cannot be told, nothing depends on it
    let _ = process::notify("STOPPING=1");
    stop.raise();
    news.ring();
    let deadline = clock::now().plus(LONGEST_END);
    while threads.iter().any(|thread| !thread.is_finished()) {
        if clock::now() >= deadline || report_hung(&cells) {
            return Ok(End::Hung);
        }
        clock::sleep_until(clock::now().plus(Span::from_millis(2)));
    }
    for thread in threads {
        // a panic in it has been logged by the panic hook
        let _ = thread.join();
    }
    let _ = link_thread.join();
    keys_thread.map(std::thread::JoinHandle::join);
    // A start that cannot be forgotten makes the next one wait a little, at worst.
    let _ = start.map(Start::end);
    Ok(End::Asked)
}

/// Waits as long as the starts before this one make it advisable, where there is a folder to remember them in.
fn wait_for_our_turn(port: &str) -> Option<Start> {
    let folder = process::runtime_folder()?;
    let (start, account, written) = starts::begin(&folder, clock::now());
    if let Err(error) = written {
        tracing::warn!(
            event = "host.starts",
            port,
            "starts cannot be counted in {}: {error}",
            folder.display()
        );
    }
    if account.wait > Span::ZERO {
        let (unclean, ms) = (account.unclean, account.wait.millis());
        tracing::warn!(
            event = "host.waits",
            port,
            unclean,
            ms,
            "this host has just ended {unclean} times; it starts in {ms} ms, its outputs stay as they are"
        );
        clock::sleep_until(clock::now().plus(account.wait));
    }
    Some(start)
}

/// Room for encoding a hello.
const LINK_STACK: usize = 256 * 1024;

/// At the end: tells of every driver that does not come back from its last call. True if there is one.
fn report_hung(cells: &[Arc<Cell>]) -> bool {
    let now = clock::now();
    let mut any = false;
    for cell in cells {
        let Some((_, lasted)) = cell.watch.hung(now) else { continue };
        supervise::report(cell, lasted, now);
        any = true;
    }
    any
}

fn known(ports: &BTreeMap<String, ecmod_config::Port>) -> String {
    match ports.keys().map(String::as_str).collect::<Vec<_>>().join(", ") {
        names if names.is_empty() => "none".to_owned(),
        names => names,
    }
}
