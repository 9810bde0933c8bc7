// SPDX-License-Identifier: MIT OR Apache-2.0
//! Drivers that do harm: saboteurs stand in the places of those of pump, flow meter, pressures, and of the display beside the pump.

use crate::bed::Bed;
use crate::limit;
use crate::matrix::{all, by_mode, wanted};
use crate::steady::{HOSTS, monotonic};
use crate::support::{Settings, until};
use crate::words::{Chapter, DEMO, Pump, Row};
use ecmod_control::AlarmKind;
use ecmod_control::AlarmKind::{
    DriverFault, FlowImplausible, FlowLow, FlowSensorBad, HostLost, PluginDead, PumpLinkLost, SensorBad,
    SensorDisagrees, SensorRedundant, SensorStale,
};
use ecmod_control::Priority::{High, Low, Medium};

/// A driver's name, and the signal by which it is seen to be back; its host.
struct Driver {
    name: &'static str,
    signal: &'static str,
    host: &'static str,
}

const PUMP: Driver = Driver { name: "oriental-blv", signal: HOSTS[0].1, host: HOSTS[0].0 };
const DISPLAY: Driver = Driver { name: "segment-display", ..PUMP };
const FLOW: Driver = Driver { name: "emtec-bioprott", signal: HOSTS[2].1, host: HOSTS[2].0 };
const PRESSURES: Driver = Driver { name: "ads1262", signal: HOSTS[4].1, host: HOSTS[4].0 };

/// The flow is missing: what the flow controller goes by is held.
const WITHOUT_FLOW: [Pump; 3] = [Pump::Undisturbed, Pump::Held, Pump::Held];
const FLOW_LOST: [Option<ecmod_control::Priority>; 3] = [Some(Medium), Some(High), Some(High)];
/// How long something lasts that shows soon, s.
const A_WHILE: f64 = 6.0;

