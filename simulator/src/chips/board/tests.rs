// SPDX-License-Identifier: MIT OR Apache-2.0
//! The board from its connectors: bytes and levels, against what is true in the circuit.

use super::*;
use crate::chips::max31865::Element;
use ecmod_quantities::{GasLitresPerMinute, Span};

struct Bench {
    board: Board,
    now: Monotonic,
}

fn truth() -> Signals {
    Signals {
        venous: MmHg(-80.0),
        pre_membrane: MmHg(240.0),
        arterial: MmHg(200.0),
        venous_temperature: Celsius(36.5),
        arterial_temperature: Celsius(37.0),
        sweep_gas: GasLitresPerMinute(3.0),
        ..Signals::default()
    }
}

impl Bench {
    fn new() -> Self {
        let mut bench = Self { board: Board::new(1), now: Monotonic(1_000_000_000) };
        bench.board.observe(bench.now, &truth());
        bench
    }

    fn talk<const N: usize>(&mut self, chip: Chip, out: [u8; N]) -> [u8; N] {
        let mut back = [0; N];
        assert_eq!(self.board.spi(self.now, chip, &out, &mut back), Outcome::Done);
        back
    }

    fn pass(&mut self, span: Span) {
        self.now = self.now.plus(span);
        self.board.observe(self.now, &truth());
    }

    fn line(&self, name: &str) -> usize {
        self.board.lines().iter().position(|line| line.name == name).unwrap()
    }

    fn level(&mut self, name: &str) -> bool {
        let line = self.line(name);
        self.board.level(self.now, line).is_high()
    }

    fn drive(&mut self, name: &str, level: Option<Level>) {
        let line = self.line(name);
        self.board.drive(self.now, line, level);
    }

    fn edges(&mut self) -> Vec<(&'static str, u64, bool)> {
        let mut edges = Vec::new();
        self.board.advance(self.now, &mut |edge| edges.push(edge));
        let lines = self.board.lines();
        edges.iter().map(|edge| (lines[edge.line].name, edge.at.0, edge.level.is_high())).collect()
    }

    /// The mean of some conversions of a transducer, mmHg by its nominal sensitivity; and all status bits seen.
    fn pressure(&mut self, transducer: Transducer) -> (f64, u8) {
        let number = Transducer::ALL.iter().position(|known| *known == transducer).unwrap();
        let inputs = [0x01, 0x23, 0x45, 0x67, 0x89][number];
        self.talk(Chip::Adc, [0x41, 1, 0x01, 0x06]);
        self.talk(Chip::Adc, [0x4F, 0, 0x24]);
        let (mut sum, mut all) = (0.0, 0);
        for _ in 0..20 {
            self.talk(Chip::Adc, [0x43, 3, 0x40, 0x00, 0x59, inputs]);
            self.talk(Chip::Adc, [0x08]);
            self.pass(Span::from_millis(2));
            let answer = self.talk(Chip::Adc, [0x12, 0, 0, 0, 0, 0, 0]);
            all |= answer[1];
            let code = i32::from_be_bytes([answer[2], answer[3], answer[4], answer[5]]);
            sum += f64::from(code) / 2_147_483_648.0 * 5.0 / 32.0 / 5.0 / 5e-6;
        }
        (sum / 20.0, all)
    }
}

#[test]
fn the_converter_sees_the_circuits_pressures_with_the_transducers_zero_errors() {
    let mut bench = Bench::new();
    for (transducer, expected) in [
        (Transducer::Venous, -80.0 * 1.004 + 3.2),
        (Transducer::PreMembrane, 240.0 * 0.995 - 2.6),
        (Transducer::Arterial, 200.0 * 1.006 + 4.1),
        (Transducer::GasInlet, 12.0 * 0.998 + 1.5),
        (Transducer::Auxiliary, -3.7),
    ] {
        let (shown, status) = bench.pressure(transducer);
        assert!((shown - expected).abs() < 0.4, "{transducer:?}: {shown}, not {expected}");
        assert_eq!(status, 0x40, "{transducer:?}");
    }
}

