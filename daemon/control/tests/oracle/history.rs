// SPDX-License-Identifier: MIT OR Apache-2.0
//! What somebody who watches the console remembers of it, for the conditions that depend on what was before.

use super::signals::{good, is_running, mode};
use crate::panel::Panel;
use ecmod_control::{
    AlarmKind, AlarmPhase, Clamp, ClampPosition, DriverHealth, LimitKind, Mode, Priority, PumpLink, Role,
};
use ecmod_quantities::{Monotonic, Span};

/// The keys of the console.
pub const KEYS: [Role; 3] = [Role::KeyMute, Role::KeyConfirm, Role::KeyOverride];
/// For this long lines must have been steady before it can be said that they have come apart.
const STEADY: Span = Span::from_secs(20);

/// What is remembered of this core.
#[derive(Debug, Default)]
pub struct History {
    pub now: Monotonic,
    started: Option<Monotonic>,
    running: Option<Monotonic>,
    /// In this case the flow has been where it should be, and the blood warm.
    pub flow_came_up: bool,
    pub was_warm: bool,
    /// The annunciator has said that it hears the console.
    pub was_heard: bool,
    pub link_seen: bool,
    link_away: Option<Monotonic>,
    pub port_seen: bool,
    drivers: Vec<Option<Monotonic>>,
    keys: [Option<Monotonic>; KEYS.len()],
    clamps: [Option<ClampPosition>; 2],
    lines: Option<Lines>,
    /// Air with a second sign was an active alarm when the tick before ended.
    pub confirmed_air: bool,
    /// A high alarm is latched and nobody has acknowledged it: as of this tick and of the one before.
    pub unseen: (bool, bool),
}

/// The lines as they were while nothing changed.
#[derive(Debug, Clone, Copy)]
struct Lines {
    since: Monotonic,
    speed: f64,
    flow: f64,
    arterial: f64,
    /// They were steady for long enough.
    settled: bool,
}

impl History {
    /// For how long this core has been there.
    pub fn age(&self) -> Span {
        self.started.map_or(Span::ZERO, |since| self.now.since(since))
    }

    /// For how long support has been running.
    pub fn supported(&self) -> Span {
        self.running.map_or(Span::ZERO, |since| self.now.since(since))
    }

    /// Whether all drivers have been running for long enough that everything they deliver should be there.
    pub fn all_there(&self) -> bool {
        let long = |since: &Option<Monotonic>| {
            since.is_some_and(|since| self.now.since(since) > Span::from_millis(3_100))
        };
        self.age() > Span::from_millis(5_100) && !self.drivers.is_empty() && self.drivers.iter().all(long)
    }

    /// Whether nobody has been there for the pump for longer than its host may stand still.
    pub fn is_link_away(&self) -> bool {
        self.link_away.is_some_and(|since| self.now.since(since) >= Span::from_millis(160))
    }

    /// For how long a key has been down.
    pub fn pressed(&self, key: usize) -> Option<Span> {
        self.keys[key].map(|since| self.now.since(since))
    }

    /// Where a clamp was before it moved.
    pub fn clamp(&self, clamp: Clamp) -> Option<ClampPosition> {
        self.clamps[clamp as usize]
    }

    /// Flow, return pressure and speed while the lines were steady, if they were for long enough.
    pub fn lines(&self) -> Option<(f64, f64, f64)> {
        let lines = self.lines.filter(|lines| lines.settled)?;
        Some((lines.flow, lines.arterial, lines.speed))
    }

