// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is known of ports and drivers, for D-Bus and logs. The control loop does not look here.
//!
//! One table for all configured ports and drivers, made at start; hosts only fill it in. Each change counts
//! [`Registry::generation`] up, so that whoever publishes knows when there is something to say.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use ecmod_control::{DriverHealth, LinkHealth};
use ecmod_link::image::DaemonImage;
use ecmod_link::message::{DriverEvent, DriverHello, DriverState, Hello, Hold, PortEvent, Written};
use ecmod_quantities::{Monotonic, Quantity, Span};

use super::health::{Failures, Restarts, STANDSTILLS, health};
use super::links::Links;
use crate::control_thread::channels::MAX_PORTS;
use crate::plan::Plan;

/// A host that has just connected counts as moving for this long, until its first beat has been seen.
const GRACE: Span = Span::from_millis(500);

/// All ports and drivers.
#[derive(Debug)]
pub struct Registry {
    /// By port index.
    pub ports: Vec<PortStatus>,
    /// In the plan's order.
    pub drivers: Vec<DriverStatus>,
    /// Counts changes.
    pub generation: u64,
}

/// Whether a port has its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortState {
    /// It has never had one since the daemon started.
    Waiting,
    /// It has one, and it moves.
    Connected,
    /// It had one that is gone or does not move.
    Lost,
}

/// A port and its host.
#[derive(Debug)]
pub struct PortStatus {
    /// Its name.
    pub name: String,
    /// What kind of bus.
    pub kind: &'static str,
    /// Device node or address.
    pub device: String,
    /// Whether it has its host.
    pub state: PortState,
    /// The host's process; 0 if there is none.
    pub pid: u32,
    /// What its latest host makes of the configuration that is written.
    pub written: Written,
    /// How often one has connected.
    pub connections: u64,
    /// What happened on the bus.
    pub counters: BTreeMap<String, u64>,
    /// The same by device.
    pub device_counters: BTreeMap<String, BTreeMap<String, u64>>,
    /// How the exchanges with its devices go.
    pub links: Links,
    /// Its host is there, its heart does not beat, and it does not answer: see [`super::vigil`].
    pub hung: bool,
    /// When its heart was last seen to beat.
    pub(super) last_moved: Monotonic,
    /// How often it did not, of all looks of late.
    pub(super) standstills: Failures,
    /// Looks since it connected, and those at which it did not move.
    pub(super) looks: (u64, u64),
    /// When it last said anything through its socket.
    pub(super) last_heard: Monotonic,
    /// The latest host's process, gone or not.
    pub(super) latest_pid: Option<u32>,
}

/// A driver instance.
#[derive(Debug)]
pub struct DriverStatus {
    /// Its id.
    pub id: String,
    /// Index of its port.
    pub port: usize,
    /// What was loaded, or is to be.
    pub library: String,
    /// `vendor,model`.
    pub model: String,
    /// Of the driver.
    pub version: String,
    /// The ABI that it was built for, major version in the higher 16 bits; 0 while nothing is known.
    pub abi: u32,
    /// SPDX expression.
    pub licence: String,
    /// One line.
    pub description: String,
    /// What it is doing.
    pub state: DriverState,
    /// Why.
    pub detail: String,
    /// What its device does without a link.
    pub hold: Hold,
    /// Calls.
    pub cycles: u64,
    /// Calls beyond the budget.
    pub overruns: u64,
    /// Calls that failed.
    pub faults: u64,
    /// Times it was opened anew.
    pub restarts: u64,
    /// When it began anew of late, in this host or in another.
    pub recent: Restarts,
    /// How many of its cycles have failed of late.
    pub failures: Failures,
    /// What it measures.
    pub signals: Vec<Declaration>,
    /// What it can be told.
    pub commands: Vec<Declaration>,
    /// Where its samples are, while its host is connected.
    pub samples: Option<Samples>,
}

/// A signal or command as a driver declares it.
#[derive(Debug, Clone, PartialEq)]
pub struct Declaration {
    /// Its name.
    pub name: String,
    /// What it is.
    pub quantity: Quantity,
    /// Lowest value.
    pub minimum: f64,
    /// Highest value.
    pub maximum: f64,
}

