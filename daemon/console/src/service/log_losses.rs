// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether messages of the log are being lost: the daemon's own, and those of the hosts, which count theirs and tell the number. A loss is told
//! for a while, so that it is heard of.

use ecmod_quantities::{Monotonic, Span};

use crate::hosts::registry::PortStatus;

/// The hosts' counter.
const COUNTER: &str = "lost_log_messages";
/// How long a loss is told.
const TOLD: Span = Span::from_secs(10);

/// The log, as it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// Everything is written.
    Whole,
    /// Messages were lost of late.
    Losing,
}

/// What was lost until the last look.
#[derive(Debug, Default)]
pub struct LogLosses {
    own: u64,
    /// By port: which host it was, and what it had lost.
    ports: Vec<(u64, u64)>,
    at: Option<Monotonic>,
}

impl LogLosses {
    /// Looks at what the daemon and the hosts have lost since they started. What a host had lost before this daemon met it is no news.
    pub fn look(&mut self, own: u64, ports: &[PortStatus], now: Monotonic) -> Log {
        let lost = |port: &PortStatus| port.counters.get(COUNTER).copied();
        let mut is_new = std::mem::replace(&mut self.own, own) < own;
        self.ports.resize(ports.len(), (0, u64::MAX));
        for (port, (host, known)) in ports.iter().zip(&mut self.ports) {
            if std::mem::replace(host, port.connections) != port.connections {
                *known = u64::MAX;
            }
            if let Some(lost) = lost(port) {
                is_new |= *known < lost;
                *known = lost;
            }
        }
        if is_new {
            self.at = Some(now);
        }
        match self.at {
            Some(at) if now.since(at) < TOLD => Log::Losing,
            _ => Log::Whole,
        }
    }
}

#[cfg(test)]
#[path = "log_losses_tests.rs"]
mod tests;
