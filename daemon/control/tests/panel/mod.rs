// SPDX-License-Identifier: MIT OR Apache-2.0
//! A console with every role, in simulated time, on the small plant: every sensor can be made to say something else.
#![allow(dead_code)] // each test file uses its part

use crate::bench::Plant;
use ecmod_control::{
    AlarmKind, AlarmStatus, Boot, ClampLinks, Core, DriverHealth, Fact, Facts, Inputs, LimitKind, LinkHealth,
    Outputs, PumpLink, PumpPreset, Refusal, Request, Role, Settings, SignalSettings, SourceSettings,
    Topology,
};
use ecmod_quantities::{Cause, GasLitresPerMinute, Monotonic, Quantity, Reading, Rpm};

const MS: u64 = 1_000_000;
const ROLES: usize = Role::KNOWN.len();

/// What a sensor does.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Says {
    /// What is so.
    Truth,
    /// What is so, and this much more.
    Offset(f64),
    /// Always this.
    Value(f64),
    /// That it has no value.
    Bad(Cause),
    /// What is so, and that it is doubtful.
    Doubtful(Cause),
    /// Nothing any more.
    Silent,
}

/// Somebody who looks at every tick.
pub type Observer = Box<dyn FnMut(&Panel)>;

/// Console, plant and time.
pub struct Panel {
    pub core: Box<Core>,
    pub plant: Plant,
    pub link: PumpLink,
    pub drivers: Vec<DriverHealth>,
    pub links: Vec<LinkHealth>,
    /// The rotor does not turn, whatever the drive is told.
    pub stuck_rotor: bool,
    /// The drainage pressure swings by this at 4 Hz, mmHg.
    pub chatter: f64,
    /// Factor on the membrane's resistance.
    pub clot: f64,
    pub facts: Facts,
    /// Looks at every tick, if somebody wants to.
    pub observer: Option<Observer>,
    says: [Says; ROLES],
    sources: [Reading; ROLES],
    drive: f64,
    now: u64,
    seed: u64,
    before: u64,
}

impl Panel {
    /// Just made.
    pub fn empty() -> Self {
        Self::with(&Role::KNOWN)
    }

    /// A console with these roles only; the index of a signal is that of its role.
    pub fn with(roles: &[Role]) -> Self {
        Self::made_of(Self::settings(roles))
    }

    /// A console in which a role's signal has a second sensor: that of another role.
    pub fn with_second(role: Role, second: Role) -> Self {
        let mut settings = Self::settings(&Role::KNOWN);
        let signal = settings.signals[role as usize].as_mut().unwrap();
        signal.sources[1] = Some(SourceSettings::new(u16::try_from(second as usize).unwrap()));
        Self::made_of(settings)
    }

    fn settings(roles: &[Role]) -> Settings {
        let mut settings = Settings::for_pump(PumpPreset::RotaflowLike);
        for role in roles {
            let index = *role as usize;
            let source = u16::try_from(index).unwrap();
            settings.signals[index] = Some(SignalSettings::new(*role, Quantity::State, source));
        }
        settings.alarms.topology = topology();
        settings
    }

    pub fn made_of(settings: Settings) -> Self {
        Self {
            core: Box::new(Core::new(settings, Boot::Cold).unwrap()),
            plant: Plant::va(PumpPreset::RotaflowLike),
            link: PumpLink::Present { held: None, local: false },
            drivers: vec![DriverHealth::Running; 3],
            links: vec![LinkHealth::Sound; 2],
            stuck_rotor: false,
            chatter: 0.0,
            clot: 1.0,
            facts: Facts::NONE,
            observer: None,
            says: [Says::Truth; ROLES],
            sources: [Reading::NO_DATA; ROLES],
            drive: 0.0,
            now: 1_000_000 * MS,
            seed: 7,
            before: 0,
        }
    }

    /// In standby, for some seconds.
    pub fn standby() -> Self {
        let mut panel = Self::empty();
        panel.run(10.0);
        panel
    }

