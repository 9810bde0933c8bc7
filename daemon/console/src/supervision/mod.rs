// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who looks after the parts of the daemon, and what they tell the core.
//!
//! ```text
//!   control thread -- ticks ----------+
//!   service thread -- turns ----------+                      +--> systemd: WATCHDOG=1, or trigger
//!   hosts' server --- turns, answers -+--> watch (own thread)-+
//!   bus ------------- turns, answers -+       ^              +--> board: WatchdogNear --> core
//!   writers --------- since when -----+       | the kernel's account of each thread
//! ```
//!
//! - [`watch`]: the thread that looks, and feeds systemd's watchdog only while every part that must live does.
//! - [`vital`]: the signs of life of a task of the service thread.
//! - [`life`]: this start of the daemon among those before it.
//! - [`board`]: facts and drivers' health, for the control thread to read.
//!
//! # Two symptoms
//! A part is given up, and the daemon with it, only when its own sign of life stands still *and* a second symptom says the same by another
//! way ([`ecmod_link::supervision`]): for threads the kernel's account, for tasks a question that is not answered. One symptom alone
//! raises `WD_NEAR` and ends nobody.
//!
//! # What a restart costs, and when it is not worth it
//! The hosts hold the pump meanwhile and the new daemon takes over without a bump, so that ending a daemon whose loop stands still is
//! right. A bus that hangs again and again is not worth it: after [`ecmod_link::supervision::starts::TOLERATED`] unclean starts in ten minutes
//! the *optional* parts are reported and not judged, and have safe defaults ([`Care`]). The loop and the hosts' server are never optional.

pub mod board;
pub mod life;
pub mod notify;
pub mod vital;
pub mod watch;

pub use board::Board;
pub use life::Life;
pub use vital::{Vital, Vitals};
pub use watch::{Care, Parts, Supervisor};
