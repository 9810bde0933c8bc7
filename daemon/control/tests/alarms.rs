// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is an alarm and what is none: one for each cause, none for what is wanted, and what keys and restarts do.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_cmp)] // helpers of tests are tests

#[allow(clippy::cast_precision_loss)]
mod bench;
mod panel;

use ecmod_control::{
    AlarmKind, AlarmPhase, Clamp, ClampPosition, DriverHealth, Fact, Mode, Priority, PumpLink, Request, Role,
    StopState,
};
use ecmod_quantities::{Cause, GasLitresPerMinute, LitresPerMinute, Rpm, Span};
use panel::Panel;

#[test]
fn during_support_with_everything_in_order_there_is_no_alarm() {
    for mode in Mode::ALL {
        let mut panel = Panel::supporting();
        panel.ask(Request::SetMode(mode));
        panel.watch(600.0, |panel| assert_eq!(panel.present(), "", "{}", mode.name()));
    }
}

#[test]
fn a_moment_without_the_preferred_sensor_is_no_alarm_and_one_that_stays_away_or_comes_and_goes_is() {
    let mut panel = Panel::with_second(Role::VenousTemperature, Role::ArterialTemperature);
    panel.run(10.0);
    let serves = |panel: &Panel| panel.outputs().active_source[Role::VenousTemperature as usize];
    for away in [0.02, 0.2, 0.9] {
        panel.fail(Role::VenousTemperature, Cause::Timeout);
        panel.run(away);
        assert_eq!(serves(&panel), Some(1), "the second sensor serves at once");
        panel.well();
        panel.watch(10.0, |panel| assert_eq!(panel.present(), "", "{away} s"));
        assert_eq!(serves(&panel), Some(0));
    }
    // A loose plug: away for a tenth of a second, every second.
    let began = panel.now();
    let mut told = None;
    for _ in 0..5 {
        panel.fail(Role::VenousTemperature, Cause::Timeout);
        panel.run(0.1);
        panel.well();
        panel.run(0.9);
        told = told.or_else(|| panel.find(AlarmKind::SensorRedundant).map(|_| panel.now().since(began)));
    }
    assert!(told.is_some_and(|after| after <= Span::from_secs(4)), "{told:?}");
    panel.run(10.0);
    assert_eq!(panel.present(), "");
    panel.silence(Role::VenousTemperature);
    assert!(panel.until(8.0, |panel| panel.find(AlarmKind::SensorRedundant).is_some()));
}

#[test]
fn in_standby_nothing_that_concerns_a_patient_is_an_alarm_and_technical_ones_are() {
    let mut panel = Panel::standby();
    let patient = [
        (Role::BloodFlow, -0.5),
        (Role::VenousPressure, -200.0),
        (Role::ArterialPressure, 500.0),
        (Role::ReturnBubble, 1.0),
        (Role::DrainageBubble, 1.0),
        (Role::LevelLow, 1.0),
        (Role::ArterialTemperature, 20.0),
        (Role::VenousSaturation, 40.0),
        (Role::SweepGasFlow, 0.0),
        (Role::GasSupplyPressure, 1.1),
    ];
    for (role, value) in patient {
        panel.set(role, value);
    }
    panel.watch(120.0, |panel| assert_eq!(panel.present(), ""));
    panel.set(Role::BatteryUsable, 0.0);
    panel.fail(Role::VenousPressure, Cause::Disconnected);
    panel.drivers[2] = DriverHealth::Faulted;
    panel.run(40.0);
    assert_eq!(panel.present(), "BATT_FAULT:medium DRIVER_FAULT:low SENSOR_BAD:low");
}

#[test]
fn while_the_hosts_arrive_after_a_start_nothing_is_missed_yet_and_afterwards_it_is() {
    let mut panel = Panel::empty();
    panel.link = PumpLink::Absent;
    panel.drivers = vec![DriverHealth::Absent; 3];
    for role in Role::KNOWN {
        panel.silence(role);
    }
    panel.watch(4.9, |panel| assert_eq!(panel.present(), ""));
    panel.run(3.0);
    // One for each port, and nothing for their signals.
    assert_eq!(panel.present(), "PUMP_LINK_LOST:medium HOST_LOST:medium");
}

