// SPDX-License-Identifier: MIT OR Apache-2.0
//! A small plant around the core: enough of pump, circuit and patient to close the loop in simulated time.
//!
//! Motor as a first-order lag of 0.15 s, hydraulics after the affinity model with inertance (L/R about 0.1 s), VA
//! support with a 23 Fr drainage and a 17 Fr return cannula; flow meter with a mean of 100 ms at 10 Hz, pressures at
//! 50 Hz, speed at 20 Hz. The real simulator is a crate of its own.
#![allow(dead_code)] // each test file uses its part

pub mod states;

use ecmod_control::{
    Boot, ClampLinks, Core, Inputs, Mode, Outputs, PumpLink, PumpPreset, Request, Role, Settings,
    SignalSettings,
};
use ecmod_quantities::{Cause, LitresPerMinute, Monotonic, Quantity, Reading, Rpm, Span};

pub const MS: u64 = 1_000_000;
pub const ROLES: [Role; 10] = [
    Role::BloodFlow,
    Role::PumpSpeed,
    Role::VenousPressure,
    Role::PreMembranePressure,
    Role::ArterialPressure,
    Role::ReturnBubble,
    Role::DrainageBubble,
    Role::PumpLoad,
    Role::FlowQuality,
    Role::LevelLow,
];
/// The first of them are in every console here.
pub const USUAL: usize = 5;
pub const FLOW: usize = 0;
pub const SPEED: usize = 1;
pub const VENOUS: usize = 2;
pub const PRE_MEMBRANE: usize = 3;
pub const ARTERIAL: usize = 4;
pub const RETURN_BUBBLE: usize = 5;
pub const DRAINAGE_BUBBLE: usize = 6;
pub const LOAD: usize = 7;
pub const QUALITY: usize = 8;
pub const LEVEL: usize = 9;

/// Pump, circuit and patient.
#[derive(Debug, Clone)]
pub struct Plant {
    pub preset: PumpPreset,
    pub map: f64,
    pub cvp: f64,
    /// Factor on the drainage resistance.
    pub drainage: f64,
    /// Factor on the return resistance.
    pub returning: f64,
    /// Above this speed the vein collapses: more speed gives less flow.
    pub collapse: f64,
    /// What is left of the pump's head and of its load: less than 1 with air in it.
    pub head: f64,
    /// What is left of the load besides.
    pub load: f64,
    /// Signal quality of the flow meter, %.
    pub quality: f64,
    /// The drainage pressure swings by this at 4 Hz, mmHg.
    pub chatter: f64,
    /// What the detectors and the level switch say.
    pub return_bubble: bool,
    pub drainage_bubble: bool,
    pub level_low: bool,
    pub speed: f64,
    pub flow: f64,
}

impl Plant {
    pub fn va(preset: PumpPreset) -> Self {
        let (map, cvp) = (75.0, 8.0);
        Self {
            preset,
            map,
            cvp,
            drainage: 1.0,
            returning: 1.0,
            collapse: 1e9,
            head: 1.0,
            load: 1.0,
            quality: 95.0,
            chatter: 0.0,
            return_bubble: false,
            drainage_bubble: false,
            level_low: false,
            speed: 0.0,
            flow: 0.0,
        }
    }

    pub fn step(&mut self, demand: f64, dt: f64) {
        self.speed += (demand - self.speed) * dt / 0.15;
        let head = self.preset.curve().head(Rpm(self.speed), LitresPerMinute(self.flow)).value();
        let head = head * self.head;
        let fall = self.pressures().1 - self.pressures().0;
        // mmHg to L/min per second: a time constant near 0.1 s at a resistance of 80 mmHg/(L/min).
        self.flow += (head - fall) / 8.0 * dt;
    }

    /// Drainage pressure, pressure before the membrane, pressure in the return line.
    pub fn pressures(&self) -> (f64, f64, f64) {
        let q = self.flow;
        let power = |k: f64, n: f64| k * q.abs().powf(n).copysign(q);
        let collapse =
            1.1 * self.preset.curve().shutoff * (self.speed.powi(2) - self.collapse.powi(2)).max(0.0);
        let venous = self.cvp - self.drainage * power(6.8, 1.8) - collapse;
        let arterial = self.map + self.returning * power(11.9, 1.75) + 4.0 * q + 0.6 * q * q.abs();
        (venous, arterial + 7.0 * q + 0.7 * q * q.abs(), arterial)
    }
}

