// SPDX-License-Identifier: MIT OR Apache-2.0
//! The faults, by what they concern.

mod air;
mod blood_and_gas;
mod clamps;
mod console;
mod drivers;
mod flow;
mod power;
mod pressures;
mod pump;

use super::words::Row;

/// A heading, and the faults below it.
pub struct Chapter {
    pub heading: &'static str,
    pub rows: &'static [Row],
}

/// All of them.
pub const CHAPTERS: [Chapter; 9] = [
    Chapter { heading: "Pump and drive", rows: pump::ROWS },
    Chapter { heading: "Flow measurement", rows: flow::ROWS },
    Chapter { heading: "Air and level", rows: air::ROWS },
    Chapter { heading: "Pressures and circuit", rows: pressures::ROWS },
    Chapter { heading: "Blood and gas", rows: blood_and_gas::ROWS },
    Chapter { heading: "Clamps", rows: clamps::ROWS },
    Chapter { heading: "Power", rows: power::ROWS },
    Chapter { heading: "Drivers and hosts", rows: drivers::ROWS },
    Chapter { heading: "The console itself", rows: console::ROWS },
];
