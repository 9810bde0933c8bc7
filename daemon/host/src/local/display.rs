// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the display shows: the speed that is measured, where a key has just sent it, or that nothing is known. Never a demand that
//! looks like a measurement for longer than a glance.

use std::sync::Arc;

use ecmod_link::message::DriverState;
use ecmod_quantities::{Cause, Monotonic, Span};

use crate::driver::Cell;

/// For so long behind a key's stroke the target is shown `[C]`.
const GLANCE: Span = Span::from_millis(1500);
/// Digits that change faster cannot be read `[C]`.
const FASTEST: Span = Span::from_millis(200);

/// The display, which is a command of a driver.
pub struct Display {
    cell: Arc<Cell>,
    command: String,
    target: Option<(f64, Monotonic)>,
    due: Monotonic,
}

impl Display {
    /// One that shows nothing yet.
    #[must_use]
    pub fn new(cell: Arc<Cell>, command: &str) -> Self {
        Self { cell, command: command.to_owned(), target: None, due: Monotonic(0) }
    }

    /// The driver that shows.
    #[must_use]
    pub const fn cell(&self) -> &Arc<Cell> {
        &self.cell
    }

    /// Says so if the driver does not come back from a call; the host goes on without it.
    pub fn complain(&self, now: Monotonic) {
        let Some((call, _)) = self.cell.watch.hung(now) else { return };
        let call = call.name();
        self.cell.publish_bad(Cause::DriverFault, now);
        let detail = format!("hangs in {call}; the pump's host goes on without a display");
        if self.cell.set_state(DriverState::Fault, &detail) {
            tracing::error!(event = "local.display_hung", driver = self.cell.id, call, "{detail}");
        }
    }

    /// A key has sent the pump there.
    pub fn target(&mut self, target: f64, now: Monotonic) {
        self.target = Some((target, now));
        self.due = now;
    }

    /// Shows what there is to show.
    pub fn show(&mut self, measured: Option<f64>, now: Monotonic) {
        if now < self.due {
            return;
        }
        self.due = now.plus(FASTEST);
        let target = self.target.filter(|(_, since)| now.since(*since) < GLANCE);
        self.target = target;
        self.cell.show(&self.command, target.map_or(measured, |(target, _)| Some(target)), now);
    }
}
