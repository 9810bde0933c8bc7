// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where to and from which level on: the words of the `[log]` section.

use std::str::FromStr;

/// Where the log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Target {
    /// journald if there is one, else standard error; standard error too if that is a terminal, where somebody watches.
    #[default]
    Auto,
    /// journald, or an error at the start if there is none.
    Journald,
    /// Standard error.
    Stderr,
}

/// The least important events that are still logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Level {
    /// Something does not work and needs somebody.
    Error,
    /// Something is wrong and is being dealt with.
    Warn,
    /// Changes of state that a service engineer wants to see.
    #[default]
    Info,
    /// What a developer wants to see.
    Debug,
    /// Everything.
    Trace,
}

/// Not one of the words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is none of {allowed}")]
pub struct UnknownWord {
    found: String,
    allowed: &'static str,
}

impl Target {
    /// The word in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Journald => "journald",
            Self::Stderr => "stderr",
        }
    }
}

impl FromStr for Target {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        [Self::Auto, Self::Journald, Self::Stderr]
            .into_iter()
            .find(|target| target.name() == text)
            .ok_or_else(|| UnknownWord { found: text.to_owned(), allowed: "auto, journald, stderr" })
    }
}

impl Level {
    /// The word in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }

    pub(crate) const fn filter(self) -> tracing::Level {
        match self {
            Self::Error => tracing::Level::ERROR,
            Self::Warn => tracing::Level::WARN,
            Self::Info => tracing::Level::INFO,
            Self::Debug => tracing::Level::DEBUG,
            Self::Trace => tracing::Level::TRACE,
        }
    }
}

impl FromStr for Level {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace]
            .into_iter()
            .find(|level| level.name() == text)
            .ok_or_else(|| UnknownWord { found: text.to_owned(), allowed: "error, warn, info, debug, trace" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_there_and_back_and_others_are_refused_with_the_list() {
        assert_eq!("journald".parse(), Ok(Target::Journald));
        assert_eq!("trace".parse(), Ok(Level::Trace));
        let refused = "verbose".parse::<Level>().unwrap_err();
        assert_eq!(refused.to_string(), "\"verbose\" is none of error, warn, info, debug, trace");
    }
}
