// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tests that need a real kernel's buses. They run as root in the virtual machine, one after the other, each in a process
//! of its own (`virtual-machine/guest/run-tests.sh`).
// All of it is test code, to clippy too.
#![cfg(test)]

mod annunciator;
mod board;
mod fast_path;
mod kernel_drivers;
mod machine;
mod panel;
mod sensors;
mod units;
