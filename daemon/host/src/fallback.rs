// SPDX-License-Identifier: MIT OR Apache-2.0
//! The end of what a daemon has lowered for a while, when there is no daemon to end it.
//!
//! An intervention of the daemon lowers the pump's speed for a bounded time. With each such demand the daemon says what it would demand otherwise and how long
//! the lower one counts at most ([`ecmod_link::image::Fallback`]). If the daemon is dead or hangs when that time is over, the main thread gives the speed
//! back, by the slew that came with it. It never lowers anything, never goes beyond what it was told, and does nothing while a
//! daemon's heart beats.
//!
//! ```text
//!          the daemon is silent for 1 s, and the demand's time is over
//! Resting -------------------------------------------------------------> Giving back --the fallback's value--> Resting
//!    ^                                                                        |
//!    +------------------------------------------------------------------------+
//!       a daemon demands something, or somebody presses a key of local control
//! ```
//!
//! The main thread does it because nothing foreign can hold it up: no driver, no bus, and no daemon that does not answer.

use std::sync::Arc;

use ecmod_quantities::{Monotonic, Span};

use crate::driver::Cell;
use crate::local::presence::Presence;

/// A daemon that is silent for so long does not end anything any more. One that was killed is back before.
const SILENCE: Span = Span::from_secs(1);

/// Looks after the demands of all drivers.
#[derive(Debug)]
pub struct Fallbacks(Vec<(Arc<Cell>, Presence)>);

impl Fallbacks {
    /// Of these drivers, beginning now.
    #[must_use]
    pub fn new(cells: &[Arc<Cell>], now: Monotonic) -> Self {
        Self(cells.iter().map(|cell| (Arc::clone(cell), Presence::new(SILENCE, now))).collect())
    }

    /// One look.
    pub fn look(&mut self, now: Monotonic) {
        for (cell, presence) in &mut self.0 {
            if !presence.look(cell.daemon_beat(), now) {
                cell.give_back(now);
            }
        }
    }
}
