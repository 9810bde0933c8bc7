// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything that raises an alarm, in any order and on top of each other, with an operator who does anything about it, in
//! every mode, through restarts: what is surely so is told.

use super::Oracle;
use crate::panel::Panel;
use crate::raise;
use ecmod_control::{
    AlarmKind, Boot, Core, InterventionKind, LimitKind, Mode, PumpLink, Request, Role, State, StopState,
};
use ecmod_quantities::{Cause, LitresPerMinute};
use proptest::prelude::*;

/// Something that happens.
#[derive(Debug, Clone)]
enum Event {
    /// What the catalogue's test does to raise an alarm of this kind.
    Raise(AlarmKind),
    Fails(Role, Cause),
    Well,
    Mode(Mode),
    Limit(LimitKind, f64),
    Acknowledge,
    Reset,
    Pause(bool),
    Off(AlarmKind, bool),
    Override(Option<InterventionKind>, bool),
    Stop,
    LoseHost(bool),
    Restart,
}

/// Those that do not take an hour.
fn quick() -> Vec<AlarmKind> {
    let slow = [AlarmKind::MembraneDropHigh, AlarmKind::MembraneDropTrend];
    AlarmKind::ALL.into_iter().filter(|kind| !slow.contains(kind)).collect()
}

fn event() -> impl Strategy<Value = Event> {
    let may_be_off: Vec<_> = AlarmKind::ALL.into_iter().filter(|kind| kind.definition().may_be_off).collect();
    prop_oneof![
        14 => prop::sample::select(quick()).prop_map(Event::Raise),
        2 => (prop::sample::select(Role::KNOWN.to_vec()), prop::sample::select(Cause::ALL.to_vec()))
            .prop_map(|(role, cause)| Event::Fails(role, cause)),
        2 => Just(Event::Well),
        2 => prop::sample::select(&Mode::ALL).prop_map(Event::Mode),
        1 => (prop::sample::select(LimitKind::ALL.to_vec()), 0.0..1.0).prop_map(|(limit, part)| {
            let range = limit.range();
            Event::Limit(limit, range.minimum + part * (range.maximum - range.minimum))
        }),
        2 => Just(Event::Acknowledge),
        1 => Just(Event::Reset),
        2 => any::<bool>().prop_map(Event::Pause),
        2 => (prop::sample::select(may_be_off), any::<bool>()).prop_map(|(kind, off)| Event::Off(kind, off)),
        1 => any::<bool>().prop_map(|on| Event::Override(None, on)),
        1 => Just(Event::Stop),
        1 => any::<bool>().prop_map(Event::LoseHost),
        1 => Just(Event::Restart),
    ]
}

/// Whether what raises this kind can be done as things are.
fn can_be_raised(kind: AlarmKind, panel: &Panel) -> bool {
    let out = panel.outputs();
    match kind {
        AlarmKind::FlowLow => out.state == State::Support(Mode::Speed) && out.stop != StopState::Ramping,
        AlarmKind::FlowHigh => out.limits.get(LimitKind::FlowLow).is_none_or(|low| low < 3.0),
        AlarmKind::SensorFrozen => out.readings[Role::ArterialPressure as usize].value().is_some(),
        _ => true,
    }
}

fn happen(panel: &mut Panel, oracle: &std::cell::RefCell<Oracle>, event: &Event) {
    // What cannot be done is refused, and that is as good as anything else here.
    let ask = |panel: &mut Panel, request| {
        let _accepted_or_refused = panel.try_ask(request);
    };
    match *event {
        Event::Raise(kind) if can_be_raised(kind, panel) => drop(raise(panel, kind)),
        Event::Raise(_) => {}
        Event::Fails(role, cause) => panel.fail(role, cause),
        Event::Well => panel.heal(),
        Event::Mode(mode) => {
            ask(panel, Request::SetMode(mode));
            ask(panel, Request::SetFlow(LitresPerMinute(3.5)));
        }
        Event::Limit(limit, value) => ask(panel, Request::SetLimit { limit, value }),
        Event::Acknowledge => ask(panel, Request::Acknowledge(None)),
        Event::Reset => ask(panel, Request::ResetAlarm(None)),
        Event::Pause(pause) => ask(panel, Request::PauseAudio(pause)),
        Event::Off(kind, off) => ask(panel, Request::AlarmOff { kind, off }),
        Event::Override(intervention, on) => ask(panel, Request::Override { intervention, on }),
        Event::Stop => {
            ask(panel, Request::RequestStop);
            if let StopState::Pending { token, .. } = panel.outputs().stop {
                ask(panel, Request::ConfirmStop { token });
            }
            panel.run(3.0);
            ask(panel, Request::Start);
        }
        Event::LoseHost(lost) => {
            panel.link = if lost { PumpLink::Absent } else { PumpLink::Present { held: None, local: false } };
        }
        Event::Restart => {
            let boot = Boot::Resume(panel.outputs().resume());
            *panel.core = Core::new(*panel.core.settings(), boot).unwrap();
            oracle.borrow_mut().restarted();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_alarm_of_any_kind_whose_condition_has_lasted_for_its_delay_is_told_whatever_else_happens(
        mode in prop::sample::select(&Mode::ALL),
        events in prop::collection::vec((event(), 0.02..10.0f64), 1..12),
    ) {
        let mut panel = Panel::supporting();
        let oracle = Oracle::attach(&mut panel);
        happen(&mut panel, &oracle, &Event::Mode(mode));
        for (event, seconds) in &events {
            happen(&mut panel, &oracle, event);
            panel.run(*seconds);
        }
        panel.run(16.0);
    }
}