    /// Before the conditions of a tick are asked.
    pub fn take(&mut self, panel: &Panel) {
        let now = panel.outputs().now;
        self.now = now;
        self.started.get_or_insert(now);
        self.running = is_running(panel).then(|| self.running.unwrap_or(now));
        self.note_case(panel);
        self.was_heard |= good(panel, Role::AlarmHeartbeatLost).is_some_and(|lost| lost < 0.5);
        self.link_seen |= matches!(panel.link, PumpLink::Present { .. });
        self.link_away = (panel.link == PumpLink::Absent).then(|| self.link_away.unwrap_or(now));
        let runs = |health: &DriverHealth| matches!(health, DriverHealth::Running | DriverHealth::Failing);
        self.drivers.resize(panel.drivers.len(), None);
        for (since, health) in self.drivers.iter_mut().zip(&panel.drivers) {
            *since = runs(health).then(|| since.unwrap_or(now));
        }
        self.port_seen |= panel.drivers[1..].iter().any(runs);
        for (since, role) in self.keys.iter_mut().zip(KEYS) {
            let down = good(panel, role).is_some_and(|down| down >= 0.5);
            *since = down.then(|| since.unwrap_or(now));
        }
        self.note_lines(panel);
        let unseen = panel.outputs().alarms.iter().any(|status| {
            status.phase == AlarmPhase::Latched && status.priority == Priority::High && !status.acknowledged
        });
        self.unseen = (unseen, self.unseen.0);
    }

    /// After they were asked: what was found moved in this tick has not moved in the next.
    pub fn end(&mut self, panel: &Panel) {
        self.confirmed_air = panel.outputs().alarms.is_active(AlarmKind::BubbleGrossArterial);
        for clamp in Clamp::ALL {
            let now = position(panel, clamp);
            let known = &mut self.clamps[clamp as usize];
            if let Some(demand) = panel.outputs().clamps.of(clamp) {
                *known = Some(demand.position);
            } else if !is_running(panel) {
                *known = now;
            } else {
                *known = known.or(now);
            }
        }
    }

    fn note_case(&mut self, panel: &Panel) {
        if !is_running(panel) {
            (self.flow_came_up, self.was_warm) = (false, false);
            return;
        }
        let limit = |kind| panel.outputs().limits.get(kind);
        let low = limit(LimitKind::FlowLow).unwrap_or(0.0);
        let part = limit(LimitKind::FlowLowPart).unwrap_or(0.0) * 0.01;
        let wanted = part * panel.outputs().flow_setpoint.value();
        match mode(panel) {
            Some(Mode::ZeroFlow) | None => self.flow_came_up = false,
            Some(Mode::Speed | Mode::Flow) => {
                self.flow_came_up |=
                    good(panel, Role::BloodFlow).is_some_and(|flow| flow > low.max(wanted) + 0.5);
            }
        }
        let cold = limit(LimitKind::TemperatureLow).unwrap_or(0.0);
        self.was_warm |= good(panel, Role::ArterialTemperature).is_some_and(|warm| warm > cold + 1.0);
    }

    fn note_lines(&mut self, panel: &Panel) {
        let now = panel.outputs().now;
        let flows = matches!(mode(panel), Some(Mode::Speed | Mode::Flow));
        let read = [Role::PumpSpeed, Role::BloodFlow, Role::ArterialPressure].map(|role| good(panel, role));
        let ([Some(speed), Some(flow), Some(arterial)], true) = (read, flows) else {
            self.lines = None;
            return;
        };
        let same_speed = |lines: &Lines| (speed - lines.speed).abs() < 0.05 * lines.speed;
        let steady = |lines: &Lines| {
            same_speed(lines) && (flow - lines.flow).abs() < 0.2 && (arterial - lines.arterial).abs() < 8.0
        };
        self.lines = match self.lines {
            Some(lines) if steady(&lines) => {
                Some(Lines { settled: now.since(lines.since) > STEADY, ..lines })
            }
            // Come apart, perhaps: what they were like is remembered for as long as it is so.
            Some(lines) if lines.settled && same_speed(&lines) && arterial.abs() < 4.0 => Some(lines),
            Some(_) | None => Some(Lines { since: now, speed, flow, arterial, settled: false }),
        };
    }
}

/// Where a clamp says that it is, if it is at one of its ends.
pub fn position(panel: &Panel, clamp: Clamp) -> Option<ClampPosition> {
    let code = good(panel, super::signals::of_clamp(clamp))?;
    ClampPosition::ALL.into_iter().find(|position| (position.value() - code).abs() < 0.1)
}
