// SPDX-License-Identifier: MIT OR Apache-2.0
//! The chip as a driver meets it: bytes between two edges of the chip select.

use super::*;
use crate::chips::pins::Pin;

/// The chip, and a clock that goes on by itself: 2 us for a byte.
struct Bench {
    chip: Ads126x,
    now: Monotonic,
}

impl Bench {
    fn new(model: Model) -> Self {
        Self { chip: Ads126x::new(model, 1), now: Monotonic(1_000_000) }
    }

    fn talk(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.chip.select(self.now);
        let answer = bytes
            .iter()
            .map(|byte| {
                self.now = self.now.plus(Span::from_micros(2));
                self.chip.exchange(self.now, *byte)
            })
            .collect();
        self.chip.deselect(self.now);
        answer
    }

    fn connect(&mut self, change: impl FnOnce(&mut Pins)) {
        let mut pins = self.chip.pins;
        change(&mut pins);
        self.chip.set_pins(self.now, pins);
    }

    fn write(&mut self, at: u8, value: u8) {
        self.talk(&[0x40 | at, 0, value]);
    }

    fn read(&mut self, at: u8) -> u8 {
        self.talk(&[0x20 | at, 0, 0])[2]
    }

    /// Waits for data-ready; how long it took.
    fn until_ready(&mut self) -> Span {
        let begin = self.now;
        while self.chip.data_ready(self.now) == Some(Level::High) {
            self.now = self.chip.next_change().expect("a conversion is under way");
        }
        self.now.since(begin)
    }

    /// Starts, waits, reads by command with status and CRC: status and code.
    fn convert(&mut self) -> (u8, i32) {
        self.write(0x02, 0x06);
        self.talk(&[0x08]);
        self.until_ready();
        let answer = self.talk(&[0x12, 0, 0, 0, 0, 0, 0]);
        let data = &answer[2..6];
        assert_eq!(answer[6], data.iter().fold(0, crc8), "{answer:02X?}");
        (answer[1], i32::from_be_bytes(data.try_into().unwrap()))
    }
}

#[test]
fn after_power_up_the_registers_are_the_datasheets_and_the_reset_bit_is_set_until_it_is_cleared() {
    let mut bench = Bench::new(Model::Ads1263);
    let answer = bench.talk(&[&[0x20, 26][..], &[0; 27]].concat());
    assert_eq!(answer[2..9], [0x23, 0x11, 0x05, 0x00, 0x80, 0x04, 0x01]);
    assert_eq!(bench.convert().0 & 0x41, 0x41, "new data, reset");
    bench.write(0x01, 0x01);
    assert_eq!(bench.convert().0 & 0x41, 0x40);
    bench.chip.brown_out(bench.now);
    assert_eq!(bench.convert().0 & 0x01, 0x01);
    assert_eq!(bench.read(0x05), 0x04, "the settings are gone");
    assert_eq!(Bench::new(Model::Ads1262).read(0x00), 0x03);
}

#[test]
fn a_bridge_is_converted_in_proportion_to_the_supply() {
    let mut bench = Bench::new(Model::Ads1262);
    bench.connect(|pins| pins.bridge(0, 1, 2.5e-3, 350.0));
    bench.write(0x01, 0x01);
    bench.write(0x0F, 0x24); // the supply as reference
    bench.write(0x05, 0x59); // gain 32, 1200 a second
    let (status, code) = bench.convert();
    assert_eq!(status, 0x40);
    let volts = f64::from(code) / 2_147_483_648.0 * 5.0 / 32.0;
    assert!((volts - 2.5e-3).abs() < 1e-7, "{volts}");
    bench.connect(|pins| pins.supply = 4.5);
    bench.connect(|pins| pins.bridge(0, 1, 2.25e-3, 350.0));
    assert!((bench.convert().1 - code).abs() < 20_000, "the same fraction of the supply");
}

