// SPDX-License-Identifier: MIT OR Apache-2.0
//! Counts the exchanges with the devices on lines, as hosts do, and judges them, as the daemon does.

use super::part::Part;
use ecmod_control::{LinkHealth, LinkTotals, LinkTrend};
use ecmod_quantities::{Monotonic, Span};

/// How often hosts report.
const REPORT: Span = Span::from_secs(1);
const PORTS: usize = Part::ALL.len();

/// Of all ports; those whose devices hang on no line have none.
#[derive(Debug, Clone)]
pub(super) struct Exchanges {
    totals: [LinkTotals; PORTS],
    trends: [LinkTrend; PORTS],
    links: [LinkHealth; PORTS],
    reported: Option<Monotonic>,
}

impl Exchanges {
    pub(super) const NEW: Self = Self {
        totals: [LinkTotals { exchanges: 0, failed: 0 }; PORTS],
        trends: [LinkTrend::NEW; PORTS],
        links: [LinkHealth::Sound; PORTS],
        reported: None,
    };

    /// One exchange with the device of this part.
    pub(super) fn count(&mut self, part: Part, failed: bool) {
        if let Some(totals) = self.totals.get_mut(usize::from(part.number())) {
            totals.exchanges += 1;
            totals.failed += u64::from(failed);
        }
    }

    /// Time has passed.
    pub(super) fn judge(&mut self, now: Monotonic) {
        if self.reported.is_some_and(|reported| now.since(reported) < REPORT) {
            return;
        }
        self.reported = Some(now);
        for ((link, trend), totals) in self.links.iter_mut().zip(&mut self.trends).zip(self.totals) {
            trend.count(totals, now);
            *link = trend.health();
        }
    }

    /// By port.
    pub(super) const fn links(&self) -> &[LinkHealth] {
        &self.links
    }
}
