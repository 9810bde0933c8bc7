// SPDX-License-Identifier: MIT OR Apache-2.0
//! The supervisor: a thread of its own that looks at every part ten times a second and feeds systemd's watchdog while all is well.
//!
//! It owns no lock, waits for nobody and touches no device. If it fails itself, systemd is not fed and starts the daemon again:
//! that is the last line, and its limit (`WatchdogSec=`) is longer than any verdict here takes.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use ecmod_control::Fact;
use ecmod_link::supervision::{Allowance, Hang, Judge, Nature, Verdict, account};
use ecmod_quantities::{Monotonic, Span};
use sd_notify::NotifyState;

use super::notify::notify;
use super::{Board, Vital, Vitals};
use crate::clock;
use crate::control_thread::realtime;
use crate::control_thread::statistics::Statistics;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(100);
/// How long the loop may stand still. Its period is 20 ms at most.
const CONTROL: Allowance = Allowance { limit: Span::from_secs(2), nature: Nature::Steady };
/// How long the service thread may take for a turn of a tenth of a second.
const SERVICE: Allowance = Allowance { limit: Span::from_secs(3), nature: Nature::Steady };
/// How long a task may take for a turn of a second: more than the longest wait that any of them allows itself.
const TASK: Span = Span::from_secs(15);
/// What the log has to write its last lines before the end.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// Lowest of the real-time priorities: other programs cannot starve the supervisor, and it can starve nobody that matters.
const PRIORITY: u8 = 1;

/// How much the optional parts are trusted in this life of the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Care {
    /// As configured.
    #[default]
    Normal,
    /// The daemon was started too often of late: optional parts have safe defaults, and none of them ends it.
    Careful,
}

/// What is looked at.
#[derive(Debug)]
pub struct Parts {
    /// The loop's ticks.
    pub statistics: Arc<Statistics>,
    /// The service thread's tasks.
    pub vitals: Arc<Vitals>,
    /// Where a doubt is written.
    pub board: Arc<Board>,
    /// How much the optional ones are trusted.
    pub care: Care,
}

/// The running thread.
#[derive(Debug)]
pub struct Supervisor {
    stop: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

impl Supervisor {
    /// Starts it, from the thread that will be the service thread.
    ///
    /// # Errors
    /// The system gave no thread.
    pub fn start(parts: Parts) -> std::io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let limit = sd_notify::watchdog_enabled();
        let service = rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned();
        let thread = std::thread::Builder::new().name("supervisor".into()).stack_size(256 * 1024).spawn(
            move || {
                // Where it is not permitted there is ordinary scheduling, and a starved supervisor judges nobody.
                let _ = realtime::enter(Some(PRIORITY));
                let mut watch = Watch::new(parts, service, clock::now());
                let mut food = Food::new(limit);
                while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                    let now = clock::now();
                    match watch.look(now) {
                        State::Falls(fallen) => give_up(&fallen),
                        State::Fallen => {}
                        State::Well if food.is_due(now) => food.given(notify(&[NotifyState::Watchdog]), now),
                        State::Well => {}
                    }
                }
            },
        )?;
        Ok(Self { stop, thread })
    }

    /// Ends it: an orderly end of the daemon is nobody's fault.
    pub fn stop(self) {
        drop(self.stop);
        let _ = self.thread.join();
    }
}

/// Said once; from then on nothing is fed. systemd ends the daemon at once where it understands that, and in its own time where not.
fn give_up(fallen: &Fallen) {
    let Fallen { part, how, still } = *fallen;
    let ms = still.millis();
    tracing::error!(
        event = "supervision.hung",
        part,
        how,
        ms,
        "the {part} hangs since {ms} ms: {how}; the daemon is started again, the pump goes on"
    );
    std::thread::sleep(LAST_WORDS);
    // A systemd that takes nothing finds out by itself: it is not fed any more.
    let _ = notify(&[NotifyState::WatchdogTrigger]);
}

/// When systemd wants to hear of us: four times per limit.
#[derive(Debug)]
struct Food {
    interval: Option<Span>,
    fed: Option<Monotonic>,
    /// The latest sign of life was not taken.
    is_refused: bool,
}

impl Food {
    fn new(limit: Option<Duration>) -> Self {
        let quarter = |limit: Duration| Span(u64::try_from(limit.as_nanos() / 4).unwrap_or(u64::MAX));
        Self { interval: limit.map(quarter), fed: None, is_refused: false }
    }

    fn is_due(&self, now: Monotonic) -> bool {
        self.interval.is_some_and(|interval| self.fed.is_none_or(|fed| now.since(fed) >= interval))
    }

    /// It was given, or could not be: then it is due again at the next look. Said once.
    fn given(&mut self, result: std::io::Result<()>, now: Monotonic) {
        match result {
            Ok(()) => {
                self.fed = Some(now);
                self.is_refused = false;
            }
            Err(error) if !self.is_refused => {
                self.is_refused = true;
                tracing::warn!(event = "supervision.not_fed", %error, "systemd does not take the sign of life; trying again");
            }
            Err(_) => {}
        }
    }
}

