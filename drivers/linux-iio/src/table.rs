// SPDX-License-Identifier: MIT OR Apache-2.0
//! The signals that the configuration describes.

use crate::config::{Channel, Config};
use ecmod_plugin::quantities::Span;
use ecmod_plugin::{SignalSpec, Table, TableBuilder};

/// One signal for each channel.
///
/// # Errors
/// What is wrong with names and ranges, one line each.
pub fn build(config: &Config) -> Result<Table, Vec<String>> {
    let (mut builder, mut problems) = (TableBuilder::new(), Vec::new());
    for channel in &config.channels {
        let spec = SignalSpec {
            label: channel.label.clone().unwrap_or_else(|| channel.name.clone()),
            max_slew: channel.max_slew,
            longest_age: longest_age(channel),
            ..SignalSpec::new(&channel.name, channel.quantity.0, (channel.minimum, channel.maximum))
        };
        problems.extend(builder.signal(&spec).err().map(|error| error.to_string()));
    }
    if problems.is_empty() { Ok(builder.build()) } else { Err(problems) }
}

fn longest_age(channel: &Channel) -> Span {
    let ms = channel.longest_age_ms.unwrap_or_else(|| channel.poll_ms.saturating_mul(3).max(600));
    Span::from_millis(u64::from(ms))
}
