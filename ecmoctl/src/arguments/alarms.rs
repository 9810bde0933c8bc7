// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line of what concerns alarms, limits and interventions.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What to do with alarms; without it they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum AlarmsCommand {
    /// Show the alarm log, the newest records at the end
    Log {
        /// How many records
        #[arg(long, value_name = "NUMBER", default_value_t = 50)]
        last: usize,
        /// All records after the one with this number
        #[arg(long, value_name = "NUMBER", conflicts_with = "last")]
        after: Option<u64>,
    },
    /// Let latched alarms leave whose condition is gone: all, or the named ones
    Reset {
        /// As in the list, for example PUMP_STOP or SENSOR_STALE/blood_flow
        #[arg(value_name = "ALARM")]
        alarms: Vec<String>,
    },
    /// Switch a kind of alarm off; it takes the right to change limits
    Off {
        /// The kind, for example FLOW_HIGH
        id: String,
    },
    /// Switch a kind of alarm on again
    On {
        /// The kind, for example FLOW_HIGH
        id: String,
    },
    /// Say that a planned transport begins or ends: meanwhile the loss of mains has low priority
    Transport {
        /// Whether one goes on
        on: OnOff,
    },
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnOff {
    /// It begins
    On,
    /// It ends
    Off,
}

/// How to pause the sound.
#[derive(Debug, Args)]
pub struct PauseOptions {
    /// End a pause instead
    #[arg(long)]
    pub end: bool,
}

/// What to do with limits; without it they are shown.
#[derive(Debug, Clone, PartialEq, Subcommand)]
pub enum LimitsCommand {
    /// Change one limit
    #[command(allow_negative_numbers = true)]
    Set {
        /// Its name, as in the list
        limit: String,
        /// The new value, in the unit of the list
        value: f64,
    },
    /// Set every limit to the preset of a class of patients
    Preset {
        /// The class
        class: PatientClass,
    },
}

/// A class of patients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PatientClass {
    /// Adults
    Adult,
    /// Children
    Paediatric,
    /// Newborns
    Neonate,
}

impl PatientClass {
    /// The word on D-Bus.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Adult => "adult",
            Self::Paediatric => "paediatric",
            Self::Neonate => "neonate",
        }
    }
}

/// What to override.
#[derive(Debug, Args)]
pub struct OverrideOptions {
    /// Which ones, for example venous_pressure_low; without a name every one
    #[arg(value_name = "INTERVENTION")]
    pub interventions: Vec<String>,
    /// End the override: let them act again
    #[arg(long)]
    pub release: bool,
}

/// What to do with interventions; without it they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum InterventionsCommand {
    /// List the recordings that are kept, newest first
    Recordings {
        /// Of which one; without a name of every one
        intervention: Option<String>,
    },
    /// Copy a recording into a file
    Save {
        /// Which intervention
        intervention: String,
        /// Number of the recording
        number: u64,
        /// The file; it must not exist
        file: PathBuf,
    },
}

/// What to do with the self-test; without it the last one is shown.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct SelfTestOptions {
    /// Test anew, and wait for the result
    #[arg(long)]
    pub run: bool,
    /// Let a new case start in spite of what failed; the reason is recorded
    #[arg(long = "override", value_name = "REASON")]
    pub override_: Option<String>,
}
