// SPDX-License-Identifier: MIT OR Apache-2.0
//! The readings of the last seconds, in memory: when an intervention begins, those of the ten seconds before it are still there.
//!
//! Each intervention yields two [`Recorded`]: one at once, with what is known, so that it is on the disk even if the
//! daemon or the power does not last, and one ten seconds later with everything, which takes its place.

use std::collections::VecDeque;
use std::sync::Arc;

use ecmod_control::Outputs;
use ecmod_quantities::{Cause, Monotonic, Quality, Reading, Span};

use super::entry::Stamp;

/// Of each intervention, so much before it begins, and so much after.
pub const BEFORE: Span = Span::from_secs(10);
/// Of each intervention, so much after it begins.
pub const AFTER: Span = Span::from_secs(10);
/// Readings are kept each 20 ms, or with every tick if ticks are rarer.
pub const STEP: Span = Span::from_millis(20);

/// Twenty seconds of frames, and a second for an observer that is late.
const FRAMES: usize = 21 * 50;
/// A tick that comes a little early belongs to its place all the same.
const EARLY: Span = Span::from_millis(2);
/// Interventions whose ten seconds after are still going on.
const MOST: usize = 16;

/// A signal that is recorded; its place is its index in [`Outputs::readings`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The role.
    pub name: String,
    /// The unit of its values.
    pub unit: &'static str,
}

/// Readings of one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// When.
    pub at: Monotonic,
    /// What was asked of the drive, in rpm.
    pub demand: Option<f64>,
    /// What kept the pump from doing what the mode wants.
    pub limit: &'static str,
    /// By column.
    pub cells: Cells,
}

/// The readings of a frame, packed: a window has a thousand frames, and all of it stays in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Cells {
    /// Zero where the reading is bad: those alone have no value ([`Reading::value`]).
    values: Box<[f64]>,
    marks: Box<[Mark]>,
}

/// A quality and a cause in two bytes: their codes, of which there are fewer than 256.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Mark(u8, u8);

/// One reading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// None if it is bad.
    pub value: Option<f64>,
    /// How far it can be trusted.
    pub quality: Quality,
    /// Why not.
    pub cause: Cause,
}

/// What is known of an intervention when it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// Which.
    pub intervention: String,
    /// When it began.
    pub began: Stamp,
    /// What else is to stand in the head of the file: trigger, corroboration, limits.
    pub details: Vec<(String, String)>,
}

/// Readings around an intervention, to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Of the record; the same for both of an intervention.
    pub number: u64,
    /// What is known.
    pub about: About,
    /// What is recorded.
    pub columns: Arc<[Column]>,
    /// The readings, the oldest first.
    pub frames: Vec<Frame>,
    /// The ten seconds after it are part of it.
    pub is_complete: bool,
}

/// The last seconds.
#[derive(Debug)]
pub struct Window {
    columns: Arc<[Column]>,
    frames: VecDeque<Frame>,
    open: Vec<Open>,
    number: u64,
}

#[derive(Debug)]
struct Open {
    number: u64,
    about: About,
    until: Monotonic,
}

impl Window {
    /// For these signals. `newest` is the largest number that a record has so far.
    #[must_use]
    pub fn new(columns: Vec<Column>, newest: u64) -> Self {
        Self {
            columns: columns.into(),
            frames: VecDeque::with_capacity(FRAMES),
            open: Vec::new(),
            number: newest,
        }
    }

    /// Looks at the outputs of a tick. To be called with every tick.
    pub fn push(&mut self, outputs: &Outputs) {
        if self.frames.back().is_none_or(|last| outputs.now.since(last.at).0 + EARLY.0 >= STEP.0) {
            self.put(outputs);
        }
    }