#[test]
fn a_transducer_can_be_opened_to_the_air_saturate_and_lose_a_wire() {
    let mut bench = Bench::new();
    let venous = |fault: TransducerFault| Faults {
        transducers: [(Transducer::Venous, fault)].into(),
        ..Faults::default()
    };
    let at = |pressure, noise| Connection::Source { pressure: MmHg(pressure), noise: MmHg(noise) };
    bench.board.set_faults(
        bench.now,
        venous(TransducerFault { connection: at(-500.0, 0.0), ..TransducerFault::default() }),
    );
    bench.pass(Span::ZERO);
    assert!((bench.pressure(Transducer::Venous).0 - (-500.0 * 1.004 + 3.2)).abs() < 0.4);
    bench
        .board
        .set_faults(bench.now, venous(TransducerFault { saturated: true, ..TransducerFault::default() }));
    bench.pass(Span::ZERO);
    assert!(bench.pressure(Transducer::Venous).0 > 5000.0);
    for wire in [Wire::Positive, Wire::Negative, Wire::Excitation] {
        bench.board.set_faults(
            bench.now,
            venous(TransducerFault { open: Some(wire), ..TransducerFault::default() }),
        );
        bench.pass(Span::ZERO);
        let (_, status) = bench.pressure(Transducer::Venous);
        assert_ne!(status & 0x0E, 0, "{wire:?}: the amplifier's alarms say so");
    }
    bench.board.set_faults(bench.now, Faults::default());
    bench.pass(Span::ZERO);
    assert_eq!(bench.pressure(Transducer::Venous).1, 0x40);
}

#[test]
fn data_ready_is_a_line_with_the_conversions_own_times() {
    let mut bench = Bench::new();
    bench.talk(Chip::Adc, [0x43, 3, 0x40, 0x00, 0x59, 0x01]);
    bench.edges();
    let start = bench.now;
    bench.talk(Chip::Adc, [0x08]);
    let due = bench.board.next_change().unwrap();
    assert_eq!(due.since(start), Span(1_258_033));
    bench.pass(Span::from_millis(7));
    assert_eq!(bench.edges(), [("ADC_DATA_READY", due.0, false)]);
    bench.talk(Chip::Adc, [0x12, 0, 0, 0, 0, 0, 0]);
    assert_eq!(bench.edges(), [("ADC_DATA_READY", bench.now.0, true)]);
}

#[test]
fn thermometers_follow_the_blood_and_tell_of_their_wires() {
    let mut bench = Bench::new();
    let read = |bench: &mut Bench, chip| {
        bench.talk(chip, [0x80, 0x80]);
        bench.pass(Span::from_millis(12));
        bench.talk(chip, [0x80, 0xA2]);
        bench.pass(Span::from_millis(70));
        let [_, high, low] = bench.talk(chip, [0x01, 0, 0]);
        let ohm = f64::from(u16::from_be_bytes([high, low]) >> 1) / 32_768.0 * 430.0;
        (ohm - 100.0) / 0.387 // the mean slope between 20 and 40 degC, good for 0.3 degC there
    };
    for (chip, expected) in [(Chip::VenousRtd, 36.5), (Chip::ArterialRtd, 37.0), (Chip::RoomRtd, 23.0)] {
        let shown = read(&mut bench, chip);
        assert!((shown - expected).abs() < 0.3, "{chip:?}: {shown}");
    }
    let elements = [(Chip::VenousRtd, Element::Open)].into();
    bench.board.set_faults(bench.now, Faults { elements, ..Faults::default() });
    assert!(read(&mut bench, Chip::VenousRtd) > 700.0);
    assert!(read(&mut bench, Chip::ArterialRtd) < 40.0, "the others are well");
}

#[test]
fn a_bus_can_be_stuck_fail_or_be_silent() {
    let mut bench = Bench::new();
    for (fault, outcome, byte) in [
        (BusFault::Stuck(Level::High), Outcome::Done, 0xFF),
        (BusFault::Stuck(Level::Low), Outcome::Done, 0x00),
        (BusFault::Error, Outcome::Error, 0x55),
        (BusFault::Silent, Outcome::Silent, 0x55),
    ] {
        let bus = [(Chip::Adc, fault)].into();
        bench.board.set_faults(bench.now, Faults { bus, ..Faults::default() });
        let mut back = [0x55; 3];
        assert_eq!(bench.board.spi(bench.now, Chip::Adc, &[0x20, 0, 0], &mut back), outcome, "{fault:?}");
        assert_eq!(back, [byte; 3]);
    }
}

#[test]
fn a_brown_out_and_a_drifting_reference_show_in_the_registers_and_monitors() {
    let mut bench = Bench::new();
    bench.talk(Chip::Adc, [0x41, 0, 0x01]);
    bench.board.happen(bench.now, Happening::BrownOut(Chip::Adc));
    assert_eq!(bench.talk(Chip::Adc, [0x21, 0, 0])[2], 0x11);
    bench.board.set_faults(bench.now, Faults { reference_drift: Some(-0.01), ..Faults::default() });
    bench.pass(Span::from_secs(5));
    bench.talk(Chip::Adc, [0x43, 3, 0x40, 0x00, 0x09, 0xCC]);
    bench.talk(Chip::Adc, [0x08]);
    bench.pass(Span::from_millis(5));
    let [_, _, a, b, c, d, _] = bench.talk(Chip::Adc, [0x12, 0, 0, 0, 0, 0, 0]);
    let volts = f64::from(i32::from_be_bytes([a, b, c, d])) / 2_147_483_648.0 * 2.5;
    assert!((volts - 1.25 / 0.95).abs() < 1e-3, "{volts}");
}

