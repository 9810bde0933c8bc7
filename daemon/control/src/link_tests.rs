// SPDX-License-Identifier: MIT OR Apache-2.0
extern crate std;
use super::*;
use std::vec::Vec;

/// A device that is asked ten times a second, second by second; `failing` says how many of a hundred fail in which second.
struct Line {
    trend: LinkTrend,
    totals: LinkTotals,
    /// Hundredths of exchanges that are still to fail.
    owed: u64,
    s: u64,
}

impl Line {
    fn new() -> Self {
        Self { trend: LinkTrend::NEW, totals: LinkTotals::default(), owed: 0, s: 0 }
    }

    fn second(&mut self, percent: u64) {
        self.owed += 10 * percent;
        self.totals.exchanges += 10;
        self.totals.failed += self.owed / 100;
        self.owed %= 100;
        self.s += 1;
        self.trend.count(self.totals, Monotonic((1000 + self.s) * 1_000_000_000));
    }

    /// Runs for so many minutes; the seconds at which the verdict changed.
    fn run(&mut self, minutes: u64, percent: impl Fn(u64) -> u64) -> Vec<(u64, bool)> {
        let begun = self.s;
        let mut changes = Vec::new();
        for second in 0..minutes * 60 {
            let before = self.trend.health() != LinkHealth::Sound;
            self.second(percent(second));
            let after = self.trend.health() != LinkHealth::Sound;
            if after != before {
                changes.push((self.s - begun, after));
            }
        }
        changes
    }
}

#[test]
fn errors_that_grow_to_a_tenth_are_told_within_minutes_and_before_half_is_lost() {
    let mut line = Line::new();
    let changes = line.run(15, |second| (second / 60).min(10));
    let &[(at, true)] = changes.as_slice() else { panic!("{changes:?}") };
    assert!((120..=720).contains(&at), "after {at} s");
    assert!(matches!(line.trend.health(), LinkHealth::Failing { percent: 5..=10 }));
}

#[test]
fn a_single_burst_is_no_trend_however_bad_it_is() {
    for percent in [5, 20, 49, 80, 100] {
        for length in [1, 10, 60] {
            let mut line = Line::new();
            assert_eq!(line.run(30, |_| 0), []);
            let burst = line.run(30, |second| if second < length { percent } else { 0 });
            assert_eq!(burst, [], "{percent} % for {length} s");
        }
    }
}

#[test]
fn a_link_that_was_always_a_little_bad_is_judged_by_what_is_usual_for_it() {
    let mut line = Line::new();
    assert_eq!(line.run(180, |_| 1), [], "one in a hundred all the time");
    let changes = line.run(30, |_| 4);
    assert!(matches!(changes.as_slice(), [(120..=900, true), ..]), "{changes:?}");
    let mut clean = Line::new();
    assert_eq!(clean.run(180, |_| 0), []);
    let changes = clean.run(10, |_| 2);
    assert!(matches!(changes.as_slice(), [(100..=600, true)]), "{changes:?}");
}

#[test]
fn the_verdict_ends_when_the_link_is_well_again_and_does_not_flutter() {
    let mut line = Line::new();
    line.run(10, |_| 10);
    assert_eq!(line.trend.health(), LinkHealth::Failing { percent: 10 });
    let changes = line.run(30, |_| 0);
    let &[(at, false)] = changes.as_slice() else { panic!("{changes:?}") };
    assert!(at <= 600, "after {at} s");
    // around the threshold
    let mut line = Line::new();
    let changes = line.run(240, |second| if second % 60 < 30 { 4 } else { 6 });
    assert!(changes.len() <= 1, "{changes:?}");
}

#[test]
fn a_link_that_is_gone_is_no_link_that_is_getting_worse() {
    let mut line = Line::new();
    line.run(30, |_| 0);
    assert_eq!(line.run(30, |_| 100), []);
    assert_eq!(line.run(30, |_| 0), [], "and it is back");
}

#[test]
fn a_count_that_begins_anew_and_a_pause_in_counting_are_no_failures() {
    let mut trend = LinkTrend::NEW;
    let at = |minutes: u64| Monotonic((1 + minutes) * MINUTE.0);
    trend.count(LinkTotals { exchanges: 90_000, failed: 80_000 }, at(0));
    assert_eq!(trend.recent(), LinkTotals::default(), "what was before is not judged");
    trend.count(LinkTotals { exchanges: 90_600, failed: 80_001 }, at(1));
    trend.count(LinkTotals { exchanges: 500, failed: 0 }, at(2));
    assert_eq!(trend.recent(), LinkTotals { exchanges: 1100, failed: 1 });
    trend.count(LinkTotals { exchanges: 600, failed: 0 }, at(1000));
    assert_eq!(
        (trend.recent(), trend.health()),
        (LinkTotals { exchanges: 100, failed: 0 }, LinkHealth::Sound)
    );
}

#[test]
fn a_verdict_goes_through_a_number_and_the_worse_one_counts() {
    let all = [LinkHealth::Sound, LinkHealth::Restarting, LinkHealth::Failing { percent: 7 }];
    for (index, health) in all.into_iter().enumerate() {
        assert_eq!(LinkHealth::from_code(health.code()), health);
        for worse in &all[index..] {
            assert_eq!((health.or_worse(*worse), worse.or_worse(health)), (*worse, *worse));
        }
    }
    let worst = LinkHealth::Failing { percent: 100 };
    assert_eq!(all[2].or_worse(worst), worst);
    assert_eq!(LinkHealth::from_code(200), LinkHealth::Sound);
}

#[test]
fn a_day_of_stray_errors_and_of_knocks_against_a_cable_is_no_trend() {
    let mut line = Line::new();
    // xorshift: the same day every time
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut one_of = |n: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random.is_multiple_of(n)
    };
    let mut knocked = 0;
    let mut stray = Vec::new();
    for _ in 0..24 * 3600 {
        // One exchange in a thousand or so; and every hour or so half of those of three seconds.
        if one_of(3600) {
            knocked = 3;
        }
        let knock = if knocked > 0 { 50 } else { 0 };
        knocked = u64::saturating_sub(knocked, 1);
        stray.push(knock + if one_of(100) { 10 } else { 0 });
    }
    let second = |s: u64| stray[usize::try_from(s).unwrap()];
    assert_eq!(line.run(24 * 60, second), []);
    assert!(line.totals.failed > 500, "{:?}", line.totals);
}
