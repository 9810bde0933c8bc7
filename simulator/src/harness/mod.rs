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
mod operator;

#[cfg(test)]
mod tests;

pub use bench::FlowReader;
pub use console::{RoleIndex, settings_for};

use crate::circuit::Signals;
use crate::devices::Generation;
use crate::plant::Plant;
use crate::scenario::{Player, Scenario};
use bench::Bench;
use ecmod_control::{Boot, ClampLinks, Core, Inputs, Outputs, PumpLink, Refusal, Request, SettingsProblem};
use ecmod_quantities::{Monotonic, Rpm, Span};
use operator::Operator;

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
    core: Core,
    player: Player,
    operator: Operator,
    bench: Bench,
    pump: PumpLink,
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
            core: Core::new(options.core, options.boot)?,
            player: Player::new(&options.scenario),
            operator: Operator::default(),
            bench: Bench::default(),
            pump: PumpLink::Present { held: None, local: false },
            period: options.core.period,
        })
    }

    /// The control core.
    #[must_use]
    pub const fn core(&self) -> &Core {
        &self.core
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

    /// The pump's host goes (its drive holds what it was told last).
    pub const fn lose_pump_host(&mut self) {
        self.pump = PumpLink::Absent;
    }

    /// The pump's host is back; `held` is what it says that it last demanded of the drive.
    pub const fn return_pump_host(&mut self, held: Option<Rpm>) {
        self.pump = PumpLink::Present { held, local: false };
    }

    /// From now on the flow meter's line is read by this, as its driver would, with all that is wrong with the line.
    pub fn read_flow_with(&mut self, reader: Box<dyn FlowReader>) {
        self.bench.read_flow_with(reader);
    }

    /// The daemon dies and is started anew with this core; drive, devices and patient go on.
    ///
    /// # Errors
    /// What is wrong with the core's settings.
    pub fn restart_core(&mut self, boot: Boot) -> Result<(), SettingsProblem> {
        self.core = Core::new(*self.core.settings(), boot)?;
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
        let target = Span(self.plant.now().0.saturating_add(self.period.0));
        while self.plant.now().0.saturating_add(Plant::STEP.0) <= target.0 {
            self.plant.step();
            self.bench.sample(&mut self.plant, Self::ORIGIN);
        }
        let now = self.now();
        let clamps = ClampLinks { return_clamp: true, drainage_clamp: true };
        let inputs = Inputs { sources: self.bench.readings(), pump: self.pump, clamps, ..Inputs::NOTHING };
        self.core.tick(&inputs, now);
        self.operator.act(&mut self.core, now, self.plant.now());
        let outputs = self.core.outputs();
        if matches!(self.pump, PumpLink::Present { .. }) {
            self.bench.command_pump(&mut self.plant, outputs.pump_speed);
        }
        self.bench.command_gas(&mut self.plant, outputs.sweep_gas_flow);
        self.bench.command_clamps(&mut self.plant, outputs.clamps);
    }
}
