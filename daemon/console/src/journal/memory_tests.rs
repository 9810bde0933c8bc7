// SPDX-License-Identifier: MIT OR Apache-2.0

use std::time::Duration;

use super::super::keeper::Keeper;
use super::super::stored::Stored;
use super::*;
use ecmod_control::{LimitKind, Limits, Mode, PatientClass, Resume};
use ecmod_quantities::Rpm;

fn plan() -> Plan {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ecmod.toml");
    std::fs::write(&file, ecmod_config::default_toml()).unwrap();
    Plan::new(&ecmod_config::load(&ecmod_config::Paths::at(&file)).unwrap()).unwrap()
}

#[test]
fn what_one_daemon_wrote_the_next_one_knows_with_how_the_first_ended() {
    let (directory, plan) = (tempfile::tempdir().unwrap(), plan());
    let (first, journal) = Memory::open(directory.path());
    assert!(matches!(first.resume(&plan), Boot::Cold) && first.before == Before::First);
    assert!(!first.has_lost_limits());
    let keeper = Keeper::start(journal).unwrap();
    let mut state = Resume::at(Mode::Speed, Rpm(3000.0));
    let mut limits = Limits::preset(PatientClass::Adult);
    limits.put(LimitKind::FlowLow, Some(2.5));
    state.alarms.limits = Some(limits);
    keeper.submit(Record { state, saved: Some(first.origin(&plan)), limits_lost: false });
    keeper.submit_boots(first.boots.clone());
    keeper.close(Duration::from_secs(20)).unwrap();

    let (second, journal) = Memory::open(directory.path());
    let Boot::Resume(resumed) = second.resume(&plan) else { panic!("{second:?}") };
    assert_eq!((resumed, second.before), (state, Before::Crashed));
    let keeper = Keeper::start(journal).unwrap();
    keeper.submit_boots(second.boots.ended());
    keeper.close(Duration::from_secs(20)).unwrap();

    let (third, _) = Memory::open(directory.path());
    assert_eq!((third.before, third.boots.starts), (Before::Clean, 3));
    let Event::Started(started) = third.started().event else { panic!("{third:?}") };
    assert_eq!((started.before.as_str(), started.starts, started.boots), ("clean", 3, 1));
}

#[test]
fn a_journal_that_is_of_no_use_is_a_cold_start_that_says_so() {
    let (directory, plan) = (tempfile::tempdir().unwrap(), plan());
    for name in ["state.a", "state.b"] {
        std::fs::write(directory.path().join(name), "ecmod-state 9\nwho knows\n").unwrap();
    }
    let (memory, _) = Memory::open(directory.path());
    assert!(matches!(memory.resume(&plan), Boot::Cold));
    assert_eq!(memory.problems.len(), 2);
    assert!(memory.problems[0].to_string().contains("format 9"), "{}", memory.problems[0]);
    assert!(memory.has_lost_limits());
}

#[test]
fn a_write_that_was_cut_off_is_a_loss_for_zeros_and_none_for_the_rest() {
    for (names, is_loss) in [(["boots.a", "boots.b"], false), (["zeros.a", "zeros.b"], true)] {
        let directory = tempfile::tempdir().unwrap();
        for (name, sequence) in names.into_iter().zip([1, 2]) {
            let (memory, _) = Memory::open(directory.path());
            let bytes = if is_loss { memory.zeros.encode(sequence) } else { memory.boots.encode(sequence) };
            std::fs::write(directory.path().join(name), bytes).unwrap();
        }
        std::fs::write(directory.path().join(names[0]), [0; 40]).unwrap();
        let (memory, _) = Memory::open(directory.path());
        assert_eq!(
            memory.problems.iter().map(Problem::is_damage).collect::<Vec<_>>(),
            [is_loss],
            "{names:?}"
        );
    }
}

#[test]
fn zeros_that_are_damaged_are_told_and_cost_no_limits() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("zeros.a"), "rubbish").unwrap();
    let (memory, _) = Memory::open(directory.path());
    assert_eq!(memory.problems.len(), 1);
    assert!(!memory.has_lost_limits());
}
