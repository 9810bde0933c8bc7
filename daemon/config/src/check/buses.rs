// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ports and the drivers on them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ecmod_quantities::Span;

use super::{Checker, pins};
use crate::file;
use crate::model::{DriverInstance, Parity, Port, PortKind, Priority, SerialLine};

const BAUD_RATES: &[u32] =
    &[1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600];

pub(super) fn ports(checker: &mut Checker, ports: BTreeMap<String, file::Port>) -> BTreeMap<String, Port> {
    let mut checked = BTreeMap::new();
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    let mut line_owners = pins::LineOwners::default();
    for (name, written) in ports {
        let key = format!("ports.{name}");
        checker.name(&key, &name);
        let port = port(checker, &key, written);
        for device in pins::devices(&port.kind) {
            match owners.insert(device.to_owned(), name.clone()) {
                Some(other) if other == name => {
                    checker.problem(&key, format!("uses {device} twice"));
                }
                Some(other) => checker.problem_with_help(
                    &key,
                    format!("uses {device}, which port `{other}` uses already"),
                    "a device has one owner: put the drivers of both on one port",
                ),
                None => {}
            }
        }
        line_owners.check(checker, &name, &port.lines);
        checked.insert(name, port);
    }
    checked
}

fn port(checker: &mut Checker, key: &str, written: file::Port) -> Port {
    let timeout_default = if written.kind == file::PortKind::ModbusTcp { 250 } else { 50 };
    pins::foreign_keys(checker, key, &written);
    let lines = pins::lines(checker, key, &written);
    Port {
        lines,
        // checked when the drivers are known
        local_control: None,
        timeout: Span::from_millis(checker.whole(
            &format!("{key}.timeout_ms"),
            written.timeout_ms.unwrap_or(timeout_default),
            (1, 5000),
        )),
        retries: checker.whole(&format!("{key}.retries"), written.retries.unwrap_or(2), (0, 5)),
        turnaround: Span::from_millis(checker.whole(
            &format!("{key}.turnaround_ms"),
            written.turnaround_ms.unwrap_or(4),
            (0, 100),
        )),
        kind: match written.kind {
            file::PortKind::ModbusRtu => PortKind::ModbusRtu(line(checker, key, &written, Parity::Even)),
            file::PortKind::Serial => PortKind::Serial(line(checker, key, &written, Parity::None)),
            file::PortKind::ModbusTcp => PortKind::ModbusTcp { address: tcp_address(checker, key, &written) },
            file::PortKind::Spi => PortKind::Spi(pins::chips(checker, key, &written)),
            file::PortKind::I2c => PortKind::I2c { device: pins::i2c_device(checker, key, &written) },
            file::PortKind::Gpio => PortKind::Gpio,
            file::PortKind::Attributes => pins::attributes(checker, key, &written),
        },
    }
}

fn line(checker: &mut Checker, key: &str, written: &file::Port, parity: Parity) -> SerialLine {
    if written.address.is_some() {
        checker
            .problem(&format!("{key}.address"), "belongs to a modbus-tcp port; a serial line has a `device`");
    }
    let device = written.device.clone().unwrap_or_default();
    if written.device.is_none() {
        checker.problem_with_help(key, "has no `device`", "for example: device = \"/dev/ttyS1\"");
    } else {
        checker.node(&format!("{key}.device"), &device);
    }
    let baud = written.baud.unwrap_or(115_200);
    if !BAUD_RATES.contains(&baud) {
        checker.problem(&format!("{key}.baud"), format!("{baud} is not a rate: one of {BAUD_RATES:?}"));
    }
    SerialLine {
        device,
        baud,
        parity: match written.parity {
            None => parity,
            Some(file::Parity::None) => Parity::None,
            Some(file::Parity::Even) => Parity::Even,
            Some(file::Parity::Odd) => Parity::Odd,
        },
        stop_bits: checker.whole(&format!("{key}.stop_bits"), written.stop_bits.unwrap_or(1), (1, 2)),
        rs485: written.rs485.unwrap_or(false),
    }
}

fn tcp_address(checker: &mut Checker, key: &str, written: &file::Port) -> String {
    let foreign = [
        ("device", written.device.is_some()),
        ("baud", written.baud.is_some()),
        ("parity", written.parity.is_some()),
        ("stop_bits", written.stop_bits.is_some()),
        ("rs485", written.rs485.is_some()),
    ];
    for (name, _) in foreign.iter().filter(|(_, is_written)| *is_written) {
        checker.problem(
            &format!("{key}.{name}"),
            "belongs to a serial line; a modbus-tcp port has an `address`",
        );
    }
    let Some(address) = written.address.clone() else {
        checker.problem_with_help(key, "has no `address`", "for example: address = \"192.0.2.10:502\"");
        return String::new();
    };
    let parts = address.rsplit_once(':').map(|(host, port)| (host, port.parse::<u16>()));
    if !matches!(parts, Some((host, Ok(port))) if !host.is_empty() && port > 0) {
        checker.problem(&format!("{key}.address"), format!("\"{address}\" is not `host:port`"));
    }
    address
}

