// SPDX-License-Identifier: MIT OR Apache-2.0
//! The circuit against solved operating points, and its dynamics.

use super::*;

const MS: f64 = 0.001;

fn run(circuit: &mut Circuit, seconds: f64, rpm: f64) -> Signals {
    let drives = Drives { motor: MotorDemand::Run(Rpm(rpm)), sweep_gas: GasLitresPerMinute(3.0) };
    let mut left = seconds;
    while left > 0.0 {
        circuit.step(MS, drives);
        left -= MS;
    }
    circuit.signals()
}

fn steady(settings: Settings, rpm: f64) -> Signals {
    run(&mut Circuit::new(settings), 15.0, rpm)
}

/// Domain physics 4.3: flow, Pven, Pint, Part. 5 % of the stated value, or 2 mmHg where 5 % would be less (the
/// table gives whole mmHg). The table's VV rows are solved with 10 mmHg at both ends, as their own numbers show
/// (Pven + 5.1 Q^1.8 = 10), so the test sets 10; at the 8 mmHg of our preset every VV pressure lies 2 mmHg lower.
#[test]
fn every_solved_operating_point_is_met_within_five_percent() {
    use PumpPreset::{CentrimagLike, Dp3Like, RotaflowLike};
    let table: [(PumpPreset, f64, [f64; 4], [f64; 4]); 8] = [
        (RotaflowLike, 2500.0, [2.18, -20.0, 152.0, 133.0], [3.52, -39.0, 107.0, 74.0]),
        (RotaflowLike, 3000.0, [3.00, -41.0, 201.0, 174.0], [4.40, -63.0, 147.0, 103.0]),
        (RotaflowLike, 3500.0, [3.80, -67.0, 259.0, 222.0], [5.31, -93.0, 193.0, 136.0]),
        (RotaflowLike, 4000.0, [4.59, -98.0, 325.0, 278.0], [6.22, -127.0, 245.0, 174.0]),
        (CentrimagLike, 3500.0, [3.18, -47.0, 214.0, 184.0], [4.70, -73.0, 161.0, 113.0]),
        (CentrimagLike, 4000.0, [3.89, -71.0, 266.0, 229.0], [5.52, -100.0, 204.0, 144.0]),
        (Dp3Like, 6000.0, [2.42, -25.0, 165.0, 144.0], [3.74, -45.0, 117.0, 81.0]),
        (Dp3Like, 7000.0, [3.15, -46.0, 212.0, 183.0], [4.55, -68.0, 154.0, 108.0]),
    ];
    for (pump, rpm, va, vv) in table {
        let mut of_table = Settings::vv(pump);
        of_table.patient.venous = MmHg(10.0);
        for (settings, expected) in [(Settings::va(pump), va), (of_table, vv)] {
            let s = steady(settings, rpm);
            let found = [s.flow.value(), s.venous.value(), s.pre_membrane.value(), s.arterial.value()];
            for (index, (found, expected)) in found.into_iter().zip(expected).enumerate() {
                let tolerance = if index == 0 { 0.0 } else { 2.0_f64 }.max(expected.abs() * 0.05);
                assert!(
                    (found - expected).abs() <= tolerance,
                    "{pump:?} {rpm} rpm {:?} column {index}: {found:.2}, expected {expected}",
                    settings.patient.support
                );
            }
        }
    }
}

#[test]
fn flow_gain_is_that_of_the_literature() {
    for (pump, low, high, range) in [
        (PumpPreset::RotaflowLike, 3000.0, 3500.0, 1.4..=1.9),
        (PumpPreset::CentrimagLike, 3500.0, 4000.0, 1.4..=1.9),
        (PumpPreset::Dp3Like, 6000.0, 7000.0, 0.7..=0.85),
    ] {
        for settings in [Settings::va(pump), Settings::vv(pump)] {
            let gain =
                (steady(settings, high).flow - steady(settings, low).flow).value() * 1000.0 / (high - low);
            assert!(range.contains(&gain), "{pump:?}: {gain} mL/min per rpm");
        }
    }
}

#[test]
fn a_speed_step_settles_without_ringing_within_a_second() {
    let mut circuit = Circuit::new(Settings::va(PumpPreset::RotaflowLike));
    run(&mut circuit, 10.0, 3000.0);
    let end = steady(Settings::va(PumpPreset::RotaflowLike), 3300.0).flow.value();
    let mut peak: f64 = 0.0;
    for _ in 0..1000 {
        peak = peak.max(run(&mut circuit, MS, 3300.0).flow.value());
    }
    assert!(peak < end + 0.02 && (circuit.signals().flow.value() - end).abs() < 0.01, "{peak} {end}");
}

