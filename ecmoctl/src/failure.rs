// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a command failed, how it is told, and with which exit code.

use std::{io, process::ExitCode};

use ecmod_client::Error;
use serde_json::json;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The console, or the way to it.
    #[error(transparent)]
    Console(#[from] Error),
    /// The terminal, standard input or output.
    #[error("the terminal or an output cannot be used: {0}")]
    Terminal(#[from] io::Error),
    /// The question was not answered with yes.
    #[error("the stop was not confirmed and is withdrawn: the pump goes on")]
    NotConfirmed,
    /// The self-test that was asked for has failed; its items are printed already.
    #[error("the self-test has failed")]
    SelfTest,
}

impl Failure {
    /// The exit code; `--help` lists them.
    const fn code(&self) -> u8 {
        match self {
            Self::Terminal(_) => 1,
            Self::Console(error) => match error {
                Error::Refused { .. } | Error::InvalidArgument(_) => 4,
                Error::NotAuthorised(_) => 5,
                _ => 3,
            },
            Self::NotConfirmed => 6,
            Self::SelfTest => 7,
        }
    }

    /// What to do about it.
    const fn help(&self) -> &'static str {
        match self {
            Self::Console(error) => error.help(),
            Self::Terminal(_) => "For use without a terminal see --once and --json.",
            Self::NotConfirmed => "To stop without a question: ecmoctl stop --yes.",
            Self::SelfTest => {
                "Do what stands below the items that failed, then test again. To start a case all the same: \
                 ecmoctl selftest --override REASON."
            }
        }
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::Console(error) => error.kind(),
            Self::Terminal(_) => "terminal",
            Self::NotConfirmed => "not_confirmed",
            Self::SelfTest => "self_test_failed",
        }
    }

    /// Tells it on standard error. A reader that has gone away (`ecmoctl signals | head -1`) is no failure.
    pub fn report(&self, json: bool) -> ExitCode {
        if matches!(self, Self::Terminal(error) if error.kind() == io::ErrorKind::BrokenPipe) {
            return ExitCode::SUCCESS;
        }
        if json {
            let code = match self {
                Self::Console(error) => error.refusal(),
                Self::Terminal(_) | Self::NotConfirmed | Self::SelfTest => None,
            };
            let error = json!({ "kind": self.kind(), "message": self.to_string(), "code": code, "help": self.help() });
            eprintln!("{:#}", json!({ "error": error }));
        } else {
            eprintln!("ecmoctl: {self}\n{}", self.help());
        }
        ExitCode::from(self.code())
    }
}
