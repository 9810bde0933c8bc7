// SPDX-License-Identifier: MIT OR Apache-2.0
//! A bench in each state that the tables of requests and of events have a row for.

use super::Bench;
use ecmod_control::{Boot, Mode, PumpLink, PumpPreset, Request, Resume, StopState};
use ecmod_quantities::{LitresPerMinute, Rpm};

/// A bench in the state that a row names.
pub fn in_state(row: &str) -> Bench {
    let preset = PumpPreset::RotaflowLike;
    let mut bench = match row {
        "standby_unlinked" | "standby_idle" | "awaiting" => Bench::new(preset),
        _ => Bench::at_flow(preset, 3.0),
    };
    let absent = |bench: &mut Bench| {
        bench.link = PumpLink::Absent;
        bench.run(0.1);
    };
    let stop = |bench: &mut Bench| {
        bench.ask(Request::RequestStop);
        let StopState::Pending { token, .. } = bench.outputs().stop else { panic!("not pending") };
        bench.ask(Request::ConfirmStop { token });
    };
    match row {
        "standby_unlinked" => absent(&mut bench),
        "standby_idle" | "flow" => {}
        "standby_stopped" => {
            stop(&mut bench);
            bench.run(30.0);
        }
        "awaiting" => {
            let (speed, flow) = (Rpm(3000.0), LitresPerMinute(3.0));
            bench.restart(Boot::Resume(Resume { flow, supporting: true, ..Resume::at(Mode::Speed, speed) }));
            absent(&mut bench);
        }
        "speed" => bench.ask(Request::SetMode(Mode::Speed)),
        "zero" => bench.ask(Request::SetMode(Mode::ZeroFlow)),
        "pending" => bench.ask(Request::RequestStop),
        "lost" => absent(&mut bench),
        "lost_pending" => {
            bench.ask(Request::RequestStop);
            absent(&mut bench);
        }
        "stopping" => {
            stop(&mut bench);
            bench.run(1.0);
        }
        _ => panic!("no state {row}"),
    }
    bench
}
