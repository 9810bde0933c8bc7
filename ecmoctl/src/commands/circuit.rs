// SPDX-License-Identifier: MIT OR Apache-2.0
//! `zero`, `clamp`: what an operator does at the circuit.

use ecmod_client::{Client, Error};
use serde_json::json;

use crate::{
    arguments::{Clamp, Position},
    failure::Failure,
    output::Output,
};

/// Zeroes a pressure.
pub async fn zero(client: &Client, signal: &str) -> Result<Output, Failure> {
    let signals = client.snapshot().await?.signals;
    if !signals.contains_key(signal) {
        let pressures = signals.values().filter(|signal| signal.quantity == "pressure");
        let names: Vec<&str> = pressures.map(|signal| signal.name.as_str()).collect();
        let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        return Err(
            Error::InvalidArgument(format!("there is no signal {signal}; the pressures: {names}")).into()
        );
    }
    let (offset, noise) = client.zero(signal).await?;
    Ok(Output {
        text: format!("{signal} is zeroed: offset {offset:.2} mmHg, noise {noise:.2} mmHg\n"),
        json: json!({ "done": true, "changed": "zero", "signal": signal,
                      "offset_mmhg": offset, "noise_mmhg": noise }),
    })
}

/// Moves a clamp.
pub async fn clamp(client: &Client, clamp: Clamp, position: Position) -> Result<Output, Failure> {
    let console = client.console().await?;
    let (clamp, position) = (clamp.name(), position.name());
    console.set_clamp(clamp, position).await.map_err(Error::from)?;
    Ok(Output {
        text: format!("the {clamp} clamp is told to be {position}\n"),
        json: json!({ "done": true, "changed": "clamp", "clamp": clamp, "value": position }),
    })
}
