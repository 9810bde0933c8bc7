// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every request in every state, as a table; and the refusals in detail.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_cmp)] // helpers of tests are tests

mod bench;

use bench::states::in_state;
use bench::{Bench, FLOW, MS};
use ecmod_control::{
    Annunciation, Boot, Clamp, ClampDemand, ClampDemands, ClampLinks, ClampPosition, Core, Mode, PumpLink,
    PumpPreset, Refusal, Request, Resume, Settings, State, StopState,
};
use ecmod_quantities::{Cause, GasLitresPerMinute, LitresPerMinute, MmHg, Monotonic, Quantity, Rpm};

const ROTAFLOW: PumpPreset = PumpPreset::RotaflowLike;
const COLUMNS: [&str; 10] = [
    "start",
    "request_stop",
    "confirm_stop",
    "cancel_stop",
    "speed_mode",
    "flow_mode",
    "zero_mode",
    "set_speed",
    "set_flow",
    "set_gas",
];

/// Rows are states, columns requests; a cell is the state after (`+` with a stop pending), or why it was refused: `s` not in this state, `m`
/// not in this mode, `n` no stop requested, `p` pump absent.
const TABLE: &str = "
                  start    req_stop confirm  cancel   m_speed  m_flow   m_zero   set_speed set_flow set_gas
standby_unlinked  p        s        n        n        same     same     same     same      same     same
standby_idle      speed    s        n        n        same     same     same     same      same     same
standby_stopped   speed    s        n        n        same     same     same     same      same     same
awaiting          s        p        n        n        same     p        p        same      m        same
speed             s        speed+   n        n        same     flow     zero     same      m        same
flow              s        flow+    n        n        speed    same     zero     m         same     same
zero              s        zero+    n        n        speed    flow     same     m         m        same
pending           s        flow+    stopping flow     speed+   same     zero+    m         same     same
lost              s        p        n        n        lost     same     lost     m         same     same
lost_pending      s        p        p        lost     lost+    same     lost+    m         same     same
stopping          flow     s        s        flow     s        s        s        s         s        same
";

/// A bench in the state that a row names, and the token of its stop.
fn asked_in(row: &str) -> (Bench, u32) {
    let mut bench = in_state(row);
    if row == "standby_stopped" {
        bench.ask(Request::SetMode(Mode::Speed));
    }
    let token = match bench.outputs().stop {
        StopState::Pending { token, .. } => token,
        StopState::None | StopState::Ramping => 0,
    };
    (bench, token)
}

fn stop(bench: &mut Bench) {
    bench.ask(Request::RequestStop);
    let StopState::Pending { token, .. } = bench.outputs().stop else { panic!("not pending") };
    bench.ask(Request::ConfirmStop { token });
}

fn request(column: &str, token: u32) -> Request {
    match column {
        "start" => Request::Start,
        "request_stop" => Request::RequestStop,
        "confirm_stop" => Request::ConfirmStop { token },
        "cancel_stop" => Request::CancelStop,
        "speed_mode" => Request::SetMode(Mode::Speed),
        "flow_mode" => Request::SetMode(Mode::Flow),
        "zero_mode" => Request::SetMode(Mode::ZeroFlow),
        "set_speed" => Request::SetSpeed(Rpm(2500.0)),
        "set_flow" => Request::SetFlow(LitresPerMinute(2.5)),
        "set_gas" => Request::SetSweepGasFlow(GasLitresPerMinute(3.0)),
        _ => panic!("no request {column}"),
    }
}

/// What of the outputs tells states apart.
fn shown(bench: &Bench) -> String {
    let out = bench.outputs();
    let pending = if matches!(out.stop, StopState::Pending { .. }) { "+" } else { "" };
    let state = match (out.state, out.stop, bench.link) {
        (State::Standby, _, _) => "standby",
        (State::Support(_), StopState::Ramping, _) => "stopping",
        (State::Support(_), _, PumpLink::Absent) => "lost",
        (State::Support(Mode::Speed), ..) => "speed",
        (State::Support(Mode::Flow), ..) => "flow",
        (State::Support(Mode::ZeroFlow), ..) => "zero",
    };
    format!("{state}{pending}")
}

