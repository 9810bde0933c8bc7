// SPDX-License-Identifier: MIT OR Apache-2.0
//! The chip as a driver meets it: bytes between two edges of the chip select.

use super::*;

struct Bench {
    chip: Max31865,
    now: Monotonic,
}

impl Bench {
    fn at(temperature: f64) -> Self {
        let mut chip = Max31865::new(3);
        chip.set_temperature(Monotonic(0), Celsius(temperature));
        Self { chip, now: Monotonic(1_000_000) }
    }

    fn talk<const N: usize>(&mut self, bytes: [u8; N]) -> [u8; N] {
        self.chip.select(self.now);
        let answer = bytes.map(|byte| self.chip.exchange(self.now, byte));
        self.chip.deselect(self.now);
        answer
    }

    fn pass(&mut self, span: Span) {
        self.now = self.now.plus(span);
    }

    /// A one-shot conversion as the datasheet wants it: result, and the fault register.
    fn convert(&mut self) -> (u16, u8) {
        self.talk([0x80, 0x80]);
        self.pass(Span::from_millis(11));
        self.talk([0x80, 0xA2]);
        self.pass(Span::from_millis(53));
        let [_, high, low] = self.talk([0x01, 0, 0]);
        let [_, status] = self.talk([0x07, 0]);
        self.talk([0x80, 0x00]);
        (u16::from_be_bytes([high, low]), status)
    }
}

#[test]
fn the_code_is_the_ratio_of_the_resistances() {
    // 138.5055 ohm at 100 degC, 100 ohm at 0 (IEC 60751).
    for (temperature, ohm) in [(0.0, 100.0), (37.0, 114.3829), (100.0, 138.5055), (-40.0, 84.2707)] {
        let (result, status) = Bench::at(temperature).convert();
        let measured = f64::from(result >> 1) / 32_768.0 * 430.0;
        assert!((measured - ohm).abs() < 0.05, "{temperature} degC: {measured}");
        assert_eq!((result & 1, status), (0, 0));
    }
}

#[test]
fn a_one_shot_takes_its_time_with_either_filter_and_tells_by_data_ready() {
    for (value, ms) in [(0xA0, 52.0), (0xA1, 62.5)] {
        let mut bench = Bench::at(20.0);
        bench.talk([0x80, value]);
        let end = bench.chip.next_change().unwrap();
        assert!((end.since(bench.now).seconds() * 1e3 - ms).abs() < 0.01);
        assert_eq!(bench.chip.data_ready(Monotonic(end.0 - 1)), Some(Level::High));
        assert_eq!(bench.chip.data_ready(end), Some(Level::Low));
        bench.now = end;
        assert_eq!(bench.talk([0x00, 0])[1], value & !0x20, "the bit clears itself");
        bench.talk([0x01, 0, 0]);
        assert_eq!(bench.chip.data_ready(end), Some(Level::High));
    }
}

#[test]
fn who_does_not_wait_for_the_bias_reads_too_little() {
    let mut bench = Bench::at(37.0);
    bench.talk([0x80, 0x80]);
    bench.pass(Span::from_millis(2));
    bench.talk([0x80, 0xA0]);
    bench.pass(Span::from_millis(53));
    let [_, high, low] = bench.talk([0x01, 0, 0]);
    let ohm = f64::from(u16::from_be_bytes([high, low]) >> 1) / 32_768.0 * 430.0;
    assert!(ohm < 105.0, "{ohm}");
}

#[test]
fn automatic_conversion_goes_on_and_on() {
    let mut bench = Bench::at(25.0);
    bench.talk([0x80, 0xC1]);
    for _ in 0..3 {
        let next = bench.chip.next_change().unwrap();
        assert_eq!(next.since(bench.now), Span::from_millis(20));
        bench.now = next;
        assert_eq!(bench.chip.data_ready(next), Some(Level::Low));
        bench.talk([0x01, 0, 0]);
    }
}

#[test]
fn each_fault_of_the_wires_is_in_the_fault_register_until_it_is_cleared() {
    let look = |bench: &mut Bench| {
        bench.talk([0x80, 0x80]);
        bench.pass(Span::from_millis(11));
        bench.talk([0x80, 0x84]);
        bench.pass(Span::from_millis(1));
        assert_eq!(bench.talk([0x00, 0])[1], 0x80, "the look ends by itself");
        bench.talk([0x07, 0])[1]
    };
    for (element, wires, result) in
        [(Element::Open, 0x20, 0xFFFF), (Element::Shorted, 0, 0x0001), (Element::ForceOpen, 0x18, 0x0001)]
    {
        let mut bench = Bench::at(37.0);
        bench.chip.set_fault(bench.now, Fault { element, ..Fault::default() });
        assert_eq!(look(&mut bench), wires, "{element:?}");
        assert_eq!(bench.convert().0, result, "{element:?}");
        bench.chip.set_fault(bench.now, Fault::default());
        let (result, status) = bench.convert();
        assert_eq!((result & 1, status), (0, 0), "{element:?}");
    }
    let mut bench = Bench::at(37.0);
    bench.chip.set_fault(bench.now, Fault { overvoltage: true, ..Fault::default() });
    assert_eq!(bench.convert().1, 0x04);
}

#[test]
fn thresholds_can_be_written_and_watched() {
    let mut bench = Bench::at(37.0);
    bench.talk([0x83, 0x30, 0x00, 0x10, 0x00]);
    assert_eq!(bench.talk([0x03, 0, 0, 0, 0]), [0, 0x30, 0x00, 0x10, 0x00]);
    bench.chip.set_temperature(bench.now, Celsius(300.0));
    let (result, status) = bench.convert();
    assert_eq!((result & 1, status), (1, 0x80));
    bench.chip.brown_out(bench.now);
    assert_eq!(bench.talk([0x03, 0, 0, 0, 0]), [0, 0xFF, 0xFF, 0, 0]);
}
