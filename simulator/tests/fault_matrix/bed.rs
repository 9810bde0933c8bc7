// SPDX-License-Identifier: MIT OR Apache-2.0
//! A patient on support in one mode, to whom something happens, and everything that was seen of it.

use crate::matrix::Seen;
use ecmod_control::{
    AlarmKind, AlarmPhase, Boot, DriverHealth, Fact, InterventionState, Mode, Outputs, Request, Role, State,
};
use ecmod_quantities::Rpm;
use ecmod_sim::harness::{Harness, Lie, Moment, Options, Part};
use ecmod_sim::plant::FaultId;
use ecmod_sim::scenario::{Fault, PatientChange, Scenario};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Until it is steady, s.
const SETTLE: f64 = 45.0;
/// In Flow mode.
pub const FLOW: f64 = 4.0;

/// The extremes of a number.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    pub low: f64,
    pub high: f64,
}

impl Range {
    const NONE: Self = Self { low: f64::INFINITY, high: f64::NEG_INFINITY };

    fn add(&mut self, value: f64) {
        self.low = self.low.min(value);
        self.high = self.high.max(value);
    }
}

/// What was seen since the fault began.
#[derive(Debug, Clone)]
pub struct Record {
    pub alarms: BTreeMap<AlarmKind, Seen>,
    pub demand: Range,
    pub speed: Range,
    pub flow: Range,
    /// The fastest change of the demand in one period, rpm/s.
    pub fastest: f64,
    /// The longest time without a break in which an intervention lowered the speed, s.
    pub longest_intervention: f64,
    /// The lowest demand while gross air was not being answered.
    pub lowest_without_air: f64,
    /// The lowest demand from half a second behind the beginning, and the highest.
    pub later: Range,
    /// The alarm that stood first, each time another one came to stand there, and when.
    pub firsts: Vec<(f64, AlarmKind)>,
    acting_since: Option<f64>,
    last: Option<(f64, f64)>,
    announced: u64,
}

impl Record {
    fn new() -> Self {
        Self {
            alarms: BTreeMap::new(),
            demand: Range::NONE,
            speed: Range::NONE,
            flow: Range::NONE,
            fastest: 0.0,
            longest_intervention: 0.0,
            lowest_without_air: f64::INFINITY,
            later: Range::NONE,
            firsts: Vec::new(),
            acting_since: None,
            last: None,
            announced: 0,
        }
    }
}

thread_local! {
    /// In boxes: what a thread has for itself lies on its stack.
    static STEADY: RefCell<[Option<Box<Harness>>; 3]> = const { RefCell::new([const { None }; 3]) };
}

/// A patient steady on support in this mode; the wait is the same every time, and so is done once.
fn steady(mode: Mode) -> Harness {
    STEADY.with_borrow_mut(|kept| {
        kept[mode as usize].get_or_insert_with(|| Box::new(settled(mode))).fork().unwrap()
    })
}

fn settled(mode: Mode) -> Harness {
    let scenario = Scenario::parse(&format!(
        "title = 'matrix'\n[[events]]\nat_s = 0.5\naction = {{ start = true, mode = 'flow', flow = {FLOW:?}, sweep_gas = 3.0 }}\n"
    ))
    .unwrap();
    let mut harness = Harness::new(&Options::for_scenario(scenario)).unwrap();
    harness.run(SETTLE, |_| {});
    if mode != Mode::Flow {
        harness.request(Request::SetMode(mode)).unwrap();
        harness.run(SETTLE, |_| {});
    }
    harness.request(Request::Acknowledge(None)).unwrap();
    harness.run(3.0, |_| {});
    harness
}

/// A patient on support.
pub struct Bed {
    harness: Harness,
    mode: Mode,
    began: Option<f64>,
    /// The demand before anything happened.
    pub before: f64,
    pub record: Record,
}

impl Bed {
    /// Steady in this mode.
    pub fn new(mode: Mode) -> Self {
        let mut harness = steady(mode);
        let present: Vec<_> = harness
            .core()
            .outputs()
            .alarms
            .iter()
            .map(|status| (status.alarm.kind.id(), status.alarm.subject, status.cause.word))
            .collect();
        // A flow of zero is what the mode is for; what that does to the patient is said, and nothing else.
        let expected = |id: &str| mode == Mode::ZeroFlow && id == "SVO2_LOW";
        assert!(
            present.iter().all(|(id, ..)| expected(id)),
            "{}: {present:?} before anything is wrong",
            mode.name()
        );
        assert_eq!(harness.core().outputs().state, State::Support(mode));
        let before = harness.core().outputs().pump_speed.unwrap().value();
        harness.run(0.01, |_| {});
        let mut bed = Self { harness, mode, began: None, before, record: Record::new() };
        bed.record.announced = bed.outputs().alarms.announced;
        bed
    }

    pub const fn mode(&self) -> Mode {
        self.mode
    }

