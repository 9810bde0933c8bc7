// SPDX-License-Identifier: MIT OR Apache-2.0
//! How daemon and host look after their own threads and their own restarts: the same rules in both processes.
//!
//! - [`judge`]: when a thread that does not move counts as hung. Two symptoms that come by different ways, or no verdict.
//! - [`account`]: the second way: what the kernel says of a thread.
//! - [`starts`]: how often this process was started lately, and how long the next start waits.
//!
//! # Words
//! A **turn** is a thread's own sign of life, counted by itself. A **symptom** is one thing that is wrong; a **verdict** is what follows
//! from two of them. **Starved**: ready to run, and not given a processor.
//!
//! # Why
//! A supervisor that is wrong is worse than none: a healthy console has been declared dead, and was switched off by the people at the
//! bed, because one monitoring feature misjudged it. A thread that does not count its turns may be starved on a loaded machine,
//! its process may have been stopped with everything in it, or the counting itself may be at fault. None of that is a hang, and ending
//! the process would help against none of it.

pub mod account;
pub mod judge;
pub mod starts;

pub use account::{Account, Scheduling};
pub use judge::{Allowance, Hang, Judge, Nature, Verdict};
