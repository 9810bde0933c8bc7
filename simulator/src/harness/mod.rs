// SPDX-License-Identifier: MIT OR Apache-2.0
//! The control core and the plant in one process on simulated time: hours in seconds.
//!
//! It stands where hosts, drivers and the daemon's control thread stand, without processes, lines or clocks. Sensors are
//! read at their own rates (flow meter 10 Hz with a 100 ms mean, pressures and speed 50 Hz), commands go into the
//! drive's registers. A fault on a line loses samples and commands with its probability. Same settings, same scenario,
//! same seed: same run, bit for bit.
//!
//! ```
//! use ecmod_sim::{harness::{Harness, Options}, scenario::Scenario};
//! let scenario = Scenario::parse("title = 'x'\n[[events]]\nat_s = 1\naction = { start = true, speed = 2500.0 }").unwrap();
//! let mut harness = Harness::new(&Options::for_scenario(scenario)).unwrap();
//! let mut fastest = 0.0_f64;
//! harness.run(15.0, |moment| fastest = fastest.max(moment.truth.pump_speed.value()));
//! assert!((2490.0..2510.0).contains(&fastest));
//! ```

mod bench;
mod console;
mod exchanges;
mod lie;
mod living;
mod operator;
mod panel;
mod part;
mod sensors;
mod tape;

#[cfg(test)]
mod tests;

pub use bench::FlowReader;
pub use console::{index, settings_for};
pub use lie::Lie;
pub use part::Part;
pub use tape::{Replayed, TapeError, replay};

use crate::circuit::{PumpPreset, Signals};
use crate::devices::Generation;
use crate::plant::Plant;
use crate::scenario::{Player, Scenario};
use bench::Bench;
use ecmod_control::{
    Boot, ClampLinks, Core, DriverHealth, Fact, Facts, Inputs, Outputs, PumpLink, Refusal, Request, Role,
    SettingsProblem,
};
use ecmod_quantities::{Monotonic, Rpm, Span};
use living::Living;
use operator::Operator;
use part::Drivers;
use tape::TapedCore;

/// What a run is made of.
#[derive(Debug, Clone)]
pub struct Options {
    /// The console.
    pub core: ecmod_control::Settings,
    /// What the core knows of the time before.
    pub boot: Boot,
    /// The circuit, and what happens.
    pub scenario: Scenario,
    /// Of all noise.
    pub seed: u64,
}

impl Options {
    /// The usual console for the scenario's pump, cold, seed 1.
    #[must_use]
    pub fn for_scenario(scenario: Scenario) -> Self {
        let core = settings_for(scenario.circuit.pump);
        Self { core, boot: Boot::Cold, scenario, seed: 1 }
    }
}

/// One control period, as seen from outside.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// Since the beginning.
    pub time: Span,
    /// What is true.
    pub truth: &'a Signals,
    /// What the core says.
    pub outputs: &'a Outputs,
}

/// Core and plant.
#[derive(Debug)]
pub struct Harness {
    /// The simulated world, to inject faults and look at.
    pub plant: Plant,
    core: TapedCore,
    pump_head: PumpPreset,
    player: Player,
    operator: Operator,
    bench: Bench,
    living: Option<Living>,
    pump: PumpLink,
    drivers: Drivers,
    facts: Facts,
    period: Span,
}

impl Harness {
    /// Simulated time begins here on the monotonic clock (never 0: that is no time of acquisition).
    const ORIGIN: Monotonic = Monotonic(1_000_000_000_000);

    /// At rest.
    ///
    /// # Errors
    /// What is wrong with the core's settings.
    pub fn new(options: &Options) -> Result<Self, SettingsProblem> {
        Ok(Self {
            plant: Plant::new(options.scenario.circuit.settings(), Generation::One, options.seed),
            core: TapedCore::new(Core::new(options.core, options.boot)?),
            pump_head: options.scenario.circuit.pump,
            player: Player::new(&options.scenario),
            operator: Operator::default(),
            bench: Bench::new(options.seed),
            living: None,
            pump: PumpLink::Present { held: None, local: false },
            drivers: Drivers::running(),
            facts: Facts::NONE,
            period: options.core.period,
        })
    }

    /// The same world once more, which goes on by itself from here; `None` where a [`FlowReader`] reads the flow meter.
    #[must_use]
    pub fn fork(&self) -> Option<Self> {
        Some(Self {
            plant: self.plant.clone(),
            core: TapedCore::new(self.core.core().clone()),
            pump_head: self.pump_head,
            player: self.player.clone(),
            operator: self.operator.clone(),
            bench: self.bench.fork()?,
            living: self.living.clone(),
            pump: self.pump,
            drivers: self.drivers.clone(),
            facts: self.facts,
            period: self.period,
        })
    }

    /// The control core.
    #[must_use]
    pub const fn core(&self) -> &Core {
        self.core.core()
    }

    /// Simulated monotonic time.
    #[must_use]
    pub const fn now(&self) -> Monotonic {
        Self::ORIGIN.plus(self.plant.now())
    }

    /// Something an operator asks for.
    ///
    /// # Errors
    /// Why the core refuses.
    pub fn request(&mut self, request: Request) -> Result<(), Refusal> {
        let now = self.now();
        self.core.request(request, now)
    }

    /// Keeps all that goes into the core from now on, for [`Harness::tape`]. To be called before the first period, with the usual
    /// settings and a cold core.
    pub fn record(&mut self) {
        self.core.record();
    }

