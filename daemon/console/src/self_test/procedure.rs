// SPDX-License-Identifier: MIT OR Apache-2.0
//! When what is tested, and what comes of it: the task of the self test.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ecmod_control::State as Console;
use ecmod_link::message::DriverState;
use ecmod_quantities::{Monotonic, Span};

use super::drivers::{self, Answer};
use super::in_use::{self, InUse};
use super::item::{Item, ItemResult};
use super::libraries::{self, Libraries};
use super::{State, checks, limits, sensors, storage};
use crate::clock;
use crate::hosts::registry::PortStatus;
use crate::service::Shared;

/// How long drivers may take to come up before "it does not run" is a failure.
pub const COMING: Span = Span::from_secs(10);
/// How often a driver is looked after.
const LOOK: Duration = Duration::from_millis(100);
/// What fails is tested this often in all, with this long between.
const ATTEMPTS: usize = 3;
const BETWEEN: Duration = Duration::from_secs(1);
/// How long the loop runs before it is judged.
const LOOP: Duration = Duration::from_secs(1);
/// What the items of drivers say that were not tested.
const WHILE_A_CASE_RUNS: &str = "a case runs: it is tested afterwards";
/// Between two looks at whether something is to be tested, when nobody asks.
const IDLE: Duration = Duration::from_secs(1);

/// Tests at start, then whenever somebody orders it, a driver comes that was missing, or a case is over that kept drivers from testing.
pub async fn serve(shared: Arc<Shared>, state_directory: PathBuf) {
    let mut procedure = Procedure {
        shared,
        state_directory,
        number: 0,
        owed: false,
        libraries: Libraries::default(),
        in_use: InUse::default(),
        counted: (0, 0),
    };
    // The first order is our own; nobody can have been before us.
    let _ = procedure.shared.self_test.order();
    loop {
        if procedure.shared.self_test.take_order() || procedure.is_owed() {
            procedure.whole().await;
        } else {
            procedure.newcomers().await;
        }
        procedure.look_in_use();
        let _ = tokio::time::timeout(IDLE, procedure.shared.self_test.ordered.notified()).await;
    }
}

struct Procedure {
    shared: Arc<Shared>,
    state_directory: PathBuf,
    /// Of the latest question.
    number: u64,
    /// Drivers could not test, because a case ran.
    owed: bool,
    libraries: Libraries,
    in_use: InUse,
    /// Ticks and missed deadlines at the latest look in use.
    counted: (u64, u64),
}

impl Procedure {
    fn is_owed(&self) -> bool {
        self.owed && self.is_standby()
    }

    /// Nobody's blood is being pumped: devices may be tested.
    fn is_standby(&self) -> bool {
        self.shared.latest().outputs.state == Console::Standby
    }

    /// Everything.
    async fn whole(&mut self) {
        let test = &self.shared.self_test;
        test.change_report(super::Report::begin);
        let begun = clock::now();
        let put = |item: Item| test.change_report(|report| report.put(item));
        put(checks::configuration(&self.shared.plan, begun));
        put(checks::clock(SystemTime::now(), begun));
        storage::items(&self.state_directory, begun).await.into_iter().for_each(put);
        put(checks::annunciator(&self.shared.plan, begun));
        self.announce_drivers();
        if self.is_standby() {
            // Of a case that is over.
            test.change_report(|report| report.keep_only(in_use::PREFIX, &[]));
            self.in_use = InUse::default();
        }
        self.owed = false;
        self.all_drivers(begun.plus(COMING)).await;
        if self.owed {
            self.skip_drivers();
        }
        let running = libraries::running(&self.shared.registry().drivers);
        let item = self.libraries.item(running, clock::now()).await;
        self.shared.self_test.change_report(|report| report.put(item));
        tokio::time::sleep(LOOP).await;
        self.conclude();
    }

