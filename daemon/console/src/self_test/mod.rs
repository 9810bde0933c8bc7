// SPDX-License-Identifier: MIT OR Apache-2.0
//! The console's test of itself: at start, when somebody asks for it, and when a case is over that kept it from testing.
//!
//! ```text
//!   order (start, D-Bus, a driver that came) --> procedure --> checks (pure) ------> items --> D-Bus, log
//!                                                   |                                  |
//!                                                   +--> hosts --> drivers' self_test   +--> board: SelfTestFailed --> core
//! ```
//!
//! # What a failure does
//! An item that failed and *blocks* keeps a **new case** from starting ([`ecmod_control::Fact::SelfTestFailed`] makes the core refuse
//! `Start`) until it passes or somebody overrides it, with a reason, for the record. It never ends or changes a support that runs, and
//! what was not tested yet blocks nothing: in an emergency a pump starts at once.
//!
//! # When drivers test their devices
//! Only in standby. A driver may take seconds for its test, and its cycles wait meanwhile; a pump's driver that tests is one that does
//! not carry out demands. While a case runs, their items keep the result they had.
//!
//! # In use
//! While a case runs the console goes on looking at itself ([`in_use`](self)): sounder, links, ages, the model against the flow, the
//! loop. Nothing is touched for it, and it blocks nothing.
//!
//! # A false verdict is worse than none
//! What fails is tested again, twice, before it counts. A driver that does not run is given [`procedure::COMING`] to come.

#[cfg(test)]
pub(crate) mod bench;
mod checks;
mod drivers;
mod in_use;
mod item;
mod libraries;
mod limits;
mod procedure;
mod sensors;
mod storage;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ecmod_control::Fact;
use ecmod_link::message::SelfTestReport;
use ecmod_quantities::Monotonic;
use tokio::sync::Notify;

pub use item::{Item, ItemResult, Report, State};
pub use procedure::serve;

use crate::supervision::Board;

/// How long a reason for an override may be, in bytes.
pub const LONGEST_REASON: usize = 200;

/// The latest test, and the way to ask for another.
#[derive(Debug, Default)]
pub struct SelfTest {
    state: Mutex<Inner>,
    /// Where the core sees whether a new case may start.
    board: Arc<Board>,
    /// Somebody wants a test.
    ordered: Notify,
    /// A driver's report has come.
    arrived: Notify,
    /// The report is another one than before.
    changed: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    report: Report,
    ordered: bool,
    arrivals: Vec<SelfTestReport>,
    generation: u64,
}

/// Why a request is refused; nothing has changed then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A test is being made.
    #[error("a self test is being made; wait until it is over")]
    Runs,
    /// There is nothing to override.
    #[error("no item of the self test keeps a case from starting: there is nothing to override")]
    NothingBlocks,
}

impl SelfTest {
    /// None was made yet; what comes of it is written on this board.
    #[must_use]
    pub fn new(board: Arc<Board>) -> Self {
        Self { board, ..Self::default() }
    }

    /// The latest test as far as it is.
    #[must_use]
    pub fn report(&self) -> Report {
        self.lock().report.clone()
    }

    /// Whether the latest test is passed; `None` while none is finished.
    #[must_use]
    pub fn verdict(&self) -> Option<bool> {
        let report = &self.lock().report;
        (report.state == State::Finished).then(|| report.passed())
    }

