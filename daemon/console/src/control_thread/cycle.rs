// SPDX-License-Identifier: MIT OR Apache-2.0
//! What happens in one tick: hosts come and go, readings in, core, requests decided, demands out, news, snapshot.
//!
//! Nothing here allocates, frees, locks, logs or makes a system call (ringing a doorbell that somebody waits at is the one
//! exception, and it is `FUTEX_WAKE`). `tests/no_allocation.rs` proves the first two.

use std::sync::Arc;

use ecmod_control::{
    Clamp, ClampLinks, Core, DriverHealth, Inputs, LinkHealth, MAX_DRIVERS, MAX_SOURCES, PumpLink,
};
use ecmod_link::image::doorbell::Sleep;
use ecmod_link::image::wait_for_news;
use ecmod_quantities::{Monotonic, Reading};

use super::attachment::Attachment;
use super::channels::{LoopEnd, MAX_PORTS, Reply, Snapshot};
use super::news::Herald;
use super::statistics::Statistics;

/// Everything the control thread owns.
#[derive(Debug)]
pub struct Cycle {
    core: Core,
    end: LoopEnd,
    hosts: [Option<Attachment>; MAX_PORTS],
    moving: [bool; MAX_PORTS],
    readings: [Reading; MAX_SOURCES],
    drivers: [DriverHealth; MAX_DRIVERS],
    links: [LinkHealth; MAX_PORTS],
    herald: Herald,
    statistics: Arc<Statistics>,
}

impl Cycle {
    /// A loop around this core. It is large: keep it in a box.
    #[must_use]
    pub fn new(core: Core, end: LoopEnd, statistics: Arc<Statistics>) -> Box<Self> {
        Box::new(Self {
            core,
            end,
            hosts: [const { None }; MAX_PORTS],
            moving: [false; MAX_PORTS],
            readings: [Reading::NO_DATA; MAX_SOURCES],
            drivers: [DriverHealth::NotConfigured; MAX_DRIVERS],
            links: [LinkHealth::Sound; MAX_PORTS],
            herald: Herald::default(),
            statistics,
        })
    }

    /// One tick at `now`.
    pub fn tick(&mut self, now: Monotonic) {
        self.take_arrivals(now);
        let (pump, clamps) = self.read_hosts(now);
        self.end.board.read_drivers(&mut self.drivers);
        self.end.board.read_links(&mut self.links);
        let inputs = Inputs {
            sources: &self.readings,
            pump,
            clamps,
            drivers: &self.drivers,
            links: &self.links,
            facts: self.end.board.facts(),
        };
        self.core.tick(&inputs, now);
        self.decide_requests(now);
        self.write_demands(now);
        self.herald.tell(&self.core.outputs().alarms, now, &mut self.end.news);
        let snapshot = Snapshot { outputs: *self.core.outputs(), moving: self.moving, clamps };
        if self.end.snapshots.push(snapshot).is_err() {
            self.statistics.snapshot_dropped();
        }
    }

    /// Sleeps until a host rings or ends, or until the deadline: what was there at the last tick is no news.
    pub fn wait(&self, deadline: Monotonic) -> Sleep {
        let hosts = self.hosts.iter().flatten();
        wait_for_news(hosts.map(|host| (&*host.image, host.heard)), deadline)
    }

    /// A port's new host waits until the old one is gone, and thereby for one tick in which the port has none: the core
    /// must notice that it is another one.
    fn take_arrivals(&mut self, now: Monotonic) {
        while let Ok(arrival) = self.end.arrivals.peek() {
            let port = arrival.port;
            if self.hosts.get(port).is_some_and(Option::is_some) {
                self.retire(port, now);
                return;
            }
            let (Ok(arrival), Some(place)) = (self.end.arrivals.pop(), self.hosts.get_mut(port)) else {
                return;
            };
            for input in &arrival.inputs {
                let source = u16::try_from(input.source()).unwrap_or(u16::MAX);
                self.core.declare_slew(source, input.declared().max_slew);
            }
            *place = Some(arrival);
        }
    }

    fn read_hosts(&mut self, now: Monotonic) -> (PumpLink, ClampLinks) {
        let mut pump = PumpLink::Absent;
        let mut clamps = ClampLinks::default();
        for port in 0..MAX_PORTS {
            let (Some(Some(host)), Some(moving)) = (self.hosts.get_mut(port), self.moving.get_mut(port))
            else {
                continue;
            };
            *moving = host.read(&mut self.readings, now, &self.statistics);
            if *moving {
                pump = host.pump().unwrap_or(pump);
                clamps.return_clamp |= host.has_clamp(Clamp::Return);
                clamps.drainage_clamp |= host.has_clamp(Clamp::Drainage);
            } else if host.is_over() {
                self.retire(port, now);
            }
        }
        (pump, clamps)
    }

    /// Gives a host's attachment back. If there is no room for it yet it stays, marked lost.
    fn retire(&mut self, port: usize, now: Monotonic) {
        let (Some(place), Some(moving)) = (self.hosts.get_mut(port), self.moving.get_mut(port)) else {
            return;
        };
        let Some(host) = place.take() else { return };
        host.mark_lost(&mut self.readings, now);
        *moving = false;
        if let Err(rtrb::PushError::Full(host)) = self.end.departures.push(host) {
            *place = Some(host);
        }
    }

    fn decide_requests(&mut self, now: Monotonic) {
        while !self.end.replies.is_full() {
            let Ok(envelope) = self.end.requests.pop() else { return };
            if envelope.valid_until < now {
                continue;
            }
            let result = self.core.request(envelope.request, now);
            let outputs = self.core.outputs();
            let zeroing = outputs.zeroing.running;
            let reply = Reply { id: envelope.id, result, stop: outputs.stop, zeroing, tick: outputs.tick };
            // There is room: it was looked for, and nobody else writes.
            let _ = self.end.replies.push(reply);
        }
    }

    /// A host that does not move is not written to: what it was asked for before stays, and it goes on from there.
    fn write_demands(&mut self, now: Monotonic) {
        let outputs = self.core.outputs();
        for (host, moving) in self.hosts.iter_mut().zip(&self.moving) {
            let Some(host) = host.as_mut().filter(|_| *moving) else { continue };
            if host.demand(outputs, now) {
                host.image.ring();
            }
        }
    }
}

#[cfg(test)]
#[path = "cycle_tests.rs"]
mod tests;
