// SPDX-License-Identifier: MIT OR Apache-2.0
//! The configuration and its schema.

use super::*;
use ecmod_plugin::testing::schema_agrees;

#[test]
fn the_schema_names_the_keys_that_are_taken() {
    let schema = include_str!("schema.json");
    assert_eq!(schema_agrees::<Config>(schema, "/properties"), Ok(()));
    assert_eq!(schema_agrees::<Channel>(schema, "/properties/channels/items/properties"), Ok(()));
    let second = "/properties/second_converter/properties";
    assert_eq!(schema_agrees::<SecondConverter>(schema, second), Ok(()));
}

#[test]
fn what_cannot_be_right_is_refused_with_its_key() {
    let good = r#""channels": [{"name": "venous", "positive": 0, "negative": 1}]"#;
    let parse = |text: &str| serde_json::from_str::<Config>(text).unwrap().problem();
    assert_eq!(parse(&format!("{{{good}}}")), None);
    let wrong = [
        (r#"{"channels": []}"#.to_owned(), "channels"),
        (format!(r#"{{"gain": 3, {good}}}"#), "gain"),
        (format!(r#"{{"gain": 64, {good}}}"#), "gain"),
        (format!(r#"{{"data_rate": 1000, {good}}}"#), "data_rate"),
        (format!(r#"{{"reference_v": 12, {good}}}"#), "reference_v"),
        (format!(r#"{{"reference": "ain0_ain1", {good}}}"#), "belong to the reference"),
        (format!(r#"{{"open_wire_ohm": 1, {good}}}"#), "open_wire_ohm"),
        (format!(r#"{{"second_converter": {{"channel": "arterial"}}, {good}}}"#), "arterial"),
        (format!(r#"{{"data_rate": 400, "filter": "sinc4", {good}}}"#), "take up to"),
        (r#"{"channels": [{"name": "a", "positive": 1, "negative": 1}]}"#.to_owned(), "positive"),
        (r#"{"channels": [{"name": "a", "positive": 1, "negative": 11}]}"#.to_owned(), "positive"),
    ];
    for (text, part) in wrong {
        let problem = parse(&text).unwrap_or_default();
        assert!(problem.contains(part), "{text}: {problem}");
    }
}
