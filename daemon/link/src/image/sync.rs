// SPDX-License-Identifier: MIT OR Apache-2.0
//! The atomics in use: the machine's, or those of the model checker (`--cfg loom`).

#[cfg(not(loom))]
pub(super) use core::{
    hint::spin_loop,
    sync::atomic::{AtomicU32, AtomicU64, Ordering, fence},
};
#[cfg(loom)]
pub(super) use loom::{
    hint::spin_loop,
    sync::atomic::{AtomicU32, AtomicU64, Ordering, fence},
};
