// SPDX-License-Identifier: MIT OR Apache-2.0
//! Each fault of chip, line, bus and transducer: quality, cause, time, and its end.

use super::*;

/// A fault, what `venous` becomes, within how many cycles; and how it ends.
struct Row {
    fault: &'static str,
    strike: fn(&Device),
    quality: Quality,
    cause: Cause,
    within: u32,
    mend: fn(&Device),
    back_within: u32,
}

fn row(
    fault: &'static str,
    strike: fn(&Device),
    cause: Cause,
    within: u32,
    mend: fn(&Device),
    back_within: u32,
) -> Row {
    let quality = if cause == Cause::NotCalibrated { Quality::Uncertain } else { Quality::Bad };
    Row { fault, strike, quality, cause, within, mend, back_within }
}

#[test]
fn every_fault_has_its_quality_and_cause_in_time_and_is_over_when_it_ends() {
    let works: fn(&Device) = |device| device.with(|chip| chip.data_line = DataLine::Works);
    let rows = [
        row(
            "the chip is reset by a dip of its supply",
            |device| device.with(fake::Chip::brown_out),
            Cause::NotReady,
            2,
            |_| {},
            3,
        ),
        row(
            "data line stuck low",
            |device| device.with(|chip| chip.data_line = DataLine::StuckLow),
            Cause::Communication,
            3,
            works,
            25,
        ),
        row(
            "data line stuck high, chip unplugged",
            |device| device.with(|chip| chip.data_line = DataLine::StuckHigh),
            Cause::Communication,
            3,
            works,
            25,
        ),
        row(
            "results damaged on the bus",
            |device| device.with(|chip| chip.data_line = DataLine::Noisy),
            Cause::Communication,
            3,
            works,
            25,
        ),
        row(
            "the host's bus fails",
            |device| device.with(|chip| chip.bus = Some(Error::Io)),
            Cause::Communication,
            1,
            |device| device.with(|chip| chip.bus = None),
            25,
        ),
        row(
            "another chip in its place",
            |device| {
                device.with(|chip| {
                    chip.is_stranger = true;
                    chip.brown_out();
                });
            },
            Cause::DeviceError,
            4,
            |device| device.with(|chip| chip.is_stranger = false),
            25,
        ),
        row(
            "the converter is stuck",
            |device| device.with(|chip| chip.frozen = true),
            Cause::Frozen,
            23,
            |device| device.with(|chip| chip.frozen = false),
            3,
        ),
        row(
            "the reference drifts",
            |device| device.with(|chip| chip.supply = 4.6),
            Cause::NotCalibrated,
            200,
            |device| device.with(|chip| chip.supply = 5.0),
            200,
        ),
        row(
            "overload",
            |device| device.set_pressures([3500.0, 0.0]),
            Cause::Saturated,
            2,
            |device| device.set_pressures([0.0; 2]),
            3,
        ),
        row(
            "beyond the range",
            |device| device.set_pressures([1200.0, 0.0]),
            Cause::OutOfRange,
            2,
            |device| device.set_pressures([0.0; 2]),
            3,
        ),
        row(
            "a signal wire is off",
            |device| device.with(|chip| chip.bridges[0].wiring = Wiring::SignalOpen),
            Cause::Disconnected,
            1001,
            |device| device.with(|chip| chip.bridges[0].wiring = Wiring::Whole),
            102,
        ),
        row(
            "an excitation wire is off",
            |device| device.with(|chip| chip.bridges[0].wiring = Wiring::ExcitationOpen),
            Cause::Disconnected,
            98,
            |device| device.with(|chip| chip.bridges[0].wiring = Wiring::Whole),
            98,
        ),
        row(
            "the amplifier's zero is off",
            |device| device.with(|chip| chip.offset = 10.0 * 25e-6),
            Cause::DeviceError,
            200,
            |device| device.with(|chip| chip.offset = 0.0),
            200,
        ),
    ];
    for has_line in [true, false] {
        for row in &rows {
            eprintln!("{}, line: {has_line}", row.fault);
            let mut bench = Bench::new(has_line, "");
            bench.cycles(150);
            bench.value("venous");
            (row.strike)(&bench.device);
            bench.until("venous", row.quality, row.cause, row.within);
            (row.mend)(&bench.device);
            bench.until("venous", Quality::Good, Cause::None, row.back_within);
            assert!(bench.value("venous").abs() < 0.01, "{}", row.fault);
        }
    }
}

#[test]
fn a_lost_reference_is_no_signal() {
    let mut bench = Bench::new(true, r#""reference": "refp0_refn0","#);
    bench.cycles(150);
    bench.device.with(|chip| chip.reference = 0.2);
    bench.until("venous", Quality::Bad, Cause::SignalLost, 200);
    bench.device.with(|chip| chip.reference = 5.0);
    bench.until("venous", Quality::Good, Cause::None, 200);
}

#[test]
fn conversions_that_do_not_end_are_late_with_a_line_and_frozen_without_one() {
    for (has_line, cause, within) in [(true, Cause::Timeout, 4), (false, Cause::Frozen, 8)] {
        let mut bench = Bench::new(has_line, "");
        bench.cycles(150);
        bench.device.with(|chip| chip.hangs = true);
        bench.until("venous", Quality::Bad, cause, within);
        bench.device.with(|chip| chip.hangs = false);
        bench.until("venous", Quality::Good, Cause::None, 25);
    }
}

#[test]
fn a_fault_of_a_transducer_is_its_own_alone_and_is_said_once() {
    let mut bench = Bench::new(true, "");
    bench.cycles(150);
    bench.device.with(|chip| chip.bridges[1].wiring = Wiring::SignalOpen);
    bench.until("arterial", Quality::Bad, Cause::Disconnected, 1001);
    bench.cycles(150);
    bench.value("venous");
    assert_eq!(bench.logged("`arterial`: a wire"), 1);
}

#[test]
fn a_chip_that_was_reset_is_set_up_anew_once_and_counted() {
    let mut bench = Bench::new(true, "");
    bench.cycles(150);
    bench.device.with(fake::Chip::brown_out);
    bench.cycles(250);
    assert!((bench.next_value("restarts") - 1.0).abs() < 1e-9);
    assert!((bench.next_value("lost_results") - 1.0).abs() < 1e-9);
    assert_eq!(bench.logged("it was reset"), 1);
    assert_eq!(bench.logged("measures again"), 1);
}