#[test]
fn a_lost_host_is_one_alarm_and_its_signals_are_none() {
    let mut panel = Panel::supporting();
    panel.drivers[1] = DriverHealth::Absent;
    panel.drivers[2] = DriverHealth::Absent;
    for role in [Role::VenousPressure, Role::PreMembranePressure, Role::ArterialPressure, Role::Mains] {
        panel.fail(role, Cause::HostLost);
    }
    panel.watch(60.0, |panel| assert_eq!(panel.present(), "HOST_LOST:medium"));
    // It comes back, and the signals a little later.
    panel.drivers[1] = DriverHealth::Running;
    panel.drivers[2] = DriverHealth::Running;
    panel.watch(2.0, |panel| assert_eq!(panel.present(), "HOST_LOST:medium"));
    panel.well();
    panel.run(5.0);
    assert_eq!(panel.present(), "");
    assert_eq!(panel.announced(), 1);
}

#[test]
fn a_lost_pump_host_is_one_alarm_and_says_so_at_once() {
    let mut panel = Panel::supporting();
    panel.link = PumpLink::Absent;
    panel.drivers[0] = DriverHealth::Absent;
    panel.fail(Role::PumpSpeed, Cause::HostLost);
    panel.fail(Role::PumpLoad, Cause::HostLost);
    panel.run(0.02);
    assert_eq!(panel.present(), "PUMP_LINK_LOST:high");
    panel.watch(60.0, |panel| assert_eq!(panel.present(), "PUMP_LINK_LOST:high"));
}

#[test]
fn a_pump_host_that_stands_still_for_a_moment_is_no_alarm_and_one_that_does_it_again_and_again_is() {
    let still = PumpLink::Absent;
    let mut panel = Panel::supporting();
    let moves = panel.link;
    for _ in 0..5 {
        panel.link = still;
        panel.watch(0.14, |panel| assert_eq!(panel.present(), ""));
        panel.link = moves;
        panel.watch(2.0, |panel| assert_eq!(panel.present(), ""));
    }
    panel.link = still;
    panel.run(0.17);
    assert_eq!(panel.present(), "PUMP_LINK_LOST:high", "it has stood still for longer");
    let mut panel = Panel::supporting();
    for _ in 0..10 {
        panel.link = still;
        panel.run(0.03);
        panel.link = moves;
        panel.run(0.07);
    }
    assert_eq!(panel.present(), "PUMP_LINK_LOST:high", "each time for 30 ms beyond what the control bears");
}

#[test]
fn a_pump_host_that_was_away_for_a_moment_is_told_though_it_can_be_reached_again_and_is_no_second_alarm() {
    let mut panel = Panel::supporting();
    panel.drivers[0] = DriverHealth::Absent;
    panel.run(0.02);
    assert_eq!(panel.present(), "PUMP_LINK_LOST:high");
    panel.drivers[0] = DriverHealth::Running;
    panel.watch(60.0, |panel| assert_eq!(panel.present(), "PUMP_LINK_LOST:high"));
}

#[test]
fn a_speed_that_nobody_knows_is_a_stopped_pump_where_nothing_flows_and_not_at_zero_flow() {
    for (mode, stopped) in [(Mode::Speed, true), (Mode::ZeroFlow, false)] {
        let mut panel = Panel::supporting();
        panel.ask(Request::SetMode(mode));
        panel.set(Role::BloodFlow, 0.0);
        panel.run(60.0);
        panel.fail(Role::PumpSpeed, Cause::Timeout);
        panel.fail(Role::Tacho, Cause::Timeout);
        panel.run(3.0);
        assert_eq!(panel.present().contains("PUMP_STOP"), stopped, "{mode:?}: {}", panel.present());
    }
}

#[test]
fn a_pump_that_is_stopped_on_purpose_raises_nothing() {
    let mut panel = Panel::supporting();
    panel.set_clear_of_backflow();
    panel.ask(Request::RequestStop);
    let StopState::Pending { token, .. } = panel.outputs().stop else { panic!("not pending") };
    panel.ask(Request::ConfirmStop { token });
    panel.watch(120.0, |panel| assert_eq!(panel.present(), ""));
    assert_eq!(panel.announced(), 0);
}

