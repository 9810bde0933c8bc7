// SPDX-License-Identifier: MIT OR Apache-2.0
//! Any process of the console dies or hangs, at any moment: the pump does not notice, and the rest says so and goes on.
//!
//! The pump's speed is the simulated drive's true speed in every millisecond; [`steady::Quiet`] says what it may do.
#![cfg(test)] // helpers between the tests are test code too

#[path = "../steady/mod.rs"]
mod steady;
#[path = "../stranger/mod.rs"]
mod stranger;
#[path = "../support/mod.rs"]
mod support;

use rustix::process::Signal;
use std::time::Duration;
use steady::{DAEMON, Figures, HOSTS, Quiet, Room, WINDOW, monotonic, nanoseconds};
use support::{try_until, until};

/// Two periods of the control loop, ms: within this after the kill of a host its readings are bad, every time.
const TWO_PERIODS: f64 = 20.0;
/// A host that hangs has not ended: that its heart does not beat is seen 60 ms after the last beat, at the next tick. A beat takes 10 ms.
const STANDSTILL: f64 = 80.0;
/// The daemon is back in control within this.
const BACK: f64 = 1000.0;
/// The flow is regulated within this: a meter that was not there for a moment is believed after half a second.
const REGULATED: f64 = 2000.0;
/// The simulated drive's own ripple at a constant demand is 3 rpm from peak to peak.
const DRIVE_RIPPLE: f64 = 3.1;
/// The runner lets a process that dies soon after its start wait before it starts again; one that lived this long it does not.
const LONG_LIFE: Duration = Duration::from_millis(1200);

/// Random numbers that are the same in every run (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % limit
    }
}

/// What was measured at kills of one process each. Times in ms.
#[derive(Default)]
struct Kills {
    times: Vec<(&'static str, u64)>,
    daemon_back: Figures,
    host_back: Figures,
    bad_after_end: Figures,
    bad_after_kill: Figures,
}

impl Kills {
    fn kill_daemon(&mut self, room: &Room) {
        let daemon = room.victim(DAEMON);
        let (killed, _) = daemon.kill();
        let back = room.until_succeeded(&daemon);
        self.daemon_back.push_time(killed, back);
        self.times.push((DAEMON, killed));
    }

