// SPDX-License-Identifier: MIT OR Apache-2.0
//! The process half of the fault matrix: real processes are killed, hung, slowed, starved of memory and disk, flooded and lied to, in each
//! mode of support; the pump's true speed, the mode, the alarms with their priorities and their times are held against the table.
//!
//! A chapter is played in one room for each mode, its rows one after the other, each from steady support without an alarm. Faults of
//! patient, circuit and devices as the core sees them are the harness's (`fault_matrix`). `docs/src/process-faults.md` is generated from
//! the same runs (`document`).
#![cfg(test)] // helpers between the tests are test code too

mod bed;
mod clients;
mod disk;
mod document;
mod ear;
mod flood;
#[path = "../supervision/thread.rs"]
mod held;
mod journald;
mod limit;
#[path = "../supervision/load.rs"]
mod load;
mod machine;
#[path = "../matrix/mod.rs"]
mod matrix;
mod replaced;
#[path = "../steady/mod.rs"]
mod steady;
#[path = "../stranger/mod.rs"]
mod stranger;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod trial;
mod words;

use bed::Bed;
use ecmod_control::Mode;
use matrix::MODES;
use table::CHAPTERS;

/// How often a row is played at most.
const ATTEMPTS: usize = 3;

/// Plays every row of a chapter in a mode, tells all that is wrong, and compares with the book. `ECMOD_ROW` plays those rows alone whose
/// names contain it.
fn hold(heading: &str, mode: Mode) {
    let chapter = CHAPTERS.iter().find(|chapter| chapter.heading == heading).unwrap();
    let column = MODES.iter().position(|known| *known == mode).unwrap();
    let chosen = std::env::var("ECMOD_ROW").ok();
    let mut bed = Bed::new(mode, chapter);
    let (mut problems, mut cells) = (Vec::new(), Vec::new());
    for row in chapter.rows {
        if chosen.as_ref().is_some_and(|part| !row.name.contains(part)) {
            continue;
        }
        let began = std::time::Instant::now();
        let outcome = played(row, &mut bed);
        let cell = document::cell(row, column, &outcome);
        println!("{:5.1} s | {} | {cell}", began.elapsed().as_secs_f64(), row.name);
        outcome.problems.iter().for_each(|problem| println!("         {problem}"));
        problems.extend(outcome.problems.iter().map(|problem| format!("{} | {problem}", row.name)));
        cells.push(cell);
    }
    bed.rest(&[]);
    assert!(
        problems.is_empty(),
        "{} problems in {} mode:\n{}",
        problems.len(),
        mode.name(),
        problems.join("\n")
    );
    if chosen.is_none() {
        document::hold(chapter, column, &cells);
    }
}

/// Plays a row. One that went wrong while the machine stood still is played again: it says nothing of the console.
fn played(row: &words::Row, bed: &mut Bed) -> trial::Outcome {
    let machine = machine::Machine::watch();
    for _ in 1..ATTEMPTS {
        let since = steady::monotonic();
        let outcome = trial::play(row, bed);
        match machine.stood_still_since(since) {
            Some(still) if !outcome.problems.is_empty() => {
                println!("the machine stood still for {still:.0?}; played again: {}", row.name);
                outcome.problems.iter().for_each(|problem| println!("         {problem}"));
            }
            _ => return outcome,
        }
    }
    trial::play(row, bed)
}

macro_rules! chapters {
    ($($chapter:ident: $heading:literal,)*) => {
        $(mod $chapter {
            use ecmod_control::Mode;

            #[test]
            fn in_speed_mode() {
                super::hold($heading, Mode::Speed);
            }

            #[test]
            fn in_flow_mode() {
                super::hold($heading, Mode::Flow);
            }

            #[test]
            fn at_zero_flow() {
                super::hold($heading, Mode::ZeroFlow);
            }
        })*

        #[test]
        fn every_chapter_of_the_table_has_its_tests() {
            let tested = [$($heading),*];
            assert!(CHAPTERS.iter().all(|chapter| tested.contains(&chapter.heading)));
        }
    };
}

chapters! {
    faults_of_the_daemon: "The daemon",
    faults_of_the_daemon_among_others: "The daemon among others",
    faults_of_the_bus: "The bus and who is on it",
    faults_of_disk_and_log: "Disk and log",
    faults_of_hosts: "Hosts",
    faults_of_drivers: "Drivers that do harm",
    faults_of_devices: "Devices and their lines",
}
