// SPDX-License-Identifier: MIT OR Apache-2.0

use std::time::{Duration, UNIX_EPOCH};

use super::super::boots::{Before, BootId, Boots};
use super::super::record::{Record, Saved};
use super::super::stored::Damage;
use super::*;
use ecmod_control::{Mode, Resume};
use ecmod_quantities::Rpm;

const START: u64 = 1_790_000_000;

const fn at(seconds: u64) -> Monotonic {
    Monotonic(seconds * 1_000_000_000)
}

fn wall(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(START + seconds)
}

fn stamp(monotonic: u64, wall_seconds: u64) -> Stamp {
    Stamp::of(at(monotonic), wall(wall_seconds))
}

/// A start at 100 s, after a good end, with a whole journal written at that time in this boot.
fn memory() -> Memory {
    let boot = BootId::new("this");
    let saved = Saved { boot: boot.clone(), at: stamp(90, 90), names: 0 };
    let state = Resume::at(Mode::Speed, Rpm(3000.0));
    let (boots, _) = Boots::started(None, &boot);
    Memory {
        record: Some(Record { state, saved: Some(saved), limits_lost: false }),
        zeros: super::super::zeros::Zeros::default(),
        procedures: None,
        boots,
        before: Before::Clean,
        boot,
        now: stamp(100, 100),
        problems: Vec::new(),
        has_lost_state: false,
    }
}

fn facts(look: Look) -> Vec<Fact> {
    Conditions::FACTS.into_iter().filter(|fact| look.facts.has(*fact)).collect()
}

/// One look at a machine of which everything is good.
fn look(conditions: &mut Conditions, monotonic: u64, wall_seconds: u64) -> Look {
    let (journal, records) = (Health::default(), recorder::Health::default());
    conditions.look(at(monotonic), wall(wall_seconds), &journal, &records)
}

#[test]
fn of_a_good_start_on_a_good_disk_there_is_nothing_to_tell() {
    let mut conditions = Conditions::new(&memory());
    for second in 100..200 {
        assert_eq!(look(&mut conditions, second, second), Look { facts: Facts::NONE, clock_step: None });
    }
}

#[test]
fn a_restart_that_nobody_asked_for_is_told_for_a_while() {
    for before in [Before::Crashed, Before::PowerLost] {
        let mut conditions = Conditions::new(&Memory { before, ..memory() });
        assert_eq!(facts(look(&mut conditions, 100, 100)), [Fact::DaemonRestarted]);
        assert_eq!(facts(look(&mut conditions, 109, 109)), [Fact::DaemonRestarted]);
        assert_eq!(facts(look(&mut conditions, 110, 110)), []);
    }
}

#[test]
fn a_damaged_journal_is_told_until_it_has_been_written_again() {
    let problem = Problem::Damaged { name: "state.a", damage: Damage::Foreign };
    let mut conditions =
        Conditions::new(&Memory { record: None, problems: vec![problem], has_lost_state: true, ..memory() });
    let records = recorder::Health::default();
    let mut look = |second, is_state_written| {
        let journal = Health { is_state_written, ..Health::default() };
        facts(conditions.look(at(second), wall(second), &journal, &records))
    };
    assert_eq!(look(101, true), [Fact::JournalDamaged, Fact::LimitsReset], "long enough to be seen");
    assert_eq!(look(150, false), [Fact::JournalDamaged]);
    assert_eq!(look(151, true), []);
}

#[test]
fn a_write_that_was_cut_off_is_no_damage() {
    let problems = vec![Problem::CutOff { name: "state.a" }];
    let mut conditions = Conditions::new(&Memory { problems, ..memory() });
    assert_eq!(facts(look(&mut conditions, 101, 101)), []);
    let mut problems = vec![Problem::CutOff { name: "state.a" }];
    problems.push(Problem::Damaged { name: "zeros.a", damage: Damage::Blank });
    let mut conditions = Conditions::new(&Memory { problems, ..memory() });
    assert_eq!(facts(look(&mut conditions, 101, 101)), [Fact::JournalDamaged]);
}

#[test]
fn a_step_of_the_wall_clock_is_told_and_measured_and_slow_correction_is_not() {
    let mut conditions = Conditions::new(&memory());
    look(&mut conditions, 100, 100);
    let stepped = look(&mut conditions, 101, 4701);
    assert_eq!((facts(stepped), stepped.clock_step), (vec![Fact::ClockJumped], Some(4600.0)));
    let back = look(&mut conditions, 102, 102);
    assert_eq!(back.clock_step, Some(-4600.0));
    assert_eq!(facts(look(&mut conditions, 111, 111)), [Fact::ClockJumped]);
    assert_eq!(facts(look(&mut conditions, 112, 112)), []);
    // 500 ppm, the fastest that a time server corrects, looked at once a second for an hour.
    let mut conditions = Conditions::new(&memory());
    for second in 100..3700 {
        let wall = wall(second) + Duration::from_micros(500 * second);
        let found = conditions.look(at(second), wall, &Health::default(), &recorder::Health::default());
        assert_eq!(found, Look { facts: Facts::NONE, clock_step: None });
    }
}

#[test]
fn a_clock_that_was_set_while_the_daemon_was_away_is_noticed() {
    let same_boot = Memory { now: stamp(100, 5000), ..memory() };
    let mut conditions = Conditions::new(&same_boot);
    assert_eq!(facts(look(&mut conditions, 100, 5000)), [Fact::ClockJumped]);
    let other_boot =
        |wall_seconds| Memory { boot: BootId::new("other"), now: stamp(5, wall_seconds), ..memory() };
    let mut conditions = Conditions::new(&other_boot(5000));
    assert_eq!(facts(look(&mut conditions, 5, 5000)), [], "it may have been off for so long");
    let mut conditions = Conditions::new(&other_boot(0));
    assert_eq!(facts(look(&mut conditions, 5, 0)), [Fact::ClockJumped], "time does not go back");
}

#[test]
fn what_the_disk_does_has_its_fact() {
    let mut conditions = Conditions::new(&memory());
    let (good, fine) = (Health::default(), recorder::Health::default());
    let second = Some(Span::from_secs(1));
    let long = Some(Span::from_secs(6));
    let (retry, untaken) = (Some(Span::from_secs(6)), Some(Span::from_secs(16)));
    for (journal, records, expected) in [
        (Health { disk: Disk::Full, ..good }, fine, vec![Fact::DiskFull]),
        (good, recorder::Health { is_full: true, ..fine }, vec![Fact::DiskFull]),
        (Health { disk: Disk::Failing, ..good }, fine, vec![Fact::StorageFailed]),
        (good, recorder::Health { is_failing: true, ..fine }, vec![Fact::StorageFailed]),
        (Health { busy: second, ..good }, fine, vec![]),
        (Health { busy: long, ..good }, fine, vec![Fact::StorageFailed]),
        (good, recorder::Health { busy: long, ..fine }, vec![Fact::StorageFailed]),
        (Health { waiting: retry, ..good }, recorder::Health { waiting: retry, ..fine }, vec![]),
        (Health { waiting: untaken, ..good }, fine, vec![Fact::StorageFailed]),
        (good, recorder::Health { waiting: untaken, ..fine }, vec![Fact::StorageFailed]),
        (good, recorder::Health { waiting: untaken, is_full: true, ..fine }, vec![Fact::DiskFull]),
        (good, recorder::Health { is_losing: true, ..fine }, vec![Fact::LogLoss]),
    ] {
        assert_eq!(facts(conditions.look(at(200), wall(200), &journal, &records)), expected);
    }
}
