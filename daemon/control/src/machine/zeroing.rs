// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a zeroing runs: it begins with a request, collects for [`ZERO_TIME`], and ends with new zeros or a reason.

use super::Core;
use crate::signals::Collector;
use crate::{ZERO_TIME, ZeroEnd, ZeroRun};
use ecmod_quantities::{Monotonic, Reading};

impl Core {
    /// Begins to collect.
    pub(super) fn begin_zero(&mut self, signal: u16, now: Monotonic) {
        self.zeroings = self.zeroings.wrapping_add(1);
        self.collector = Collector::new(now);
        let run = ZeroRun { number: self.zeroings, signal, ends: now.plus(ZERO_TIME) };
        self.outputs.zeroing.running = Some(run);
    }

    /// Goes on with the zeroing, if there is one.
    pub(super) fn zero(&mut self, raw: &[Reading], now: Monotonic) {
        let Some(ZeroRun { number, signal, ends }) = self.outputs.zeroing.running else { return };
        let Some(Some(settings)) = self.settings.signals.get(usize::from(signal)) else { return };
        self.collector.take(settings, raw);
        if now < ends {
            return;
        }
        let result = self.collector.conclude(settings);
        for found in result.iter().flatten().flatten() {
            self.pipeline.set_zero(&self.settings, found.source, found.zero);
        }
        self.outputs.zeroing.running = None;
        self.outputs.zeroing.ended = Some(ZeroEnd { number, signal, at: now, result });
    }
}
