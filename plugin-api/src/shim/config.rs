// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reads the driver's configuration from the host, strictly, and logs where it is wrong.

use crate::host::Calls;
use crate::{Error, Level};
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

/// Where the first attempt starts; nearly every configuration fits.
const FIRST: usize = 1024;
/// No configuration of a driver is larger.
const LARGEST: usize = 1 << 20;

/// The whole configuration. A host without any gives an empty one.
pub(super) fn read<C: DeserializeOwned>(calls: &Calls) -> Result<C, Error> {
    let text = fetch(calls)?;
    parse(&text).map_err(|message| {
        calls.log(Level::Error, &format!("configuration: {message}"));
        Error::Config
    })
}

fn fetch(calls: &Calls) -> Result<Vec<u8>, Error> {
    let mut text = vec![0; FIRST];
    // Twice: it cannot grow between the two, so a host that says otherwise is wrong.
    for _ in 0..2 {
        match calls.config_get(c"", &mut text) {
            Ok(length) if length <= text.len() => {
                text.truncate(length);
                return Ok(text);
            }
            Ok(length) if length <= LARGEST => text.resize(length, 0),
            Ok(_) => return Err(Error::TooLong),
            Err(Error::NotFound | Error::Unsupported) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        }
    }
    Err(Error::Corrupt)
}

/// Parses JSON, or says what is wrong and where.
fn parse<C: DeserializeOwned>(text: &[u8]) -> Result<C, String> {
    let text = if text.is_empty() { b"{}" } else { text };
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let config = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| format!("{}: {}", pointer(error.path()), error.inner()))?;
    deserializer.end().map_err(|error| error.to_string())?;
    Ok(config)
}

/// The path as a JSON Pointer (RFC 6901); the whole document is `(root)`.
fn pointer(path: &Path) -> String {
    let mut text = String::new();
    for segment in path {
        text.push('/');
        match segment {
            Segment::Seq { index } => text.push_str(&index.to_string()),
            Segment::Map { key } => text.push_str(&key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => text.push_str(variant),
            Segment::Unknown => text.push('?'),
        }
    }
    if text.is_empty() { "(root)".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Config {
        unit: u8,
        #[serde(default)]
        tables: Vec<Entry>,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Entry {
        address: u16,
    }

    fn complaint(text: &str) -> String {
        parse::<Config>(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_wrong_value_is_named_by_its_json_pointer() {
        assert!(
            complaint(r#"{"unit":1,"tables":[{"address":1},{"address":3.7}]}"#)
                .starts_with("/tables/1/address: ")
        );
        assert!(complaint(r#"{"unit":"1"}"#).starts_with("/unit: "));
        assert!(complaint(r#"{"unit":256}"#).starts_with("/unit: "));
    }

    #[test]
    fn unknown_missing_double_and_trailing_things_are_refused() {
        assert!(complaint(r#"{"unit":1,"baud":9600}"#).contains("baud"));
        assert!(complaint(r#"{"unit":1,"tables":[{"address":1,"x":2}]}"#).starts_with("/tables/0/x: "));
        assert!(complaint("").contains("unit"));
        assert!(complaint(r#"{"unit":1,"unit":2}"#).contains("duplicate"));
        assert!(complaint(r#"{"unit":1} {}"#).contains("trailing"));
        assert!(parse::<Config>(b"{\"unit\":\xff}").is_err());
    }

    #[test]
    fn no_configuration_is_an_empty_one() {
        assert_eq!(parse::<crate::NoConfig>(b""), Ok(crate::NoConfig {}));
    }
}
