// SPDX-License-Identifier: MIT OR Apache-2.0
//! One strike: a process, and what happens to it.

use crate::steady::{DAEMON, HOSTS, Room, monotonic, nanoseconds};
use crate::stranger::{Reading, Stranger};
use crate::support::{LIMIT, try_until, until};
use crate::weather::Random;
use rustix::process::{Signal, kill_process};
use std::fmt;
use std::time::Duration;

/// A process that hangs for longer is ended by its supervisor (`WatchdogSec=` in the units).
const WATCHED: Duration = Duration::from_secs(6);
/// How long after a strike the speed is still looked at.
const AFTERMATH: Duration = Duration::from_millis(500);
const BUS: &str = "bus";
/// The host whose loss interrupts control.
const PUMP: &str = "ecmod-host-pump_line";

/// What happens to whom.
#[derive(Debug, Clone, Copy)]
pub struct Strike {
    process: &'static str,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Kill,
    /// Stopped for so long, then continued, if it is still there.
    Hang(Duration),
}

/// What came of it.
#[derive(Debug)]
pub struct Fallen {
    strike: Strike,
    /// When it fell, ns.
    pub struck: u64,
    /// Until when the speed is to be looked at, ns.
    pub over: u64,
    /// From the death of daemon or pump's host, or the end of its hang, until control was back.
    pub back_ms: Option<f64>,
}

impl fmt::Display for Fallen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} of {}, back after {:?} ms", self.strike.kind, self.strike.process, self.back_ms)
    }
}

impl Strike {
    /// The daemon three times of ten, the bus once, a host else. Six of ten kill; of the hangs one in eight outlasts the supervisor.
    pub fn choose(random: &mut Random) -> Self {
        let process = match random.below(10) {
            0..3 => DAEMON,
            3 => BUS,
            4..6 => PUMP,
            _ => HOSTS[usize::try_from(random.below(HOSTS.len() as u64)).unwrap()].0,
        };
        let kind = match random.below(40) {
            0..24 => Kind::Kill,
            24..38 => Kind::Hang(Duration::from_millis(20 + random.below(1500))),
            _ => Kind::Hang(WATCHED + Duration::from_millis(random.below(1500))),
        };
        Self { process, kind }
    }

    /// Falls, and waits until the console is itself again.
    pub fn fall(self, room: &mut Room, random: &mut Random) -> Fallen {
        std::thread::sleep(Duration::from_millis(random.below(300)));
        let victim = room.victim(self.process);
        let struck = monotonic();
        // Since when somebody can be there again.
        let possible = match self.kind {
            Kind::Kill => victim.kill().1,
            Kind::Hang(time) => {
                victim.signal(Signal::STOP);
                // Nobody watches over the bus.
                if time < WATCHED || self.process == BUS {
                    std::thread::sleep(time);
                    let goes_on = monotonic();
                    let _ended_meanwhile = kill_process(victim.process(), Signal::CONT);
                    goes_on
                } else {
                    victim.gone()
                }
            }
        };
        if self.process == BUS {
            // Whoever was on the old one has to come to the new one.
            room.stranger = Stranger::join(room.console.address());
        }
        let is_control = [DAEMON, PUMP].contains(&self.process);
        until("the console is in control again", || room.regulates().then_some(()));
        let back_ms = is_control.then(|| (monotonic().saturating_sub(possible)) as f64 / 1e6);
        for (host, signal) in HOSTS {
            // At zero flow the meter may be unsure of the flow's direction.
            let known = |reading: &Reading| reading.quality != "bad";
            let found = try_until(LIMIT, || room.stranger.reading(signal).filter(known));
            assert!(found.is_some(), "{signal} of {host} is {:?}", room.stranger.reading(signal));
        }
        let over = monotonic() + nanoseconds(AFTERMATH);
        room.truth.until(over);
        Fallen { strike: self, struck, over, back_ms }
    }
}

impl Room {
    /// The daemon is on the bus, supports, and demands a speed of the pump's host, whatever limits it.
    fn regulates(&self) -> bool {
        let said = self.stranger.owner().and_then(|_| self.stranger.said());
        let demands = said.is_some_and(|said| said.state == "support" && said.speed_demand.is_some());
        demands && self.stranger.reading("pump_speed").is_some_and(|speed| speed.is_good())
    }
}
