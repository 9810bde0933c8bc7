// SPDX-License-Identifier: MIT OR Apache-2.0
//! Modbus devices that others wrote (pymodbus): the pump driver on RTU, `modbus-map` on RTU and TCP, each in a real host
//! with a real daemon.
#![cfg(test)] // helpers between the tests are test code too
#![allow(clippy::float_cmp)] // the devices give the very numbers that they were given

mod support;

use serde_json::Value;
use std::net::TcpListener;
use std::path::Path;
use support::{Bare, Process, python, until};

fn server(bare: &Bare, device: &str, kind: &str, place: &str) -> Process {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign/server.py");
    let arguments = [script.to_str().unwrap(), device, kind, place];
    let server = Process::start(python(), arguments, &[], &bare.path("server.log"), None);
    assert_eq!(server.line(), "ready");
    server
}

/// Ends a server and waits until it is gone, with its descriptors.
fn stop(server: Process) {
    drop(server);
}

/// A TCP port that nobody has now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The counters of all units of a port.
fn counters(bare: &Bare, port: &str, unit: &str) -> Value {
    until("counters", || {
        let entry = bare.entry("ports", "name", port)?;
        let counters = entry["device_counters"][unit].clone();
        counters.is_object().then_some(counters)
    })
}

#[test]
fn the_pump_driver_drives_a_pymodbus_server() {
    let bare = Bare::new();
    let link = bare.path("pump_line");
    let _server = server(&bare, "drive", "rtu", link.to_str().unwrap());
    bare.configure(&format!(
        r#"
[control]
pump = "rotaflow_like"
maximum_speed_rpm = 4000.0
[ports.pump_line]
kind = "modbus-rtu"
device = "{}"
baud = 115200
parity = "none"
[drivers.pump]
driver = "oriental-blv"
port = "pump_line"
config = {{ unit = 1 }}
[signals.pump_speed]
sources = ["pump.actual_speed"]
[commands.pump_speed]
target = "pump.speed"
"#,
        link.display()
    ));
    let (_daemon, _host) = (bare.daemon(), bare.host("pump_line"));
    until("the pump's speed is read", || (bare.good("pump_speed")? == 0.0).then_some(()));

    for words in [&["set", "mode", "speed"][..], &["set", "speed", "1200"], &["start"]] {
        let output = bare.ecmoctl(words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    until("the drive runs at 1200 rpm and says so", || (bare.good("pump_speed")? == 1200.0).then_some(()));
    assert!(bare.ecmoctl(&["set", "speed", "900"]).status.success());
    until("the drive follows", || (bare.good("pump_speed")? == 900.0).then_some(()));

    let unit = counters(&bare, "pump_line", "unit_1");
    let count = |name: &str| unit[name].as_u64().unwrap();
    assert!(count("requests") > 50, "{unit}");
    for name in ["damaged_checksum", "damaged_length", "damaged_unit", "damaged_function", "exceptions"] {
        assert_eq!(count(name), 0, "{name}: {unit}");
    }

    assert!(bare.ecmoctl(&["stop", "--yes"]).status.success());
    until("the drive stands", || (bare.good("pump_speed")? == 0.0).then_some(()));
}

/// One signal of every kind of number and table, with scale, bits and masks.
const TABLE: &str = r#"
[drivers.table]
driver = "modbus-map"
port = "line"
[drivers.table.config]
unit = 3
largest_gap = 0
signals = [
  { name = "tenths", quantity = "pressure", table = "input", address = 0, type = "i16", scale = 0.1, minimum = -500, maximum = 500 },
  { name = "large", quantity = "code", table = "input", address = 10, type = "u32", minimum = 0, maximum = 1e9 },
  { name = "single", quantity = "gas_flow", table = "input", address = 20, type = "f32", word_order = "CDAB", minimum = 0, maximum = 15 },
  { name = "signed", quantity = "code", table = "input", address = 30, type = "i32", word_order = "BADC", minimum = -1e6, maximum = 1e6 },
  { name = "double", quantity = "temperature", table = "input", address = 40, type = "f64", word_order = "DCBA", minimum = 0, maximum = 60 },
  { name = "unplugged", quantity = "pressure", table = "input", address = 50, type = "i16", minimum = -500, maximum = 500, invalid = [{ raw = 0x8000, cause = "disconnected" }] },
  { name = "absent", quantity = "pressure", table = "input", address = 900, type = "i16", minimum = -500, maximum = 500 },
  { name = "field", quantity = "code", table = "holding", address = 100, type = "u16", mask = 0x0FF0, minimum = 0, maximum = 255 },
  { name = "flag", quantity = "state", table = "holding", address = 100, type = "bit", bit = 3, minimum = 0, maximum = 1 },
  { name = "discrete", quantity = "state", table = "discrete", address = 1, type = "bit", minimum = 0, maximum = 1 },
  { name = "coil", quantity = "state", table = "coil", address = 0, type = "bit", minimum = 0, maximum = 1 },
  { name = "gas_setpoint", quantity = "gas_flow", table = "holding", address = 200, type = "f32", minimum = 0, maximum = 15 },
]
commands = [
  { name = "gas", quantity = "gas_flow", table = "holding", address = 200, type = "f32", minimum = 0, maximum = 15 },
]
[commands.sweep_gas_flow]
target = "table.gas"
"#;

/// Signal, quantity, and its value in the server.
const VALUES: [(&str, &str, f64); 9] = [
    ("tenths", "pressure", -12.3),
    ("large", "code", 74565.0),
    ("single", "gas_flow", 3.75),
    ("signed", "code", -70000.0),
    ("double", "temperature", 36.625),
    ("field", "code", 165.0),
    ("flag", "state", 1.0),
    ("discrete", "state", 1.0),
    ("coil", "state", 1.0),
];

fn table_configuration(port: &str) -> String {
    let mut text = format!("{port}{TABLE}");
    let others = [("unplugged", "pressure"), ("absent", "pressure"), ("gas_setpoint", "gas_flow")];
    for (name, quantity) in VALUES.iter().map(|(name, quantity, _)| (*name, *quantity)).chain(others) {
        text += &format!(
            "[signals.{name}]\nsources = [\"table.{name}\"]\nquantity = \"{quantity}\"\n\
             minimum = -1e6\nmaximum = 1e6\n"
        );
    }
    text
}

/// Every value is right and good, and what is no measurement is bad for its own reason.
fn all_is_right(bare: &Bare) {
    for (name, _, value) in VALUES {
        until(&format!("{name} is {value}"), || ((bare.good(name)? - value).abs() < 1e-9).then_some(()));
    }
    for (name, cause) in [("unplugged", "disconnected"), ("absent", "device_error")] {
        until(&format!("{name} is bad: {cause}"), || {
            let (_, quality, why) = bare.reading(name)?;
            (quality == "bad" && why == cause).then_some(())
        });
    }
}

fn modbus_map(bare: &Bare, kind: &str, place: &str, port: &str) {
    let first = server(bare, "table", kind, place);
    bare.configure(&table_configuration(port));
    let (_daemon, mut host) = (bare.daemon(), bare.host("line"));
    all_is_right(bare);

    assert!(bare.ecmoctl(&["set", "sweep", "2.5"]).status.success());
    until("the command is in the device", || (bare.good("gas_setpoint")? == 2.5).then_some(()));

    stop(first);
    until("what a dead device said last is bad", || {
        let (_, quality, _) = bare.reading("double")?;
        (quality == "bad").then_some(())
    });
    let _second = server(bare, "table", kind, place);
    all_is_right(bare);
    until("the command is in the new device", || (bare.good("gas_setpoint")? == 2.5).then_some(()));
    assert!(host.runs());
    let unit = counters(bare, "line", "unit_3");
    assert!(unit["exceptions"].as_u64().unwrap() > 0 && unit["damaged_checksum"] == 0, "{unit}");
}

#[test]
fn modbus_map_reads_and_writes_a_pymodbus_server_over_tcp_which_may_come_and_go() {
    let bare = Bare::new();
    let place = free_port().to_string();
    let port = format!("[ports.line]\nkind = \"modbus-tcp\"\naddress = \"127.0.0.1:{place}\"\n");
    modbus_map(&bare, "tcp", &place, &port);
}

#[test]
fn modbus_map_reads_and_writes_a_pymodbus_server_over_rtu_which_may_come_and_go() {
    let bare = Bare::new();
    let link = bare.path("line");
    let place = link.to_str().unwrap();
    let port = format!(
        "[ports.line]\nkind = \"modbus-rtu\"\ndevice = \"{place}\"\nbaud = 115200\nparity = \"none\"\n"
    );
    modbus_map(&bare, "rtu", place, &port);
}
