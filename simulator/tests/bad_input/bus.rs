// SPDX-License-Identifier: MIT OR Apache-2.0
//! Nonsense on D-Bus.

use super::steady::{Quiet, Room};
use super::stranger::{CONSOLE, Frames, Refusal, Said, Stranger};
use std::time::{Duration, Instant};
use zbus::wire::DynamicType;

const INVALID: &str = "org.ecmod.Error.InvalidArgument";
const REFUSED: &str = "org.ecmod.Error.Refused";
const WRONG_TYPE: &str = "org.freedesktop.DBus.Error.InvalidArgs";

/// One call that must be refused, and with what.
struct Case {
    what: String,
    refusal: Refusal,
    name: &'static str,
    /// All of these stand in the text.
    says: Vec<&'static str>,
}

/// Collects what calls are answered with.
struct Caller<'a>(&'a Stranger, Vec<Case>);

impl Caller<'_> {
    #[track_caller]
    fn call<B>(&mut self, method: &str, arguments: &B, name: &'static str, says: &[&'static str])
    where
        B: serde::Serialize + DynamicType + std::fmt::Debug,
    {
        let what: String = format!("{method} {arguments:?}").chars().take(60).collect();
        match self.0.call::<B, ()>(CONSOLE, method, arguments) {
            Ok(()) => panic!("{what} was accepted"),
            Err(refusal) => self.1.push(Case { what, refusal, name, says: says.to_vec() }),
        }
    }
}

/// Everything that is wrong while the console supports in Flow mode.
fn all_wrong_calls(stranger: &Stranger) -> Vec<Case> {
    let mut caller = Caller(stranger, Vec::new());
    for method in ["SetFlow", "SetSpeed", "SetSweepGasFlow"] {
        for value in [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            caller.call(method, &value, INVALID, &["finite"]);
        }
        caller.call(method, &"4.0", WRONG_TYPE, &[]);
        caller.call(method, &(4.0, 4.0), WRONG_TYPE, &[]);
        caller.call(method, &4_u32, WRONG_TYPE, &[]);
        caller.call(method, &(), WRONG_TYPE, &[]);
    }
    for value in [1e308, -1e308, -1.0, -f64::MIN_POSITIVE, 10_000.0] {
        caller.call("SetFlow", &value, REFUSED, &["L/min", "[ecmod.refused.out_of_range]"]);
        caller.call("SetSweepGasFlow", &value, REFUSED, &["L/min", "[ecmod.refused.out_of_range]"]);
        caller.call("SetSpeed", &value, REFUSED, &["[ecmod.refused."]);
    }
    caller.call("SetSpeed", &3000.0, REFUSED, &["mode", "[ecmod.refused.not_in_this_mode]"]);
    let huge = "flow".repeat(250_000);
    for mode in ["", "FLOW", "flow ", "zero-flow", "f\u{131}ow", &huge] {
        caller.call("SetMode", &mode, INVALID, &["speed, flow and zero_flow"]);
    }
    caller.call("SetMode", &3_u32, WRONG_TYPE, &[]);
    caller.call("ConfirmStop", &0_u32, REFUSED, &["[ecmod.refused.no_stop_requested]"]);
    caller.call("ConfirmStop", &u32::MAX, REFUSED, &["[ecmod.refused.no_stop_requested]"]);
    caller.call("ConfirmStop", &1.0, WRONG_TYPE, &[]);
    caller.call("CancelStop", &(), REFUSED, &["[ecmod.refused.no_stop_requested]"]);
    caller.call("Start", &(), REFUSED, &["[ecmod.refused.not_in_this_state]"]);
    caller.call("StopAtOnce", &(), "org.freedesktop.DBus.Error.UnknownMethod", &["StopAtOnce"]);
    caller.1
}

/// What a call may not change: all but what the loop itself changes.
fn settings(said: &Said) -> (String, String, f64, Option<f64>) {
    (said.state.clone(), said.mode.clone(), said.flow_setpoint, said.sweep_gas_setpoint)
}

