// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether the means of a line agree with each other and with the lines before. Pure.
//!
//! The meter's text has no checksum: a damaged `4008` is a perfect `6008`. But every line tells the flow three times, as
//! means over 100 ms, 1 s and 10 s, and it tells it again 100 ms later. A line is believed for one of these reasons:
//!
//! - **Steady**: its 100 ms and 1 s means are close to each other, neither has moved much, and nothing has jumped lately. What is close
//!   is what the lines before were: a flow that lay within 40 mL/min of its 1 s mean has not moved by 100.
//! - **Moving**: the 1 s mean moved as the 100 ms means say. It holds the last ten of them, so
//!   `10 (s - s_before) = m - m_ten_lines_ago`. Where the 100 ms mean jumps, the next line has to say the same
//!   before either is believed; while the flow goes on jumping (a beating heart) each line counts at once.
//! - **In a row**: three 100 ms means follow each other closely. That needs nothing but time, and holds also for a
//!   meter whose means are made in another way than its manual lets us think `[C]`.
//!
//! And in every case the 10 s mean can have moved by little. A line that is alone in its contradiction is left out
//! ([`Verdict::Doubted`]); from the second one on the flow is not known ([`Verdict::Contradicted`]). A real step is
//! therefore told one line (100 ms) late, and whatever the flow does, it is known again with the third line after it
//! has come to rest.
//!
//! A single damaged number gets through only if it is wrong by no more than what *steady* and *in a row* allow: 0.15
//! L/min beyond the true change, and of a quiet flow half of that. The tests say how often several damaged bytes conspire.

use crate::line::{Field, Line};
use ecmod_plugin::quantities::{Monotonic, Span};

/// How far the 100 ms mean and the 1 s mean of a steady flow lie apart, and neighbouring 100 ms means, mL/min: at most, ...
const CLOSE: i32 = 150;
/// ... and of a flow that is as quiet as can be.
const QUIET: i32 = 40;
/// How far the 100 ms mean moves from line to line without being a jump, where the 1 s mean follows it, mL/min.
const STEP: i32 = 250;
/// How far the 1 s mean of a steady flow moves in a line, mL/min: a third of [`CLOSE`], so that three lines make no more.
const DRIFT: i32 = 50;
/// How far a sum of ten 100 ms means may be from ten times the 1 s mean, mL/min: rounding makes up to 12.
const ROUNDING: i32 = 40;
/// How far the 10 s mean moves in a line, mL/min: a hundredth of the largest change of flow (12 L/min), and some more.
const SLOW_DRIFT: i32 = 150;
/// Lines come at this distance.
const LINE: Span = Span::from_millis(100);
/// 100 ms means in a 1 s mean.
const WINDOW: usize = 10;
/// A line this much older says nothing about drift.
const RECENT: usize = 3;
/// For so many lines after a jump that was confirmed further ones are believed at once.
const UNSTEADY: u8 = 10;

/// What is to be thought of a line's means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// They agree.
    Agreed,
    /// They contradict what is known, for the first time: the line is left out.
    Doubted,
    /// They contradict again.
    Contradicted,
}

/// The means of a line, mL/min.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Means {
    short: i32,
    second: Option<i32>,
    long: Option<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Believed.
    Agreed,
    /// A jump that the 1 s mean follows: the next line may confirm it.
    Pending,
    /// Not believed.
    Doubted,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    means: Means,
    standing: Standing,
}

/// The lines of the last second.
#[derive(Debug, Clone)]
pub struct Agreement {
    /// The newest first; `None` where a line is missing.
    lines: [Option<Entry>; WINDOW],
    last: Option<Monotonic>,
    doubted: bool,
    unsteady: u8,
    /// How far the 100 ms means of the last second or so lay from the 1 s mean at most, mL/min: forgotten by a tenth with each line.
    spread: i32,
}

impl Default for Agreement {
    fn default() -> Self {
        Self::new()
    }
}

impl Agreement {
    /// Nothing is known.
    #[must_use]
    pub const fn new() -> Self {
        Self { lines: [None; WINDOW], last: None, doubted: false, unsteady: 0, spread: CLOSE }
    }

    /// Judges a line that began at `t`, and remembers it. A line without a flow is none of our business, and says that
    /// nothing is known any more of what was before.
    pub fn judge(&mut self, line: &Line, t: Monotonic) -> Verdict {
        let number = |field| if let Field::Value(number) = field { Some(number) } else { None };
        let [short, second, long] = line.flow.map(number);
        let Some(short) = short else {
            *self = Self::new();
            return Verdict::Agreed;
        };
        self.pass_time(t);
        let means = Means { short, second, long };
        let standing = self.standing(means);
        self.learn(means);
        if standing == Standing::Agreed
            && let Some(Some(Entry { standing: before @ Standing::Pending, .. })) = self.lines.first_mut()
        {
            *before = Standing::Agreed;
        }
        self.push(Some(Entry { means, standing }));
        match (standing, core::mem::replace(&mut self.doubted, standing != Standing::Agreed)) {
            (Standing::Agreed, _) => Verdict::Agreed,
            (Standing::Pending | Standing::Doubted, false) => Verdict::Doubted,
            (Standing::Pending | Standing::Doubted, true) => Verdict::Contradicted,
        }
    }

