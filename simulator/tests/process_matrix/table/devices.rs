// SPDX-License-Identifier: MIT OR Apache-2.0
//! Devices and their lines: silent, late, babbling, lying, beginning anew again and again, unplugged; on the real lines of real hosts.

use crate::bed::Bed;
use crate::matrix::{all, by_mode, wanted};
use crate::steady::HOSTS;
use crate::words::{A_MOMENT, Chapter, DEMO, DEVICES, Pump, Row};
use ecmod_control::AlarmKind::{
    DriverFault, FlowSensorBad, PumpLinkLost, SensorBad, SensorRedundant, SensorStale, SweepGasLost,
};
use ecmod_control::Priority::{High, Low, Medium};
use serde_json::{Value, json};

const PUMP: &str = HOSTS[0].1;
const GAS: &str = HOSTS[1].1;
const FLOW: &str = HOSTS[2].1;
const MONITOR: &str = HOSTS[3].1;
const PRESSURES: &str = HOSTS[4].1;

/// The flow is missing: what the flow controller goes by is held.
const WITHOUT_FLOW: [Pump; 3] = [Pump::Undisturbed, Pump::Held, Pump::Held];
const FLOW_LOST: [Option<ecmod_control::Priority>; 3] = [Some(Medium), Some(High), Some(High)];
/// How long something lasts that shows soon, and how long a device is silent, s.
const A_WHILE: f64 = 6.0;
const HALF_A_MINUTE: f64 = 30.0;

