// SPDX-License-Identifier: MIT OR Apache-2.0
//! Wakes the link thread when there is something to tell the daemon.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rustix::event::{EventfdFlags, eventfd};

/// What has changed since the link thread last looked.
#[derive(Debug)]
pub struct News {
    bell: OwnedFd,
    events: AtomicBool,
    hellos: AtomicU64,
}

impl News {
    /// Nothing is new.
    ///
    /// # Errors
    /// If the system gives no descriptor.
    pub fn new() -> std::io::Result<Self> {
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { bell, events: AtomicBool::new(false), hellos: AtomicU64::new(0) })
    }

    /// A driver's state has changed.
    pub fn event(&self) {
        self.events.store(true, Ordering::Release);
        self.ring();
    }

    /// A driver's tables have changed: the daemon must be greeted anew.
    pub fn hello(&self) {
        self.hellos.fetch_add(1, Ordering::Release);
        self.ring();
    }

    /// Wakes the link thread for no stated reason.
    pub fn ring(&self) {
        // cannot fail but at a count near 2^64, and then the bell is ringing anyway
        let _ = rustix::io::write(&self.bell, &1_u64.to_ne_bytes());
    }

    /// Silences the bell and says whether an event is to be sent.
    #[must_use]
    pub fn take_events(&self) -> bool {
        // empty if nobody rang
        let _ = rustix::io::read(&self.bell, &mut [0_u8; 8]);
        self.events.swap(false, Ordering::AcqRel)
    }

    /// How often tables have changed.
    #[must_use]
    pub fn hellos(&self) -> u64 {
        self.hellos.load(Ordering::Acquire)
    }
}

impl AsFd for News {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }
}
