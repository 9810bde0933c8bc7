// SPDX-License-Identifier: MIT OR Apache-2.0
//! A sensor that the kernel has a driver for, by its files.

use crate::bench::Bench;
use crate::support::{Bare, until};
use std::path::Path;
use std::time::Duration;

/// A MAX31865 as the kernel's driver shows it, at 36.9 degC.
const FILES: [(&str, &str); 5] = [
    ("name", "max31865"),
    ("in_temp_raw", "9373"),
    ("in_temp_offset", "-8192"),
    ("in_temp_scale", "31.25"),
    ("fault_ovuv", "0"),
];

/// Replaces a file as a whole: whoever reads sees the old content or the new one.
fn write(folder: &Path, name: &str, content: &str) {
    let beside = folder.join(".new");
    std::fs::write(&beside, format!("{content}\n")).unwrap();
    std::fs::rename(&beside, folder.join(name)).unwrap();
}

#[test]
fn an_iio_thermometer_is_read_and_its_faults_are_told_with_their_cause() {
    let bare = Bare::new();
    let folder = bare.path("device");
    std::fs::create_dir(&folder).unwrap();
    FILES.iter().for_each(|(name, content)| write(&folder, name, content));
    bare.configure(&format!(
        r#"
[ports.rtd]
kind = "attributes"
directory = "{}"
[drivers.rtd]
driver = "linux-iio"
port = "rtd"
[drivers.rtd.config]
name = "max31865"
faults = [{{ file = "fault_ovuv", cause = "disconnected" }}]
channels = [{{ name = "blood", channel = "in_temp", quantity = "temperature", minimum = 0, maximum = 50 }}]
[signals.venous_temperature]
sources = ["rtd.blood"]
"#,
        folder.display()
    ));
    let _daemon = bare.daemon();
    let _host = bare.host("rtd");
    let right = |degrees: f64| {
        until("the temperature", || {
            bare.good("venous_temperature").filter(|value| (value - degrees).abs() < 0.01)
        });
    };
    let bad = |wanted: &str| {
        until(wanted, || {
            let (value, quality, cause) = bare.reading("venous_temperature")?;
            (value.is_none() && quality == "bad" && cause == wanted).then_some(())
        });
    };
    right(36.906_25);
    write(&folder, "in_temp_raw", "9300");
    right(34.625);
    write(&folder, "fault_ovuv", "1");
    bad("disconnected");
    write(&folder, "fault_ovuv", "0");
    right(34.625);
    write(&folder, "in_temp_raw", "nonsense");
    bad("communication");
    write(&folder, "in_temp_raw", "9373");
    right(36.906_25);
    std::fs::remove_file(folder.join("in_temp_raw")).unwrap();
    bad("disconnected");
    write(&folder, "in_temp_raw", "9373");
    right(36.906_25);
}

#[test]
fn the_barometers_pressure_is_the_weathers() {
    let bench = Bench::new();
    bench.within(Duration::from_secs(5), "ambient_pressure", |reading| {
        reading.is_good() && reading.value.is_some_and(|bar| (0.97..1.0).contains(&bar))
    });
}
