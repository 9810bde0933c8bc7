// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where a key stands: the file, line and column that last gave it a value.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

/// A place in a file; line and column from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub file: PathBuf,
    pub line: usize,
    pub column: usize,
}

/// The places of all keys of all files, by dotted key.
#[derive(Debug, Default)]
pub(crate) struct Places {
    by_key: BTreeMap<String, Place>,
}

impl Places {
    /// Adds the keys of one more file; a later file's place wins, as its value does.
    pub(crate) fn add(&mut self, file: &Path, text: &str) {
        if let Ok(table) = DeTable::parse(text) {
            self.add_table(file, text, "", table.get_ref());
        }
    }

    fn add_table(&mut self, file: &Path, text: &str, prefix: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let path = if prefix.is_empty() {
                key.get_ref().to_string()
            } else {
                format!("{prefix}.{}", key.get_ref())
            };
            self.insert(file, text, path.clone(), key.span().start);
            self.add_value(file, text, &path, value.get_ref());
        }
    }

    fn add_value(&mut self, file: &Path, text: &str, path: &str, value: &DeValue<'_>) {
        match value {
            DeValue::Table(table) => self.add_table(file, text, path, table),
            DeValue::Array(array) => {
                for (index, item) in array.iter().enumerate() {
                    let path = format!("{path}[{index}]");
                    self.insert(file, text, path.clone(), item.span().start);
                    self.add_value(file, text, &path, item.get_ref());
                }
            }
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => {}
        }
    }

    fn insert(&mut self, file: &Path, text: &str, path: String, offset: usize) {
        let (line, column) = position(text, offset);
        self.by_key.insert(path, Place { file: file.to_path_buf(), line, column });
    }

    /// The place of a key, or of the nearest table around it that is written down.
    pub(crate) fn find(&self, key: &str) -> Option<&Place> {
        let mut rest = key;
        loop {
            if let Some(place) = self.by_key.get(rest) {
                return Some(place);
            }
            rest = &rest[..rest.rfind(['.', '['])?];
        }
    }
}

/// Line and column, from 1, of a byte offset.
pub(crate) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |tail| tail.chars().count()) + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_key_is_found_at_the_table_around_it() {
        let mut places = Places::default();
        places.add(
            Path::new("a.toml"),
            "[ports.pump]\nkind = 'serial'\n\n[signals.x]\nsources = ['a.b',\n  'c.d']\n",
        );
        let at = |key: &str| places.find(key).map(|place| (place.line, place.column));
        assert_eq!(at("ports.pump.kind"), Some((2, 1)));
        assert_eq!(at("ports.pump.device"), Some((1, 8)));
        assert_eq!(at("signals.x.sources[1]"), Some((6, 3)));
        assert_eq!(at("drivers.none"), None);
    }
}
