// SPDX-License-Identifier: MIT OR Apache-2.0
//! A host is killed, hangs as a whole or in one thread, is slow, or dies again and again. Each costs its own readings; the pump holds.

use crate::bed::Bed;
use crate::matrix::{all, by_mode, wanted};
use crate::replaced::{SAYS_NOTHING, Supervisors, is_ended};
use crate::steady::HOSTS;
use crate::words::{A_MOMENT, Chapter, DEMO, Pump, Row};
use ecmod_control::AlarmKind;
use ecmod_control::AlarmKind::{
    DriverFault, FlowSensorBad, HostHung, HostLost, LinkDegraded, PluginDead, PumpLinkLost, SensorStale,
};
use ecmod_control::Priority::{High, Low, Medium};
use std::time::Duration;

type Host = (&'static str, &'static str);
const PUMP: Host = HOSTS[0];
const GAS: Host = HOSTS[1];
const FLOW: Host = HOSTS[2];
const PRESSURES: Host = HOSTS[4];
const PANEL: Host = HOSTS[6];
const ALARMS: Host = HOSTS[7];
/// How long something is slow.
const HALF_A_MINUTE: Duration = Duration::from_secs(30);
/// The flow is missing: what the flow controller goes by is held.
const WITHOUT_FLOW: [Pump; 3] = [Pump::Undisturbed, Pump::Held, Pump::Held];

/// The port is announced as lost, or the pump's link, within this time, s: a host that dies by its next process at the latest, one that stands
/// still when it has done so for half a second.
const SOON: f64 = 1.5;
/// A host hangs when neither its heart nor its socket has moved for three seconds, s.
const HANGS: f64 = 4.0;

