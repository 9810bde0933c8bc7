// SPDX-License-Identifier: MIT OR Apache-2.0
//! One supervised process: started, logged, restarted when it ends, killed when it hangs, ended when told.
//!
//! Never gives up: 10 ms after the first end, doubling to 1 s; a process that has lived 1 s starts from 10 ms again. Every
//! process dies with the runner, even if that is killed: it is started through `ecmod-sim child`, which asks the kernel
//! for it and then becomes the process. It has a process group of its own, so that Ctrl-C reaches the runner alone.

use super::RunnerError;
use super::notify::{Notify, Verdict};
use super::table::Table;
use rustix::process::{Pid, Signal};
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::watch;

const FIRST_DELAY: Duration = Duration::from_millis(10);
const LONGEST_DELAY: Duration = Duration::from_secs(1);
const LONG_LIFE: Duration = Duration::from_secs(1);
/// How long a process may take to end after SIGTERM.
const GRACE: Duration = Duration::from_secs(3);

/// What a process is started with.
#[derive(Debug, Clone)]
pub(super) struct Spec {
    /// In tables and as the name of its log.
    pub name: String,
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Added to the environment.
    pub environment: Vec<(String, String)>,
    /// Whether it has to say that it is ready and lives, as systemd wants it.
    pub supervision: Supervision,
}

/// What a process has to say of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Supervision {
    /// That it is ready, and then that it lives (`Type=notify`, `WatchdogSec=`).
    Watched,
    /// Nothing.
    Ends,
}

/// What all processes share.
#[derive(Debug)]
pub(super) struct Shared {
    pub table: Table,
    pub log_dir: PathBuf,
    /// For the sockets on which processes say that they live.
    pub notify_dir: PathBuf,
    /// This program, to become the process through.
    pub own_program: PathBuf,
    /// Tell about ends on standard error.
    pub talkative: bool,
}

/// A process under supervision.
#[derive(Debug)]
pub(super) struct Supervised {
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
    /// The first line on standard output of the present life; `None` until it was printed.
    pub announced: watch::Receiver<Option<String>>,
}

impl Supervised {
    /// Starts and keeps it. `later` changes the spec for every start after the first line was printed.
    pub(super) fn start(shared: Rc<Shared>, spec: Spec, later: impl Fn(&mut Spec, &str) + 'static) -> Self {
        let (stop, stopping) = watch::channel(false);
        let (announce, announced) = watch::channel(None);
        let task = tokio::task::spawn_local(supervise(shared, spec, later, stopping, announce));
        Self { stop, task, announced }
    }

    /// Waits for the first line.
    pub(super) async fn first_line(&mut self) -> Option<String> {
        self.announced.wait_for(Option::is_some).await.ok()?.clone()
    }

    /// Ends it: SIGTERM, and SIGKILL after a while.
    pub(super) async fn end(self) {
        self.stop.send_replace(true);
        // A task that panicked has dropped its child, which kills it.
        let _ = self.task.await;
    }
}

async fn supervise(
    shared: Rc<Shared>,
    mut spec: Spec,
    later: impl Fn(&mut Spec, &str),
    mut stopping: watch::Receiver<bool>,
    announce: watch::Sender<Option<String>>,
) {
    let mut delay = FIRST_DELAY;
    let mut ends = 0_u64;
    loop {
        let begin = Instant::now();
        let ended = match spawn(&shared, &spec) {
            Ok((mut child, mut notify)) => {
                let id = child.id();
                note(&shared, shared.table.change(&spec.name, |entry| entry.pid = id));
                let status =
                    live(&shared, &spec, (&mut child, notify.as_mut()), &mut stopping, &announce).await;
                match status {
                    Life::Ended(status) => describe(status),
                    Life::Killed(verdict, status) => format!("{}; {}", verdict.words(), describe(status)),
                    Life::Stopped => {
                        note(&shared, shared.table.change(&spec.name, |entry| entry.pid = None));
                        return;
                    }
                }
            }
            Err(error) => format!("cannot be started: {error}"),
        };
        ends += 1;
        if shared.talkative && (ends <= 3 || ends.is_multiple_of(100)) {
            eprintln!("{} {ended}; it is started again (log/{}.log)", spec.name, spec.name);
        }
        note(
            &shared,
            shared.table.change(&spec.name, |entry| {
                entry.pid = None;
                entry.last_end = Some(ended);
                entry.restarts += 1;
            }),
        );
        if begin.elapsed() >= LONG_LIFE {
            delay = FIRST_DELAY;
        }
        if let Some(line) = announce.borrow().as_deref() {
            later(&mut spec, line);
        }
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
        delay = (delay * 2).min(LONGEST_DELAY);
    }
}