#[test]
fn every_request_in_every_state_does_what_the_table_says() {
    let rows = TABLE.lines().filter(|line| !line.trim().is_empty()).skip(1);
    assert_eq!(rows.clone().count(), 11);
    for row in rows {
        let mut words = row.split_whitespace();
        let name = words.next().unwrap();
        let cells: Vec<_> = words.collect();
        assert_eq!(cells.len(), COLUMNS.len(), "{name}");
        let (begin, token) = asked_in(name);
        for (column, cell) in COLUMNS.into_iter().zip(cells) {
            let mut bench = begin.clone();
            let (before, was) = (*bench.outputs(), shown(&bench));
            let result = bench.core.request(request(column, token), Monotonic(bench.now));
            let found = match result {
                Ok(()) if shown(&bench) == was && cell == "same" => "same".into(),
                Ok(()) => shown(&bench),
                Err(refusal) => {
                    assert_eq!(
                        *bench.outputs(),
                        before,
                        "{name}, {column}: refused, and yet something changed"
                    );
                    match refusal {
                        Refusal::NotInThisState(state) => {
                            assert_eq!(state, before.state);
                            "s".into()
                        }
                        Refusal::NotInThisMode(mode) => {
                            assert_eq!(mode, before.mode);
                            "m".into()
                        }
                        Refusal::NoStopRequested => "n".into(),
                        Refusal::PumpAbsent => "p".into(),
                        other => format!("{other:?}"),
                    }
                }
            };
            assert_eq!(found, cell, "{column} in {name}");
        }
    }
}

#[test]
fn an_accepted_setpoint_is_shown_at_once_and_used() {
    let mut bench = Bench::new(ROTAFLOW);
    bench.ask(Request::SetSpeed(Rpm(2500.0)));
    bench.ask(Request::SetFlow(LitresPerMinute(3.5)));
    bench.ask(Request::SetSweepGasFlow(GasLitresPerMinute(2.0)));
    let out = bench.outputs();
    assert_eq!(
        (out.speed_setpoint, out.flow_setpoint, out.sweep_gas_flow),
        (Rpm(2500.0), LitresPerMinute(3.5), Some(GasLitresPerMinute(2.0)))
    );
    bench.ask(Request::Start);
    bench.run(20.0);
    assert_eq!(bench.demand(), 2500.0);
}

#[test]
fn values_that_are_not_numbers_or_out_of_range_are_refused_with_the_range() {
    let mut bench = Bench::new(ROTAFLOW);
    let mut refusal = |request| bench.core.request(request, Monotonic(bench.now)).unwrap_err();
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for request in [
            Request::SetSpeed(Rpm(odd)),
            Request::SetFlow(LitresPerMinute(odd)),
            Request::SetSweepGasFlow(GasLitresPerMinute(odd)),
        ] {
            assert_eq!(refusal(request), Refusal::NotFinite);
        }
    }
    let speed = refusal(Request::SetSpeed(Rpm(5000.1)));
    assert_eq!(speed, Refusal::OutOfRange { quantity: Quantity::Speed, minimum: 500.0, maximum: 5000.0 });
    assert_eq!(speed.to_string(), "out of range: 500 to 5000 rpm is allowed");
    assert_eq!(speed.code(), "ecmod.refused.out_of_range");
    assert_eq!(
        refusal(Request::SetFlow(LitresPerMinute(-0.1))).to_string(),
        "out of range: 0 to 8 L/min is allowed"
    );
    assert_eq!(
        refusal(Request::SetSweepGasFlow(GasLitresPerMinute(16.0))).to_string(),
        "out of range: 0 to 15 L/min is allowed"
    );
}

#[test]
fn modes_that_need_the_flow_are_refused_without_it() {
    let mut bench = Bench::at_speed(ROTAFLOW, 3000.0);
    bench.faults[FLOW] = Some(Some(Cause::SignalLost));
    bench.run(0.2);
    for mode in [Mode::Flow, Mode::ZeroFlow] {
        let refusal = bench.core.request(Request::SetMode(mode), Monotonic(bench.now)).unwrap_err();
        assert_eq!(refusal, Refusal::FlowSignalBad(Cause::SignalLost));
        assert!(refusal.to_string().contains("signal_lost"));
    }
    assert_eq!(bench.outputs().mode, Mode::Speed);
    let mut bench = Bench::new(ROTAFLOW);
    bench.faults[FLOW] = Some(Some(Cause::SignalLost));
    bench.run(0.2);
    bench.ask(Request::SetMode(Mode::Flow));
    let refusal = bench.core.request(Request::Start, Monotonic(bench.now)).unwrap_err();
    assert_eq!(refusal, Refusal::FlowSignalBad(Cause::SignalLost));
    bench.ask(Request::SetMode(Mode::Speed));
    bench.ask(Request::Start);
}

