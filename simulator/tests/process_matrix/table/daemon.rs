// SPDX-License-Identifier: MIT OR Apache-2.0
//! The daemon is killed, hangs, is slow or is at the end of its memory; alone, and together with others. Two chapters: after the sixth
//! unasked start within ten minutes a console says that it fails again and again.

use crate::bed::Bed;
use crate::limit;
use crate::load::Load;
use crate::matrix::{all, by_mode, wanted};
use crate::replaced::{SAYS_NOTHING, Supervisors, is_ended};
use crate::steady::{DAEMON, HOSTS, Victim};
use crate::words::{A_MOMENT, Chapter, DEMO, DEVICES, Pump, Row};
use ecmod_control::AlarmKind::{ArterialPressureHigh, DaemonRestarted, HostLost, LoopOverrun, PumpLinkLost};
use ecmod_control::Mode;
use ecmod_control::Priority::{Low, Medium};
use serde_json::json;
use std::time::Duration;

/// How long something is slow or starved.
const HALF_A_MINUTE: Duration = Duration::from_secs(30);
/// The pump's host.
const PUMP: &str = HOSTS[0].0;

pub const CHAPTER: Chapter = Chapter {
    heading: "The daemon",
    console: DEMO,
    prepare: |_| {},
    rows: &[
        Row {
            name: "The daemon is killed",
            origin: "every part killed; R14, R22",
            play: |bed| {
                let daemon = bed.kill(DAEMON);
                is_succeeded(bed, &daemon);
            },
            alarms: &[wanted(DaemonRestarted, Medium, 2.0)],
            may_sound: true,
            ..Row::QUIET
        },
        Row {
            name: "The daemon hangs, for good",
            origin: "every part hung for 30 s; R22",
            play: |bed| {
                let supervisors = Supervisors::look(bed);
                let daemon = bed.stop(DAEMON);
                is_ended(bed, &daemon);
                is_succeeded(bed, &daemon);
                supervisors.have_replaced(bed, DAEMON, Some(SAYS_NOTHING));
            },
            pump: all(Pump::Held),
            own_sound: Some(0.6),
            alarms: &[wanted(DaemonRestarted, Medium, 7.0)],
            ..Row::QUIET
        },
        Row {
            name: "The daemon's control thread hangs, for good; all else in it goes on",
            origin: "every part hung for 30 s; R22",
            play: |bed| {
                let supervisors = Supervisors::look(bed);
                let daemon = bed.room.victim(DAEMON);
                let held = bed.hold(DAEMON, Some("control"));
                is_ended(bed, &daemon);
                drop(held);
                is_succeeded(bed, &daemon);
                supervisors.have_replaced(bed, DAEMON, None);
            },
            pump: all(Pump::Held),
            own_sound: Some(0.6),
            alarms: &[wanted(DaemonRestarted, Medium, 5.0)],
            ..Row::QUIET
        },
        Row {
            name: "The daemon is at the end of its memory",
            origin: "every part leaking memory",
            play: |bed| {
                let daemon = bed.room.victim(DAEMON);
                limit::no_more_memory(&daemon);
                bed.begin();
                limit::until_it_wants_more(bed, &daemon);
                is_succeeded(bed, &daemon);
            },
            alarms: &[wanted(DaemonRestarted, Medium, 20.0)],
            may_sound: true,
            ..Row::QUIET
        },
    ],
};

pub const AMONG_OTHERS: Chapter = Chapter {
    heading: "The daemon among others",
    console: DEMO,
    prepare: |_| {},
    rows: &[
        Row {
            name: "Daemon and pump's host are killed at once",
            origin: "every part killed; R14, R22",
            play: |bed| {
                let daemon = bed.room.victim(DAEMON);
                bed.kill_all(&[DAEMON, PUMP]);
                is_succeeded(bed, &daemon);
            },
            alarms: &[wanted(DaemonRestarted, Medium, 3.0)],
            also: &[PumpLinkLost],
            may_sound: true,
            ..Row::QUIET
        },
        Row {
            name: "Daemon, all hosts and the bus are killed at once",
            origin: "every part killed; R14, R22",
            play: |bed| {
                let daemon = bed.room.victim(DAEMON);
                bed.kill_all(&bed.processes());
                bed.join_again();
                is_succeeded(bed, &daemon);
            },
            alarms: &[wanted(DaemonRestarted, Medium, 5.0)],
            also: &[PumpLinkLost, HostLost],
            may_sound: true,
            ..Row::QUIET
        },
        Row {
            name: "The daemon hangs, for good, while a kinked return line holds the speed down",
            origin: "every part hung for 30 s, in the middle of an intervention; R6, R14",
            play: |bed| {
                let kink = json!({ "kind": "occlusion", "site": "return", "fraction": 0.8 });
                let kink = bed.inject(&kink);
                // At zero flow a kink raises no pressure.
                if bed.mode() != Mode::ZeroFlow {
                    bed.until_told(ArterialPressureHigh);
                }
                let daemon = bed.stop(DAEMON);
                daemon.gone();
                bed.until_succeeded(&daemon);
                bed.until_told(DaemonRestarted);
                bed.clear(kink);
                bed.end();
            },
            pump: [Pump::Limited, Pump::Limited, Pump::Controlled],
            alarms: &[
                by_mode(ArterialPressureHigh, [Some(Medium), Some(Medium), None], 8.0),
                wanted(DaemonRestarted, Medium, 16.0),
            ],
            may_sound: true,
            ..Row::QUIET
        },
        Row {
            name: "The daemon is slow: stopped nine tenths of the time, for 30 s",
            origin: "every part slow",
            play: |bed| {
                bed.slow(DAEMON, HALF_A_MINUTE);
                bed.until_in_control();
            },
            alarms: &[wanted(LoopOverrun, Low, 22.0)],
            ..Row::QUIET
        },
        Row {
            name: "The machine stands still for 0.15 s, devices included",
            origin: "every part hung, at once: nobody is lost who could not run",
            play: |bed| {
                let mut all = bed.processes();
                all.push(DEVICES.to_owned());
                bed.stand_still(&all, A_MOMENT);
                // Longer than the delay of any alarm of a sensor, and than a look at the loop's deadlines.
                bed.run(12.0);
            },
            // Deadlines were missed.
            also: &[LoopOverrun],
            ..Row::QUIET
        },
        Row {
            name: "The processors have four times more to do than they can, for 30 s",
            origin: "every part slow",
            play: |bed| {
                bed.begin();
                let load = Load::begin();
                bed.run(HALF_A_MINUTE.as_secs_f64());
                drop(load);
                bed.end();
            },
            // On few processors deadlines may be missed; nothing else may come of it.
            also: &[LoopOverrun],
            ..Row::QUIET
        },
    ],
};

/// The next daemon is in control, and says that it is another one.
fn is_succeeded(bed: &mut Bed, daemon: &Victim) {
    bed.end();
    bed.until_succeeded(daemon);
    bed.until_told(DaemonRestarted);
}
