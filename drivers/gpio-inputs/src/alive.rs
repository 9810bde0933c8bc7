// SPDX-License-Identifier: MIT OR Apache-2.0
//! Does the detector live? A cut cable and a dead detector look like "nothing there"; only a sign of life tells them apart.

use crate::config::{Heartbeat, HeartbeatKind};
use crate::edges::Edges;
use ecmod_plugin::quantities::{Cause, Monotonic, Span};
use ecmod_plugin::{Error, Host, InputLine, LineLevel};

/// When the last sign of life was. Pure.
#[derive(Debug, Clone, Copy)]
pub struct Signs {
    opened: Monotonic,
    timeout: Span,
    last: Option<Monotonic>,
}

impl Signs {
    /// Without a sign for `timeout` it is dead.
    #[must_use]
    pub const fn new(opened: Monotonic, timeout: Span) -> Self {
        Self { opened, timeout, last: None }
    }

    /// A sign of life at `t`.
    pub const fn sign(&mut self, t: Monotonic) {
        self.last = Some(t);
    }

    /// Why the detector cannot be believed now; `None`: it lives.
    #[must_use]
    pub fn doubt(&self, now: Monotonic) -> Option<Cause> {
        match self.last {
            Some(last) => (now.since(last) > self.timeout).then_some(Cause::SignalLost),
            None if now.since(self.opened) > self.timeout => Some(Cause::SignalLost),
            None => Some(Cause::NotReady),
        }
    }
}

/// A detector's line of life.
#[derive(Debug)]
pub struct Alive {
    line: Line,
    signs: Signs,
}

#[derive(Debug)]
enum Line {
    Kept(InputLine),
    Toggled(Edges),
}

impl Alive {
    /// The configured line.
    ///
    /// # Errors
    /// As [`Edges::new`].
    pub fn new(host: &Host, config: &Heartbeat) -> Result<Self, Error> {
        let line = match config.kind {
            HeartbeatKind::Level => {
                let line = host.input_line(&config.line)?;
                line.get()?;
                Line::Kept(line)
            }
            HeartbeatKind::Toggle => Line::Toggled(Edges::new(host, &config.line, false)?),
        };
        Ok(Self { line, signs: Signs::new(host.now(), config.timeout()) })
    }

    /// Looks for a sign of life; why the detector cannot be believed, if it cannot.
    ///
    /// # Errors
    /// What the host says.
    pub fn doubt(&mut self, now: Monotonic) -> Result<Option<Cause>, Error> {
        let sign = match &mut self.line {
            Line::Kept(line) => (line.get()? == LineLevel::High).then_some(now),
            Line::Toggled(edges) => {
                edges.is_active()?; // no edge and no line would look the same
                edges.take(now)?.last
            }
        };
        if let Some(t) = sign {
            self.signs.sign(t);
        }
        Ok(self.signs.doubt(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_not_ready_until_its_first_sign_and_lost_without_one_for_too_long() {
        let at = |ms: u64| Monotonic(0).plus(Span::from_millis(1000 + ms));
        let mut signs = Signs::new(at(0), Span::from_millis(500));
        assert_eq!(signs.doubt(at(500)), Some(Cause::NotReady));
        assert_eq!(signs.doubt(at(501)), Some(Cause::SignalLost));
        signs.sign(at(600));
        assert_eq!(signs.doubt(at(1100)), None);
        assert_eq!(signs.doubt(at(1101)), Some(Cause::SignalLost));
        signs.sign(at(1200));
        assert_eq!(signs.doubt(at(1201)), None);
    }
}