#[test]
fn a_token_counts_for_ten_seconds_once_and_only_the_latest() {
    let mut bench = Bench::at_speed(ROTAFLOW, 3000.0);
    let mut tokens = Vec::new();
    for _ in 0..2 {
        bench.ask(Request::RequestStop);
        let StopState::Pending { token, expires } = bench.outputs().stop else { panic!("not pending") };
        assert_eq!(expires, Monotonic(bench.now + 10_000 * MS));
        tokens.push(token);
        bench.run(1.0);
    }
    let confirm =
        |bench: &mut Bench, token| bench.core.request(Request::ConfirmStop { token }, Monotonic(bench.now));
    assert_eq!(confirm(&mut bench, tokens[0]), Err(Refusal::WrongToken));
    bench.run(9.5);
    assert_eq!(bench.outputs().stop, StopState::None, "an expired one is not shown");
    assert_eq!(confirm(&mut bench, tokens[1]), Err(Refusal::StopExpired));
    bench.ask(Request::RequestStop);
    let StopState::Pending { token, .. } = bench.outputs().stop else { panic!("not pending") };
    assert!(!tokens.contains(&token));
    assert_eq!(confirm(&mut bench, token), Ok(()));
    assert_eq!(bench.outputs().stop, StopState::Ramping);
}

#[test]
fn a_stop_that_runs_down_can_be_taken_back_and_flow_returns() {
    for request in [Request::CancelStop, Request::Start] {
        let mut bench = Bench::at_flow(ROTAFLOW, 3.0);
        stop(&mut bench);
        bench.run(4.0);
        let low = bench.demand();
        bench.ask(request);
        bench.watch(0.05, |bench| assert!((bench.demand() - low).abs() <= 15.0 + 1e-9));
        bench.run(20.0);
        assert!((bench.plant.flow - 3.0).abs() < 0.06, "{}", bench.plant.flow);
    }
}

#[test]
fn a_restart_while_a_stop_runs_down_neither_raises_nor_drops_the_speed() {
    let mut bench = Bench::at_flow(ROTAFLOW, 3.0);
    stop(&mut bench);
    bench.run(2.0);
    let (held, resume) = (bench.demand(), bench.outputs().resume());
    assert!(!resume.supporting);
    bench.restart(Boot::Resume(resume));
    bench.link = PumpLink::Present { held: Some(Rpm(held)), local: false };
    bench.watch(10.0, |bench| assert_eq!(bench.demand(), held));
}

#[test]
fn a_restart_keeps_the_sweep_gas_setpoint_inside_its_range() {
    let mut bench = Bench::at_flow(ROTAFLOW, 3.0);
    bench.ask(Request::SetSweepGasFlow(GasLitresPerMinute(4.5)));
    let resume = bench.outputs().resume();
    bench.restart(Boot::Resume(resume));
    assert_eq!(bench.outputs().sweep_gas_flow, Some(GasLitresPerMinute(4.5)));
    bench.restart(Boot::Resume(Resume { sweep_gas_flow: Some(GasLitresPerMinute(400.0)), ..resume }));
    assert_eq!(bench.outputs().sweep_gas_flow, Some(GasLitresPerMinute(15.0)));
}

#[test]
fn a_pump_that_is_held_at_zero_is_not_taken_over_while_it_coasts() {
    let mut bench = Bench::at_speed(ROTAFLOW, 3000.0);
    bench.restart(Boot::Cold);
    bench.link = PumpLink::Present { held: Some(Rpm::ZERO), local: false };
    bench.run(1.0);
    assert_eq!((bench.outputs().state, bench.outputs().pump_speed), (State::Standby, None));
    let mut bench = Bench::new(ROTAFLOW);
    bench.watch(5.0, |bench| assert_eq!(bench.outputs().pump_speed, None, "a standing pump is left alone"));
}

#[test]
fn a_host_that_missed_the_end_of_a_stop_is_run_down_and_not_dropped() {
    let mut bench = Bench::at_speed(ROTAFLOW, 3000.0);
    stop(&mut bench);
    bench.run(20.0);
    bench.link = PumpLink::Absent;
    bench.run(1.0);
    bench.link = PumpLink::Present { held: Some(Rpm(1000.0)), local: false };
    bench.watch(0.01, |bench| assert!(bench.demand() >= 997.0 - 1e-9));
    bench.run(10.0);
    assert_eq!((bench.demand(), bench.outputs().state), (0.0, State::Standby));
}

