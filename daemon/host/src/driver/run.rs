// SPDX-License-Identifier: MIT OR Apache-2.0
//! The thread of one driver: load, open, cycle by period or by doorbell, begin again when the instance dies.

mod pause;

use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::sync::Arc;

use ecmod_config::Priority;
use ecmod_link::message::{DriverState, Hold};
use ecmod_plugin::loaded::{Descriptor, Instance, OpenFailure};
use ecmod_plugin::{Error, abi};
use ecmod_quantities::{Cause, Monotonic, Span};

use self::pause::{SHORTEST_PERIOD, next_due};
use super::cell::Cell;
use super::functions::Context;
use super::self_test;
use super::stop::Stop;
use super::tables::Tables;
use super::waker::Waker;
use super::watch::Call;
use crate::bus::Port;
use crate::bus::lines::Wake;
use crate::{clock, loader};

/// Between two attempts to load or open, or to be through with a cycle that failed.
const FIRST_WAIT: Span = Span::from_millis(100);
const LONGEST_WAIT: Span = Span::from_secs(5);
/// The period of a driver that states none.
const DEFAULT_PERIOD: Span = Span::from_millis(100);
/// Cycles that must fail in a row before the driver's state is "fault".
const FAILURES: u32 = 3;
/// How often a driver is asked again what happens without a link.
const ASK_AGAIN: Span = Span::from_secs(5);
/// Drivers may use the stack as libraries do.
const STACK: usize = 512 * 1024;

/// Which driver is to run, and how.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The library's file.
    pub library: PathBuf,
    /// Whose requests go first.
    pub priority: Priority,
    /// In place of the driver's own period.
    pub period: Option<Span>,
    /// What the driver gets through `config_get`.
    pub config: serde_json::Value,
}

/// Starts the thread of a driver.
///
/// # Errors
/// If the system gives no thread.
pub fn start(
    spec: Spec,
    port: Arc<Port>,
    cell: Arc<Cell>,
    stop: Arc<Stop>,
) -> std::io::Result<std::thread::JoinHandle<()>> {
    let name: String = cell.id.chars().take(15).collect();
    std::thread::Builder::new().name(name).stack_size(STACK).spawn(move || {
        let waker = Arc::new(Waker::new(Arc::clone(&cell)));
        let wake: Arc<dyn Wake> = Arc::clone(&waker) as Arc<dyn Wake>;
        let context = Context::new(
            &cell.id,
            Arc::clone(&port),
            spec.config,
            spec.priority,
            wake,
            Arc::clone(&cell.watch),
        );
        let runner = Runner {
            library: spec.library,
            period: spec.period,
            host: Box::leak(Box::new(context)),
            port,
            waker,
            cell,
            stop,
        };
        runner.run();
    })
}

struct Runner {
    library: PathBuf,
    period: Option<Span>,
    host: &'static Context,
    port: Arc<Port>,
    waker: Arc<Waker>,
    cell: Arc<Cell>,
    stop: Arc<Stop>,
}

/// Waiting times that double.
struct BackOff(Span);

impl BackOff {
    fn next(&mut self) -> Span {
        let wait = self.0;
        self.0 = Span(wait.0.saturating_mul(2)).min(LONGEST_WAIT);
        wait
    }
}

/// How the life of an instance ended.
enum End {
    Stopped,
    /// The driver panicked, or says that the instance is dead.
    Dead,
}

impl Runner {
    fn run(&self) {
        let Some(descriptor) = self.load() else { return };
        let table = self.host.table();
        let mut back_off = BackOff(FIRST_WAIT);
        loop {
            match self.open(&descriptor, table) {
                Ok(instance) => {
                    let opened = clock::now();
                    match self.live(&descriptor, instance) {
                        End::Stopped => return,
                        End::Dead => self.cell.count(|counts| counts.restarts += 1),
                    }
                    if clock::now().since(opened) > LONGEST_WAIT {
                        back_off = BackOff(FIRST_WAIT);
                    }
                }
                Err((cause, reason)) => {
                    self.fault(&reason);
                    self.cell.publish_bad(cause, clock::now());
                }
            }
            if self.stop.sleep_until(clock::now().plus(back_off.next())) {
                return;
            }
        }
    }

