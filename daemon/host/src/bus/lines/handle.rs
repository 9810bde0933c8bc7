// SPDX-License-Identifier: MIT OR Apache-2.0
//! One line that is held: of the kernel's GPIO character device, or of the simulator.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ecmod_config::{Line as Settings, LineBias, LineDirection, LineDrive, LineEdge, LineSelect};
use ecmod_quantities::Monotonic;
use ecmod_sim_link as sim;
use gpiocdev_uapi::v2;
use rustix::io::Errno;

use super::chip;
use super::ring::Edge;
use crate::bus::node::SOCKET_PREFIX;

/// Most edges that are taken from a line at a time.
pub const MOST_EDGES: usize = 64;
/// Edges that the kernel keeps for us. Its own default for one line, 16, lasts 1.6 ms at 10 kHz.
pub const KERNEL_EDGES: u32 = 1024;
/// 64-bit words of one edge (`struct gpio_v2_line_event`).
const EDGE_WORDS: usize = 6;

/// A held line; it is let go when this is dropped.
pub enum Handle {
    /// The kernel's; the file is not blocking.
    Real(File),
    /// The simulator's.
    Simulated {
        /// The connection.
        client: Mutex<sim::LineClient>,
        /// Its descriptor, to wait for.
        fd: OwnedFd,
    },
}

impl Handle {
    /// Asks for a line. `level`: an output's first one; `None`: the one that it has.
    ///
    /// # Errors
    /// What went wrong, with chip and line and, if somebody else has it, who.
    pub fn open(
        settings: &Settings,
        level: Option<bool>,
        consumer: &str,
        timeout: Duration,
    ) -> io::Result<Self> {
        let Some(path) = settings.chip.strip_prefix(SOCKET_PREFIX) else {
            return chip::request(settings, level, consumer).map(Self::Real);
        };
        let request = sim_request(settings, level);
        let opened = sim::LineClient::open(path.as_ref(), consumer, &[request], timeout);
        let client = opened.map_err(|error| {
            let kind = io::Error::from_raw_os_error(error.errno()).kind();
            io::Error::new(kind, format!("{} of {}: {error}", chip::words(&settings.select), settings.chip))
        })?;
        let fd = client.as_fd().try_clone_to_owned()?;
        Ok(Self::Simulated { client: Mutex::new(client), fd })
    }

    /// The logical level. Edges that come in between go to `edge`.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn get(&self, timeout: Duration, mut edge: impl FnMut(Edge)) -> io::Result<bool> {
        match self {
            Self::Real(file) => {
                let mut values = v2::LineValues { bits: 0, mask: 1 };
                v2::get_line_values(file, &mut values).map_err(chip::plain)?;
                Ok(values.bits & 1 == 1)
            }
            Self::Simulated { client, .. } => {
                let levels = lock(client).get(timeout, |event| edge(from_sim(event)));
                levels.map_err(plain)?.of(0).ok_or_else(|| io::ErrorKind::InvalidData.into())
            }
        }
    }

    /// Drives the line.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn set(&self, level: bool, timeout: Duration) -> io::Result<()> {
        match self {
            Self::Real(file) => {
                let values = v2::LineValues { bits: level.into(), mask: 1 };
                v2::set_line_values(file, &values).map_err(chip::plain)
            }
            Self::Simulated { client, .. } => {
                // an output has no edges
                lock(client).set(sim::Levels::default().with(0, level), timeout, |_| ()).map_err(plain)
            }
        }
    }

    /// Takes at most [`MOST_EDGES`] that are there, without waiting.
    ///
    /// # Errors
    /// What the kernel says; `UnexpectedEof` if the simulator is gone.
    pub fn edges(&self, mut edge: impl FnMut(Edge)) -> io::Result<usize> {
        match self {
            Self::Real(file) => {
                let mut words = [0; EDGE_WORDS * MOST_EDGES];
                let count = match v2::read_event(file, &mut words).map_err(chip::plain) {
                    Ok(count) => count,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(0),
                    Err(error) => return Err(error),
                };
                let events = words.get(..count).unwrap_or_default().chunks_exact(EDGE_WORDS);
                let mut taken = 0;
                for event in events {
                    let event = v2::LineEdgeEvent::from_slice(event).map_err(chip::plain)?;
                    let rising = event.kind == v2::LineEdgeEventKind::RisingEdge as u32;
                    edge(Edge { t: Monotonic(event.timestamp_ns), rising, sequence: event.line_seqno });
                    taken += 1;
                }
                Ok(taken)
            }
            Self::Simulated { client, .. } => {
                for taken in 0..MOST_EDGES {
                    // the lock is let go in between: a driver that reads a level need not wait for a storm
                    match lock(client).event().map_err(plain)? {
                        Some(event) => edge(from_sim(event)),
                        None => return Ok(taken),
                    }
                }
                Ok(MOST_EDGES)
            }
        }
    }
}

impl AsFd for Handle {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Real(file) => file.as_fd(),
            Self::Simulated { fd, .. } => fd.as_fd(),
        }
    }
}

/// Whether the descriptor will never serve again: the chip was taken away or the simulator went.
pub fn is_gone(error: &io::Error) -> bool {
    let gone = [Errno::NODEV, Errno::NXIO, Errno::BADF, Errno::CONNRESET, Errno::PIPE, Errno::NOTCONN];
    error.kind() == io::ErrorKind::UnexpectedEof
        || error.raw_os_error().is_some_and(|code| gone.iter().any(|errno| errno.raw_os_error() == code))
}

fn lock(client: &Mutex<sim::LineClient>) -> MutexGuard<'_, sim::LineClient> {
    client.lock().unwrap_or_else(PoisonError::into_inner)
}

fn plain(error: sim::Error) -> io::Error {
    match error {
        sim::Error::Io(error) => error,
        error => (&error).into(),
    }
}

fn from_sim(event: sim::Event) -> Edge {
    Edge { t: Monotonic(event.t_ns), rising: event.rising, sequence: event.sequence }
}

fn sim_request(settings: &Settings, level: Option<bool>) -> sim::LineRequest {
    sim::LineRequest {
        select: match &settings.select {
            LineSelect::Offset(offset) => sim::Select::Offset(*offset),
            LineSelect::Name(name) => sim::Select::Name(sim::Name::cut(name)),
        },
        direction: match settings.direction {
            LineDirection::Input { edge, debounce } => sim::Direction::Input {
                edge: match edge {
                    LineEdge::None => sim::Edge::None,
                    LineEdge::Rising => sim::Edge::Rising,
                    LineEdge::Falling => sim::Edge::Falling,
                    LineEdge::Both => sim::Edge::Both,
                },
                debounce_us: chip::microseconds(debounce),
            },
            LineDirection::Output { drive, .. } => sim::Direction::Output {
                initial: level,
                drive: match drive {
                    LineDrive::PushPull => sim::Drive::PushPull,
                    LineDrive::OpenDrain => sim::Drive::OpenDrain,
                    LineDrive::OpenSource => sim::Drive::OpenSource,
                },
            },
        },
        bias: match settings.bias {
            LineBias::AsIs => sim::Bias::AsIs,
            LineBias::PullUp => sim::Bias::PullUp,
            LineBias::PullDown => sim::Bias::PullDown,
            LineBias::Disabled => sim::Bias::Disabled,
        },
        active_low: settings.active_low,
    }
}
