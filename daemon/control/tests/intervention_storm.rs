// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whatever fails in whatever order, with restarts in the middle: an intervention keeps its bounds, and when all is well
//! again the flow is what it was.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_cmp)] // helpers of tests are tests

mod bench;

use bench::{Bench, Plant, ROLES, settings_with};
use ecmod_control::{
    Boot, InterventionKind, InterventionPolicy, InterventionState, Mode, Outputs, PumpLink, PumpPreset,
    Request, State,
};
use ecmod_quantities::{Cause, Monotonic, Rpm};
use proptest::prelude::*;

/// Something that happens, and how long until the next.
#[derive(Debug, Clone)]
enum Event {
    Head(f64),
    Drainage(f64),
    Returning(f64),
    Pressures(f64),
    ReturnBubble(bool),
    DrainageBubble(bool),
    Level(bool),
    Quality(f64),
    /// A source gets bad, stands still (`None`), or is well again.
    Source(usize, Option<Option<Cause>>),
    Restart {
        down_ms: u64,
    },
    LoseHost(f64),
    Mode(Mode),
    Override(bool),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => prop::sample::select(&[0.6, 0.8, 1.0, 1.0]).prop_map(Event::Head),
        3 => prop::sample::select(&[1.0, 1.0, 2.0, 3.0, 8.0]).prop_map(Event::Drainage),
        2 => prop::sample::select(&[1.0, 1.0, 3.0]).prop_map(Event::Returning),
        1 => (60.0..110.0).prop_map(Event::Pressures),
        4 => any::<bool>().prop_map(Event::ReturnBubble),
        2 => any::<bool>().prop_map(Event::DrainageBubble),
        2 => any::<bool>().prop_map(Event::Level),
        2 => prop::sample::select(&[30.0, 95.0]).prop_map(Event::Quality),
        4 => (0..ROLES.len(), prop::sample::select(&[
            None, Some(None), Some(Some(Cause::Timeout)), Some(Some(Cause::Disconnected)),
        ])).prop_map(|(source, fault)| Event::Source(source, fault)),
        3 => prop::sample::select(&[0u64, 300, 4_000]).prop_map(|down_ms| Event::Restart { down_ms }),
        1 => (0.05..20.0).prop_map(Event::LoseHost),
        1 => prop::sample::select(&[Mode::Speed, Mode::Flow]).prop_map(Event::Mode),
        1 => any::<bool>().prop_map(Event::Override),
    ]
}

/// What must hold of every tick.
struct Watch {
    last: Option<(f64, Monotonic)>,
}

impl Watch {
    fn look(&mut self, bench: &Bench) {
        let out = bench.outputs();
        for status in out.interventions {
            if let InterventionState::Active { since, ends } = status.state {
                let plan = bench.core.settings().interventions.of(status.kind);
                assert!(
                    since <= out.now && out.now < ends && ends.since(since) <= plan.longest,
                    "{status:?}"
                );
                assert_eq!(plan.policy, InterventionPolicy::Act);
                // One that a restarted core goes on with has no trigger of its own yet.
                assert!(status.count == 0 || !status.corroboration.is_empty(), "{status:?}");
            }
        }
        left_alone(out);
        let Some(demand) = out.pump_speed.map(Rpm::value) else {
            self.last = None;
            return;
        };
        if let Some((last, at)) = self.last {
            let slew = bench.core.settings().speed.slew.value() * out.now.since(at).seconds();
            assert!((demand - last).abs() <= slew + 1e-6, "{last} to {demand} rpm: {out:?}");
            assert!(demand >= lowest(out).min(last) - 1e-6, "{demand} rpm: {out:?}");
        }
        self.last = Some((demand, out.now));
    }
}

/// Should the core never be heard of again: its pump's host knows what it would have given back, and when.
fn left_alone(out: &Outputs) {
    let lowering = out.interventions.iter().filter(|status| status.kind != InterventionKind::Backflow);
    let ends = lowering.filter_map(|status| match status.state {
        InterventionState::Active { ends, .. } if status.ceiling.is_some() => Some(ends),
        _ => None,
    });
    let (Some(ends), Some(demand)) = (ends.max(), out.pump_speed) else { return };
    let wanted = match out.state {
        State::Support(Mode::Speed) => out.speed_setpoint,
        _ => out.intervention_memory.undisturbed.unwrap().speed,
    };
    if wanted > demand + Rpm(1.0) {
        let fallback = out.fallback.unwrap();
        assert_eq!((fallback.then, fallback.until), (wanted, ends), "{out:?}");
    }
}

