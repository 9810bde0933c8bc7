// SPDX-License-Identifier: MIT OR Apache-2.0
//! The operator of a scenario: does with `ecmoctl` what a person would do, at the scenario's times.

use crate::live::Ready;
use crate::scenario::{Action, Scenario};
use crate::words::u64_of;
use ecmod_quantities::{Monotonic, Span};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// How often a command is tried again while the console is not ready for it.
const AGAIN: Duration = Duration::from_millis(100);
/// How long one command is tried.
const LIMIT: Duration = Duration::from_secs(30);

/// The operator.
#[derive(Debug, Clone)]
pub(super) struct Operator {
    pub ecmoctl: PathBuf,
    pub address: String,
    pub talkative: bool,
}

/// The `ecmoctl` command lines of an action, in order.
pub(super) fn commands(action: &Action) -> Vec<Vec<String>> {
    let set = |what: &str, value: String| vec!["set".to_owned(), what.to_owned(), value];
    let mut commands = Vec::new();
    // The mode first: a setpoint is accepted in its own mode only.
    commands.extend(action.mode.map(|mode| set("mode", mode.name().to_owned())));
    commands.extend(action.speed.map(|speed| set("speed", speed.to_string())));
    commands.extend(action.flow.map(|flow| set("flow", flow.to_string())));
    commands.extend(action.sweep_gas.map(|flow| set("sweep", flow.to_string())));
    commands.extend(action.start.then(|| vec!["start".to_owned()]));
    commands.extend(action.stop.then(|| vec!["stop".to_owned(), "--yes".to_owned()]));
    commands
}

impl Operator {
    /// Does everything in the scenario, each at its time after the simulation's beginning.
    pub(super) async fn play(self, scenario: Scenario, devices: Ready) {
        let mut actions: Vec<(f64, Action)> =
            scenario.events.iter().filter_map(|event| Some((event.at_s, event.action?))).collect();
        actions.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (at_s, action) in actions {
            let due = Monotonic(devices.started_ns).plus(Span(u64_of(at_s * 1e9)));
            tokio::time::sleep(Duration::from_nanos(due.since(crate::live::monotonic()).0)).await;
            for command in commands(&action) {
                self.until_done(&command).await;
            }
        }
    }

    async fn until_done(&self, arguments: &[String]) {
        let trying = async {
            let mut told = String::new();
            loop {
                match self.once(arguments).await {
                    Ok(()) => return,
                    Err(reason) => told = self.tell_once(arguments, reason, told),
                }
                tokio::time::sleep(AGAIN).await;
            }
        };
        if tokio::time::timeout(LIMIT, trying).await.is_err() && self.talkative {
            eprintln!("ecmoctl {}: given up", arguments.join(" "));
        }
    }

    async fn once(&self, arguments: &[String]) -> Result<(), String> {
        let mut command = Command::new(&self.ecmoctl);
        command.arg("--address").arg(&self.address).args(arguments);
        command.stdin(Stdio::null()).kill_on_drop(true);
        match command.output().await {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(error) => Err(format!("{}: {error}", self.ecmoctl.display())),
        }
    }

    /// Tells a reason when it is a new one; waiting for the console to come up is no news.
    fn tell_once(&self, arguments: &[String], reason: String, told: String) -> String {
        if self.talkative && reason != told && !told.is_empty() {
            eprintln!("ecmoctl {}: {reason}", arguments.join(" "));
        }
        reason
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::OperatorMode;

    #[test]
    fn an_action_becomes_command_lines_with_the_mode_before_its_setpoint_and_the_start_last() {
        let action = Action {
            start: true,
            mode: Some(OperatorMode::Flow),
            flow: Some(4.0),
            sweep_gas: Some(2.5),
            ..Action::default()
        };
        let lines: Vec<String> = commands(&action).iter().map(|words| words.join(" ")).collect();
        assert_eq!(lines, ["set mode flow", "set flow 4", "set sweep 2.5", "start"]);
        let stop = Action { stop: true, ..Action::default() };
        assert_eq!(commands(&stop), [["stop", "--yes"]]);
    }
}