    fn put(&mut self, outputs: &Outputs) {
        let demand = outputs.pump_speed.map(|speed| speed.value());
        let readings = outputs.readings.iter().take(self.columns.len());
        // The places of the oldest frame are used again: no allocation once the window is full.
        let mut cells = match self.frames.len() {
            FRAMES => self.frames.pop_front().map(|frame| frame.cells),
            _ => None,
        }
        .unwrap_or_else(|| self.columns.iter().map(|_| Cell::of(&Reading::NO_DATA)).collect());
        cells.take(readings.map(Cell::of));
        self.frames.push_back(Frame { at: outputs.now, demand, limit: outputs.active_limit.name(), cells });
    }

    /// An intervention begins in this tick, whose readings are in its record whatever the step. The number of its record, for the alarm
    /// log, and what is known so far, to be kept at once.
    pub fn begin(&mut self, about: About, outputs: &Outputs) -> Recorded {
        if self.frames.back().is_none_or(|last| last.at != outputs.now) {
            self.put(outputs);
        }
        self.number = self.number.saturating_add(1);
        let began = Monotonic(about.began.monotonic_ns);
        if self.open.len() < MOST {
            self.open.push(Open { number: self.number, about: about.clone(), until: began.plus(AFTER) });
        }
        self.recorded(self.number, about, Completeness::SoFar)
    }

    /// Those whose ten seconds after are over.
    pub fn due(&mut self, now: Monotonic) -> Vec<Recorded> {
        let over: Vec<Open> = self.open.extract_if(.., |open| open.until <= now).collect();
        over.into_iter()
            .map(|Open { number, about, .. }| self.recorded(number, about, Completeness::Whole))
            .collect()
    }

    /// Those whose ten seconds after are not over, as far as they are known: the daemon ends.
    pub fn finish(&mut self) -> Vec<Recorded> {
        let open = std::mem::take(&mut self.open);
        open.into_iter()
            .map(|Open { number, about, .. }| self.recorded(number, about, Completeness::SoFar))
            .collect()
    }

    fn recorded(&self, number: u64, about: About, completeness: Completeness) -> Recorded {
        let began = Monotonic(about.began.monotonic_ns);
        let from = Monotonic(began.0.saturating_sub(BEFORE.0));
        let to = began.plus(AFTER);
        let frames = self.frames.iter().filter(|frame| (from..=to).contains(&frame.at)).cloned().collect();
        let is_complete = completeness == Completeness::Whole;
        Recorded { number, about, columns: Arc::clone(&self.columns), frames, is_complete }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Completeness {
    SoFar,
    Whole,
}

impl Cell {
    const fn of(reading: &Reading) -> Self {
        Self { value: reading.value(), quality: reading.quality(), cause: reading.cause() }
    }
}

impl Cells {
    /// Each of them, in the order of the columns.
    pub fn iter(&self) -> impl Iterator<Item = Cell> + '_ {
        self.values.iter().zip(&self.marks).map(|(value, mark)| {
            let (quality, cause) = mark.read();
            Cell { value: (quality != Quality::Bad).then_some(*value), quality, cause }
        })
    }

    /// Takes the places of those that are there.
    fn take(&mut self, cells: impl Iterator<Item = Cell>) {
        for ((value, mark), cell) in self.values.iter_mut().zip(&mut self.marks).zip(cells) {
            *value = cell.value.unwrap_or_default();
            *mark = Mark::of(&cell);
        }
    }
}

impl Mark {
    fn of(cell: &Cell) -> Self {
        let byte = |code: u32| u8::try_from(code).unwrap_or(u8::MAX);
        Self(byte(cell.quality.code()), byte(cell.cause.code()))
    }

    /// A code that there is not, which nobody writes, is bad.
    fn read(self) -> (Quality, Cause) {
        let quality = Quality::from_code(self.0.into()).unwrap_or(Quality::Bad);
        (quality, Cause::from_code(self.1.into()).unwrap_or(Cause::NoData))
    }
}

impl FromIterator<Cell> for Cells {
    fn from_iter<T: IntoIterator<Item = Cell>>(cells: T) -> Self {
        let (values, marks): (Vec<f64>, Vec<Mark>) =
            cells.into_iter().map(|cell| (cell.value.unwrap_or_default(), Mark::of(&cell))).unzip();
        Self { values: values.into(), marks: marks.into() }
    }
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
