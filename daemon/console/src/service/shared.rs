// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the tasks of the service thread share. Locks are held for a few lines, never across an `await`.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ecmod_control::{ClampLinks, Fact, Outputs, ZERO_TIME, ZeroEnd};
use rtrb::Producer;
use tokio::sync::{Notify, broadcast};

use super::requests::Requests;
use crate::configuration;
use crate::control_thread::attachment::Attachment;
use crate::control_thread::channels::{MAX_PORTS, Snapshot};
use crate::control_thread::news::News;
use crate::control_thread::statistics::Statistics;
use crate::hosts::question::Questions;
use crate::hosts::registry::Registry;
use crate::journal::zeros::Zeros;
use crate::plan::Plan;
use crate::procedures::Procedures;
use crate::record::recorder::Handle;
use crate::self_test::SelfTest;
use crate::supervision::{Board, Vitals};

/// So much news may wait for a listener; one that is slower finds that it has missed some.
const NEWS: usize = 512;

/// How long a caller waits for the snapshot that shows its change: a few intervals of the observer.
const CATCH_UP: Duration = Duration::from_millis(100);

/// Everything that is known on the service thread.
#[derive(Debug)]
pub struct Shared {
    /// Names and indices.
    pub plan: Plan,
    /// Of the control loop.
    pub statistics: Arc<Statistics>,
    /// The way to ask the core.
    pub requests: Requests,
    /// What the core is told of the daemon itself.
    pub board: Arc<Board>,
    /// What is wrong with the configuration that the daemon itself found written.
    configuration: Option<Fact>,
    /// The console's test of itself.
    pub self_test: SelfTest,
    /// The guided procedures.
    pub procedures: Procedures,
    /// The signs of life of the service thread's tasks.
    pub vitals: Arc<Vitals>,
    /// The alarm log and the recordings of interventions.
    pub record: Handle,
    /// Every change of the alarms, for whoever listens.
    pub news: broadcast::Sender<News>,
    latest: Mutex<Snapshot>,
    newer: Notify,
    registry: Mutex<Registry>,
    guests: Mutex<HashMap<usize, Guest>>,
    arrivals: Mutex<Producer<Attachment>>,
    zeros: Mutex<Zeros>,
}

/// What it is made of.
#[derive(Debug)]
pub struct Parts {
    /// Names and indices.
    pub plan: Plan,
    /// The outputs of the core as it was made.
    pub initial: Outputs,
    /// The zeros from before.
    pub zeros: Zeros,
    /// Of the control loop.
    pub statistics: Arc<Statistics>,
    /// The way to ask the core.
    pub requests: Requests,
    /// The way to hand hosts to the control thread.
    pub arrivals: Producer<Attachment>,
    /// What the core is told of the daemon itself.
    pub board: Arc<Board>,
    /// What is wrong with the configuration that the daemon itself found written.
    pub configuration: Option<Fact>,
    /// The alarm log and the recordings of interventions.
    pub record: Handle,
    /// The guided procedures.
    pub procedures: Procedures,
}

/// A connected host, by its port.
#[derive(Debug)]
pub struct Guest {
    /// Its process.
    pub pid: u32,
    /// What tells the control thread that it is gone.
    pub hung_up: Arc<AtomicBool>,
    /// The way to ask it something.
    pub questions: Questions,
}

/// The control thread takes no more hosts at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

impl Shared {
    /// With nobody connected yet, and the core as it was made.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts {
            plan,
            initial,
            zeros,
            statistics,
            requests,
            arrivals,
            board,
            configuration,
            record,
            procedures,
        } = parts;
        Self {
            registry: Mutex::new(Registry::new(&plan)),
            plan,
            statistics,
            requests,
            self_test: SelfTest::new(Arc::clone(&board)),
            procedures,
            vitals: Arc::default(),
            board,
            configuration,
            record,
            news: broadcast::Sender::new(NEWS),
            latest: Mutex::new(Snapshot {
                outputs: initial,
                moving: [false; MAX_PORTS],
                clamps: ClampLinks::default(),
            }),
            newer: Notify::new(),
            guests: Mutex::new(HashMap::new()),
            arrivals: Mutex::new(arrivals),
            zeros: Mutex::new(zeros),
        }
    }

    /// Tells the core of configurations that are wrong or gone where they are written: by the daemon's own account, and by its hosts'.
    pub fn judge_configurations(&self) {
        let ports = self.registry().ports.iter().map(|port| port.written).collect::<Vec<_>>();
        let said: Vec<Fact> =
            ports.into_iter().filter_map(configuration::fact_of_host).chain(self.configuration).collect();
        for fact in [Fact::ConfigurationInvalid, Fact::ConfigurationRestored] {
            self.board.set(fact, said.contains(&fact));
        }
    }

    /// The newest snapshot.
    pub fn latest(&self) -> MutexGuard<'_, Snapshot> {
        lock(&self.latest)
    }

    /// Puts the newest snapshot in its place, for everybody.
    pub fn publish(&self, snapshot: Snapshot) {
        *self.latest() = snapshot;
        self.newer.notify_waiters();
    }

    /// Waits until the newest snapshot is that of this tick or a later one, so that whoever changed something sees it
    /// changed. Not for ever: a snapshot can be late, and what was decided stays decided.
    pub async fn caught_up(&self, tick: u64) {
        let newer = async {
            loop {
                let notified = self.newer.notified();
                if self.latest().outputs.tick >= tick {
                    return;
                }
                notified.await;
            }
        };
        let _ = tokio::time::timeout(CATCH_UP, newer).await;
    }

    /// Waits until the zeroing with this number has ended, as long as one takes and a little longer, and says how.
    pub async fn zeroed(&self, number: u32) -> Option<ZeroEnd> {
        let ended = async {
            loop {
                let notified = self.newer.notified();
                let ended = self.latest().outputs.zeroing.ended;
                if let Some(ended) = ended.filter(|ended| ended.number == number) {
                    return ended;
                }
                notified.await;
            }
        };
        tokio::time::timeout(Duration::from_nanos(ZERO_TIME.0) + CATCH_UP * 5, ended).await.ok()
    }

    /// The zeros of all sources.
    pub fn zeros(&self) -> MutexGuard<'_, Zeros> {
        lock(&self.zeros)
    }

    /// Ports and drivers.
    pub fn registry(&self) -> MutexGuard<'_, Registry> {
        lock(&self.registry)
    }

    /// The connected hosts.
    pub fn guests(&self) -> MutexGuard<'_, HashMap<usize, Guest>> {
        lock(&self.guests)
    }

    /// Hands a host to the control thread.
    ///
    /// # Errors
    /// [`Full`]: it should come again later.
    pub fn attach(&self, attachment: Attachment, pid: u32, questions: Questions) -> Result<(), Full> {
        let guest = Guest { pid, hung_up: Arc::clone(&attachment.hung_up), questions };
        let port = attachment.port;
        lock(&self.arrivals).push(attachment).map_err(|_| Full)?;
        self.guests().insert(port, guest);
        Ok(())
    }
}

/// A panic in another task leaves these tables whole: each change is one statement.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
