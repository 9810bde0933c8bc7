// SPDX-License-Identifier: MIT OR Apache-2.0
//! The host's side of an image.

use super::cell::TRIES;
use super::doorbell::Kernel;
use super::life::Alive;
use super::map::Map;
use super::{Demand, Error, Layout, Sample, Slot};
use ecmod_quantities::Monotonic;
use std::os::fd::OwnedFd;

/// The host's side: publishes inputs, reads outputs, waits for the bell.
///
/// Any thread may read and wait; each input belongs to one thread that publishes it, and so does the heartbeat.
#[derive(Debug)]
pub struct HostImage {
    map: Map,
}

impl HostImage {
    /// Maps the memory file that came with the welcome. The descriptor is closed; the mapping stays.
    ///
    /// # Errors
    /// If the file is not sealed, or size, magic, version or layout are not those of an image with this `layout`.
    #[allow(clippy::needless_pass_by_value)] // takes the descriptor over: nobody needs it any more
    pub fn attach(file: OwnedFd, layout: Layout) -> Result<Self, Error> {
        Ok(Self { map: Map::attach(&file, layout)? })
    }

    /// How many slots there are.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.map.layout()
    }

    /// Publishes a sample of an input, and says whether there is such an input.
    pub fn publish(&self, input: usize, sample: Sample) -> bool {
        let cell = self.map.input(input);
        if let Some(cell) = cell {
            cell.write(sample.to_words());
        }
        cell.is_some()
    }

    /// The newest demand of an output; [`Slot::Empty`] also for an output that does not exist.
    #[must_use]
    pub fn demand(&self, output: usize) -> Slot<Demand> {
        match self.map.output(output).map(|cell| cell.read(TRIES)) {
            None | Some(Slot::Empty) => Slot::Empty,
            Some(Slot::Torn) => Slot::Torn,
            Some(Slot::Value(words)) => Slot::Value(Demand::from_words(words)),
        }
    }

    /// Says that the host is alive at `now`.
    pub fn beat(&self, now: Monotonic) {
        self.map.front().host.beat(now);
    }

    /// How often the daemon has said that it is alive, and when it last did.
    #[must_use]
    pub fn daemon_beat(&self) -> (u64, Monotonic) {
        self.map.front().daemon.get()
    }

    /// How often the bell was rung, modulo 2^32. Take it *before* reading the demands, then [`HostImage::wait`] with it: what is
    /// written in between ends the wait at once.
    #[must_use]
    pub fn doorbell(&self) -> u32 {
        self.map.front().doorbell.rung()
    }

    /// Waits until the bell was rung since [`HostImage::doorbell`] said `last`, at the latest until `deadline` of `CLOCK_MONOTONIC`.
    /// Returns the new count, which is `last` if the time is over.
    #[must_use]
    pub fn wait(&self, last: u32, deadline: Monotonic) -> u32 {
        self.map.front().doorbell.wait(last, &Kernel { deadline })
    }

    /// Rings this side's own bell: whoever waits at it comes back and looks, also for what else he waits for.
    pub fn ring_host(&self) {
        self.map.front().doorbell.ring(&Kernel::RINGING);
    }

    /// Wakes the daemon's control thread: what was published must not wait for its next tick. No system call while it
    /// does not sleep; it limits how often it lets itself be woken.
    pub fn ring_daemon(&self) {
        self.map.front().urgent.ring(&Kernel::RINGING);
    }

    /// From now on the end of the calling thread, however it comes, is told to the daemon's control thread by the kernel. So is
    /// the end of what is returned, which has to live as long as the connection. One at a time on a thread.
    ///
    /// # Errors
    /// The kernel takes no robust list; the daemon then learns of the end through the socket, later.
    pub fn hold_life(&self) -> Result<Alive<'_>, Error> {
        self.map.front().life.hold()
    }
}