#[test]
fn halving_the_step_changes_little() {
    let trace = |steps: u32| {
        let dt = 0.05 / f64::from(steps);
        let mut circuit = Circuit::new(Settings::va(PumpPreset::RotaflowLike));
        let mut flows = Vec::new();
        for _ in 0..100 {
            for _ in 0..steps {
                circuit.step(
                    dt,
                    Drives { motor: MotorDemand::Run(Rpm(3500.0)), sweep_gas: GasLitresPerMinute(0.0) },
                );
            }
            flows.push(circuit.signals().flow.value());
        }
        flows
    };
    let worst = trace(50).iter().zip(trace(100)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(worst < 0.03, "{worst} L/min");
}

#[test]
fn a_standing_pump_without_clamp_bleeds_backwards_in_va_and_the_perfusionists_clamp_prevents_it() {
    let open = Settings { clamp: HandClamp::Open, ..Settings::va(PumpPreset::RotaflowLike) };
    assert!(steady(open, 0.0).flow.value() < -1.0);
    let kept = steady(Settings::va(PumpPreset::RotaflowLike), 0.0).flow.value();
    assert!(kept.abs() < 0.02, "{kept}");
}

#[test]
fn backflow_ends_when_the_pump_is_turned_up_again() {
    let open = Settings { clamp: HandClamp::Open, ..Settings::va(PumpPreset::RotaflowLike) };
    let mut circuit = Circuit::new(open);
    assert!(run(&mut circuit, 5.0, 1000.0).flow.value() < -0.3);
    assert!((run(&mut circuit, 10.0, 3000.0).flow.value() - 3.0).abs() < 0.15);
}

#[test]
fn occluded_drainage_pulls_venous_pressure_down_and_stops_flow() {
    let mut circuit = Circuit::new(Settings::va(PumpPreset::RotaflowLike));
    run(&mut circuit, 10.0, 3500.0);
    circuit.set_condition(Condition { occluded_drainage: 1.0, ..Condition::default() });
    let signals = run(&mut circuit, 3.0, 3500.0);
    assert!(signals.flow.value() < 0.05 && signals.venous.value() < -200.0, "{signals:?}");
}

#[test]
fn occluded_return_drives_arterial_pressure_to_shutoff_and_stops_flow() {
    let mut circuit = Circuit::new(Settings::va(PumpPreset::RotaflowLike));
    run(&mut circuit, 10.0, 3500.0);
    circuit.set_condition(Condition { occluded_return: 1.0, ..Condition::default() });
    let signals = run(&mut circuit, 5.0, 3500.0);
    assert!(signals.flow.value() < 0.05 && signals.arterial.value() > 350.0, "{signals:?}");
}

#[test]
fn clot_raises_the_membranes_pressure_drop_by_its_law() {
    let settings = Settings::va(PumpPreset::RotaflowLike);
    let resistance = |clot: f64| {
        let mut circuit = Circuit::new(settings);
        circuit.set_condition(Condition { clot, ..Condition::default() });
        let s = run(&mut circuit, 15.0, 3500.0);
        let q = s.flow.value();
        (s.pre_membrane - s.arterial).value() / (7.0 * q + 0.7 * q * q)
    };
    assert!((resistance(0.0) - 1.0).abs() < 0.01);
    assert!((resistance(0.5) - 4.0).abs() < 0.05);
}

#[test]
fn a_return_line_that_comes_off_loses_arterial_pressure() {
    let mut circuit = Circuit::new(Settings::va(PumpPreset::RotaflowLike));
    run(&mut circuit, 10.0, 3500.0);
    circuit.set_condition(Condition { disconnected: Some(Site::Return), ..Condition::default() });
    let signals = run(&mut circuit, 3.0, 3500.0);
    assert!(signals.arterial.value() < 60.0 && signals.flow.value() > 4.5, "{signals:?}");
    circuit.set_condition(Condition { disconnected: Some(Site::Drainage), ..Condition::default() });
    assert!(run(&mut circuit, 3.0, 3500.0).flow.value() < 0.5);
}

/// Flow crossings of its own mean, per second and per direction; peak to peak; mean.
fn chatter(venous_return: f64, rpm: f64) -> (f64, f64, f64) {
    let mut circuit = Circuit::new(Settings::va(PumpPreset::RotaflowLike));
    run(&mut circuit, 10.0, 3000.0);
    circuit.patient_mut().venous_return = LitresPerMinute(venous_return);
    run(&mut circuit, 10.0, rpm);
    let flows: Vec<f64> = (0..10_000).map(|_| run(&mut circuit, MS, rpm).flow.value()).collect();
    let mean = flows.iter().sum::<f64>() / 10_000.0;
    let rises = flows.windows(2).filter(|w| w[0] < mean && w[1] >= mean).count();
    let (low, high) = flows.iter().fold((f64::MAX, f64::MIN), |(l, h), &q| (l.min(q), h.max(q)));
    (rises as f64 / 10.0, high - low, mean)
}

#[test]
fn a_dry_vein_chatters_at_one_to_five_hertz() {
    let (frequency, swing, mean) = chatter(2.5, 3800.0);
    assert!((1.0..=5.0).contains(&frequency), "{frequency} Hz, swing {swing}, mean {mean}");
    assert!(swing > 0.5, "{frequency} Hz, swing {swing}, mean {mean}");
}

#[test]
fn in_suction_more_speed_does_not_give_more_flow() {
    let (_, _, slow) = chatter(2.5, 3400.0);
    let (_, _, fast) = chatter(2.5, 4200.0);
    // 800 rpm more: under a tenth of what they give in a filled vein.
    assert!(fast < slow + 0.1, "{slow} then {fast}");
    assert!(fast < 2.8);
}

#[test]
fn blood_warms_to_the_heat_exchanger_and_sweep_gas_follows_its_setpoint() {
    let mut circuit = Circuit::new(Settings::va(PumpPreset::RotaflowLike));
    let signals = run(&mut circuit, 120.0, 3500.0);
    assert!((signals.arterial_temperature.value() - 37.0).abs() < 0.3, "{signals:?}");
    assert!((signals.sweep_gas.value() - 3.0).abs() < 0.01);
}