    /// Writes what was recorded; returns what [`replay`] of it has to come to.
    ///
    /// # Errors
    /// It cannot be written, or a request has no form on tape.
    pub fn tape(&self, to: &mut dyn std::io::Write) -> Result<Replayed, TapeError> {
        self.core.save(self.pump_head, to)
    }

    /// From now on the patient breathes, coughs, moves and is moved, as patients do.
    pub fn live(&mut self, seed: u64) {
        let base = self.plant.circuit.settings().patient;
        self.living = Some(Living::new(base, seed, self.plant.now()));
    }

    /// The pump's host goes (its drive holds what it was told last).
    pub fn lose_pump_host(&mut self) {
        self.set_driver(Part::Pump, DriverHealth::Absent);
    }

    /// The pump's host is back; `held` is what it says that it last demanded of the drive.
    pub fn return_pump_host(&mut self, held: Option<Rpm>) {
        self.set_driver(Part::Pump, DriverHealth::Running);
        self.pump = PumpLink::Present { held, local: false };
    }

    /// The pump's host is back, and meanwhile its keys have set the drive to this speed.
    pub fn return_pump_host_from_keys(&mut self, held: Rpm) {
        self.set_driver(Part::Pump, DriverHealth::Running);
        self.pump = PumpLink::Present { held: Some(held), local: true };
        self.bench.command_pump(&mut self.plant, Some(held));
    }

    /// A driver is like this from now on: one that does not run delivers nothing, and without the pump's nobody acts on the
    /// demand (the drive holds what it was told last).
    pub fn set_driver(&mut self, part: Part, health: DriverHealth) {
        self.drivers.set(part, health);
        if part == Part::Pump {
            self.pump = match health {
                DriverHealth::Running | DriverHealth::Failing => {
                    PumpLink::Present { held: None, local: false }
                }
                DriverHealth::Absent | DriverHealth::Faulted | DriverHealth::NotConfigured => {
                    PumpLink::Absent
                }
            };
        }
    }

    /// The daemon knows this of itself from now on, or no longer.
    pub const fn set_fact(&mut self, fact: Fact, known: bool) {
        self.facts = if known { self.facts.with(fact) } else { self.facts.without(fact) };
    }

    /// From now on the flow meter's line is read by this, as its driver would, with all that is wrong with the line.
    pub fn read_flow_with(&mut self, reader: Box<dyn FlowReader>) {
        self.bench.read_flow_with(reader);
    }

    /// From now on the source of this role lies, or with `None` tells the truth again.
    pub fn lie(&mut self, role: Role, lie: Option<Lie>) {
        self.bench.lie(role, lie, Self::ORIGIN.plus(self.plant.now()));
    }

    /// The daemon dies and is started anew with this core; drive, devices and patient go on.
    ///
    /// # Errors
    /// What is wrong with the core's settings.
    pub fn restart_core(&mut self, boot: Boot) -> Result<(), SettingsProblem> {
        // The pump's host tells the new daemon what it holds.
        if let (PumpLink::Present { held, .. }, Some(demand)) =
            (&mut self.pump, self.core.outputs().pump_speed)
        {
            *held = Some(demand);
        }
        self.core = TapedCore::new(Core::new(*self.core.core().settings(), boot)?);
        Ok(())
    }

    /// Runs for this many simulated seconds; `each` sees every control period.
    pub fn run(&mut self, seconds: f64, mut each: impl FnMut(Moment<'_>)) {
        let end = self.plant.now().0.saturating_add(crate::words::u64_of(seconds * 1e9));
        while self.plant.now().0 < end {
            self.period_once();
            each(Moment { time: self.plant.now(), truth: self.plant.truth(), outputs: self.core.outputs() });
        }
    }

    fn period_once(&mut self) {
        while let Some(due) = self.player.next_due(self.plant.now()) {
            if let Some(action) = self.plant.perform(due) {
                self.operator.intend(&action, self.plant.now());
            }
        }
        if let Some(living) = &mut self.living {
            let now = self.plant.now();
            living.live(&mut self.plant, now);
        }
        let target = Span(self.plant.now().0.saturating_add(self.period.0));
        while self.plant.now().0.saturating_add(Plant::STEP.0) <= target.0 {
            self.plant.step();
            self.bench.sample(&mut self.plant, Self::ORIGIN);
        }
        let now = self.now();
        self.bench.look_at_panel(&mut self.plant, now);
        self.bench.silence(&self.drivers, now);
        self.bench.judge_links(now);
        let moves =
            matches!(self.drivers.all().get(usize::from(Part::Clamps.number())), Some(DriverHealth::Running));
        let inputs = Inputs {
            sources: self.bench.readings(),
            pump: self.pump,
            clamps: ClampLinks { return_clamp: moves, drainage_clamp: moves },
            drivers: self.drivers.all(),
            links: self.bench.links(),
            facts: self.facts,
        };
        self.core.tick(&inputs, now);
        self.operator.act(&mut self.core, now, self.plant.now());
        let outputs = self.core.outputs();
        if matches!(self.pump, PumpLink::Present { .. }) {
            self.bench.command_pump(&mut self.plant, outputs.pump_speed);
        }
        self.bench.command_gas(&mut self.plant, outputs.sweep_gas_flow);
        self.bench.command_clamps(now, outputs.clamps);
    }
}
