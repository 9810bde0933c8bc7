// SPDX-License-Identifier: MIT OR Apache-2.0
//! The daemon's side of an image.

use super::cell::TRIES;
use super::doorbell::{self, FutexAny, Kernel, Sleep};
use super::life::is_over;
use super::map::Map;
use super::sync::Ordering;
use super::{Demand, Error, Layout, Sample, Slot};
use ecmod_quantities::Monotonic;
use std::os::fd::OwnedFd;

/// What the daemon has heard of a host: the point from which [`wait_for_news`] waits for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    rung: u32,
    life: u32,
}

impl Heard {
    /// The host has ended, as it said itself or as the kernel says of it. Judge the first such answer: a hostile host can take it back.
    #[must_use]
    pub const fn has_ended(self) -> bool {
        is_over(self.life)
    }
}

/// Sleeps until one of the hosts has rung or ended since it was [heard](DaemonImage::heard), or until `deadline` of `CLOCK_MONOTONIC`.
/// [`Sleep::Look`] may come for no reason. Allocates nothing; one system call.
///
/// At most 64 images are waited for, which is as many words as the kernel takes.
pub fn wait_for_news<'a>(
    images: impl Iterator<Item = (&'a DaemonImage, Heard)> + Clone,
    deadline: Monotonic,
) -> Sleep {
    let fronts = images.take(doorbell::MAX_WORDS / 2).map(|(image, heard)| (image.map.front(), heard));
    let bells = fronts.clone().map(|(front, heard)| (&front.urgent, heard.rung));
    let lives = fronts.map(|(front, heard)| (&front.life.word, heard.life));
    doorbell::wait_any(bells, lives, &Kernel { deadline })
}

/// Whether this kernel has what [`wait_for_news`] needs: `futex_waitv`, since Linux 5.16, not under a filter that forbids it.
#[must_use]
pub fn can_wait_for_news() -> bool {
    let word = super::sync::AtomicU32::new(0);
    Kernel { deadline: Monotonic(0) }.sleep_any(core::iter::once((&word, 0))) != Sleep::Unable
}

/// The daemon's side: reads inputs, writes outputs, rings.
///
/// Any thread may read; each output belongs to one thread that writes it, and so does the heartbeat.
#[derive(Debug)]
pub struct DaemonImage {
    map: Map,
}

impl DaemonImage {
    /// A fresh image, all slots empty, and the descriptor to give to the host.
    ///
    /// # Errors
    /// [`Error::TooLarge`], or [`Error::System`] if there is no memory or no descriptor left.
    pub fn create(layout: Layout) -> Result<(Self, OwnedFd), Error> {
        let (map, file) = Map::create(layout)?;
        Ok((Self { map }, file))
    }

    /// How many slots there are.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.map.layout()
    }

    /// The newest sample of an input, unchecked; [`Slot::Empty`] also for an input that does not exist.
    #[must_use]
    pub fn read(&self, input: usize) -> Slot<Sample> {
        match self.map.input(input).map(|cell| cell.read(TRIES)) {
            None | Some(Slot::Empty) => Slot::Empty,
            Some(Slot::Torn) => Slot::Torn,
            Some(Slot::Value(words)) => Slot::Value(Sample::from_words(words)),
        }
    }

    /// Writes an output, and says whether there is such an output. The host sees it when it looks or when the bell is [rung](Self::ring).
    pub fn write(&self, output: usize, demand: Demand) -> bool {
        let cell = self.map.output(output);
        if let Some(cell) = cell {
            cell.write(demand.to_words());
        }
        cell.is_some()
    }

    /// Wakes the host's threads that wait in [`super::HostImage::wait`]. No system call if none does.
    pub fn ring(&self) {
        self.map.front().doorbell.ring(&Kernel::RINGING);
    }

    /// Says that the daemon is alive at `now`.
    pub fn beat(&self, now: Monotonic) {
        self.map.front().daemon.beat(now);
    }

    /// How often the host has said that it is alive, and when it last did, both by its own account. Judge it by the count's change.
    #[must_use]
    pub fn host_beat(&self) -> (u64, Monotonic) {
        self.map.front().host.get()
    }

    /// How often the host has rung, and whether it has ended. Take it *before* reading the inputs, then [`wait_for_news`] with it: what is
    /// published in between ends the wait at once.
    #[must_use]
    pub fn heard(&self) -> Heard {
        let front = self.map.front();
        Heard { rung: front.urgent.rung(), life: front.life.word.load(Ordering::Acquire) }
    }
}
