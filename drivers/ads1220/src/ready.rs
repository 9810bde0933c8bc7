// SPDX-License-Identifier: MIT OR Apache-2.0
//! When is a result ready? By the edge of the DRDY pin, or, where no line is configured, by the clock: the chip has no status
//! that could be asked.

use ecmod_plugin::quantities::{Monotonic, Span};
use ecmod_plugin::{Edge, Error, Host, InputLine, Level, LineLevel};

/// How much longer than a conversion to wait: the host may be busy.
const OVERDUE_AFTER: Span = Span::from_millis(8);
/// At least this long: an edge that came already is found at once. Zero would mean the port's own timeout.
const SHORTEST_WAIT: Span = Span::from_micros(1);

/// The DRDY pin, if it is connected.
#[derive(Debug)]
pub struct Ready(Option<InputLine>);

/// The conversion that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnderWay {
    /// Before the chip was told to start it.
    pub after: Monotonic,
    /// When the chip had been told. In between it was begun: a moment later, or much later where the host has had no time.
    pub by: Monotonic,
    /// How long it takes.
    pub duration: Span,
}

/// What waiting came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// The result is ready since then.
    Since(Monotonic),
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
        Ok(Self(line))
    }

    /// Whether an edge, and not the clock alone, says that a conversion ended.
    #[must_use]
    pub const fn has_line(&self) -> bool {
        self.0.is_some()
    }

    /// Waits for the end of a conversion, but no longer than `until`.
    ///
    /// An edge before half the conversion's duration is of another conversion, or a disturbance. By the clock, a tenth more than
    /// the duration must do, since the chip's own clock is within 2 %; it is reckoned from when the chip had been told: what is fetched too
    /// early is the result of the conversion before, and nothing would show that.
    ///
    /// # Errors
    /// What the host says.
    pub fn wait(&self, host: &Host, under_way: UnderWay, until: Monotonic) -> Result<Waited, Error> {
        let UnderWay { after, by, duration } = under_way;
        let Some(line) = &self.0 else {
            let ready = by.plus(Span(duration.0 + duration.0 / 10));
            host.delay(ready.min(until).since(host.now()));
            let now = host.now();
            return Ok(if now < ready { Waited::NotYet } else { Waited::Since(now) });
        };
        let earliest = after.plus(Span(duration.0 / 2));
        let deadline = by.plus(Span(duration.0 + duration.0 / 20 + OVERDUE_AFTER.0));
        loop {
            let left = deadline.min(until).since(host.now());
            let mut room = [Edge::NONE; 8];
            let edges = line.edges_into(&mut room, left.max(SHORTEST_WAIT))?;
            if let Some(edge) = edges.iter().find(|edge| edge.to == LineLevel::Low && edge.t >= earliest) {
                return Ok(Waited::Since(edge.t));
            }
            if edges.is_empty() || left == Span::ZERO {
                return Ok(if host.now() < deadline { Waited::NotYet } else { Waited::Overdue });
            }
        }
    }
}
