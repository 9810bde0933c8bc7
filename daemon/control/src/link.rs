// SPDX-License-Identifier: MIT OR Apache-2.0
//! How well the exchanges over a link go: whether a plug or a cable fails *now and then*, before it fails altogether.
//!
//! Whoever counts the exchanges of a link hands its totals to a [`LinkTrend`] and the verdict to the core
//! ([`crate::Inputs::links`]). The trend is pure and goes by the time that it is given.
//!
//! # Glossary
//! - **Exchange**: one request with its answer, one transfer, one cycle of a driver. **Failed**: without an intact answer.
//! - **Minute**: what was counted in one minute. It is *bad* if one exchange in a hundred failed, and one of *loss* if half of
//!   them did: a link that is gone is told by other alarms, and says nothing of one that is about to go.
//! - **Burst**: failures in one or two minutes: somebody touched a plug. No verdict follows from it.
//! - **Usual**: the share of failures in the hour before the latest ten minutes.
//!
//! # When a link is getting worse
//! In three of the latest ten minutes at least it was bad, five exchanges failed in all, and their share is either 5 % or more,
//! or 1 % and four times the usual one. It is well again when at most one of the latest ten minutes was bad, or the share is
//! half of what it takes. All numbers are engineering estimates `[C]`.

use ecmod_quantities::{Monotonic, Span};

/// The time of one count.
const MINUTE: Span = Span::from_secs(60);
/// Counts that are judged.
const RECENT: usize = 10;
/// Counts that are compared with.
const BEFORE: usize = 60;
/// So many of them must have been counted before they are usual.
const HISTORY: usize = 10;
/// Bad minutes that make a verdict, and those that end it.
const BAD_MINUTES: (usize, usize) = (3, 1);
/// The fewest failures that make a verdict.
const FEWEST: u64 = 5;
/// A minute with this share of failures is bad, and one with that is a loss.
const BAD: f64 = 0.01;
const LOSS: f64 = 0.5;
/// Shares of failures that make a verdict: by itself, and compared with the usual one.
const ALONE: f64 = 0.05;
const COMPARED: (f64, f64) = (0.01, 4.0);

/// How the links of one port are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LinkHealth {
    /// As they should be, or nothing is known of them.
    #[default]
    Sound,
    /// Exchanges fail more and more.
    Failing {
        /// How many of a hundred failed in the latest ten minutes.
        percent: u8,
    },
    /// The devices' drivers had to begin anew several times of late.
    Restarting,
}

/// What was counted of a link since some beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LinkTotals {
    /// All exchanges.
    pub exchanges: u64,
    /// Those that failed.
    pub failed: u64,
}

/// The trend of one link. Begins with no knowledge; never looks further back than seventy minutes.
#[derive(Debug, Clone)]
pub struct LinkTrend {
    /// The latest first; the first one is still being counted.
    minutes: [LinkTotals; RECENT + BEFORE],
    /// Minutes that have begun.
    begun: usize,
    /// When the latest one did.
    since: Option<Monotonic>,
    totals: LinkTotals,
    failing: bool,
}

impl LinkHealth {
    /// The worse of two.
    #[must_use]
    pub const fn or_worse(self, other: Self) -> Self {
        match (self, other) {
            (Self::Failing { percent }, Self::Failing { percent: more }) if more > percent => other,
            (Self::Sound, _) | (Self::Restarting, Self::Failing { .. }) => other,
            (Self::Failing { .. } | Self::Restarting, _) => self,
        }
    }

    /// As a number: to pass it through an atomic.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Sound => 0,
            Self::Failing { percent } => match percent {
                0 => 1,
                1..=100 => percent,
                101.. => 100,
            },
            Self::Restarting => u8::MAX,
        }
    }

    /// What a number means; one without a meaning is nothing that is known.
    #[must_use]
    pub const fn from_code(code: u8) -> Self {
        match code {
            percent @ 1..=100 => Self::Failing { percent },
            u8::MAX => Self::Restarting,
            0 | 101.. => Self::Sound,
        }
    }
}

