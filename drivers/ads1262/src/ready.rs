// SPDX-License-Identifier: MIT OR Apache-2.0
//! When is a result ready? By the edge of the DRDY pin, which also wakes the driver if the host can do that; or, where no line is
//! configured or the line is dead, by asking.

use ecmod_plugin::quantities::{Monotonic, Span};
use ecmod_plugin::{Edge, Error, Host, InputLine, Level, LineLevel};

/// How much longer than a conversion to wait: the host may be busy.
const OVERDUE_AFTER: Span = Span::from_millis(8);
/// At least this long: an edge that came already is found at once. Zero would mean the port's own timeout.
const SHORTEST_WAIT: Span = Span::from_micros(1);
/// So many lost edges in a row are a dead line: two rounds of five channels.
const LOST_EDGES: u32 = 10;
/// Edges taken at a time.
const ROOM: usize = 32;
/// A dead line is tried again after this.
const TRY_AGAIN: Span = Span::from_secs(10);

/// The DRDY pin, if it is connected.
#[derive(Debug)]
pub struct Ready {
    line: Option<InputLine>,
    wakes: bool,
    lost: u32,
    state: State,
}

/// Whether the line can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Alive,
    /// No edges, though there are results; tried again at this time.
    Dead(Monotonic),
    OnTrial,
}

/// How to find out that the conversion under way has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The edge wakes the driver: nothing has to be waited for.
    Woken,
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
        let refuse = |name: &str, error: Error| {
            let text = format!("line `{name}`: {error}; it must be an input with edge = \"falling\"");
            host.log(Level::Error, &text);
            match error {
                Error::NotFound | Error::Invalid | Error::Unsupported => Error::Config,
                other => other,
            }
        };
        let Some(name) = name else {
            return Ok(Self { line: None, wakes: false, lost: 0, state: State::Alive });
        };
        let line = host.input_line(name)?;
        let watched = line.get().and_then(|_| line.edges_into(&mut [Edge::NONE], SHORTEST_WAIT).map(|_| ()));
        watched.map_err(|error| refuse(name, error))?;
        let wakes = match line.wake() {
            Ok(()) => true,
            Err(Error::Unsupported) => false, // a host of ABI 1.0: edges are waited for
            Err(error) => return Err(refuse(name, error)),
        };
        Ok(Self { line: Some(line), wakes, lost: 0, state: State::Alive })
    }

    /// How to find out now.
    pub fn way(&mut self, now: Monotonic) -> Way {
        let Some(line) = &self.line else { return Way::Poll };
        match self.state {
            State::Dead(until) if now < until => return Way::Poll,
            State::Dead(_) => {
                self.state = State::OnTrial;
                if self.wakes {
                    self.wakes = line.wake().is_ok();
                }
            }
            State::Alive | State::OnTrial => {}
        }
        if self.wakes { Way::Woken } else { Way::Edge }
    }

    /// The latest time at which a conversion must have ended.
    #[must_use]
    pub const fn deadline(started: Monotonic, duration: Span) -> Monotonic {
        started.plus(Span(duration.0 + duration.0 / 20 + OVERDUE_AFTER.0))
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
            let mut room = [Edge::NONE; ROOM];
            let edges = line.edges_into(&mut room, left.max(SHORTEST_WAIT))?;
            if let Some(edge) = edges.iter().find(|edge| edge.to == LineLevel::Low && edge.t >= earliest) {
                return Ok(Waited::Edge(edge.t));
            }
            // Full of old ones: there are more behind them.
            if edges.len() < ROOM && (edges.is_empty() || left == Span::ZERO) {
                return Ok(if host.now() < deadline { Waited::NotYet } else { Waited::Overdue });
            }
        }
    }

    /// The edge came.
    pub fn came(&mut self, host: &Host) {
        self.lost = 0;
        if self.state == State::OnTrial {
            host.log(Level::Info, "the data-ready line moves again");
        }
        self.state = State::Alive;
    }

    /// There was a result, and no edge.
    pub fn lost(&mut self, host: &Host) {
        self.lost = self.lost.saturating_add(1);
        if self.state == State::Alive && self.lost < LOST_EDGES {
            return;
        }
        if self.state == State::Alive {
            let text = "results come, but no edges of the data-ready line: the chip is polled";
            host.log(Level::Warning, text);
        }
        self.state = State::Dead(host.now().plus(TRY_AGAIN));
        if let Some(line) = self.line.as_ref().filter(|_| self.wakes) {
            // Edges that come now are of conversions that are polled. Should it fail, they cost a pause each.
            let _ = line.let_sleep();
        }
    }
}
