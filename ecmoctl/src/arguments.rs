// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line.

mod alarms;
mod procedures;

pub use alarms::{
    AlarmsCommand, InterventionsCommand, LimitsCommand, OnOff, OverrideOptions, PauseOptions, SelfTestOptions,
};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
pub use procedures::{ProcedureCommand, ProcedureOptions};

/// What `--help` says at its end.
const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  the terminal or an output could not be used
  2  the command line is wrong
  3  the console could not be reached: no bus, no daemon, no answer
  4  the console refused, or did not understand the value; nothing was changed
  5  not authorised; nothing was changed
  6  a stop was not confirmed; the pump goes on
  7  the self-test that was asked for has failed";

/// Look at and operate an ecmod console.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES)]
pub struct Arguments {
    /// D-Bus address of the bus the console is on [default: the system bus, or DBUS_SYSTEM_BUS_ADDRESS]
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub address: Option<String>,
    /// Write JSON instead of text, errors too (to standard error)
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show state, mode, setpoints and readings
    Status,
    /// Follow the console in the terminal (with --json: one object per frame and line)
    Watch(WatchOptions),
    /// Change a setpoint or the mode
    #[command(subcommand)]
    Set(Change),
    /// Begin to support, in the mode that is set
    Start,
    /// Stop the pump, in two steps
    Stop(StopStep),
    /// Take what a pressure's transducers deliver now as their zero; they have to be open to air
    Zero {
        /// The signal, for example venous_pressure
        signal: String,
    },
    /// Open or close a clamp; closing one stops the blood flow at once
    Clamp {
        /// Which one
        clamp: Clamp,
        /// Where it shall be
        position: Position,
    },
    /// Show the alarms that are present, the one to deal with first at the beginning, and what to do
    Alarms {
        /// What to do; without it they are shown
        #[command(subcommand)]
        what: Option<AlarmsCommand>,
    },
    /// Acknowledge alarms: all that are present, or the named ones
    Ack {
        /// As in the list, for example PUMP_STOP or SENSOR_STALE/blood_flow
        #[arg(value_name = "ALARM")]
        alarms: Vec<String>,
    },
    /// Silence the alarms that are present for a time; a new one is heard
    Pause(PauseOptions),
    /// Show or change the limits of alarms and of pressures
    Limits {
        /// What to do; without it they are shown
        #[command(subcommand)]
        what: Option<LimitsCommand>,
    },
    /// Take interventions back and keep them from acting for a time
    Override(OverrideOptions),
    /// Show what the console may do to the pump by itself, and its recordings
    Interventions {
        /// What to do; without it they are shown
        #[command(subcommand)]
        what: Option<InterventionsCommand>,
    },
    /// Show the console's test of itself
    Selftest(SelfTestOptions),
    /// Write the case as a document, or take up that of another console
    #[command(subcommand)]
    Case(CaseCommand),
    /// List the guided procedures and checklists: what runs, what is suggested, what is due
    Procedures,
    /// Show the steps of a procedure, or go through it
    Procedure(ProcedureOptions),
    /// List the drivers and how they fare
    Drivers,
    /// List the ports and their host processes
    Ports,
    /// List the signals with their readings
    Signals,
}

/// What to do with the case.
#[derive(Debug, Subcommand)]
pub enum CaseCommand {
    /// Write mode, setpoints, limits and what else another console needs to go on
    Export {
        /// Where to; without it to standard output
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Take up the case of another console, before a case begins; nothing is started by it
    Import {
        /// What the other console wrote
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// How to follow.
#[derive(Debug, Args)]
pub struct WatchOptions {
    /// Draw the dashboard once, as text, and end
    #[arg(long)]
    pub once: bool,
    /// Width of the drawing with --once, in columns
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(20..=500), requires = "once")]
    pub width: u16,
    /// Height of the drawing with --once, in lines
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(5..=200), requires = "once")]
    pub height: u16,
}

/// What to change.
#[derive(Debug, Clone, Copy, PartialEq, Subcommand)]
pub enum Change {
    /// Set the pump speed that mode speed holds, in rpm
    #[command(allow_negative_numbers = true)]
    Speed {
        /// In rpm
        #[arg(value_name = "RPM")]
        value: f64,
    },
    /// Set the blood flow that mode flow holds, in L/min
    #[command(allow_negative_numbers = true)]
    Flow {
        /// In L/min
        #[arg(value_name = "L/MIN")]
        value: f64,
    },
    /// Set the sweep gas flow, in L/min
    #[command(allow_negative_numbers = true)]
    Sweep {
        /// In L/min
        #[arg(value_name = "L/MIN")]
        value: f64,
    },
    /// Choose what is regulated
    Mode {
        /// The mode
        mode: Mode,
    },
}

/// What is regulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Mode {
    /// The pump speed
    Speed,
    /// The blood flow
    Flow,
    /// A blood flow of zero, which is not a stopped pump
    #[value(alias = "zero-flow")]
    ZeroFlow,
}

impl Mode {
    /// The word on D-Bus.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Speed => "speed",
            Self::Flow => "flow",
            Self::ZeroFlow => "zero_flow",
        }
    }
}

/// A clamp of the circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Clamp {
    /// On the line to the patient
    Return,
    /// On the line from the patient
    Drainage,
}

impl Clamp {
    /// The word on D-Bus.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Return => "return",
            Self::Drainage => "drainage",
        }
    }
}

/// Where a clamp shall be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Position {
    /// Blood can pass
    Open,
    /// Nothing can pass
    Closed,
}

impl Position {
    /// The word on D-Bus.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// Which step of the stop. Without an option: on a terminal both with a question in between, else the first, which
/// prints the token.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct StopStep {
    /// Second step: confirm the stop that was requested with this token
    #[arg(long, value_name = "TOKEN")]
    pub confirm: Option<u32>,
    /// Both steps at once, without a question
    #[arg(long)]
    pub yes: bool,
    /// Withdraw a stop
    #[arg(long)]
    pub cancel: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{Arguments, EXIT_CODES};

    #[test]
    fn the_page_of_the_book_has_every_command_and_every_exit_code() {
        let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src/ecmoctl.md");
        let page = std::fs::read_to_string(page).unwrap();
        for command in Arguments::command().get_subcommands() {
            let name = command.get_name();
            assert!(page.contains(&format!("`ecmoctl {name}")), "{name} is missing");
            for below in command.get_subcommands() {
                let below = below.get_name();
                assert!(
                    page.contains(&format!("`{below}")) || page.contains(&format!(" {name} {below}")),
                    "{name} {below} is missing"
                );
            }
        }
        for line in EXIT_CODES.lines().skip(1) {
            let (code, meaning) = line.trim().split_once("  ").unwrap();
            assert!(page.contains(&format!("| {code} | {meaning} |")), "{line}");
        }
    }
}
