// SPDX-License-Identifier: MIT OR Apache-2.0
//! The fault matrix: every fault of the table in each mode, with the pump's speed, the state, the alarms with their priorities,
//! and the time they take.
//!
//! Faults of patient, circuit, devices, drivers and of what the daemon knows of itself run in the harness, on simulated time:
//! `table` has them. A row states every alarm that may come; one that it does not state fails the test as one that is missing
//! does. `docs/src/fault-matrix.md` is generated from the same runs (`document`).
#![cfg(test)] // helpers between the tests are test code too

mod bed;
mod document;
mod economy;
mod first_cause;
#[path = "../matrix/mod.rs"]
mod matrix;
mod table;
mod trial;
mod words;

use matrix::MODES;
use table::CHAPTERS;

/// Plays every row of a chapter in every mode, tells all that is wrong, and compares with the book.
fn hold(heading: &str) {
    let chapter = CHAPTERS.iter().find(|chapter| chapter.heading == heading).unwrap();
    let outcomes: Vec<_> =
        chapter.rows.iter().map(|row| [0, 1, 2].map(|column| trial::play(row, column))).collect();
    let problems: Vec<String> = chapter
        .rows
        .iter()
        .zip(&outcomes)
        .flat_map(|(row, outcomes)| {
            MODES.into_iter().zip(outcomes).flat_map(move |(mode, outcome)| {
                outcome
                    .problems
                    .iter()
                    .map(move |problem| format!("{} | {} | {problem}", row.name, mode.name()))
            })
        })
        .collect();
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
    document::hold(heading, &document::chapter(chapter, &outcomes));
}

macro_rules! chapters {
    ($($test:ident: $heading:literal,)*) => {
        $(#[test]
        fn $test() {
            hold($heading);
        })*

        #[test]
        fn every_chapter_of_the_table_has_its_test_and_there_are_at_least_sixty_faults() {
            let tested = [$($heading),*];
            assert!(CHAPTERS.iter().all(|chapter| tested.contains(&chapter.heading)));
            let faults: usize = CHAPTERS.iter().map(|chapter| chapter.rows.len()).sum();
            assert!(faults >= 60, "{faults}");
        }
    };
}

chapters! {
    faults_of_pump_and_drive: "Pump and drive",
    faults_of_the_flow_measurement: "Flow measurement",
    air_and_level: "Air and level",
    faults_of_pressures_and_circuit: "Pressures and circuit",
    faults_of_blood_and_gas: "Blood and gas",
    faults_of_clamps: "Clamps",
    faults_of_power: "Power",
    faults_of_drivers_and_hosts: "Drivers and hosts",
    faults_of_the_console_itself: "The console itself",
}
