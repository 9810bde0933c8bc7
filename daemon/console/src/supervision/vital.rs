// SPDX-License-Identifier: MIT OR Apache-2.0
//! The signs of life of a task on the service thread: turns that it counts by itself, and answers to questions.
//!
//! They come by different ways. A turn is counted where the task comes round by its own timer; a question wakes the task wherever it
//! waits. A task that is caught in one wait for good gives neither; one whose timer alone is at fault still answers.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Notify;

/// Of one task.
#[derive(Debug, Default)]
pub struct Vital {
    turns: AtomicU64,
    is_asked: AtomicBool,
    bell: Notify,
}

impl Vital {
    /// The task has come round once more. To be called at least once a second.
    pub fn turn(&self) {
        self.turns.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it has.
    #[must_use]
    pub fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }

    /// Asks whether the task is there. Supervisor only.
    pub fn ask(&self) {
        self.is_asked.store(true, Ordering::Release);
        self.bell.notify_one();
    }

    /// Whether the latest question is still unanswered. Supervisor only.
    #[must_use]
    pub fn owes_an_answer(&self) -> bool {
        self.is_asked.load(Ordering::Acquire)
    }

    /// Waits for a question and answers it. To be awaited beside whatever the task waits for.
    pub async fn answer(&self) {
        self.bell.notified().await;
        self.is_asked.store(false, Ordering::Release);
    }
}

/// Of everything that runs on the service thread.
#[derive(Debug, Default)]
pub struct Vitals {
    /// The thread itself: whether its runtime comes round.
    pub service: Vital,
    /// The hosts' server.
    pub hosts: Vital,
    /// The console on D-Bus.
    pub bus: Vital,
}

impl Vitals {
    /// Counts turns of the service thread, for ever.
    pub async fn beat(&self) {
        let mut interval = tokio::time::interval(std::time::Duration::from_millis(100));
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            interval.tick().await;
            self.service.turn();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::Duration;

    #[tokio::test(flavor = "current_thread")]
    async fn a_task_that_waits_answers_and_one_that_is_caught_does_not() {
        let vital = Arc::new(Vital::default());
        let asked = Arc::clone(&vital);
        let task = tokio::spawn(async move {
            loop {
                asked.answer().await;
            }
        });
        vital.ask();
        let answered = async {
            while vital.owes_an_answer() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), answered).await.unwrap();
        task.abort();
        let _ = task.await;
        vital.ask();
        tokio::task::yield_now().await;
        assert!(vital.owes_an_answer());
    }
}
