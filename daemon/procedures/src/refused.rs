// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a procedure does not do what somebody wants of it.

/// Why nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is none to go on with.
    #[error("the procedure is not begun")]
    NotRunning,
    /// It was begun already.
    #[error("the procedure runs already")]
    RunsAlready,
    /// It has no such step.
    #[error("the procedure has no step {0}")]
    NoSuchStep(String),
    /// The step is behind us.
    #[error("the step {0} is done or left out already")]
    NotWaiting(String),
    /// Another one comes before it.
    #[error("the step {next} comes first: do it, or leave it out with a reason")]
    NotNext {
        /// Which one.
        next: String,
    },
    /// Time does it.
    #[error("the step {0} is over by itself when its time has passed")]
    Timed(String),
}

impl Refused {
    /// The stable code that ends the text of the error on D-Bus.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotRunning => "procedure_not_running",
            Self::RunsAlready => "procedure_runs",
            Self::NoSuchStep(_) => "no_such_step",
            Self::NotWaiting(_) => "step_not_waiting",
            Self::NotNext { .. } => "step_not_next",
            Self::Timed(_) => "step_is_timed",
        }
    }
}
