// SPDX-License-Identifier: MIT OR Apache-2.0
//! The judge against threads that hang, and against all that only looks like it.

use super::*;
use proptest::prelude::*;

const LIMIT: Span = Span::from_secs(2);
const LOOK: u64 = 50;

const fn given(nature: Nature) -> Allowance {
    Allowance { limit: LIMIT, nature }
}

const fn at(ms: u64) -> Monotonic {
    Monotonic(7_000_000_000 + ms * 1_000_000)
}

fn account(scheduling: Scheduling, processor_ms: u64, switches: u64) -> Account {
    Account { scheduling, processor_ns: processor_ms * 1_000_000, switches }
}

/// Looks each 50 ms at a thread that never turns; the first time it counts as hung, in ms.
fn hung_at(nature: Nature, until: u64, at_ms: impl Fn(u64) -> Option<Account>) -> Option<(u64, Hang)> {
    let mut judge = Judge::new(5, at(0));
    (LOOK..=until).step_by(50).find_map(|ms| match judge.look(5, given(nature), at(ms), || at_ms(ms)) {
        Verdict::Hung(hang) => Some((ms, hang)),
        Verdict::Moves | Verdict::Doubtful => None,
    })
}

#[test]
fn a_thread_that_turns_is_never_asked_about() {
    let mut judge = Judge::new(0, at(0));
    for ms in (LOOK..20_000).step_by(50) {
        let verdict = judge.look(ms / 500, given(Nature::Steady), at(ms), || panic!("it moves"));
        assert_eq!(verdict, Verdict::Moves);
    }
}

#[test]
fn a_thread_that_sleeps_through_its_limit_is_hung_when_it_is_over() {
    let asleep = |_| Some(account(Scheduling::Asleep, 100, 9));
    for nature in [Nature::Steady, Nature::Foreign, Nature::Disk] {
        assert_eq!(hung_at(nature, 10_000, asleep), Some((2000, Hang::Asleep)));
    }
}

#[test]
fn a_thread_that_computes_without_end_is_hung() {
    let spins = |ms| Some(account(Scheduling::Ready, ms, 9));
    assert_eq!(hung_at(Nature::Steady, 10_000, spins), Some((2000, Hang::Spins)));
    let shares_its_processor = |ms| Some(account(Scheduling::Ready, ms / 3, 9 + ms));
    assert_eq!(hung_at(Nature::Foreign, 10_000, shares_its_processor), Some((2000, Hang::Spins)));
}

#[test]
fn a_thread_that_is_starved_is_not_hung_for_as_long_as_it_is() {
    let waits_for_a_processor = |_| Some(account(Scheduling::Ready, 100, 9));
    let gets_a_little = |ms| Some(account(Scheduling::Ready, 100 + ms / 50, 9 + ms / 100));
    for nature in [Nature::Steady, Nature::Foreign, Nature::Disk] {
        assert_eq!(hung_at(nature, 60_000, waits_for_a_processor), None, "{nature:?}");
        assert_eq!(hung_at(nature, 60_000, gets_a_little), None, "{nature:?}");
    }
}

#[test]
fn a_thread_of_ours_that_runs_and_does_not_count_is_alive_and_foreign_code_that_does_is_not() {
    let wakes = |ms| Some(account(Scheduling::Asleep, 100 + ms / 100, ms / 10));
    assert_eq!(hung_at(Nature::Steady, 60_000, wakes), None, "the counting is at fault");
    assert_eq!(hung_at(Nature::Foreign, 60_000, wakes), Some((2000, Hang::Asleep)));
}

#[test]
fn a_thread_that_has_ended_is_hung_and_a_disk_may_take_its_time() {
    let ended = |_| Some(account(Scheduling::Ended, 100, 9));
    assert_eq!(hung_at(Nature::Steady, 10_000, ended), Some((2000, Hang::Ended)));
    let disk = |_| Some(account(Scheduling::InKernel, 100, 9));
    assert_eq!(hung_at(Nature::Disk, 60_000, disk), None);
    assert_eq!(hung_at(Nature::Steady, 10_000, disk), Some((2000, Hang::Asleep)));
}

#[test]
fn without_the_kernels_account_there_is_no_verdict() {
    assert_eq!(hung_at(Nature::Steady, 60_000, |_| None), None);
}

#[test]
fn time_in_which_nobody_looked_is_not_the_threads() {
    let mut judge = Judge::new(5, at(0));
    let asleep = || Some(account(Scheduling::Asleep, 100, 9));
    for ms in (LOOK..1900).step_by(50) {
        judge.look(5, given(Nature::Steady), at(ms), asleep);
    }
    // The whole process stood still for 30 s.
    assert_eq!(judge.look(5, given(Nature::Steady), at(32_000), asleep), Verdict::Moves);
    for ms in (32_050..34_000).step_by(50) {
        assert!(!matches!(judge.look(5, given(Nature::Steady), at(ms), asleep), Verdict::Hung(_)), "{ms}");
    }
    assert_eq!(judge.look(5, given(Nature::Steady), at(34_000), asleep), Verdict::Hung(Hang::Asleep));
}

#[test]
fn a_turn_at_the_last_moment_counts() {
    let mut judge = Judge::new(5, at(0));
    let asleep = || Some(account(Scheduling::Asleep, 100, 9));
    for ms in (LOOK..2000).step_by(50) {
        judge.look(5, given(Nature::Steady), at(ms), asleep);
    }
    assert_eq!(judge.look(6, given(Nature::Steady), at(2000), asleep), Verdict::Moves);
    assert_eq!(judge.look(6, given(Nature::Steady), at(2050), asleep), Verdict::Moves);
}

proptest! {
    /// Whatever the kernel says, and however late the looks come: a thread that turned within its limit is not condemned.
    #[test]
    fn no_thread_that_turns_within_its_limit_is_ever_hung(
        steps in prop::collection::vec((1_u64..900, any::<bool>(), 0_u8..4, 0_u64..50), 1..200),
    ) {
        let mut judge = Judge::new(0, at(0));
        let (mut ms, mut turns, mut turned, mut processor) = (0, 0, 0, 0);
        for (step, turn, state, more) in steps {
            ms += step;
            processor += more;
            if turn || ms - turned >= 2000 {
                (turns, turned) = (turns + 1, ms);
            }
            let scheduling =
                [Scheduling::Ready, Scheduling::Asleep, Scheduling::InKernel, Scheduling::Ended][usize::from(state)];
            let verdict = judge.look(turns, given(Nature::Foreign), at(ms), || Some(account(scheduling, processor, ms)));
            prop_assert!(!matches!(verdict, Verdict::Hung(_)));
        }
    }
}
