// SPDX-License-Identifier: MIT OR Apache-2.0
//! One life of the daemon, from its start to its end, among those before it: how long the start waits, and how much care it takes.

use std::path::Path;
use std::time::Duration;

use ecmod_control::Fact;
use ecmod_link::supervision::starts::{self, Start};
use ecmod_quantities::Span;

use super::{Board, Care};
use crate::clock;

/// This life.
#[derive(Debug)]
pub struct Life {
    start: Start,
    care: Care,
}

impl Life {
    /// Begins a life: notes it in the state directory, and waits if the lives before were short ones, a second at most. The hosts hold
    /// the pump meanwhile.
    #[must_use]
    pub fn begin(state_directory: &Path) -> Self {
        let (start, account, written) = starts::begin(state_directory, clock::now());
        if let Err(error) = written {
            tracing::warn!(event = "supervision.starts", %error, "starts of the daemon cannot be counted");
        }
        let unclean = account.unclean;
        let care = if account.is_careful() { Care::Careful } else { Care::Normal };
        if care == Care::Careful {
            tracing::error!(
                event = "supervision.careful",
                unclean,
                "the daemon ended {unclean} times in ten minutes without having been asked to: optional parts have safe defaults"
            );
        }
        if account.wait > Span::ZERO {
            let ms = account.wait.millis();
            tracing::warn!(
                event = "supervision.waits",
                ms,
                "the daemon starts in {ms} ms, so that it does not take the machine's time"
            );
            std::thread::sleep(Duration::from_nanos(account.wait.0));
        }
        Self { start, care }
    }

    /// How much the optional parts are trusted.
    #[must_use]
    pub const fn care(&self) -> Care {
        self.care
    }

    /// Tells the core.
    pub fn tell(&self, board: &Board) {
        board.set(Fact::RestartsFrequent, self.care == Care::Careful);
    }

    /// The life ends as it should.
    pub fn end(self) {
        if let Err(error) = self.start.end() {
            tracing::warn!(event = "supervision.starts", %error, "the next start of the daemon will count this one as unclean");
        }
    }
}