pub const CHAPTER: Chapter = Chapter {
    heading: "Devices and their lines",
    console: DEMO,
    prepare: |_| {},
    rows: &[
        Row {
            name: "No device answers anything, for 0.15 s",
            origin: "devices that are silent for a moment: what is lost once is asked again, and is no alarm",
            play: |bed| {
                bed.stand_still(&[DEVICES], A_MOMENT);
                // Longer than the delay of any alarm of a sensor.
                bed.run(A_WHILE);
            },
            ..Row::QUIET
        },
        Row {
            name: "The drive is silent for 30 s",
            origin: "a device that is silent; PUMP_LINK_LOST, R14",
            play: |bed| lasts(bed, PUMP, &json!({ "kind": "silence", "line": "pump_line" }), HALF_A_MINUTE),
            pump: all(Pump::Controlled),
            alarms: &[wanted(PumpLinkLost, High, 2.0)],
            also: &[SensorStale, DriverFault],
            ..Row::QUIET
        },
        Row {
            name: "The drive answers 150 ms late",
            origin: "a device that is slow; the late answer to an earlier request",
            play: |bed| {
                let fault = json!({ "kind": "late_frames", "line": "pump_line", "delay_ms": 150 });
                lasts(bed, PUMP, &fault, A_WHILE);
            },
            pump: all(Pump::Controlled),
            alarms: &[wanted(PumpLinkLost, High, 2.0)],
            also: &[SensorStale, DriverFault],
            ..Row::QUIET
        },
        Row {
            name: "The drive's line babbles: random bytes without end, before answers and between them",
            origin: "a device that floods its line",
            play: |bed| {
                lasts(bed, PUMP, &json!({ "kind": "noise", "line": "pump_line", "bytes": 255 }), A_WHILE)
            },
            ..Row::QUIET
        },
        Row {
            name: "The drive's line is unplugged for 6 s, and plugged again",
            origin: "a device unplugged and plugged again; PUMP_LINK_LOST",
            play: |bed| lasts(bed, PUMP, &json!({ "kind": "disconnect", "line": "pump_line" }), A_WHILE),
            pump: all(Pump::Controlled),
            alarms: &[wanted(PumpLinkLost, High, 2.0)],
            also: &[SensorStale, DriverFault],
            ..Row::QUIET
        },
        Row {
            name: "The flow meter is silent for 30 s",
            origin: "a device that is silent; FLOW_SENSOR_BAD",
            play: |bed| lasts(bed, FLOW, &json!({ "kind": "silence", "line": "flow_line" }), HALF_A_MINUTE),
            pump: WITHOUT_FLOW,
            alarms: &[by_mode(FlowSensorBad, FLOW_LOST, 3.0)],
            also: &[SensorStale, DriverFault],
            ..Row::QUIET
        },
        Row {
            name: "The flow meter's line babbles: random bytes without end",
            origin: "a device that floods its line",
            play: |bed| {
                lasts(bed, FLOW, &json!({ "kind": "noise", "line": "flow_line", "bytes": 255 }), A_WHILE)
            },
            pump: all(Pump::Controlled),
            alarms: &[by_mode(FlowSensorBad, FLOW_LOST, 4.0)],
            also: &[SensorStale, SensorBad, DriverFault],
            ..Row::QUIET
        },
        Row {
            name: "The flow meter's line is unplugged for 6 s, and plugged again",
            origin: "a device unplugged and plugged again; FLOW_SENSOR_BAD",
            play: |bed| lasts(bed, FLOW, &json!({ "kind": "disconnect", "line": "flow_line" }), A_WHILE),
            pump: WITHOUT_FLOW,
            alarms: &[by_mode(FlowSensorBad, FLOW_LOST, 3.0), wanted(DriverFault, Medium, 5.0)],
            also: &[SensorStale],
            ..Row::QUIET
        },
        Row {
            name: "The flow meter hangs",
            origin: "a device that hangs; FLOW_SENSOR_BAD",
            play: |bed| lasts(bed, FLOW, &json!({ "kind": "flow_meter_hang" }), A_WHILE),
            pump: WITHOUT_FLOW,
            alarms: &[by_mode(FlowSensorBad, FLOW_LOST, 3.0)],
            also: &[SensorStale, DriverFault],
            ..Row::QUIET
        },
        Row {
            name: "The pressures' converter answers nothing",
            origin: "a device that is silent; DRIVER_FAULT",
            play: |bed| lasts(bed, PRESSURES, &json!({ "kind": "chip_silent", "chip": "adc" }), A_WHILE),
            alarms: &[wanted(SensorStale, Medium, 2.5), wanted(SensorRedundant, Low, 5.0)],
            also: &[SensorBad, DriverFault],
            ..Row::QUIET
        },
        Row {
            name: "The pressures' converter loses its supply again and again, twice a second",
            origin: "a device that resets again and again",
            play: |bed| {
                bed.begin();
                for _ in 0..12 {
                    let fault = bed.inject(&json!({ "kind": "chip_brown_out", "chip": "adc" }));
                    bed.run(0.5);
                    bed.clear(fault);
                }
                bed.end();
                bed.until_known(PRESSURES);
            },
            also: &[SensorStale, SensorBad, SensorRedundant, DriverFault],
            ..Row::QUIET
        },
        Row {
            name: "What the pressures' converter says is damaged, all of it",
            origin: "a device that lies; checksums",
            play: |bed| {
                lasts(bed, PRESSURES, &json!({ "kind": "chip_damaged_data", "chip": "adc" }), A_WHILE)
            },
            alarms: &[wanted(SensorStale, Medium, 2.5), wanted(SensorRedundant, Low, 5.0)],
            also: &[SensorBad, DriverFault],
            ..Row::QUIET
        },
        Row {
            name: "The transmitter's network is unplugged for 6 s, and plugged again",
            origin: "a device unplugged and plugged again; SENSOR_STALE",
            play: |bed| lasts(bed, MONITOR, &json!({ "kind": "disconnect", "line": "monitor" }), A_WHILE),
            alarms: &[wanted(DriverFault, Medium, 6.0)],
            also: &[SensorStale, SensorBad],
            ..Row::QUIET
        },
        Row {
            name: "The gas controller is silent for 8 s",
            origin: "a device that is silent; DRIVER_FAULT",
            play: |bed| lasts(bed, GAS, &json!({ "kind": "silence", "line": "gas_line" }), 8.0),
            alarms: &[wanted(DriverFault, Medium, 6.0)],
            also: &[SensorStale, SweepGasLost],
            ..Row::QUIET
        },
    ],
};

/// Something is wrong for some time, and is no longer.
fn lasts(bed: &mut Bed, signal: &str, fault: &Value, seconds: f64) {
    let fault = bed.inject(fault);
    bed.run(seconds);
    bed.clear(fault);
    bed.end();
    bed.until_known(signal);
}
