// SPDX-License-Identifier: MIT OR Apache-2.0

use super::super::zeros::Zero;
use super::*;
use ecmod_control::{Mode, Resume};
use ecmod_quantities::Rpm;

const PATIENCE: Duration = Duration::from_secs(20);

fn record(rpm: f64) -> Record {
    Record { state: Resume::at(Mode::Speed, Rpm(rpm)), saved: None, limits_lost: false }
}

#[test]
fn the_last_record_submitted_is_on_disk_after_closing() {
    let directory = tempfile::tempdir().unwrap();
    let keeper = Keeper::start(Journal::open(directory.path()).0).unwrap();
    let zeros = |value| {
        let mut zeros = Zeros::default();
        zeros.keep("pressures.venous", Zero { value, taken: 7 });
        zeros
    };
    for rpm in 0..500 {
        keeper.submit(record(f64::from(rpm)));
        keeper.submit_zeros(zeros(f64::from(rpm) / 10.0));
    }
    keeper.close(PATIENCE).unwrap();
    let (_, known) = Journal::open(directory.path());
    assert_eq!((known.state.record, known.zeros.record), (Some(record(499.0)), Some(zeros(49.9))));
}

#[test]
fn a_disk_that_takes_nothing_is_survived_and_said_at_closing() {
    let directory = tempfile::tempdir().unwrap();
    let blocked = directory.path().join("a-file-not-a-folder");
    std::fs::write(&blocked, "").unwrap();
    let keeper = Keeper::start(Journal::open(&blocked).0).unwrap();
    keeper.submit(record(1.0));
    let began = Instant::now();
    while keeper.health(clock::now()).disk != Disk::Failing {
        assert!(began.elapsed() < PATIENCE, "it is told");
        std::thread::yield_now();
    }
    assert!(!keeper.health(clock::now()).is_state_written);
    assert_eq!(keeper.close(PATIENCE), Err(Unfinished));
}
