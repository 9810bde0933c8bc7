// SPDX-License-Identifier: MIT OR Apache-2.0
//! The commands that look or ask once, and end.

mod alarm_log;
mod alarms;
mod case;
mod change;
mod circuit;
mod interventions;
mod limits;
mod lists;
mod procedures;
pub mod reading;
mod self_test;
mod status;

pub use alarms::{acknowledge, alarms, alarms_change, pause};
pub use case::case;
pub use change::{set, start, stop};
pub use circuit::{clamp, zero};
pub use interventions::{interventions, override_interventions};
pub use limits::limits;
pub use lists::{drivers, ports, signals};
pub use procedures::{procedure, procedures};
pub use self_test::self_test;
pub use status::status;
