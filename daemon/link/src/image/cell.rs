// SPDX-License-Identifier: MIT OR Apache-2.0
//! A record of a few words that one writer replaces and any number of readers copy, without locks and without waiting.
//!
//! # The sequence lock
//! `sequence` is 0 when nothing was ever written, odd while the writer is inside, even otherwise. A copy counts if
//! the sequence was the same even number before and after it.
//!
//! ```text
//!   writer                                     reader
//!   W1  sequence = odd          relaxed        R1  before = sequence      acquire
//!   W2  fence                   release        R2  copy the words         relaxed
//!   W3  words                   relaxed        R3  fence                  acquire
//!   W4  sequence = even         release        R4  after = sequence       relaxed
//! ```
//!
//! Why this is enough on ARM and every other machine with weakly ordered memory, by the rules of the language alone:
//! - *A copy is never older than its number*: if R1 reads the even number of W4, W4 synchronizes with R1, so R2 sees at
//!   least the words of that write.
//! - *A copy is never newer, nor mixed*: if any load of R2 sees a word of a later write, then that store (behind the
//!   release fence W2) and that load (before the acquire fence R3) make W2 synchronize with R3. So that write's W1 happens before R4,
//!   R4 sees its odd number or a later one, and the copy is thrown away.
//! - All accesses are atomic, so a race is a stale or torn copy, never undefined behaviour, even against a hostile writer.
//!
//! `tests/loom.rs` checks the same code against all executions that the memory model allows.
//!
//! # When things go wrong
//! - A writer that was killed inside leaves an odd number for ever. The reader gives up after a bounded number of tries.
//! - A new writer on such a cell mends it by its first write: `odd` stays the same odd number (nobody can have copied
//!   under it), and the following even number is new to everybody.
//! - The number wraps after 2^63 writes (a hostile peer can make it wrap at once); it then skips 0, because 0 says "never written".
//!   A reader could be fooled only if it slept through exactly 2^63 writes between R1 and R4.
//! - Two writers at once are a mistake of the program: a mixture could be taken for a record. One thread owns each cell.

use super::Slot;
use super::sync::{AtomicU64, Ordering, fence, spin_loop};

/// How often a reader looks before it reports [`Slot::Torn`]. A write takes some ten nanoseconds, so this is more than
/// enough unless the writer lost the processor inside.
pub const TRIES: u32 = 64;

/// One record of `WORDS` words with its sequence lock, alone on its cache line.
#[repr(C, align(64))]
#[derive(Debug)]
pub struct Cell<const WORDS: usize> {
    sequence: AtomicU64,
    words: [AtomicU64; WORDS],
}

impl<const WORDS: usize> Cell<WORDS> {
    /// A cell that was never written.
    #[must_use]
    pub fn new() -> Self {
        Self { sequence: AtomicU64::new(0), words: core::array::from_fn(|_| AtomicU64::new(0)) }
    }

    /// Replaces the record. Only the one thread that owns the cell may call this. Wait-free.
    pub fn write(&self, record: [u64; WORDS]) {
        let odd = self.sequence.load(Ordering::Relaxed) | 1;
        let even = match odd.wrapping_add(1) {
            0 => 2,
            next => next,
        };
        self.sequence.store(odd, Ordering::Relaxed);
        fence(Ordering::Release);
        for (word, value) in self.words.iter().zip(record) {
            word.store(value, Ordering::Relaxed);
        }
        self.sequence.store(even, Ordering::Release);
    }

    /// Leaves the cell as a writer does that is killed after its first word. For the model check.
    #[cfg(loom)]
    pub fn die_inside(&self, word: u64) {
        let odd = self.sequence.load(Ordering::Relaxed) | 1;
        self.sequence.store(odd, Ordering::Relaxed);
        fence(Ordering::Release);
        if let Some(first) = self.words.first() {
            first.store(word, Ordering::Relaxed);
        }
    }

    /// Copies the newest record, looking at most `tries` times. Wait-free.
    pub fn read(&self, tries: u32) -> Slot<[u64; WORDS]> {
        for _ in 0..tries {
            let before = self.sequence.load(Ordering::Acquire);
            if before == 0 {
                return Slot::Empty;
            }
            if before & 1 == 0 {
                let copy = core::array::from_fn(|index| {
                    // `from_fn` stays below WORDS; `get` says so without a way to panic.
                    self.words.get(index).map_or(0, |word| word.load(Ordering::Relaxed))
                });
                fence(Ordering::Acquire);
                if self.sequence.load(Ordering::Relaxed) == before {
                    return Slot::Value(copy);
                }
            }
            spin_loop();
        }
        Slot::Torn
    }
}

impl<const WORDS: usize> Default for Cell<WORDS> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_empty_until_it_is_written() {
        let cell = Cell::<2>::new();
        assert_eq!(cell.read(TRIES), Slot::Empty);
        cell.write([1, 2]);
        assert_eq!(cell.read(TRIES), Slot::Value([1, 2]));
    }

    #[test]
    fn a_writer_that_died_inside_is_no_news_and_the_next_write_mends_it() {
        let cell = Cell::<2>::new();
        cell.write([1, 2]);
        cell.sequence.store(3, Ordering::Relaxed);
        assert_eq!(cell.read(TRIES), Slot::Torn);
        cell.write([3, 4]);
        assert_eq!(cell.sequence.load(Ordering::Relaxed), 4);
        assert_eq!(cell.read(TRIES), Slot::Value([3, 4]));
    }

    #[test]
    fn the_sequence_wraps_without_ever_saying_never_written() {
        let cell = Cell::<1>::new();
        for last in [u64::MAX - 1, u64::MAX] {
            cell.sequence.store(last, Ordering::Relaxed);
            cell.write([7]);
            assert_eq!(cell.sequence.load(Ordering::Relaxed), 2);
            assert_eq!(cell.read(TRIES), Slot::Value([7]));
        }
    }
}
