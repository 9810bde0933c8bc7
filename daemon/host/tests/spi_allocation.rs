// SPDX-License-Identifier: MIT OR Apache-2.0
//! A transfer that succeeds allocates nothing on the thread that makes it, from the turnstile down to the socket.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers may stop at the first surprise, as tests do

#[path = "support/chips.rs"]
mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use ecmod_config::Priority;
use ecmod_host::bus::{Caller, PortState, SpiStep};
use ecmod_sim_link::server::{Reply, SpiServer};
use support::{Bench, LIMIT, spi, until_state};

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: hands everything on to the system's allocator; the counter neither allocates nor panics.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_transfer_allocates_nothing() {
    let bench = Bench::new();
    let chip = |_: &[SpiStep], out: &[u8], back: &mut [u8]| {
        back.copy_from_slice(out);
        Reply::Done
    };
    let _server = SpiServer::start(&bench.path("adc"), chip).unwrap();
    let port = bench.spi(&["adc"], LIMIT);
    until_state(&port, PortState::Connected);
    let caller = Caller::new(Priority::Normal);
    let step = SpiStep { length: 8, sends: true, receives: true, delay_ns: 0 };
    let mut back = [0; 16];
    let mut exchange = |byte: u8| {
        let fill = |out: &mut [u8]| out.fill(byte);
        spi(&port).transfer(&caller, 0, &[step, step], fill, |bytes| back.copy_from_slice(bytes)).unwrap();
        assert_eq!(back, [byte; 16]);
    };
    // the first one takes the device over and makes its row of counters
    exchange(1);
    let before = COUNT.get();
    (0..=255).for_each(&mut exchange);
    assert_eq!(COUNT.get() - before, 0);
    drop(std::hint::black_box(Box::new(1)));
    assert_eq!(COUNT.get() - before, 1, "the counter counts");
}
