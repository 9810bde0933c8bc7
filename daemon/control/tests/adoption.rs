// SPDX-License-Identifier: MIT OR Apache-2.0
//! The case of another console: taken up in standby only, whole or not at all, and nothing moves by it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_cmp)] // helpers of tests are tests

#[allow(clippy::cast_precision_loss)]
mod bench;
mod panel;

use ecmod_control::{
    Adoption, AlarmKind, AlarmSet, Boot, Core, EstimatorMemory, Inputs, LimitKind, Limits, Mode, Outputs,
    PatientClass, PumpLink, PumpPreset, Refusal, Request, Settings, State,
};
use ecmod_quantities::{LitresPerMinute, Monotonic, Rpm};
use panel::Panel;

fn case() -> Adoption {
    let mut limits = Limits::preset(PatientClass::Neonate);
    limits.set(LimitKind::FlowLow, 0.2).unwrap();
    Adoption {
        mode: Mode::Flow,
        speed: Rpm(2750.0),
        flow: LitresPerMinute(0.6),
        class: PatientClass::Neonate,
        limits,
        off: AlarmSet::NONE.with(AlarmKind::Suction),
        transport: true,
        learnt: EstimatorMemory { zero_flow_speed: None, membrane_baseline: Some(11.0) },
    }
}

fn standby(settings: Settings) -> Core {
    let mut core = Core::new(settings, Boot::Cold).unwrap();
    let pump = PumpLink::Present { held: None, local: false };
    core.tick(&Inputs { pump, ..Inputs::NOTHING }, Monotonic(1_000_000_000));
    core
}

fn ask(core: &mut Core, case: Adoption) -> Result<Outputs, Refusal> {
    core.request(Request::Adopt(case), Monotonic(1_001_000_000)).map(|()| *core.outputs())
}

#[test]
fn in_standby_mode_setpoints_limits_and_choices_are_taken_up_and_nothing_is_started() {
    let mut core = standby(Settings::for_pump(PumpPreset::RotaflowLike));
    let out = ask(&mut core, case()).unwrap();
    assert_eq!((out.state, out.pump_speed, out.sweep_gas_flow), (State::Standby, None, None));
    assert_eq!(
        (out.mode, out.speed_setpoint, out.flow_setpoint),
        (Mode::Flow, Rpm(2750.0), LitresPerMinute(0.6))
    );
    assert_eq!((out.class, out.limits), (PatientClass::Neonate, case().limits));
    assert!(out.alarms.off.has(AlarmKind::Suction) && out.alarms.transport);
    assert_eq!(out.estimator_memory.membrane_baseline, Some(11.0));
}

#[test]
fn a_case_that_does_not_fit_this_console_changes_nothing() {
    let mut slow = Settings::for_pump(PumpPreset::RotaflowLike);
    slow.speed.maximum = Rpm(2500.0);
    slow.flow.maximum = LitresPerMinute(0.5);
    let mut crossed = case();
    crossed.limits.put(LimitKind::VenousPressureVeryLow, Some(-40.0));
    let cases = vec![
        (slow, case()),
        (slow, Adoption { speed: Rpm(2000.0), ..case() }),
        (Settings::for_pump(PumpPreset::RotaflowLike), Adoption { speed: Rpm(f64::NAN), ..case() }),
        (Settings::for_pump(PumpPreset::RotaflowLike), crossed),
        (
            Settings::for_pump(PumpPreset::RotaflowLike),
            Adoption { off: AlarmSet::NONE.with(AlarmKind::PumpStop), ..case() },
        ),
    ];
    let codes = cases.into_iter().map(|(settings, case)| {
        let mut core = standby(settings);
        let before = *core.outputs();
        let refusal = ask(&mut core, case).unwrap_err();
        assert_eq!(*core.outputs(), before, "{refusal}");
        refusal.code()
    });
    let codes: Vec<_> = codes.map(|code| code.trim_start_matches("ecmod.refused.")).collect();
    assert_eq!(codes, ["out_of_range", "out_of_range", "not_finite", "limits_cross", "alarm_stays_on"]);
}

#[test]
fn a_case_is_never_taken_up_while_one_runs() {
    let mut panel = Panel::supporting();
    let before = *panel.outputs();
    assert_eq!(panel.try_ask(Request::Adopt(case())), Err(Refusal::NotInThisState(before.state)));
    assert_eq!(*panel.outputs(), before);
}

#[test]
fn a_limit_that_this_console_has_switched_off_stays_off() {
    let mut settings = Settings::for_pump(PumpPreset::RotaflowLike);
    for preset in &mut settings.alarms.presets {
        preset.put(LimitKind::SuctionChatter, None);
    }
    let mut core = standby(settings);
    let out = ask(&mut core, case()).unwrap();
    assert_eq!(out.limits.get(LimitKind::SuctionChatter), None);
}
