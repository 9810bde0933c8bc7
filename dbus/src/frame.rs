// SPDX-License-Identifier: MIT OR Apache-2.0
//! Following the console's readings: the stream of `Frame` signals.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use zbus::{Connection, proxy::CacheProperties};

use crate::{Console1Proxy, Error, Reading, console1};

/// The readings of all signals at one tick of the control loop.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// When the tick began, in nanoseconds of the console's `CLOCK_MONOTONIC`.
    pub monotonic: u64,
    /// Grows by one with each frame; starts again when the daemon does.
    pub sequence: u64,
    /// How many frames are missing between the one before and this one.
    pub lost: u64,
    /// Every signal's reading by its name.
    pub readings: BTreeMap<String, Reading>,
}

/// A stream of frames; take them with [`Frames::next`]. One that is not drained holds up its whole connection.
pub struct Frames {
    stream: console1::FrameStream,
    last: Option<u64>,
}

impl Frames {
    pub(crate) async fn follow(connection: &Connection) -> Result<Self, Error> {
        let builder = Console1Proxy::builder(connection).cache_properties(CacheProperties::No);
        let stream = builder.build().await?.receive_frame().await?;
        Ok(Self { stream, last: None })
    }

    /// Waits for the next frame. `None` when the connection to the bus has ended. While the daemon is away nothing comes:
    /// wait with a time limit of some frame periods.
    ///
    /// # Errors
    /// [`Error::Contract`] when a frame has not the form of the contract; the next may be well again.
    pub async fn next(&mut self) -> Option<Result<Frame, Error>> {
        let signal = self.stream.next().await?;
        Some(match signal.args() {
            Ok(args) => {
                let sequence = args.sequence;
                let lost = lost_between(self.last.replace(sequence), sequence);
                Ok(Frame { monotonic: args.monotonic, sequence, lost, readings: args.readings })
            }
            Err(error) => Err(error.into()),
        })
    }
}

/// Frames between two sequence numbers; none when the daemon started again.
const fn lost_between(last: Option<u64>, sequence: u64) -> u64 {
    match last {
        Some(last) if sequence > last => sequence - last - 1,
        Some(_) | None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::lost_between;

    #[test]
    fn a_gap_is_lost_frames_and_a_restart_is_not() {
        assert_eq!(lost_between(None, 17), 0);
        assert_eq!(lost_between(Some(17), 18), 0);
        assert_eq!(lost_between(Some(17), 21), 3);
        assert_eq!(lost_between(Some(17), 0), 0);
    }
}
