// SPDX-License-Identifier: MIT OR Apache-2.0
//! The configuration of the console's board on the kernel's devices, as an OEM would write it.
//!
//! `bias` stays as it is everywhere: gpio-sim takes a bias for its own pull, and would forget what the model has put on the line.

use std::fmt::Write as _;
use std::path::Path;

/// The converter and the thermometers: drivers `pressures`, `venous_rtd`, `arterial_rtd`.
pub fn spi(chip: &Path) -> String {
    let mut text = String::from("[ports.adc]\nkind = \"spi\"\nchips = [\n");
    for select in 0..5 {
        writeln!(text, "{{ device = \"/dev/spidev0.{select}\", mode = 1, max_hz = 4000000 }},").unwrap();
    }
    text += "]\n";
    text += &line("adc", "data_ready", chip, "ADC_DATA_READY", "direction = \"input\", edge = \"falling\"");
    text += "[drivers.pressures]\ndriver = \"ads1262\"\nport = \"adc\"\n[drivers.pressures.config]\ndata_ready = \"data_ready\"\n";
    for (place, name) in ["venous", "pre_membrane", "arterial", "gas_inlet", "auxiliary"].iter().enumerate() {
        let (positive, negative) = (2 * place, 2 * place + 1);
        writeln!(
            text,
            "[[drivers.pressures.config.channels]]\nname = \"{name}\"\npositive = {positive}\nnegative = {negative}"
        )
        .unwrap();
    }
    for (chip, name) in [(1, "venous_rtd"), (2, "arterial_rtd")] {
        writeln!(text, "[drivers.{name}]\ndriver = \"max31865\"\nport = \"adc\"\nconfig = {{ chip = {chip}, interval_ms = 250 }}")
            .unwrap();
    }
    text
}

/// Clamps and inputs: drivers `drainage_clamp`, `return_clamp`, `inputs`.
pub fn panel(chip: &Path) -> String {
    let mut text = String::from("[ports.panel]\nkind = \"gpio\"\n");
    let switch = "direction = \"input\", edge = \"both\", active_low = true";
    for (clamp, name) in [("drainage", "DRAINAGE"), ("return", "RETURN")] {
        for (line_name, on_board, how) in [
            ("open_coil", "OPEN_COIL", "direction = \"output\", initial = 0"),
            ("close_coil", "CLOSE_COIL", "direction = \"output\", initial = 0"),
            ("open_switch", "IS_OPEN", switch),
            ("closed_switch", "IS_CLOSED", switch),
        ] {
            text += &line(
                "panel",
                &format!("{clamp}_{line_name}"),
                chip,
                &format!("{name}_CLAMP_{on_board}"),
                how,
            );
        }
        writeln!(
            text,
            "[drivers.{clamp}_clamp]\ndriver = \"gpio-clamp\"\nport = \"panel\"\nconfig = {{ open_coil = \"{clamp}_open_coil\", \
             close_coil = \"{clamp}_close_coil\", open_switch = \"{clamp}_open_switch\", closed_switch = \"{clamp}_closed_switch\" }}"
        )
        .unwrap();
    }
    text += &line("panel", "level_a", chip, "LEVEL_A", "direction = \"input\", edge = \"both\"");
    text += &line("panel", "level_b", chip, "LEVEL_B", "direction = \"input\", edge = \"both\"");
    for (name, on_board) in [
        ("bubble", "BUBBLE"),
        ("bubble_alive", "BUBBLE_ALIVE"),
        ("mute", "KEY_MUTE"),
        ("confirm", "KEY_CONFIRM"),
    ] {
        text += &line("panel", name, chip, on_board, switch);
    }
    text += r#"[drivers.inputs]
driver = "gpio-inputs"
port = "panel"
[[drivers.inputs.config.inputs]]
kind = "level"
name = "reservoir"
lines = ["level_a", "level_b"]
[[drivers.inputs.config.inputs]]
kind = "bubble"
name = "bubble"
line = "bubble"
heartbeat = { line = "bubble_alive", kind = "level" }
[[drivers.inputs.config.inputs]]
kind = "key"
name = "mute"
line = "mute"
"#;
    text
}

/// Lamps and sounder: driver `annunciator`.
pub fn alarms(chip: &Path) -> String {
    let mut text = String::from("[ports.alarms]\nkind = \"gpio\"\n");
    for name in ["lamp_red", "lamp_yellow", "lamp_cyan", "sounder"] {
        text += &line("alarms", name, chip, &name.to_uppercase(), "direction = \"output\", initial = 0");
    }
    text += &line("alarms", "sounder_sense", chip, "SOUNDER_SENSE", "direction = \"input\"");
    text + "[drivers.annunciator]\ndriver = \"annunciator\"\nport = \"alarms\"\n\
           config = { lamp_cyan = \"lamp_cyan\", sounder_sense = \"sounder_sense\" }\n"
}

fn line(port: &str, name: &str, chip: &Path, on_board: &str, how: &str) -> String {
    let how = how.replace(", ", "\n");
    format!("[ports.{port}.lines.{name}]\nchip = {chip:?}\nname = \"{on_board}\"\n{how}\n")
}
