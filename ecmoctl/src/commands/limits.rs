// SPDX-License-Identifier: MIT OR Apache-2.0
//! `limits`: at which values alarms are raised and pressures are regulated.

use ecmod_client::{Client, Error, Limit, Limits1Properties};
use serde_json::{Value, json};

use super::reading;
use crate::{
    arguments::LimitsCommand,
    failure::Failure,
    output::{Output, table},
};

/// Shows all limits, changes one, or applies a preset.
pub async fn limits(client: &Client, what: Option<LimitsCommand>) -> Result<Output, Failure> {
    match what {
        None => {
            let limits = known(client).await?;
            Ok(Output { text: text(&limits), json: json(&limits) })
        }
        Some(LimitsCommand::Set { limit, value }) => set(client, &limit, value).await,
        Some(LimitsCommand::Preset { class }) => {
            client.limits().await?.apply_preset(class.name()).await.map_err(Error::from)?;
            let limits = known(client).await?;
            Ok(Output {
                text: format!("every limit is that of the preset {}\n\n{}", class.name(), text(&limits)),
                json: json!({ "done": true, "changed": "preset", "value": class.name(), "limits": json(&limits) }),
            })
        }
    }
}

async fn set(client: &Client, name: &str, value: f64) -> Result<Output, Failure> {
    let limits = known(client).await?;
    let Some(limit) = limits.limits.iter().find(|limit| limit.name == name) else {
        let names: Vec<&str> = limits.limits.iter().map(|limit| limit.name.as_str()).collect();
        let text = format!("there is no limit {name}; there are: {}", names.join(", "));
        return Err(Error::InvalidArgument(text).into());
    };
    client.limits().await?.set(name, value).await.map_err(Error::from)?;
    let unit = limit.unit.as_str();
    Ok(Output {
        text: format!("{name} is now {value} {unit}").trim_end().to_owned() + "\n",
        json: json!({ "done": true, "changed": "limit", "limit": name, "value": value, "unit": unit,
                      "before": limit.value.0 }),
    })
}

async fn known(client: &Client) -> Result<Limits1Properties, Error> {
    let missing = || Error::Missing("limits; it is of an earlier version".to_owned());
    client.snapshot().await?.limits.ok_or_else(missing)
}

fn shown(value: Option<f64>, limit: &Limit) -> String {
    value.map_or_else(|| "off".to_owned(), |value| reading::limit(value, limit.step))
}

fn text(limits: &Limits1Properties) -> String {
    let rows: Vec<Vec<String>> = limits
        .limits
        .iter()
        .map(|limit| {
            let changed = if limit.value == limit.preset { "" } else { "changed" };
            vec![
                limit.name.clone(),
                shown(limit.value.0, limit),
                limit.unit.clone(),
                shown(limit.preset.0, limit),
                changed.to_owned(),
                format!(
                    "{} to {}",
                    reading::limit(limit.minimum, limit.step),
                    reading::limit(limit.maximum, limit.step)
                ),
                limit.text.clone(),
            ]
        })
        .collect();
    let headings = ["LIMIT", ">VALUE", "UNIT", ">PRESET", "", "RANGE", "MEANING"];
    format!("patient class {}\n\n{}", limits.patient_class, table(&headings, &rows))
}

fn json(limits: &Limits1Properties) -> Value {
    let rows = limits.limits.iter().map(|limit| {
        json!({ "name": limit.name, "value": limit.value.0, "preset": limit.preset.0, "unit": limit.unit,
                "minimum": limit.minimum, "maximum": limit.maximum, "step": limit.step, "text": limit.text })
    });
    json!({ "patient_class": limits.patient_class, "limits": rows.collect::<Value>() })
}