    /// While a case runs: what can be seen without touching anything.
    fn look_in_use(&mut self) {
        let now = clock::now();
        if self.is_standby() || !self.in_use.is_due(now) {
            return;
        }
        let shared = Arc::clone(&self.shared);
        let counted = (shared.statistics.ticks(), shared.statistics.overruns());
        let ticks = (counted.0.saturating_sub(self.counted.0), counted.1.saturating_sub(self.counted.1));
        self.counted = counted;
        let outputs = shared.latest().outputs;
        let links = {
            let registry = shared.registry();
            let worst = |port: &PortStatus| Some((port.name.clone(), port.links.worst()?));
            registry.ports.iter().filter_map(worst).collect()
        };
        let facts = shared.board.facts();
        let items = self.in_use.look(&in_use::Scene {
            plan: &shared.plan,
            outputs: &outputs,
            facts,
            links,
            ticks,
            now,
        });
        if items.is_empty() {
            return;
        }
        for Item { name, detail, remedy, .. } in items.iter().filter(|item| item.result == ItemResult::Failed)
        {
            tracing::warn!(event = "self_test.in_use", item = %name, %detail, %remedy, "{name}: {detail}");
        }
        shared.self_test.change_report(|report| items.into_iter().for_each(|item| report.put(item)));
    }

    /// What is judged when the drivers have had their time.
    fn conclude(&self) {
        let now = clock::now();
        let (shared, test) = (&self.shared, &self.shared.self_test);
        let outputs = shared.latest().outputs;
        let items = [
            Some(checks::control_loop(shared.statistics.ticks(), shared.statistics.overruns(), now)),
            Some(checks::signals(&shared.plan, &outputs, now)),
            checks::keys(&shared.plan, &outputs, now),
            drivers::pump_holds(shared, now),
            Some(limits::possible(&shared.plan, &outputs, now)),
            Some(limits::usual(&shared.plan, &outputs, now)),
            sensors::zeros(&shared.plan, &outputs, &shared.zeros(), SystemTime::now(), now),
            sensors::speed(&shared.plan, &outputs, now),
            sensors::detectors(&shared.plan, &outputs, now),
            sensors::power(&shared.plan, &outputs, now),
        ];
        test.change_report(|report| items.into_iter().flatten().for_each(|item| report.put(item)));
        let report = test.finish(now);
        let failed = report.items.iter().filter(|item| item.result == ItemResult::Failed);
        for Item { name, detail, remedy, blocks, .. } in failed {
            tracing::warn!(event = "self_test.failed", item = %name, %detail, %remedy, blocks, "self test: {name}: {detail}");
        }
        if report.passed() {
            tracing::info!(event = "self_test.passed", items = report.items.len(), "the self test is passed");
        } else if report.blocks_start() {
            tracing::warn!(
                event = "self_test.blocks",
                "a new case cannot start until the self test is passed or overridden"
            );
        }
    }

    /// Every driver has its place in the report before it is tested.
    fn announce_drivers(&self) {
        self.shared.self_test.change_report(|report| {
            for driver in &self.shared.plan.drivers {
                let name = drivers::running_name(&driver.id);
                if !report.items.iter().any(|item| item.name == name) {
                    report.put(Item::waiting(name));
                }
            }
        });
    }

    /// What was not tested because a case runs says so; what was keeps its result.
    fn skip_drivers(&self) {
        let now = clock::now();
        self.shared.self_test.change_report(|report| {
            for driver in &self.shared.plan.drivers {
                let name = drivers::running_name(&driver.id);
                let is_untested = |item: &Item| item.name == name && item.result == ItemResult::Waiting;
                if report.items.iter().any(is_untested) {
                    report.put(Item::skipped(name, WHILE_A_CASE_RUNS, now));
                }
            }
        });
    }

    /// These were not tested to the end.
    fn put_untested(&self, drivers: &[usize]) {
        let now = clock::now();
        let ids = drivers.iter().filter_map(|driver| self.shared.plan.drivers.get(*driver));
        for id in ids.map(|driver| driver.id.as_str()) {
            let item = Item::skipped(drivers::whole_name(id), WHILE_A_CASE_RUNS, now);
            self.shared.self_test.change_report(|report| {
                report.keep_only(&drivers::prefix(id), std::slice::from_ref(&item.name));
                report.put(item);
            });
        }
    }

