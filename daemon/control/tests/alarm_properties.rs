// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whatever happens in whatever order: an alarm whose condition has lasted for its delay is told, in the table or counted as
//! one that had no room, and stays as long as its condition.
//!
//! The conditions are stated here once more, from nothing but what the console shows; those of the core are not asked.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_cmp)] // helpers of tests are tests

#[allow(clippy::cast_precision_loss)]
mod bench;
mod panel;

use ecmod_control::{
    AlarmKind, Boot, Core, Fact, LimitKind, Outputs, Priority, PumpLink, Request, Role, State, StopState,
};
use ecmod_quantities::{Cause, Monotonic, Quality};
use panel::Panel;
use proptest::prelude::*;

/// When a value that is shown is an alarm.
#[derive(Debug, Clone, Copy)]
enum Test {
    Below(LimitKind),
    Above(LimitKind),
    Is(bool),
}

/// An alarm, the role it is found from, when, whether only in support, and a value that raises it.
type Row = (AlarmKind, Role, Test, bool, f64);

const ROWS: [Row; 11] = [
    (
        AlarmKind::VenousPressureLow,
        Role::VenousPressure,
        Test::Below(LimitKind::VenousPressureLow),
        true,
        -120.0,
    ),
    (
        AlarmKind::PreMembranePressureHigh,
        Role::PreMembranePressure,
        Test::Above(LimitKind::PreMembranePressureHigh),
        true,
        380.0,
    ),
    (
        AlarmKind::ArterialPressureHigh,
        Role::ArterialPressure,
        Test::Above(LimitKind::ArterialPressureHigh),
        true,
        330.0,
    ),
    (
        AlarmKind::TemperatureHigh,
        Role::ArterialTemperature,
        Test::Above(LimitKind::TemperatureHigh),
        true,
        39.0,
    ),
    (
        AlarmKind::VenousSaturationLow,
        Role::VenousSaturation,
        Test::Below(LimitKind::VenousSaturationLow),
        true,
        50.0,
    ),
    (
        AlarmKind::OxygenSupply,
        Role::GasSupplyPressure,
        Test::Below(LimitKind::GasSupplyPressureLow),
        true,
        1.5,
    ),
    (AlarmKind::LevelLow, Role::LevelLow, Test::Is(true), true, 1.0),
    (
        AlarmKind::DriveOvertemperature,
        Role::DriveTemperature,
        Test::Above(LimitKind::DriveTemperatureHigh),
        false,
        90.0,
    ),
    (AlarmKind::MainsLost, Role::Mains, Test::Is(false), false, 0.0),
    (AlarmKind::BatteryFault, Role::BatteryUsable, Test::Is(false), false, 0.0),
    (AlarmKind::SounderFault, Role::SounderOk, Test::Is(false), false, 0.0),
];

/// Facts are alarms as long as they are so.
const FACTS: [(Fact, AlarmKind); 4] = [
    (Fact::BusLost, AlarmKind::BusLost),
    (Fact::DiskFull, AlarmKind::DiskFull),
    (Fact::WatchdogNear, AlarmKind::WatchdogNear),
    (Fact::ConfigurationInvalid, AlarmKind::ConfigurationInvalid),
];

const KINDS: usize = ROWS.len() + FACTS.len();

/// Since when each condition has been so without a break, and how often one had lasted for its delay.
struct Watch {
    since: [Option<Monotonic>; KINDS],
    facts: [bool; FACTS.len()],
    due: [u64; KINDS],
    announced: u64,
}

impl Watch {
    fn new() -> Self {
        Self { since: [None; KINDS], facts: [false; FACTS.len()], due: [0; KINDS], announced: 0 }
    }

    /// Another core counts anew.
    fn restarted(&mut self) {
        (self.since, self.announced) = ([None; KINDS], 0);
    }

    fn look(&mut self, out: &Outputs) {
        let conditions = ROWS.iter().map(|row| (row.0, is_so(out, row)));
        let facts = FACTS.iter().zip(self.facts).map(|((_, kind), so)| (*kind, so));
        for (index, (kind, so)) in conditions.chain(facts).enumerate() {
            let since = self.since[index].filter(|_| so);
            self.since[index] = so.then(|| since.unwrap_or(out.now));
            let Some(since) = self.since[index] else { continue };
            let definition = kind.definition();
            // An alarm that may be off and is told at a priority below high is not told while it is off.
            let silent = definition.may_be_off && out.alarms.off.has(kind);
            if out.now.since(since) >= definition.delay && !silent {
                self.due[index] += 1;
                let told = out.alarms.iter().find(|status| status.alarm.kind == kind);
                assert!(
                    told.is_some_and(|status| status.priority >= lowest(kind)) || out.alarms.more > 0,
                    "{} has been so since {since:?} and is not told at {:?}: {told:?}",
                    kind.id(),
                    out.now,
                );
            }
        }
        assert!(out.alarms.announced >= self.announced, "what was announced is not taken back");
        self.announced = out.alarms.announced;
    }
}

/// The lowest priority that an alarm may have.
fn lowest(kind: AlarmKind) -> Priority {
    let priorities = kind.definition().priorities;
    priorities.special.map_or(priorities.usual, |(special, _)| special.min(priorities.usual))
}