/// A part that is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fallen {
    part: &'static str,
    how: &'static str,
    still: Span,
}

/// The daemon after a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing that matters hangs.
    Well,
    /// This is given up now.
    Falls(Fallen),
    /// Something was given up before, and nobody has ended us yet.
    Fallen,
}

/// All judges.
#[derive(Debug)]
struct Watch {
    parts: Parts,
    service_thread: u32,
    control_thread: Option<u32>,
    control: Judge,
    service: Judge,
    hosts: TaskJudge,
    bus: TaskJudge,
    fallen: bool,
}

impl Watch {
    fn new(parts: Parts, service_thread: u32, now: Monotonic) -> Self {
        Self {
            service_thread,
            control_thread: None,
            control: Judge::new(parts.statistics.ticks(), now),
            service: Judge::new(parts.vitals.service.turns(), now),
            hosts: TaskJudge::new(&parts.vitals.hosts, now),
            bus: TaskJudge::new(&parts.vitals.bus, now),
            fallen: false,
            parts,
        }
    }

    /// One look.
    fn look(&mut self, now: Monotonic) -> State {
        let Parts { statistics, vitals, board, care } = &self.parts;
        let control_thread = &mut self.control_thread;
        let control = self.control.look(statistics.ticks(), CONTROL, now, || {
            *control_thread = control_thread.or_else(|| account::thread_called("control"));
            control_thread.and_then(account::of_thread)
        });
        let service = self
            .service
            .look(vitals.service.turns(), SERVICE, now, || account::of_thread(self.service_thread));
        // While the thread does not come round its tasks cannot, and that is not their fault.
        let (hosts, bus) = if service == Verdict::Moves {
            (self.hosts.look(&vitals.hosts, now), self.bus.look(&vitals.bus, now))
        } else {
            self.hosts.begin_anew(now);
            self.bus.begin_anew(now);
            (Verdict::Moves, Verdict::Moves)
        };
        let verdicts = [
            ("control loop", control, self.control.still(now), true),
            ("service thread", service, self.service.still(now), true),
            ("hosts' server", hosts, self.hosts.still(now), true),
            ("bus", bus, self.bus.still(now), *care == Care::Normal),
        ];
        let doubtful = verdicts.iter().find(|(_, verdict, ..)| *verdict != Verdict::Moves);
        if board.set(Fact::WatchdogNear, doubtful.is_some()) {
            match doubtful {
                Some((part, _, still, _)) => {
                    let ms = still.millis();
                    tracing::warn!(
                        event = "supervision.doubt",
                        part,
                        ms,
                        "the {part} has not moved for {ms} ms"
                    );
                }
                None => tracing::info!(event = "supervision.well", "every part moves again"),
            }
        }
        let fallen = verdicts.into_iter().find_map(|(part, verdict, still, is_vital)| match verdict {
            Verdict::Hung(hang) if is_vital => Some(Fallen { part, how: hang.words(), still }),
            Verdict::Hung(_) | Verdict::Moves | Verdict::Doubtful => None,
        });
        // One that comes back before anybody has ended us is all the better.
        let was_fallen = std::mem::replace(&mut self.fallen, fallen.is_some());
        match fallen {
            None => State::Well,
            Some(_) if was_fallen => State::Fallen,
            Some(fallen) => State::Falls(fallen),
        }
    }
}

/// The judge of a task: its turns, and its answer to a question.
#[derive(Debug)]
struct TaskJudge {
    turns: u64,
    since: Monotonic,
    looked: Monotonic,
    is_asked: bool,
}

impl TaskJudge {
    fn new(vital: &Vital, now: Monotonic) -> Self {
        Self { turns: vital.turns(), since: now, looked: now, is_asked: false }
    }

    fn begin_anew(&mut self, now: Monotonic) {
        self.since = now;
        self.is_asked = false;
    }

    const fn still(&self, now: Monotonic) -> Span {
        now.since(self.since)
    }

    fn look(&mut self, vital: &Vital, now: Monotonic) -> Verdict {
        let turns = vital.turns();
        let stood_still = now.since(self.looked) > ecmod_link::supervision::judge::STANDSTILL;
        self.looked = now;
        if turns != self.turns || stood_still {
            self.turns = turns;
            self.begin_anew(now);
            return Verdict::Moves;
        }
        if self.still(now) < Span(TASK.0 / 2) {
            return Verdict::Moves;
        }
        if !self.is_asked {
            self.is_asked = true;
            vital.ask();
        }
        if self.still(now) >= TASK && vital.owes_an_answer() {
            return Verdict::Hung(Hang::Asleep);
        }
        Verdict::Doubtful
    }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
