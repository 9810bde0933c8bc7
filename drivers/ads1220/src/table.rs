// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver's signals: the configured pressures first, then what is known of the chip.

use crate::config::{Config, Reference};
use ecmod_plugin::quantities::{Quantity, Span};
use ecmod_plugin::{SignalSpec, Table, TableBuilder, TableError};

/// A pressure is stale after this: ten rounds.
const PRESSURE_AGE: Span = Span::from_millis(100);
/// What is checked once a second, after this.
const CHECK_AGE: Span = Span::from_secs(5);

/// Where a signal is in the table. Pressures are at their channels' numbers.
#[derive(Debug, Clone, Copy)]
pub struct Indices {
    /// The chip's temperature.
    pub temperature: usize,
    /// The analogue supply.
    pub supply: usize,
    /// What is measured with the inputs short.
    pub zero: usize,
    /// Results that arrived damaged, late or not at all.
    pub lost_results: usize,
    /// How often the chip was set up anew.
    pub restarts: usize,
    /// The reference, if it is at pins where it can be measured.
    pub reference: Option<usize>,
}

/// The table of a configuration.
///
/// # Errors
/// A name or range that does not fit.
pub fn table(config: &Config) -> Result<(Table, Indices), TableError> {
    let mut table = TableBuilder::new();
    for channel in &config.channels {
        let range = (channel.minimum, channel.maximum);
        table.signal(&SignalSpec {
            label: channel.label.clone().unwrap_or_else(|| channel.name.clone()),
            longest_age: PRESSURE_AGE,
            ..SignalSpec::new(&channel.name, Quantity::Pressure, range)
        })?;
    }
    let mut add = |name: &str, quantity, range, label: &str| {
        table.signal(&SignalSpec {
            label: label.to_owned(),
            longest_age: CHECK_AGE,
            ..SignalSpec::new(name, quantity, range)
        })
    };
    let (celsius, volts, counts) = ((-60.0, 160.0), (0.0, 9.0), (0.0, 1e15));
    let temperature =
        add("chip_temperature", Quantity::Temperature, celsius, "Temperature of the converter")?;
    let supply = add("analog_supply", Quantity::Voltage, volts, "Analogue supply of the converter")?;
    let zero = add("internal_zero", Quantity::Pressure, (-1000.0, 1000.0), "Measured with the inputs short")?;
    let lost_results = add("lost_results", Quantity::Count, counts, "Results damaged, late or not sent")?;
    let restarts = add("restarts", Quantity::Count, counts, "How often the converter was set up anew")?;
    let reference = match config.reference {
        Reference::Refp0Refn0 => {
            Some(add("reference_voltage", Quantity::Voltage, volts, "Reference: what excites the bridges")?)
        }
        Reference::Supply | Reference::Ain0Ain3 | Reference::Internal => None,
    };
    Ok((table.build(), Indices { temperature, supply, zero, lost_results, restarts, reference }))
}
