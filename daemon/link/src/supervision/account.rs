// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the kernel says of a thread of this process: `stat`, `status` and, where the kernel has it, `schedstat` in `/proc/self/task/TID`
//! (Documentation/filesystems/proc.rst and Documentation/scheduler/sched-stats.rst in the kernel's source).
//!
//! Reading costs some ten microseconds and a few allocations: it is done only when a thread is under suspicion.

use std::fs;
use std::path::{Path, PathBuf};

const TASKS: &str = "/proc/self/task";
/// `USER_HZ` is 100 on every architecture that we build for.
const NS_PER_TICK: u64 = 10_000_000;

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
    /// Processor time that it has had, in nanoseconds. A thread that runs right now may be some milliseconds ahead; a kernel without
    /// `schedstat` counts in hundredths of a second.
    pub processor_ns: u64,
    /// How often it gave its processor away or lost it: it changes only if the thread has run.
    pub switches: u64,
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
    let read = |name| fs::read_to_string(folder.join(name));
    parse(&read("stat").ok()?, &read("status").ok()?, read("schedstat").ok().as_deref())
}

fn parse(stat: &str, status: &str, schedstat: Option<&str>) -> Option<Account> {
    // The name stands in brackets and may contain anything, brackets too.
    let (_, behind) = stat.rsplit_once(')')?;
    let mut fields = behind.split_ascii_whitespace();
    let scheduling = match fields.next()? {
        "R" => Scheduling::Ready,
        "D" => Scheduling::InKernel,
        "Z" | "X" | "x" => Scheduling::Ended,
        _ => Scheduling::Asleep,
    };
    let exact = schedstat.and_then(|text| text.split_ascii_whitespace().next()?.parse().ok());
    let processor_ns = match exact {
        Some(exact) => exact,
        None => {
            // The fields 14 and 15 of the line, counted from 1; the first behind the name is the third.
            let mut times = fields.skip(10).take(2).map(str::parse::<u64>);
            let (user, system) = (times.next()?.ok()?, times.next()?.ok()?);
            user.saturating_add(system).saturating_mul(NS_PER_TICK)
        }
    };
    let switches = status.lines().filter_map(|line| {
        let (key, count) = line.split_once(':')?;
        key.ends_with("voluntary_ctxt_switches").then_some(count.trim().parse::<u64>())
    });
    let switches = switches.collect::<Result<Vec<_>, _>>().ok().filter(|counts| counts.len() == 2)?;
    Some(Account { scheduling, processor_ns, switches: switches.iter().sum() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "77 (a ) R (b) S 1 77 77 0 -1 4194304 100 0 0 0 3 2 0 0 -5 0 4";
    const STATUS: &str =
        "Name:\ta\nThreads:\t4\nvoluntary_ctxt_switches:\t15\nnonvoluntary_ctxt_switches:\t2\n";

    #[test]
    fn what_the_kernel_says_is_read_whatever_the_thread_is_called() {
        let account = parse(STAT, STATUS, Some("123456789 42 17\n")).unwrap();
        let expected = Account { scheduling: Scheduling::Asleep, processor_ns: 123_456_789, switches: 17 };
        assert_eq!(account, expected);
        let coarse = parse(STAT, STATUS, None).unwrap();
        assert_eq!(coarse, Account { processor_ns: 50_000_000, ..expected }, "a kernel without schedstat");
        for (letter, scheduling) in [
            ('R', Scheduling::Ready),
            ('D', Scheduling::InKernel),
            ('t', Scheduling::Asleep),
            ('Z', Scheduling::Ended),
        ] {
            assert_eq!(
                parse(&format!("1 (x) {letter} 1"), STATUS, Some("1")).unwrap().scheduling,
                scheduling
            );
        }
        assert_eq!(parse("1 (x) S 1", STATUS, None), None);
        assert_eq!(parse(STAT, "voluntary_ctxt_switches:\t15\n", None), None);
        assert_eq!(parse("", STATUS, Some("1 2 3")), None);
    }

    #[test]
    fn a_thread_that_works_is_seen_to_and_one_that_waits_is_not() {
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::Builder::new().name("waits".into()).spawn(move || stopped.recv()).unwrap();
        let tid = until(|| thread_called("waits"));
        until(|| of_thread(tid).filter(|account| account.scheduling == Scheduling::Asleep));
        let (first, second) = (of_thread(tid).unwrap(), of_thread(tid).unwrap());
        assert_eq!((first.switches, first.processor_ns), (second.switches, second.processor_ns));
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
