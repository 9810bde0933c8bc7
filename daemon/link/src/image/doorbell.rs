// SPDX-License-Identifier: MIT OR Apache-2.0
//! Wakes the threads that wait for news in the image: a futex word and a count of the waiting.
//!
//! Ringing costs one atomic addition, and a system call only if somebody waits. No ring is lost:
//!
//! ```text
//!   ring                                       wait
//!   B1  word += 1               release        A1  waiting += 1           relaxed
//!   B2  fence                   seq. cst.      A2  fence                  seq. cst.
//!   B3  waiting == 0 ? done     relaxed        A3  word != last ? done    acquire
//!   B4  wake                    (kernel)       A4  sleep while word == last (kernel)
//! ```
//!
//! One of the two fences is first. If B2 is, A3 sees B1 and does not sleep. If A2 is, B3 sees A1 and wakes; the kernel compares the
//! word and queues the sleeper under one lock, so the wake either finds it asleep or lets A4 see the new word.
//!
//! [`wait_any`] waits at several bells at once, one of each host, in the same order: A1 at all of them, one A2, A3 at all of them.
//!
//! Several threads of a host may wait at the same bell. A host that dies while it waits leaves the count too high,
//! which costs the daemon a system call per ring until the connection's end is noticed; so does a hostile one. A ring wakes at most
//! [`MAX_WAITING`] threads, so that a host cannot make a ring expensive by waiting often.

use super::sync::{AtomicU32, Ordering, fence};

/// How many threads a ring wakes at most. A host has one waiting thread per driver, at most [`crate::message::MAX_DRIVERS`].
pub const MAX_WAITING: u32 = 64;

/// The futex calls, so that the model checker can put its own in the kernel's place.
pub trait Futex {
    /// Sleeps while `word` is `expected`; may return early for no reason, so the caller looks again.
    fn sleep(&self, word: &AtomicU32, expected: u32) -> Sleep;
    /// Wakes at most `count` threads that sleep on `word`.
    fn wake(&self, word: &AtomicU32, count: u32);
}

/// The futex call that waits at several words.
pub trait FutexAny {
    /// Sleeps while each of the words is what is expected of it; may return early for no reason.
    fn sleep_any<'a>(&self, words: impl Iterator<Item = (&'a AtomicU32, u32)>) -> Sleep;
}

/// Why [`Futex::sleep`] came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sleep {
    /// Woken, interrupted, or the word had changed: look again.
    Look,
    /// The time is over.
    Over,
    /// The kernel cannot wait for several words, or there is none: it has not slept at all.
    Unable,
}

/// A bell, alone on its cache line.
#[repr(C, align(64))]
#[derive(Debug)]
pub struct Doorbell {
    word: AtomicU32,
    waiting: AtomicU32,
}

impl Doorbell {
    /// A bell that was never rung.
    #[must_use]
    pub fn new() -> Self {
        Self { word: AtomicU32::new(0), waiting: AtomicU32::new(0) }
    }

    /// How often it was rung, modulo 2^32. All that was written before a ring that is counted here can be read.
    pub fn rung(&self) -> u32 {
        self.word.load(Ordering::Acquire)
    }

    /// Rings: whoever waits comes back. All that was written before can then be read.
    pub fn ring(&self, futex: &impl Futex) {
        self.word.fetch_add(1, Ordering::Release);
        fence(Ordering::SeqCst);
        if self.waiting.load(Ordering::Relaxed) != 0 {
            futex.wake(&self.word, MAX_WAITING);
        }
    }

