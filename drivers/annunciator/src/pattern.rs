// SPDX-License-Identifier: MIT OR Apache-2.0
//! What each priority sounds and looks like: constant tables, after IEC 60601-1-8 Tables 2 and 3 `[K]`. Pure.
//!
//! # Words
//! - **Pulse**: the sounder is on. **Burst**: the pulses that together mean a priority. **Interburst**: from the end of a burst's
//!   last pulse to the beginning of the next burst.
//! - **x, y**: the short pause between two pulses, of high and of medium and low priority. **td**: length of a pulse.

use crate::priority::Priority;
use ecmod_plugin::quantities::Span;

/// The pulses of one priority, in milliseconds from the burst's beginning.
///
/// All times are multiples of 50 ms: with a cycle of 10 ms every edge has the same place within its cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Burst {
    onsets_ms: &'static [u64],
    pulse_ms: u64,
    pause_ms: u64,
    interburst_ms: u64,
}

/// One change of the sounder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// When, from the burst's beginning.
    pub after: Span,
    /// Whether a pulse begins; otherwise it ends.
    pub begins: bool,
}

/// Ten pulses, 5 + 5: td 150, x 100, between the fifth and the sixth 500; tb 3.0 s `[C]`.
const HIGH: Burst = Burst {
    onsets_ms: &[0, 250, 500, 1000, 1250, 1900, 2150, 2400, 2900, 3150],
    pulse_ms: 150,
    pause_ms: 100,
    interburst_ms: 3000,
};
/// Three pulses: td 200, y 200; tb 5 s `[C]`.
const MEDIUM: Burst = Burst { onsets_ms: &[0, 400, 800], pulse_ms: 200, pause_ms: 200, interburst_ms: 5000 };
/// One pulse: td 200; again after 20 s `[C]`.
const LOW: Burst = Burst { onsets_ms: &[0], pulse_ms: 200, pause_ms: 200, interburst_ms: 20_000 };

impl Burst {
    /// The burst of a priority.
    #[must_use]
    pub const fn of(priority: Priority) -> &'static Self {
        match priority {
            Priority::High => &HIGH,
            Priority::Medium => &MEDIUM,
            Priority::Low => &LOW,
        }
    }

    /// The change number `index` of the burst; `None` behind the last.
    #[must_use]
    pub fn edge(&self, index: usize) -> Option<Edge> {
        let onset = self.onsets_ms.get(index / 2)?;
        let begins = index.is_multiple_of(2);
        let after = if begins { *onset } else { onset.saturating_add(self.pulse_ms) };
        Some(Edge { after: Span::from_millis(after), begins })
    }

    /// When the last pulse ends.
    #[must_use]
    pub fn length(&self) -> Span {
        let last = self.onsets_ms.last().copied().unwrap_or_default();
        Span::from_millis(last.saturating_add(self.pulse_ms))
    }

    /// From the beginning of a burst to that of the next.
    #[must_use]
    pub fn repeats_after(&self) -> Span {
        Span(self.length().0.saturating_add(Span::from_millis(self.interburst_ms).0))
    }

    /// x or y: the pause between two pulses, and the least one before the first.
    #[must_use]
    pub const fn pause(&self) -> Span {
        Span::from_millis(self.pause_ms)
    }
}

