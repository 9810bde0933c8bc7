// SPDX-License-Identifier: MIT OR Apache-2.0
use super::*;

/// As it is when this can be seen, and as it is when it cannot be true.
fn sights(what: What) -> (Sight, Sight) {
    let none = Sight::default();
    let flow = |flow| Sight { flow: Some(LitresPerMinute(flow)), ..none };
    let speed = |speed| Sight { speed: Some(Rpm(speed)), ..none };
    let gas = |flow| Sight { sweep_gas: Some(GasLitresPerMinute(flow)), ..none };
    let returning = |seen| Sight { return_clamp: Some(seen), ..none };
    let drainage = |seen| Sight { drainage_clamp: Some(seen), ..none };
    match what {
        What::FlowNearZero => (flow(-0.1), flow(-0.11)),
        What::FlowAbove => (flow(0.5), flow(0.49)),
        What::PumpStands => (speed(50.0), speed(51.0)),
        What::PumpTurns => (speed(500.0), speed(499.0)),
        What::ReturnClampClosed => (returning(ClampSeen::Closed), returning(ClampSeen::Between)),
        What::ReturnClampOpen => (returning(ClampSeen::Open), returning(ClampSeen::Between)),
        What::DrainageClampClosed => (drainage(ClampSeen::Closed), drainage(ClampSeen::Open)),
        What::DrainageClampOpen => (drainage(ClampSeen::Open), drainage(ClampSeen::Closed)),
        What::SweepGasOff => (gas(0.1), gas(0.2)),
        What::SweepGasFlows => (gas(0.3), gas(0.2)),
        What::BatteryAbove => {
            (Sight { battery: Some(Fraction(90.0)), ..none }, Sight { battery: Some(Fraction(89.0)), ..none })
        }
        What::MainsPresent => (Sight { mains: Some(true), ..none }, Sight { mains: Some(false), ..none }),
        What::SelfTestPassed => {
            (Sight { self_test: Some(true), ..none }, Sight { self_test: Some(false), ..none })
        }
        What::PressuresZeroed => {
            (Sight { zeroed: Some(true), ..none }, Sight { zeroed: Some(false), ..none })
        }
        What::TransportAnnounced => {
            (Sight { transport: Some(true), ..none }, Sight { transport: Some(false), ..none })
        }
        What::NoHighAlarm => {
            (Sight { high_alarm: Some(false), ..none }, Sight { high_alarm: Some(true), ..none })
        }
    }
}

#[test]
fn each_is_seen_when_it_is_so_not_when_it_is_not_and_unknown_without_its_signal() {
    for what in What::ALL {
        let check = Check::usual(what);
        let (so, not_so) = sights(what);
        let name = what.name();
        assert_eq!(check.seen(&so), Seen::Yes, "{name}");
        assert_eq!(check.seen(&not_so), Seen::No, "{name}");
        assert_eq!(check.seen(&Sight::default()), Seen::Unknown, "{name}");
    }
}

#[test]
fn what_is_no_number_is_never_seen_to_be_so() {
    let nan = Sight {
        flow: Some(LitresPerMinute(f64::NAN)),
        speed: Some(Rpm(f64::NAN)),
        sweep_gas: Some(GasLitresPerMinute(f64::NAN)),
        battery: Some(Fraction(f64::NAN)),
        ..Sight::default()
    };
    for what in What::ALL.into_iter().filter(|what| what.threshold().is_some()) {
        assert_eq!(Check::usual(what).seen(&nan), Seen::No, "{}", what.name());
    }
}

#[test]
fn names_go_there_and_back_and_thresholds_stay_in_their_range() {
    for what in What::ALL {
        assert_eq!(What::from_name(what.name()), Some(what));
        match what.threshold() {
            None => assert_eq!(Check::with(what, 3.0), Check::usual(what)),
            Some((usual, lowest, highest)) => {
                assert!((lowest..=highest).contains(&usual), "{}", what.name());
                assert_eq!(Check::with(what, -1.0).threshold(), Some(lowest));
                assert_eq!(Check::with(what, 1e9).threshold(), Some(highest));
            }
        }
    }
    assert_eq!(What::from_name("flow"), None);
}
