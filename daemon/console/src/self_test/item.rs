// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a self test consists of, and when it keeps a case from starting. Pure.

use ecmod_quantities::Monotonic;

/// How one item came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ItemResult {
    /// It has not been tested yet.
    Waiting,
    /// It is in order.
    Passed,
    /// It is not.
    Failed,
    /// It could not be tested now, or there is nothing to test.
    Skipped,
}

impl ItemResult {
    /// The word on D-Bus and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// One thing that is tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What, in few words; unique.
    pub name: String,
    /// How it came out.
    pub result: ItemResult,
    /// What was found, for people.
    pub detail: String,
    /// What to do about it; empty unless it failed.
    pub remedy: String,
    /// Whether a failure keeps a new case from starting.
    pub blocks: bool,
    /// When it was tested; 0 if it was not.
    pub at: Monotonic,
}

impl Item {
    /// Not tested yet.
    #[must_use]
    pub fn waiting(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            result: ItemResult::Waiting,
            detail: String::new(),
            remedy: String::new(),
            blocks: false,
            at: Monotonic(0),
        }
    }

    /// In order.
    #[must_use]
    pub fn passed(name: impl Into<String>, detail: impl Into<String>, at: Monotonic) -> Self {
        Self { result: ItemResult::Passed, detail: detail.into(), at, ..Self::waiting(name) }
    }

    /// Not in order.
    #[must_use]
    pub fn failed(
        name: impl Into<String>,
        detail: impl Into<String>,
        remedy: impl Into<String>,
        at: Monotonic,
    ) -> Self {
        Self {
            result: ItemResult::Failed,
            detail: detail.into(),
            remedy: remedy.into(),
            at,
            ..Self::waiting(name)
        }
    }

    /// Not tested, and why.
    #[must_use]
    pub fn skipped(name: impl Into<String>, detail: impl Into<String>, at: Monotonic) -> Self {
        Self { result: ItemResult::Skipped, detail: detail.into(), at, ..Self::waiting(name) }
    }

    /// The same, that keeps a new case from starting if it fails.
    #[must_use]
    pub fn blocking(self, blocks: bool) -> Self {
        Self { blocks, ..self }
    }

    /// Whether this is why a new case may not start.
    #[must_use]
    pub fn is_in_the_way(&self) -> bool {
        self.blocks && self.result == ItemResult::Failed
    }
}

/// How far the test is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum State {
    /// None was made since the daemon started.
    #[default]
    Never,
    /// One is being made.
    Running,
    /// The items have their results.
    Finished,
}

impl State {
    /// The word on D-Bus.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Running => "running",
            Self::Finished => "finished",
        }
    }
}

/// A test and its result.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// How far it is.
    pub state: State,
    /// What is tested, in its order.
    pub items: Vec<Item>,
    /// Why the failures are overridden, if they are.
    pub overridden: Option<String>,
    /// When the last test was over; 0 before the first.
    pub finished: Monotonic,
}

impl Report {
    /// Whether a test is finished and no item failed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.state == State::Finished && self.items.iter().all(|item| item.result != ItemResult::Failed)
    }

    /// Whether a new case may not start because of it.
    #[must_use]
    pub fn blocks_start(&self) -> bool {
        self.overridden.is_none() && self.blocking().next().is_some()
    }

    /// The items that are in the way of a new case, overridden or not.
    pub fn blocking(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.is_in_the_way())
    }

    /// A new test begins. Items keep their result until they are tested, so that what failed goes on blocking; an override ends
    /// when the test is [finished](Self::finish).
    pub(super) fn begin(&mut self) {
        self.state = State::Running;
    }

    /// The test is over.
    pub(super) fn finish(&mut self, now: Monotonic) {
        self.state = State::Finished;
        self.finished = now;
        self.overridden = None;
    }

    /// Puts an item in its place. One that fails though it was not known to when somebody overrode the others ends the override.
    pub(super) fn put(&mut self, item: Item) {
        let place = self.items.iter_mut().find(|known| known.name == item.name);
        let was_in_the_way = place.as_ref().is_some_and(|known| known.is_in_the_way());
        if item.is_in_the_way() && !was_in_the_way {
            self.overridden = None;
        }
        match place {
            Some(known) => *known = item,
            None => self.items.push(item),
        }
    }

    /// Forgets the items with this prefix that are not among `names`: a driver that tests other things than before.
    pub(super) fn keep_only(&mut self, prefix: &str, names: &[String]) {
        self.items.retain(|item| !item.name.starts_with(prefix) || names.contains(&item.name));
    }
}
