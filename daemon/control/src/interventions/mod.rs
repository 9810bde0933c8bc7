// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the console does on its own, beyond what the mode asks for.
//!
//! Every intervention is an object with a trigger, signs that corroborate it, an action, a floor, a longest duration, an
//! automatic return, a reason why it is inhibited, an operator's override, and values for the record.

mod corroboration;
mod kind;
mod memory;
mod settings;
mod status;

pub use corroboration::{Corroboration, Sign};
pub use kind::{InterventionAction, InterventionKind};
pub use memory::{InterventionMemory, Kept};
pub use settings::{
    INTERVENTION_LONGEST, INTERVENTION_REARM, InterventionPlan, InterventionPolicy, InterventionSettings,
};
pub use status::{Inhibit, InterventionState, InterventionStatus, Trigger};