impl LinkTotals {
    fn add(&mut self, other: Self) {
        self.exchanges = self.exchanges.saturating_add(other.exchanges);
        self.failed = self.failed.saturating_add(other.failed);
    }

    /// What has come since `before`; everything, if whoever counts has begun anew.
    const fn since(self, before: Self) -> Self {
        if self.exchanges < before.exchanges || self.failed < before.failed {
            return self;
        }
        Self { exchanges: self.exchanges - before.exchanges, failed: self.failed - before.failed }
    }

    /// The part of the exchanges that failed, 0 to 1; 0 if there were none.
    #[must_use]
    pub fn share(self) -> f64 {
        if self.exchanges == 0 { 0.0 } else { (number(self.failed) / number(self.exchanges)).min(1.0) }
    }
}

/// Counts of an hour are far below the 2^53 that are exact.
#[allow(clippy::cast_precision_loss)]
const fn number(count: u64) -> f64 {
    count as f64
}

impl LinkTrend {
    /// Nothing was counted yet.
    pub const NEW: Self = Self {
        minutes: [LinkTotals { exchanges: 0, failed: 0 }; RECENT + BEFORE],
        begun: 0,
        since: None,
        totals: LinkTotals { exchanges: 0, failed: 0 },
        failing: false,
    };

    /// The totals of the link are these now. What came before the first call is not judged; a total that is smaller than the
    /// one before is that of a count that has begun anew.
    pub fn count(&mut self, totals: LinkTotals, now: Monotonic) {
        let Some(since) = self.since else {
            (self.since, self.begun, self.totals) = (Some(now), 1, totals);
            return;
        };
        let passed = usize::try_from(now.since(since).0 / MINUTE.0).unwrap_or(usize::MAX);
        if passed > 0 {
            let shift = passed.min(self.minutes.len());
            self.minutes.rotate_right(shift);
            self.minutes.iter_mut().take(shift).for_each(|minute| *minute = LinkTotals::default());
            self.begun = self.begun.saturating_add(passed).min(self.minutes.len());
            self.since = Some(now);
        }
        let new = totals.since(self.totals);
        self.totals = totals;
        if let Some(minute) = self.minutes.first_mut() {
            minute.add(new);
        }
        self.failing = self.is_failing();
    }

    /// What is to be thought of the link.
    #[must_use]
    pub fn health(&self) -> LinkHealth {
        if !self.failing {
            return LinkHealth::Sound;
        }
        // A share is at most 1.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let percent = (self.recent().share() * 100.0 + 0.5) as u8;
        LinkHealth::Failing { percent: percent.clamp(1, 100) }
    }

    /// What was counted in the latest ten minutes, without those of loss.
    #[must_use]
    pub fn recent(&self) -> LinkTotals {
        sum(self.minutes.iter().take(RECENT))
    }

    fn is_failing(&self) -> bool {
        let recent = self.recent();
        let bad = self.minutes.iter().take(RECENT).filter(|minute| is_bad(minute)).count();
        let (share, usual) = (recent.share(), self.usual());
        let exceeds = |part: f64| {
            let compared =
                usual.is_some_and(|usual| share >= COMPARED.0 * part && share >= usual * COMPARED.1 * part);
            share >= ALONE * part || compared
        };
        if self.failing {
            bad > BAD_MINUTES.1 && exceeds(0.5)
        } else {
            bad >= BAD_MINUTES.0 && recent.failed >= FEWEST && exceeds(1.0)
        }
    }

    /// The share of failures in the hour before, if that is known.
    fn usual(&self) -> Option<f64> {
        let is_known = self.begun >= RECENT + HISTORY;
        is_known.then(|| sum(self.minutes.iter().skip(RECENT)).share())
    }
}

impl Default for LinkTrend {
    fn default() -> Self {
        Self::NEW
    }
}

fn is_bad(minute: &LinkTotals) -> bool {
    (BAD..LOSS).contains(&minute.share())
}

fn sum<'m>(minutes: impl Iterator<Item = &'m LinkTotals>) -> LinkTotals {
    let lasting = minutes.filter(|minute| minute.share() < LOSS);
    lasting.fold(LinkTotals::default(), |mut sum, minute| {
        sum.add(*minute);
        sum
    })
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
