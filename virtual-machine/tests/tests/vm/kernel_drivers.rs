// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sensors on I2C, and those that the kernel itself drives: `iio_dummy`, `test_power`.

use std::fs;
use std::path::{Path, PathBuf};

use ecmod_quantities::{Cause, Quality};
use ecmod_sim::chips::board::{BusFault, Chip, Faults};
use ecmod_sim::kernel::{Wired, now};
use ecmod_vm_tests::{Host, figure, until};

#[test]
fn a_thermometer_on_i2c_delivers_disappears_and_comes_back() {
    let wired = Wired::new(7).unwrap();
    let host = Host::start(
        "i2c",
        "[ports.i2c]\nkind = \"i2c\"\ndevice = \"/dev/i2c-1\"\n[drivers.cabinet]\ndriver = \"lm75\"\nport = \"i2c\"\nperiod_ms = 100\n",
    );
    let daemon = host.daemon();
    daemon.good("cabinet", "temperature", 34.0, 0.6);
    let mut faults = Faults::default();
    faults.bus.insert(Chip::Cabinet, BusFault::Error);
    wired.set_faults(faults);
    let bad = daemon.sample("cabinet", "temperature", |reading| reading.quality == Quality::Bad);
    assert_ne!(bad.cause, Cause::None);
    wired.set_faults(Faults::default());
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

/// The kernel's dummy of a sensor, with a software trigger of 100 Hz; gone when dropped.
struct Dummy {
    device: PathBuf,
    trigger: PathBuf,
}

impl Dummy {
    fn new() -> Self {
        let at = Path::new("/sys/kernel/config/iio");
        let dummy =
            Self { device: at.join("devices/dummy/ecmod"), trigger: at.join("triggers/hrtimer/ecmod") };
        fs::create_dir(&dummy.trigger).unwrap();
        fs::create_dir(&dummy.device).unwrap();
        for entry in fs::read_dir("/sys/bus/iio/devices").unwrap().flatten() {
            let frequency = entry.path().join("sampling_frequency");
            if entry.file_name().to_string_lossy().starts_with("trigger") {
                fs::write(frequency, "100").unwrap();
            }
        }
        dummy
    }
}

impl Drop for Dummy {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.device);
        let _ = fs::remove_dir(&self.trigger);
    }
}

/// A host of the dummy; what a port says besides its folder, and what its driver.
fn iio(stream: &str, driver: &str) -> Host {
    let port = "[ports.iio]\nkind = \"attributes\"\ndirectory = \"/sys/bus/iio/devices/iio:device0\"\n";
    Host::start(
        "iio",
        &format!("{port}{stream}[drivers.sensor]\ndriver = \"linux-iio\"\nport = \"iio\"\n{driver}"),
    )
}

#[test]
fn a_sensor_of_the_kernels_iio_is_polled_disappears_and_comes_back() {
    let dummy = Dummy::new();
    let host = iio(
        "",
        "config = { channels = [{ name = \"level\", channel = \"in_voltage0\", quantity = \"voltage\", minimum = 0.0, maximum = 1.0, poll_ms = 50 }] }\n",
    );
    let daemon = host.daemon();
    // The dummy's: (73 + 7) * 0.001333 mV.
    daemon.good("sensor", "level", 80.0 * 0.001_333e-3, 1e-9);
    fs::remove_dir(&dummy.device).unwrap();
    daemon.bad("sensor", "level", Cause::Disconnected);
    fs::create_dir(&dummy.device).unwrap();
    daemon.good("sensor", "level", 80.0 * 0.001_333e-3, 1e-9);
}

#[test]
fn a_buffer_of_the_kernels_iio_is_read_with_the_kernels_times() {
    let dummy = Dummy::new();
    let host = iio(
        "stream = \"/dev/iio:device0\"\n",
        "period_ms = 10\n[drivers.sensor.config]\nmode = \"buffer\"\ntrigger = \"ecmod\"\n\
         channels = [{ name = \"level\", channel = \"in_voltage0\", quantity = \"voltage\", minimum = 0.0, maximum = 1.0 }]\n",
    );
    let daemon = host.daemon();
    // In its buffer the dummy has other numbers: (7 + 7) * 0.001333 mV.
    let first = daemon.good("sensor", "level", 14.0 * 0.001_333e-3, 1e-9);
    let later = daemon.sample("sensor", "level", |reading| reading.t.0 > first.t.0 + 500_000_000);
    let rate = (later.sequence - first.sequence) as f64 / ((later.t.0 - first.t.0) as f64 / 1e9);
    figure("records of the IIO buffer", rate, "1/s");
    assert!(rate > 30.0 && later.t <= now(), "{rate} {later:?}");
    fs::remove_dir(&dummy.device).unwrap();
    daemon.bad("sensor", "level", Cause::Disconnected);
    // Under the same name only when nobody holds the old one any more.
    until("the host has let the device go", || {
        fs::create_dir(&dummy.device).unwrap();
        let back = Path::new("/sys/bus/iio/devices/iio:device0").exists();
        if !back {
            fs::remove_dir(&dummy.device).unwrap();
        }
        back.then_some(())
    });
    daemon.good("sensor", "level", 14.0 * 0.001_333e-3, 1e-9);
}
