// SPDX-License-Identifier: MIT OR Apache-2.0
//! The process that loads the library.

use std::fs::File;
use std::io::Write;
use std::process::ExitCode;

use ecmod_plugin::conformance::{self, Case};
use rustix::stdio::{dup2_stdout, stderr};

use super::Finding;
use crate::cli::Check;
use crate::loader;

/// Checks and reports on what was standard output; what the driver itself prints goes to standard error.
pub fn run(order: &Check) -> ExitCode {
    let Ok(report) = rustix::io::dup(rustix::stdio::stdout()) else { return ExitCode::FAILURE };
    let mut report = File::from(report);
    if dup2_stdout(stderr()).is_err() {
        return ExitCode::FAILURE;
    }
    let mut tell = |finding: &Finding| {
        // if nobody listens any more, nobody needs the rest
        let line = serde_json::to_string(finding).unwrap_or_default();
        let _ = writeln!(report, "{line}");
    };
    match loader::load(&order.library) {
        Err(error) => {
            let remedy = "see the message; then check again";
            tell(&Finding::failure("load", error.to_string(), remedy));
        }
        Ok(loaded) => {
            tell(&Finding::success("load", "a shared library for this machine with the symbol"));
            let case = Case::new(&order.config);
            let mut report = |finding: conformance::Finding| {
                tell(&Finding {
                    check: finding.check.to_owned(),
                    passed: finding.passed,
                    tested: finding.tested,
                    detail: finding.detail,
                    remedy: finding.remedy.to_owned(),
                });
            };
            // SAFETY: the pointer is what the library's entry point returned, and the library stays loaded.
            unsafe { conformance::run(loaded.pointer(), &case, &mut report) };
        }
    }
    ExitCode::SUCCESS
}
