// SPDX-License-Identifier: MIT OR Apache-2.0
//! Drivers of SPI chips through the kernel's `spidev` ioctls, on a machine without an SPI bus: the host's real device code,
//! unchanged, on files that answer those ioctls.
#![cfg(test)] // helpers between the tests are test code too

mod file;
#[path = "../support/mod.rs"]
mod support;

use ecmod_quantities::{Celsius, MmHg, Monotonic};
use ecmod_sim::chips::ads1220::Ads1220;
use ecmod_sim::chips::board::{Board, BusFault, Chip, Faults, Happening};
use ecmod_sim::chips::pins::{Pin, Pins};
use ecmod_sim::circuit::Signals;
use file::Mounted;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::{Bare, Process, until};

/// What is true.
fn truth() -> Signals {
    Signals {
        venous: MmHg(-75.0),
        pre_membrane: MmHg(230.0),
        arterial: MmHg(190.0),
        venous_temperature: Celsius(36.2),
        arterial_temperature: Celsius(37.1),
        ..Signals::default()
    }
}

/// A board behind three files: the converter and two thermometers.
struct Bench {
    board: Arc<Mutex<Board>>,
    mounted: Mounted,
}

impl Bench {
    fn new() -> Self {
        let board = Arc::new(Mutex::new(Board::new(7)));
        let file = |chip: Chip| -> file::Chip {
            let board = Arc::clone(&board);
            Box::new(move |now, out, back| board.lock().unwrap().spi(now, chip, out, back))
        };
        let mounted = Mounted::new([Chip::Adc, Chip::VenousRtd, Chip::ArterialRtd].map(file));
        let bench = Self { board, mounted };
        bench.with(|board, now| board.observe(now, &truth()));
        bench
    }

    /// Does something with the board, at the present time.
    fn with<T>(&self, act: impl FnOnce(&mut Board, Monotonic) -> T) -> T {
        let mut board = self.board.lock().unwrap();
        act(&mut board, file::now())
    }
}

/// Daemon and two hosts: a converter and two thermometers.
fn configure(bare: &Bare, mounted: &Mounted) {
    let device = |chip: usize| mounted.path(chip).display().to_string();
    bare.configure(&format!(
        r#"
[ports.adc]
kind = "spi"
chips = [{{ device = "{adc}", mode = 1, max_hz = 4000000 }}]
[ports.thermometers]
kind = "spi"
chips = [
  {{ device = "{venous}", mode = 1, max_hz = 1000000 }},
  {{ device = "{arterial}", mode = 1, max_hz = 1000000 }},
]

[drivers.pressures]
driver = "ads1262"
port = "adc"
[[drivers.pressures.config.channels]]
name = "venous"
positive = 0
negative = 1
[[drivers.pressures.config.channels]]
name = "pre_membrane"
positive = 2
negative = 3
[[drivers.pressures.config.channels]]
name = "arterial"
positive = 4
negative = 5

[drivers.venous_rtd]
driver = "max31865"
port = "thermometers"
config = {{ chip = 0 }}
[drivers.arterial_rtd]
driver = "max31865"
port = "thermometers"
config = {{ chip = 1 }}

[signals.venous_pressure]
sources = ["pressures.venous"]
[signals.pre_membrane_pressure]
sources = ["pressures.pre_membrane"]
[signals.arterial_pressure]
sources = ["pressures.arterial"]
[signals.venous_temperature]
sources = ["venous_rtd.temperature"]
[signals.arterial_temperature]
sources = ["arterial_rtd.temperature"]
"#,
        adc = device(0),
        venous = device(1),
        arterial = device(2),
    ));
}

#[test]
fn pressures_and_temperatures_come_through_spidev_ioctls_and_a_chip_that_fails_comes_back() {
    let bench = Bench::new();
    let bare = Bare::new();
    configure(&bare, &bench.mounted);
    let _daemon = bare.daemon();
    let _hosts = [bare.host("adc"), bare.host("thermometers")];
    // The transducers' zero errors are those of the board.
    for (signal, expected, tolerance) in [
        ("venous_pressure", -75.0 * 1.004 + 3.2, 1.5),
        ("pre_membrane_pressure", 230.0 * 0.995 - 2.6, 1.5),
        ("arterial_pressure", 190.0 * 1.006 + 4.1, 1.5),
        ("venous_temperature", 36.2, 0.2),
        ("arterial_temperature", 37.1, 0.2),
    ] {
        let value = until(signal, || bare.good(signal));
        assert!((value - expected).abs() <= tolerance, "{signal}: {value}, not {expected}");
    }

    let bus = [(Chip::Adc, BusFault::Error)].into();
    bench.with(|board, now| board.set_faults(now, Faults { bus, ..Faults::default() }));
    until("a bad pressure", || bare.reading("venous_pressure").filter(|(_, quality, _)| quality == "bad"));
    assert!(bare.good("venous_temperature").is_some(), "another chip, another bus");
    bench.with(|board, now| board.set_faults(now, Faults::default()));
    until("the pressure is back", || bare.good("venous_pressure"));

    // What is measured afterwards is new: the settings are gone, and the pressure is another one.
    bench.with(|board, now| {
        board.happen(now, Happening::BrownOut(Chip::Adc));
        board.observe(now, &Signals { venous: MmHg(-20.0), ..truth() });
    });
    until("the pressure is right after a brown-out", || {
        bare.good("venous_pressure").filter(|value| (value - (-20.0 * 1.004 + 3.2)).abs() < 1.5)
    });
}

