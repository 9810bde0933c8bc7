// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line of guided procedures.

use clap::{Args, Subcommand};

/// A procedure, and what to do with it.
#[derive(Debug, Args)]
pub struct ProcedureOptions {
    /// Which one, for example change_console
    #[arg(value_name = "NAME")]
    pub name: String,
    /// What to do; without it its steps are shown
    #[command(subcommand)]
    pub what: Option<ProcedureCommand>,
}

/// What to do with a procedure.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum ProcedureCommand {
    /// Begin it: its clock runs
    Begin,
    /// Say that a step is done
    Confirm {
        /// The step; without it the next one
        step: Option<String>,
    },
    /// Leave a step out; the reason is recorded
    Skip {
        /// The step
        step: String,
        /// Why
        reason: String,
    },
    /// End it, whatever waits
    End,
}
