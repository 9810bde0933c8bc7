// SPDX-License-Identifier: MIT OR Apache-2.0
//! Converters and thermometers on `/dev/spidev0.N`: good samples, and every way in which a bus, a chip or a line fails.

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ecmod_quantities::{Cause, Celsius, MmHg, Quality};
use ecmod_sim::chips::ads1220::Ads1220;
use ecmod_sim::chips::board::{Chip, Faults, Happening, Transducer, Wire};
use ecmod_sim::chips::pins::Pins;
use ecmod_sim::circuit::Signals;
use ecmod_sim::kernel::{Bank, Fault, SpiBus, Wired, now};
use ecmod_vm_tests::{Daemon, Host, figure};
use gpiocdev::Request;

use crate::board;

const TRUTH: Signals = Signals {
    venous: MmHg(-62.0),
    pre_membrane: MmHg(240.0),
    arterial: MmHg(185.0),
    venous_temperature: Celsius(35.2),
    arterial_temperature: Celsius(36.8),
    ..NOTHING
};
const NOTHING: Signals = Signals {
    flow: ecmod_quantities::LitresPerMinute(0.0),
    venous: MmHg(0.0),
    pre_membrane: MmHg(0.0),
    arterial: MmHg(0.0),
    pump_speed: ecmod_quantities::Rpm(0.0),
    rotor_speed: ecmod_quantities::Rpm(0.0),
    venous_temperature: Celsius(0.0),
    arterial_temperature: Celsius(0.0),
    sweep_gas: ecmod_quantities::GasLitresPerMinute(0.0),
    load: 0.0,
    drive_temperature: Celsius(25.0),
    flow_signal: 0.0,
    gas_supply: 0.0,
    exhaust_oxygen: 0.0,
    venous_saturation: 0.0,
};
/// Before zeroing: the model's transducers are off by up to 4.1 mmHg and 0.6 %.
const NOT_ZEROED: f64 = 7.0;

struct Console {
    wired: Wired,
    _host: Host,
    daemon: Daemon,
}

fn console() -> Console {
    let wired = Wired::new(7).unwrap();
    wired.observe(&TRUTH);
    let host = Host::start("adc", &board::spi(&wired.chip()));
    let daemon = host.daemon();
    Console { wired, _host: host, daemon }
}

impl Console {
    fn all_good(&self) {
        self.daemon.good("pressures", "venous", -62.0, NOT_ZEROED);
        self.daemon.good("pressures", "arterial", 185.0, NOT_ZEROED);
    }

    /// Both pressures become bad for this cause; how long that took is told.
    fn becomes_bad(&self, cause: Cause, what: &str) {
        let took = self.daemon.bad("pressures", "venous", cause);
        self.daemon.bad("pressures", "arterial", cause);
        figure(what, took.as_secs_f64() * 1e3, "ms");
        assert!(took < Duration::from_secs(2), "{took:?}");
    }
}

#[test]
fn pressures_and_temperatures_arrive_from_the_kernels_spidev() {
    let console = console();
    console.all_good();
    console.daemon.good("pressures", "pre_membrane", 240.0, NOT_ZEROED);
    console.daemon.good("venous_rtd", "temperature", 35.2, 0.3);
    console.daemon.good("arterial_rtd", "temperature", 36.8, 0.3);
    // How many there are in a second, by the signal's own count.
    let first = console.daemon.latest("pressures", "arterial").unwrap();
    let later =
        console.daemon.sample("pressures", "arterial", |reading| reading.t.0 > first.t.0 + 1_000_000_000);
    let rate = (later.sequence - first.sequence) as f64 / ((later.t.0 - first.t.0) as f64 / 1e9);
    figure("samples of one pressure", rate, "1/s");
    assert!(rate > 50.0, "{rate}");
    assert!(later.t <= now());
}

#[test]
fn the_cheap_converter_delivers_too() {
    let bank = Bank::new(&["DRDY"]).unwrap();
    let bus = SpiBus::new().unwrap();
    let mut chip = Ads1220::new(3);
    let mut pins = Pins::NOTHING;
    // 100 mmHg of a bridge with 5 uV/V/mmHg at 5 V.
    pins.bridge(0, 1, 100.0 * 5e-6 * pins.supply, 350.0);
    pins.connect(4, ecmod_sim::chips::pins::Pin::at(pins.supply, 1.0));
    pins.connect(5, ecmod_sim::chips::pins::Pin::at(0.0, 1.0));
    chip.set_pins(now(), pins);
    let chip = Arc::new(Mutex::new(chip));
    bus.attach(6, &chip, Some(bank.pin("DRDY").unwrap()));
    let config = format!(
        "[ports.adc]\nkind = \"spi\"\nchips = [{{ device = \"/dev/spidev0.6\", mode = 1, max_hz = 2000000 }}]\n\
         [ports.adc.lines.data_ready]\nchip = {:?}\nline = 0\ndirection = \"input\"\nedge = \"falling\"\n\
         [drivers.pressure]\ndriver = \"ads1220\"\nport = \"adc\"\n[drivers.pressure.config]\ndata_ready = \"data_ready\"\n\
         [[drivers.pressure.config.channels]]\nname = \"arterial\"\npositive = 0\nnegative = 1\n",
        bank.device()
    );
    let host = Host::start("adc", &config);
    let daemon = host.daemon();
    daemon.good("pressure", "arterial", 100.0, 2.0);
    bus.set_fault(6, Fault::Errno(5));
    daemon.bad("pressure", "arterial", Cause::Communication);
    bus.set_fault(6, Fault::None);
    daemon.good("pressure", "arterial", 100.0, 2.0);
}