pub const CHAPTER: Chapter = Chapter {
    heading: "Drivers that do harm",
    console: Settings {
        saboteurs: &["oriental-blv", "segment-display", "emtec-bioprott", "ads1262"],
        ..DEMO
    },
    prepare: |_| {},
    rows: &[
        Row {
            name: "The flow meter's driver hangs in a call, for 30 s",
            origin: "a driver that hangs; R9",
            play: |bed| hangs(bed, &FLOW, HostLost),
            pump: WITHOUT_FLOW,
            alarms: &[wanted(HostLost, Medium, 7.0)],
            // The next host may measure before the flow has been missing for as long as that takes.
            also: &[FlowSensorBad, SensorStale],
            ..Row::QUIET
        },
        Row {
            name: "The pump's driver hangs in a call, for 30 s",
            origin: "a driver that hangs; R9",
            play: |bed| hangs(bed, &PUMP, PumpLinkLost),
            pump: all(Pump::Controlled),
            alarms: &[wanted(PumpLinkLost, High, 7.0)],
            also: &[SensorStale],
            ..Row::QUIET
        },
        Row {
            name: "The display's driver beside the pump's hangs in a call, for 8 s",
            origin: "a driver that hangs beside a good one; decision 0018",
            play: |bed| {
                let until = bed.begin() + 8_000_000_000;
                bed.order(DISPLAY.name, &format!("once hang {until}"));
                bed.until_told(DriverFault);
                bed.until_time(until);
                bed.end();
            },
            alarms: &[wanted(DriverFault, Medium, 8.0)],
            ..Row::QUIET
        },
        Row {
            name: "The flow meter's driver answers slowly",
            origin: "a driver that is slow; budgets of drivers",
            play: |bed| lasts(bed, &FLOW, "slow 150", A_WHILE),
            pump: WITHOUT_FLOW,
            alarms: &[by_mode(FlowSensorBad, FLOW_LOST, 2.5), wanted(DriverFault, Medium, 5.0)],
            also: &[SensorStale],
            ..Row::QUIET
        },
        Row {
            name: "The pump's driver answers slowly",
            origin: "a driver that is slow; PUMP_LINK_LOST",
            play: |bed| lasts(bed, &PUMP, "slow 200", A_WHILE),
            pump: all(Pump::Controlled),
            alarms: &[wanted(PumpLinkLost, High, 3.0)],
            also: &[SensorStale],
            ..Row::QUIET
        },
        Row {
            name: "The pressures' driver leaks, and its host is at the end of its memory",
            origin: "a driver that leaks memory; MemoryMax= of its host",
            play: |bed| leaks(bed, &PRESSURES, HostLost),
            alarms: &[wanted(HostLost, Medium, 25.0)],
            also: &[SensorStale, SensorBad, SensorRedundant, DriverFault],
            ..Row::QUIET
        },
        Row {
            name: "The display's driver leaks, and the pump's host is at the end of its memory",
            origin: "a driver that leaks memory beside a good one",
            play: |bed| leaks(bed, &DISPLAY, PumpLinkLost),
            alarms: &[wanted(PumpLinkLost, High, 25.0)],
            also: &[DriverFault, SensorStale],
            ..Row::QUIET
        },
        Row {
            name: "The flow meter's driver floods the log: two thousand lines in each cycle",
            origin: "a driver that floods the log",
            play: |bed| {
                lasts(bed, &FLOW, "log 2000", 12.0);
                // Counted and said, and not written.
                until("it is said", || {
                    bed.room.console.log(FLOW.host).contains("log.suppressed").then_some(())
                });
                assert!(bed.room.console.log(FLOW.host).len() < 256 << 10);
            },
            ..Row::QUIET
        },
        Row {
            name: "The display's driver floods the pump's bus with requests",
            origin: "a driver that floods the bus beside a good one",
            play: |bed| lasts(bed, &DISPLAY, "bus 50", A_WHILE),
            alarms: &[wanted(DriverFault, Medium, 6.0)],
            ..Row::QUIET
        },
        Row {
            name: "The pressures' driver wakes the control loop in each cycle",
            origin: "a driver that floods samples and events",
            play: |bed| lasts(bed, &PRESSURES, "urgent", A_WHILE),
            ..Row::QUIET
        },
        Row {
            name: "Half of the pressures' driver's cycles fail, a few at a time",
            origin: "a driver that floods changes of its state",
            play: |bed| lasts_until(bed, &PRESSURES, "flap", DriverFault),
            alarms: &[wanted(DriverFault, Medium, 20.0)],
            also: &[SensorStale, SensorBad, SensorRedundant],
            ..Row::QUIET
        },
        Row {
            name: "The flow meter's driver delivers nothing and says that all is well",
            origin: "a driver that lies about its health",
            play: |bed| lasts(bed, &FLOW, "mute", A_WHILE),
            pump: WITHOUT_FLOW,
            alarms: &[by_mode(FlowSensorBad, FLOW_LOST, 2.5), wanted(SensorStale, Low, 3.5)],
            ..Row::QUIET
        },
        Row {
            name: "The flow meter's driver halves the flow",
            origin: "a driver that lies; FLOW_IMPLAUSIBLE, incident 10",
            play: |bed| lasts(bed, &FLOW, "scale 0 0.5", 20.0),
            pump: [Pump::Undisturbed, Pump::NotLowered, Pump::Controlled],
            // What it delivers is below the limit of the flow, and believed until the pump's model contradicts it.
            alarms: &[
                by_mode(FlowLow, [Some(High), Some(High), None], 10.0),
                by_mode(FlowImplausible, [Some(Medium), Some(Medium), None], 20.0),
            ],
            ..Row::QUIET
        },
        Row {
            name: "The pressures' driver delivers the arterial pressure for the pre-membrane one",
            origin: "a driver that lies: values of another signal",
            play: |bed| lasts(bed, &PRESSURES, "swap 1 2", 12.0),
            pump: all(Pump::Controlled),
            alarms: &[by_mode(SensorDisagrees, [Some(Medium), Some(Medium), None], 12.0)],
            also: &[FlowImplausible, SensorDisagrees],
            ..Row::QUIET
        },
        Row {
            name: "The pressures' driver delivers times that are 5 s in the future",
            origin: "a driver that lies: wrong times",
            play: |bed| lasts(bed, &PRESSURES, "shift 1 5000", 4.0),
            alarms: &[wanted(SensorStale, Medium, 2.5)],
            ..Row::QUIET
        },
        Row {
            name: "The pressures' driver delivers times that are 5 s in the past",
            origin: "a driver that lies: wrong times",
            play: |bed| lasts(bed, &PRESSURES, "shift 1 -5000", 4.0),
            alarms: &[wanted(SensorStale, Medium, 2.5)],
            ..Row::QUIET
        },
        Row {
            name: "The pressures' driver delivers NaN as a good value",
            origin: "a driver that lies; absence is never a number",
            play: |bed| lasts(bed, &PRESSURES, "nan 2", 4.0),
            alarms: &[wanted(SensorBad, Medium, 2.5)],
            ..Row::QUIET
        },
        Row {
            name: "The pressures' driver delivers random bytes: values, times, qualities, causes",
            origin: "a driver that returns garbage",
            play: |bed| lasts(bed, &PRESSURES, "garbage", A_WHILE),
            alarms: &[wanted(SensorStale, Medium, 2.5), wanted(SensorRedundant, Low, 4.0)],
            also: &[SensorBad],
            ..Row::QUIET
        },
        Row {
            name: "The pressures' driver returns a result that there is not",
            origin: "a driver that returns garbage",
            play: |bed| lasts(bed, &PRESSURES, "result -12345", A_WHILE),
            alarms: &[wanted(DriverFault, Medium, 5.0)],
            also: &[SensorRedundant, SensorBad],
            ..Row::QUIET
        },
        Row {
            name: "The display's driver ends the pump's host: abort",
            origin: "a driver that aborts beside a good one",
            play: |bed| ends(bed, &DISPLAY, "once abort", PumpLinkLost),
            alarms: &[wanted(PumpLinkLost, High, 1.5)],
            ..Row::QUIET
        },
        Row {
            name: "The pressures' driver ends its host as if all were well: exit(0)",
            origin: "a driver that breaks the rules",
            play: |bed| ends(bed, &PRESSURES, "once exit", HostLost),
            alarms: &[wanted(HostLost, Medium, 1.5)],
            ..Row::QUIET
        },
        Row {
            name: "The flow meter's driver reads a bad address in its first cycle, again and again",
            origin: "a driver that crashes again and again; PLUGIN_DEAD",
            play: |bed| {
                lasts_until(bed, &FLOW, "fault", PluginDead);
                bed.until_back(FLOW.host, FLOW.signal);
            },
            pump: all(Pump::Controlled),
            alarms: &[wanted(HostLost, Medium, 1.5), wanted(PluginDead, Medium, 10.0)],
            also: &[FlowSensorBad, DriverFault, SensorStale],
            ..Row::QUIET
        },
    ],
};

