// SPDX-License-Identifier: MIT OR Apache-2.0
//! The driver's signals: the configured pressures first, then what the chip says of itself.

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
    pub analog_supply: usize,
    /// The digital supply.
    pub digital_supply: usize,
    /// The reference.
    pub reference: usize,
    /// What is measured with the inputs short.
    pub zero: usize,
    /// Results that arrived damaged, late, or without their edge.
    pub lost_results: usize,
    /// How often the chip was set up anew.
    pub restarts: usize,
    /// The pressure that the second converter measures, if it does.
    pub second: Option<usize>,
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
    let volts = (0.0, 6.0);
    let reference = match config.reference {
        Reference::Internal => "Internal reference, against the supply",
        Reference::Supply | Reference::Ain0Ain1 | Reference::Ain2Ain3 | Reference::Ain4Ain5 => {
            "Reference: what excites the bridges"
        }
    };
    let mut indices = Indices {
        temperature: add(
            "chip_temperature",
            Quantity::Temperature,
            (-60.0, 160.0),
            "Temperature of the converter",
        )?,
        analog_supply: add("analog_supply", Quantity::Voltage, volts, "Analogue supply of the converter")?,
        digital_supply: add("digital_supply", Quantity::Voltage, volts, "Digital supply of the converter")?,
        reference: add("reference_voltage", Quantity::Voltage, volts, reference)?,
        zero: add("internal_zero", Quantity::Pressure, (-1000.0, 1000.0), "Measured with the inputs short")?,
        lost_results: add(
            "lost_results",
            Quantity::Count,
            (0.0, 1e15),
            "Results damaged, late or without their edge",
        )?,
        restarts: add("restarts", Quantity::Count, (0.0, 1e15), "How often the converter was set up anew")?,
        second: None,
    };
    if let Some(second) = &config.second_converter
        && let Some(channel) = config.channels.iter().find(|channel| channel.name == second.channel)
    {
        let name = format!("{}_second", channel.name);
        indices.second = Some(table.signal(&SignalSpec {
            label: format!("{}, second converter", channel.label.as_ref().unwrap_or(&channel.name)),
            ..SignalSpec::new(&name, Quantity::Pressure, (channel.minimum, channel.maximum))
        })?);
    }
    Ok((table.build(), indices))
}
