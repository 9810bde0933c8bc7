// SPDX-License-Identifier: MIT OR Apache-2.0
//! The default configuration as text: every key of the fixed tables with its default, and the named tables by example.

use std::fmt::Write as _;

use schemars::Schema;
use serde_json::Value;

use crate::file::Root;

const EXAMPLE: &str = r#"
# Buses: one table for each port. Kinds: modbus-rtu, modbus-tcp, serial, spi, i2c, gpio, attributes.
#
# [ports.pump_line]
# kind = "modbus-rtu"
# device = "/dev/ttyS1"
# baud = 115200
# parity = "even"
# timeout_ms = 50
#
# [ports.adc]
# kind = "spi"
# chips = [{ device = "/dev/spidev0.0", mode = 1, max_hz = 4000000 }]
#
# GPIO lines: a port of any kind may have some, under the names that its drivers use.
#
# [ports.adc.lines.data_ready]
# chip = "/dev/gpiochip0"
# line = 5
# direction = "input"
# edge = "falling"
#
# Drivers: one table for each device on a port.
#
# [drivers.pump]
# driver = "oriental-blv"
# port = "pump_line"
# priority = "high"
# config = { unit = 1 }
#
# [drivers.pressures]
# driver = "ads1262"
# port = "adc"
# config = { chip = 0, data_ready = "data_ready" }
#
# Signals: what each role is read from, the preferred source first.
#
# [signals.pump_speed]
# sources = ["pump.actual_speed"]
#
# [signals.venous_pressure]
# sources = [{ source = "pressures.venous", offset = -2.5, gain = 1.0 }]
# filter_ms = 40
# zero = "required"             # uncertain until somebody has zeroed it
#
# Commands: which driver carries each out.
#
# [commands.pump_speed]
# target = "pump.speed"
#
# Procedures and checklists: those of the organisation, or changes of a built-in one.
#
# [procedures.pre_use]
# before_case_hours = 12        # 0: not asked for
#
# [procedures.shift]
# title = "Change of shift"
# steps = [{ id = "clamps", text = "Four clamps are at the bedside." }, { id = "zero", text = "Zeroed.", check = "pressures_zeroed" }]
"#;

/// The default configuration as a commented TOML file, which loads as it is.
#[must_use]
pub fn default_toml() -> String {
    let mut text =
        String::from("# Configuration of an ecmod console. What is left out has the value shown here.\n");
    let schema = schemars::schema_for!(Root);
    let defaults = serde_json::to_value(Root::default()).unwrap_or_default();
    for table in ["console", "log", "dbus", "control", "alarms", "interventions"] {
        let _ = write!(text, "\n[{table}]\n");
        for (key, described) in keys(&schema, table).into_iter().flatten() {
            if let Some(description) = described.get("description").and_then(Value::as_str) {
                let _ = writeln!(text, "# {}", description.replace('\n', " "));
            }
            match defaults.pointer(&format!("/{table}/{key}")) {
                Some(value) => _ = writeln!(text, "{key} = {value}"),
                None => _ = writeln!(text, "# {key} ="),
            }
        }
    }
    text.push_str(EXAMPLE);
    text
}

/// The keys of a table as the schema describes them; tables are referenced by `$ref`.
fn keys<'s>(schema: &'s Schema, table: &str) -> Option<&'s serde_json::Map<String, Value>> {
    let root = schema.as_value();
    let reference = root.pointer(&format!("/properties/{table}"))?;
    let target = reference.get("$ref").and_then(Value::as_str)?.trim_start_matches('#');
    root.pointer(target)?.get("properties").and_then(Value::as_object)
}
