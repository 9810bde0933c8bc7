// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sensors on I2C, and those that the kernel itself drives: `iio_dummy`, `test_power`.

use std::fs;

use ecmod_quantities::{Cause, Quality};
use ecmod_sim::kernel::Wired;
use ecmod_vm_tests::Host;

#[test]
fn a_thermometer_on_i2c_delivers_disappears_and_comes_back() {
    let wired = Wired::new(7).unwrap();
    let host = Host::start(
        "i2c",
        "[ports.i2c]\nkind = \"i2c\"\ndevice = \"/dev/i2c-1\"\n[drivers.cabinet]\ndriver = \"lm75\"\nport = \"i2c\"\nperiod_ms = 100\n",
    );
    let daemon = host.daemon();
    daemon.good("cabinet", "temperature", 34.0, 0.6);
    let mut faults = ecmod_sim::chips::board::Faults::default();
    faults.bus.insert(ecmod_sim::chips::board::Chip::Cabinet, ecmod_sim::chips::board::BusFault::Error);
    wired.set_faults(faults);
    let bad = daemon.sample("cabinet", "temperature", |reading| reading.quality == Quality::Bad);
    assert_ne!(bad.cause, Cause::None);
    wired.set_faults(ecmod_sim::chips::board::Faults::default());
    daemon.good("cabinet", "temperature", 34.0, 0.6);
}

/// The kernel's own test supplies: their properties are module parameters.
fn set_power(parameter: &str, value: &str) {
    fs::write(format!("/sys/module/test_power/parameters/{parameter}"), value).unwrap();
}

#[test]
fn mains_and_battery_of_the_kernels_test_supplies_are_followed() {
    set_power("ac_online", "on");
    set_power("battery_present", "true");
    set_power("battery_capacity", "80");
    // What it has by default, 3.3 mV, is the voltage of no battery.
    set_power("battery_voltage", "12600000");
    set_power("battery_current", "-1600000");
    let host = Host::start(
        "power",
        r#"[ports.power]
kind = "attributes"
directory = "/sys/class/power_supply"
[drivers.power]
driver = "linux-power-supply"
port = "power"
config = { mains = [{ name = "mains", supply = "test_ac" }], batteries = [{ name = "battery", supply = "test_battery" }] }
"#,
    );
    let daemon = host.daemon();
    daemon.good("power", "mains_online", 1.0, 0.0);
    daemon.good("power", "battery_present", 1.0, 0.0);
    daemon.good("power", "battery_voltage", 12.6, 0.01);
    set_power("ac_online", "off");
    daemon.good("power", "mains_online", 0.0, 0.0);
    set_power("battery_present", "false");
    daemon.good("power", "battery_present", 0.0, 0.0);
    set_power("battery_present", "true");
    daemon.good("power", "battery_present", 1.0, 0.0);
}