pub const CHAPTER: Chapter = Chapter {
    heading: "Hosts",
    console: DEMO,
    prepare: |_| {},
    rows: &[
        // The first of them: what it brings about stays for as long as the console remembers.
        Row {
            name: "The gas controller's host is killed three times",
            origin: "a port that gives notice; LINK_DEGRADED, R17",
            play: |bed| {
                bed.begin();
                for _ in 0..3 {
                    is_killed(bed, GAS, HostLost);
                }
                bed.until_told(LinkDegraded);
            },
            alarms: &[wanted(HostLost, Medium, SOON), wanted(LinkDegraded, Low, 15.0)],
            ..Row::QUIET
        },
        Row {
            name: "The pump's host is killed",
            origin: "every part killed; PUMP_LINK_LOST, R14, R22",
            play: |bed| is_killed(bed, PUMP, PumpLinkLost),
            alarms: &[wanted(PumpLinkLost, High, SOON)],
            ..Row::QUIET
        },
        Row {
            name: "The flow meter's host is killed",
            origin: "every part killed; HOST_LOST",
            play: |bed| is_killed(bed, FLOW, HostLost),
            alarms: &[wanted(HostLost, Medium, SOON)],
            ..Row::QUIET
        },
        Row {
            name: "The host of the pressures is killed",
            origin: "every part killed; HOST_LOST",
            play: |bed| is_killed(bed, PRESSURES, HostLost),
            alarms: &[wanted(HostLost, Medium, SOON)],
            ..Row::QUIET
        },
        Row {
            name: "The host of lamps and sounder is killed",
            origin: "every part killed; HOST_LOST",
            play: |bed| is_killed(bed, ALARMS, HostLost),
            alarms: &[wanted(HostLost, Medium, SOON)],
            ..Row::QUIET
        },
        Row {
            name: "The host of bubbles, level and keys is killed",
            origin: "every part killed; HOST_LOST",
            play: |bed| is_killed(bed, PANEL, HostLost),
            alarms: &[wanted(HostLost, Medium, SOON)],
            ..Row::QUIET
        },
        Row {
            name: "The pump's host stands still for 0.15 s",
            origin: "a virtual machine takes one processor away; a moment is no loss",
            play: |bed| bed.stand_still(&[PUMP.0], A_MOMENT),
            ..Row::QUIET
        },
        Row {
            name: "The pump's host hangs, for good",
            origin: "every part hung for 30 s; PUMP_LINK_LOST, R9",
            play: |bed| hangs(bed, PUMP),
            pump: all(Pump::Held),
            alarms: &[wanted(PumpLinkLost, High, SOON), wanted(HostHung, Medium, HANGS)],
            ..Row::QUIET
        },
        Row {
            name: "The flow meter's host hangs, for good",
            origin: "every part hung for 30 s; HOST_LOST, R9",
            play: |bed| hangs(bed, FLOW),
            pump: WITHOUT_FLOW,
            alarms: &[
                wanted(HostLost, Medium, SOON),
                by_mode(FlowSensorBad, [Some(Medium), Some(High), Some(High)], 2.5),
                wanted(HostHung, Medium, HANGS),
            ],
            ..Row::QUIET
        },
        Row {
            name: "The host of the pressures hangs, for good",
            origin: "every part hung for 30 s; HOST_LOST, R9",
            play: |bed| hangs(bed, PRESSURES),
            alarms: &[wanted(HostLost, Medium, SOON), wanted(HostHung, Medium, HANGS)],
            ..Row::QUIET
        },
        Row {
            name: "The host of lamps and sounder hangs, for good",
            origin: "every part hung for 30 s; HOST_LOST, R9",
            play: |bed| hangs(bed, ALARMS),
            alarms: &[wanted(HostLost, Medium, SOON), wanted(HostHung, Medium, HANGS)],
            ..Row::QUIET
        },
        Row {
            name: "The thread of the flow meter's driver hangs, for good; all else in its host goes on",
            origin: "every part hung for 30 s; R9",
            play: |bed| thread_hangs(bed, FLOW, Some("flow")),
            pump: WITHOUT_FLOW,
            alarms: &[
                by_mode(FlowSensorBad, [Some(Medium), Some(High), Some(High)], 2.5),
                wanted(SensorStale, Low, 3.5),
                wanted(HostLost, Medium, 9.0),
            ],
            ..Row::QUIET
        },
        Row {
            name: "The thread that links the pressures' host to the daemon hangs, for good",
            origin: "every part hung for 30 s; R9",
            play: |bed| thread_hangs(bed, PRESSURES, Some("link")),
            alarms: &[wanted(HostLost, Medium, SOON), wanted(HostHung, Medium, HANGS)],
            ..Row::QUIET
        },
        Row {
            name: "The supervising thread of the host of lamps and sounder hangs, for good",
            origin: "every part hung for 30 s; R9",
            play: |bed| thread_hangs(bed, ALARMS, None),
            alarms: &[wanted(HostLost, Medium, 9.0)],
            ..Row::QUIET
        },
        Row {
            name: "The pump's host is slow: stopped nine tenths of the time, for 30 s",
            origin: "every part slow; PUMP_LINK_LOST",
            play: |bed| is_slow(bed, PUMP),
            pump: all(Pump::Controlled),
            alarms: &[wanted(PumpLinkLost, High, SOON)],
            ..Row::QUIET
        },
        Row {
            name: "The flow meter's host is slow: stopped nine tenths of the time, for 30 s",
            origin: "every part slow; HOST_LOST",
            play: |bed| is_slow(bed, FLOW),
            pump: all(Pump::Controlled),
            alarms: &[wanted(HostLost, Medium, 15.0)],
            also: &[FlowSensorBad, DriverFault],
            ..Row::QUIET
        },
        Row {
            name: "The pump's host is killed for the fourth time in ten minutes",
            origin: "PLUGIN_DEAD, of the pump",
            play: |bed| {
                bed.begin();
                for _ in 0..2 {
                    is_killed(bed, PUMP, PumpLinkLost);
                }
                bed.until_told(PluginDead);
            },
            alarms: &[wanted(PumpLinkLost, High, SOON), wanted(PluginDead, High, 10.0)],
            ..Row::QUIET
        },
    ],
};

fn is_killed(bed: &mut Bed, (host, signal): Host, told: AlarmKind) {
    bed.kill(host);
    bed.end();
    bed.until_told(told);
    bed.until_back(host, signal);
}

/// Its supervisor ends what says nothing for five seconds: sooner than in half a minute.
fn hangs(bed: &mut Bed, (host, signal): Host) {
    let supervisors = Supervisors::look(bed);
    let hung = bed.stop(host);
    is_ended(bed, &hung);
    bed.end();
    bed.until_told(HostHung);
    bed.until_back(host, signal);
    supervisors.have_replaced(bed, host, Some(SAYS_NOTHING));
}

fn thread_hangs(bed: &mut Bed, (host, signal): Host, thread: Option<&str>) {
    let supervisors = Supervisors::look(bed);
    let victim = bed.room.victim(host);
    let held = bed.hold(host, thread);
    is_ended(bed, &victim);
    drop(held);
    bed.end();
    bed.until_told(HostLost);
    bed.until_back(host, signal);
    supervisors.have_replaced(bed, host, None);
}

fn is_slow(bed: &mut Bed, (host, signal): Host) {
    bed.slow(host, HALF_A_MINUTE);
    bed.until_back(host, signal);
}