    pub const fn outputs(&self) -> &Outputs {
        self.harness.core().outputs()
    }

    /// What is true.
    pub fn harness(&mut self) -> &mut Harness {
        &mut self.harness
    }

    /// From now on times count.
    pub fn begin(&mut self) {
        let now = self.harness.plant.now().seconds();
        self.began.get_or_insert(now);
    }

    /// Something goes wrong with circuit, patient or devices.
    pub fn fault(&mut self, fault: Fault) -> FaultId {
        self.begin();
        self.harness.plant.inject(fault)
    }

    /// It is no longer wrong.
    pub fn clear(&mut self, id: FaultId) {
        assert!(self.harness.plant.clear(id));
    }

    /// The patient changes.
    pub fn patient(&mut self, change: PatientChange) {
        self.begin();
        self.harness.plant.change_patient(&change);
    }

    /// A source lies.
    pub fn lie(&mut self, role: Role, lie: Lie) {
        self.begin();
        self.harness.lie(role, Some(lie));
    }

    /// A source tells the truth again.
    pub fn honest(&mut self, role: Role) {
        self.harness.lie(role, None);
    }

    /// A driver is like this from now on.
    pub fn driver(&mut self, part: Part, health: DriverHealth) {
        self.begin();
        self.harness.set_driver(part, health);
    }

    /// The daemon knows this of itself from now on, or no longer.
    pub fn fact(&mut self, fact: Fact, known: bool) {
        self.begin();
        self.harness.set_fact(fact, known);
    }

    /// The daemon dies and is started anew, with what its journal has.
    pub fn restart(&mut self, boot: Boot) {
        self.begin();
        self.harness.restart_core(boot).unwrap();
    }

    /// What the journal has now.
    pub fn journal(&self) -> Boot {
        Boot::Resume(self.outputs().resume())
    }

    /// An operator asks for something.
    pub fn ask(&mut self, request: Request) {
        self.harness.request(request).unwrap();
    }

    /// Time passes.
    pub fn run(&mut self, seconds: f64) {
        let Self { harness, began, record, .. } = self;
        let began = began.unwrap_or(0.0);
        harness.run(seconds, |moment| record.look(&moment, moment.time.seconds() - began));
    }

    /// Time passes in which nothing is looked at, for what comes slowly before it counts.
    pub fn prepare(&mut self, seconds: f64) {
        assert!(self.began.is_none(), "nothing has happened yet");
        self.harness.run(seconds, |_| {});
        self.before = self.outputs().pump_speed.unwrap().value();
        self.record.announced = self.outputs().alarms.announced;
    }

    /// Where the speed never goes below while supporting.
    pub fn least(&self) -> f64 {
        self.harness.core().settings().speed.minimum.value()
    }

    /// What an intervention does not go below.
    pub fn floor(&self) -> f64 {
        self.harness.core().settings().limits.floor.max(Rpm(self.least())).value()
    }
}

impl Record {
    fn look(&mut self, moment: &Moment<'_>, after: f64) {
        let out = moment.outputs;
        self.note_alarms(out, after);
        self.speed.add(moment.truth.pump_speed.value());
        self.flow.add(moment.truth.flow.value());
        let lowers = out.interventions.iter().any(|status| {
            matches!(status.state, InterventionState::Active { .. })
                && status.kind.action() != ecmod_control::InterventionAction::Raise
        });
        if lowers {
            let since = *self.acting_since.get_or_insert(after);
            self.longest_intervention = self.longest_intervention.max(after - since);
        } else {
            self.acting_since = None;
        }
        let Some(demand) = out.pump_speed.map(Rpm::value) else { return };
        self.demand.add(demand);
        if after > 0.5 {
            self.later.add(demand);
        }
        let [gross_air, ..] = &out.interventions;
        if !matches!(gross_air.state, InterventionState::Active { .. } | InterventionState::Returning) {
            self.lowest_without_air = self.lowest_without_air.min(demand);
        }
        let now = out.now.0 as f64 * 1e-9;
        if let Some((then, last)) = self.last.replace((now, demand)) {
            let elapsed = now - then;
            if elapsed > 0.0 {
                self.fastest = self.fastest.max((demand - last).abs() / elapsed);
            }
        }
    }

    fn note_alarms(&mut self, out: &Outputs, after: f64) {
        for status in out.alarms.iter().filter(|status| status.phase == AlarmPhase::Active) {
            let seen =
                self.alarms.entry(status.alarm.kind).or_insert(Seen { after, priority: status.priority });
            if status.priority > seen.priority {
                seen.priority = status.priority;
            }
        }
        self.announced = out.alarms.announced;
        let first = out.alarms.iter().find(|status| status.phase == AlarmPhase::Active);
        if let Some(first) = first.map(|status| status.alarm.kind)
            && self.firsts.last().is_none_or(|(_, last)| *last != first)
        {
            self.firsts.push((after, first));
        }
    }
}