/// It does this for some time, and is good again.
fn lasts(bed: &mut Bed, driver: &Driver, order: &str, seconds: f64) {
    bed.begin();
    bed.order(driver.name, order);
    bed.run(seconds);
    dismiss(bed, driver);
}

/// It does this until it is announced, and is good again.
fn lasts_until(bed: &mut Bed, driver: &Driver, order: &str, told: AlarmKind) {
    bed.begin();
    bed.order(driver.name, order);
    bed.until_told(told);
    dismiss(bed, driver);
}

fn dismiss(bed: &mut Bed, driver: &Driver) {
    bed.dismiss(driver.name);
    bed.end();
    bed.until_known(driver.signal);
}

/// It hangs for half a minute, once: its host is replaced long before, and the next one is good.
fn hangs(bed: &mut Bed, driver: &Driver, told: AlarmKind) {
    let victim = bed.room.victim(driver.host);
    let until = bed.begin() + 30_000_000_000;
    bed.order(driver.name, &format!("once hang {until}"));
    victim.gone();
    bed.end();
    bed.until_told(told);
    bed.until_back(driver.host, driver.signal);
    assert!(monotonic() < until, "its host was replaced before it came back");
}

/// It ends its host, once.
fn ends(bed: &mut Bed, driver: &Driver, order: &str, told: AlarmKind) {
    let victim = bed.room.victim(driver.host);
    bed.begin();
    bed.order(driver.name, order);
    victim.gone();
    bed.end();
    bed.until_told(told);
    bed.until_back(driver.host, driver.signal);
}

/// It takes what is left, and the next thing that its host wants is its end.
fn leaks(bed: &mut Bed, driver: &Driver, told: AlarmKind) {
    let victim = bed.room.victim(driver.host);
    limit::no_more_memory(&victim);
    bed.begin();
    bed.order(driver.name, "leak 1048576");
    until("its host ends for want of memory", || victim.has_ended().then_some(()));
    bed.dismiss(driver.name);
    bed.end();
    bed.until_told(told);
    bed.until_back(driver.host, driver.signal);
}