#[test]
fn a_pump_that_stops_by_itself_is_known_within_a_second() {
    let mut panel = Panel::supporting();
    panel.stuck_rotor = true;
    let found = panel.until(1.5, |panel| panel.find(AlarmKind::PumpStop).is_some());
    assert!(found, "{}", panel.present());
    // The tacho alone is enough: the drive may lie.
    let mut panel = Panel::supporting();
    panel.set(Role::Tacho, 0.0);
    assert!(panel.until(0.6, |panel| panel.find(AlarmKind::PumpStop).is_some()));
    assert_eq!(panel.find(AlarmKind::PumpStop).unwrap().cause.word, "tacho");
}

#[test]
fn an_occlusion_is_shown_before_the_low_flow_that_it_causes() {
    let mut panel = Panel::supporting();
    panel.plant.returning = 200.0;
    panel.run(15.0);
    let kinds: Vec<_> = panel.outputs().alarms.iter().map(|status| status.alarm.kind).collect();
    let place = |kind| kinds.iter().position(|other| *other == kind).unwrap();
    assert!(place(AlarmKind::OcclusionDownstream) < place(AlarmKind::FlowLow), "{kinds:?}");
    let low = panel.find(AlarmKind::FlowLow).unwrap();
    assert_eq!(low.caused_by, Some(AlarmKind::OcclusionDownstream));
}

#[test]
fn a_clamp_that_moves_as_demanded_raises_no_mismatch_and_one_that_closes_names_itself() {
    let mut panel = Panel::supporting();
    panel.ask(Request::SetClamp { clamp: Clamp::Return, position: ClampPosition::Closed });
    panel.set(Role::ReturnClampPosition, 2.0);
    panel.run(0.3);
    panel.set(Role::ReturnClampPosition, 1.0);
    panel.plant.returning = 200.0;
    panel.run(5.0);
    assert!(panel.find(AlarmKind::ClampMismatch).is_none(), "{}", panel.present());
    let occlusion = panel.find(AlarmKind::OcclusionDownstream).unwrap();
    assert_eq!(occlusion.cause.word, "return_clamp_closed");
}

#[test]
fn pulses_of_a_detector_without_air_are_one_alarm_and_not_one_for_each() {
    for (detector, kind) in
        [(Role::ReturnBubble, AlarmKind::BubbleUnconfirmed), (Role::DrainageBubble, AlarmKind::BubbleVenous)]
    {
        let mut panel = Panel::supporting();
        for _ in 0..30 {
            panel.set(detector, 1.0);
            panel.run(0.5);
            panel.set(detector, 0.0);
            panel.run(59.5);
        }
        let status = *panel.find(kind).unwrap();
        assert_eq!((status.priority, status.occurrences), (Priority::Medium, 30));
        assert_eq!(panel.announced(), 1, "{}", panel.present());
        panel.run(130.0);
        let phase = panel.find(kind).map(|status| status.phase);
        let expected = kind.definition().latching.then_some(AlarmPhase::Latched);
        assert_eq!(phase, expected);
    }
}

#[test]
fn a_value_that_hovers_about_its_limit_is_one_alarm() {
    let mut panel = Panel::supporting();
    for step in 0..600u32 {
        panel.set(Role::ArterialTemperature, if step.is_multiple_of(2) { 38.05 } else { 37.95 });
        panel.run(0.5);
    }
    assert_eq!(panel.find(AlarmKind::TemperatureHigh).unwrap().occurrences, 1);
    assert_eq!(panel.announced(), 1);
}

#[test]
fn priorities_go_with_mode_limit_and_transport() {
    let mut panel = Panel::supporting();
    panel.ask(Request::SetMode(Mode::Flow));
    panel.fail(Role::BloodFlow, Cause::SignalLost);
    panel.set(Role::ArterialPressure, 330.0);
    panel.set(Role::Mains, 0.0);
    panel.run(4.0);
    assert_eq!(panel.find(AlarmKind::FlowSensorBad).unwrap().priority, Priority::High);
    assert_eq!(panel.find(AlarmKind::MainsLost).unwrap().priority, Priority::Medium);
    let announced = panel.announced();
    panel.ask(Request::Acknowledge(None));
    panel.ask(Request::SetTransport(true));
    panel.set(Role::ArterialPressure, 420.0);
    panel.run(10.0);
    assert_eq!(panel.find(AlarmKind::MainsLost).unwrap().priority, Priority::Low);
    let part = *panel.find(AlarmKind::ArterialPressureHigh).unwrap();
    assert_eq!((part.priority, part.acknowledged), (Priority::High, false), "a raised priority is heard");
    assert!(panel.announced() > announced);
}

