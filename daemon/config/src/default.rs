// SPDX-License-Identifier: MIT OR Apache-2.0
//! The default configuration as text: every key of the fixed tables with its default, and the named tables by example.

use std::fmt::Write as _;

use schemars::Schema;
use serde_json::Value;

use crate::file::Root;

const EXAMPLE: &str = r#"
# Buses: one table for each port. Kinds: modbus-rtu, modbus-tcp, serial.
#
# [ports.pump_line]
# kind = "modbus-rtu"
# device = "/dev/ttyS1"
# baud = 115200
# parity = "even"
# timeout_ms = 50
#
# Drivers: one table for each device on a port.
#
# [drivers.pump]
# driver = "oriental-blv"
# port = "pump_line"
# priority = "high"
# config = { unit = 1 }
#
# Signals: what each role is read from, the preferred source first.
#
# [signals.pump_speed]
# sources = ["pump.speed"]
#
# [signals.venous_pressure]
# sources = [{ source = "pressures.venous", offset = -2.5, gain = 1.0 }]
# filter_ms = 40
#
# Commands: which driver carries each out.
#
# [commands.pump_speed]
# target = "pump.speed"
"#;

/// The default configuration as a commented TOML file, which loads as it is.
#[must_use]
pub fn default_toml() -> String {
    let mut text =
        String::from("# Configuration of an ecmod console. What is left out has the value shown here.\n");
    let schema = schemars::schema_for!(Root);
    let defaults = serde_json::to_value(Root::default()).unwrap_or_default();
    for table in ["console", "log", "dbus", "control"] {
        let Some(keys) = defaults.get(table).and_then(Value::as_object) else { continue };
        let _ = write!(text, "\n[{table}]\n");
        for (key, value) in keys {
            if let Some(description) = description(&schema, table, key) {
                let _ = writeln!(text, "# {description}");
            }
            let _ = writeln!(text, "{key} = {value}");
        }
    }
    text.push_str(EXAMPLE);
    text
}

/// What the schema says of a key; tables are referenced by `$ref`.
fn description<'s>(schema: &'s Schema, table: &str, key: &str) -> Option<&'s str> {
    let root = schema.as_value();
    let reference = root.pointer(&format!("/properties/{table}"))?;
    let target = reference.get("$ref").and_then(Value::as_str)?.trim_start_matches('#');
    root.pointer(target)?.pointer(&format!("/properties/{key}/description")).and_then(Value::as_str)
}