    /// Loads the library, as often as it takes; `None` if it is time to end.
    fn load(&self) -> Option<Descriptor> {
        let mut back_off = BackOff(FIRST_WAIT);
        loop {
            self.cell.watch.begin(Call::Load, Call::Load.limit(Span::ZERO), clock::now());
            let loaded = loader::load(&self.library);
            self.cell.watch.end();
            let problem = match loaded {
                Ok(loaded) => match self.accept(&loaded.descriptor) {
                    Ok(()) => return Some(loaded.descriptor),
                    Err(problem) => problem,
                },
                Err(error) => error.to_string(),
            };
            if self.cell.set_state(DriverState::Absent, &problem) {
                tracing::error!(event = "driver.absent", driver = self.cell.id, "{problem}");
            }
            if self.stop.sleep_until(clock::now().plus(back_off.next())) {
                return None;
            }
        }
    }

    /// Whether this driver can run on this port.
    fn accept(&self, descriptor: &Descriptor) -> Result<(), String> {
        let offered = self.port.offered();
        if descriptor.buses & !offered != 0 {
            return Err(format!(
                "the driver needs buses {:#x}, this port has {offered:#x} (1: Modbus, 2: serial, 4: SPI, 8: I2C, \
                 16: GPIO, 32: attributes); put it on a port of the right kind",
                descriptor.buses
            ));
        }
        if descriptor.budget == Span::ZERO {
            return Err("the driver states no budget for its cycle; its author must".to_owned());
        }
        let tables = Tables::new(&descriptor.table)?;
        self.cell.loaded(descriptor);
        self.cell.set_tables(tables);
        Ok(())
    }

    fn open(&self, descriptor: &Descriptor, table: *const abi::Host) -> Result<Instance, (Cause, String)> {
        if self.cell.event().state != DriverState::Fault {
            self.cell.set_state(DriverState::Opening, "");
        }
        let begun = clock::now();
        self.cell.watch.begin(Call::Open, Call::Open.limit(Span::ZERO), begun);
        // SAFETY: the table lives as long as the process, and this is the instance's only thread.
        let opened = unsafe { Instance::open(descriptor, table) };
        self.cell.watch.end();
        self.host.caller.take_waited();
        let took = clock::now().since(begun);
        if took.0 > abi::ECMOD_OPEN_BUDGET_NS {
            tracing::warn!(
                event = "driver.slow_open",
                driver = self.cell.id,
                ms = took.millis(),
                "open took too long"
            );
        }
        let instance = opened.map_err(|failure| match failure {
            OpenFailure::Open(code) | OpenFailure::Describe(code) => (
                Error::from_code(code).cause(),
                self.with_trouble(format!("cannot be opened: {}", meaning(code))),
            ),
            OpenFailure::NoInstance => (Cause::DriverFault, format!("cannot be opened: {failure}")),
        })?;
        let tables = Tables::new(instance.table())
            .map_err(|problem| (Cause::DriverFault, format!("its instance is refused: {problem}")))?;
        self.cell.set_tables(tables);
        Ok(instance)
    }

