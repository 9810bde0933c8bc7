// SPDX-License-Identifier: MIT OR Apache-2.0
//! Catches what a driver's code panics with, and sends the message to the host's log instead of stderr.
//!
//! The standard hook would take a backtrace, which costs some 60 ms; ours takes only message and place. It acts on
//! threads inside a driver's call alone; elsewhere the hook that was there before does its work.

use crate::Level;
use crate::host::Calls;
use core::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// How many guarded calls this thread is in.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// What the last panic inside one said.
    static MESSAGE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The driver's code panicked; the host's log says where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Panicked;

/// Runs a driver's code and catches its panic.
///
/// What the closure borrows may be half changed after a panic: the caller must not use it any more.
pub(super) fn guarded<R>(calls: &Calls, code: impl FnOnce() -> R) -> Result<R, Panicked> {
    install();
    if DEPTH.replace(DEPTH.get() + 1) == 0 {
        MESSAGE.set(None); // of a panic that the driver caught itself
    }
    let result = catch_unwind(AssertUnwindSafe(code));
    let result = result.map_err(|payload| {
        // A payload may panic when it is dropped, and that one's payload again: such a thing is leaked.
        let second = catch_unwind(AssertUnwindSafe(|| drop(payload)));
        let _leaked = second.map_err(Box::leak);
        let message = MESSAGE.take().unwrap_or_else(|| "no message".to_owned());
        calls.log(Level::Error, &format!("the driver {message}"));
        Panicked
    });
    DEPTH.set(DEPTH.get() - 1);
    result
}

fn install() {
    static HOOK: Once = Once::new();
    if std::thread::panicking() {
        return; // the hook may not be changed now; the panic is caught all the same
    }
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            if DEPTH.get() == 0 {
                return before(info);
            }
            // "panicked at FILE:LINE:COLUMN:" and, on a line of its own, the message.
            let message = info.to_string().replace('\n', " ");
            match MESSAGE.take() {
                None => MESSAGE.set(Some(message)),
                // A second panic before the first was caught, in a destructor or through a C function, ends the
                // process next: nobody will log the first any more.
                Some(first) => {
                    eprintln!("the driver {first}");
                    before(info);
                }
            }
        }));
    });
}
