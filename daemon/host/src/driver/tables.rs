// SPDX-License-Identifier: MIT OR Apache-2.0
//! A driver's signals and commands as the daemon is told of them, checked once.

use ecmod_link::image::Bounds;
use ecmod_link::message::{CommandHello, SignalHello, fit, is_name};
use ecmod_plugin::loaded;

/// Signals and commands of one instance.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tables {
    /// In the driver's order.
    pub signals: Vec<SignalHello>,
    /// In the driver's order.
    pub commands: Vec<CommandHello>,
}

impl Tables {
    /// Checks a driver's table.
    ///
    /// # Errors
    /// The first defect, in words for the driver's author.
    pub fn new(table: &loaded::Table) -> Result<Self, String> {
        if let Some(defect) = table.defect {
            return Err(format!("its table cannot be read: {defect}"));
        }
        let signals = table.signals.iter().map(signal).collect::<Result<Vec<_>, _>>()?;
        let commands = table.commands.iter().map(command).collect::<Result<Vec<_>, _>>()?;
        let mut names: Vec<&str> = signals.iter().map(|signal| signal.name.as_str()).collect();
        names.extend(commands.iter().map(|command| command.name.as_str()));
        names.sort_unstable();
        if let Some([name, ..]) = names.windows(2).find(|pair| pair.first() == pair.last()) {
            return Err(format!("two of its signals or commands are called {name}"));
        }
        Ok(Self { signals, commands })
    }
}

fn signal(signal: &loaded::Signal) -> Result<SignalHello, String> {
    let name = checked_name(signal.name.as_str())?;
    let quantity = signal.quantity.map_err(|code| format!("{name} has the unknown quantity {code}"))?;
    check_range(&name, Bounds { min: signal.min, max: signal.max })?;
    if !(signal.max_slew.is_finite() && signal.max_slew >= 0.0) {
        return Err(format!("{name} has a max_slew that is no number above 0"));
    }
    if signal.longest_age.0 == 0 {
        return Err(format!("{name} has no longest age"));
    }
    Ok(SignalHello {
        label: fit(signal.label.as_str()),
        quantity,
        min: signal.min,
        max: signal.max,
        max_slew: signal.max_slew,
        longest_age_ns: signal.longest_age.0,
        name,
    })
}

fn command(command: &loaded::Command) -> Result<CommandHello, String> {
    let name = checked_name(command.name.as_str())?;
    let quantity = command.quantity.map_err(|code| format!("{name} has the unknown quantity {code}"))?;
    check_range(&name, Bounds { min: command.min, max: command.max })?;
    Ok(CommandHello {
        label: fit(command.label.as_str()),
        quantity,
        min: command.min,
        max: command.max,
        pump: command.is_pump(),
        name,
    })
}

fn checked_name(name: &str) -> Result<String, String> {
    if is_name(name) {
        Ok(name.to_owned())
    } else {
        Err(format!("{name:?} is not a name of a signal or command"))
    }
}

fn check_range(name: &str, bounds: Bounds) -> Result<(), String> {
    let ordered = bounds.min.is_finite() && bounds.max.is_finite() && bounds.min < bounds.max;
    if ordered { Ok(()) } else { Err(format!("{name} has the range {} to {}", bounds.min, bounds.max)) }
}
