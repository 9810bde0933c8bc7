// SPDX-License-Identifier: MIT OR Apache-2.0
//! Compile-time proof, on the target itself, that no struct has padding and that sizes are those of the header.
//!
//! `tests/abi_twin.rs` compares field by field with a C compiler; this holds where no C compiler is at hand.

use super::{Command, Demand, Driver, Edge, Finding, Host, I2cOp, Sample, Signal, SpiOp, Table};
use core::mem::{align_of, offset_of, size_of};

const POINTER: usize = size_of::<*const ()>();

// Bytes of 32-bit and 64-bit words, then pointers: the sum is the size, so nothing is padding.
const _: () = assert!(size_of::<Signal>() == 4 * 4 + 4 * 8 + 2 * POINTER);
const _: () = assert!(size_of::<Command>() == 4 * 4 + 2 * 8 + 2 * POINTER);
const _: () = assert!(size_of::<Sample>() == 24);
const _: () = assert!(size_of::<Demand>() == 32);
const _: () = assert!(size_of::<Table>() == 4 * 4 + 2 * POINTER);
const _: () = assert!(size_of::<SpiOp>() == 4 * 4 + 2 * POINTER);
const _: () = assert!(size_of::<I2cOp>() == 2 * 4 + 2 * POINTER);
const _: () = assert!(size_of::<Edge>() == 16);
const _: () = assert!(size_of::<Host>() == 2 * 4 + 20 * POINTER);
const _: () = assert!(size_of::<Finding>() == 2 * 4 + 2 * POINTER);
const _: () = assert!(size_of::<Driver>() == 4 * 4 + 2 * 8 + 6 * POINTER + size_of::<Table>() + 6 * POINTER);

// What a host of version 1.0 offers ends where the first function of 1.1 begins.
const _: () = assert!(offset_of!(Host, attribute_read) == 2 * 4 + 14 * POINTER);

// A host table is copied up to a whole number of pointers; that is right only if nothing but pointers follows.
const _: () = assert!(offset_of!(Host, context) == 8);
const _: () = assert!((size_of::<Host>() - offset_of!(Host, context)).is_multiple_of(POINTER));
const _: () = assert!(align_of::<Host>() == POINTER);
