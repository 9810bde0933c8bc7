// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whose turn it is on the line: a lock with two classes of waiters, bounded in number and in time.
//!
//! The one who leaves hands the line to the longest waiting *high* waiter, else to the longest waiting *normal* one; nobody
//! can slip in between. An uncontended turn costs two uncontended mutex operations and no system call, which is why
//! requests are carried out by the thread that makes them (see [`super`]).

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use ecmod_config::Priority;
use ecmod_quantities::Monotonic;

use crate::clock;

use super::error::{BusError, Result};

/// How many requests may wait for one port.
pub const LONGEST_QUEUE: usize = 32;

#[derive(Debug, Default)]
struct State {
    next_ticket: u64,
    /// Whose turn it is; `None` if the line is free.
    owner: Option<u64>,
    high: VecDeque<u64>,
    normal: VecDeque<u64>,
}

impl State {
    fn waiting(&mut self, priority: Priority) -> &mut VecDeque<u64> {
        match priority {
            Priority::High => &mut self.high,
            Priority::Normal => &mut self.normal,
        }
    }
}

/// The lock. It guards no value of its own; see [`super::modbus`].
#[derive(Debug, Default)]
pub struct Turnstile {
    state: Mutex<State>,
    changed: Condvar,
}

/// One turn; it ends when this is dropped.
#[derive(Debug)]
pub struct Turn<'a>(&'a Turnstile);

impl Turnstile {
    /// Waits for a turn.
    ///
    /// # Errors
    /// [`BusError::QueueFull`] if [`LONGEST_QUEUE`] requests wait already, [`BusError::Busy`] at `deadline`.
    pub fn enter(&self, priority: Priority, deadline: Monotonic) -> Result<Turn<'_>> {
        let mut state = self.lock();
        let ticket = state.next_ticket;
        state.next_ticket = ticket.wrapping_add(1);
        if state.owner.is_none() {
            state.owner = Some(ticket);
            return Ok(Turn(self));
        }
        if state.high.len() + state.normal.len() >= LONGEST_QUEUE {
            return Err(BusError::QueueFull);
        }
        state.waiting(priority).push_back(ticket);
        loop {
            let left = deadline.since(clock::now());
            if left.0 == 0 {
                state.waiting(priority).retain(|waiting| *waiting != ticket);
                return Err(BusError::Busy);
            }
            let wait = self.changed.wait_timeout(state, clock::duration(left));
            state = wait.unwrap_or_else(PoisonError::into_inner).0;
            if state.owner == Some(ticket) {
                return Ok(Turn(self));
            }
        }
    }

    /// How many wait.
    #[cfg(test)]
    fn waiting(&self) -> usize {
        let state = self.lock();
        state.high.len() + state.normal.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        let next = state.high.pop_front().or_else(|| state.normal.pop_front());
        state.owner = next;
        drop(state);
        if next.is_some() {
            self.0.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecmod_quantities::Span;
    use std::sync::mpsc;

    fn soon() -> Monotonic {
        clock::now().plus(Span::from_secs(20))
    }

    fn until_waiting(turnstile: &Turnstile, count: usize) {
        while turnstile.waiting() != count {
            std::thread::yield_now();
        }
    }

    #[test]
    fn high_goes_before_normal_and_each_class_in_order() {
        let turnstile = Turnstile::default();
        let (sender, order) = mpsc::channel();
        let first = turnstile.enter(Priority::Normal, soon()).unwrap();
        std::thread::scope(|scope| {
            let arrivals = [Priority::Normal, Priority::High, Priority::Normal, Priority::High];
            for (index, priority) in arrivals.into_iter().enumerate() {
                let (sender, turnstile) = (sender.clone(), &turnstile);
                scope.spawn(move || {
                    let turn = turnstile.enter(priority, soon()).unwrap();
                    sender.send(index).unwrap();
                    drop(turn);
                });
                until_waiting(turnstile, index + 1);
            }
            drop(first);
        });
        drop(sender);
        assert_eq!(order.iter().collect::<Vec<_>>(), [1, 3, 0, 2]);
    }

    #[test]
    fn who_waits_too_long_is_told_so_and_leaves_the_queue() {
        let turnstile = Turnstile::default();
        let turn = turnstile.enter(Priority::Normal, soon()).unwrap();
        let deadline = clock::now().plus(Span::from_millis(5));
        assert_eq!(turnstile.enter(Priority::High, deadline).unwrap_err(), BusError::Busy);
        assert!(clock::now() >= deadline);
        assert_eq!(turnstile.waiting(), 0);
        drop(turn);
        drop(turnstile.enter(Priority::Normal, soon()).unwrap());
    }

    #[test]
    fn a_full_queue_refuses_by_name() {
        let turnstile = Turnstile::default();
        let turn = turnstile.enter(Priority::Normal, soon()).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..LONGEST_QUEUE {
                scope.spawn(|| drop(turnstile.enter(Priority::Normal, soon()).unwrap()));
            }
            until_waiting(&turnstile, LONGEST_QUEUE);
            assert_eq!(turnstile.enter(Priority::High, soon()).unwrap_err(), BusError::QueueFull);
            drop(turn);
        });
    }
}
