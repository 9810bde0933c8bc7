// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bounded queue between everybody who logs and the thread that writes. Policy when full: the newest is dropped and the
//! caller told, because the oldest records say how the trouble began.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A bounded queue that many push to and one takes from. The lock is held for the length of a push or a take, never while something
/// is written.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    /// Something to take, or closed.
    ready: Condvar,
    /// The taker has finished.
    finished: Condvar,
    capacity: usize,
}

#[derive(Debug)]
struct State<T> {
    items: VecDeque<T>,
    closed: bool,
    finished: bool,
}

/// What [`Queue::take`] found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken<T> {
    /// The oldest item.
    Item(T),
    /// Nothing within the time.
    Nothing,
    /// Nothing, and nothing will come any more.
    Closed,
}

impl<T> Queue<T> {
    /// For at most `capacity` items.
    pub(crate) fn new(capacity: usize) -> Self {
        let state = State { items: VecDeque::with_capacity(capacity), closed: false, finished: false };
        Self { state: Mutex::new(state), ready: Condvar::new(), finished: Condvar::new(), capacity }
    }

    /// Appends an item, or gives it back if the queue is full or closed. Never waits for the taker.
    pub(crate) fn push(&self, item: T) -> Result<(), T> {
        let mut state = self.lock();
        if state.closed || state.items.len() >= self.capacity {
            return Err(item);
        }
        state.items.push_back(item);
        drop(state);
        self.ready.notify_one();
        Ok(())
    }

    /// Takes the oldest item; waits for one at most `patience`, or for ever.
    pub(crate) fn take(&self, patience: Option<Duration>) -> Taken<T> {
        let mut state = self.lock();
        loop {
            if let Some(item) = state.items.pop_front() {
                return Taken::Item(item);
            }
            if state.closed {
                return Taken::Closed;
            }
            state = match patience {
                None => self.ready.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(patience) => {
                    let (state, waited) =
                        self.ready.wait_timeout(state, patience).unwrap_or_else(PoisonError::into_inner);
                    if waited.timed_out() && state.items.is_empty() && !state.closed {
                        return Taken::Nothing;
                    }
                    state
                }
            };
        }
    }

    /// Whether nothing waits to be taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().items.is_empty()
    }

    /// Accepts nothing any more; what is inside can still be taken.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.ready.notify_all();
    }

    /// The taker says that it will not take any more.
    pub(crate) fn finish(&self) {
        self.lock().finished = true;
        self.finished.notify_all();
    }

    /// Waits for [`Queue::finish`] at most `patience`; says whether it came.
    pub(crate) fn wait_finished(&self, patience: Duration) -> bool {
        let waited = self.finished.wait_timeout_while(self.lock(), patience, |state| !state.finished);
        waited.unwrap_or_else(PoisonError::into_inner).0.finished
    }

    /// A panic elsewhere leaves the queue as it was: a push or a take is one step.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_full_the_newest_is_given_back_and_the_oldest_come_first() {
        let queue = Queue::new(2);
        assert_eq!((queue.push(1), queue.push(2), queue.push(3)), (Ok(()), Ok(()), Err(3)));
        assert_eq!(queue.take(None), Taken::Item(1));
        assert_eq!(queue.push(4), Ok(()));
        assert_eq!((queue.take(None), queue.take(None)), (Taken::Item(2), Taken::Item(4)));
        assert_eq!(queue.take(Some(Duration::ZERO)), Taken::Nothing);
    }

    #[test]
    fn a_closed_queue_is_emptied_but_not_filled() {
        let queue = Queue::new(2);
        assert_eq!(queue.push(1), Ok(()));
        queue.close();
        assert_eq!(queue.push(2), Err(2));
        assert_eq!((queue.take(None), queue.take(None)), (Taken::Item(1), Taken::Closed));
        assert!(!queue.wait_finished(Duration::ZERO));
        queue.finish();
        assert!(queue.wait_finished(Duration::ZERO));
    }
}