#[test]
fn a_bus_error_is_a_cause_and_heals() {
    let console = console();
    console.all_good();
    for select in 0..5 {
        console.wired.spi().set_fault(select, Fault::Errno(5));
    }
    console.becomes_bad(Cause::Communication, "EIO to a bad sample");
    console.daemon.bad("venous_rtd", "temperature", Cause::Communication);
    for select in 0..5 {
        console.wired.spi().set_fault(select, Fault::None);
    }
    console.all_good();
    console.daemon.good("venous_rtd", "temperature", 35.2, 0.3);
}

#[test]
fn a_bus_that_never_answers_is_a_timeout_and_heals() {
    let console = console();
    console.all_good();
    console.wired.spi().set_fault(0, Fault::Silent);
    console.becomes_bad(Cause::Timeout, "silence to a bad sample");
    console.wired.spi().set_fault(0, Fault::None);
    console.all_good();
}

#[test]
fn a_stuck_bus_is_never_a_pressure_or_a_temperature() {
    let console = console();
    for level in [0x00, 0xFF] {
        console.all_good();
        console.daemon.good("venous_rtd", "temperature", 35.2, 0.3);
        for select in 0..5 {
            console.wired.spi().set_fault(select, Fault::Stuck(level));
        }
        for (driver, signal) in
            [("pressures", "venous"), ("pressures", "arterial"), ("venous_rtd", "temperature")]
        {
            let bad = console.daemon.sample(driver, signal, |reading| reading.quality == Quality::Bad);
            assert!(
                !matches!(bad.cause, Cause::None | Cause::OutOfRange),
                "{driver}.{signal}: {:?}",
                bad.cause
            );
        }
        for select in 0..5 {
            console.wired.spi().set_fault(select, Fault::None);
        }
    }
    console.all_good();
}

#[test]
fn an_open_wire_and_a_brown_out_are_found_and_heal() {
    let console = console();
    console.all_good();
    let mut faults = Faults::default();
    faults.transducer(Transducer::Arterial).open = Some(Wire::Positive);
    console.wired.set_faults(faults);
    console.wired.observe(&TRUTH);
    // Found at the latest by the test of the wires, which is due every ten seconds.
    let bad = console.daemon.sample("pressures", "arterial", |reading| reading.quality == Quality::Bad);
    assert_ne!(bad.cause, Cause::None);
    console.daemon.good("pressures", "venous", -62.0, NOT_ZEROED);
    console.wired.set_faults(Faults::default());
    console.wired.observe(&TRUTH);
    console.all_good();
    let before = console.daemon.latest("pressures", "venous").unwrap().sequence;
    console.wired.happen(Happening::BrownOut(Chip::Adc));
    console
        .daemon
        .sample("pressures", "venous", |reading| reading.sequence > before + 20 && reading.is_good());
    console.all_good();
}

#[test]
fn a_chip_removed_under_its_driver_is_a_cause_and_comes_back() {
    let console = console();
    console.all_good();
    fs::write("/sys/bus/spi/drivers/spidev/unbind", "spi0.0").unwrap();
    let removed = console.daemon.sample("pressures", "venous", |reading| reading.quality == Quality::Bad);
    assert!(
        matches!(removed.cause, Cause::Communication | Cause::Disconnected | Cause::DriverFault),
        "{removed:?}"
    );
    let back = Instant::now();
    fs::write("/sys/bus/spi/drivers/spidev/bind", "spi0.0").unwrap();
    console.all_good();
    figure("chip back to a good sample", back.elapsed().as_secs_f64() * 1e3, "ms");
}

#[test]
fn a_line_that_somebody_holds_is_named_with_its_holder_and_taken_when_it_is_free() {
    let wired = Wired::new(7).unwrap();
    wired.observe(&TRUTH);
    let held = Request::builder()
        .on_chip(wired.chip())
        .with_consumer("somebody-else")
        .with_line(0)
        .as_input()
        .request()
        .unwrap();
    let host = Host::start("adc", &board::spi(&wired.chip()));
    host.logged("somebody-else");
    drop(held);
    host.daemon().good("pressures", "venous", -62.0, NOT_ZEROED);
}

#[test]
fn a_second_host_learns_who_has_the_chip_and_takes_over_when_it_ends() {
    let wired = Wired::new(7).unwrap();
    wired.observe(&TRUTH);
    let first = Host::start("adc", &board::spi(&wired.chip()));
    first.daemon().good("pressures", "venous", -62.0, NOT_ZEROED);
    let second = Host::start("adc", &board::spi(&wired.chip()));
    second.logged("/dev/spidev0.0 is held by host:adc (process");
    second.logged("is held by ecmod:adc");
    drop(first);
    second.daemon().good("pressures", "venous", -62.0, NOT_ZEROED);
}

#[test]
fn devices_that_belong_to_root_serve_drivers_without_its_rights() {
    let wired = Wired::new(7).unwrap();
    wired.observe(&TRUTH);
    let host = Host::start_as_nobody("adc", &board::spi(&wired.chip()));
    let daemon = host.daemon();
    daemon.good("pressures", "venous", -62.0, NOT_ZEROED);
    daemon.good("venous_rtd", "temperature", 35.2, 0.3);
    let status = fs::read_to_string(format!("/proc/{}/status", host.pid())).unwrap();
    assert!(status.contains("Uid:\t65534\t65534\t65534"), "{status}");
    assert!(status.contains("CapEff:\t0000000000000000"), "{status}");
}