    /// Counts changes of the report.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.lock().generation
    }

    /// Asks for a test. Returns when it has begun; [`State::Finished`] tells when it is over.
    ///
    /// # Errors
    /// [`Refused::Runs`].
    pub fn order(&self) -> Result<(), Refused> {
        let mut inner = self.lock();
        if inner.report.state == State::Running || inner.ordered {
            return Err(Refused::Runs);
        }
        inner.ordered = true;
        inner.report.begin();
        inner.generation += 1;
        drop(inner);
        self.ordered.notify_one();
        self.changed.notify_waiters();
        Ok(())
    }

    /// Lets a new case start in spite of the items that failed: for these items, until the next test. `who` asks for it and why stands
    /// in the log, with what is overridden.
    ///
    /// # Errors
    /// [`Refused::NothingBlocks`].
    pub fn override_failures(&self, reason: &str, who: &str) -> Result<(), Refused> {
        let mut inner = self.lock();
        if !inner.report.blocks_start() {
            return Err(Refused::NothingBlocks);
        }
        let reason: String = ecmod_link::message::fit(reason).chars().take(LONGEST_REASON).collect();
        let items: Vec<&str> = inner.report.blocking().map(|item| item.name.as_str()).collect();
        let items = items.join(", ");
        tracing::warn!(event = "self_test.overridden", who, %reason, %items, "a new case may start in spite of: {items}");
        inner.report.overridden = Some(reason);
        inner.generation += 1;
        self.tell(&inner.report);
        drop(inner);
        self.changed.notify_waiters();
        Ok(())
    }

    /// Waits until the report changes, at most for `limit`: whoever waits looks again in any case.
    pub async fn change(&self, limit: Duration) {
        let _ = tokio::time::timeout(limit, self.changed.notified()).await;
    }

    /// A host has sent what a driver found.
    pub fn reported(&self, report: SelfTestReport) {
        let mut inner = self.lock();
        // Nobody waits for more than each driver's report.
        if inner.arrivals.len() < ecmod_control::MAX_DRIVERS {
            inner.arrivals.push(report);
        }
        drop(inner);
        self.arrived.notify_one();
    }

    fn take_arrivals(&self) -> Vec<SelfTestReport> {
        std::mem::take(&mut self.lock().arrivals)
    }

    fn take_order(&self) -> bool {
        std::mem::take(&mut self.lock().ordered)
    }

    /// Changes the report.
    fn change_report<R>(&self, change: impl FnOnce(&mut Report) -> R) -> R {
        let mut inner = self.lock();
        let result = change(&mut inner.report);
        inner.generation += 1;
        self.tell(&inner.report);
        drop(inner);
        self.changed.notify_waiters();
        result
    }

    /// The test is over.
    fn finish(&self, now: Monotonic) -> Report {
        self.change_report(|report| {
            report.finish(now);
            report.clone()
        })
    }

    /// The core refuses a new case for what is on the board.
    fn tell(&self, report: &Report) {
        self.board.set(Fact::SelfTestOverridden, report.overridden.is_some());
        self.board.set(Fact::SelfTestFailed, report.blocking().next().is_some());
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecmod_control::Facts;

    fn failed(blocks: bool) -> Item {
        Item::failed("the pump", "it is broken", "mend it", Monotonic(1)).blocking(blocks)
    }

    #[test]
    fn an_override_counts_for_what_failed_and_only_until_the_next_test() {
        let test = SelfTest::default();
        assert_eq!(test.override_failures("urgent", "somebody"), Err(Refused::NothingBlocks));
        test.change_report(|report| report.put(failed(true)));
        assert!(test.report().blocks_start());
        assert_eq!(test.board.facts(), Facts::NONE.with(Fact::SelfTestFailed));
        test.override_failures("urgent", "somebody").unwrap();
        assert!(test.board.facts().has(Fact::SelfTestOverridden));
        let report = test.report();
        assert!(!report.blocks_start() && !report.passed());
        assert_eq!(report.overridden.as_deref(), Some("urgent"));
        test.order().unwrap();
        assert_eq!(test.order(), Err(Refused::Runs));
        test.change_report(|report| report.put(failed(true)));
        test.finish(Monotonic(2));
        assert!(test.report().blocks_start(), "it was tested anew, and failed anew");
    }

    #[test]
    fn another_item_that_fails_is_not_covered_by_the_override() {
        let test = SelfTest::default();
        test.change_report(|report| report.put(failed(true)));
        test.override_failures("urgent", "somebody").unwrap();
        let other = Item::failed("the sounder", "it is silent", "mend it", Monotonic(3)).blocking(true);
        test.change_report(|report| report.put(other));
        assert!(test.report().blocks_start());
    }

    #[test]
    fn what_fails_without_blocking_and_what_was_not_tested_block_nothing() {
        let test = SelfTest::default();
        test.change_report(|report| {
            report.put(failed(false));
            report.put(Item::waiting("the clamp").blocking(true));
        });
        let report = test.finish(Monotonic(4));
        assert!(!report.passed() && !report.blocks_start());
        assert_eq!((report.state, report.finished), (State::Finished, Monotonic(4)));
    }
}
