// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a process tells its supervisor (`sd_notify(3)`), and what follows when it says nothing: systemd's part, played here.
//!
//! Each start has a socket of its own, so that nobody speaks for another process. As with systemd, the watchdog begins with `READY=1`, each
//! `WATCHDOG=1` gives the process its whole time again, `WATCHDOG=trigger` is the same as saying nothing, and a process that
//! says `STOPPING=1` is left to its end.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::UnixDatagram;
use tokio::time::Instant;

/// `WatchdogSec=` of the units.
pub(super) const WATCHDOG: Duration = Duration::from_secs(5);
/// `TimeoutStartSec=` of the units.
const START: Duration = Duration::from_secs(30);
/// Longer messages than this are nobody's.
const LONGEST: usize = 4096;

/// The socket of one start of a process.
#[derive(Debug)]
pub(super) struct Notify {
    socket: UnixDatagram,
    path: PathBuf,
    silence: Silence,
}

/// What a process that says nothing is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Silence {
    /// It has not said that it is ready.
    Starting(Instant),
    /// It is ready, and has to be heard by then.
    Watched(Instant),
    /// It is about to end.
    Ending,
}

/// Why a process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It was not ready in time.
    NotReady,
    /// It was not heard of for too long.
    Silent,
    /// It asked for it.
    Triggered,
}

impl Verdict {
    /// For the table and the terminal.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::NotReady => "was not ready in time and was killed",
            Self::Silent => "did not say that it is alive and was killed",
            Self::Triggered => "said that it hangs and was killed",
        }
    }
}

impl Notify {
    /// A socket in this folder for the next start of this process, which is about to be made.
    pub(super) fn new(folder: &Path, name: &str) -> io::Result<Self> {
        let path = folder.join(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let socket = UnixDatagram::bind(&path)?;
        Ok(Self { socket, path, silence: Silence::Starting(Instant::now() + START) })
    }

    /// What the process finds in its environment.
    pub(super) fn environment(&self) -> [(&'static str, String); 2] {
        [
            ("NOTIFY_SOCKET", self.path.display().to_string()),
            ("WATCHDOG_USEC", WATCHDOG.as_micros().to_string()),
        ]
    }

    /// Listens until the process has to be killed. What it has said already counts before the time that is over: a supervisor that
    /// comes late must not blame others for it.
    pub(super) async fn verdict(&mut self) -> Verdict {
        let mut message = [0; LONGEST];
        loop {
            let heard = self.socket.recv(&mut message);
            let length = match self.silence {
                Silence::Ending => heard.await,
                Silence::Starting(until) | Silence::Watched(until) => {
                    match tokio::time::timeout_at(until, heard).await {
                        Ok(heard) => heard,
                        // The clock ran while nobody looked: one more look without waiting.
                        Err(_) => match self.socket.try_recv(&mut message) {
                            Err(_) => return self.overdue(),
                            heard => heard,
                        },
                    }
                }
            };
            // A socket that fails says nothing, and its time goes on.
            let Ok(length) = length else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            for line in message.get(..length).unwrap_or_default().split(|byte| *byte == b'\n') {
                match line {
                    b"READY=1" | b"WATCHDOG=1" => self.silence = Silence::Watched(Instant::now() + WATCHDOG),
                    b"WATCHDOG=trigger" => return Verdict::Triggered,
                    b"STOPPING=1" => self.silence = Silence::Ending,
                    _ => {}
                }
            }
        }
    }

    const fn overdue(&self) -> Verdict {
        match self.silence {
            Silence::Starting(_) => Verdict::NotReady,
            Silence::Watched(_) | Silence::Ending => Verdict::Silent,
        }
    }
}

impl Drop for Notify {
    fn drop(&mut self) {
        // The next start makes its own.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Process(std::os::unix::net::UnixDatagram, PathBuf);

    impl Process {
        fn say(&self, words: &str) {
            self.0.send_to(words.as_bytes(), &self.1).unwrap();
        }
    }

    fn watched() -> (tempfile::TempDir, Notify, Process) {
        let folder = tempfile::tempdir().unwrap();
        let notify = Notify::new(folder.path(), "x").unwrap();
        let process = Process(std::os::unix::net::UnixDatagram::unbound().unwrap(), folder.path().join("x"));
        (folder, notify, process)
    }

    /// Time passes by itself when nobody has anything else to do.
    fn paused() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
    }

    #[test]
    fn a_process_that_is_ready_has_its_time_from_then_on_and_again_with_each_sign_of_life() {
        paused().block_on(async {
            let (_folder, mut notify, process) = watched();
            let begun = Instant::now();
            process.say("STATUS=controlling\nREADY=1");
            process.say("WATCHDOG=1");
            assert_eq!(notify.verdict().await, Verdict::Silent);
            assert_eq!(begun.elapsed().as_secs(), WATCHDOG.as_secs());
        });
    }

    #[test]
    fn a_process_that_is_never_ready_has_more_time_and_one_that_asks_for_its_end_none() {
        paused().block_on(async {
            let (_folder, mut notify, process) = watched();
            let begun = Instant::now();
            assert_eq!(notify.verdict().await, Verdict::NotReady);
            assert_eq!(begun.elapsed().as_secs(), START.as_secs());
            let (_other, mut notify, _) = watched();
            drop(process);
            let process = Process(std::os::unix::net::UnixDatagram::unbound().unwrap(), notify.path.clone());
            process.say("READY=1");
            process.say("WATCHDOG=trigger");
            assert_eq!(notify.verdict().await, Verdict::Triggered);
        });
    }

    #[test]
    fn a_process_that_is_about_to_end_is_left_alone() {
        paused().block_on(async {
            let (_folder, mut notify, process) = watched();
            process.say("READY=1");
            process.say("STOPPING=1");
            let hour = Duration::from_secs(3600);
            assert!(tokio::time::timeout(hour, notify.verdict()).await.is_err());
        });
    }

    #[test]
    fn the_socket_goes_with_the_start_that_it_was_made_for() {
        paused().block_on(async {
            let (folder, notify, _) = watched();
            let _next = Notify::new(folder.path(), "x").unwrap();
            assert!(notify.environment()[0].1.ends_with("/x"));
            drop(notify);
        });
    }
}