/// Processor time that a process has used.
fn used(host: &Process) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", host.pid().as_raw_nonzero())).unwrap();
    let behind_the_name = stat.rsplit(") ").next().unwrap().split(' ').skip(11).take(2);
    let ticks: u64 = behind_the_name.map(|word| word.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}

#[test]
fn sampling_over_spidev_ioctls_goes_on_at_a_hundred_a_second() {
    let bench = Bench::new();
    let bare = Bare::new();
    configure(&bare, &bench.mounted);
    let _daemon = bare.daemon();
    let host = bare.host("adc");
    until("a pressure", || bare.good("venous_pressure"));
    let cycles = || bare.entry("drivers", "id", "pressures").and_then(|driver| driver["cycles"].as_u64());
    // The count is told once a second: from one telling to another.
    let next_told = |last: u64| until("the next count", || cycles().filter(|count| *count != last));
    let first = next_told(until("a count", cycles));
    let (began, used_before) = (Instant::now(), used(&host));
    let mut last = first;
    for _ in 0..5 {
        last = next_told(last);
    }
    let (took, used) = (began.elapsed(), used(&host) - used_before);
    let rate = (last - first) as f64 / took.as_secs_f64();
    println!("{rate:.1} cycles a second; the host used {used:?} in {took:?}, polling over FUSE");
    assert!(rate > 90.0, "{rate} cycles a second");
}

#[test]
fn the_cheap_converter_measures_two_bridges_and_misses_neither_a_wire_nor_a_brown_out() {
    let chip = Arc::new(Mutex::new(Ads1220::new(3)));
    let connect = |change: &dyn Fn(&mut Pins)| {
        let mut pins = Pins::NOTHING;
        pins.noise = 7.5e-6;
        pins.bridge(0, 1, -60.0 * 25e-6, 350.0);
        pins.bridge(2, 3, 250.0 * 25e-6, 350.0);
        change(&mut pins);
        chip.lock().unwrap().set_pins(file::now(), pins);
    };
    connect(&|_| ());
    let mounted = Mounted::new([file::chip(&chip)]);
    let bare = Bare::new();
    bare.configure(&format!(
        r#"
[ports.adc]
kind = "spi"
chips = [{{ device = "{}", mode = 1, max_hz = 4000000 }}]
[drivers.pressures]
driver = "ads1220"
port = "adc"
[[drivers.pressures.config.channels]]
name = "venous"
positive = 0
negative = 1
[[drivers.pressures.config.channels]]
name = "arterial"
positive = 2
negative = 3
[signals.venous_pressure]
sources = ["pressures.venous"]
filter_ms = 40
[signals.arterial_pressure]
sources = ["pressures.arterial"]
filter_ms = 40
"#,
        mounted.path(0).display()
    ));
    let _daemon = bare.daemon();
    let _host = bare.host("adc");
    let right = |signal: &str, expected: f64| {
        until(signal, || bare.good(signal).filter(|value| (value - expected).abs() < 1.5));
    };
    right("venous_pressure", -60.0);
    right("arterial_pressure", 250.0);
    connect(&|pins| pins.connect(0, Pin::OPEN));
    let bad =
        |signal: &str| until(signal, || bare.reading(signal).filter(|(_, quality, _)| quality == "bad"));
    let (_, _, cause) = bad("venous_pressure");
    println!("an open wire: {cause}");
    right("arterial_pressure", 250.0);
    connect(&|_| ());
    right("venous_pressure", -60.0);
    // What is measured afterwards is new: the old settings are gone, and the pressure is another one.
    chip.lock().unwrap().brown_out(file::now());
    connect(&|pins| pins.bridge(2, 3, 120.0 * 25e-6, 350.0));
    right("arterial_pressure", 120.0);
    right("venous_pressure", -60.0);
}