    /// Supporting in Speed mode at 3500 rpm, settled.
    pub fn supporting() -> Self {
        let mut panel = Self::standby();
        panel.ask(Request::SetSpeed(Rpm(3500.0)));
        panel.ask(Request::SetSweepGasFlow(GasLitresPerMinute(3.0)));
        panel.ask(Request::Start);
        panel.run(45.0);
        panel.before = panel.outputs().alarms.announced;
        panel
    }

    pub fn now(&self) -> Monotonic {
        Monotonic(self.now)
    }

    pub fn outputs(&self) -> &Outputs {
        self.core.outputs()
    }

    pub fn ask(&mut self, request: Request) {
        self.try_ask(request).unwrap();
    }

    pub fn try_ask(&mut self, request: Request) -> Result<(), Refusal> {
        self.core.request(request, Monotonic(self.now))
    }

    pub fn limit(&mut self, name: &str, value: f64) {
        let limit = LimitKind::from_name(name).unwrap();
        self.ask(Request::SetLimit { limit, value });
    }

    /// A sensor says this from now on.
    pub fn set(&mut self, role: Role, value: f64) {
        self.says[role as usize] = Says::Value(value);
    }

    pub fn tell<T>(&mut self, role: Role, value: f64, then: T) -> T {
        self.set(role, value);
        then
    }

    pub fn offset(&mut self, role: Role, by: f64) {
        self.says[role as usize] = Says::Offset(by);
    }

    pub fn fail(&mut self, role: Role, cause: Cause) {
        self.says[role as usize] = Says::Bad(cause);
    }

    pub fn doubt(&mut self, role: Role, cause: Cause) {
        self.says[role as usize] = Says::Doubtful(cause);
    }

    pub fn silence(&mut self, role: Role) {
        self.says[role as usize] = Says::Silent;
    }

    /// Nothing is wrong any more, with anything.
    pub fn heal(&mut self) {
        self.well();
        let Plant { speed, flow, .. } = self.plant;
        self.plant = Plant { speed, flow, ..Plant::va(PumpPreset::RotaflowLike) };
        (self.stuck_rotor, self.chatter, self.clot, self.facts) = (false, 0.0, 1.0, Facts::NONE);
        self.drivers = vec![DriverHealth::Running; 3];
        self.links = vec![LinkHealth::Sound; 2];
        self.link = PumpLink::Present { held: None, local: false };
    }

    /// Every sensor says what is so.
    pub fn well(&mut self) {
        self.says = [Says::Truth; ROLES];
    }

    pub fn fact<T>(&mut self, fact: Fact, then: T) -> T {
        self.facts = self.facts.with(fact);
        then
    }

    /// The patient's pressures are equal, so that nothing runs back when the pump stands.
    pub fn set_clear_of_backflow(&mut self) {
        self.plant.map = 8.0;
        self.plant.cvp = 8.0;
        self.run(30.0);
    }

    /// What the console shows of a role.
    pub fn shown(&self, role: Role) -> f64 {
        self.outputs().readings[role as usize].value().unwrap()
    }

    /// How many alarms were announced since support had settled.
    pub fn announced(&self) -> u64 {
        self.outputs().alarms.announced - self.before
    }

    /// The alarms, in their order: `ID:priority`.
    pub fn present(&self) -> String {
        let words: Vec<_> = self.outputs().alarms.iter().map(word).collect();
        words.join(" ")
    }

    pub fn find(&self, kind: AlarmKind) -> Option<&AlarmStatus> {
        self.outputs().alarms.iter().find(|status| status.alarm.kind == kind)
    }

    pub fn run(&mut self, seconds: f64) {
        self.watch(seconds, |_| {});
    }

    /// Runs and looks at every tick.
    pub fn watch(&mut self, seconds: f64, mut look: impl FnMut(&Self)) {
        self.until(seconds, |panel| {
            look(panel);
            false
        });
    }

    /// Runs until this is so, for so long at most. Whether it was.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // some minutes
    pub fn until(&mut self, seconds: f64, mut so: impl FnMut(&Self) -> bool) -> bool {
        let end = self.now + (seconds * 1e9) as u64;
        while self.now < end {
            self.tick();
            if so(self) {
                return true;
            }
        }
        false
    }

