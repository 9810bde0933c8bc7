// SPDX-License-Identifier: MIT OR Apache-2.0
//! What keys at the pump's host did while the core was away stays, in Speed mode, without a bump.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_cmp)] // helpers of tests are tests

mod bench;

use bench::Bench;
use ecmod_control::{Boot, Mode, PumpLink, PumpPreset, Request, State, TransitionCause};
use ecmod_quantities::Rpm;

const ROTAFLOW: PumpPreset = PumpPreset::RotaflowLike;

fn stays_at(bench: &mut Bench, held: f64) {
    bench.watch(30.0, |bench| assert_eq!(bench.demand(), held));
    let outputs = bench.outputs();
    assert_eq!((outputs.state, outputs.speed_setpoint), (State::Support(Mode::Speed), Rpm(held)));
    assert_eq!(outputs.transition.cause, TransitionCause::LocalControl);
}

#[test]
fn a_core_that_comes_back_goes_on_where_the_keys_left_the_pump_in_speed_mode() {
    for mode in Mode::ALL {
        let mut bench = Bench::at_flow(ROTAFLOW, 3.0);
        bench.ask(Request::SetMode(mode));
        bench.run(20.0);
        let held = bench.demand().round() + 200.0;
        let resume = bench.outputs().resume();
        bench.restart(Boot::Resume(resume));
        bench.link = PumpLink::Absent;
        bench.run(0.2);
        bench.link = PumpLink::Present { held: Some(Rpm(held)), local: true };
        stays_at(&mut bench, held);
    }
}

#[test]
fn so_does_one_that_had_forgotten_everything_and_one_that_only_stood_still() {
    let mut cold = Bench::at_speed(ROTAFLOW, 3000.0);
    cold.restart(Boot::Cold);
    cold.link = PumpLink::Present { held: Some(Rpm(3100.0)), local: true };
    stays_at(&mut cold, 3100.0);

    let mut asleep = Bench::at_flow(ROTAFLOW, 3.0);
    asleep.run(20.0);
    asleep.gap(30_000);
    asleep.link = PumpLink::Present { held: Some(Rpm(2800.0)), local: true };
    stays_at(&mut asleep, 2800.0);
}

#[test]
fn it_is_taken_note_of_once_and_then_the_operator_decides() {
    let mut bench = Bench::at_flow(ROTAFLOW, 3.0);
    bench.restart(Boot::Cold);
    bench.link = PumpLink::Present { held: Some(Rpm(3100.0)), local: true };
    bench.run(1.0);
    bench.ask(Request::SetSpeed(Rpm(3300.0)));
    bench.run(20.0);
    assert_eq!(bench.demand(), 3300.0);
}
