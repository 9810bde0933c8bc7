// SPDX-License-Identifier: MIT OR Apache-2.0
//! Puts the daemon together, in the order that has it control as soon as possible, and takes it apart again without the pump
//! noticing.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ecmod_config::last_good::{self, Loaded, Origin};
use ecmod_config::{LogLevel, LogTarget};
use ecmod_control::{Core, SettingsProblem};
use ecmod_link::transport::Policy;
use ecmod_logging::{Level, Target};
use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;

use crate::configuration;
use crate::control_thread::channels::channels;
use crate::control_thread::statistics::Statistics;
use crate::control_thread::{ControlThread, Pace, realtime};
use crate::journal::keeper::{Journal, Keeper};
use crate::journal::memory::Memory;
use crate::plan::{Plan, PlanError};
use crate::procedures::Procedures;
use crate::record::entry::{Entry, Event, Stamp};
use crate::record::recorder::Recorder;
use crate::service::observer::{Known, Observer, Rings};
use crate::service::requests::requests;
use crate::service::{Parts, Shared};
use crate::supervision::{self, Care, Life, Supervisor};
use crate::{accounts, bus, hosts, self_test};

/// How long the end waits for the journal.
const LAST_WRITE: Duration = Duration::from_secs(1);
/// How soon systemd is told again that did not take what it was told.
const READY_AGAIN: Duration = Duration::from_millis(50);

/// Why the daemon cannot run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration asks for what this daemon cannot do.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The core does not take the settings.
    #[error("the control core refuses the settings: {0}")]
    Settings(SettingsProblem),
    /// The log cannot be started.
    #[error(transparent)]
    Log(#[from] ecmod_logging::Error),
    /// The system gives no thread or no runtime.
    #[error("the system does not give what the daemon needs: {0}")]
    System(#[from] std::io::Error),
    /// A part of the service thread failed. The daemon has ended in good order.
    #[error("a task of the service thread failed: {0}")]
    Task(String),
}

/// Runs the daemon until it is told to end. To be called from the main thread, before any other thread exists.
///
/// # Errors
/// What keeps it from starting, or made it end.
pub fn run(loaded: &Loaded) -> Result<(), Error> {
    let configuration = &loaded.configuration;
    realtime::use_one_heap_arena();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .max_blocking_threads(1)
        .thread_stack_size(256 * 1024)
        .build()?;
    // From here on a wish to end is kept until there is something to end: what has left its mark on the disk ends in good order.
    let signals = runtime.block_on(async { Signals::listen() })?;
    let mut plan = Plan::new(configuration)?;
    let log = ecmod_logging::start(log_target(configuration.log.target), log_level(configuration.log.level))?;
    tracing::info!(event = "daemon.starting", version = env!("CARGO_PKG_VERSION"), "ecmod starts");
    say_origin(&loaded.origin);
    let console = &configuration.console;
    // Before anything is read that may be what ended the daemons before this one.
    let life = Life::begin(&console.state_directory);
    let (memory, journal) = open_journal(&console.state_directory);
    plan.recall(&memory.zeros);
    let core = Core::new(plan.settings, memory.resume(&plan)).map_err(Error::Settings)?;
    let initial = *core.outputs();
    let (loop_end, service_end) = channels();
    let statistics = Arc::new(Statistics::default());

    if console.lock_memory {
        log_shortfall(realtime::lock_memory());
    }
    let latency = log_shortfall(realtime::hold_cpu_latency());
    let pace = Pace { period: console.period, priority: console.realtime_priority };
    let control = ControlThread::start(core, loop_end, Arc::clone(&statistics), pace)?;
    for shortfall in &control.shortfalls {
        tracing::warn!(event = "control.shortfall", "{shortfall}");
    }

    let (requests, broker) = requests(service_end.requests, service_end.replies);
    let recorder = Recorder::start(&console.state_directory, memory.boot.as_str())?;
    recorder.handle().note(memory.started());
    let procedures = Procedures::new(
        configuration.procedures.clone(),
        memory.procedures.as_ref(),
        &memory.boot,
        Stamp::now(),
        Arc::clone(&service_end.board),
    );
    let shared = Arc::new(Shared::new(Parts {
        plan,
        initial,
        zeros: memory.zeros.clone(),
        statistics,
        requests,
        arrivals: service_end.arrivals,
        board: service_end.board,
        configuration: configuration::fact(&loaded.origin),
        record: recorder.handle(),
        procedures,
    }));
    shared.judge_configurations();
    life.tell(&shared.board);
    let keeper = Keeper::start(journal)?;
    keeper.submit_boots(memory.boots.clone());
    let rings = Rings {
        snapshots: service_end.snapshots,
        news: service_end.news,
        departures: service_end.departures,
    };
    let known = Known { memory: &memory, newest_recording: recorder.newest_record() };
    let mut observer = Observer::new(Arc::clone(&shared), rings, &keeper, known);
    let bus = bus::Settings {
        address: configuration.dbus.address.clone(),
        frame_period: Duration::from_secs(1) / frame_hz(configuration.dbus.frame_hz, life.care()),
        rights: bus::Rights::of_groups(
            &configuration.dbus.operators_group,
            configuration.dbus.limits_group.as_deref(),
        ),
    };
    let supervisor = Supervisor::start(supervision::Parts {
        statistics: Arc::clone(&shared.statistics),
        vitals: Arc::clone(&shared.vitals),
        board: Arc::clone(&shared.board),
        care: life.care(),
    })?;
    let end = runtime.block_on(async {
        let mut tasks = JoinSet::new();
        tasks.spawn(broker.serve());
        tasks.spawn(hosts::server::serve(
            Arc::clone(&shared),
            console.hosts_socket.clone(),
            host_users(&console.hosts_user),
        ));
        tasks.spawn(bus::serve(Arc::clone(&shared), bus));
        tasks.spawn(self_test::serve(Arc::clone(&shared), console.state_directory.clone()));
        let vitals = Arc::clone(&shared.vitals);
        tasks.spawn(async move { vitals.beat().await });
        keep_configuration(&loaded.origin, &console.state_directory);
        tokio::spawn(tell_ready());
        let end = tokio::select! {
            end = until_the_end(signals, &mut tasks) => end,
            never = observer.run() => match never {},
        };
        let _ = notify(&[NotifyState::Stopping]);
        end
    });

    // The pump is not touched: its host holds the speed, and the journal knows that support goes on.
    supervisor.stop();
    tracing::info!(event = "daemon.ending", "ecmod ends; the pump goes on as it is");
    observer.finish();
    drop(observer);
    drop(runtime);
    control.stop();
    keeper.submit_boots(memory.boots.ended());
    recorder.handle().note(Entry::now(Event::Ended));
    if let Err(error) = keeper.close(LAST_WRITE) {
        tracing::warn!(event = "journal.unfinished", %error, "the state journal is behind");
    }
    if let Err(error) = recorder.close(LAST_WRITE) {
        tracing::warn!(event = "record.unfinished", %error, "the alarm log is behind");
    }
    if end.is_ok() {
        life.end();
    }
    drop(latency);
    drop(log);
    end
}

/// How many frames a second a bus gets that may be what ended the daemons before this one.
const CAREFUL_FRAME_HZ: u32 = 5;

fn frame_hz(configured: u32, care: Care) -> u32 {
    let most = match care {
        Care::Normal => configured,
        Care::Careful => CAREFUL_FRAME_HZ,
    };
    configured.min(most).max(1)
}

fn say_origin(origin: &Origin) {
    let (Origin::CopyOfInvalid(errors) | Origin::CopyOfLost(errors)) = origin else { return };
    for problem in &errors.problems {
        tracing::error!(event = "configuration.problem", %problem, "the written configuration is of no use: {problem}");
    }
    tracing::error!(event = "configuration.copy", "the copy of the last good configuration is in force");
}

/// Keeps a configuration that was written, for the day on which it is wrong or gone.
fn keep_configuration(origin: &Origin, state_directory: &Path) {
    let Origin::Files(text) = origin else { return };
    let (text, folder) = (text.clone(), state_directory.to_path_buf());
    tokio::task::spawn_blocking(move || {
        if let Err(error) = last_good::keep(&folder, &text) {
            tracing::warn!(event = "configuration.not_kept", %error, "no copy of the configuration is kept");
        }
    });
}

/// The signals that mean the end.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }
}

