// SPDX-License-Identifier: MIT OR Apache-2.0
//! The chip as a driver meets it: bytes between two edges of the chip select.

use super::*;
use crate::chips::pins::Pin;

struct Bench {
    chip: Ads1220,
    now: Monotonic,
}

impl Bench {
    fn new() -> Self {
        let mut chip = Ads1220::new(5);
        let mut pins = Pins::NOTHING;
        pins.bridge(0, 1, 2.5e-3, 350.0);
        chip.set_pins(Monotonic(0), pins);
        Self { chip, now: Monotonic(1_000_000) }
    }

    fn talk<const N: usize>(&mut self, bytes: [u8; N]) -> [u8; N] {
        self.chip.select(self.now);
        let answer = bytes.map(|byte| self.chip.exchange(self.now, byte));
        self.chip.deselect(self.now);
        answer
    }

    /// Starts, waits for data-ready, reads by command.
    fn convert(&mut self) -> (Span, i32) {
        self.talk([0x08]);
        let begin = self.now;
        self.now = self.chip.next_change().expect("a conversion is under way");
        assert_eq!(self.chip.data_ready(Monotonic(self.now.0 - 1)), Some(Level::High));
        assert_eq!(self.chip.data_ready(self.now), Some(Level::Low));
        let [_, a, b, c] = self.talk([0x10, 0, 0, 0]);
        assert_eq!(self.chip.data_ready(self.now), Some(Level::High));
        (self.now.since(begin), i32::from_be_bytes([a, b, c, 0]) >> 8)
    }
}

#[test]
fn a_bridge_is_converted_with_gain_and_the_chosen_reference() {
    let mut bench = Bench::new();
    bench.talk([0x42, 0x0C, 0x04 ^ 0x04, 0xC0]); // gain 64, single shot, the supply as reference
    assert_eq!(bench.talk([0x23, 0, 0, 0, 0]), [0, 0x0C, 0x00, 0xC0, 0x00]);
    let (took, code) = bench.convert();
    assert_eq!(took, Span::from_millis(50));
    let volts = f64::from(code) / 8_388_608.0 * 5.0 / 64.0;
    assert!((volts - 2.5e-3).abs() < 2e-8, "{volts}");
    bench.talk([0x40, 0xEC]); // shorted
    assert_eq!(bench.convert().1, 0);
    bench.talk([0x40, 0xD0]); // a quarter of the supply, against the internal reference
    let supply = f64::from(bench.convert().1) / 8_388_608.0 * 2.048 * 4.0;
    assert!((supply - 5.0).abs() < 1e-3, "{supply}");
}

#[test]
fn continuous_conversion_keeps_the_rate_and_data_can_be_read_without_a_command() {
    let mut bench = Bench::new();
    bench.talk([0x44, 0xD4]); // 2000 a second in turbo mode, continuous
    bench.talk([0x08]);
    let mut last = bench.now;
    for _ in 0..3 {
        bench.now = bench.chip.next_change().unwrap();
        assert_eq!(bench.now.since(last), Span::from_micros(500));
        last = bench.now;
        assert_ne!(bench.talk([0, 0, 0]), [0, 0, 0]);
        assert_eq!(bench.talk([0, 0, 0]), [0, 0, 0], "read already");
    }
}

#[test]
fn burn_out_current_drives_an_open_input_to_the_end_of_scale() {
    let mut bench = Bench::new();
    bench.talk([0x41, 0x0C, 0x01]);
    let connected = bench.convert().1;
    assert!(connected < 0x7F_FFFF);
    let mut pins = bench.chip.pins;
    pins.connect(0, Pin::OPEN);
    bench.chip.set_pins(bench.now, pins);
    assert_eq!(bench.convert().1, 0x7F_FFFF);
}

#[test]
fn the_temperature_is_in_the_upper_fourteen_bits_and_a_brown_out_forgets_all() {
    let mut bench = Bench::new();
    bench.talk([0x44, 0x02]);
    let celsius = f64::from(bench.convert().1 >> 10) * 0.03125;
    assert!((celsius - 30.0).abs() < 0.04, "{celsius}");
    bench.chip.brown_out(bench.now);
    assert_eq!(bench.talk([0x23, 0, 0, 0, 0]), [0; 5]);
}
