// SPDX-License-Identifier: MIT OR Apache-2.0
//! Measured figures, and how they are told in the test's output.

use std::time::Duration;

/// Values of one kind, in the order they came.
#[derive(Debug, Default, Clone)]
pub struct Figures(Vec<f64>);

impl Figures {
    pub fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// A time between two readings of the monotonic clock, in milliseconds; zero if the second is the earlier one.
    pub fn push_time(&mut self, from: u64, to: u64) {
        self.push(Duration::from_nanos(to.saturating_sub(from)).as_secs_f64() * 1e3);
    }

    /// Adds others.
    pub fn append(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The value that this fraction of all does not exceed.
    pub fn quantile(&self, fraction: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().checked_sub(1).expect("something was measured");
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        // an index
        let index = (fraction * last as f64).round() as usize;
        sorted[index]
    }

    pub fn max(&self) -> f64 {
        self.quantile(1.0)
    }

    /// One line for people.
    pub fn tell(&self, what: &str, unit: &str) {
        let (count, half, most, all) = (self.0.len(), self.quantile(0.5), self.quantile(0.95), self.max());
        println!("{what:<58} n {count:>3}   p50 {half:8.2}   p95 {most:8.2}   max {all:8.2} {unit}");
    }
}
