// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is wrong with a configuration: everything at once, each with the entry it is about.

use crate::config::{Command, Config, Signal, Table, Type, WriteOn};
use crate::number;
use crate::plan::Limits;
use ecmod_plugin::quantities::Span;
use ecmod_plugin::{CommandSpec, SignalSpec, Table as Entries, TableBuilder};

/// Shortest interval of a poll or a repeated write: below it a line would carry nothing else.
const SHORTEST_MS: u32 = 10;

/// Builds the table of signals and commands.
///
/// # Errors
/// Every problem, one line each.
pub fn table(config: &Config) -> Result<Entries, Vec<String>> {
    let mut problems = general(config);
    let mut builder = TableBuilder::new();
    let limits = Limits::from(config);
    for signal in &config.signals {
        problems.extend(of_signal(signal, &limits).into_iter().map(|problem| about(&signal.name, &problem)));
        let spec = SignalSpec {
            label: signal.label.clone().unwrap_or_else(|| signal.name.clone()),
            max_slew: signal.max_slew,
            longest_age: longest_age(signal),
            ..SignalSpec::new(&signal.name, signal.quantity.0, (signal.minimum, signal.maximum))
        };
        problems.extend(builder.signal(&spec).err().map(|error| about(&signal.name, &error.to_string())));
    }
    for command in &config.commands {
        problems.extend(of_command(command).into_iter().map(|problem| about(&command.name, &problem)));
        let spec = CommandSpec {
            label: command.label.clone().unwrap_or_else(|| command.name.clone()),
            pump: command.pump,
            ..CommandSpec::new(&command.name, command.quantity.0, (command.minimum, command.maximum))
        };
        problems.extend(builder.command(&spec).err().map(|error| about(&command.name, &error.to_string())));
    }
    if problems.is_empty() { Ok(builder.build()) } else { Err(problems) }
}

fn about(name: &str, problem: &str) -> String {
    format!("{name}: {problem}")
}

/// When a sample of this signal is stale: as configured, else after three polls, at least 300 ms.
fn longest_age(signal: &Signal) -> Span {
    let ms = signal.longest_age_ms.unwrap_or_else(|| signal.poll_ms.saturating_mul(3).max(300));
    Span::from_millis(u64::from(ms))
}

fn general(config: &Config) -> Vec<String> {
    let mut problems = Vec::new();
    let mut unless = |fine: bool, problem: &str| {
        if !fine {
            problems.push(problem.to_owned());
        }
    };
    unless(
        !config.signals.is_empty() || !config.commands.is_empty(),
        "there is neither a signal nor a command",
    );
    unless((4..=125).contains(&config.registers_per_read), "`registers_per_read` must be 4 to 125");
    unless((1..=2000).contains(&config.bits_per_read), "`bits_per_read` must be 1 to 2000");
    unless(
        config.excluded.iter().all(|range| range.first <= range.last),
        "in `excluded`, `first` must not be above `last`",
    );
    problems
}

fn of_signal(signal: &Signal, limits: &Limits) -> Vec<String> {
    let mut problems = of_place(signal.table, signal.address, signal.kind);
    let mut unless = |fine: bool, problem: &str| {
        if !fine {
            problems.push(problem.to_owned());
        }
    };
    let end = u32::from(signal.address).saturating_add(u32::from(signal.kind.items()));
    unless(
        limits.allows(signal.table, u32::from(signal.address), end),
        "its registers are excluded from reading",
    );
    let bit_of_register = signal.kind == Type::Bit && !signal.table.is_bits();
    unless(
        signal.bit.is_some() == bit_of_register,
        "`bit` is needed for type `bit` in a register, and only there",
    );
    unless(signal.bit.is_none_or(|bit| bit <= 15), "`bit` must be 0 to 15");
    if let Some(problem) = of_mask(signal.mask, signal.kind) {
        unless(false, problem);
    }
    unless(scales(signal.scale, signal.offset), "`scale` must be finite and not 0, `offset` finite");
    unless(signal.poll_ms >= SHORTEST_MS, "`poll_ms` must be at least 10");
    problems
}

fn of_command(command: &Command) -> Vec<String> {
    let mut problems = of_place(command.table, command.address, command.kind);
    let mut unless = |fine: bool, problem: &str| {
        if !fine {
            problems.push(problem.to_owned());
        }
    };
    unless(matches!(command.table, Table::Holding | Table::Coil), "only `holding` and `coil` can be written");
    unless(
        (command.kind == Type::Bit) == command.table.is_bits(),
        "type `bit` is written to coils, and only there; for a bit of a register give a `mask`",
    );
    if let Some(problem) = of_mask(command.mask, command.kind) {
        unless(false, problem);
    }
    unless(
        command.mask.is_none() || command.read_back_ms > 0,
        "`mask` needs `read_back_ms`: the other bits must be read before they can be kept",
    );
    unless(scales(command.scale, command.offset), "`scale` must be finite and not 0, `offset` finite");
    let fits = |demand: f64| {
        let number = (demand - command.offset) / command.scale;
        number::encode(number, command.kind).is_ok_and(|raw| match command.mask {
            Some(mask) => number >= 0.0 && raw <= number::masked(u64::MAX, mask),
            None => true,
        })
    };
    unless(
        fits(command.minimum) && fits(command.maximum),
        "`minimum` or `maximum`, scaled, does not fit into the register",
    );
    if let WriteOn::EveryMs(interval) = command.write_on {
        unless(interval >= SHORTEST_MS, "`write_on.every_ms` must be at least 10");
    }
    problems
}

fn of_mask(mask: Option<u64>, kind: Type) -> Option<&'static str> {
    let mask = mask?;
    let shifted = number::masked(mask, mask);
    if !kind.is_integer() {
        Some("`mask` needs an integer type")
    } else if mask == 0 || mask & !kind.all_bits() != 0 {
        Some("`mask` must have at least one bit, and none beyond the type's")
    } else if shifted & shifted.wrapping_add(1) != 0 {
        Some("the bits of `mask` must lie side by side")
    } else {
        None
    }
}

fn of_place(table: Table, address: u16, kind: Type) -> Vec<String> {
    let mut problems = Vec::new();
    if u32::from(address).saturating_add(u32::from(kind.items())) > 0x1_0000 {
        problems.push("its registers run beyond address 65535".to_owned());
    }
    if table.is_bits() && kind != Type::Bit {
        problems.push("in a bit table the type is `bit`".to_owned());
    }
    problems
}

fn scales(scale: f64, offset: f64) -> bool {
    scale.is_normal() && offset.is_finite()
}