/// Whether what is shown is an alarm, as an operator would say.
fn is_so(out: &Outputs, (_, role, test, in_support, _): &Row) -> bool {
    let running = matches!(out.state, State::Support(_)) && out.stop == StopState::None;
    let reading = out.readings[*role as usize];
    let Some(value) = reading.value().filter(|_| reading.quality() == Quality::Good) else { return false };
    let beyond = match *test {
        Test::Below(limit) => out.limits.get(limit).is_some_and(|limit| value < limit),
        Test::Above(limit) => out.limits.get(limit).is_some_and(|limit| value > limit),
        Test::Is(state) => (value >= 0.5) == state,
    };
    beyond && (running || !in_support)
}

/// Something that happens.
#[derive(Debug, Clone)]
enum Event {
    /// The sensor of this row says that all is wrong, or is well again, or fails.
    Wrong(usize),
    Well,
    Fails(usize),
    Fact(usize),
    Limit(LimitKind, f64),
    Acknowledge,
    Reset,
    Pause(bool),
    Off(AlarmKind, bool),
    Override,
    LoseHost(bool),
    Restart,
}

fn event() -> impl Strategy<Value = Event> {
    let limits = [
        LimitKind::VenousPressureLow,
        LimitKind::ArterialPressureHigh,
        LimitKind::PreMembranePressureHigh,
        LimitKind::TemperatureHigh,
        LimitKind::VenousSaturationLow,
    ];
    let may_be_off: Vec<_> = AlarmKind::ALL.into_iter().filter(|kind| kind.definition().may_be_off).collect();
    prop_oneof![
        10 => (0..ROWS.len()).prop_map(Event::Wrong),
        1 => Just(Event::Well),
        2 => (0..ROWS.len()).prop_map(Event::Fails),
        2 => (0..FACTS.len()).prop_map(Event::Fact),
        2 => (prop::sample::select(limits.to_vec()), 0.0..1.0).prop_map(|(limit, part)| {
            let range = limit.range();
            Event::Limit(limit, range.minimum + part * (range.maximum - range.minimum))
        }),
        2 => Just(Event::Acknowledge),
        1 => Just(Event::Reset),
        2 => any::<bool>().prop_map(Event::Pause),
        2 => (prop::sample::select(may_be_off), any::<bool>()).prop_map(|(kind, off)| Event::Off(kind, off)),
        1 => Just(Event::Override),
        1 => any::<bool>().prop_map(Event::LoseHost),
        1 => Just(Event::Restart),
    ]
}

fn happen(panel: &mut Panel, watch: &mut Watch, event: &Event) {
    // What cannot be done is refused, and that is as good as anything else here.
    let mut ask = |request| {
        let _accepted_or_refused = panel.try_ask(request);
    };
    match *event {
        Event::Wrong(row) => panel.set(ROWS[row].1, ROWS[row].4),
        Event::Well => panel.well(),
        Event::Fails(row) => panel.fail(ROWS[row].1, Cause::SignalLost),
        Event::Fact(index) => watch.facts[index] = panel.fact(FACTS[index].0, true),
        Event::Limit(limit, value) => ask(Request::SetLimit { limit, value }),
        Event::Acknowledge => ask(Request::Acknowledge(None)),
        Event::Reset => ask(Request::ResetAlarm(None)),
        Event::Pause(pause) => ask(Request::PauseAudio(pause)),
        Event::Off(kind, off) => ask(Request::AlarmOff { kind, off }),
        Event::Override => ask(Request::Override { intervention: None, on: true }),
        Event::LoseHost(lost) => {
            panel.link = if lost { PumpLink::Absent } else { PumpLink::Present { held: None, local: false } };
        }
        Event::Restart => {
            let boot = Boot::Resume(panel.outputs().resume());
            *panel.core = Core::new(*panel.core.settings(), boot).unwrap();
            watch.restarted();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_alarm_whose_condition_has_lasted_for_its_delay_is_told_whatever_else_happens(
        events in prop::collection::vec((event(), 0.02..12.0f64), 1..14),
    ) {
        let mut panel = Panel::supporting();
        let mut watch = Watch::new();
        for (event, seconds) in &events {
            happen(&mut panel, &mut watch, event);
            panel.watch(*seconds, |panel| watch.look(panel.outputs()));
        }
        panel.watch(31.0, |panel| watch.look(panel.outputs()));
    }
}

#[test]
fn each_condition_that_is_watched_can_come_to_be_so() {
    let mut watch = Watch::new();
    for row in 0..ROWS.len() {
        let mut panel = Panel::supporting();
        watch.restarted();
        happen(&mut panel, &mut watch, &Event::Wrong(row));
        panel.watch(35.0, |panel| watch.look(panel.outputs()));
    }
    let mut panel = Panel::supporting();
    watch.restarted();
    for fact in 0..FACTS.len() {
        happen(&mut panel, &mut watch, &Event::Fact(fact));
    }
    panel.watch(5.0, |panel| watch.look(panel.outputs()));
    assert!(watch.due.iter().all(|due| *due > 0), "{:?}", watch.due);
}
