// SPDX-License-Identifier: MIT OR Apache-2.0
//! One configured input: its lines, its logic, and where its signals stand in the table.

use crate::alive::Alive;
use crate::bubble::Bubble;
use crate::config;
use crate::edges::Edges;
use crate::key::Key;
use crate::level::Level;
use crate::outcome::Outcome;
use crate::tacho::Tacho;
use ecmod_plugin::quantities::{Cause, Monotonic, Quantity, Span};
use ecmod_plugin::{Error, Host, InputLine, LineLevel, Samples, SignalSpec, TableBuilder};

/// A sample older than this is stale.
const LONGEST_AGE: Span = Span::from_millis(200);
/// Counts are exact up to here.
const LARGEST_COUNT: f64 = 9_007_199_254_740_992.0;

/// One input.
#[derive(Debug)]
pub struct Input {
    /// Its name.
    pub name: String,
    kind: Kind,
    alive: Option<Alive>,
    urgent: bool,
    /// Indices of its signals: state (of a tacho: speed), count, lost.
    signals: Vec<usize>,
    /// The time of the newest sample of its state: time does not run backwards.
    newest: Monotonic,
}

#[derive(Debug)]
enum Kind {
    Level { lines: Vec<InputLine>, level: Level },
    Bubble { edges: Edges, bubble: Bubble },
    Key { edges: Edges, key: Key },
    Tacho { edges: Edges, tacho: Tacho },
}

/// What one look came to: an outcome for each signal, and when the state became what it is, if that is news.
struct Looked {
    outcomes: [Option<Outcome>; 3],
    news: Option<Monotonic>,
}

/// What [`Input::cycle`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// What is wrong with the input as such.
    pub trouble: Option<Cause>,
    /// Whether the console should know at once.
    pub is_urgent: bool,
}

impl Input {
    /// Opens the lines of an input and appends its signals to the table.
    ///
    /// # Errors
    /// [`Error::Config`] for a name that cannot be a signal's; [`Error::Invalid`] for a line whose edges the port does not
    /// listen to; what the host says.
    pub fn new(host: &Host, config: &config::Input, table: &mut TableBuilder) -> Result<Self, Error> {
        let name = config.name();
        let (quantity, most) = match config {
            config::Input::Tacho(config) => (Quantity::Speed, config.maximum_rpm),
            config::Input::Level(_) | config::Input::Bubble(_) | config::Input::Key(_) => {
                (Quantity::State, 1.0)
            }
        };
        let mut signals = vec![add(table, name, quantity, most)?];
        let mut count = |suffix: &str| add(table, &format!("{name}{suffix}"), Quantity::Count, LARGEST_COUNT);
        let (kind, heartbeat, urgent) = match config {
            config::Input::Level(config) => {
                let lines = config.lines.iter().map(|name| host.input_line(name));
                let lines = lines.collect::<Result<Vec<_>, _>>()?;
                for line in &lines {
                    line.get()?;
                }
                (Kind::Level { lines, level: Level::new(config) }, &config.heartbeat, false)
            }
            config::Input::Bubble(config) => {
                signals.push(count("_count")?);
                signals.push(count("_lost")?);
                let edges = Edges::new(host, &config.line, true)?;
                let bubble = Bubble::new(Span::from_millis(config.hold_ms));
                (Kind::Bubble { edges, bubble }, &config.heartbeat, config.urgent)
            }
            config::Input::Key(config) => {
                signals.push(count("_count")?);
                let edges = Edges::new(host, &config.line, true)?;
                let debounce = Span::from_millis(config.debounce_ms);
                let key = Key::new(debounce, Span::from_secs(config.stuck_after_s));
                (Kind::Key { edges, key }, &config.heartbeat, config.urgent)
            }
            config::Input::Tacho(config) => {
                // A pulse is no news: what counts is how many come in a cycle.
                let edges = Edges::new(host, &config.line, false)?;
                let window = Span::from_millis(config.window_ms);
                let standstill = Span::from_millis(config.standstill_ms);
                let tacho = Tacho::new(config.pulses_per_revolution, window, standstill);
                (Kind::Tacho { edges, tacho }, &config.heartbeat, false)
            }
        };
        let alive = heartbeat.as_ref().map(|heartbeat| Alive::new(host, heartbeat)).transpose()?;
        Ok(Self { name: name.to_owned(), kind, alive, urgent, signals, newest: Monotonic(0) })
    }

