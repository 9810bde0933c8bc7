// SPDX-License-Identifier: MIT OR Apache-2.0
//! A console that supports steadily at 4.0 L/min in Flow mode, with everything that watches it.

#![allow(dead_code, unused_imports)] // each test file uses its part

mod figures;
mod quiet;
mod truth;

pub use figures::Figures;
pub use quiet::{LARGEST, LESSON, Quiet, WINDOW};
pub use truth::{Extremes, Truth};

use crate::stranger::{Said, Stranger};
use crate::support::{Console, until};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};
use std::time::Duration;

/// The setpoint, L/min.
pub const FLOW: f64 = 4.0;
/// Of the sweep gas, L/min.
const SWEEP_GAS: f64 = 3.0;
/// How long the flow has to be steady before anything is measured, and how steady.
const STEADY: (Duration, f64) = (Duration::from_secs(3), 0.02);

/// The hosts, each with a signal that is read often.
pub const HOSTS: [(&str, &str); 8] = [
    ("ecmod-host-pump_line", "pump_speed"),
    ("ecmod-host-gas_line", "sweep_gas_flow"),
    ("ecmod-host-flow_line", "blood_flow"),
    ("ecmod-host-monitor", "second_venous_pressure"),
    ("ecmod-host-adc", "arterial_pressure"),
    ("ecmod-host-clamps", "return_clamp_position"),
    ("ecmod-host-panel", "level_low"),
    ("ecmod-host-alarms", "alarm_pattern"),
];
/// The daemon.
pub const DAEMON: &str = "ecmod";

/// Everything that is watched. The order is that in which it ends.
pub struct Room {
    pub truth: Truth,
    pub stranger: Stranger,
    pub console: Console,
}

impl Room {
    /// Starts a console and waits until its flow is steady.
    pub fn steady() -> Self {
        Self::on(Console::demo())
    }

    /// The same on a console that has been started.
    pub fn on(console: Console) -> Self {
        let stranger = Stranger::join(console.address());
        let truth = Truth::watch(&console);
        let room = Self { truth, stranger, console };
        room.until_steady();
        room
    }

    /// Waits until the flow has been at its setpoint for some seconds and the console is content.
    pub fn until_steady(&self) {
        until("a steady flow", || {
            let now = self.truth.now();
            let begin = now.checked_sub(nanoseconds(STEADY.0))?;
            let flow = self.truth.between_if_known(begin, now)?.flow;
            (flow.0 > FLOW - STEADY.1 && flow.1 < FLOW + STEADY.1).then_some(())
        });
        self.until_content();
    }

    /// Waits until the daemon is in control and all hosts' readings are good; returns what the daemon says then.
    pub fn until_content(&self) -> Said {
        let said = until("the daemon is in control", || self.in_control());
        for (_, signal) in HOSTS {
            until(signal, || self.stranger.reading(signal)?.is_good().then_some(()));
        }
        said
    }

    /// Waits until another daemon than this one regulates the flow; returns when it had the pump: when it supported, and demanded a speed
    /// of the pump's host. A flow that was not there is believed half a second later.
    pub fn until_succeeded(&self, daemon: &Victim) -> u64 {
        until("a new daemon on the bus", || {
            self.stranger.owner().filter(|pid| *pid != daemon.number()).map(|_| ())
        });
        until("the new daemon has the pump", || {
            let said = self.stranger.owner().and_then(|_| self.stranger.said())?;
            (said.state == "support" && said.speed_demand.is_some()).then_some(())
        });
        let back = monotonic();
        until("the new daemon is in control", || self.in_control());
        back
    }

    /// What the daemon says, if it regulates the flow through the pump's host.
    pub fn in_control(&self) -> Option<Said> {
        self.stranger.owner()?;
        let said = self.stranger.said()?;
        let follows = said.speed_demand.is_some() && said.active_limit == "none";
        (said.state == "support" && follows).then_some(said)
    }

    /// Asserts that what was set is what is set, and that the sweep gas flows as before.
    #[track_caller]
    pub fn assert_settings_kept(&self, said: &Said) {
        assert_eq!((said.mode.as_str(), said.flow_setpoint), ("flow", FLOW), "{said:?}");
        let gas = self.console.simulator().state().sweep_gas_l_min;
        assert!((gas - SWEEP_GAS).abs() < 0.05, "{gas} L/min of sweep gas");
    }

    /// The process that has this name now.
    pub fn victim(&self, process: &str) -> Victim {
        let pid = self.console.pid(process);
        let handle = pidfd_open(pid, PidfdFlags::empty()).expect("it runs");
        Victim { pid, handle }
    }
}

/// A process about to be killed.
pub struct Victim {
    pid: Pid,
    handle: rustix::fd::OwnedFd,
}

impl Victim {
    /// The process.
    pub const fn process(&self) -> Pid {
        self.pid
    }

    /// Its number.
    pub fn number(&self) -> u32 {
        u32::try_from(self.pid.as_raw_nonzero().get()).unwrap()
    }

    /// Sends it a signal; returns when, in ns.
    pub fn signal(&self, signal: Signal) -> u64 {
        let now = monotonic();
        kill_process(self.pid, signal).expect("it runs");
        now
    }

    /// Kills it and waits until it is gone. Both times in ns: when the signal was sent, when the process was gone.
    pub fn kill(&self) -> (u64, u64) {
        let sent = self.signal(Signal::KILL);
        (sent, self.gone())
    }

    /// Whether it is gone.
    pub fn has_ended(&self) -> bool {
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut [PollFd::new(&self.handle, PollFlags::IN)], Some(&now)).unwrap() == 1
    }

    /// Waits until it is gone; returns when, in ns.
    pub fn gone(&self) -> u64 {
        let limit = Timespec { tv_sec: 10, tv_nsec: 0 };
        let ended = poll(&mut [PollFd::new(&self.handle, PollFlags::IN)], Some(&limit)).unwrap();
        assert_eq!(ended, 1, "SIGKILL ends every process");
        monotonic()
    }
}

/// Time of the machine's monotonic clock, ns.
pub fn monotonic() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    u64::try_from(now.tv_sec).unwrap() * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap()
}

/// A duration in the unit of [`monotonic`].
pub fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap()
}