    fn tick(&mut self) {
        for _ in 0..10 {
            self.now += MS;
            self.plant.step(if self.stuck_rotor { 0.0 } else { self.drive }, 1e-3);
        }
        if self.now.is_multiple_of(20 * MS) {
            self.sense();
        }
        let inputs = Inputs {
            sources: &self.sources,
            pump: self.link,
            clamps: ClampLinks { return_clamp: true, drainage_clamp: true },
            drivers: &self.drivers,
            links: &self.links,
            facts: self.facts,
        };
        let demand = self.core.tick(&inputs, Monotonic(self.now)).pump_speed;
        if let (Some(demand), PumpLink::Present { .. }) = (demand, self.link) {
            self.drive = demand.value();
        }
        if let Some(mut observer) = self.observer.take() {
            observer(self);
            self.observer = Some(observer);
        }
    }

    fn sense(&mut self) {
        for role in Role::KNOWN {
            let truth = self.truth(role) + self.noise(role);
            let place = &mut self.sources[role as usize];
            let (at, sequence) = (Monotonic(self.now), place.sequence() + 1);
            *place = match self.says[role as usize] {
                Says::Truth => Reading::good(truth, at, sequence),
                Says::Offset(by) => Reading::good(truth + by, at, sequence),
                Says::Value(value) => Reading::good(value, at, sequence),
                Says::Bad(cause) => Reading::bad(cause, at, sequence),
                Says::Doubtful(cause) => Reading::uncertain(truth, cause, at, sequence),
                Says::Silent => continue,
            };
        }
    }

    /// A little noise where a living sensor has some.
    fn noise(&mut self, role: Role) -> f64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let random = (self.seed >> 40) as f64 / f64::from(1 << 23) - 1.0;
        match role.quantity() {
            Some(Quantity::Pressure) => random,
            Some(Quantity::BloodFlow) => 0.03 * random,
            _ => 0.0,
        }
    }

    fn truth(&self, role: Role) -> f64 {
        let (venous, pre_membrane, arterial) = self.plant.pressures();
        match role {
            Role::BloodFlow => self.plant.flow,
            Role::PumpSpeed | Role::Tacho => self.plant.speed,
            Role::VenousPressure => {
                let phase = (self.now % (250 * MS)) as f64 / (250.0 * 1e6) * core::f64::consts::TAU;
                venous + self.chatter * phase.sin()
            }
            Role::PreMembranePressure => arterial + self.clot * (pre_membrane - arterial),
            Role::ArterialPressure => arterial,
            Role::SweepGasFlow => 3.0,
            Role::VenousTemperature | Role::ArterialTemperature => 36.8,
            Role::DriveTemperature => 45.0,
            Role::Mains | Role::BatteryUsable | Role::BatteryCharging | Role::SounderOk => 1.0,
            Role::BatteryCharge | Role::FlowQuality | Role::VenousSaturation | Role::ExhaustOxygen => 80.0,
            Role::BatteryTimeToEmpty => 7_200.0,
            Role::GasSupplyPressure => 4.0,
            Role::PumpLoad => 40.0,
            Role::ReturnBubble
            | Role::DrainageBubble
            | Role::ReturnBubbleCount
            | Role::DrainageBubbleCount
            | Role::LevelLow
            | Role::ReturnClampPosition
            | Role::DrainageClampPosition
            | Role::KeyMute
            | Role::KeyConfirm
            | Role::KeyOverride
            | Role::DriveAlarm
            | Role::AlarmHeartbeatLost
            | Role::Other => 0.0,
        }
    }
}

fn word(status: &AlarmStatus) -> String {
    format!("{}:{}", status.alarm.kind.id(), status.priority.name())
}

/// Driver 0 has the pump, on port 0; drivers 1 and 2 have all else, on port 1.
fn topology() -> Topology {
    let mut topology = Topology::UNKNOWN;
    for role in Role::KNOWN {
        let pump =
            matches!(role, Role::PumpSpeed | Role::PumpLoad | Role::DriveAlarm | Role::DriveTemperature);
        topology.sources[role as usize] = Some(if pump { 0 } else { 1 + u16::from(role as usize % 2 == 1) });
    }
    (topology.ports[0], topology.ports[1], topology.ports[2]) = (Some(0), Some(1), Some(1));
    topology.pump = Some(0);
    topology
}