/// The input slots of a driver.
#[derive(Debug, Clone)]
pub struct Samples {
    /// The image of its host.
    pub image: Arc<DaemonImage>,
    /// One slot for each signal.
    pub slots: Range<usize>,
}

impl PortState {
    /// The word on D-Bus and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Connected => "connected",
            Self::Lost => "lost",
        }
    }
}

impl PortStatus {
    /// A port that has had no host yet.
    #[must_use]
    pub fn waiting(name: &str, kind: &'static str, device: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            device: device.to_owned(),
            state: PortState::Waiting,
            pid: 0,
            written: Written::InForce,
            connections: 0,
            counters: BTreeMap::new(),
            device_counters: BTreeMap::new(),
            links: Links::default(),
            hung: false,
            last_moved: Monotonic(0),
            standstills: Failures::default(),
            looks: (0, 0),
            last_heard: Monotonic(0),
            latest_pid: None,
        }
    }
}

impl Registry {
    /// All that is configured, with nobody connected.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let ports = plan.ports.iter().map(|port| PortStatus::waiting(&port.name, port.kind, &port.device));
        let drivers =
            plan.drivers.iter().map(|driver| DriverStatus::absent(&driver.id, driver.port, &driver.library));
        Self { ports: ports.collect(), drivers: drivers.collect(), generation: 0 }
    }

    /// A host was accepted. True if the port had another one before: whatever it was that ended that one, its drivers were away.
    pub fn connected(
        &mut self,
        port: usize,
        pid: u32,
        hello: &Hello,
        image: &Arc<DaemonImage>,
        now: Monotonic,
    ) -> bool {
        self.generation += 1;
        let mut is_another = false;
        if let Some(status) = self.ports.get_mut(port) {
            status.state = PortState::Connected;
            // One that says hello anew, because a driver of it has come, is no other one.
            is_another = status.latest_pid.is_some_and(|latest| latest != pid);
            status.latest_pid = Some(pid);
            status.pid = pid;
            status.written = hello.written;
            status.connections = status.connections.saturating_add(1);
            status.hung = false;
            status.last_moved = now;
            status.standstills = Failures::default();
            status.looks = (0, 0);
            status.last_heard = now;
        }
        for (driver, slots) in hello.slots() {
            if let Some(status) = self.drivers.iter_mut().find(|status| status.id == driver.id) {
                status.introduce(driver, Samples { image: Arc::clone(image), slots: slots.inputs });
                if is_another {
                    status.recent.note(now);
                }
            }
        }
        is_another
    }

    /// Indices of a port's drivers, in the plan's order.
    pub fn drivers_of(&self, port: usize) -> impl Iterator<Item = usize> + '_ {
        let indexed = self.drivers.iter().enumerate();
        indexed.filter(move |(_, driver)| driver.port == port).map(|(index, _)| index)
    }

    /// A host is gone.
    pub fn hung_up(&mut self, port: usize) {
        self.generation += 1;
        if let Some(status) = self.ports.get_mut(port) {
            status.state = PortState::Lost;
            status.pid = 0;
            status.hung = false;
        }
        for driver in self.drivers.iter_mut().filter(|driver| driver.port == port) {
            driver.state = DriverState::Absent;
            driver.detail = "its host is not connected".into();
            driver.samples = None;
        }
    }

    /// What a host reports of one of its drivers. True if the driver is one of that port.
    pub fn driver_event(&mut self, port: usize, event: DriverEvent, now: Monotonic) -> bool {
        let Some(status) =
            self.drivers.iter_mut().find(|status| status.id == event.id && status.port == port)
        else {
            return false;
        };
        if let Some(port) = self.ports.get_mut(port) {
            port.links.count_driver(&event, now);
        }
        status.state = event.state;
        status.detail = event.detail;
        status.hold = event.hold;
        status.cycles = event.cycles;
        status.overruns = event.overruns;
        status.faults = event.faults;
        if event.restarts > status.restarts {
            status.recent.note(now);
        }
        status.restarts = event.restarts;
        status.failures.note(now, status.state, event.cycles, event.faults.saturating_add(event.overruns));
        self.generation += 1;
        true
    }

    /// How every driver is, in the plan's order. A host that stands still again and again, each time too briefly to be lost, counts as one that
    /// does not move.
    pub fn healths(&self, now: Monotonic) -> impl Iterator<Item = DriverHealth> + '_ {
        self.drivers.iter().map(move |driver| {
            let moves = self.ports.get(driver.port).is_some_and(|port| {
                port.state == PortState::Connected && !port.standstills.reach(STANDSTILLS)
            });
            health(driver.state, moves, &driver.recent, &driver.failures, now)
        })
    }

    /// How the links of every port are, in the plan's order.
    pub fn links(&self, now: Monotonic) -> impl Iterator<Item = LinkHealth> + '_ {
        self.ports.iter().enumerate().map(move |(index, port)| {
            let drivers = self.drivers.iter().filter(move |driver| driver.port == index);
            port.links.health(drivers.map(|driver| &driver.recent), now)
        })
    }

    /// What a host reports of its bus. Counters announce no change.
    pub fn port_event(&mut self, port: usize, event: PortEvent, now: Monotonic) {
        if let Some(status) = self.ports.get_mut(port) {
            status.links.count_devices(&event, now);
            status.counters = event.counters;
            status.device_counters = event.devices;
        }
    }

    /// A host has said something, whatever it was.
    pub fn heard(&mut self, port: usize, now: Monotonic) {
        if let Some(status) = self.ports.get_mut(port) {
            status.last_heard = now;
        }
    }

    /// What the control loop saw of the hosts' hearts. Returns the ports whose state changed.
    pub fn felt(&mut self, moving: &[bool; MAX_PORTS], now: Monotonic) -> Vec<usize> {
        let mut changed = Vec::new();
        for (index, (port, moves)) in self.ports.iter_mut().zip(moving).enumerate() {
            if port.pid == 0 {
                continue;
            }
            if *moves {
                port.last_moved = now;
            }
            port.looks = (port.looks.0.saturating_add(1), port.looks.1.saturating_add(u64::from(!moves)));
            let state =
                if port.state == PortState::Lost { DriverState::Absent } else { DriverState::Running };
            port.standstills.note(now, state, port.looks.0, port.looks.1);
            let state =
                if now.since(port.last_moved) <= GRACE { PortState::Connected } else { PortState::Lost };
            if state != port.state {
                port.state = state;
                changed.push(index);
                self.generation += 1;
            }
        }
        changed
    }
}

