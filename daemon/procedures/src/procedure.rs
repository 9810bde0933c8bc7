// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a procedure is: a title, steps, times, and where it comes from.

use std::borrow::Cow;

use ecmod_quantities::Span;

use crate::Check;

/// Words of a procedure: in the program, or from a configuration.
pub type Text = Cow<'static, str>;

/// One procedure.
#[derive(Debug, Clone, PartialEq)]
pub struct Procedure {
    /// Its name: lower-case letters, digits and `_`.
    pub id: Text,
    /// What it is called.
    pub title: Text,
    /// When it is for.
    pub purpose: Text,
    /// What kind of thing it is.
    pub category: Category,
    /// Whether the steps have to be done one after the other.
    pub order: Order,
    /// Within which time all of it should be done.
    pub target: Option<Span>,
    /// What to do.
    pub steps: Cow<'static, [Step]>,
    /// Where it comes from.
    pub source: Text,
    /// For how long it counts, if it is a check.
    pub validity: Validity,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its name within the procedure: lower-case letters, digits and `_`.
    pub id: Text,
    /// What to do; [`crate::PLACES`] are filled in.
    pub text: Text,
    /// How it is known to be done.
    pub kind: StepKind,
    /// Within which time since the beginning it should be done.
    pub target: Option<Span>,
}

/// How a step is known to be done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StepKind {
    /// A person says so.
    Confirm,
    /// The console sees it by itself; a person may say so as well.
    Measured(Check),
    /// So much time has passed since it was its turn.
    Timed(Span),
}

/// What kind of procedure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// To be done at once.
    Emergency,
    /// A planned exchange of a part.
    Exchange,
    /// A checklist.
    Checklist,
}

/// Whether the order counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// One step after the other.
    Strict,
    /// As they come.
    Free,
}

/// For how long a check counts. Without either it is never due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Validity {
    /// It belongs before each case, at most so long before.
    pub before_case: Option<Span>,
    /// During a case it belongs once in such a time.
    pub every: Option<Span>,
}

impl Procedure {
    /// The place of the step with this name.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<usize> {
        self.steps.iter().position(|step| step.id == id)
    }
}

impl StepKind {
    /// The word on D-Bus.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Measured(_) => "measured",
            Self::Timed(_) => "timed",
        }
    }
}

impl Category {
    /// The word in configuration files and on D-Bus.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::Exchange => "exchange",
            Self::Checklist => "checklist",
        }
    }
}

impl Order {
    /// The word in configuration files and on D-Bus.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Free => "free",
        }
    }
}

impl Validity {
    /// It is never due.
    pub const NONE: Self = Self { before_case: None, every: None };
}