    /// Leaves a place for every line that did not come.
    fn pass_time(&mut self, t: Monotonic) {
        let missing = self.last.replace(t).map_or(0, |last| {
            let lines = t.since(last).0.saturating_add(LINE.0 / 2) / LINE.0;
            usize::try_from(lines.saturating_sub(1)).unwrap_or(WINDOW).min(WINDOW)
        });
        for _ in 0..missing {
            self.push(None);
        }
    }

    fn push(&mut self, entry: Option<Entry>) {
        self.lines.rotate_right(1);
        if let Some(place) = self.lines.first_mut() {
            *place = entry;
        }
    }

    /// Every line says how quiet the flow is, also one that is not believed: a flow that has become restless is believed again.
    fn learn(&mut self, now: Means) {
        let faded = self.spread.saturating_sub(self.spread / 10);
        let apart = now.second.map_or(CLOSE, |second| now.short.saturating_sub(second).saturating_abs());
        self.spread = apart.max(faded).min(CLOSE);
    }

    /// Half as far again as of late.
    fn close(&self, one: i32, other: i32) -> bool {
        near(one, other, self.spread.saturating_add(self.spread / 2).clamp(QUIET, CLOSE))
    }

    fn standing(&mut self, now: Means) -> Standing {
        self.unsteady = self.unsteady.saturating_sub(1);
        if !self.slowly(now) {
            return Standing::Doubted;
        }
        if (self.unsteady == 0 && self.steady(now)) || self.in_a_row(now) {
            return Standing::Agreed;
        }
        match self.moving(now) {
            None => Standing::Doubted,
            Some(Jump::None) => Standing::Agreed,
            Some(Jump::Confirmed) => {
                self.unsteady = UNSTEADY;
                Standing::Agreed
            }
            Some(Jump::New) => Standing::Pending,
        }
    }

    /// What there is to compare a slow mean with: the newest line that was believed, if it is recent, and the one just
    /// before, whatever was thought of it; each with its age in lines.
    fn references(&self) -> impl Iterator<Item = (i32, Means)> {
        let aged = (1i32..).zip(&self.lines).filter_map(|(age, entry)| Some((age, (*entry)?)));
        let believed = aged.clone().find(|(_, entry)| entry.standing == Standing::Agreed);
        let before = aged.clone().next().filter(|(age, _)| *age == 1);
        let recent = i32::try_from(RECENT).unwrap_or(0);
        believed
            .filter(|(age, _)| *age <= recent)
            .into_iter()
            .chain(before)
            .map(|(age, entry)| (age, entry.means))
    }

    /// Whether a slow mean has moved by at most `drift` per line. Without anything to compare with it is believed.
    fn drifts(&self, now: Option<i32>, of: impl Fn(&Means) -> Option<i32>, drift: i32) -> bool {
        let Some(now) = now else { return true };
        let mut before = self.references().filter_map(|(age, means)| Some((age, of(&means)?))).peekable();
        before.peek().is_none() || before.any(|(age, before)| near(now, before, drift.saturating_mul(age)))
    }

    fn slowly(&self, now: Means) -> bool {
        self.drifts(now.long, |means| means.long, SLOW_DRIFT)
    }

    fn steady(&self, now: Means) -> bool {
        let believed =
            self.lines.first().copied().flatten().filter(|before| before.standing == Standing::Agreed);
        believed.is_none_or(|before| near(now.short, before.means.short, CLOSE))
            && now.second.is_some_and(|second| self.close(now.short, second))
            && self.drifts(now.second, |means| means.second, DRIFT)
    }

    fn in_a_row(&self, now: Means) -> bool {
        let [Some(one), Some(two), ..] = &self.lines else { return false };
        let follows = |later: &Means, earlier: &Means| {
            // The slower mean approaches the flow, by a part of what is still missing.
            let second = match (later.second, earlier.second) {
                (Some(now), Some(before)) => {
                    let missing = later.short.saturating_sub(before).saturating_abs();
                    near(now, before, CLOSE.saturating_add(missing / 4))
                }
                (None, _) | (_, None) => true,
            };
            near(later.short, earlier.short, CLOSE) && second
        };
        self.close(now.short, one.means.short) && follows(&now, &one.means) && follows(&one.means, &two.means)
    }

    fn moving(&self, now: Means) -> Option<Jump> {
        let (Some(Some(before)), Some(Some(oldest))) = (self.lines.first(), self.lines.last()) else {
            return None;
        };
        let moved = now.second?.saturating_sub(before.means.second?).saturating_mul(10);
        let exchanged = now.short.saturating_sub(oldest.means.short);
        if !near(moved, exchanged, ROUNDING) {
            return None;
        }
        let hardly = near(now.short, before.means.short, STEP);
        Some(match (hardly, before.standing) {
            (_, Standing::Pending) => Jump::Confirmed,
            (true, Standing::Agreed) => Jump::None,
            (false, Standing::Agreed) | (_, Standing::Doubted) if self.unsteady > 0 => Jump::Confirmed,
            (false, Standing::Agreed) | (_, Standing::Doubted) => Jump::New,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Jump {
    /// The flow has hardly moved.
    None,
    /// It has, for the first time.
    New,
    /// It has, and had before.
    Confirmed,
}

const fn near(one: i32, other: i32, most: i32) -> bool {
    one.saturating_sub(other).saturating_abs() <= most
}

#[cfg(test)]
#[path = "agreement_tests.rs"]
mod tests;