pub(super) fn drivers(
    checker: &mut Checker,
    drivers: BTreeMap<String, file::Driver>,
    ports: &BTreeMap<String, Port>,
    directory: &Path,
) -> BTreeMap<String, DriverInstance> {
    let mut checked: BTreeMap<String, DriverInstance> = BTreeMap::new();
    for (id, written) in drivers {
        let key = format!("drivers.{id}");
        checker.name(&key, &id);
        let driver = driver(checker, &key, written, directory);
        match ports.get(&driver.port) {
            Some(port) => neighbours(checker, &key, &driver, port, &checked),
            None if checker.was_left_out(&format!("ports.{}", driver.port)) => {}
            None => {
                let known: Vec<&str> = ports.keys().map(String::as_str).collect();
                checker.problem_with_help(
                    &format!("{key}.port"),
                    format!("there is no port `{}`", driver.port),
                    format!("ports: {}", known.join(", ")),
                );
            }
        }
        checked.insert(id, driver);
    }
    for name in ports.keys() {
        let has_driver = checked.values().any(|driver| driver.port == *name);
        if !has_driver && checker.left_out.iter().all(|left_out| !left_out.starts_with("drivers")) {
            checker.problem_with_help(
                &format!("ports.{name}"),
                "has no driver",
                "add a [drivers.…] with this port, or take the port out",
            );
        }
    }
    checked
}

fn driver(checker: &mut Checker, key: &str, written: file::Driver, directory: &Path) -> DriverInstance {
    let library = match (&written.driver, &written.library) {
        (Some(name), None) => {
            let is_name = name.starts_with(|letter: char| letter.is_ascii_lowercase())
                && name
                    .chars()
                    .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
            if !is_name {
                checker.problem(
                    &format!("{key}.driver"),
                    format!("\"{name}\" is not the name of a driver: lower-case letters, digits and -"),
                );
            }
            directory.join(format!("libecmod_driver_{}.so", name.replace('-', "_")))
        }
        (None, Some(path)) => checker.absolute(&format!("{key}.library"), path),
        (Some(_), Some(_)) => {
            checker.problem(
                &format!("{key}.library"),
                "both `driver` and `library` are given; one of them says which",
            );
            PathBuf::new()
        }
        (None, None) => {
            checker.problem_with_help(key, "has no `driver`", "for example: driver = \"modbus-map\"");
            PathBuf::new()
        }
    };
    DriverInstance {
        port: written.port,
        library,
        priority: match written.priority {
            Some(file::Priority::High) => Priority::High,
            Some(file::Priority::Normal) | None => Priority::Normal,
        },
        period: written
            .period_ms
            .map(|ms| Span::from_millis(checker.whole(&format!("{key}.period_ms"), ms, (1, 10_000)))),
        config: serde_json::Value::Object(written.config.into_iter().collect()),
    }
}

/// What drivers on one port must not do to each other.
fn neighbours(
    checker: &mut Checker,
    key: &str,
    driver: &DriverInstance,
    port: &Port,
    others: &BTreeMap<String, DriverInstance>,
) {
    let mut on_the_same_port = others.iter().filter(|(_, other)| other.port == driver.port);
    match &port.kind {
        PortKind::Serial(_) => {
            if let Some((other, _)) = on_the_same_port.next() {
                checker.problem_with_help(
                    &format!("{key}.port"),
                    format!("port `{}` is a serial line and has the driver `{other}` already", driver.port),
                    "a serial line has one driver; give the other one a port of its own",
                );
            }
        }
        PortKind::ModbusRtu(_) | PortKind::ModbusTcp { .. } => {
            let Some(unit) = driver.config.get("unit") else { return };
            let highest = if matches!(port.kind, PortKind::ModbusRtu(_)) { 247 } else { 255 };
            if !unit.as_u64().is_some_and(|unit| (1..=highest).contains(&unit)) {
                checker.problem(
                    &format!("{key}.config.unit"),
                    format!("{unit} is not a Modbus unit address: 1 to {highest}"),
                );
            }
            if let Some((other, _)) =
                on_the_same_port.find(|(_, other)| other.config.get("unit") == Some(unit))
            {
                checker.problem(
                    &format!("{key}.config.unit"),
                    format!("unit {unit} on port `{}` is driver `{other}` already", driver.port),
                );
            }
        }
        PortKind::Spi(chips) => {
            let Some(chip) = driver.config.get("chip") else { return };
            let count = chips.len();
            if chip.as_u64().and_then(|chip| usize::try_from(chip).ok()).is_none_or(|chip| chip >= count) {
                checker.problem(
                    &format!("{key}.config.chip"),
                    format!("{chip} is not the place of a chip on port `{}`, which has {count}", driver.port),
                );
            }
            if let Some((other, _)) =
                on_the_same_port.find(|(_, other)| other.config.get("chip") == Some(chip))
            {
                checker.problem(
                    &format!("{key}.config.chip"),
                    format!("chip {chip} on port `{}` is driver `{other}` already", driver.port),
                );
            }
        }
        PortKind::I2c { .. } | PortKind::Gpio | PortKind::Attributes { .. } => {}
    }
}
