// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything that happens to the pump and its host by itself, in every state, as a table. What operators ask for in every
//! state stands in `requests`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_cmp)] // helpers of tests are tests

mod bench;

use bench::states::in_state;
use bench::{Bench, FLOW, ROLES};
use ecmod_control::{Mode, PumpLink, State, StopState};
use ecmod_quantities::{Cause, Rpm};

/// What can happen. Every variant is a column: the table below has a cell for each.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Event {
    /// Nothing, for a tick.
    Tick,
    /// The host is gone.
    HostLost,
    /// The host is there and knows of no demand; before, it is away for a moment if it was there.
    HostBack,
    /// It comes back and holds the speed that was demanded last.
    HostHolds,
    /// It comes back, and its keys have set another speed.
    Keys,
    /// The flow is not known for two seconds.
    FlowLost,
    /// Eleven seconds pass: what was asked for once has expired.
    Waiting,
    /// A minute passes.
    Minute,
}

const EVENTS: [Event; 8] = [
    Event::Tick,
    Event::HostLost,
    Event::HostBack,
    Event::HostHolds,
    Event::Keys,
    Event::FlowLost,
    Event::Waiting,
    Event::Minute,
];

/// The state after it (`+`: with a stop pending, `!`: the host is away).
const TABLE: &str = "
                    tick      lost      back      holds     keys      no_flow   waiting   minute
standby_unlinked    standby!  standby!  standby   speed     speed     standby!  standby!  standby!
standby_idle        standby   standby!  standby   speed     speed     standby   standby   standby
standby_stopped     standby   standby!  standby   stopping  speed     standby   standby   standby
awaiting            speed!    speed!    speed     speed     speed     speed!    speed!    speed!
speed               speed     speed!    speed     speed     speed     speed     speed     speed
flow                flow      flow!     flow      flow      speed     flow      flow      flow
zero                zero      zero!     zero      zero      speed     zero      zero      zero
pending             flow+     flow!+    flow+     flow+     speed+    flow+     flow      flow
lost                flow!     flow!     flow      flow      speed     flow!     flow!     flow!
lost_pending        flow!+    flow!+    flow+     flow+     speed+    flow!+    flow!     flow!
stopping            stopping  stopping! stopping  stopping  speed     stopping  standby   standby
";

fn happen(bench: &mut Bench, event: Event) {
    let back = |bench: &mut Bench, held: Option<f64>, local: bool| {
        bench.link = PumpLink::Absent;
        bench.run(0.05);
        bench.link = PumpLink::Present { held: held.map(Rpm), local };
        bench.run(0.2);
    };
    match event {
        Event::Tick => bench.run(0.01),
        Event::HostLost => {
            bench.link = PumpLink::Absent;
            bench.run(0.05);
        }
        Event::HostBack => back(bench, None, false),
        Event::HostHolds => {
            let held = bench.outputs().pump_speed.map_or(3000.0, Rpm::value).max(2000.0);
            back(bench, Some(held), false);
        }
        Event::Keys => back(bench, Some(2500.0), true),
        Event::FlowLost => {
            bench.faults[FLOW] = Some(Some(Cause::SignalLost));
            bench.run(2.0);
        }
        Event::Waiting => bench.run(11.0),
        Event::Minute => bench.run(60.0),
    }
}

fn shown(bench: &Bench) -> String {
    let out = bench.outputs();
    let state = match (out.state, out.stop) {
        (State::Standby, _) => "standby",
        (State::Support(_), StopState::Ramping) => "stopping",
        (State::Support(Mode::Speed), _) => "speed",
        (State::Support(Mode::Flow), _) => "flow",
        (State::Support(Mode::ZeroFlow), _) => "zero",
    };
    let away = if bench.link == PumpLink::Absent { "!" } else { "" };
    let pending = if matches!(out.stop, StopState::Pending { .. }) { "+" } else { "" };
    format!("{state}{away}{pending}")
}

#[test]
fn everything_that_happens_to_the_pump_in_every_state_does_what_the_table_says() {
    let rows = TABLE.lines().filter(|line| !line.trim().is_empty()).skip(1);
    assert_eq!(rows.clone().count(), 11);
    let mut wrong = Vec::new();
    for row in rows {
        let mut words = row.split_whitespace();
        let name = words.next().unwrap();
        let cells: Vec<_> = words.collect();
        assert_eq!(cells.len(), EVENTS.len(), "{name}");
        let begin = in_state(name);
        for (event, cell) in EVENTS.into_iter().zip(cells) {
            let mut bench = begin.clone();
            bench.faults = [None; ROLES.len()];
            let mut last = bench.outputs().pump_speed.map(Rpm::value);
            happen(&mut bench, event);
            let found = shown(&bench);
            if found != cell {
                wrong.push(format!("{event:?} in {name}: {found}, not {cell}"));
            }
            // Whatever it was: nothing stops a pump that supports, but the stop that was confirmed.
            let now = bench.outputs().pump_speed.map(Rpm::value);
            if name != "stopping" && name != "standby_stopped" && event != Event::Keys {
                let least = last.take().unwrap_or(0.0).min(1300.0);
                assert!(now.unwrap_or(0.0) >= least, "{event:?} in {name}: {now:?} rpm");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
