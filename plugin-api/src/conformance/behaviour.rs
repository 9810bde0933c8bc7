// SPDX-License-Identifier: MIT OR Apache-2.0
//! Opens a driver on every scenario, cycles it, takes its bus away, tests it, closes it, and watches.
#![allow(unsafe_code)]

use super::scenario::Scenario;
use super::watch::{Watch, is_value_after, result_defect, sample, urgent_defect, write_defect};
use super::{Case, Finding, tables};
use crate::loaded::{Descriptor, Instance, OpenFailure, Table};
use crate::quantities::Span;
use crate::testing::{Everywhere, FakeHost};
use crate::{Hold, Level, abi};
use std::time::Instant;

/// The checks made here.
const MADE: [&str; 19] = [
    "config",
    "open.result",
    "open.device",
    "open.again",
    "open.no_writes",
    "open.budget",
    "describe.stable",
    "cycle.result",
    "cycle.silence",
    "cycle.no_writes",
    "cycle.values",
    "cycle.codes",
    "cycle.times",
    "cycle.budget",
    "self_test",
    "hold",
    "buses.used",
    "paths",
    "urgent",
];

/// How many cycles a driver has to notice that its bus is gone.
const CYCLES_OF_SILENCE: u32 = 5;

pub(super) fn check(descriptor: &Descriptor, case: &Case, report: &mut dyn FnMut(Finding)) {
    let mut watch = Watch::default();
    let mut opened = false;
    for scenario in Scenario::all(case) {
        let fake = scenario.host(case);
        let instance = open(descriptor, &scenario, &fake, &mut watch);
        if scenario.is_device {
            let defect =
                instance.is_none().then(|| format!("{}: it did not open{}", scenario.name, log(&fake)));
            watch.look("open.device", defect);
        }
        let Some(instance) = instance else { continue };
        if !opened && instance.table() != &descriptor.table {
            tables::check("instance", instance.table(), report);
        }
        opened = true;
        if instance.table().defect.is_some() {
            continue;
        }
        Trial { descriptor, case, scenario: &scenario, fake: &fake, instance, watch: &mut watch }.run();
        if scenario.is_answering {
            let fresh = scenario.host(case);
            let again = open(descriptor, &scenario, &fresh, &mut watch);
            let defect =
                again.is_none().then(|| format!("{}: the second time it did not open", scenario.name));
            watch.look("open.again", defect);
        }
    }
    let why_not = if opened {
        "there was no occasion on these buses"
    } else {
        "the driver opened on none of these buses: describe a device that it accepts"
    };
    watch.report(&MADE, why_not, report);
    watch.report(&["close.no_writes"], why_not, report);
}

/// Opens an instance and looks at how.
fn open(
    descriptor: &Descriptor,
    scenario: &Scenario,
    fake: &FakeHost,
    watch: &mut Watch,
) -> Option<Instance> {
    let name = &scenario.name;
    let (before, wall) = (fake.now(), Instant::now());
    // SAFETY: the fake host outlives the instance in every caller here, and nothing leaves this thread.
    let opened = unsafe { Instance::open(descriptor, fake.as_abi()) };
    let took = Span(fake.now().since(before).0.saturating_add(nanoseconds(wall)));
    let too_long = took.0 > abi::ECMOD_OPEN_BUDGET_NS;
    watch.look("open.budget", too_long.then(|| format!("{name}: open took {} ms", took.millis())));
    watch.look("open.no_writes", write_defect(name, "open", fake));
    watch.look("urgent", urgent_defect(name, "open", fake, 0));
    let refused = matches!(opened, Err(OpenFailure::Open(abi::ECMOD_E_CONFIG)));
    watch.look("config", refused.then(|| format!("open refused {}{}", fake.config(), log(fake))));
    let defect = match &opened {
        Ok(_) => None,
        Err(OpenFailure::Open(code)) => result_defect(name, "open", *code).map(|defect| defect + &log(fake)),
        Err(failure) => Some(format!("{name}: {failure}")),
    };
    watch.look("open.result", defect);
    opened.ok()
}

