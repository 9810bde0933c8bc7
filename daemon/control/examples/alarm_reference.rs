// SPDX-License-Identifier: MIT OR Apache-2.0
//! Prints the reference of the alarms: `cargo run -p ecmod-control --example alarm_reference > docs/src/alarms.md`.

#[path = "../tests/reference/mod.rs"]
mod reference;

fn main() {
    print!("{}", reference::page());
}