/// The core, the plant, and the time.
#[derive(Debug, Clone)]
pub struct Bench {
    pub core: Box<Core>,
    pub plant: Plant,
    pub sources: [Reading; ROLES.len()],
    pub link: PumpLink,
    pub clamps: ClampLinks,
    pub now: u64,
    pub period: u64,
    /// A source with a cause here delivers bad readings; `Some(None)` delivers nothing new.
    pub faults: [Option<Option<Cause>>; ROLES.len()],
    /// By how much each source is off.
    pub offsets: [f64; ROLES.len()],
    /// Half the width of the flow meter's noise, L/min.
    pub noise: f64,
    /// The part of the flow meter's samples that get lost on the line.
    pub lost: f64,
    /// By how many of its samples the flow meter comes late.
    pub late: usize,
    /// Whether ticks come between the regular ones: at every millisecond with this probability, sometimes twice.
    pub urgent: f64,
    /// What the drive does: the latest demand that reached it.
    pub drive: f64,
    seed: u64,
    urgency: u64,
    mean: (f64, u32),
    means: Vec<f64>,
}

/// How a step went: seconds until the flow stays within 2 % of the goal, and by how much it went past it.
pub struct Answer {
    pub settled: f64,
    pub overshoot: f64,
}

/// A console with the usual signals.
pub fn settings(preset: PumpPreset) -> Settings {
    settings_with(preset, USUAL)
}

/// A console with this many of [`ROLES`].
pub fn settings_with(preset: PumpPreset, signals: usize) -> Settings {
    let mut settings = Settings::for_pump(preset);
    for (index, role) in ROLES.into_iter().enumerate().take(signals) {
        let source = u16::try_from(index).unwrap();
        settings.signals[index] = Some(SignalSettings::new(role, Quantity::BloodFlow, source));
    }
    if preset == PumpPreset::Dp3Like {
        // Twice the speed for the same flow: with 300 rpm/s it could not be at 4 L/min within 20 s.
        settings.speed.slew = Rpm(600.0);
    }
    settings
}

impl Bench {
    pub fn new(preset: PumpPreset) -> Self {
        Self::with(settings(preset), Plant::va(preset))
    }

    pub fn with(settings: Settings, plant: Plant) -> Self {
        let period = settings.period.0;
        let mut bench = Self {
            core: Box::new(Core::new(settings, Boot::Cold).unwrap()),
            plant,
            sources: [Reading::NO_DATA; ROLES.len()],
            link: PumpLink::Present { held: None, local: false },
            clamps: ClampLinks::default(),
            now: 1_000 * MS,
            period,
            faults: [None; ROLES.len()],
            offsets: [0.0; ROLES.len()],
            noise: 0.0,
            lost: 0.0,
            late: 0,
            urgent: 0.0,
            drive: 0.0,
            seed: 1,
            urgency: 1,
            mean: (0.0, 0),
            means: Vec::new(),
        };
        bench.run(0.5);
        bench
    }

    /// A bench that supports in Flow mode at this flow and has settled.
    pub fn at_flow(preset: PumpPreset, flow: f64) -> Self {
        let mut bench = Self::new(preset);
        bench.start_flow(flow);
        bench.run(30.0);
        bench
    }

    pub fn start_flow(&mut self, flow: f64) {
        self.ask(Request::SetMode(Mode::Flow));
        self.ask(Request::SetFlow(LitresPerMinute(flow)));
        self.ask(Request::Start);
    }

    /// A bench that supports in Speed mode at this speed and has settled.
    pub fn at_speed(preset: PumpPreset, speed: f64) -> Self {
        let mut bench = Self::new(preset);
        bench.ask(Request::SetSpeed(Rpm(speed)));
        bench.ask(Request::Start);
        bench.run(30.0);
        bench
    }

    pub fn ask(&mut self, request: Request) {
        self.core.request(request, Monotonic(self.now)).unwrap();
    }

    /// Replaces the core, as a restart of the daemon does; the drive goes on as it is.
    pub fn restart(&mut self, boot: Boot) {
        let settings = *self.core.settings();
        *self.core = Core::new(settings, boot).unwrap();
    }

    pub fn outputs(&self) -> &Outputs {
        self.core.outputs()
    }

    pub fn demand(&self) -> f64 {
        self.outputs().pump_speed.unwrap().value()
    }

