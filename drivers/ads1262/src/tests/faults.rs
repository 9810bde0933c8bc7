// SPDX-License-Identifier: MIT OR Apache-2.0
//! The fault table of the README: each fault becomes its quality and cause in time, and is over when it ends.

use super::Bench;
use super::fake::{Chip, DataLine, Device, Wiring};
use ecmod_plugin::Error;
use ecmod_plugin::quantities::{Cause, Quality};

/// A fault, where it shows, as what, within how many cycles; and how it ends.
struct Row {
    fault: &'static str,
    strike: fn(&Device),
    signal: &'static str,
    quality: Quality,
    cause: Cause,
    within: u32,
    mend: fn(&Device),
    back_within: u32,
}

#[test]
fn every_fault_has_its_quality_and_cause_in_time_and_is_over_when_it_ends() {
    let all = "venous";
    let rows = [
        Row {
            fault: "the chip is reset by a dip of its supply",
            strike: |device| device.with(Chip::brown_out),
            signal: all,
            quality: Quality::Bad,
            cause: Cause::NotReady,
            within: 2,
            mend: |_| {},
            back_within: 3,
        },
        Row {
            fault: "data line stuck low",
            strike: |device| device.with(|chip| chip.data_line = DataLine::StuckLow),
            signal: all,
            quality: Quality::Bad,
            cause: Cause::Communication,
            within: 5, // polled, it cannot be told from a conversion that does not end, until the chip is asked who it is
            mend: |device| device.with(|chip| chip.data_line = DataLine::Works),
            back_within: 25,
        },
        Row {
            fault: "data line stuck high, chip unplugged",
            strike: |device| device.with(|chip| chip.data_line = DataLine::StuckHigh),
            signal: all,
            quality: Quality::Bad,
            cause: Cause::Communication,
            within: 2,
            mend: |device| device.with(|chip| chip.data_line = DataLine::Works),
            back_within: 25,
        },
        Row {
            fault: "results damaged on the bus",
            strike: |device| device.with(|chip| chip.damage = 20),
            signal: all,
            quality: Quality::Bad,
            cause: Cause::Communication,
            within: 2,
            mend: |device| device.with(|chip| chip.damage = 0),
            back_within: 25,
        },
        Row {
            fault: "conversions never end",
            strike: |device| device.with(|chip| chip.hangs = true),
            signal: all,
            quality: Quality::Bad,
            cause: Cause::Timeout,
            within: 5,
            mend: |device| device.with(|chip| chip.hangs = false),
            back_within: 5,
        },
        Row {
            fault: "the host's bus fails",
            strike: |device| device.with(|chip| chip.bus = Some(Error::Io)),
            signal: all,
            quality: Quality::Bad,
            cause: Cause::Communication,
            within: 1,
            mend: |device| device.with(|chip| chip.bus = None),
            back_within: 25,
        },
        Row {
            fault: "a bit of a register flips",
            strike: |device| device.with(|chip| chip.registers[0x0C] ^= 0x08),
            signal: all,
            quality: Quality::Bad,
            cause: Cause::DeviceError,
            within: 101,
            mend: |_| {},
            back_within: 3,
        },
        Row {
            fault: "another chip in its place",
            strike: |device| {
                device.with(|chip| {
                    chip.registers[0] = 0x83;
                    chip.brown_out();
                });
            },
            signal: all,
            quality: Quality::Bad,
            cause: Cause::DeviceError,
            within: 4,
            mend: |device| device.with(|chip| chip.registers[0] = 0x03),
            back_within: 25,
        },
        Row {
            fault: "the excitation is gone: no reference",
            strike: |device| device.with(|chip| chip.reference = 0.05),
            signal: all,
            quality: Quality::Bad,
            cause: Cause::SignalLost,
            within: 2,
            mend: |device| device.with(|chip| chip.reference = 1.0),
            back_within: 3,
        },
        Row {
            fault: "the reference drifts",
            strike: |device| device.with(|chip| chip.reference = 0.93),
            signal: all,
            quality: Quality::Uncertain,
            cause: Cause::NotCalibrated,
            within: 210,
            mend: |device| device.with(|chip| chip.reference = 1.0),
            back_within: 210,
        },
        Row {
            fault: "overload",
            strike: |device| device.set_pressures([7000.0, 0.0, 0.0, 0.0, 0.0]),
            signal: all,
            quality: Quality::Bad,
            cause: Cause::Saturated,
            within: 2,
            mend: |device| device.set_pressures([0.0; 5]),
            back_within: 3,
        },
        Row {
            fault: "beyond the range",
            strike: |device| device.set_pressures([1200.0, 0.0, 0.0, 0.0, 0.0]),
            signal: all,
            quality: Quality::Bad,
            cause: Cause::OutOfRange,
            within: 2,
            mend: |device| device.set_pressures([0.0; 5]),
            back_within: 3,
        },
        Row {
            fault: "a signal wire is off",
            strike: |device| device.with(|chip| chip.bridges[0].wiring = Wiring::SignalOpen),
            signal: all,
            quality: Quality::Bad,
            cause: Cause::Disconnected,
            within: 1001,
            mend: |device| device.with(|chip| chip.bridges[0].wiring = Wiring::Whole),
            back_within: 102,
        },
        Row {
            fault: "an excitation wire is off, at once",
            strike: |device| device.with(|chip| chip.bridges[0].wiring = Wiring::ExcitationOpen),
            signal: all,
            quality: Quality::Bad,
            cause: Cause::OutOfRange,
            within: 2,
            mend: |device| device.with(|chip| chip.bridges[0].wiring = Wiring::Whole),
            back_within: 102,
        },
        Row {
            fault: "an excitation wire is off, after a test",
            strike: |device| device.with(|chip| chip.bridges[0].wiring = Wiring::ExcitationOpen),
            signal: all,
            quality: Quality::Bad,
            cause: Cause::Disconnected,
            within: 102,
            mend: |device| device.with(|chip| chip.bridges[0].wiring = Wiring::Whole),
            back_within: 102,
        },
        Row {
            fault: "the amplifier's zero is off",
            strike: |device| device.with(|chip| chip.offset = 10.0 * 25e-6),
            signal: all,
            quality: Quality::Bad,
            cause: Cause::DeviceError,
            within: 201,
            mend: |device| device.with(|chip| chip.offset = 0.0),
            back_within: 201,
        },
    ];
    for has_line in [true, false] {
        for row in &rows {
            let mut bench = Bench::new(0x03, has_line, "");
            bench.cycles(150);
            bench.value(row.signal);
            (row.strike)(&bench.device);
            eprintln!("{}, line: {has_line}", row.fault);
            bench.until(row.signal, row.quality, row.cause, row.within);
            (row.mend)(&bench.device);
            bench.until(row.signal, Quality::Good, Cause::None, row.back_within);
            assert!(bench.value(row.signal).abs() < 0.01, "{}", row.fault);
        }
    }
}
