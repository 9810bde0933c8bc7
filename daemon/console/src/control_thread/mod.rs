// SPDX-License-Identifier: MIT OR Apache-2.0
//! The control thread: the one part of the daemon that must be in time.
//!
//! It owns the core and sees the world only through the hosts' process images and the rings of [`channels`]. It never
//! allocates, locks, logs, waits for anybody or opens anything after it has started.
//!
//! - [`pacing`]: when a tick runs, and what happens to those that are missed.
//! - [`realtime`]: what the kernel is asked for, so that it runs then.
//! - [`cycle`]: what a tick does.
//! - [`attachment`]: a host, as a tick sees it; [`command`]: what it can be asked for.
//! - [`news`]: what becomes of the alarms, told one by one.
//! - [`statistics`], [`histogram`]: how well it went.
//!
//! # If it should panic
//! Nothing in it is meant to panic. If it does all the same, the process ends at once ([`std::process::abort`]): a daemon
//! without its loop would look alive and regulate nothing. The hosts hold the pump's speed, systemd starts the daemon
//! again, and the new one takes over without a bump.

pub mod attachment;
pub mod channels;
pub mod command;
pub mod cycle;
pub mod histogram;
pub mod news;
pub mod pacing;
pub mod realtime;
pub mod statistics;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use ecmod_control::Core;
use ecmod_link::image::can_wait_for_news;
use ecmod_quantities::Span;

use crate::clock;
use channels::LoopEnd;
use cycle::Cycle;
use pacing::Pacer;
use realtime::Shortfall;
use statistics::Statistics;

const STACK: usize = 512 * 1024;

/// How long starting the thread may take before it is called a failure.
const START_LIMIT: Duration = Duration::from_secs(5);

/// How the loop is to run.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The period.
    pub period: Span,
    /// `SCHED_FIFO` priority; `None`: ordinary scheduling.
    pub priority: Option<u8>,
}

/// The running thread.
#[derive(Debug)]
pub struct ControlThread {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
    /// What the system did not permit; to be logged by whoever started it.
    pub shortfalls: Vec<Shortfall>,
}

impl ControlThread {
    /// Starts the loop: its first tick is due at once.
    ///
    /// # Errors
    /// The system gave no thread.
    pub fn start(core: Core, end: LoopEnd, statistics: Arc<Statistics>, pace: Pace) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let (tell, told) = mpsc::sync_channel(1);
        let is_stopped = Arc::clone(&stop);
        let cycle = Cycle::new(core, end, Arc::clone(&statistics));
        let thread = Builder::new().name("control".into()).stack_size(STACK).spawn(move || {
            let mut shortfalls = realtime::enter(pace.priority);
            if !can_wait_for_news() {
                shortfalls.push(Shortfall::UrgentTicks);
            }
            if tell.send(shortfalls).is_err() {
                return;
            }
            let run = AssertUnwindSafe(|| run(cycle, &statistics, pace.period, &is_stopped));
            if catch_unwind(run).is_err() {
                std::process::abort();
            }
        })?;
        let shortfalls = told.recv_timeout(START_LIMIT).map_err(std::io::Error::other)?;
        Ok(Self { stop, thread, shortfalls })
    }

    /// Ends the loop after the tick that runs. Nothing is written for the occasion: the hosts hold what they were last
    /// asked for.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Release);
        let _ = self.thread.join();
    }
}

fn run(mut cycle: Box<Cycle>, statistics: &Statistics, period: Span, stop: &AtomicBool) {
    let mut pacer = Pacer::new(period, clock::now());
    while !stop.load(Ordering::Acquire) {
        let wake = pacer.wait(|deadline| cycle.wait(deadline));
        cycle.tick(wake.now);
        let end = clock::now();
        statistics.ticked(wake.occasion, end.since(wake.now));
        pacer.done(wake, end);
    }
}