#[test]
fn every_wrong_call_gets_a_clear_error_and_changes_nothing() {
    let room = Room::steady();
    let before = settings(&room.stranger.said().unwrap());
    for case in all_wrong_calls(&room.stranger) {
        let Case { what, refusal, name, says } = case;
        assert_eq!(refusal.name, name, "{what}: {refusal:?}");
        assert!(!refusal.text.is_empty() && refusal.text.len() < 400, "{what}: {refusal:?}");
        assert!(says.iter().all(|part| refusal.text.contains(part)), "{what}: {refusal:?}, not {says:?}");
    }
    // A token that is not the one of the request, and one that is given back.
    let (token, _): (u32, u64) = room.stranger.call(CONSOLE, "RequestStop", &()).unwrap();
    let wrong = room.stranger.call::<_, ()>(CONSOLE, "ConfirmStop", &token.wrapping_add(1)).unwrap_err();
    assert!(wrong.name == REFUSED && wrong.text.contains("[ecmod.refused.wrong_token]"), "{wrong:?}");
    room.stranger.call::<_, ()>(CONSOLE, "CancelStop", &()).unwrap();
    let late = room.stranger.call::<_, ()>(CONSOLE, "ConfirmStop", &token).unwrap_err();
    assert!(late.text.contains("[ecmod.refused.no_stop_requested]"), "{late:?}");

    let properties = (CONSOLE.0, "org.freedesktop.DBus.Properties");
    for property in ["FlowSetpoint", "State", "NoSuchProperty"] {
        let value = zbus::Variant::from(5.0);
        let set = room.stranger.call::<_, ()>(properties, "Set", &(CONSOLE.1, property, value)).unwrap_err();
        assert!(set.name.starts_with("org.freedesktop.DBus.Error."), "{property}: {set:?}");
    }
    for object in [("/org/ecmod/nothing", CONSOLE.1), (CONSOLE.0, "org.ecmod.Nothing1")] {
        let unknown = room.stranger.call::<_, ()>(object, "Start", &()).unwrap_err();
        assert!(unknown.name.starts_with("org.freedesktop.DBus.Error.Unknown"), "{unknown:?}");
    }
    let said = room.until_content();
    assert_eq!(settings(&said), before);
}

/// Callers of a burst, and how often each of them makes all wrong calls.
const CALLERS: usize = 4;
const ROUNDS: usize = 5;

#[test]
fn a_thousand_wrong_calls_at_once_disturb_neither_loop_nor_frames() {
    let room = Room::steady();
    let quiet = Quiet::learn(&room);
    let frames = Frames::follow(room.console.address());
    let before = room.stranger.said().unwrap();
    let began = Instant::now();
    let calls: usize = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                scope.spawn(|| {
                    let stranger = Stranger::join(room.console.address());
                    (0..ROUNDS).map(|_| all_wrong_calls(&stranger).len()).sum::<usize>()
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).sum()
    });
    let lasted = began.elapsed();
    assert!(calls >= 1000, "{calls}");
    let after = room.until_content();
    let (ticks, overruns) = (after.ticks - before.ticks, after.overruns - before.overruns);
    let frames = frames.take();
    println!(
        "{calls} calls in {:.1} s; {overruns} overruns in {ticks} ticks; {} frames",
        lasted.as_secs_f64(),
        frames.len()
    );
    assert_eq!(settings(&after), settings(&before));
    assert!(overruns * 50 <= ticks, "{overruns} overruns in {ticks} ticks");
    for pair in frames.windows(2) {
        assert_eq!(pair[1].sequence, pair[0].sequence + 1, "no frame is lost");
        let apart = Duration::from_nanos(pair[1].monotonic - pair[0].monotonic);
        assert!(apart < Duration::from_millis(500), "{apart:?} between two frames");
    }
    let expected = lasted.as_millis() / 100;
    assert!(frames.len() as u128 * 2 >= expected, "{} frames in {lasted:?}", frames.len());
    quiet.assert_kept(&room);
}