    /// Cycles an open instance until it dies or the host ends.
    fn live(&self, descriptor: &Descriptor, instance: Instance) -> End {
        // closed by `close` below, or not at all: after a panic no function of the instance may be called
        let mut instance = ManuallyDrop::new(instance);
        let period = self.period.unwrap_or(descriptor.period);
        let period = if period == Span::ZERO { DEFAULT_PERIOD } else { period.max(SHORTEST_PERIOD) };
        let limit = Call::Cycle.limit(descriptor.budget);
        let mut demands = vec![abi::Demand::default(); instance.table().commands.len()];
        let mut samples = vec![abi::Sample::default(); instance.table().signals.len()];
        let mut failures = 0;
        let mut again = BackOff(FIRST_WAIT);
        let mut asked = Monotonic(0);
        let mut due = clock::now();
        loop {
            let now = clock::now();
            if now >= asked.plus(ASK_AGAIN) {
                asked = now;
                self.ask(&mut instance, limit);
            }
            if let Some(number) = self.cell.self_test.take()
                && let Some(end) = self.test(&mut instance, number)
            {
                return end;
            }
            self.cell.demands(&mut demands);
            let begun = clock::now();
            self.cell.watch.begin(Call::Cycle, limit, begun);
            self.host.enter_cycle();
            let code = instance.cycle(begun, &demands, &mut samples);
            let is_urgent = self.host.leave_cycle();
            self.cell.watch.end();
            let ended = clock::now();
            let took = Span(ended.since(begun).0.saturating_sub(self.host.caller.take_waited().0));
            self.cell.count(|counts| counts.cycles += 1);

            if code == abi::ECMOD_E_PANIC || code == abi::ECMOD_E_STATE {
                self.cell.count(|counts| counts.faults += 1);
                self.cell.publish_bad(Cause::DriverFault, ended);
                self.fault(&format!("the instance is dead: {}; it is opened again", meaning(code)));
                return End::Dead;
            }
            let failed = if code != abi::ECMOD_OK {
                self.cell.count(|counts| counts.faults += 1);
                self.cell.publish_bad(Error::from_code(code).cause(), ended);
                Some(self.with_trouble(format!("its cycles fail: {}", meaning(code))))
            } else if took > descriptor.budget {
                self.cell.count(|counts| counts.overruns += 1);
                self.cell.publish_bad(Cause::Timeout, ended);
                Some(format!("its cycles take longer than their budget of {} ms", descriptor.budget.millis()))
            } else {
                self.cell.publish(&samples, ended);
                None
            };
            if is_urgent && let Some(image) = self.cell.image() {
                image.ring_daemon();
            }
            failures = self.judge(failures, failed.as_deref());

            due = next_due(due, period, ended);
            if failed.is_some() {
                // what an edge brought may have been thrown away with the samples: who has a long period is not left alone with that
                due = due.min(ended.plus(again.next()));
            } else {
                again = BackOff(FIRST_WAIT);
            }
            self.cell.watch.rest(due.since(ended));
            if self.rest(due, ended, !demands.is_empty()) {
                self.close(instance);
                return End::Stopped;
            }
        }
    }

    /// Follows good and failed cycles; a state changes only after several failures, or the first success.
    fn judge(&self, failures: u32, failed: Option<&str>) -> u32 {
        let Some(reason) = failed else {
            if self.cell.set_state(DriverState::Running, "") {
                tracing::info!(event = "driver.running", driver = self.cell.id, "the driver runs");
            }
            return 0;
        };
        if failures + 1 == FAILURES {
            self.fault(reason);
        }
        failures.saturating_add(1).min(FAILURES)
    }

    /// With what is wrong with the port, which is often why.
    fn with_trouble(&self, reason: String) -> String {
        match self.port.trouble() {
            Some(trouble) => format!("{reason}; {trouble}"),
            None => reason,
        }
    }

    fn fault(&self, reason: &str) {
        if self.cell.set_state(DriverState::Fault, reason) {
            tracing::error!(event = "driver.fault", driver = self.cell.id, "{reason}");
        }
    }

    fn ask(&self, instance: &mut Instance, limit: Span) {
        self.cell.watch.begin(Call::Ask, limit, clock::now());
        let holds = instance.holds_on_link_loss();
        self.cell.watch.end();
        // an answer that is none of the ABI's promises nothing
        let code = holds.map_or(abi::ECMOD_HOLD_NO, |holds| holds as u32);
        self.cell.set_hold(Hold::from_code(code).unwrap_or(Hold::No));
    }

    /// Has the driver test its device. An end if that has cost the instance its life.
    fn test(&self, instance: &mut Instance, number: u64) -> Option<End> {
        self.cell.watch.begin(Call::SelfTest, Call::SelfTest.limit(Span::ZERO), clock::now());
        let tested = self_test::test(instance, &self.cell.id, number, meaning);
        self.cell.watch.end();
        self.host.caller.take_waited();
        let (code, report) = match tested {
            Ok(report) => (abi::ECMOD_OK, report),
            Err((code, report)) => (code, report),
        };
        self.cell.tested(report);
        let is_dead = code == abi::ECMOD_E_PANIC || code == abi::ECMOD_E_STATE;
        if is_dead {
            self.cell.publish_bad(Cause::DriverFault, clock::now());
            self.fault(&format!(
                "its self test has ended the instance: {}; it is opened again",
                meaning(code)
            ));
        }
        is_dead.then_some(End::Dead)
    }

    fn close(&self, instance: ManuallyDrop<Instance>) {
        self.cell.watch.begin(Call::Close, Call::Close.limit(Span::ZERO), clock::now());
        ManuallyDrop::into_inner(instance).close();
        self.cell.watch.end();
    }
}

/// A result of the ABI in words.
fn meaning(code: i32) -> String {
    match code {
        abi::ECMOD_E_PANIC => "the driver's code panicked".to_owned(),
        code => format!("{} ({code})", Error::from_code(code)),
    }
}