#[test]
fn a_journal_with_nonsense_is_brought_into_the_limits() {
    for speed in [f64::NAN, f64::INFINITY, -1e9, 1e9] {
        let (speed, flow) = (Rpm(speed), LitresPerMinute(speed));
        let resume = Resume { flow, supporting: true, ..Resume::at(Mode::Speed, speed) };
        let core = Core::new(Settings::for_pump(ROTAFLOW), Boot::Resume(resume)).unwrap();
        let out = core.outputs();
        assert!((0.0..=5000.0).contains(&out.speed_setpoint.value()), "{speed}");
        assert!((0.0..=8.0).contains(&out.flow_setpoint.value()), "{speed}");
        assert_eq!(out.pump_speed, None);
    }
}

#[test]
fn every_refusal_has_its_own_code_and_plain_words() {
    let refusals = [
        Refusal::NotFinite,
        Refusal::OutOfRange { quantity: Quantity::Speed, minimum: 0.0, maximum: 1.0 },
        Refusal::NotInThisState(State::Standby),
        Refusal::NotInThisMode(Mode::Flow),
        Refusal::NoStopRequested,
        Refusal::StopExpired,
        Refusal::WrongToken,
        Refusal::FlowSignalBad(Cause::Stale),
        Refusal::PumpAbsent,
        Refusal::ClampAbsent(Clamp::Return),
        Refusal::NoSuchSignal,
        Refusal::NotAPressure(Quantity::BloodFlow),
        Refusal::ZeroingRuns,
        Refusal::ZeroNoisy { noise: MmHg(3.0), most: MmHg(2.0) },
        Refusal::ZeroFarOff { mean: MmHg(-60.0), most: MmHg(50.0) },
        Refusal::ZeroSamples { good: 3, all: 90 },
    ];
    let codes: std::collections::BTreeSet<_> = refusals.iter().map(Refusal::code).collect();
    assert_eq!(codes.len(), refusals.len());
    for refusal in refusals {
        assert!(refusal.code().starts_with("ecmod.refused."));
        assert!(refusal.to_string().len() > 15);
    }
}

#[test]
fn clamps_move_for_an_operator_in_every_state_and_for_nobody_else() {
    for row in TABLE.lines().filter(|line| !line.trim().is_empty()).skip(1) {
        let name = row.split_whitespace().next().unwrap();
        let (mut bench, _) = asked_in(name);
        assert_eq!(
            bench.outputs().clamps,
            ClampDemands::default(),
            "{name}: nothing is demanded until asked"
        );
        bench.clamps = ClampLinks { return_clamp: true, drainage_clamp: false };
        bench.run(0.01);
        let (state, speed) = (bench.outputs().state, bench.outputs().pump_speed);
        let close = |clamp| Request::SetClamp { clamp, position: ClampPosition::Closed };
        bench.ask(close(Clamp::Return));
        let refusal = bench.core.request(close(Clamp::Drainage), Monotonic(bench.now));
        assert_eq!(refusal, Err(Refusal::ClampAbsent(Clamp::Drainage)), "{name}");
        let first = Monotonic(bench.now);
        let closed = |request, at| ClampDemands {
            return_clamp: Some(ClampDemand { position: ClampPosition::Closed, request, at }),
            drainage_clamp: None,
        };
        assert_eq!(bench.outputs().clamps, closed(1, first), "{name}");
        bench.ask(close(Clamp::Return));
        assert_eq!(bench.outputs().clamps, closed(2, first), "{name}: asked for again, it is a new demand");
        assert_eq!((bench.outputs().state, bench.outputs().pump_speed), (state, speed), "{name}");
        bench.clamps = ClampLinks::default();
        bench.run(1.0);
        assert_eq!(bench.outputs().clamps, closed(2, first), "{name}: what was asked stays asked");
        bench.restart(Boot::Resume(bench.outputs().resume()));
        bench.run(0.5);
        assert_eq!(bench.outputs().clamps, ClampDemands::default(), "{name}: a restart moves no clamp");
    }
    assert_eq!([0.0, 1.0], ClampPosition::ALL.map(ClampPosition::value));
}

#[test]
fn without_alarms_lamp_and_sounder_are_told_so_in_every_tick() {
    let mut bench = Bench::new(ROTAFLOW);
    bench.watch(0.5, |bench| {
        assert_eq!(
            (bench.outputs().alarm_lamp, bench.outputs().alarm_sound),
            (Annunciation::None, Annunciation::None)
        );
    });
    assert_eq!(Annunciation::ALL.map(Annunciation::value), [0.0, 1.0, 2.0, 3.0]);
}
