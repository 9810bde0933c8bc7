// SPDX-License-Identifier: MIT OR Apache-2.0
//! The demo as a person starts it.

#[cfg(test)]
mod support;

use rustix::process::Signal;
use support::Console;

#[test]
fn the_demo_ends_cleanly_on_ctrl_c() {
    let console = Console::demo();
    assert_eq!(console.end(Signal::INT).code(), Some(0));
}