impl DriverStatus {
    fn absent(id: &str, port: usize, library: &str) -> Self {
        Self {
            id: id.to_owned(),
            port,
            library: library.to_owned(),
            model: String::new(),
            version: String::new(),
            abi: 0,
            licence: String::new(),
            description: String::new(),
            state: DriverState::Absent,
            detail: "its host is not connected".into(),
            hold: Hold::NotApplicable,
            cycles: 0,
            overruns: 0,
            faults: 0,
            restarts: 0,
            recent: Restarts::default(),
            failures: Failures::default(),
            signals: Vec::new(),
            commands: Vec::new(),
            samples: None,
        }
    }

    fn introduce(&mut self, hello: &DriverHello, samples: Samples) {
        *self = Self {
            id: std::mem::take(&mut self.id),
            port: self.port,
            library: hello.library.clone(),
            model: hello.model.clone(),
            version: hello.version.clone(),
            abi: hello.abi,
            licence: hello.licence.clone(),
            description: hello.description.clone(),
            state: hello.state,
            detail: hello.detail.clone(),
            hold: hello.hold,
            cycles: 0,
            overruns: 0,
            faults: 0,
            restarts: 0,
            recent: self.recent,
            failures: Failures::default(),
            signals: hello
                .signals
                .iter()
                .map(|signal| Declaration {
                    name: signal.name.clone(),
                    quantity: signal.quantity,
                    minimum: signal.min,
                    maximum: signal.max,
                })
                .collect(),
            commands: hello
                .commands
                .iter()
                .map(|command| Declaration {
                    name: command.name.clone(),
                    quantity: command.quantity,
                    minimum: command.min,
                    maximum: command.max,
                })
                .collect(),
            samples: Some(samples),
        };
    }
}