#[test]
fn a_clamp_moves_when_the_host_drives_its_coil_and_only_over_a_whole_wire() {
    let mut bench = Bench::new();
    assert!(!bench.level("RETURN_CLAMP_IS_OPEN") && bench.level("RETURN_CLAMP_IS_CLOSED"));
    bench.drive("RETURN_CLAMP_CLOSE_COIL", Some(Level::High));
    bench.pass(Span::from_millis(300));
    assert!(bench.level("RETURN_CLAMP_IS_OPEN") && !bench.level("RETURN_CLAMP_IS_CLOSED"));
    assert!((bench.board.closed(bench.now)[1] - 1.0).abs() < 1e-9);
    bench.drive("RETURN_CLAMP_CLOSE_COIL", None);
    let broken_lines = ["RETURN_CLAMP_OPEN_COIL".to_owned(), "RETURN_CLAMP_IS_CLOSED".to_owned()].into();
    bench.board.set_faults(bench.now, Faults { broken_lines, ..Faults::default() });
    assert!(bench.level("RETURN_CLAMP_IS_CLOSED"), "pulled up");
    bench.drive("RETURN_CLAMP_OPEN_COIL", Some(Level::High));
    bench.pass(Span::from_millis(300));
    assert!((bench.board.closed(bench.now)[1] - 1.0).abs() < 1e-9);
    bench.board.set_faults(bench.now, Faults::default());
    bench.pass(Span::from_millis(300));
    assert!(bench.board.closed(bench.now)[1].abs() < 1e-9, "the host drives it still");
    assert!(!bench.level("RETURN_CLAMP_IS_OPEN"));
}

#[test]
fn bubbles_are_edges_at_their_own_times_and_every_change_is_recorded() {
    let mut bench = Bench::new();
    bench.edges();
    let at = bench.now.0;
    bench.board.happen(bench.now, Happening::Bubble(Site::Return));
    bench.pass(Span::from_millis(40));
    assert_eq!(bench.edges(), [("BUBBLE", at, false), ("BUBBLE", at + 2_000_000, true)]);
    bench.drive("SOUNDER", Some(Level::High));
    bench.pass(Span::from_millis(1));
    bench.drive("SOUNDER", None);
    let sounder = bench.board.changes("SOUNDER").unwrap();
    assert_eq!(sounder.iter().map(|change| change.high).collect::<Vec<_>>(), [true, false]);
    assert_eq!(sounder[1].t_ns - sounder[0].t_ns, 1_000_000);
    assert!(bench.board.changes("SOUNDR").is_none());
}

#[test]
fn each_thermometer_on_i2c_answers_at_its_address_only() {
    let mut bench = Bench::new();
    let mut bytes = [0; 2];
    let mut steps = [I2cStep::Write(&[0]), I2cStep::Read(&mut bytes)];
    assert_eq!(bench.board.i2c(bench.now, 0x48, &mut steps), Outcome::Done);
    assert_eq!(bytes, [34, 0]);
    assert_eq!(bench.board.i2c(bench.now, 0x49, &mut []), Outcome::Done);
    for nobody in (0..0x80).filter(|address| ![0x48, 0x49].contains(address)) {
        assert_eq!(bench.board.i2c(bench.now, nobody, &mut []), Outcome::NotAcknowledged, "{nobody:#x}");
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_and_no_levels_make_it_stumble(
        transfers in proptest::collection::vec(
            (0..5_usize, proptest::collection::vec(proptest::num::u8::ANY, 1..24), 0..3_000_000_u64),
            1..40,
        ),
        line in 0..30_usize,
    ) {
        let mut bench = Bench::new();
        for (chip, out, wait) in transfers {
            bench.pass(Span(wait));
            let mut back = vec![0; out.len()];
            let outcome = bench.board.spi(bench.now, Chip::SPI[chip], &out, &mut back);
            proptest::prop_assert_eq!(outcome, Outcome::Done);
            bench.board.drive(bench.now, line, Some(Level::from_bool(wait % 2 == 0)));
            let mut last = Monotonic(0);
            bench.board.advance(bench.now, &mut |edge| {
                assert!(edge.at >= last && edge.at <= bench.now, "edges come in their order");
                last = edge.at;
            });
            if let Some(next) = bench.board.next_change() {
                proptest::prop_assert!(next > bench.now, "what has happened was told");
            }
        }
    }
}