#[test]
fn data_are_ready_after_the_latency_and_then_at_the_rate() {
    let mut bench = Bench::new(Model::Ads1262);
    for (mode1, mode2, first_us, period_us) in [
        (0x00, 0x09, 1_258, 833),
        (0x40, 0x09, 2_924, 833),
        (0x80, 0x04, 52_200, 50_000),
        (0x00, 0x07, 10_425, 10_000),
    ] {
        bench.write(0x04, mode1);
        bench.write(0x05, mode2);
        bench.talk(&[0x08]);
        let first = bench.until_ready();
        assert!(first.0.abs_diff(first_us * 1000) < 3_000, "{mode1:x} {mode2:x}: {first:?}");
        bench.talk(&[0x12, 0, 0, 0, 0, 0, 0]);
        let next = bench.until_ready();
        assert!(next.0.abs_diff(period_us * 1000) < 16_000, "{mode1:x} {mode2:x}: {next:?}");
    }
}

#[test]
fn unread_data_give_a_falling_edge_with_every_conversion() {
    let mut bench = Bench::new(Model::Ads1262);
    bench.write(0x05, 0x09);
    bench.talk(&[0x08]);
    let (mut falls, mut last) = (Vec::new(), Level::High);
    while falls.len() < 5 {
        bench.now = bench.chip.next_change().unwrap();
        let level = bench.chip.data_ready(bench.now).unwrap();
        assert_ne!(level, last, "every change is told");
        if level == Level::Low {
            falls.push(bench.now);
        }
        last = level;
    }
    assert!(falls.windows(2).all(|pair| pair[1].since(pair[0]).0.abs_diff(833_333) < 2));
}

#[test]
fn data_can_be_read_without_a_command_and_again_by_command_but_are_new_once() {
    let mut bench = Bench::new(Model::Ads1262);
    bench.write(0x02, 0x06);
    bench.write(0x03, 0x40); // one conversion
    bench.talk(&[0x08]);
    bench.until_ready();
    let direct = bench.talk(&[0; 6]);
    assert_eq!(direct[0] & 0x40, 0x40);
    assert_eq!(bench.chip.data_ready(bench.now), Some(Level::High));
    let again = bench.talk(&[0x12, 0, 0, 0, 0, 0, 0]);
    assert_eq!(again[1] & 0x40, 0);
    assert_eq!(direct[1..], again[2..]);
    assert_eq!(bench.chip.next_change(), None, "one conversion only");
}

#[test]
fn a_new_multiplexer_setting_begins_the_conversion_anew() {
    let mut bench = Bench::new(Model::Ads1262);
    bench.write(0x05, 0x07);
    bench.write(0x04, 0x00);
    bench.talk(&[0x08]);
    bench.now = bench.now.plus(Span::from_millis(9));
    bench.write(0x06, 0x23);
    let rest = bench.until_ready();
    assert!(rest > Span::from_millis(10), "{rest:?}");
}

#[test]
fn an_open_wire_is_seen_by_the_alarms_and_with_bias_at_the_end_of_scale() {
    let mut bench = Bench::new(Model::Ads1262);
    bench.write(0x01, 0x01);
    bench.write(0x0F, 0x24);
    bench.write(0x05, 0x59);
    bench.connect(|pins| pins.bridge(0, 1, 1e-3, 350.0));
    bench.write(0x04, 0x03); // sinc1, 10 uA
    let (status, biased) = bench.convert();
    assert_eq!(status, 0x40, "3.5 mV across the bridge do no harm");
    let volts = f64::from(biased) / 2_147_483_648.0 * 5.0 / 32.0;
    assert!((volts - 4.5e-3).abs() < 1e-5, "{volts}");
    bench.connect(|pins| pins.connect(0, Pin::OPEN));
    let (status, code) = bench.convert();
    assert_eq!(code, i32::MAX);
    assert_ne!(status & (OUT_HIGH | BEYOND), 0, "{status:x}");
}

