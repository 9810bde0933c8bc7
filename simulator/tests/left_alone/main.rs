// SPDX-License-Identifier: MIT OR Apache-2.0
//! The daemon dies or hangs in the middle of an intervention, and nobody starts it again: the pump's host holds the lowered speed until the
//! intervention's longest duration is over, then gives it back by the slew. The daemon that comes at last goes on from there.
//!
//! The pump's speed is the simulated drive's true speed in every millisecond. The runner is stopped meanwhile, so that it replaces nobody.
#![cfg(test)] // helpers between the tests are test code too

#[path = "../steady/mod.rs"]
mod steady;
#[path = "../stranger/mod.rs"]
mod stranger;
#[path = "../support/mod.rs"]
mod support;

use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};
use std::time::Duration;
use steady::{DAEMON, HOSTS, Room, monotonic, nanoseconds};
use support::{try_until, until};

/// The demo's slew, rpm per second; what is given back comes with half of it.
const SLEW: f64 = 400.0;
/// How far the true speed may be from what is demanded: the drive's ripple, its rounding, and the noise that a flow controller answers, rpm.
const NEAR: f64 = 40.0;
/// The daemon's silence is believed after a second; and a busy machine.
const LATE: Duration = Duration::from_secs(3);

/// What holds the flow down.
struct Reason {
    name: &'static str,
    fault: Value,
    /// How long it acts at most.
    longest: Duration,
    /// So far down it brings the speed before the daemon falls, rpm.
    down_to: f64,
}

/// A kink behind the pump: the pressure limit regulates.
fn pressure() -> Reason {
    Reason {
        name: "a pressure limit",
        fault: json!({ "kind": "occlusion", "site": "return", "fraction": 0.9 }),
        longest: Duration::from_secs(30),
        down_to: 3300.0,
    }
}

/// A swallow of air that both detector and pump notice: zero flow.
fn air() -> Reason {
    Reason {
        name: "gross air",
        fault: json!({ "kind": "air", "site": "return", "ml": 5.0 }),
        longest: Duration::from_secs(20),
        down_to: 2400.0,
    }
}

/// The runner, which starts nobody and ends nobody while this lives.
struct Bystander<'a>(&'a Room);

impl<'a> Bystander<'a> {
    fn of(room: &'a Room) -> Self {
        kill_process(room.console.runner(), Signal::STOP).unwrap();
        Self(room)
    }
}

impl Drop for Bystander<'_> {
    fn drop(&mut self) {
        let _it_ends_with_the_room = kill_process(self.0.console.runner(), Signal::CONT);
    }
}

fn choose(room: &Room, mode: &str) {
    if mode == "speed" {
        for arguments in [&["set", "mode", "speed"][..], &["set", "speed", "3600"]] {
            let told = room.console.ecmoctl(arguments);
            assert!(told.status.success(), "{told:?}");
        }
        until("3600 rpm", || (room.stranger.said()?.speed_demand? - 3600.0).abs().le(&1.0).then_some(()));
    }
}

/// The true speed at this time: between its extremes in the tenth of a second before, rpm.
fn speed_at(room: &Room, time: u64) -> f64 {
    let (least, most) = room.truth.between(time - 100_000_000, time).speed;
    f64::midpoint(least, most)
}

fn left_alone(mode: &str, reason: &Reason, blow: Signal) {
    let room = Room::steady();
    choose(&room, mode);
    room.truth.until(monotonic() + nanoseconds(Duration::from_secs(2)));
    let before = speed_at(&room, room.truth.now());

    let id = room.console.simulator().inject(&reason.fault);
    until("it holds the speed down", || {
        let said = room.stranger.said()?;
        (said.active_limit != "none" && said.speed_demand? < reason.down_to).then_some(())
    });
    // It acts for some seconds already: its end comes before this.
    let latest = monotonic() + nanoseconds(reason.longest);
    let bystander = Bystander::of(&room);
    let daemon = room.victim(DAEMON);
    let fallen = daemon.signal(blow);
    let settled = fallen + nanoseconds(Duration::from_millis(500));
    room.truth.until(settled);
    let low = speed_at(&room, settled);
    assert!(low < reason.down_to + NEAR, "{low} rpm");

    let back = try_until(Duration::from_secs(60), || {
        let now = room.truth.now();
        (speed_at(&room, now) > before - NEAR).then_some(now)
    })
    .expect("the speed is given back");
    let way = Duration::from_secs_f64((before - low) / (0.5 * SLEW));
    let after = Duration::from_nanos(back - fallen);
    let (name, down) = (reason.name, before - low);
    println!(
        "{name}, {mode}, {blow:?}: {before:.0} rpm, {low:.0} when the daemon fell, back after {after:.1?}"
    );
    assert!(back <= latest + nanoseconds(way + LATE), "after {after:?}");
    // Held first, and not for a moment only: whoever is near can clamp the line, or restart the daemon.
    let held = room.truth.between(settled, settled + 3_000_000_000).speed;
    assert!(held.0 > low - NEAR && held.1 < low + NEAR, "{held:?} around {low} rpm");
    room.truth.until(back + 2_000_000_000);
    let window = Duration::from_millis(200);
    let fastest = room.truth.ripples(settled, back, window).max();
    assert!(
        fastest <= 0.5 * SLEW * window.as_secs_f64() + 12.0,
        "{fastest} rpm in {window:?} of {down:.0} rpm"
    );
    let stays = room.truth.between(back, back + 2_000_000_000).speed;
    assert!(stays.1 < before + NEAR, "no faster than before: {stays:?}");

    room.console.simulator().clear(id);
    room.truth.until(monotonic() + 1_000_000_000);
    let returns = monotonic();
    let host = room.console.log(HOSTS[0].0);
    assert!(host.contains("fallback.ends"), "{host}");
    let replaced = blow == Signal::KILL;
    if replaced {
        // The runner heard nobody while it stood still, and replaces the hosts as well: they find the drive as it is.
        drop(bystander);
        room.until_succeeded(&daemon);
    } else {
        daemon.signal(Signal::CONT);
        until("it is in control again", || room.in_control());
    }
    let control = monotonic();
    room.truth.until(control + 3_000_000_000);
    let takes_over = room.truth.between(returns, control + 3_000_000_000).speed;
    assert!(
        takes_over.0 > before - 2.0 * NEAR && takes_over.1 < before + 2.0 * NEAR,
        "{takes_over:?} around {before} rpm"
    );
    let heard = "has given back what was lowered";
    if !replaced {
        until("the daemon says what it heard", || room.console.log(DAEMON).contains(heard).then_some(()));
    }
}

#[test]
fn a_daemon_that_hangs_for_good_leaves_no_pressure_limit_behind_in_speed_mode() {
    left_alone("speed", &pressure(), Signal::STOP);
}

#[test]
fn a_daemon_that_is_dead_for_good_leaves_no_pressure_limit_behind_in_flow_mode() {
    left_alone("flow", &pressure(), Signal::KILL);
}

#[test]
fn a_daemon_that_is_dead_for_good_leaves_the_flow_not_stopped_for_air_in_speed_mode() {
    left_alone("speed", &air(), Signal::KILL);
}

#[test]
fn a_daemon_that_hangs_for_good_leaves_the_flow_not_stopped_for_air_in_flow_mode() {
    left_alone("flow", &air(), Signal::STOP);
}