/// Whether the lamp of a priority is lit, so long after it began to show it: red 2 Hz, yellow 0.5 Hz, both half of the time; low
/// priority steadily.
#[must_use]
pub const fn is_lit(priority: Priority, elapsed: Span) -> bool {
    let half_ms = match priority {
        Priority::High => 250,
        Priority::Medium => 1000,
        Priority::Low => return true,
    };
    (elapsed.millis() / half_ms).is_multiple_of(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Priority; 3] = [Priority::Low, Priority::Medium, Priority::High];

    /// Lengths of pulses, and pauses between them, in ms.
    fn intervals(priority: Priority) -> (Vec<u64>, Vec<u64>) {
        let burst = Burst::of(priority);
        let edges: Vec<Edge> = (0..).map_while(|index| burst.edge(index)).collect();
        let (mut pulses, mut pauses) = (vec![], vec![]);
        for pair in edges.windows(2) {
            assert_ne!(pair[0].begins, pair[1].begins);
            let span = pair[1].after.since(pair[0].after);
            if pair[0].begins { pulses.push(span) } else { pauses.push(span) }
        }
        assert!(edges[0].begins && !edges[edges.len() - 1].begins);
        assert_eq!(edges[edges.len() - 1].after, burst.length());
        (pulses, pauses)
    }

    trait Since {
        fn since(self, earlier: Self) -> u64;
    }

    impl Since for Span {
        fn since(self, earlier: Self) -> u64 {
            self.millis() - earlier.millis()
        }
    }

    #[test]
    fn the_high_priority_burst_keeps_table_3() {
        let (pulses, gap) = intervals(Priority::High);
        let (td, x) = (pulses[0], gap[0]);
        assert_eq!(pulses, [td; 10]);
        assert_eq!(Burst::of(Priority::High).pause(), Span::from_millis(x));
        assert!((75..=200).contains(&td) && (50..=125).contains(&x), "td {td}, x {x}");
        assert_eq!(gap[..2], [x, x], "pauses 1-2, 2-3");
        assert_eq!(gap[2], 2 * x + td, "pause 3-4");
        assert_eq!(gap[3], x, "pause 4-5");
        assert!((350..=1300).contains(&gap[4]), "pause 5-6");
        assert_eq!(gap[5..7], [x, x], "pauses 6-7, 7-8");
        assert_eq!(gap[7], 2 * x + td, "pause 8-9");
        assert_eq!(gap[8], x, "pause 9-10");
        let burst = Burst::of(Priority::High);
        assert!((2500..=15_000).contains(&burst.repeats_after().since(burst.length())), "tb");
    }

    #[test]
    fn the_medium_priority_burst_keeps_table_3() {
        let (pulses, pauses) = intervals(Priority::Medium);
        let (td, y) = (pulses[0], pauses[0]);
        assert_eq!(Burst::of(Priority::Medium).pause(), Span::from_millis(y));
        assert_eq!((pulses.as_slice(), pauses.as_slice()), (&[td; 3][..], &[y; 2][..]));
        assert!((125..=250).contains(&td) && (125..=250).contains(&y), "td {td}, y {y}");
        let (high, x) = intervals(Priority::High);
        assert!(td + y >= high[0] + x[0], "medium is no faster than high");
        let burst = Burst::of(Priority::Medium);
        assert!((2500..=30_000).contains(&burst.repeats_after().since(burst.length())), "tb");
    }

    #[test]
    fn the_low_priority_burst_keeps_table_3() {
        let (pulses, pauses) = intervals(Priority::Low);
        assert!(matches!(pulses[..], [td] if (125..=250).contains(&td)) && pauses.is_empty());
        let burst = Burst::of(Priority::Low);
        assert!(burst.repeats_after().since(burst.length()) > 15_000, "tb");
    }

    #[test]
    fn the_worked_example_is_met() {
        let onsets = |priority| -> Vec<u64> {
            let edges = (0..).map_while(|index| Burst::of(priority).edge(index));
            edges.filter(|edge| edge.begins).map(|edge| edge.after.millis()).collect()
        };
        assert_eq!(onsets(Priority::High), [0, 250, 500, 1000, 1250, 1900, 2150, 2400, 2900, 3150]);
        assert_eq!(onsets(Priority::Medium), [0, 400, 800]);
        assert_eq!(Burst::of(Priority::High).length(), Span::from_millis(3300));
        assert_eq!(Burst::of(Priority::Medium).length(), Span::from_millis(1000));
    }

    #[test]
    fn every_edge_and_every_repetition_has_the_same_place_in_a_cycle_of_10_ms() {
        for priority in ALL {
            let burst = Burst::of(priority);
            let edges = (0..).map_while(|index| burst.edge(index)).map(|edge| edge.after.millis());
            assert!(edges.chain([burst.repeats_after().millis()]).all(|ms| ms.is_multiple_of(50)));
        }
    }

    #[test]
    fn lamps_flash_as_table_2_says() {
        for (priority, rate, duty) in [
            (Priority::High, 1.4..=2.8, 0.2..=0.6),
            (Priority::Medium, 0.4..=0.8, 0.2..=0.6),
            (Priority::Low, 0.0..=0.0, 1.0..=1.0),
        ] {
            let lit: Vec<bool> = (0..60_000).map(|ms| is_lit(priority, Span::from_millis(ms))).collect();
            let flashes = lit.windows(2).filter(|pair| !pair[0] && pair[1]).count();
            let on = lit.iter().filter(|lit| **lit).count();
            assert!(lit[0], "{priority:?} begins lit");
            assert!(
                rate.contains(&((flashes + usize::from(flashes > 0)) as f64 / 60.0)),
                "{priority:?} {flashes}"
            );
            assert!(duty.contains(&(on as f64 / 60_000.0)), "{priority:?} {on}");
        }
    }
}