/// No intervention goes lower than this.
fn lowest(out: &Outputs) -> f64 {
    let floor = out.estimates.floor.value();
    let air = out.intervention(InterventionKind::GrossAir);
    let setpoint = match out.state {
        State::Support(Mode::Speed) => out.speed_setpoint.value(),
        State::Support(Mode::Flow | Mode::ZeroFlow) | State::Standby => floor,
    };
    // A core that resumes in the middle of gross air begins below the floor and rises from there.
    if air.acts() { air.floor.unwrap().value() } else { floor.min(setpoint).min(1300.0) }
}

fn happen(bench: &mut Bench, watch: &mut Watch, event: &Event) {
    match *event {
        Event::Head(head) => bench.plant.head = head,
        Event::Drainage(factor) => bench.plant.drainage = factor,
        Event::Returning(factor) => bench.plant.returning = factor,
        Event::Pressures(map) => bench.plant.map = map,
        Event::ReturnBubble(seen) => bench.plant.return_bubble = seen,
        Event::DrainageBubble(seen) => bench.plant.drainage_bubble = seen,
        Event::Level(low) => bench.plant.level_low = low,
        Event::Quality(quality) => bench.plant.quality = quality,
        Event::Source(source, fault) => bench.faults[source] = fault,
        Event::Restart { down_ms } => restart(bench, watch, down_ms),
        Event::LoseHost(seconds) => {
            bench.link = PumpLink::Absent;
            bench.watch(seconds, |bench| watch.look(bench));
            bench.link = PumpLink::Present { held: None, local: false };
        }
        // A mode that needs a flow that is not there is refused.
        Event::Mode(mode) => drop(bench.core.request(Request::SetMode(mode), Monotonic(bench.now))),
        Event::Override(on) => bench.ask(Request::Override { intervention: None, on }),
    }
}

fn restart(bench: &mut Bench, watch: &mut Watch, down_ms: u64) {
    let (resume, held) = (bench.outputs().resume(), Some(Rpm(bench.drive)));
    bench.gap(down_ms);
    bench.restart(Boot::Resume(resume));
    watch.last = None;
    bench.link = PumpLink::Absent;
    bench.watch(0.03, |bench| watch.look(bench));
    bench.link = PumpLink::Present { held, local: false };
}

fn well_again(bench: &mut Bench) {
    bench.faults = [None; ROLES.len()];
    let plant = Plant::va(bench.plant.preset);
    bench.plant = Plant { speed: bench.plant.speed, flow: bench.plant.flow, ..plant };
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_fails_interventions_keep_their_bounds_and_the_flow_comes_back(
        preset in prop::sample::select(&PumpPreset::ALL),
        mode in prop::sample::select(&[Mode::Speed, Mode::Flow]),
        all_act in any::<bool>(),
        events in prop::collection::vec((event(), 0.02..15.0f64), 1..24),
    ) {
        let mut settings = settings_with(preset, ROLES.len());
        if all_act {
            let mut plan = settings.interventions.of(InterventionKind::Suction);
            plan.policy = InterventionPolicy::Act;
            settings.interventions.set(InterventionKind::Suction, plan);
        }
        let mut bench = Bench::with(settings, Plant::va(preset));
        bench.start_flow(3.5);
        bench.run(30.0);
        bench.ask(Request::SetMode(mode));
        let before = bench.demand();
        let mut watch = Watch { last: None };
        for (event, seconds) in &events {
            happen(&mut bench, &mut watch, event);
            bench.watch(*seconds, |bench| watch.look(bench));
        }
        well_again(&mut bench);
        bench.watch(150.0, |bench| watch.look(bench));
        let chosen = events.iter().any(|(event, _)| matches!(event, Event::Mode(_)));
        if chosen {
            // What a mode begins with is what there was when it was chosen, which the events have moved.
            prop_assert!(bench.demand() >= bench.outputs().estimates.floor.value() - 1e-6);
        } else {
            prop_assert!((bench.demand() / before - 1.0).abs() < 0.03, "{} of {before} rpm: {:?}", bench.demand(), bench.outputs());
        }
    }
}
