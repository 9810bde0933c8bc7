// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the control thread and the drivers' threads do in the image allocates nothing.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used)] // helpers of tests

use ecmod_link::image::{
    Bounds, DaemonImage, Demand, HostImage, Layout, Sample, Slot, doorbell::Sleep, wait_for_news,
};
use ecmod_quantities::Monotonic;
use std::alloc::{GlobalAlloc, Layout as Memory, System};
use std::cell::Cell;

thread_local! {
    /// Allocations and releases of this thread.
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: passes every call on to the system's allocator unchanged; counting touches no memory of its callers and does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, memory: Memory) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(memory) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, memory: Memory) {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, memory) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_tick_through_the_image_allocates_nothing() {
    let layout = Layout { inputs: 512, outputs: 64 };
    let (daemon, file) = DaemonImage::create(layout).unwrap();
    let host = HostImage::attach(file, layout).unwrap();
    let bounds = Bounds { min: -10.0, max: 10.0 };
    let before = COUNT.with(Cell::get);
    let mut values = 0;
    for sequence in 1..=100 {
        let t = Monotonic(sequence);
        (0..512).for_each(|input| {
            host.publish(input, Sample { value: 4.0, t, quality: 1, cause: 0, sequence });
        });
        host.beat(t);
        for input in 0..513 {
            if let Slot::Value(sample) = daemon.read(input) {
                values += u64::from(sample.checked(bounds, t).value().is_some());
            }
        }
        (0..65).for_each(|output| {
            daemon.write(output, Demand { value: 5.0, t, sequence, valid: true, fallback: None });
        });
        daemon.beat(t);
        let last = host.doorbell();
        daemon.ring();
        assert_ne!(host.wait(last, Monotonic(0)), last);
        let heard = daemon.heard();
        host.ring_daemon();
        assert_eq!(wait_for_news([(&daemon, heard)].into_iter(), Monotonic(0)), Sleep::Look);
        let heard = daemon.heard();
        assert_eq!(wait_for_news([(&daemon, heard)].into_iter(), Monotonic(0)), Sleep::Over);
        values += (0..64).filter(|output| matches!(host.demand(*output), Slot::Value(_))).count() as u64;
        assert_eq!((daemon.host_beat().0, host.daemon_beat().0), (sequence, sequence));
    }
    assert_eq!(COUNT.with(Cell::get), before);
    assert_eq!(values, 100 * (512 + 64));
}
