// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a command prints: the same content as text and as JSON.

use std::io::{self, Write};

use serde_json::Value;

/// The answer of a command in both forms.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// For people, with its line ends.
    pub text: String,
    /// For programs.
    pub json: Value,
}

impl Output {
    /// Nothing to print; for commands that have printed themselves.
    pub const fn nothing() -> Self {
        Self { text: String::new(), json: Value::Null }
    }

    /// Writes one of the two forms to standard output.
    pub fn print(&self, json: bool) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match (json, &self.json) {
            (true, Value::Null) => Ok(()),
            (true, json) => writeln!(out, "{json:#}"),
            (false, _) => out.write_all(self.text.as_bytes()),
        }?;
        out.flush()
    }
}

/// Lines of aligned columns below a heading. Columns whose heading begins with `>` are aligned to the right.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize, heading: &str| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([heading.trim_start_matches('>').chars().count()]).max().unwrap_or(0)
    };
    let columns: Vec<(bool, usize)> = headings
        .iter()
        .enumerate()
        .map(|(column, heading)| (heading.starts_with('>'), width(column, heading)))
        .collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut line = String::new();
        for (cell, (right, width)) in cells.zip(&columns) {
            let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
            let padded = if *right { format!("{padding}{cell}") } else { format!("{cell}{padding}") };
            line.push_str(&padded);
            line.push_str("  ");
        }
        format!("{}\n", line.trim_end())
    };
    let mut text = line(&mut headings.iter().map(|heading| heading.trim_start_matches('>')));
    for row in rows {
        text.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [vec!["flow".to_owned(), "4.00".to_owned()], vec!["x".to_owned(), "-10.00".to_owned()]];
        assert_eq!(table(&["NAME", ">VALUE"], &rows), "NAME   VALUE\nflow    4.00\nx     -10.00\n");
    }

    #[test]
    fn an_empty_table_is_its_heading() {
        assert_eq!(table(&["NAME", "STATE"], &[]), "NAME  STATE\n");
    }
}
