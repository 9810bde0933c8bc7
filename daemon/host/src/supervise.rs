// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the main thread thinks of the others: it looks at every driver's thread, at the link's and at that of local control, and feeds systemd's watchdog
//! while none of them hangs.
//!
//! A verdict needs two symptoms ([`ecmod_link::supervision`]): a thread's own count stands still beyond its limit, *and* the kernel does not
//! excuse it by starvation. On a verdict the host ends itself, so that its supervisor starts a whole one; if this thread hangs
//! too, systemd is not fed and does it. Whatever ends the host, its device goes on as it was last told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ecmod_link::message::DriverState;
use ecmod_link::supervision::{Account, Allowance, Judge, Nature, Verdict, account};
use ecmod_quantities::{Cause, Monotonic, Span};

use crate::driver::Cell;
use crate::process;

/// How long a thread of our own may take for a turn. The link's longest wait is for the daemon's answer to a hello, two seconds; that of local control
/// is for lines that do not answer, some timeouts of the port at most.
const OWN: Allowance = Allowance { limit: Span::from_secs(5), nature: Nature::Steady };
/// The link thread's name.
pub const LINK_THREAD: &str = "link";
/// The name of local control's thread.
pub const LOCAL_THREAD: &str = "local";

/// Turns of a thread of our own.
#[derive(Debug, Default)]
pub struct Turns(AtomicU64);

/// A thread of our own, judged.
#[derive(Debug)]
struct Own {
    name: &'static str,
    turns: Arc<Turns>,
    judge: Judge,
    thread: Option<u32>,
}

impl Turns {
    /// It has come round once more.
    pub fn turn(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// All judges, and when systemd wants to hear of us.
#[derive(Debug)]
pub struct Supervision {
    cells: Vec<(Arc<Cell>, Judge)>,
    own: Vec<Own>,
    food: Option<Span>,
    fed: Option<Monotonic>,
}

impl Supervision {
    /// Of these drivers and these threads of our own by their names, beginning now.
    #[must_use]
    pub fn new(cells: &[Arc<Cell>], own: &[(&'static str, Arc<Turns>)], now: Monotonic) -> Self {
        let judged = |cell: &Arc<Cell>| (Arc::clone(cell), Judge::new(cell.watch.turns(), now));
        Self {
            cells: cells.iter().map(judged).collect(),
            own: own.iter().map(|(name, turns)| Own::new(name, turns, now)).collect(),
            // Four times per limit: a look that comes late is no silence yet.
            food: process::watchdog().map(|limit| Span(limit.0 / 4)),
            fed: None,
        }
    }

    /// One look. True if a thread hangs: the host has to end.
    pub fn look(&mut self, now: Monotonic) -> bool {
        let mut hangs = false;
        for (cell, judge) in &mut self.cells {
            let watch = &cell.watch;
            let kernel = || watch.thread().and_then(account::of_thread);
            if let Verdict::Hung(_) = judge.look(watch.turns(), watch.allowance(), now, kernel) {
                report(cell, judge.still(now), now);
                hangs = true;
            }
        }
        for own in &mut self.own {
            hangs |= own.hangs(now);
        }
        let is_due = self.food.is_some_and(|food| self.fed.is_none_or(|fed| now.since(fed) >= food));
        if !hangs && is_due {
            self.fed = Some(now);
            // Where it cannot be told now, it is told at the next look but three.
            let _ = process::notify("WATCHDOG=1");
        }
        hangs
    }
}

impl Own {
    fn new(name: &'static str, turns: &Arc<Turns>, now: Monotonic) -> Self {
        Self { name, turns: Arc::clone(turns), judge: Judge::new(turns.count(), now), thread: None }
    }

    fn hangs(&mut self, now: Monotonic) -> bool {
        let Self { name, turns, judge, thread } = self;
        let Verdict::Hung(hang) = judge.look(turns.count(), OWN, now, || account_of(name, thread)) else {
            return false;
        };
        let (how, ms) = (hang.words(), judge.still(now).millis());
        match *name {
            LINK_THREAD => tracing::error!(
                event = "link.hung",
                how,
                ms,
                "the link to the daemon hangs; this host ends and is started again"
            ),
            thread => tracing::error!(
                event = "host.thread_hung",
                thread,
                how,
                ms,
                "a thread of this host hangs; the host ends and is started again"
            ),
        }
        true
    }
}

fn account_of(name: &str, thread: &mut Option<u32>) -> Option<Account> {
    *thread = thread.or_else(|| account::thread_called(name));
    (*thread).and_then(account::of_thread)
}

/// Marks what a hung driver measures as bad and tells why.
pub fn report(cell: &Cell, still: Span, now: Monotonic) {
    let (call, ms) = (cell.watch.doing(), still.millis());
    cell.publish_bad(Cause::DriverFault, now);
    cell.set_state(DriverState::Fault, &format!("hangs in {call} since {ms} ms; its host is replaced"));
    tracing::error!(
        event = "driver.hung",
        driver = cell.id,
        call,
        ms,
        "the driver does not come back; this host ends and is started again"
    );
}
