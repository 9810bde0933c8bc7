// SPDX-License-Identifier: MIT OR Apache-2.0
//! The last minute of every signal, with its gaps.

use std::collections::{BTreeMap, VecDeque};

use ecmod_client::Frame;

/// How far back it reaches, in seconds.
pub const SPAN: f64 = 60.0;

/// Readings further apart than this, in seconds, are not joined by a line.
const GAP: f64 = 1.0;

/// Values by signal, oldest first; a bad reading is a gap.
#[derive(Debug, Default)]
pub struct History {
    points: BTreeMap<String, VecDeque<(f64, Option<f64>)>>,
    newest: f64,
}

impl History {
    /// Takes a frame in. Time that runs backwards (another console) begins a new history.
    pub fn add(&mut self, frame: &Frame) {
        let now = seconds(frame.monotonic);
        if now < self.newest {
            self.points.clear();
        }
        self.newest = now;
        for (name, reading) in &frame.readings {
            self.points.entry(name.clone()).or_default().push_back((now, reading.value()));
        }
        for points in self.points.values_mut() {
            while points.front().is_some_and(|(time, _)| now - time > SPAN) {
                points.pop_front();
            }
        }
    }

    /// The signal's line in pieces without gaps; times are seconds before `now` (ns of the console's clock), so 0 or less.
    pub fn pieces(&self, signal: &str, now: u64) -> Vec<Vec<(f64, f64)>> {
        let now = seconds(now);
        let mut pieces: Vec<Vec<(f64, f64)>> = Vec::new();
        let mut last = f64::NEG_INFINITY;
        for (time, value) in self.points.get(signal).into_iter().flatten() {
            match (value, pieces.last_mut()) {
                (Some(value), Some(piece)) if time - last <= GAP => piece.push((time - now, *value)),
                (Some(value), _) => pieces.push(vec![(time - now, *value)]),
                (None, _) => {}
            }
            last = if value.is_some() { *time } else { f64::NEG_INFINITY };
        }
        pieces
    }
}

/// Nanoseconds as seconds; exact to a microsecond for thirty years.
#[allow(clippy::cast_precision_loss, reason = "a plot needs milliseconds, and 2^53 us are centuries")]
fn seconds(nanoseconds: u64) -> f64 {
    (nanoseconds / 1000) as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecmod_client::Reading;

    fn frame(second: u64, reading: Reading) -> Frame {
        let readings = BTreeMap::from([("flow".to_owned(), reading)]);
        Frame { monotonic: second * 1_000_000_000, sequence: second, lost: 0, readings }
    }

    #[test]
    fn a_bad_reading_and_a_pause_are_gaps_and_a_minute_is_kept() {
        let mut history = History::default();
        for second in 100..103 {
            history.add(&frame(second, Reading::good(4.0, 0, 0)));
        }
        history.add(&frame(103, Reading::bad("stale", 0, 0)));
        history.add(&frame(104, Reading::good(4.0, 0, 0)));
        history.add(&frame(110, Reading::good(5.0, 0, 0)));
        let pieces = history.pieces("flow", 110_000_000_000);
        assert_eq!(pieces.iter().map(Vec::len).collect::<Vec<_>>(), [3, 1, 1]);
        assert_eq!(pieces[2], [(0.0, 5.0)]);

        history.add(&frame(165, Reading::good(5.0, 0, 0)));
        assert_eq!(history.pieces("flow", 165_000_000_000).len(), 2);
        history.add(&frame(3, Reading::good(5.0, 0, 0)));
        assert_eq!(history.pieces("flow", 3_000_000_000), [[(0.0, 5.0)]]);
        assert!(history.pieces("nonesuch", 0).is_empty());
    }
}
