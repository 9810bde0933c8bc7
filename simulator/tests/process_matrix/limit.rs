// SPDX-License-Identifier: MIT OR Apache-2.0
//! The end of a process's memory: what a leak comes to in the end, without the hours that it takes.

use crate::bed::Bed;
use crate::steady::Victim;
use crate::stranger::CONSOLE;
use crate::support::until;
use rustix::process::{Resource, Rlimit, prlimit};

/// A word this long has to be put somewhere, in every process that it passes through.
const LONG: usize = 4 << 20;

/// The process gets nothing beyond what it has already.
pub fn no_more_memory(victim: &Victim) {
    let status = std::fs::read_to_string(format!("/proc/{}/status", victim.number())).unwrap();
    let data = status.lines().find_map(|line| line.strip_prefix("VmData:")).expect("it has data");
    let kilobytes: u64 = data.trim().trim_end_matches(" kB").parse().unwrap();
    let limit = Rlimit { current: Some(kilobytes << 10), maximum: Some(kilobytes << 10) };
    prlimit(Some(victim.process()), Resource::Data, limit).expect("root may limit others");
}

/// The daemon is asked, in words of this length, for what it has to refuse, until it ends.
pub fn until_it_wants_more(bed: &Bed, daemon: &Victim) {
    let word = "flow".repeat(LONG / 4);
    until("the daemon ends for want of memory", || {
        let _refused_or_nobody_there = bed.room.stranger.call::<_, ()>(CONSOLE, "SetMode", &word.as_str());
        (bed.room.stranger.owner() != Some(daemon.number())).then_some(())
    });
}
