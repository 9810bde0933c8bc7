// SPDX-License-Identifier: MIT OR Apache-2.0
//! The alarms, after IEC 60601-1-8: which there are, when one is present, how urgent it is, and what an operator did about it.

mod catalogue;
mod definition;
mod kind;
mod memory;
mod priority;
mod settings;
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
