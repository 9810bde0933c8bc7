// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is believed, sample by sample, of a flow meter with ten samples a second.

extern crate std;

use super::Pace::{Continuous, NewLevel, TooFast, Unconfirmed};
use super::*;
use proptest::prelude::*;
use std::{vec, vec::Vec};

const LIMIT: Option<Limit> = Some(Limit { slew: PerSecond(20.0), longest_age: Span::from_millis(300) });

/// Values at these milliseconds.
fn judge(check: &mut RateCheck, samples: &[(u64, f64)]) -> Vec<Pace> {
    samples.iter().map(|(ms, value)| check.judge(*value, Monotonic(ms * 1_000_000), LIMIT)).collect()
}

/// Values every 100 ms, behind two that are believed.
fn judge_all(values: &[f64]) -> Vec<Pace> {
    let mut check = RateCheck::new();
    let start = values[0];
    assert_eq!(judge(&mut check, &[(100, start), (200, start)]), [Unconfirmed, NewLevel]);
    let samples: Vec<_> = (3u64..).map(|step| step * 100).zip(values.iter().copied()).collect();
    judge(&mut check, &samples)
}

#[test]
fn a_spike_of_two_samples_is_refused_and_leaves_no_trace() {
    let paces = judge_all(&[4.0, 4.1, 9.0, 9.0, 4.0, 4.1]);
    assert_eq!(paces, [Continuous, Continuous, TooFast, TooFast, Continuous, Continuous]);
}

#[test]
fn a_persistent_new_level_is_believed_with_its_third_sample() {
    let paces = judge_all(&[4.0, 19.0, 19.1, 18.9, 19.0]);
    assert_eq!(paces, [Continuous, TooFast, TooFast, NewLevel, Continuous]);
}

#[test]
fn what_jumps_about_is_not_a_level() {
    let paces = judge_all(&[0.0, 9.0, -9.0, 9.0, -9.0, 9.0, -9.0, 9.0]);
    assert!(paces[1..].iter().all(|pace| matches!(pace, TooFast | Unconfirmed)), "{paces:?}");
}

#[test]
fn after_a_gap_and_at_the_start_no_single_sample_is_believed() {
    let mut check = RateCheck::new();
    // The first is damaged; the true ones are believed with the second of them.
    let paces = judge(&mut check, &[(0, 6.008), (100, 4.0), (200, 4.0)]);
    assert_eq!(paces, [Unconfirmed, Unconfirmed, NewLevel]);
    for damaged in [4.001, 5.9, 6.008, 40.0] {
        let mut check = check;
        let later = judge(&mut check, &[(5_000, damaged), (5_100, 1.0), (5_200, 1.0)]);
        assert_eq!(later, [Unconfirmed, Unconfirmed, NewLevel], "{damaged}");
    }
}

#[test]
fn samples_that_are_older_than_the_signals_age_confirm_nothing() {
    let lonely: Vec<_> = (0..50).map(|n| (n * 301, 4.0)).collect();
    assert_eq!(judge(&mut RateCheck::new(), &lonely), vec![Unconfirmed; 50]);
}

#[test]
fn missing_samples_do_not_widen_what_is_allowed() {
    // 100 ms allow 2; without the cap a gap of 300 ms would allow 6, one of 1 s 20.
    for (gap, step, wanted) in [
        (100, 1.9, Continuous),
        (100, 2.1, TooFast),
        (200, 1.9, Continuous),
        (200, 2.1, TooFast),
        (300, 2.1, TooFast),
        (301, 1.9, Unconfirmed),
        (1000, 19.0, Unconfirmed),
    ] {
        let mut check = RateCheck::new();
        judge(&mut check, &[(0, 4.0), (100, 4.0)]);
        assert_eq!(judge(&mut check, &[(100 + gap, 4.0 + step)]), [wanted], "{step} after {gap} ms");
    }
}

#[test]
fn a_slow_sensor_may_change_by_what_its_own_time_allows_also_when_that_grew() {
    let slow = Some(Limit { slew: PerSecond(0.5), longest_age: Span::from_secs(3) });
    let mut check = RateCheck::new();
    let mut paces = Vec::new();
    for step in 0..20u32 {
        // Every 200 ms, then every second; always as fast as allowed.
        let ms = if step < 10 { 200 * step } else { 2000 + 1000 * (step - 10) };
        let at = Monotonic(u64::from(ms) * 1_000_000);
        paces.push(check.judge(36.0 + 0.49e-3 * f64::from(ms), at, slow));
    }
    assert_eq!(paces[..2], [Unconfirmed, NewLevel]);
    assert!(paces[2..10].iter().all(|pace| *pace == Continuous), "{paces:?}");
    assert!(paces[15..].iter().all(|pace| *pace == Continuous), "{paces:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn isolated_damage_and_losses_never_make_more_than_one_samples_step(
        samples in prop::collection::vec((0.0..1.0f64, -10.0..10.0f64, 0u64..12), 1..300),
    ) {
        let limit = Some(Limit { slew: PerSecond(10.0), longest_age: Span::from_millis(350) });
        let mut check = RateCheck::new();
        for number in 0..4 {
            check.judge(4.0, Monotonic(number * 100_000_000), limit);
        }
        let (mut intact, mut since_lost) = (4, 4);
        for (number, (chance, value, late)) in (4u64..).zip(samples) {
            since_lost += 1;
            if chance < 0.3 && since_lost > 2 {
                (intact, since_lost) = (0, 0);
                continue;
            }
            let damaged = chance < 0.6 && intact >= 3;
            let value = if damaged { value } else { 4.0 + 0.05 * value };
            let pace = check.judge(value, Monotonic((number * 100 + late) * 1_000_000), limit);
            if matches!(pace, Continuous | NewLevel) {
                prop_assert!((value - 4.0).abs() <= 0.5 + 1.0 + 0.12, "{} was believed", value);
            }
            intact = if damaged { 0 } else { intact + 1 };
            prop_assert!(intact < 3 || matches!(pace, Continuous | NewLevel), "three true ones are believed");
        }
    }
}

#[test]
fn the_same_sample_twice_is_no_witness() {
    assert_eq!(judge(&mut RateCheck::new(), &[(0, 4.0), (0, 4.0), (0, 4.0)]), [Unconfirmed; 3]);
}

#[test]
fn a_scale_that_moves_makes_no_step() {
    let mut check = RateCheck::new();
    judge(&mut check, &[(0, 4.0), (100, 4.0)]);
    check.shift(-30.0);
    assert_eq!(judge(&mut check, &[(200, -26.0)]), [Continuous]);
}

#[test]
fn without_a_limit_everything_follows() {
    let mut check = RateCheck::new();
    assert_eq!(check.judge(0.0, Monotonic(1), None), NewLevel);
    assert_eq!(check.judge(1e9, Monotonic(2), None), Continuous);
}
