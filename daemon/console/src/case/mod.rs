// SPDX-License-Identifier: MIT OR Apache-2.0
//! The case as a document: what one console knows of it, for another console to go on with.
//!
//! ```text
//!   console A: state, zeros, log --> document (text, versioned, checksummed) --> file
//!   file --> document --> judge (against console B's configuration) --> Request::Adopt --> core of console B, in standby
//! ```
//!
//! - [`document`]: the text, written and read.
//! - [`judge`]: what of it another console can take up, what it leaves and why, and what forbids it as a whole.
//!
//! # What it must never do
//! Start anything. A document is taken up in standby only, whole or not at all, and sets what the *next start* uses. What belongs
//! to the other console's hardware (zeros of transducers) or would act at once (sweep gas, clamps, an intervention) is told to
//! people and not taken. There is nothing in it that says who the patient is.

pub mod document;
pub mod judge;