    /// Runs, and says how the flow gets to its goal.
    pub fn answer(&mut self, from: f64, to: f64, seconds: f64) -> Answer {
        let begin = self.now;
        let mut answer = Answer { settled: 0.0, overshoot: f64::NEG_INFINITY };
        self.watch(seconds, |bench| {
            let past = (bench.plant.flow - to) * (to - from).signum();
            answer.overshoot = answer.overshoot.max(past);
            if (bench.plant.flow - to).abs() > 0.02 * to {
                answer.settled = (bench.now - begin) as f64 * 1e-9;
            }
        });
        answer
    }

    pub fn run(&mut self, seconds: f64) {
        self.watch(seconds, |_| {});
    }

    /// Runs and looks at every tick.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // some seconds
    pub fn watch(&mut self, seconds: f64, mut look: impl FnMut(&Self)) {
        let end = self.now + (seconds * 1e9) as u64;
        while self.now < end {
            for _ in 0..self.period / MS {
                self.millisecond();
                while self.is_urgent() {
                    self.tick();
                }
            }
            self.tick();
            look(self);
        }
    }

    /// One tick at this moment.
    pub fn tick(&mut self) {
        let inputs =
            Inputs { sources: &self.sources, pump: self.link, clamps: self.clamps, ..Inputs::NOTHING };
        let demand = self.core.tick(&inputs, Monotonic(self.now)).pump_speed;
        if let (Some(demand), PumpLink::Present { .. }) = (demand, self.link) {
            self.drive = demand.value();
        }
    }

    /// Whether somebody wants a tick now.
    fn is_urgent(&mut self) -> bool {
        self.urgency = next(self.urgency);
        self.urgent > 0.0 && ((self.urgency >> 40) as f64) < self.urgent * f64::from(1 << 24)
    }

    /// The times of urgent ticks are made of this.
    pub const fn seed_urgency(&mut self, seed: u64) {
        self.urgency = seed;
    }

    /// Time passes and nobody ticks.
    pub fn gap(&mut self, milliseconds: u64) {
        for _ in 0..milliseconds {
            self.millisecond();
        }
    }

    fn millisecond(&mut self) {
        self.now += MS;
        self.plant.step(self.drive, 1e-3);
        self.mean = (self.mean.0 + self.plant.flow, self.mean.1 + 1);
        let (venous, pre_membrane, arterial) = self.plant.pressures();
        if self.now.is_multiple_of(100 * MS) {
            self.means.push(self.mean.0 / f64::from(self.mean.1));
            self.mean = (0.0, 0);
            let mean = self.means[self.means.len().saturating_sub(1 + self.late)];
            self.seed = next(self.seed);
            let random = (self.seed >> 40) as f64 / f64::from(1 << 23) - 1.0;
            self.seed = next(self.seed);
            if (self.seed >> 40) as f64 >= self.lost * f64::from(1 << 24) {
                self.publish(FLOW, mean + self.noise * random);
            }
        }
        if self.now.is_multiple_of(20 * MS) {
            let phase = (self.now % (250 * MS)) as f64 / (250.0 * 1e6) * core::f64::consts::TAU;
            self.publish(VENOUS, venous + self.plant.chatter * phase.sin());
            self.publish(PRE_MEMBRANE, pre_membrane);
            self.publish(ARTERIAL, arterial);
            self.publish(RETURN_BUBBLE, f64::from(u8::from(self.plant.return_bubble)));
            self.publish(DRAINAGE_BUBBLE, f64::from(u8::from(self.plant.drainage_bubble)));
            self.publish(LEVEL, f64::from(u8::from(self.plant.level_low)));
            self.publish(QUALITY, self.plant.quality);
        }
        if self.now.is_multiple_of(50 * MS) {
            self.publish(SPEED, self.plant.speed);
            let usual = (self.plant.speed / 3500.0).powi(2) * (30.0 + 5.0 * self.plant.flow.max(0.0));
            self.publish(LOAD, usual * self.plant.head * self.plant.load);
        }
    }

    fn publish(&mut self, source: usize, value: f64) {
        let (at, sequence) = (Monotonic(self.now), self.sources[source].sequence() + 1);
        match self.faults[source] {
            None => self.sources[source] = Reading::good(value + self.offsets[source], at, sequence),
            Some(Some(cause)) => self.sources[source] = Reading::bad(cause, at, sequence),
            Some(None) => {}
        }
    }

    /// The flow that the console shows.
    pub fn flow(&self) -> Reading {
        self.outputs().readings[FLOW]
    }
}

/// The next of numbers whose upper bits look random.
const fn next(seed: u64) -> u64 {
    seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407)
}

pub fn ms(milliseconds: u64) -> Span {
    Span::from_millis(milliseconds)
}
