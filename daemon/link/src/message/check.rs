// SPDX-License-Identifier: MIT OR Apache-2.0
//! The rules for what messages carry.

use super::Error;
use crate::image::Bounds;
use std::collections::BTreeSet;
use std::fmt::Display;

/// Most drivers of one host.
pub const MAX_DRIVERS: usize = 32;
/// Longest name in bytes.
pub const MAX_NAME: usize = 48;
/// Longest text for people (labels, descriptions, details, paths) in bytes.
pub const MAX_TEXT: usize = 512;
/// Most counters of one port or device, and most devices of one port.
pub const MAX_COUNTERS: usize = 64;

/// Whether `text` is a name: `[a-z][a-z0-9_]*`, at most [`MAX_NAME`] bytes. Names become D-Bus object paths.
#[must_use]
pub fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Where in a message a check stands, for the text of the error.
#[derive(Debug, Clone, Copy)]
pub(super) enum At<'a> {
    Top,
    Field(&'a At<'a>, &'a str),
    Item(&'a At<'a>, usize),
}

impl<'a> At<'a> {
    pub(super) fn field(&'a self, name: &'a str) -> Self {
        Self::Field(self, name)
    }

    pub(super) fn item(&'a self, index: usize) -> Self {
        Self::Item(self, index)
    }

    pub(super) fn error(&self, problem: impl Into<String>) -> Error {
        Error::Field { field: self.to_string(), problem: problem.into() }
    }

    pub(super) fn name(&self, text: &str) -> Result<(), Error> {
        if is_name(text) {
            Ok(())
        } else {
            Err(self.error(format!(
                "{} is not a name ([a-z][a-z0-9_]*, at most {MAX_NAME} characters)",
                shown(text)
            )))
        }
    }

    pub(super) fn text(&self, text: &str) -> Result<(), Error> {
        if text.len() > MAX_TEXT {
            Err(self.error(format!("{} bytes; at most {MAX_TEXT} are allowed", text.len())))
        } else if text.chars().any(char::is_control) {
            Err(self.error(format!("{} contains control characters", shown(text))))
        } else {
            Ok(())
        }
    }

    pub(super) fn count(&self, count: usize, most: usize) -> Result<(), Error> {
        if count > most {
            Err(self.error(format!("{count} entries; at most {most} are allowed")))
        } else {
            Ok(())
        }
    }

    pub(super) fn finite(&self, value: f64) -> Result<(), Error> {
        if value.is_finite() { Ok(()) } else { Err(self.error("not a finite number")) }
    }

    pub(super) fn range(&self, bounds: Bounds) -> Result<(), Error> {
        self.field("min").finite(bounds.min)?;
        self.field("max").finite(bounds.max)?;
        if bounds.min < bounds.max {
            Ok(())
        } else {
            Err(self.error(format!("min ({}) must be below max ({})", bounds.min, bounds.max)))
        }
    }

    pub(super) fn unique<'n>(&self, what: &str, names: impl Iterator<Item = &'n str>) -> Result<(), Error> {
        let mut seen = BTreeSet::new();
        for name in names {
            if !seen.insert(name) {
                return Err(self.error(format!("two {what} are called {}", shown(name))));
            }
        }
        Ok(())
    }
}

impl Display for At<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Top => Ok(()),
            Self::Field(At::Top, name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// Foreign text for an error: quoted, escaped, short.
fn shown(text: &str) -> String {
    let start: String = text.chars().take(MAX_NAME).collect();
    if start.len() < text.len() { format!("{start:?}...") } else { format!("{start:?}") }
}

/// Foreign text made fit for a message (a detail, a reason): control characters become spaces, what is too long is cut.
#[must_use]
pub fn fit(text: &str) -> String {
    let mut fit = String::new();
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if fit.len() + c.len_utf8() > MAX_TEXT {
            break;
        }
        fit.push(c);
    }
    fit
}