const OUT_HIGH: u8 = analog::OUTPUT_HIGH;
const BEYOND: u8 = analog::BEYOND_SCALE;

#[test]
fn the_monitors_show_supply_temperature_and_a_reference_that_drifts() {
    let mut bench = Bench::new(Model::Ads1262);
    bench.write(0x05, 0x04); // gain 1
    bench.write(0x06, 0xCC);
    let volts = |code: i32| f64::from(code) / 2_147_483_648.0 * 2.5;
    assert!((volts(bench.convert().1) - 1.25).abs() < 1e-5);
    bench.connect(|pins| pins.reference_factor = 0.95);
    assert!((volts(bench.convert().1) - 1.25 / 0.95).abs() < 1e-5);
    bench.connect(|pins| (pins.reference_factor, pins.die_temperature) = (1.0, 45.0));
    bench.write(0x06, 0xBB);
    assert!((volts(bench.convert().1) - 0.1308).abs() < 1e-5);
    bench.write(0x06, 0xAA); // both on AINCOM: nothing between them
    assert!(volts(bench.convert().1).abs() < 1e-6);
    bench.write(0x0F, 0x09); // reference from pins that are open
    assert_ne!(bench.convert().0 & analog::REFERENCE_LOW, 0);
}

#[test]
fn the_second_converter_measures_by_itself_and_only_the_ads1263_has_it() {
    let mut bench = Bench::new(Model::Ads1263);
    bench.connect(|pins| pins.bridge(2, 3, 0.010, 350.0));
    bench.write(0x02, 0x05);
    bench.write(0x15, 0xE5); // 800 a second, the supply as reference, gain 32
    bench.write(0x16, 0x23);
    bench.talk(&[0x0C]);
    bench.now = bench.now.plus(Span::from_millis(5));
    let answer = bench.talk(&[0x14, 0, 0, 0, 0, 0, 0]);
    assert_eq!(answer[1] & 0xC0, 0x80);
    let code = i32::from_be_bytes([answer[2], answer[3], answer[4], 0]) >> 8;
    let volts = f64::from(code) / 8_388_608.0 * 5.0 / 32.0;
    assert!((volts - 0.010).abs() < 1e-6, "{volts}");
    assert_eq!(answer[5], 0);
    assert_eq!(answer[6], answer[2..5].iter().fold(0x9B, |sum: u8, byte| sum.wrapping_add(*byte)));
    let mut single = Bench::new(Model::Ads1262);
    single.talk(&[0x0C]);
    single.now = single.now.plus(Span::from_millis(500));
    assert_eq!(single.talk(&[0x14, 0])[1] & 0x80, 0);
}

#[test]
fn an_offset_calibration_takes_the_offset_away() {
    let mut bench = Bench::new(Model::Ads1262);
    bench.write(0x06, 0xFF);
    bench.write(0x05, 0x09);
    bench.write(0x04, 0x00);
    let before = bench.convert().1;
    bench.talk(&[0x19]);
    bench.until_ready();
    let after = bench.convert().1;
    assert!(before > 50 && after.abs() < 256, "{before} {after}");
}

#[test]
fn each_fault_does_what_it_says() {
    let mut bench = Bench::new(Model::Ads1262);
    bench.chip.set_fault(bench.now, Fault { wrong_id: true, ..Fault::default() });
    assert_eq!(bench.read(0), 0xE3);
    bench.chip.set_fault(bench.now, Fault { damaged_data: 1.0, ..Fault::default() });
    bench.write(0x02, 0x06);
    bench.talk(&[0x08]);
    bench.until_ready();
    let answer = bench.talk(&[0x12, 0, 0, 0, 0, 0, 0]);
    assert_ne!(answer[6], answer[2..6].iter().fold(0, crc8));
    bench.chip.set_fault(bench.now, Fault { ready_silent: true, ..Fault::default() });
    bench.now = bench.now.plus(Span::from_secs(1));
    assert_eq!(bench.chip.data_ready(bench.now), Some(Level::High));
}
