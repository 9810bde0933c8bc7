// SPDX-License-Identifier: MIT OR Apache-2.0
//! The processes that run the drivers: one alarm for a port that is lost, instead of one for each of its drivers and signals.
//! And the links to their devices: one that gets worse is told before it is lost.

use super::super::scene::{Scene, Sink, When};
use super::super::{Alarm, AlarmCause, AlarmKind, Subject};
use crate::{DriverHealth, LinkHealth, MAX_DRIVERS, MAX_PORTS};
use ecmod_quantities::{Monotonic, Span};

/// How long a driver that runs again may take until its signals are there.
const COMING_BACK: Span = Span::from_secs(3);
/// How long the pump's host may stand still without having ended, on top of the 60 ms after which the control holds. A machine that gives one
/// processor to nobody for a moment, as a virtual one does for up to 100 ms, is no reason to call somebody to the pump.
const MOMENT: Span = Span::from_millis(150);
/// Of the time in which it moves, this part counts against the time in which it stood still: one that stands still again and again is told.
const FORGIVES: u64 = 10;

#[derive(Debug, Clone)]
pub(super) struct Memory {
    /// Since when each driver has been running.
    running: [Option<Monotonic>; MAX_DRIVERS],
    /// Which drivers have ever been there.
    seen: [bool; MAX_DRIVERS],
    pump_seen: bool,
    /// For how long nobody has been there for the pump, less a part of the time in which somebody was; no longer than [`MOMENT`].
    pump_still: Span,
    looked: Option<Monotonic>,
}

impl Memory {
    pub(super) const NEW: Self = Self {
        running: [None; MAX_DRIVERS],
        seen: [false; MAX_DRIVERS],
        pump_seen: false,
        pump_still: Span::ZERO,
        looked: None,
    };

    /// Whether what this driver delivers is explained by its own state, or by its having come back just now.
    pub(super) fn explains(&self, scene: &Scene<'_>, driver: u16) -> bool {
        if scene.settings.alarms.topology.pump == Some(driver) && scene.line_is_silent() {
            return true;
        }
        match scene.health(driver) {
            DriverHealth::NotConfigured => false,
            DriverHealth::Absent | DriverHealth::Faulted => true,
            DriverHealth::Running | DriverHealth::Failing => {
                let since = self.running.get(usize::from(driver)).copied().flatten();
                since.is_some_and(|since| scene.now.since(since) < COMING_BACK)
            }
        }
    }

    /// Whether nobody can tell the pump anything, or its driver was away although somebody can again.
    fn pump_lost(&self, scene: &Scene<'_>, arriving: bool) -> bool {
        let index = scene.settings.alarms.topology.pump.map(usize::from);
        let was_seen = index.and_then(|index| self.seen.get(index)).copied().unwrap_or(false);
        let is_away = index.and_then(|index| scene.drivers.get(index)) == Some(&DriverHealth::Absent);
        let nobody = !scene.pump && self.pump_still >= MOMENT;
        (nobody && (self.pump_seen || !arriving)) || (is_away && was_seen)
    }

    fn note(&mut self, scene: &Scene<'_>) {
        for ((health, running), seen) in scene.drivers.iter().zip(&mut self.running).zip(&mut self.seen) {
            let runs = matches!(health, DriverHealth::Running | DriverHealth::Failing);
            *running = runs.then(|| running.unwrap_or(scene.now));
            *seen |= runs || *health == DriverHealth::Faulted;
        }
        self.pump_seen |= scene.pump;
        let passed = self.looked.replace(scene.now).map_or(Span::ZERO, |last| scene.now.since(last));
        self.pump_still = if scene.pump {
            Span(self.pump_still.0.saturating_sub(passed.0 / FORGIVES))
        } else {
            Span(self.pump_still.0.saturating_add(passed.0)).min(MOMENT)
        };
    }
}