    /// Every driver as soon as it runs, and those that do not run by `deadline` as they are.
    async fn all_drivers(&mut self, deadline: Monotonic) {
        let mut left: Vec<usize> = (0..self.shared.plan.drivers.len()).collect();
        while !left.is_empty() && self.is_standby() {
            let (running, absent): (Vec<usize>, Vec<usize>) =
                left.iter().copied().partition(|driver| self.runs(*driver));
            if !running.is_empty() {
                self.these(&running).await;
                left = absent;
            } else if clock::now() >= deadline {
                left.iter().for_each(|driver| self.put_running(*driver));
                return;
            } else {
                tokio::time::sleep(LOOK).await;
            }
        }
        self.owed |= !left.is_empty();
    }

    /// Drivers that were missing and have come: nobody needs to ask for their test.
    async fn newcomers(&mut self) {
        if !self.is_standby() || self.shared.self_test.report().state != State::Finished {
            return;
        }
        let report = self.shared.self_test.report();
        let is_missing = |index: &usize| {
            let id = self.shared.plan.drivers.get(*index).map(|driver| drivers::running_name(&driver.id));
            report
                .items
                .iter()
                .any(|item| Some(&item.name) == id.as_ref() && item.result == ItemResult::Failed)
        };
        let come: Vec<usize> = (0..self.shared.plan.drivers.len())
            .filter(is_missing)
            .filter(|driver| self.runs(*driver))
            .collect();
        if !come.is_empty() {
            self.these(&come).await;
            let now = clock::now();
            let outputs = self.shared.latest().outputs;
            let items = [
                Some(checks::signals(&self.shared.plan, &outputs, now)),
                drivers::pump_holds(&self.shared, now),
            ];
            let put =
                |report: &mut super::Report| items.into_iter().flatten().for_each(|item| report.put(item));
            self.shared.self_test.change_report(put);
        }
    }

    /// Asks these drivers, and those that find a fault again.
    async fn these(&mut self, drivers: &[usize]) {
        drivers.iter().for_each(|driver| self.put_running(*driver));
        let mut to_ask = drivers.to_vec();
        for attempt in 1..=ATTEMPTS {
            self.number = self.number.wrapping_add(1);
            let answers = drivers::ask(&self.shared, self.number, &to_ask).await;
            let mut again = Vec::new();
            for (driver, answer) in answers {
                if self.take(driver, &answer, attempt == ATTEMPTS) {
                    again.push(driver);
                }
            }
            if again.is_empty() {
                return;
            }
            tokio::time::sleep(BETWEEN).await;
            if !self.is_standby() {
                // Found once, and not to be looked at again now: no verdict.
                self.owed = true;
                self.put_untested(&again);
                return;
            }
            to_ask = again;
        }
    }

    /// Puts a driver's findings into the report, unless something failed and it is to be asked again.
    fn take(&self, driver: usize, answer: &Answer, is_last: bool) -> bool {
        let Some(plan) = self.shared.plan.drivers.get(driver) else { return false };
        let essential = drivers::is_essential(&self.shared.plan, &plan.id);
        let items = drivers::findings(&plan.id, answer, essential, clock::now());
        if !is_last && items.iter().any(|item| item.result == ItemResult::Failed) {
            return true;
        }
        let names: Vec<String> = items.iter().map(|item| item.name.clone()).collect();
        self.shared.self_test.change_report(|report| {
            report.keep_only(&drivers::prefix(&plan.id), &names);
            items.into_iter().for_each(|item| report.put(item));
        });
        false
    }

    fn runs(&self, driver: usize) -> bool {
        self.shared.registry().drivers.get(driver).is_some_and(|status| status.state == DriverState::Running)
    }

    fn put_running(&self, driver: usize) {
        let item = {
            let registry = self.shared.registry();
            let Some(status) = registry.drivers.get(driver) else { return };
            let essential = drivers::is_essential(&self.shared.plan, &status.id);
            drivers::running(status, essential, clock::now())
        };
        self.shared.self_test.change_report(|report| report.put(item));
    }
}
