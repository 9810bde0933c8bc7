// SPDX-License-Identifier: MIT OR Apache-2.0
//! Starts the inner process, bounds its time, and prints what was found.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use super::Finding;
use crate::cli::{Check, INSIDE};

/// Longest time between two findings. The longest call that a driver is allowed is a self test's ten seconds.
const PATIENCE: Duration = Duration::from_secs(15);

/// Checks a library and prints the findings. 0 if all rules are kept, else 1.
#[must_use]
pub fn run(order: &Check) -> ExitCode {
    let findings = match findings(order) {
        Ok(findings) => findings,
        Err(error) => {
            eprintln!("ecmod-host: the check cannot be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    let failed = findings.iter().filter(|finding| !finding.passed).count();
    if order.json {
        println!("{}", serde_json::to_string_pretty(&findings).unwrap_or_default());
    } else {
        print!("{}", table(&findings));
        let (library, count) = (order.library.display(), findings.len());
        match failed {
            0 => println!("\n{library} keeps the rules ({count} checks)."),
            _ => println!("\n{library} breaks {failed} of {count} rules."),
        }
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// All findings, the end of the inner process among them.
fn findings(order: &Check) -> std::io::Result<Vec<Finding>> {
    let mut child = Command::new("/proc/self/exe")
        .arg(INSIDE)
        .arg("--config")
        .arg(&order.config)
        .arg("--")
        .arg(&order.library)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let output = child.stdout.take().ok_or_else(|| std::io::Error::other("no pipe"))?;
    let (sender, receiver) = channel();
    let reader = std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Ok(finding) = serde_json::from_str::<Finding>(&line)
                && sender.send(finding).is_err()
            {
                return;
            }
        }
    });
    let mut findings = Vec::new();
    let hung = loop {
        match receiver.recv_timeout(PATIENCE) {
            Ok(finding) => findings.push(finding),
            Err(RecvTimeoutError::Disconnected) => break false,
            Err(RecvTimeoutError::Timeout) => break true,
        }
    };
    if hung {
        child.kill()?;
    }
    let status = child.wait()?;
    // a process that the driver has started could keep the pipe open: only a finished reader is waited for
    if reader.is_finished() {
        let _ = reader.join();
    }
    findings.push(ending(status, hung, findings.last()));
    Ok(findings)
}

fn ending(status: ExitStatus, hung: bool, last: Option<&Finding>) -> Finding {
    let behind =
        last.map_or_else(|| "at once".to_owned(), |last| format!("behind the check `{}`", last.check));
    if hung {
        let detail = format!("the driver hangs {behind}: no news for {} s", PATIENCE.as_secs());
        return Finding::failure("survives", detail, "bound every wait and every loop");
    }
    if let Some(signal) = status.signal() {
        let detail = format!("the driver ended its process with signal {signal} {behind}");
        return Finding::failure("survives", detail, "run it under a debugger or a sanitizer");
    }
    match status.code() {
        Some(0) => Finding::success("survives", "the process that ran the driver ended in order"),
        code => {
            let detail = format!("the driver ended its process with status {} {behind}", code.unwrap_or(-1));
            Finding::failure("survives", detail, "a driver never calls exit")
        }
    }
}

fn table(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.check.len()).max().unwrap_or(0);
    let mut text = String::new();
    for finding in findings {
        let word = match (finding.passed, finding.tested) {
            (_, false) => "not tested",
            (true, true) => "passed",
            (false, true) => "FAILED",
        };
        text.push_str(&format!("{:<width$}  {word:<10}  {}\n", finding.check, finding.detail));
        if !finding.remedy.is_empty() {
            text.push_str(&format!("{:<width$}  {:<10}  to do: {}\n", "", "", finding.remedy));
        }
    }
    text
}
