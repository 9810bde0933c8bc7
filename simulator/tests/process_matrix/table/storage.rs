// SPDX-License-Identifier: MIT OR Apache-2.0
//! The state directory's disk and the log: full, read-only, damaged, slow, gone, flooded.

use crate::bed::{ALARMS, Bed};
use crate::disk::SmallDisk;
use crate::flood;
use crate::journald::Journald;
use crate::matrix::{all, wanted};
use crate::steady::DAEMON;
use crate::support::Settings;
use crate::words::{Chapter, DEMO, Row};
use ecmod_control::AlarmKind::{
    DaemonRestarted, DiskFull, JournalDamaged, LimitsReset, LogLoss, StorageFailed,
};
use ecmod_control::Mode;
use ecmod_control::Priority::{Low, Medium};
use rustix::process::Signal;

/// How long something hangs, s.
const HALF_A_MINUTE: f64 = 30.0;

pub const CHAPTER: Chapter = Chapter {
    heading: "Disk and log",
    console: Settings { journald: true, ..DEMO },
    // A daemon whose state directory is a disk of its own, and that logs to journald.
    prepare: |bed| {
        bed.disk = Some(SmallDisk::mount(&bed.room.console, &bed.room.console.path("state")));
        bed.journald = Some(Journald::listen(&bed.room.console.journald()));
        bed.room.console.reconfigure(&[("target = \"stderr\"", "target = \"journald\"")]);
        let daemon = bed.room.victim(DAEMON);
        daemon.kill();
        bed.until_succeeded(&daemon);
    },
    rows: &[
        Row {
            name: "The disk of the state directory is full",
            origin: "loss of the disk",
            play: |bed| {
                bed.begin();
                bed.disk().fill();
                bed.until_told(DiskFull);
                a_change_is_to_be_kept(bed);
                bed.disk().make_room();
                bed.end();
            },
            alarms: &[wanted(DiskFull, Low, 13.0)],
            ..Row::QUIET
        },
        Row {
            name: "The disk of the state directory becomes read-only",
            origin: "loss of the disk",
            play: |bed| {
                bed.begin();
                bed.disk().read_only(true);
                a_change_is_to_be_kept(bed);
                bed.until_told(StorageFailed);
                bed.disk().read_only(false);
                bed.end();
            },
            alarms: &[wanted(StorageFailed, Medium, 18.0)],
            ..Row::QUIET
        },
        Row {
            name: "The thread that writes the state journal hangs for 30 s",
            origin: "every part hung for 30 s; a disk that does not answer",
            play: |bed| is_held(bed, "journal"),
            alarms: &[wanted(StorageFailed, Medium, 18.0)],
            ..Row::QUIET
        },
        Row {
            name: "The thread that writes alarm log and recordings hangs for 30 s",
            origin: "every part hung for 30 s; a disk that does not answer",
            play: |bed| is_held(bed, "recorder"),
            alarms: &[wanted(StorageFailed, Medium, 18.0)],
            ..Row::QUIET
        },
        Row {
            name: "The daemon dies, and its state journal is damaged before the next one reads it",
            origin: "loss of the disk; R23",
            play: |bed| {
                let daemon = bed.stop(DAEMON);
                bed.disk().damage("state.");
                daemon.signal(Signal::KILL);
                daemon.gone();
                bed.end();
                bed.until_succeeded(&daemon);
                bed.until_told(JournalDamaged);
            },
            ends_in: all(Some(Mode::Speed)),
            may_sound: true,
            alarms: &[
                wanted(DaemonRestarted, Medium, 3.0),
                wanted(JournalDamaged, Medium, 3.0),
                wanted(LimitsReset, Medium, 3.0),
            ],
            ..Row::QUIET
        },
        Row {
            name: "journald reads nothing for 30 s",
            origin: "every part hung for 30 s; loss of journald",
            play: |bed| {
                bed.begin();
                bed.journald().deaf(true);
                for _ in 0..3 {
                    a_change_is_to_be_kept(bed);
                    bed.run(HALF_A_MINUTE / 3.0);
                }
                bed.journald().deaf(false);
                bed.end();
            },
            ..Row::QUIET
        },
        Row {
            name: "journald is gone, and messages are to be logged",
            origin: "loss of journald",
            play: |bed| {
                bed.begin();
                bed.journald().leave();
                a_change_is_to_be_kept(bed);
                bed.until_told(LogLoss);
                bed.journald().come_back();
                bed.end();
            },
            alarms: &[wanted(LogLoss, Low, 2.0)],
            ..Row::QUIET
        },
        // The last of them: who has flooded the log has spent its budget of messages for a while.
        Row {
            name: "Somebody floods the log through the hosts' socket, for 10 s",
            origin: "every part flooding",
            play: |bed| {
                bed.begin();
                let refused = flood::hosts_socket(bed, HALF_A_MINUTE / 3.0);
                bed.end();
                assert!(refused > 1000, "{refused} messages are no flood");
                bed.until_in_control();
            },
            ..Row::QUIET
        },
    ],
};

/// Something happens that is logged, recorded and kept: an operator's deeds that do not reach the pump.
fn a_change_is_to_be_kept(bed: &Bed) {
    bed.room.stranger.call::<_, ()>(ALARMS, "AcknowledgeAll", &()).expect("everything is acknowledged");
    for flow in ["3.1", "3.0"] {
        bed.ask(&["set", "sweep", flow]);
    }
}

/// A thread of the daemon hangs, and has something to write.
fn is_held(bed: &mut Bed, thread: &str) {
    let held = bed.hold(DAEMON, Some(thread));
    a_change_is_to_be_kept(bed);
    bed.run(HALF_A_MINUTE);
    drop(held);
    bed.end();
    bed.until_told(StorageFailed);
}
