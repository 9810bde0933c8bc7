// SPDX-License-Identifier: MIT OR Apache-2.0
//! Guided procedures: what is to be done, in which order, within which time, and what of it is done.
//!
//! A procedure is data ([`Procedure`]): those that come with the console stand in [`built_in`], a responsible organisation adds or
//! replaces some in its configuration. [`Desk`] has them all and knows which of them runs, how far it is ([`Run`]), when it was last
//! completed, and whether it is due.
//!
//! ```text
//!             begin                    the last step is done or skipped
//!   (no run) -------> Phase::Running ---------------------------------> Phase::Completed
//!                          |                                                   |
//!                          | end                                               | begin: anew
//!                          v                                                   v
//!                     Phase::Ended ------------------------------------> Phase::Running
//!                                    begin: anew
//! ```
//!
//! # What it must never do
//! Keep anything from working, command anything, read a clock, or do I/O. A procedure that nobody follows costs nothing but a reminder.
//! Whatever the console cannot see, a person may confirm, and any step may be skipped with a reason.
//!
//! # Glossary
//! - **Step**: one thing to do. A person **confirms** it, or the console **measures** that it is done, or it is **timed**: over after a
//!   while.
//! - **Strict**: one step after the other; **free**: in any order.
//! - **Target**: the time since the beginning within which a step, or all of it, should be done. Passing it is shown and has no effect.
//! - **Aim**: speed and flow as they were before the trouble: what to aim at by hand or on another console.
//! - **Validity**: for how long a check counts. One that is **due** is told, at low priority, during support only.
//! - **Case**: support without a break that is longer than [`BREAK`].
#![forbid(unsafe_code)]

pub mod built_in;
mod case;
mod check;
mod desk;
mod fill;
mod procedure;
mod refused;
mod run;
mod stopwatch;

pub use case::{BREAK, Case, Due};
pub use check::{Check, ClampSeen, Seen, Sight, What};
pub use desk::{Desk, Happening, Kept, KeptRun};
pub use fill::{Aim, PLACES, fill, unknown_place};
pub use procedure::{Category, Order, Procedure, Step, StepKind, Text, Validity};
pub use refused::Refused;
pub use run::{Done, Phase, Progress, Run, StepDone};
pub use stopwatch::Stopwatch;

/// The most procedures one console has.
pub const MOST_PROCEDURES: usize = 32;
/// The most steps of one procedure.
pub const MOST_STEPS: usize = 24;
