// SPDX-License-Identifier: MIT OR Apache-2.0
//! How often this process was started lately, and what follows from it: no restart storm, and never giving up.
//!
//! A small file in a folder of the process's own remembers the latest starts of this boot. A process that ends as it should takes its start
//! out again; the others stay and are *unclean*. Times are those of `CLOCK_MONOTONIC`, which a reboot makes worthless: then the file counts
//! for nothing.
//!
//! | the latest lives | the next start |
//! |---|---|
//! | at most two in a row shorter than [`LONG_LIFE`] | at once |
//! | more of them | waits: 50 ms, then twice as long each time, [`LONGEST_WAIT`] at most |
//! | more than [`TOLERATED`] unclean ones in [`WINDOW`] | [`Account::is_careful`]: optional parts have safe defaults |
//!
//! systemd would need a version that Debian 12 does not have (`RestartSteps=`) for the waiting, and knows nothing of the second.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ecmod_quantities::{Monotonic, Span};

/// A process that lived this long did not die of its start.
pub const LONG_LIFE: Span = Span::from_secs(1);
/// The time in which unclean starts are counted.
pub const WINDOW: Span = Span::from_secs(600);
/// More unclean starts than this in [`WINDOW`] make the next one careful.
pub const TOLERATED: usize = 5;
/// The longest wait before a start.
pub const LONGEST_WAIT: Span = Span::from_secs(1);

const FIRST_WAIT: Span = Span::from_millis(50);
/// Short lives in a row that cost no wait.
const FREE: usize = 2;
/// Starts that are remembered.
const MOST: usize = 32;
const FILE: &str = "starts";
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// What the file says at a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Account {
    /// How many starts within [`WINDOW`] before this one did not end as they should.
    pub unclean: usize,
    /// How long this start should wait.
    pub wait: Span,
}

impl Account {
    /// Whether optional parts should have safe defaults this time.
    #[must_use]
    pub const fn is_careful(&self) -> bool {
        self.unclean > TOLERATED
    }

    /// Whether the process before this one did not end as it should.
    #[must_use]
    pub const fn follows_an_unclean_end(&self) -> bool {
        self.unclean > 0
    }
}

/// This start, which is unclean until it [ends](Self::end).
#[derive(Debug)]
pub struct Start {
    path: PathBuf,
    boot: String,
    starts: Vec<Begin>,
}

/// When a process began, and how long it then waited before it did anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Begin {
    at: Monotonic,
    waited: Span,
}

/// Notes a start in the file of this folder. A file that cannot be read counts for nothing; one that cannot be written does not
/// keep a process from starting, and costs it its memory of this.
pub fn begin(folder: &Path, now: Monotonic) -> (Start, Account, io::Result<()>) {
    let boot = fs::read_to_string(BOOT_ID).unwrap_or_default().trim().to_owned();
    let path = folder.join(FILE);
    let starts = fs::read_to_string(&path).map(|text| parse(&text, &boot, now)).unwrap_or_default();
    let account = judge(&starts, now);
    let mut start = Start { path, boot, starts };
    start.starts.push(Begin { at: now, waited: account.wait });
    let surplus = start.starts.len().saturating_sub(MOST);
    start.starts.drain(..surplus);
    let written = start.write();
    (start, account, written)
}

impl Start {
    /// The process ends as it should: it leaves no trace of its start, nor of those before.
    ///
    /// # Errors
    /// The file cannot be written; the next start then counts this one as unclean.
    pub fn end(mut self) -> io::Result<()> {
        self.starts.clear();
        self.write()
    }

    /// Beside the old file and then in its place, so that a reader sees either. Not synchronised: after a power cut there is another boot.
    fn write(&self) -> io::Result<()> {
        let mut text = format!("{}\n", self.boot);
        self.starts.iter().for_each(|start| text.push_str(&format!("{} {}\n", start.at.0, start.waited.0)));
        let beside = self.path.with_extension("new");
        fs::write(&beside, text)?;
        fs::rename(&beside, &self.path)
    }
}