#[test]
fn after_a_failed_self_test_no_new_case_begins_and_a_running_one_goes_on() {
    let mut panel = Panel::standby();
    panel.fact(Fact::SelfTestFailed, ());
    panel.run(1.0);
    assert_eq!(panel.find(AlarmKind::SelfTestFailed).unwrap().priority, Priority::High);
    assert_eq!(panel.try_ask(Request::Start), Err(ecmod_control::Refusal::SelfTestFailed));
    panel.fact(Fact::SelfTestOverridden, ());
    panel.run(0.1);
    panel.ask(Request::Start);
    let mut running = Panel::supporting();
    running.fact(Fact::SelfTestFailed, ());
    running.run(10.0);
    assert_eq!(running.outputs().pump_speed, Some(Rpm(3500.0)));
}

#[test]
fn keys_pause_acknowledge_and_override_without_any_screen() {
    let mut panel = Panel::supporting();
    panel.set(Role::LevelLow, 1.0);
    panel.run(2.0);
    let press = |panel: &mut Panel, key| {
        panel.set(key, 1.0);
        panel.run(0.3);
        panel.set(key, 0.0);
        panel.run(0.3);
    };
    press(&mut panel, Role::KeyMute);
    let paused = panel.outputs().alarms.audio;
    assert!(matches!(paused, ecmod_control::AudioState::Paused { .. }), "{paused:?}");
    press(&mut panel, Role::KeyConfirm);
    assert!(panel.find(AlarmKind::LevelLow).unwrap().acknowledged);
    press(&mut panel, Role::KeyOverride);
    assert!(panel.find(AlarmKind::InterventionOverridden).is_some(), "{}", panel.present());
}

#[test]
fn keys_at_the_pump_that_changed_the_speed_make_speed_mode_at_that_speed() {
    let mut panel = Panel::supporting();
    panel.ask(Request::SetMode(Mode::Flow));
    panel.ask(Request::SetFlow(LitresPerMinute(4.5)));
    panel.run(5.0);
    panel.link = PumpLink::Absent;
    panel.run(5.0);
    panel.link = PumpLink::Present { held: Some(Rpm(2900.0)), local: true };
    panel.run(0.02);
    let out = *panel.outputs();
    assert_eq!((out.mode, out.pump_speed, out.speed_setpoint), (Mode::Speed, Some(Rpm(2900.0)), Rpm(2900.0)));
    assert!(out.alarms.is_active(AlarmKind::LocalControl));
    panel.run(30.0);
    assert_eq!(panel.outputs().pump_speed, Some(Rpm(2900.0)));
    assert_eq!(panel.find(AlarmKind::LocalControl).unwrap().phase, AlarmPhase::Latched);
}

#[test]
fn a_row_whose_signal_is_not_configured_is_not_evaluated() {
    let mut panel = Panel::with(&[Role::PumpSpeed, Role::BloodFlow]);
    panel.run(1.0);
    panel.ask(Request::SetSpeed(Rpm(3500.0)));
    panel.ask(Request::Start);
    panel.watch(300.0, |panel| assert_eq!(panel.present(), ""));
}

#[test]
fn shorter_delays_are_shorter_and_a_gas_that_is_set_to_nothing_is_no_loss() {
    let mut panel = Panel::supporting();
    panel.ask(Request::SetSweepGasFlow(GasLitresPerMinute(0.0)));
    panel.set(Role::SweepGasFlow, 0.0);
    panel.watch(120.0, |panel| assert_eq!(panel.present(), ""));
    let mut settings = *panel.core.settings();
    settings.alarms.delay_percent = 50;
    let mut panel = Panel::made_of(settings);
    panel.set(Role::Mains, 0.0);
    let began = panel.now();
    assert!(panel.until(2.0, |panel| panel.find(AlarmKind::MainsLost).is_some()));
    assert!(panel.now().since(began) < Span::from_millis(1_200));
}
