// SPDX-License-Identifier: MIT OR Apache-2.0
//! The bus is killed or hangs; who is on it floods it, does not read, or dies in the middle of something.

use crate::bed::Bed;
use crate::clients::{Caller, Crowd, Deaf};
use crate::matrix::wanted;
use crate::steady::monotonic;
use crate::stranger::{CONSOLE, Stranger};
use crate::support::{Settings, until};
use crate::words::{Chapter, DEMO, Row};
use ecmod_control::AlarmKind::BusLost;
use ecmod_control::Priority::Medium;
use rustix::process::Signal;

/// The broker's process.
const BUS: &str = "bus";
/// As a product's.
const BROKER: &str = "dbus-daemon";
/// How long somebody misbehaves, s.
const A_WHILE: f64 = 10.0;
/// How long something hangs, s.
const HALF_A_MINUTE: f64 = 30.0;

pub const CHAPTER: Chapter = Chapter {
    heading: "The bus and who is on it",
    console: Settings { broker: Some(BROKER), ..DEMO },
    prepare: |_| {},
    rows: &[
        Row {
            name: "The bus is killed, and is there again at once",
            origin: "every part killed; loss of D-Bus",
            play: |bed| {
                bed.kill(BUS);
                bed.end();
                bed.join_again();
                bed.until_in_control();
            },
            // Told after two seconds without: a machine with much to do may take longer to bring it back.
            also: &[BusLost],
            ..Row::QUIET
        },
        Row {
            name: "The bus hangs for 30 s",
            origin: "every part hung for 30 s; loss of D-Bus",
            play: |bed| {
                let bus = bed.stop(BUS);
                bed.run(HALF_A_MINUTE);
                bus.signal(Signal::CONT);
                bed.end();
                bed.until_in_control();
            },
            alarms: &[wanted(BusLost, Medium, 8.0)],
            ..Row::QUIET
        },
        Row {
            name: "Four clients call as fast as they can, for 10 s",
            origin: "every part flooding",
            play: |bed| {
                bed.begin();
                let address = bed.room.console.address();
                let callers: Vec<Caller> = (0..4).map(|_| Caller::begin(address)).collect();
                bed.run(A_WHILE);
                let calls: u64 = callers.into_iter().map(Caller::end).sum();
                bed.end();
                assert!(calls > 100, "{calls} calls are no flood");
                bed.until_in_control();
            },
            ..Row::QUIET
        },
        Row {
            name: "A client opens a hundred connections, and each wants to hear everything",
            origin: "every part flooding",
            play: |bed| {
                bed.begin();
                let crowd = Crowd::gather(bed.room.console.address(), 100);
                bed.run(A_WHILE);
                drop(crowd);
                bed.end();
                bed.until_in_control();
            },
            // A broker that has too much to deliver to answer within a second is one that is not there.
            also: &[BusLost],
            ..Row::QUIET
        },
        Row {
            name: "A user interface wants to hear everything and reads nothing, for 30 s",
            origin: "every part hung for 30 s; a screen that stands still",
            play: |bed| {
                bed.begin();
                let deaf = Deaf::connect(&bed.room.console.path("dbus/bus"));
                bed.run(HALF_A_MINUTE);
                drop(deaf);
                bed.end();
                bed.until_in_control();
            },
            ..Row::QUIET
        },
        Row {
            name: "A user interface is killed when it has asked for a stop and not confirmed it",
            origin: "every part killed; R8",
            play: |bed| {
                let interface = Stranger::join(bed.room.console.address());
                bed.begin();
                let (_, expires): (u32, u64) = interface.call(CONSOLE, "RequestStop", &()).unwrap();
                drop(interface);
                until("the request has expired", || (monotonic() > expires).then_some(()));
                bed.end();
                nobody_stops(bed);
            },
            ..Row::QUIET
        },
    ],
};

/// Nothing is left of the request.
fn nobody_stops(bed: &Bed) {
    until("there is no request", || {
        let all = bed.room.stranger.properties(CONSOLE)?;
        let stop = String::try_from(all.get("Stop")?.try_clone().ok()?).ok()?;
        (stop == "none").then_some(())
    });
    bed.until_in_control();
}
