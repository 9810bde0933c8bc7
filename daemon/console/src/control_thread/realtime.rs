// SPDX-License-Identifier: MIT OR Apache-2.0
//! What makes a thread timely on Linux, each step where the system permits it.
//!
//! A console without these permissions still controls: every step that fails becomes a [`Shortfall`] that is logged once with
//! what to do about it, and nothing else changes.
//!
//! - *Memory*: what is mapped at start is read in and locked; what is mapped later is locked as it is touched. (Locking
//!   later mappings whole would make each thread's unused stack resident.)
//! - *CPU latency*: `/dev/cpu_dma_latency` held at 0 keeps the cores out of deep idle states, as `cyclictest` does; without
//!   it the median wake-up is twice as late.
//! - *Scheduling*: `SCHED_FIFO`, timer slack of one nanosecond, all signals blocked, stack touched once.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::fd::OwnedFd;

use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{Resource, getrlimit};
use rustix::thread::{CapabilitySet, capabilities};

/// How much of its stack the control thread touches before the first tick.
const PREFAULTED_STACK: usize = 128 * 1024;

/// Something the system did not permit, or could not do.
#[derive(Debug, thiserror::Error)]
pub enum Shortfall {
    /// `mlockall` failed.
    #[error(
        "memory is not locked, a page fault can delay control: {0} (LimitMEMLOCK=infinity or CAP_IPC_LOCK)"
    )]
    Memory(std::io::Error),
    /// There is a limit that later mappings would run into.
    #[error(
        "memory mapped later is not locked, a page fault can delay control: the limit is {limit} bytes \
         (LimitMEMLOCK=infinity or CAP_IPC_LOCK)"
    )]
    MemoryLimit {
        /// `RLIMIT_MEMLOCK`.
        limit: u64,
    },
    /// The latency device could not be opened or written.
    #[error(
        "/dev/cpu_dma_latency cannot be held at 0, wake-ups are later: {0} (let the daemon's user write to it)"
    )]
    CpuLatency(std::io::Error),
    /// `SCHED_FIFO` was refused.
    #[error(
        "the control thread has no real-time priority, other programs can delay it: {0} (LimitRTPRIO=99 or CAP_SYS_NICE)"
    )]
    Scheduling(std::io::Error),
    /// The timer slack could not be set.
    #[error("the control thread's timers are coarse: {0}")]
    TimerSlack(std::io::Error),
    /// There is no `futex_waitv`.
    #[error(
        "urgent samples wait for the next tick of the control loop: the kernel cannot wait for several hosts at once \
         (futex_waitv, Linux 5.16)"
    )]
    UrgentTicks,
}

/// Keeps the heap in one arena: a second one costs address space and locked pages, and nothing here allocates in parallel.
/// Call it before any thread is started.
pub fn use_one_heap_arena() {
    #[cfg(target_env = "gnu")]
    // SAFETY: mallopt only changes the allocator's parameters; no other thread exists yet that could be inside it.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}

/// Locks the process's memory.
///
/// # Errors
/// [`Shortfall::Memory`], [`Shortfall::MemoryLimit`]: the daemon runs on with what could be locked.
pub fn lock_memory() -> Result<(), Shortfall> {
    mlockall(MlockAllFlags::CURRENT).map_err(|error| Shortfall::Memory(error.into()))?;
    // With a limit, a locked later mapping could make an allocation fail: that is worse than a page fault.
    if let Some(limit) = getrlimit(Resource::Memlock).current.filter(|_| !may_lock_without_limit()) {
        return Err(Shortfall::MemoryLimit { limit });
    }
    mlockall(MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT).map_err(|error| Shortfall::Memory(error.into()))
}

fn may_lock_without_limit() -> bool {
    capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::IPC_LOCK))
}

/// Holds the cores out of deep idle states for as long as the descriptor lives.
///
/// # Errors
/// [`Shortfall::CpuLatency`]
pub fn hold_cpu_latency() -> Result<OwnedFd, Shortfall> {
    let mut device =
        OpenOptions::new().write(true).open("/dev/cpu_dma_latency").map_err(Shortfall::CpuLatency)?;
    device.write_all(&0_i32.to_ne_bytes()).map_err(Shortfall::CpuLatency)?;
    Ok(device.into())
}

/// Makes the calling thread the control thread, as far as permitted.
#[must_use]
pub fn enter(priority: Option<u8>) -> Vec<Shortfall> {
    let mut shortfalls = Vec::new();
    if let Some(priority) = priority {
        shortfalls.extend(schedule_first_in_first_out(priority).err().map(Shortfall::Scheduling));
    }
    shortfalls.extend(finest_timers().err().map(Shortfall::TimerSlack));
    block_signals();
    touch_stack();
    shortfalls
}

fn schedule_first_in_first_out(priority: u8) -> std::io::Result<()> {
    let parameters = libc::sched_param { sched_priority: libc::c_int::from(priority) };
    // SAFETY: 0 names the calling thread and `parameters` lives through the call.
    match unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const parameters) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

fn finest_timers() -> std::io::Result<()> {
    let nanoseconds: libc::c_ulong = 1;
    // SAFETY: PR_SET_TIMERSLACK takes one integer and touches no memory of ours.
    match unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, nanoseconds) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

/// Signals are the service thread's business; one delivered here would only wake the loop early.
fn block_signals() {
    let mut all = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigfillset initializes the set it is given, and only then is it read.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), std::ptr::null_mut());
    }
}

#[inline(never)]
#[allow(clippy::large_stack_arrays)] // being large is its purpose; the thread's stack is four times as big
fn touch_stack() {
    let mut pages = [0_u8; PREFAULTED_STACK];
    std::hint::black_box(&mut pages);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shortfall_says_what_to_do_and_entering_never_fails() {
        std::thread::Builder::new()
            .stack_size(512 * 1024)
            .spawn(|| {
                for shortfall in enter(Some(50)) {
                    assert!(!shortfall.to_string().is_empty());
                }
            })
            .unwrap()
            .join()
            .unwrap();
    }
}
