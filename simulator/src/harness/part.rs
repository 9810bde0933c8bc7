// SPDX-License-Identifier: MIT OR Apache-2.0
//! The drivers of the harness's console: each has a port and a host of its own, and some of the roles.

use super::console::index;
use ecmod_control::{DriverHealth, MAX_DRIVERS, Role, Topology};
use ecmod_quantities::Cause;

/// A driver of the console, alone on its port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The pump's drive.
    Pump,
    /// The second speed sensor.
    Tacho,
    /// The flow meter.
    Flow,
    /// Pressures and temperatures.
    Transmitter,
    /// The gas controller.
    Gas,
    /// The blood monitor.
    Monitor,
    /// Bubbles, level, keys.
    Panel,
    /// Both clamps.
    Clamps,
    /// Mains and battery.
    Power,
    /// Lamps and sounder.
    Annunciator,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Pump,
        Self::Tacho,
        Self::Flow,
        Self::Transmitter,
        Self::Gas,
        Self::Monitor,
        Self::Panel,
        Self::Clamps,
        Self::Power,
        Self::Annunciator,
    ];

    /// Its number among the drivers, and that of its port.
    #[must_use]
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// Who delivers this role; `None` for what nobody here delivers.
    #[must_use]
    pub const fn of(role: Role) -> Option<Self> {
        Some(match role {
            Role::PumpSpeed | Role::PumpLoad | Role::DriveAlarm | Role::DriveTemperature => Self::Pump,
            Role::Tacho => Self::Tacho,
            Role::BloodFlow | Role::FlowQuality => Self::Flow,
            Role::VenousPressure
            | Role::PreMembranePressure
            | Role::ArterialPressure
            | Role::VenousTemperature
            | Role::ArterialTemperature => Self::Transmitter,
            Role::SweepGasFlow | Role::GasSupplyPressure | Role::ExhaustOxygen => Self::Gas,
            Role::VenousSaturation => Self::Monitor,
            Role::ReturnBubble
            | Role::DrainageBubble
            | Role::ReturnBubbleCount
            | Role::DrainageBubbleCount
            | Role::LevelLow
            | Role::KeyMute
            | Role::KeyConfirm
            | Role::KeyOverride => Self::Panel,
            Role::ReturnClampPosition | Role::DrainageClampPosition => Self::Clamps,
            Role::Mains
            | Role::BatteryUsable
            | Role::BatteryCharge
            | Role::BatteryTimeToEmpty
            | Role::BatteryCharging => Self::Power,
            Role::SounderOk | Role::AlarmHeartbeatLost => Self::Annunciator,
            Role::Other => return None,
        })
    }

    /// Which driver delivers which source, and who has the pump.
    pub(super) fn topology() -> Topology {
        let mut topology = Topology::UNKNOWN;
        for role in Role::KNOWN {
            if let (Some(place), Some(part)) =
                (topology.sources.get_mut(usize::from(index(role))), Self::of(role))
            {
                *place = Some(part.number());
            }
        }
        for (place, part) in topology.ports.iter_mut().zip(Self::ALL) {
            *place = Some(part.number());
        }
        topology.pump = Some(Self::Pump.number());
        topology
    }
}

/// How all drivers are.
#[derive(Debug, Clone)]
pub(super) struct Drivers([DriverHealth; MAX_DRIVERS]);

impl Drivers {
    /// All that there are run.
    pub(super) fn running() -> Self {
        let mut drivers = [DriverHealth::NotConfigured; MAX_DRIVERS];
        for (place, _) in drivers.iter_mut().zip(Part::ALL) {
            *place = DriverHealth::Running;
        }
        Self(drivers)
    }

    pub(super) const fn all(&self) -> &[DriverHealth] {
        &self.0
    }

    pub(super) fn set(&mut self, part: Part, health: DriverHealth) {
        if let Some(place) = self.0.get_mut(usize::from(part.number())) {
            *place = health;
        }
    }

    /// Why the daemon has no reading of this role, if its driver does not run.
    pub(super) fn cause(&self, role: Role) -> Option<Cause> {
        let part = Part::of(role)?;
        match self.0.get(usize::from(part.number())).copied().unwrap_or_default() {
            DriverHealth::Running | DriverHealth::Failing | DriverHealth::NotConfigured => None,
            DriverHealth::Absent => Some(Cause::HostLost),
            DriverHealth::Faulted => Some(Cause::DriverFault),
        }
    }
}