    /// Waits until the bell was rung again since [`Doorbell::rung`] said `last`, or until `futex` says that the time is over.
    /// Returns the new count, which is `last` if the time is over.
    pub fn wait(&self, last: u32, futex: &impl Futex) -> u32 {
        let rung = self.rung();
        if rung != last {
            return rung;
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        let rung = loop {
            let rung = self.rung();
            if rung != last || futex.sleep(&self.word, last) != Sleep::Look {
                break rung;
            }
        };
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        rung
    }
}

/// Waits until one of `bells` was rung again since [`Doorbell::rung`] said the number beside it, until one of `words` is no longer what
/// is beside it (whoever changes it must wake), or until `futex` says that the time is over. [`Sleep::Look`] may come for no
/// reason; it is for the caller to limit how often it looks.
pub fn wait_any<'a>(
    bells: impl Iterator<Item = (&'a Doorbell, u32)> + Clone,
    words: impl Iterator<Item = (&'a AtomicU32, u32)>,
    futex: &impl FutexAny,
) -> Sleep {
    bells.clone().for_each(|(bell, _)| {
        bell.waiting.fetch_add(1, Ordering::Relaxed);
    });
    fence(Ordering::SeqCst);
    let sleep = if bells.clone().any(|(bell, last)| bell.rung() != last) {
        Sleep::Look
    } else {
        futex.sleep_any(bells.clone().map(|(bell, last)| (&bell.word, last)).chain(words))
    };
    bells.for_each(|(bell, _)| {
        bell.waiting.fetch_sub(1, Ordering::Relaxed);
    });
    sleep
}

impl Default for Doorbell {
    fn default() -> Self {
        Self::new()
    }
}

/// The kernel's futex on shared memory, with an absolute deadline on `CLOCK_MONOTONIC`.
#[cfg(not(loom))]
#[derive(Debug, Clone, Copy)]
pub struct Kernel {
    /// When a sleep is over.
    pub deadline: ecmod_quantities::Monotonic,
}

#[cfg(not(loom))]
impl Kernel {
    /// For the side that only rings.
    pub const RINGING: Self = Self { deadline: ecmod_quantities::Monotonic(0) };

    fn timespec(self) -> rustix::thread::Timespec {
        // Both parts fit: 2^64 ns are 1.8e10 s.
        rustix::thread::Timespec {
            tv_sec: i64::try_from(self.deadline.0 / 1_000_000_000).unwrap_or(i64::MAX),
            tv_nsec: i32::try_from(self.deadline.0 % 1_000_000_000).unwrap_or(0).into(),
        }
    }
}

#[cfg(not(loom))]
impl Futex for Kernel {
    fn sleep(&self, word: &AtomicU32, expected: u32) -> Sleep {
        use rustix::io::Errno;
        use rustix::thread::futex;
        const ANY: core::num::NonZeroU32 = core::num::NonZeroU32::MAX;
        // Not FUTEX_PRIVATE: the bell is shared between processes. WAIT_BITSET takes an absolute time.
        match futex::wait_bitset(word, futex::Flags::empty(), expected, Some(&self.timespec()), ANY) {
            Ok(()) | Err(Errno::AGAIN | Errno::INTR) => Sleep::Look,
            // TIMEDOUT. Any other error would come again at once: better to end than to spin.
            Err(_) => Sleep::Over,
        }
    }

    fn wake(&self, word: &AtomicU32, count: u32) {
        use rustix::thread::futex;
        // Fails only for an address that is not mapped or not aligned, which a reference excludes.
        let _ = futex::wake(word, futex::Flags::empty(), count);
    }
}

/// Most words of one [`FutexAny::sleep_any`]: the kernel's `FUTEX_WAITV_MAX`.
#[cfg(not(loom))]
pub const MAX_WORDS: usize = 128;

#[cfg(not(loom))]
impl FutexAny for Kernel {
    fn sleep_any<'a>(&self, words: impl Iterator<Item = (&'a AtomicU32, u32)>) -> Sleep {
        use rustix::io::Errno;
        use rustix::thread::futex::{Wait, WaitFlags, WaitPtr, WaitvFlags, waitv};
        let mut waits = [const { Wait::new() }; MAX_WORDS];
        let mut count = 0;
        for (wait, (word, expected)) in waits.iter_mut().zip(words) {
            wait.val = expected.into();
            wait.uaddr = WaitPtr::new(word.as_ptr().cast());
            // Not private: shared between processes.
            wait.flags = WaitFlags::SIZE_U32;
            count += 1;
        }
        if count == 0 {
            return Sleep::Unable;
        }
        let waits = waits.get(..count).unwrap_or_default();
        match waitv(waits, WaitvFlags::empty(), Some(&self.timespec()), rustix::thread::ClockId::Monotonic) {
            Ok(_) | Err(Errno::AGAIN | Errno::INTR) => Sleep::Look,
            Err(Errno::TIMEDOUT) => Sleep::Over,
            // NOSYS before Linux 5.16, PERM under a filter of system calls.
            Err(_) => Sleep::Unable,
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// Counts the system calls instead of making them.
    #[derive(Default)]
    struct Counted {
        sleeps: AtomicU32,
        wakes: AtomicU32,
    }

    impl Futex for Counted {
        fn sleep(&self, _: &AtomicU32, _: u32) -> Sleep {
            self.sleeps.fetch_add(1, Ordering::Relaxed);
            Sleep::Over
        }

        fn wake(&self, _: &AtomicU32, _: u32) {
            self.wakes.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_ring_costs_no_system_call_when_nobody_waits_and_one_when_somebody_does() {
        let (bell, futex) = (Doorbell::new(), Counted::default());
        bell.ring(&futex);
        assert_eq!(futex.wakes.load(Ordering::Relaxed), 0);
        bell.waiting.store(1, Ordering::Relaxed);
        bell.ring(&futex);
        assert_eq!(futex.wakes.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_wait_for_a_bell_that_was_rung_costs_no_system_call_and_leaves_no_trace() {
        let (bell, futex) = (Doorbell::new(), Counted::default());
        bell.ring(&futex);
        assert_eq!(bell.wait(0, &futex), 1);
        assert_eq!(futex.sleeps.load(Ordering::Relaxed), 0);
        assert_eq!(bell.wait(1, &futex), 1);
        assert_eq!(futex.sleeps.load(Ordering::Relaxed), 1);
        assert_eq!(bell.waiting.load(Ordering::Relaxed), 0);
    }

    impl FutexAny for Counted {
        fn sleep_any<'a>(&self, _: impl Iterator<Item = (&'a AtomicU32, u32)>) -> Sleep {
            self.sleeps.fetch_add(1, Ordering::Relaxed);
            Sleep::Over
        }
    }

    #[test]
    fn a_ring_of_any_of_several_bells_ends_the_wait_without_a_system_call_and_leaves_no_trace() {
        let (bells, futex) = ([Doorbell::new(), Doorbell::new()], Counted::default());
        let wait = |last: [u32; 2]| wait_any(bells.iter().zip(last), core::iter::empty(), &futex);
        assert_eq!((wait([0, 0]), futex.sleeps.load(Ordering::Relaxed)), (Sleep::Over, 1));
        bells[1].ring(&futex);
        assert_eq!((wait([0, 0]), futex.sleeps.load(Ordering::Relaxed)), (Sleep::Look, 1));
        assert_eq!((wait([0, 1]), futex.sleeps.load(Ordering::Relaxed)), (Sleep::Over, 2));
        assert!(bells.iter().all(|bell| bell.waiting.load(Ordering::Relaxed) == 0));
        assert_eq!(futex.wakes.load(Ordering::Relaxed), 0, "nobody was asleep when it rang");
    }

    #[test]
    fn the_count_of_rings_wraps() {
        let (bell, futex) = (Doorbell::new(), Counted::default());
        bell.word.store(u32::MAX, Ordering::Relaxed);
        bell.ring(&futex);
        assert_eq!(bell.wait(u32::MAX, &futex), 0);
    }
}
