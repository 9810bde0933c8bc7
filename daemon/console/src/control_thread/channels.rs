// SPDX-License-Identifier: MIT OR Apache-2.0
//! What goes between the control thread and the service thread: bounded rings that nobody waits in.
//!
//! | ring | from, to | when it is full |
//! |---|---|---|
//! | requests | service, control | the caller is told that the loop is unavailable |
//! | replies | control, service | requests stay in their ring until there is room |
//! | arrivals | service, control | the host is refused and tries again |
//! | departures | control, service | the attachment stays, marked lost, until there is room |
//! | snapshots | control, service | the newest is dropped and counted |
//! | news | control, service | what changed is told when there is room ([`super::news`]) |
//!
//! What the parts outside the loop tell the core stands on the [`Board`] instead, where the newest is all that counts.

use std::sync::Arc;

use ecmod_control::{ClampLinks, Outputs, Refusal, Request, StopState, ZeroRun};
use ecmod_quantities::Monotonic;
use rtrb::{Consumer, Producer, RingBuffer};

use super::attachment::Attachment;
use super::news::News;
use crate::supervision::Board;

/// The most ports of one console.
pub const MAX_PORTS: usize = 64;

/// Requests that may wait for the next tick.
pub const REQUESTS: usize = 32;

const SNAPSHOTS: usize = 64;

/// All alarms there is room for may come, change and go at once.
const NEWS: usize = 512;

/// Something asked of the core.
#[derive(Debug, Clone, Copy)]
pub struct Envelope {
    /// Comes back with the reply.
    pub id: u64,
    /// What is asked.
    pub request: Request,
    /// Whoever asked will have given up by then: a request that is found later is dropped without an answer.
    pub valid_until: Monotonic,
}

/// What the core said to it.
#[derive(Debug, Clone, Copy)]
pub struct Reply {
    /// Of the envelope.
    pub id: u64,
    /// Accepted, or why not.
    pub result: Result<(), Refusal>,
    /// How far a stop is after it.
    pub stop: StopState,
    /// The zeroing that goes on after it.
    pub zeroing: Option<ZeroRun>,
    /// The tick in which it was decided; its snapshot shows the effect.
    pub tick: u64,
}

/// One tick as everybody else sees it.
#[derive(Debug, Clone, Copy)]
pub struct Snapshot {
    /// What the core said.
    pub outputs: Outputs,
    /// By port index: its host is there and moves.
    pub moving: [bool; MAX_PORTS],
    /// Which clamps a demand would reach.
    pub clamps: ClampLinks,
}

/// The control thread's end.
#[derive(Debug)]
pub struct LoopEnd {
    /// What is asked.
    pub requests: Consumer<Envelope>,
    /// What was decided.
    pub replies: Producer<Reply>,
    /// Hosts that connected.
    pub arrivals: Consumer<Attachment>,
    /// Hosts that are over, to be dropped elsewhere.
    pub departures: Producer<Attachment>,
    /// Every tick.
    pub snapshots: Producer<Snapshot>,
    /// Every change of the alarms.
    pub news: Producer<News>,
    /// What the other parts know.
    pub board: Arc<Board>,
}

/// The service thread's end.
#[derive(Debug)]
pub struct ServiceEnd {
    /// What is asked.
    pub requests: Producer<Envelope>,
    /// What was decided.
    pub replies: Consumer<Reply>,
    /// Hosts that connected.
    pub arrivals: Producer<Attachment>,
    /// Hosts that are over.
    pub departures: Consumer<Attachment>,
    /// Every tick.
    pub snapshots: Consumer<Snapshot>,
    /// Every change of the alarms.
    pub news: Consumer<News>,
    /// What the other parts know.
    pub board: Arc<Board>,
}

/// All rings, empty, and the board.
#[must_use]
pub fn channels() -> (LoopEnd, ServiceEnd) {
    let (request, requests) = RingBuffer::new(REQUESTS);
    let (reply, replies) = RingBuffer::new(REQUESTS);
    let (arrive, arrivals) = RingBuffer::new(MAX_PORTS);
    let (depart, departures) = RingBuffer::new(2 * MAX_PORTS);
    let (snapshot, snapshots) = RingBuffer::new(SNAPSHOTS);
    let (tell, news) = RingBuffer::new(NEWS);
    let board = Arc::new(Board::default());
    let control = LoopEnd {
        requests,
        replies: reply,
        arrivals,
        departures: depart,
        snapshots: snapshot,
        news: tell,
        board: Arc::clone(&board),
    };
    (control, ServiceEnd { requests: request, replies, arrivals: arrive, departures, snapshots, news, board })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_small_enough_to_be_copied_in_each_tick() {
        let size = size_of::<Snapshot>();
        println!("a snapshot has {size} bytes, a piece of news {}", size_of::<News>());
        assert!(size <= 32 * 1024, "{size} bytes");
    }
}