pub(super) fn find(scene: &Scene<'_>, memory: &mut Memory, arriving: bool, sink: &mut Sink<'_>) {
    memory.note(scene);
    let pump_lost = memory.pump_lost(scene, arriving);
    if pump_lost || scene.line_is_silent() {
        let standby = When::special(!scene.running());
        let word = if pump_lost { "absent" } else { "silent" };
        sink.find(AlarmKind::PumpLinkLost, standby, AlarmCause::word(word));
    }
    let ports = lost_ports(scene, memory, arriving);
    let topology = &scene.settings.alarms.topology;
    let pump_port = topology.pump.and_then(|pump| topology.port_of(pump)).filter(|_| pump_lost);
    for (port, lost) in (0u16..).zip(ports) {
        if lost && pump_port != Some(port) {
            let alarm = Alarm::about(AlarmKind::HostLost, Subject::Port(port));
            sink.about(alarm, When::Usual, AlarmCause::word("absent"));
        }
    }
    degraded_links(scene, &ports, sink);
    for (driver, health) in (0u16..).zip(scene.drivers.iter().take(MAX_DRIVERS)) {
        let port_lost = topology
            .port_of(driver)
            .is_some_and(|port| ports.get(usize::from(port)).copied().unwrap_or(false));
        let is_pump = topology.pump == Some(driver);
        let seen = memory.seen.get(usize::from(driver)).copied().unwrap_or(false);
        let word = match health {
            DriverHealth::NotConfigured | DriverHealth::Running => None,
            DriverHealth::Absent => (!port_lost && (seen || !arriving)).then_some("absent"),
            DriverHealth::Faulted => Some("faulted"),
            DriverHealth::Failing => {
                let alarm = Alarm::about(AlarmKind::PluginDead, Subject::Driver(driver));
                let when = When::special(is_pump && scene.running());
                sink.about(alarm, when, AlarmCause::word("restarts"));
                None
            }
        };
        if let Some(word) = word.filter(|_| !(is_pump && pump_lost)) {
            let alarm = Alarm::about(AlarmKind::DriverFault, Subject::Driver(driver));
            sink.about(alarm, When::special(!scene.running()), AlarmCause::word(word));
        }
    }
}

/// A link that gets worse while its port is served; one whose port is lost is told above.
fn degraded_links(scene: &Scene<'_>, lost: &[bool; MAX_PORTS], sink: &mut Sink<'_>) {
    let topology = &scene.settings.alarms.topology;
    let pump_port = topology.pump.and_then(|pump| topology.port_of(pump));
    for ((port, link), lost) in (0u16..).zip(scene.links).zip(lost) {
        let cause = match *link {
            LinkHealth::Sound => continue,
            LinkHealth::Failing { percent } => AlarmCause { word: "errors", value: Some(f64::from(percent)) },
            LinkHealth::Restarting => AlarmCause::word("restarts"),
        };
        let said = *link == LinkHealth::Restarting && has_faults(scene, port);
        if !lost && !said {
            let alarm = Alarm::about(AlarmKind::LinkDegraded, Subject::Port(port));
            sink.about(alarm, When::special(pump_port == Some(port)), cause);
        }
    }
}

/// Whether a driver of this port has an alarm of its own, which says why it begins anew.
fn has_faults(scene: &Scene<'_>, port: u16) -> bool {
    let drivers = (0u16..).zip(scene.drivers.iter().take(MAX_DRIVERS));
    let mut its = drivers.filter(|(driver, _)| scene.settings.alarms.topology.port_of(*driver) == Some(port));
    its.any(|(_, health)| {
        matches!(health, DriverHealth::Absent | DriverHealth::Faulted | DriverHealth::Failing)
    })
}

/// A port is lost if all its drivers are absent; while hosts arrive, only one that has been there before.
fn lost_ports(scene: &Scene<'_>, memory: &Memory, arriving: bool) -> [bool; MAX_PORTS] {
    let mut lost = [false; MAX_PORTS];
    let mut there = [false; MAX_PORTS];
    for (driver, health) in (0u16..).zip(scene.drivers.iter().take(MAX_DRIVERS)) {
        let Some(port) = scene.settings.alarms.topology.port_of(driver).map(usize::from) else { continue };
        let (Some(lost), Some(there)) = (lost.get_mut(port), there.get_mut(port)) else { continue };
        let seen = memory.seen.get(usize::from(driver)).copied().unwrap_or(false);
        match health {
            DriverHealth::NotConfigured => {}
            DriverHealth::Absent => *lost |= seen || !arriving,
            DriverHealth::Running | DriverHealth::Faulted | DriverHealth::Failing => *there = true,
        }
    }
    for (lost, there) in lost.iter_mut().zip(there) {
        *lost &= !there;
    }
    lost
}
