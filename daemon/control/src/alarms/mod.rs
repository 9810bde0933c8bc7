// SPDX-License-Identifier: MIT OR Apache-2.0
//! The alarms, after IEC 60601-1-8: which there are, when one is present, how urgent it is, and what an operator did about it.
//!
//! # Where to look
//! `catalogue` is the one table of everything that is to be known of a kind of alarm. `conditions` finds what is present in
//! a tick (`scene` is what it sees), `instance` is the life of one alarm with its diagram, `engine` keeps all lives and does
//! what operators ask, `ranking` puts them in the order in which they are read.
//!
//! # What it must never do
//! Change what the pump does; lose an alarm; keep silent about a new one or a more urgent one because of anything that was
//! acknowledged or paused before; need a power cycle to clear.

mod catalogue;
mod conditions;
mod definition;
mod engine;
mod instance;
mod kind;
mod memory;
mod priority;
mod ranking;
mod scene;
mod settings;
mod slots;
mod subject;
mod table;

pub use catalogue::CATALOGUE;
pub use definition::{Definition, Priorities, Source};
pub use kind::{AlarmKind, AlarmSet};
pub use memory::{ALARMS_KEPT, AlarmMemory, KeptAlarm};
pub use priority::Priority;
pub use settings::{AUDIO_PAUSE, AlarmSettings, DELAY_PERCENT, Topology};
pub use subject::{Alarm, Subject, SubjectKind};
pub use table::{ALARMS_SHOWN, AlarmCause, AlarmPhase, AlarmStatus, AlarmTable, AudioState};

pub(crate) use engine::Engine;
pub(crate) use scene::Scene;