enum Life {
    Ended(io::Result<ExitStatus>),
    Killed(Verdict, io::Result<ExitStatus>),
    Stopped,
}

/// Waits for the end of a process, or ends it when told, or when it hangs.
async fn live(
    shared: &Rc<Shared>,
    spec: &Spec,
    (child, notify): (&mut Child, Option<&mut Notify>),
    stopping: &mut watch::Receiver<bool>,
    announce: &watch::Sender<Option<String>>,
) -> Life {
    let output = child.stdout.take();
    let reading = tokio::task::spawn_local(read_output(log(shared, spec), output, announce.clone()));
    let verdict = async {
        match notify {
            Some(notify) => notify.verdict().await,
            None => std::future::pending().await,
        }
    };
    let life = tokio::select! {
        status = child.wait() => Life::Ended(status),
        verdict = verdict => {
            // A signal that also ends what was stopped.
            let _ = child.start_kill();
            Life::Killed(verdict, child.wait().await)
        }
        _ = stopping.wait_for(|stop| *stop) => {
            signal(child, Signal::TERM);
            if tokio::time::timeout(GRACE, child.wait()).await.is_err() {
                // It does not end by itself; a failure means that it just did.
                let _ = child.kill().await;
            }
            Life::Stopped
        }
    };
    reading.abort();
    life
}

/// Copies standard output into the log; the first line is also told.
async fn read_output(
    log: Option<File>,
    output: Option<ChildStdout>,
    announce: watch::Sender<Option<String>>,
) {
    use std::io::Write;
    let (Some(mut log), Some(output)) = (log, output) else { return };
    let mut lines = BufReader::new(output).lines();
    let mut first = true;
    while let Ok(Some(line)) = lines.next_line().await {
        // A full disk must not end a process.
        let _ = writeln!(log, "{line}");
        if core::mem::take(&mut first) {
            announce.send_replace(Some(line));
        }
    }
}

fn spawn(shared: &Shared, spec: &Spec) -> io::Result<(Child, Option<Notify>)> {
    let errors = open_log(shared, spec)?;
    let notify = match spec.supervision {
        Supervision::Watched => Some(Notify::new(&shared.notify_dir, &spec.name)?),
        Supervision::Ends => None,
    };
    let mut command = Command::new(&shared.own_program);
    command.arg("child").arg(std::process::id().to_string()).arg(&spec.program).args(&spec.arguments);
    // A runner that is itself a service must not have its processes speak to its own supervisor.
    for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] {
        command.env_remove(name);
    }
    command.envs(notify.iter().flat_map(Notify::environment));
    command.envs(spec.environment.iter().map(|(key, value)| (key, value)));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors);
    command.process_group(0).kill_on_drop(true);
    Ok((command.spawn()?, notify))
}

fn open_log(shared: &Shared, spec: &Spec) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(shared.log_dir.join(format!("{}.log", spec.name)))
}

fn log(shared: &Shared, spec: &Spec) -> Option<File> {
    open_log(shared, spec).ok()
}

fn signal(child: &Child, signal: Signal) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // It may have ended just now: it is not reaped yet, so the number is still its own.
        let _ = rustix::process::kill_process(pid, signal);
    }
}

fn describe(status: io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => format!("ended with {status}"),
        Err(error) => format!("was lost: {error}"),
    }
}

/// A table that cannot be written is told, and ends nothing.
fn note(shared: &Shared, written: io::Result<()>) {
    if let Err(error) = written
        && shared.talkative
    {
        eprintln!("processes.json cannot be written: {error}");
    }
}

/// Becomes `program`, with the priority that it has in a console, which will be killed when the process `parent` ends. Returns
/// only if it cannot.
///
/// # Errors
/// Why it cannot.
pub fn become_child(
    parent: u32,
    program: &OsString,
    arguments: &[OsString],
) -> Result<core::convert::Infallible, RunnerError> {
    use std::os::unix::process::CommandExt;
    let what = || program.display().to_string();
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| RunnerError::io(what())(error.into()))?;
    // The parent may have ended before the line above.
    let present = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
    if present != i32::try_from(parent).ok() {
        return Err(RunnerError::ParentGone);
    }
    if let Err(error) = super::priority::take(program, arguments) {
        eprintln!("{}: not the priority that it has in a console: {error}", what());
    }
    Err(RunnerError::io(what())(std::process::Command::new(program).args(arguments).exec()))
}
