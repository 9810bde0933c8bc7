// SPDX-License-Identifier: MIT OR Apache-2.0
//! When is a result ready? By the edge of the DRDY pin, or, where no line is configured or the line is dead, by asking.

use ecmod_plugin::quantities::{Monotonic, Span};
use ecmod_plugin::{Edge, Error, Host, InputLine, Level, LineLevel};

/// How much longer than a conversion to wait: the host may be busy.
const PATIENCE: Span = Span::from_millis(8);
/// At least this long: an edge that came already is found at once. Zero would mean the port's own timeout.
const SHORTEST_WAIT: Span = Span::from_micros(1);
/// So many lost edges in a row are a dead line: two rounds of five channels.
const LOST_EDGES: u32 = 10;
/// A dead line is tried again after this.
const TRY_AGAIN: Span = Span::from_secs(10);

/// The DRDY pin, if it is connected.
#[derive(Debug)]
pub struct Ready {
    line: Option<InputLine>,
    lost: u32,
    dead_until: Option<Monotonic>,
}

/// How to find out that the conversion under way has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Wait for the edge.
    Edge,
    /// Ask the chip.
    Poll,
}

/// What waiting came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// The edge, with its time.
    Edge(Monotonic),
    /// The conversion may still be under way.
    NotYet,
    /// It must have ended long ago.
    Overdue,
}

impl Ready {
    /// On this line of the port, or none.
    ///
    /// # Errors
    /// [`Error::Config`], with a line of log, if the port has no such line or does not watch its edges.
    pub fn new(host: &Host, name: Option<&str>) -> Result<Self, Error> {
        let line = name.map(|name| host.input_line(name)).transpose()?;
        if let (Some(line), Some(name)) = (&line, name) {
            line.get().and_then(|_| line.edges_into(&mut [Edge::NONE], SHORTEST_WAIT).map(|_| ())).map_err(
                |error| {
                    host.log(
                        Level::Error,
                        &format!("line `{name}`: {error}; it must be an input with edge = \"falling\""),
                    );
                    match error {
                        Error::NotFound | Error::Invalid | Error::Unsupported => Error::Config,
                        other => other,
                    }
                },
            )?;
        }
        Ok(Self { line, lost: 0, dead_until: None })
    }

    /// How to find out now.
    #[must_use]
    pub fn way(&self, now: Monotonic) -> Way {
        match (&self.line, self.dead_until) {
            (None, _) => Way::Poll,
            (Some(_), Some(until)) if now < until => Way::Poll,
            (Some(_), _) => Way::Edge,
        }
    }

    /// The latest time at which a conversion must have ended.
    #[must_use]
    pub const fn deadline(started: Monotonic, duration: Span) -> Monotonic {
        started.plus(Span(duration.0 + duration.0 / 20 + PATIENCE.0))
    }

    /// Waits for the edge that ends a conversion started at `started`, but no longer than `until`.
    ///
    /// An edge before half the conversion's duration is of another conversion, or a disturbance.
    ///
    /// # Errors
    /// What the host says.
    pub fn edge(
        &self,
        host: &Host,
        started: Monotonic,
        duration: Span,
        until: Monotonic,
    ) -> Result<Waited, Error> {
        let Some(line) = &self.line else { return Ok(Waited::Overdue) };
        let earliest = started.plus(Span(duration.0 / 2));
        let deadline = Self::deadline(started, duration);
        loop {
            let left = deadline.min(until).since(host.now());
            let mut room = [Edge::NONE; 8];
            let edges = line.edges_into(&mut room, left.max(SHORTEST_WAIT))?;
            if let Some(edge) = edges.iter().find(|edge| edge.to == LineLevel::Low && edge.t >= earliest) {
                return Ok(Waited::Edge(edge.t));
            }
            if edges.is_empty() || left == Span::ZERO {
                return Ok(if host.now() < deadline { Waited::NotYet } else { Waited::Overdue });
            }
        }
    }

    /// The edge came.
    pub fn came(&mut self, host: &Host) {
        self.lost = 0;
        if self.dead_until.take().is_some() {
            host.log(Level::Info, "the data-ready line moves again");
        }
    }

    /// There was a result, and no edge.
    pub fn lost(&mut self, host: &Host) {
        self.lost = self.lost.saturating_add(1);
        if self.lost >= LOST_EDGES || self.dead_until.is_some() {
            if self.dead_until.is_none() {
                host.log(
                    Level::Warning,
                    "results come, but no edges of the data-ready line: the chip is polled",
                );
            }
            self.dead_until = Some(host.now().plus(TRY_AGAIN));
        }
    }
}