/// The starts of this boot, the oldest first. Anything that cannot be is left out.
fn parse(text: &str, boot: &str, now: Monotonic) -> Vec<Begin> {
    let mut lines = text.lines();
    if lines.next() != Some(boot) || boot.is_empty() {
        return Vec::new();
    }
    let begin = |line: &str| {
        let (at, waited) = line.split_once(' ')?;
        Some(Begin { at: Monotonic(at.parse().ok()?), waited: Span(waited.parse().ok()?) })
    };
    let is_possible = |begin: &Begin| begin.at <= now && begin.waited <= LONGEST_WAIT;
    let mut starts: Vec<Begin> = lines.filter_map(begin).filter(is_possible).take(MOST).collect();
    starts.sort_unstable();
    starts
}

fn judge(starts: &[Begin], now: Monotonic) -> Account {
    let unclean = starts.iter().filter(|start| now.since(start.at) <= WINDOW).count();
    let ends = starts.iter().skip(1).map(|start| start.at).chain([now]);
    let lives: Vec<Span> =
        starts.iter().zip(ends).map(|(start, end)| end.since(start.at.plus(start.waited))).collect();
    let short = lives.iter().rev().take_while(|life| **life < LONG_LIFE).count();
    let doublings = u32::try_from(short.saturating_sub(FREE)).unwrap_or(u32::MAX);
    let wait = match doublings {
        0 => Span::ZERO,
        n => {
            Span(FIRST_WAIT.0.saturating_mul(1_u64.checked_shl(n - 1).unwrap_or(u64::MAX))).min(LONGEST_WAIT)
        }
    };
    Account { unclean, wait }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(ms: u64) -> Monotonic {
        Monotonic(5_000_000_000_000 + ms * 1_000_000)
    }

    /// Starts after one another, each living this long; what the last one is told.
    fn after(lives_ms: &[u64]) -> Account {
        let folder = tempfile::tempdir().unwrap();
        let mut now = 0;
        for life in lives_ms {
            let (_start, account, written) = begin(folder.path(), at(now));
            written.unwrap();
            now += account.wait.millis() + life;
        }
        begin(folder.path(), at(now)).1
    }

    #[test]
    fn a_first_start_and_one_behind_a_good_end_wait_for_nothing() {
        assert_eq!(after(&[]), Account::default());
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..20 {
            let (start, account, _) = begin(folder.path(), at(0));
            assert_eq!(account, Account::default());
            start.end().unwrap();
        }
    }

    #[test]
    fn a_process_that_dies_of_its_start_waits_longer_and_longer_but_never_longer_than_a_second() {
        let waits: Vec<u64> = (0..10).map(|deaths| after(&vec![30; deaths]).wait.millis()).collect();
        assert_eq!(waits, [0, 0, 0, 50, 100, 200, 400, 800, 1000, 1000]);
        assert_eq!(after(&[30; 60]).wait, LONGEST_WAIT, "and never gives up");
    }

    #[test]
    fn a_life_that_was_long_enough_starts_again_at_once() {
        let account = after(&[30, 30, 30, 30, 30, 1500]);
        assert_eq!((account.wait, account.unclean), (Span::ZERO, 6));
        assert!(account.is_careful());
    }

    #[test]
    fn after_ten_minutes_all_is_forgiven() {
        assert!(!after(&[2000; 5]).is_careful() && after(&[2000; 6]).is_careful());
        assert!(after(&[2000; 6]).follows_an_unclean_end());
        assert_eq!(after(&[30, 30, 30, 30, 30, 30, 700_000]).unclean, 0);
    }

    #[test]
    fn what_is_no_file_of_this_boot_counts_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        for text in ["", "another-boot\n5000000000000 0\n", "\u{0}\u{0}\u{0}", "x\ny\nz"] {
            fs::write(&path, text).unwrap();
            assert_eq!(begin(folder.path(), at(0)).1, Account::default(), "{text:?}");
        }
        let boot = fs::read_to_string(BOOT_ID).unwrap();
        fs::write(&path, format!("{}\nrubbish\n99999999999999999 0\n1\n{} 0\n", boot.trim(), at(0).0))
            .unwrap();
        assert_eq!(begin(folder.path(), at(5000)).1.unclean, 1, "what is in the future is none");
    }

    #[test]
    fn a_folder_that_cannot_be_written_does_not_keep_a_process_from_starting() {
        let (_start, account, written) = begin(Path::new("/nowhere/at/all"), at(0));
        assert_eq!(account, Account::default());
        assert!(written.is_err());
    }
}