/// One open instance on one scenario.
struct Trial<'a> {
    descriptor: &'a Descriptor,
    case: &'a Case,
    scenario: &'a Scenario,
    fake: &'a FakeHost,
    instance: Instance,
    watch: &'a mut Watch,
}

/// What one cycle came to.
struct Cycle {
    code: i32,
    samples: Vec<abi::Sample>,
}

impl Trial<'_> {
    fn run(mut self) {
        self.without_demands();
        self.with_demands();
        self.self_test();
        self.hold();
        self.without_bus();
        let described = self.instance.describe().map(|table| table.unwrap_or_else(|| self.default_table()));
        let stable = described.as_ref() == Ok(self.instance.table());
        let name = &self.scenario.name;
        self.watch.look("describe.stable", (!stable).then(|| format!("{name}: another table before close")));
        self.fake.forget_requests();
        let urgent = self.fake.urgent_count();
        drop(self.instance);
        self.watch.look("close.no_writes", write_defect(&self.scenario.name, "close", self.fake));
        self.watch.look("urgent", urgent_defect(&self.scenario.name, "close", self.fake, urgent));
        let undeclared = self.fake.used() & !self.descriptor.buses;
        let defect = format!("{}: it uses buses {undeclared:#x}", self.scenario.name);
        self.watch.look("buses.used", (undeclared != 0).then_some(defect));
        let path = self.fake.bad_paths().first().map(|path| format!("{}: `{path}`", self.scenario.name));
        self.watch.look("paths", path);
    }

    fn default_table(&self) -> Table {
        self.descriptor.table.clone()
    }

    /// Nothing is demanded, though the demands hold numbers: a driver that forgets to look at `valid` writes them.
    fn without_demands(&mut self) {
        let demands: Vec<abi::Demand> = self.demands(0.5, 0);
        let has_signals = !self.instance.table().signals.is_empty();
        let (mut delivered, mut longest_bus, mut walls) = (false, Span::ZERO, Vec::new());
        for _ in 0..self.case.cycles {
            self.pass();
            self.fake.forget_requests();
            let (before, timeouts, wall) = (self.fake.now(), self.fake.timeouts(), Instant::now());
            let cycle = self.cycle(&demands);
            walls.push(nanoseconds(wall));
            if self.fake.timeouts() == timeouts {
                longest_bus = longest_bus.max(self.fake.now().since(before));
            }
            if self.scenario.is_device {
                delivered |= cycle
                    .samples
                    .iter()
                    .any(|sample| is_value_after(sample, crate::quantities::Monotonic(0)));
            }
            self.watch.look(
                "cycle.no_writes",
                write_defect(&self.scenario.name, "cycle without a demand", self.fake),
            );
            if cycle.code == abi::ECMOD_E_PANIC {
                break;
            }
        }
        let name = &self.scenario.name;
        if self.scenario.is_device && has_signals {
            let defect = (!delivered)
                .then(|| format!("{name}: no value in {} cycles{}", self.case.cycles, log(self.fake)));
            self.watch.look("open.device", defect);
        }
        if self.scenario.is_answering {
            // The bus's time is exact; of the computing time the median, since others use this machine too.
            walls.sort_unstable();
            let computing = walls.get(walls.len() / 2).copied().unwrap_or(0);
            let took = Span(longest_bus.0.saturating_add(computing));
            let budget = self.descriptor.budget;
            let defect = (took > budget).then(|| {
                format!("{name}: a cycle takes {} us, the budget is {} us", took.0 / 1000, budget.0 / 1000)
            });
            self.watch.look("cycle.budget", defect);
        }
    }

    /// Every command at both ends of its range and in the middle.
    fn with_demands(&mut self) {
        if self.instance.table().commands.is_empty() {
            return;
        }
        for share in [0.0, 0.5, 1.0] {
            let demands = self.demands(share, 1);
            for _ in 0..3 {
                self.pass();
                self.cycle(&demands);
            }
        }
    }

    /// The bus falls silent: what was acquired after that moment cannot be a value.
    fn without_bus(&mut self) {
        if self.descriptor.buses == 0 {
            return;
        }
        self.fake.everywhere(Some(Everywhere::Silence));
        let silent_since = self.fake.now();
        let demands = self.demands(0.5, 0);
        for _ in 0..CYCLES_OF_SILENCE {
            self.pass();
            let cycle = self.cycle(&demands);
            let invented = cycle.samples.iter().position(|sample| is_value_after(sample, silent_since));
            let signal = invented.and_then(|index| self.instance.table().signals.get(index));
            let name = &self.scenario.name;
            let defect =
                signal.map(|signal| format!("{name}, then silence: `{}` has a new value", signal.name));
            self.watch.look("cycle.silence", defect);
        }
    }

    fn self_test(&mut self) {
        let name = &self.scenario.name;
        let urgent = self.fake.urgent_count();
        let result = self.instance.self_test();
        self.watch.look("urgent", urgent_defect(name, "self_test", self.fake, urgent));
        let defect = match result {
            Err(abi::ECMOD_E_CORRUPT) => Some(format!("{name}: more findings than there was room for")),
            Err(code) => result_defect(name, "self_test", code),
            Ok(findings) => findings.iter().find_map(|finding| {
                let detail = finding.detail.as_ref().map_or("", |detail| detail.as_str());
                let item = finding.item.as_str();
                match (item.is_empty(), finding.passed || !detail.is_empty()) {
                    (true, _) => Some(format!("{name}: a finding without an item")),
                    (_, false) => Some(format!("{name}: `{item}` failed without a detail")),
                    (false, true) => None,
                }
            }),
        };
        self.watch.look("self_test", defect);
    }

    fn hold(&mut self) {
        let has_pump = self.instance.table().commands.iter().any(crate::loaded::Command::is_pump);
        let name = &self.scenario.name;
        let defect = match self.instance.holds_on_link_loss() {
            Err(code) => Some(format!("{name}: {code} is none of ECMOD_HOLD_*")),
            Ok(Hold::NotApplicable) if has_pump => {
                Some(format!("{name}: a command moves blood, and NOT_APPLICABLE is said of it"))
            }
            Ok(_) => None,
        };
        self.watch.look("hold", defect);
    }

    fn cycle(&mut self, demands: &[abi::Demand]) -> Cycle {
        let mut samples = vec![abi::Sample::default(); self.instance.table().signals.len()];
        let code = self.instance.cycle(self.fake.now(), demands, &mut samples);
        let name = &self.scenario.name;
        let defect = result_defect(name, "cycle", code).map(|defect| defect + &log(self.fake));
        self.watch.look("cycle.result", defect);
        if code != abi::ECMOD_OK {
            // All signals are bad then, whatever is in the samples.
            return Cycle { code, samples: Vec::new() };
        }
        for (signal, delivered) in self.instance.table().signals.iter().zip(&samples) {
            sample(self.watch, name, signal, delivered, self.fake.now());
        }
        Cycle { code, samples }
    }

    /// Demands at this share of each command's range.
    fn demands(&self, share: f64, valid: u32) -> Vec<abi::Demand> {
        let demand = |command: &crate::loaded::Command| abi::Demand {
            value: command.min + (command.max - command.min) * share,
            t_ns: self.fake.now().0,
            sequence: 1,
            valid,
            reserved: 0,
        };
        self.instance.table().commands.iter().map(demand).collect()
    }

    /// One period goes by.
    fn pass(&self) {
        let period = self.descriptor.period;
        self.fake.advance(if period == Span::ZERO { Span::from_millis(100) } else { period });
    }
}

fn nanoseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// The last error that the driver logged, in brackets.
fn log(fake: &FakeHost) -> String {
    let last = fake.log().into_iter().rev().find(|(level, _)| *level == Level::Error);
    last.map_or_else(String::new, |(_, text)| format!(" [log: {text}]"))
}
