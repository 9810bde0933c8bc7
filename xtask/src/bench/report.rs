// SPDX-License-Identifier: MIT OR Apache-2.0
//! What was measured, as a table for people and as JSON for programs.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::machine;
use crate::run::target;

/// One measurement with its figures.
pub struct Measurement {
    name: &'static str,
    /// What is measured, in a sentence.
    what: &'static str,
    /// The lines that do it, to be run by hand.
    commands: Vec<String>,
    rounds: usize,
    figures: Vec<Figure>,
    problem: Option<String>,
}

/// One number.
struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
    target: Target,
}

/// What a number has to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// Told, not promised.
    None,
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
}

impl Measurement {
    /// Without figures yet.
    pub fn new(name: &'static str, what: &'static str, rounds: usize) -> Self {
        Self { name, what, commands: Vec::new(), rounds, figures: Vec::new(), problem: None }
    }

    /// One that could not be made.
    pub fn failed(name: &'static str, problem: String) -> Self {
        Self { problem: Some(problem), ..Self::new(name, "", 0) }
    }

    /// Adds a line that was run.
    pub fn command(&mut self, line: impl Into<String>) -> &mut Self {
        self.commands.push(line.into());
        self
    }

    /// Adds a number.
    pub fn figure(&mut self, name: impl Into<String>, value: f64, unit: &'static str, target: Target) {
        self.figures.push(Figure { name: name.into(), value, unit, target });
    }

    fn missed(&self) -> impl Iterator<Item = &Figure> {
        self.figures.iter().filter(|figure| figure.met() == Some(false))
    }

    fn json(&self) -> Value {
        let figures: Vec<Value> = self.figures.iter().map(Figure::json).collect();
        json!({
            "what": self.what, "commands": self.commands, "rounds": self.rounds, "figures": figures,
            "problem": self.problem, "machine": machine::facts(),
        })
    }
}

impl Figure {
    fn met(&self) -> Option<bool> {
        match self.target {
            Target::None => None,
            Target::AtMost(limit) => Some(self.value <= limit),
            Target::AtLeast(limit) => Some(self.value >= limit),
        }
    }

    fn json(&self) -> Value {
        let target = match self.target {
            Target::None => Value::Null,
            Target::AtMost(limit) => json!({ "at_most": limit }),
            Target::AtLeast(limit) => json!({ "at_least": limit }),
        };
        json!({ "name": self.name, "value": self.value, "unit": self.unit, "target": target, "met": self.met() })
    }
}

/// Puts a measurement into `results.json`; the others in it stay.
pub fn write(measurement: &Measurement) -> Result<(), String> {
    let path = folder()?.join("results.json");
    let present = std::fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok());
    let mut results: Map<String, Value> = present.unwrap_or_default();
    results.insert(measurement.name.to_owned(), measurement.json());
    let text = format!("{:#}\n", Value::Object(results));
    std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// `target/bench`, made.
pub fn folder() -> Result<PathBuf, String> {
    let folder = target().join("bench");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

/// All figures, one a line.
pub fn table(measured: &[Measurement]) -> String {
    let mut text = format!("\n{:<58} {:>12} {:<10} {:<12}\n", "measured", "value", "unit", "target");
    for measurement in measured {
        let _ = writeln!(text, "{} (rounds: {})", measurement.name, measurement.rounds);
        if let Some(problem) = &measurement.problem {
            let _ = writeln!(text, "  NOT MEASURED: {problem}");
        }
        for figure in &measurement.figures {
            let target = match figure.target {
                Target::None => String::new(),
                Target::AtMost(limit) => format!("<= {limit}"),
                Target::AtLeast(limit) => format!(">= {limit}"),
            };
            let verdict = match figure.met() {
                None => "",
                Some(true) => "met",
                Some(false) => "MISSED",
            };
            let Figure { name, value, unit, .. } = figure;
            let value = shown(*value);
            let _ = writeln!(text, "  {name:<56} {value:>12} {unit:<10} {target:<12} {verdict}");
        }
    }
    text
}

/// Three significant digits, more only before the point.
fn shown(value: f64) -> String {
    let digits = match value.abs() {
        large if large >= 100.0 => 0,
        medium if medium >= 10.0 => 1,
        small if small >= 1.0 => 2,
        _ => 3,
    };
    format!("{value:.digits$}")
}

/// Whether the command has failed: by what could not be measured, and if `strict` by missed targets.
pub fn verdict(measured: &[Measurement], strict: bool) -> Result<(), String> {
    let failed: Vec<&str> = measured.iter().filter(|one| one.problem.is_some()).map(|one| one.name).collect();
    let missed: Vec<String> = measured
        .iter()
        .flat_map(|one| one.missed().map(move |figure| format!("{}: {}", one.name, figure.name)))
        .collect();
    if !missed.is_empty() {
        eprintln!("missed targets: {}", missed.join("; "));
    }
    match (failed.is_empty(), missed.is_empty() || !strict) {
        (true, true) => Ok(()),
        (false, _) => Err(format!("could not be measured: {}", failed.join(" "))),
        (true, false) => Err(format!("{} targets missed", missed.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(value: f64) -> Vec<Measurement> {
        let mut measurement = Measurement::new("one", "", 1);
        measurement.figure("ratio", value, "", Target::AtMost(1.2));
        vec![measurement]
    }

    #[test]
    fn a_missed_target_fails_only_where_it_is_asked_for() {
        assert!(verdict(&one(1.1), true).is_ok());
        assert!(verdict(&one(1.3), false).is_ok());
        assert!(verdict(&one(1.3), true).is_err());
        assert!(table(&one(1.3)).contains("MISSED"));
    }

    #[test]
    fn what_could_not_be_measured_fails_always() {
        let failed = [Measurement::failed("one", "no such program".to_owned())];
        assert!(verdict(&failed, false).is_err());
        assert!(table(&failed).contains("no such program"));
    }
}
