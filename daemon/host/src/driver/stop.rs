// SPDX-License-Identifier: MIT OR Apache-2.0
//! The wish that a thread ends, which shortens its sleep.

use std::sync::{Condvar, Mutex, PoisonError};

use ecmod_quantities::Monotonic;

use crate::clock;

/// Raised once, for all threads that share it.
#[derive(Debug, Default)]
pub struct Stop {
    raised: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    /// Asks all to end.
    pub fn raise(&self) {
        *self.raised.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    /// Whether to end.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        *self.raised.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps until `deadline` or until it is raised; whether it is.
    pub fn sleep_until(&self, deadline: Monotonic) -> bool {
        let mut raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let left = deadline.since(clock::now());
            if *raised || left.0 == 0 {
                return *raised;
            }
            let wait = self.changed.wait_timeout(raised, clock::duration(left));
            raised = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