    /// One look at it; its signals are delivered whatever happens.
    pub fn cycle(&mut self, host: &Host, samples: &mut Samples<'_>) -> Report {
        let now = host.now();
        let doubt = self.alive.as_mut().map_or(Ok(None), |alive| alive.doubt(now));
        // The lines are looked at in any case, so that nothing old is in them when the detector is back.
        let looked = self.look(now);
        let trouble = match (&doubt, &looked) {
            (Err(error), _) | (_, Err(error)) => Some(error.cause()),
            (Ok(doubt), Ok(_)) => *doubt,
        };
        let t = host.now();
        let Ok(Looked { outcomes, news }) = looked else {
            self.unread();
            self.deliver([trouble.map(Outcome::Bad); 3], t, samples);
            return Report { trouble, is_urgent: false };
        };
        match trouble {
            Some(cause) => self.deliver([Some(Outcome::Bad(cause)); 3], t, samples),
            None => self.deliver(outcomes, news.unwrap_or(t).min(t), samples),
        }
        Report { trouble, is_urgent: self.urgent && news.is_some() && trouble.is_none() }
    }

    /// What a self test should say is wrong with it: nothing, or a sentence.
    pub fn complaint(&mut self, host: &Host) -> Option<&'static core::ffi::CStr> {
        let now = host.now();
        match self.alive.as_mut().map_or(Ok(None), |alive| alive.doubt(now)) {
            Err(_) => {
                return Some(c"A line cannot be read: the log names the input, the port's log says why.");
            }
            Ok(Some(_)) => return Some(c"No sign of life: look at the detector, its cable and its supply."),
            Ok(None) => {}
        }
        match &self.kind {
            Kind::Key { key, .. } if key.is_stuck(now) => Some(c"It is stuck."),
            Kind::Bubble { edges, .. } | Kind::Key { edges, .. } | Kind::Tacho { edges, .. }
                if edges.is_stormy() =>
            {
                Some(c"A storm of edges: look at the detector and its cable.")
            }
            Kind::Level { .. } | Kind::Bubble { .. } | Kind::Key { .. } | Kind::Tacho { .. } => None,
        }
    }

    fn look(&mut self, now: Monotonic) -> Result<Looked, Error> {
        match &mut self.kind {
            Kind::Level { lines, level } => {
                let mut active = [false; 2];
                for (active, line) in active.iter_mut().zip(lines.iter()) {
                    *active = line.get()? == LineLevel::High;
                }
                Ok(Looked { outcomes: [Some(level.look(active, now)), None, None], news: None })
            }
            Kind::Bubble { edges, bubble } => {
                let active = edges.is_active()?;
                let taken = edges.take(now)?;
                let seen = bubble.look(&taken, active, edges.is_stormy(), now);
                Ok(Looked {
                    outcomes: [Some(seen.state), Some(seen.count), Some(seen.lost)],
                    news: seen.news,
                })
            }
            Kind::Key { edges, key } => {
                let active = edges.is_active()?;
                let taken = edges.take(now)?;
                let seen = key.look(active, taken.last, edges.is_stormy(), now);
                let news = seen.is_news.then_some(now);
                Ok(Looked { outcomes: [Some(seen.state), Some(seen.count), None], news })
            }
            Kind::Tacho { edges, tacho } => {
                edges.is_active()?; // no edge and no line would look the same
                let taken = edges.take(now)?;
                let speed = tacho.look(&taken, edges.is_stormy(), now);
                Ok(Looked { outcomes: [Some(speed), None, None], news: None })
            }
        }
    }

    fn unread(&mut self) {
        match &mut self.kind {
            Kind::Level { level, .. } => level.unread(),
            Kind::Key { key, .. } => key.unread(),
            Kind::Tacho { tacho, .. } => tacho.forget(),
            Kind::Bubble { .. } => {} // what was counted was counted
        }
    }

    fn deliver(&mut self, outcomes: [Option<Outcome>; 3], t: Monotonic, samples: &mut Samples<'_>) {
        self.newest = self.newest.max(t);
        for (index, outcome) in self.signals.iter().zip(outcomes) {
            if let Some(outcome) = outcome {
                outcome.deliver(*index, self.newest, samples);
            }
        }
    }
}

fn add(table: &mut TableBuilder, name: &str, quantity: Quantity, most: f64) -> Result<usize, Error> {
    let mut spec = SignalSpec::new(name, quantity, (0.0, most));
    spec.longest_age = LONGEST_AGE;
    Ok(table.signal(&spec)?)
}
