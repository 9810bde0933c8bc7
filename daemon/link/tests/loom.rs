// SPDX-License-Identifier: MIT OR Apache-2.0
//! Model check of the slot and the doorbell: the shipped code, in every execution that the memory model allows (with at most
//! [`PREEMPTIONS`] involuntary switches of thread).
//!
//! ```text
//! CARGO_TARGET_DIR=target/loom RUSTFLAGS="--cfg loom" cargo test -p ecmod-link --release --test loom
//! ```
//! Each fence and each ordering of both was weakened once by hand, and each time one of these tests failed.
#![cfg(loom)]
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

use ecmod_link::image::Slot;
use ecmod_link::image::cell::Cell;
use ecmod_link::image::doorbell::{Doorbell, Futex, FutexAny, Sleep, wait_any};
use loom::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

/// More find nothing new and take minutes.
const PREEMPTIONS: usize = 3;
/// Enough for a reader to meet the writer twice; the shipped number only repeats this.
const TRIES: u32 = 2;

fn model(check: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(PREEMPTIONS);
    builder.check(check);
}

/// Two words that belong together.
fn record(n: u64) -> [u64; 2] {
    [n, n + 100]
}

/// In all tests of the cell the main thread writes and the spawned ones read: loom branches where a load meets the last store, but not
/// where a store meets an older load behind which the writer itself has loaded.
#[test]
fn a_reader_never_sees_a_mixture_of_two_records_and_never_goes_back() {
    model(|| {
        let cell = Arc::new(Cell::<2>::new());
        cell.write(record(1));
        let its = Arc::clone(&cell);
        let reader = thread::spawn(move || {
            let mut newest = 1;
            for _ in 0..2 {
                match its.read(TRIES) {
                    Slot::Torn => {}
                    Slot::Empty => panic!("a record was there"),
                    Slot::Value([first, second]) => {
                        assert_eq!([first, second], record(first));
                        assert!(first >= newest);
                        newest = first;
                    }
                }
            }
        });
        cell.write(record(2));
        cell.write(record(3));
        reader.join().unwrap();
        assert_eq!(cell.read(TRIES), Slot::Value(record(3)));
    });
}

#[test]
fn two_readers_of_one_slot_do_not_disturb_each_other() {
    model(|| {
        let cell = Arc::new(Cell::<2>::new());
        let readers = [Arc::clone(&cell), Arc::clone(&cell)].map(|its| {
            thread::spawn(move || {
                if let Slot::Value([first, second]) = its.read(TRIES) {
                    assert_eq!([first, second], record(1));
                }
            })
        });
        cell.write(record(1));
        for reader in readers {
            reader.join().unwrap();
        }
    });
}

#[test]
fn a_slot_whose_writer_died_inside_is_mended_by_the_next_without_a_mixture() {
    model(|| {
        let cell = Arc::new(Cell::<2>::new());
        cell.write(record(1));
        // Dies between W1 and W4 with one word written, as a process can and a thread cannot.
        cell.die_inside(7);
        let its = Arc::clone(&cell);
        let reader = thread::spawn(move || match its.read(TRIES) {
            Slot::Torn => {}
            found => assert_eq!(found, Slot::Value(record(2))),
        });
        cell.write(record(2));
        reader.join().unwrap();
        assert_eq!(cell.read(TRIES), Slot::Value(record(2)));
    });
}

/// What the kernel promises: it compares the word and queues the sleeper under one lock, and a wake takes that lock.
#[derive(Default)]
struct Model {
    lock: Mutex<()>,
    sleepers: Condvar,
}

impl Futex for Model {
    fn sleep(&self, word: &AtomicU32, expected: u32) -> Sleep {
        let lock = self.lock.lock().unwrap();
        if word.load(Ordering::Relaxed) == expected {
            drop(self.sleepers.wait(lock).unwrap());
        }
        Sleep::Look
    }

    fn wake(&self, _: &AtomicU32, _: u32) {
        let _lock = self.lock.lock().unwrap();
        self.sleepers.notify_all();
    }
}

impl FutexAny for Model {
    fn sleep_any<'a>(&self, words: impl Iterator<Item = (&'a AtomicU32, u32)>) -> Sleep {
        let lock = self.lock.lock().unwrap();
        let mut words = words;
        if words.all(|(word, expected)| word.load(Ordering::Relaxed) == expected) {
            drop(self.sleepers.wait(lock).unwrap());
        }
        Sleep::Look
    }
}

/// The control thread's side: two hosts ring, one thread waits for either, without a deadline.
#[test]
fn a_waiter_at_two_bells_loses_the_ring_of_neither_and_sees_what_was_written_before_each() {
    model(|| {
        let shared = Arc::new(([Doorbell::new(), Doorbell::new()], Model::default(), AtomicU64::new(0)));
        let its = Arc::clone(&shared);
        let waiter = thread::spawn(move || {
            let (bells, futex, news) = &*its;
            let mut last = [0, 0];
            while last != [1, 1] {
                wait_any(bells.iter().zip(last), core::iter::empty(), futex);
                last = [bells[0].rung(), bells[1].rung()];
                assert!(last[0] == 0 || news.load(Ordering::Relaxed) == 1);
            }
        });
        let its = Arc::clone(&shared);
        let second = thread::spawn(move || its.0[1].ring(&its.1));
        let (bells, futex, news) = &*shared;
        news.store(1, Ordering::Relaxed);
        bells[0].ring(futex);
        second.join().unwrap();
        waiter.join().unwrap();
    });
}

/// A sleeper without a deadline: if a ring could be lost, loom would report a deadlock.
#[test]
fn no_ring_is_lost_and_what_was_written_before_it_is_seen() {
    model(|| {
        let shared = Arc::new((Doorbell::new(), Model::default(), AtomicU64::new(0)));
        let its = Arc::clone(&shared);
        let last = shared.0.rung();
        let waiter = thread::spawn(move || {
            let (bell, futex, news) = &*its;
            assert_ne!(bell.wait(last, futex), last);
            assert_eq!(news.load(Ordering::Relaxed), 1);
        });
        let (bell, futex, news) = &*shared;
        news.store(1, Ordering::Relaxed);
        bell.ring(futex);
        waiter.join().unwrap();
    });
}

#[test]
fn every_one_of_several_waiting_threads_is_woken() {
    model(|| {
        let shared = Arc::new((Doorbell::new(), Model::default()));
        let waiters = [Arc::clone(&shared), Arc::clone(&shared)].map(|its| {
            thread::spawn(move || {
                assert_ne!(its.0.wait(0, &its.1), 0);
            })
        });
        shared.0.ring(&shared.1);
        for waiter in waiters {
            waiter.join().unwrap();
        }
    });
}

#[test]
fn a_ring_between_looking_and_waiting_ends_the_wait_at_once() {
    model(|| {
        let shared = Arc::new((Doorbell::new(), Model::default()));
        let its = Arc::clone(&shared);
        let ringer = thread::spawn(move || {
            its.0.ring(&its.1);
            its.0.ring(&its.1);
        });
        let mut last = 0;
        while last != 2 {
            last = shared.0.wait(last, &shared.1);
        }
        ringer.join().unwrap();
    });
}
