// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a configuration's JSON Schema and its type speak of the same keys.

use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;

/// Compares the keys that a schema names at `place` (a JSON pointer: `/properties`) with those that `T` takes. `T` must refuse
/// unknown fields: its refusal is what tells them.
///
/// # Errors
/// What is named and not taken, what is taken and not named; or that there is nothing to compare.
pub fn schema_agrees<T: DeserializeOwned>(schema: &str, place: &str) -> Result<(), String> {
    let schema: Value = serde_json::from_str(schema).map_err(|error| error.to_string())?;
    let properties = schema.pointer(place).and_then(Value::as_object);
    let named: BTreeSet<&str> =
        properties.ok_or_else(|| format!("no object at {place}"))?.keys().map(String::as_str).collect();
    // "unknown field `?`, expected one of `a`, `b`"
    let refusal = serde_json::from_str::<T>(r#"{"?": 0}"#).err().map(|error| error.to_string());
    let refusal =
        refusal.filter(|text| text.contains("`?`")).ok_or("the type takes fields that it does not know")?;
    let taken: BTreeSet<&str> = refusal.split('`').skip(3).step_by(2).collect();
    if named == taken {
        return Ok(());
    }
    let (more, fewer): (Vec<_>, Vec<_>) =
        (named.difference(&taken).collect(), taken.difference(&named).collect());
    Err(format!("named and not taken: {more:?}; taken and not named: {fewer:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[allow(dead_code)] // only its keys matter
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Config {
        unit: u8,
        gain: Option<f64>,
    }

    #[allow(dead_code)] // only its keys matter
    #[derive(serde::Deserialize)]
    struct Tolerant {
        unit: Option<u8>,
    }

    #[test]
    fn a_key_too_many_or_too_few_is_told() {
        let agrees = |schema: &str| schema_agrees::<Config>(schema, "/properties");
        assert_eq!(agrees(r#"{"properties": {"unit": {}, "gain": {}}}"#), Ok(()));
        assert!(agrees(r#"{"properties": {"unit": {}}}"#).unwrap_err().contains(r#"not named: ["gain"]"#));
        let more = agrees(r#"{"properties": {"unit": {}, "gain": {}, "zero": {}}}"#).unwrap_err();
        assert!(more.contains(r#"not taken: ["zero"]"#), "{more}");
        assert!(agrees("{}").is_err() && agrees("nonsense").is_err());
    }

    #[test]
    fn a_type_that_takes_everything_cannot_be_compared() {
        assert!(schema_agrees::<Tolerant>(r#"{"properties": {"unit": {}}}"#, "/properties").is_err());
    }
}