/// A task that ends by itself has failed: the daemon ends in good order then, so that systemd starts a whole one.
async fn until_the_end(mut signals: Signals, tasks: &mut JoinSet<()>) -> Result<(), Error> {
    tokio::select! {
        _ = signals.terminate.recv() => Ok(()),
        _ = signals.interrupt.recv() => Ok(()),
        Some(finished) = tasks.join_next() => {
            let reason = finished.err().map_or_else(|| "it ended".to_owned(), |error| error.to_string());
            Err(Error::Task(reason))
        }
    }
}

fn open_journal(directory: &Path) -> (Memory, Journal) {
    let (memory, journal) = Memory::open(directory);
    for problem in &memory.problems {
        tracing::warn!(event = "journal.problem", %problem, "a file of the state journal is of no use: {problem}");
    }
    let (before, starts) = (memory.before.name(), memory.boots.starts);
    match memory.record.as_ref().map(|record| record.state) {
        Some(state) => tracing::info!(
            event = "journal.read",
            mode = state.mode.name(),
            supporting = state.supporting,
            before,
            starts,
            "the state before is known"
        ),
        None => tracing::warn!(
            event = "journal.none",
            directory = %directory.display(),
            "no state from before: beginning with safe settings; a pump that runs is taken over as it is"
        ),
    }
    (memory, journal)
}

/// Root, the daemon's own user, and the hosts' user if the system has one.
fn host_users(hosts_user: &str) -> Policy {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    Policy::default().and(accounts::id_of(&users, hosts_user))
}

fn log_shortfall<T>(result: Result<T, realtime::Shortfall>) -> Option<T> {
    result.map_err(|shortfall| tracing::warn!(event = "control.shortfall", "{shortfall}")).ok()
}

/// systemd may not be there; then nobody is told. Whether it could be.
fn notify(states: &[NotifyState<'_>]) -> bool {
    match supervision::notify::notify(states) {
        Ok(()) => true,
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => false,
        Err(error) => {
            tracing::debug!(event = "daemon.notify", %error, "systemd was not told");
            true
        }
    }
}

/// That the daemon is ready is told until it is taken: a systemd that is busy would end a daemon that never said so.
async fn tell_ready() {
    let mut is_said = false;
    while !notify(&[NotifyState::Ready, NotifyState::Status("controlling")]) {
        if !std::mem::replace(&mut is_said, true) {
            tracing::warn!(event = "daemon.notify", "systemd does not take what it is told; trying again");
        }
        tokio::time::sleep(READY_AGAIN).await;
    }
}

const fn log_target(target: LogTarget) -> Target {
    match target {
        LogTarget::Auto => Target::Auto,
        LogTarget::Journald => Target::Journald,
        LogTarget::Stderr => Target::Stderr,
    }
}

const fn log_level(level: LogLevel) -> Level {
    match level {
        LogLevel::Error => Level::Error,
        LogLevel::Warn => Level::Warn,
        LogLevel::Info => Level::Info,
        LogLevel::Debug => Level::Debug,
    }
}