    fn kill_host(&mut self, room: &Room, (host, signal): (&'static str, &str)) {
        let starts = room.console.restarts(host);
        let (killed, gone) = room.victim(host).kill();
        let seen = until("a reading that is bad, or the next host's", || {
            let reading = room.stranger.reading(signal)?;
            let is_next = || reading.acquired > gone && room.console.restarts(host) > starts;
            (reading.quality == "bad" || is_next()).then_some(reading)
        });
        if (seen.quality.as_str(), seen.cause.as_str()) == ("bad", "host_lost") {
            self.bad_after_end.push_time(gone, seen.acquired);
            self.bad_after_kill.push_time(killed, seen.acquired);
        } else {
            // On a machine with more to do than it can, this process may look only when the next host is there.
            assert!(
                room.console.restarts(host) > starts,
                "{signal} is {seen:?} before there is another host"
            );
        }
        until(signal, || room.stranger.reading(signal)?.is_good().then_some(()));
        self.host_back.push_time(killed, monotonic());
        self.times.push((host, killed));
    }

    /// How much the speed moved in the second behind the kills of this process, rpm.
    fn movements(&self, room: &Room, process: &str) -> Figures {
        let mut movements = Figures::default();
        for (_, kill) in self.times.iter().filter(|(name, _)| *name == process) {
            movements.push(room.truth.between(*kill, kill + nanoseconds(WINDOW)).ripple());
        }
        movements
    }
}

/// One hundred times one process, which one and when by chance.
#[test]
fn a_hundred_kills_of_hosts_and_daemon_do_not_move_the_pump() {
    let room = Room::steady();
    let quiet = Quiet::learn(&room);
    let mut random = Random(0x00EC_0D5E_ED00_0001);
    let mut kills = Kills::default();
    while kills.times.len() < 100 {
        std::thread::sleep(Duration::from_millis(random.below(300)));
        if random.below(4) == 0 {
            kills.kill_daemon(&room);
        } else {
            let host = random.below(u64::try_from(HOSTS.len()).unwrap());
            kills.kill_host(&room, HOSTS[usize::try_from(host).unwrap()]);
        }
        let said = room.until_content();
        room.assert_settings_kept(&said);
    }
    let mut farthest = 0.0_f64;
    for process in HOSTS.map(|(host, _)| host).into_iter().chain([DAEMON]) {
        let what = format!("movement of the speed in the second behind {process}");
        let movements = kills.movements(&room, process);
        movements.tell(&what, "rpm");
        farthest = farthest.max(movements.max());
    }
    kills.daemon_back.tell("kill of the daemon to the new one in control", "ms");
    kills.host_back.tell("kill of a host to its readings good again", "ms");
    kills.bad_after_end.tell("end of a host to its readings bad", "ms");
    kills.bad_after_kill.tell("kill of a host to its readings bad", "ms");
    let own = quiet.assert_kept(&room).max();
    assert!(farthest <= own, "a kill moved the pump by {farthest} rpm; left alone it moves by {own} rpm");
    assert!(kills.daemon_back.max() <= BACK);
    assert!(kills.bad_after_end.count() >= 50, "most host deaths were seen");
    assert!(kills.bad_after_end.max() <= TWO_PERIODS);
    assert!(kills.bad_after_kill.max() <= TWO_PERIODS);
}

#[test]
fn the_pumps_host_and_the_daemon_killed_at_once_do_not_move_the_pump() {
    let room = Room::steady();
    let quiet = Quiet::learn(&room);
    let (mut back, mut regulated) = (Figures::default(), Figures::default());
    for order in [[DAEMON, HOSTS[0].0], [HOSTS[0].0, DAEMON]].iter().cycle().take(10) {
        let victims = order.map(|name| room.victim(name));
        let killed = victims[0].signal(Signal::KILL);
        victims[1].signal(Signal::KILL);
        victims.iter().for_each(|victim| {
            victim.gone();
        });
        let daemon = order.iter().position(|name| *name == DAEMON).unwrap();
        back.push_time(killed, room.until_succeeded(&victims[daemon]));
        regulated.push_time(killed, monotonic());
        let said = room.until_content();
        room.assert_settings_kept(&said);
        room.truth.until(monotonic() + nanoseconds(LONG_LIFE));
    }
    back.tell("kill of pump's host and daemon to control", "ms");
    regulated.tell("to a flow that is regulated", "ms");
    quiet.assert_kept(&room);
    assert!(back.max() <= BACK);
    assert!(regulated.max() <= REGULATED);
}

/// So soon there is again a good reading where one came too late: a flow is believed after half a second.
const SOON: Duration = Duration::from_secs(1);

/// How long something hangs.
const HANG: Duration = Duration::from_secs(2);

#[test]
fn a_host_that_hangs_costs_its_readings_and_nothing_else() {
    let room = Room::steady();
    let quiet = Quiet::learn(&room);
    let (mut bad, mut back) = (Figures::default(), Figures::default());
    for (host, signal) in HOSTS {
        let hanging = room.victim(host);
        let stopped = hanging.signal(Signal::STOP);
        let lost =
            until("a bad reading", || room.stranger.reading(signal).filter(|reading| !reading.is_good()));
        // What is measured often is too old before the host counts as lost.
        let is_lost = ["host_lost", "stale"].contains(&lost.cause.as_str());
        assert!(lost.quality == "bad" && is_lost, "{signal} is {lost:?}");
        bad.push_time(stopped, lost.acquired);
        let good = try_until(HANG, || room.stranger.reading(signal).filter(stranger::Reading::is_good));
        assert_eq!(good, None, "{signal} of a host that hangs");
        let others = HOSTS.iter().filter(|other| other.1 != signal);
        for (_, other) in others {
            // While it hangs, not at this very moment: where the machine stands still, every answer is late.
            let good = try_until(SOON, || room.stranger.reading(other).filter(stranger::Reading::is_good));
            assert!(good.is_some(), "{other} while {signal} is lost");
        }
        let went_on = hanging.signal(Signal::CONT);
        let said = room.until_content();
        back.push_time(went_on, monotonic());
        room.assert_settings_kept(&said);
        assert_eq!(room.console.restarts(host), 0, "nobody has to start {host} again");
    }
    bad.tell("hang of a host to its readings bad", "ms");
    back.tell("a host goes on to all readings good", "ms");
    quiet.assert_kept(&room);
    assert!(bad.max() <= STANDSTILL);
}

#[test]
fn while_the_daemon_hangs_the_hosts_hold_and_it_goes_on_without_a_bump() {
    let room = Room::steady();
    let quiet = Quiet::learn(&room);
    let mut back = Figures::default();
    for _ in 0..3 {
        let before = room.console.simulator().state();
        let daemon = room.victim(DAEMON);
        let stopped = daemon.signal(Signal::STOP);
        room.truth.until(stopped + nanoseconds(HANG));
        let held = room.console.simulator().state();
        let asked = |state: &support::State| state.requests["pump_line"];
        assert!(asked(&held) > asked(&before) + 10, "the host goes on speaking with the drive");
        let still = room.truth.between(stopped + nanoseconds(WINDOW), stopped + nanoseconds(HANG)).ripple();
        assert!(still < DRIVE_RIPPLE, "with nobody to regulate it the drive holds; it moved by {still} rpm");
        let went_on = daemon.signal(Signal::CONT);
        let said = room.until_content();
        back.push_time(went_on, monotonic());
        room.assert_settings_kept(&said);
        assert_eq!(room.console.restarts(DAEMON), 0);
    }
    back.tell("the daemon goes on to all readings good", "ms");
    quiet.assert_kept(&room);
    assert!(back.max() <= BACK);
}

#[test]
fn without_a_bus_control_goes_on_and_the_daemon_returns_to_the_new_one() {
    let mut room = Room::steady();
    let quiet = Quiet::learn(&room);
    let ticks = room.stranger.said().unwrap().ticks;
    for _ in 0..3 {
        let asked = room.console.simulator().state().requests["pump_line"];
        let (killed, _) = room.victim("bus").kill();
        room.stranger = stranger::Stranger::join(room.console.address());
        let said = room.until_content();
        room.assert_settings_kept(&said);
        println!("back on the bus after {} ms", (monotonic() - killed) / 1_000_000);
        assert!(room.console.simulator().state().requests["pump_line"] > asked);
    }
    let said = room.until_content();
    assert!(said.ticks > ticks, "it is the same daemon");
    assert_eq!(room.console.restarts(DAEMON), 0);
    quiet.assert_kept(&room);
}
