// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the kernel says of a thread of this process: `/proc/self/task/TID/stat` and `schedstat`
//! (Documentation/filesystems/proc.rst and Documentation/scheduler/sched-stats.rst in the kernel's source).
//!
//! Reading costs some ten microseconds and a few allocations: it is done only when a thread is under suspicion.

use std::fs;
use std::path::{Path, PathBuf};

const TASKS: &str = "/proc/self/task";

/// What a thread is doing, in the kernel's eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheduling {
    /// It runs, or it could if it had a processor (`R`).
    Ready,
    /// It waits for something, or a debugger holds it (`S`, `t`, `I` and what else there may be).
    Asleep,
    /// It waits inside the kernel and cannot be interrupted, mostly for a disk (`D`).
    InKernel,
    /// It has ended (`Z`, `X`).
    Ended,
}

/// A thread at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// What it is doing.
    pub scheduling: Scheduling,
    /// Processor time that it has had, in nanoseconds. A thread that runs right now may be some milliseconds ahead.
    pub processor_ns: u64,
    /// How often it was given a processor.
    pub runs: u64,
}

/// The thread of this process with this name (as the kernel keeps it: cut at 15 bytes). The lowest number, if there are several.
#[must_use]
pub fn thread_called(name: &str) -> Option<u32> {
    let mut found = None;
    for entry in fs::read_dir(TASKS).ok()?.flatten() {
        let Some(tid) = entry.file_name().to_str().and_then(|tid| tid.parse::<u32>().ok()) else { continue };
        // A thread may end between the two calls.
        let Ok(comm) = fs::read_to_string(entry.path().join("comm")) else { continue };
        if comm.trim_end_matches('\n') == name && found.is_none_or(|lowest| tid < lowest) {
            found = Some(tid);
        }
    }
    found
}

/// What the kernel says of this thread now; `None` if it says nothing that can be used.
#[must_use]
pub fn of_thread(tid: u32) -> Option<Account> {
    of_folder(&PathBuf::from(TASKS).join(tid.to_string()))
}

fn of_folder(folder: &Path) -> Option<Account> {
    let stat = fs::read_to_string(folder.join("stat")).ok()?;
    // A kernel without scheduling information has no such file: then there is no second symptom, and no verdict.
    let schedstat = fs::read_to_string(folder.join("schedstat")).ok()?;
    parse(&stat, &schedstat)
}

fn parse(stat: &str, schedstat: &str) -> Option<Account> {
    // The name stands in brackets and may contain anything, brackets too.
    let (_, behind) = stat.rsplit_once(')')?;
    let scheduling = match behind.trim_start().chars().next()? {
        'R' => Scheduling::Ready,
        'D' => Scheduling::InKernel,
        'Z' | 'X' | 'x' => Scheduling::Ended,
        _ => Scheduling::Asleep,
    };
    let mut fields = schedstat.split_ascii_whitespace();
    let processor_ns = fields.next()?.parse().ok()?;
    let _waited_ns: u64 = fields.next()?.parse().ok()?;
    let runs = fields.next()?.parse().ok()?;
    Some(Account { scheduling, processor_ns, runs })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_kernel_is_read_whatever_the_thread_is_called() {
        let stat = "77 (a ) R (b) S 1 77 77 0 -1 4194304 100 0 0 0 3 2 0 0 -5 0 4";
        let account = parse(stat, "123456789 42 17\n").unwrap();
        assert_eq!(account, Account { scheduling: Scheduling::Asleep, processor_ns: 123_456_789, runs: 17 });
        for (letter, scheduling) in [
            ('R', Scheduling::Ready),
            ('D', Scheduling::InKernel),
            ('t', Scheduling::Asleep),
            ('Z', Scheduling::Ended),
        ] {
            assert_eq!(parse(&format!("1 (x) {letter} 1"), "1 2 3").unwrap().scheduling, scheduling);
        }
        assert_eq!(parse("1 (x) S 1", "1 2"), None);
        assert_eq!(parse("", "1 2 3"), None);
    }

    #[test]
    fn a_thread_that_works_is_seen_to_and_one_that_waits_is_not() {
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::Builder::new().name("waits".into()).spawn(move || stopped.recv()).unwrap();
        let tid = until(|| thread_called("waits"));
        until(|| of_thread(tid).filter(|account| account.scheduling == Scheduling::Asleep));
        let (first, second) = (of_thread(tid).unwrap(), of_thread(tid).unwrap());
        assert_eq!((first.runs, first.processor_ns), (second.runs, second.processor_ns));
        let own = rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned();
        let before = of_thread(own).unwrap();
        until(|| of_thread(own).filter(|account| account.processor_ns > before.processor_ns));
        drop(stop);
        let _ = thread.join().unwrap();
        assert_eq!(thread_called("no thread has it"), None);
    }

    fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
        let begun = std::time::Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(begun.elapsed().as_secs() < 30, "it never happened");
            std::thread::yield_now();
        }
    }
}
