// SPDX-License-Identifier: MIT OR Apache-2.0
//! When each kind of alarm is surely so. There is an arm for each kind, and no other: a kind that nobody watches does not
//! compile.

use super::history::{History, KEYS, position};
use super::signals::{above, below, good, is, is_running, mode, of_clamp, over, reading, says_of_itself};
use crate::panel::Panel;
use ecmod_control::{
    AlarmKind, Clamp, DriverHealth, Fact, InterventionKind, InterventionState, LimitKind, LinkHealth, Mode,
    PumpLink, Role, Subject, TransitionCause,
};
use ecmod_quantities::{Cause, Quality, Span};

/// Tells the subjects about which an alarm of this kind is surely so in this tick.
#[allow(clippy::too_many_lines)] // one arm for each kind
pub fn surely(kind: AlarmKind, panel: &Panel, history: &History, tell: &mut dyn FnMut(Subject)) {
    let out = panel.outputs();
    let running = is_running(panel);
    let fact = |fact| panel.facts.has(fact);
    let so = match kind {
        AlarmKind::PumpStop => stands(panel),
        AlarmKind::PumpSpeedDeviation => !stands(panel) && deviates(panel),
        AlarmKind::PumpLinkLost => history.link_seen && history.is_link_away(),
        AlarmKind::DriveFault => good(panel, Role::DriveAlarm).is_some_and(|code| code.abs() >= 0.5),
        AlarmKind::DriveOvertemperature => {
            above(panel, Role::DriveTemperature, LimitKind::DriveTemperatureHigh)
        }
        AlarmKind::MotorCurrentTrend => {
            good(panel, Role::PumpSpeed).is_some() && above(panel, Role::PumpLoad, LimitKind::PumpLoadHigh)
        }
        AlarmKind::FlowLow => flow_is_low(panel, history),
        AlarmKind::FlowHigh => running && above(panel, Role::BloodFlow, LimitKind::FlowHigh),
        AlarmKind::Backflow => {
            history.supported() > Span::from_millis(10_100)
                && below(panel, Role::BloodFlow, LimitKind::Backflow)
        }
        AlarmKind::FlowSensorBad => {
            let bad = reading(panel, Role::BloodFlow).quality() == Quality::Bad;
            running && (bad || below(panel, Role::FlowQuality, LimitKind::FlowQualityLow))
        }
        AlarmKind::FlowImplausible => {
            let deviation = out.estimates.flow_deviation.map(f64::abs);
            running
                && good(panel, Role::BloodFlow).is_some()
                && over(deviation, panel, LimitKind::FlowDeviation)
        }
        AlarmKind::BubbleGrossArterial => running && air_is_confirmed(panel),
        AlarmKind::BubbleVenous => running && is(panel, Role::DrainageBubble, true),
        AlarmKind::BubbleUnconfirmed => {
            // The alarm that says more ends with its tick; this one may come with the next.
            let told = out.alarms.is_active(AlarmKind::BubbleGrossArterial) || history.confirmed_air;
            let known = air_is_confirmed(panel) || told;
            running && is(panel, Role::ReturnBubble, true) && !known
        }
        AlarmKind::LevelLow => running && is(panel, Role::LevelLow, true),
        AlarmKind::VenousPressureLow => {
            running && below(panel, Role::VenousPressure, LimitKind::VenousPressureLow)
        }
        AlarmKind::Suction => {
            let chatter = out.estimates.venous_chatter.map(|chatter| chatter.value());
            running && over(chatter, panel, LimitKind::SuctionChatter)
        }
        AlarmKind::PreMembranePressureHigh => {
            running && above(panel, Role::PreMembranePressure, LimitKind::PreMembranePressureHigh)
        }
        AlarmKind::ArterialPressureHigh => {
            running && above(panel, Role::ArterialPressure, LimitKind::ArterialPressureHigh)
        }
        AlarmKind::MembraneDropHigh => {
            let ratio = out.estimates.membrane.ratio.map(|ratio| 100.0 * ratio);
            running && over(ratio, panel, LimitKind::MembraneResistanceHigh)
        }
        AlarmKind::MembraneDropTrend => {
            let rise = out.estimates.membrane.rise_per_hour.map(|rise| 100.0 * rise);
            running && over(rise, panel, LimitKind::MembraneResistanceRise)
        }
        AlarmKind::OcclusionDownstream => {
            let high = above(panel, Role::ArterialPressure, LimitKind::ArterialPressureHigh)
                || above(panel, Role::PreMembranePressure, LimitKind::PreMembranePressureHigh);
            let closed = good(panel, Role::ReturnClampPosition).is_some_and(|code| (code - 1.0).abs() < 0.1);
            nothing_flows(panel) && (high || closed)
        }
        AlarmKind::OcclusionUpstream => {
            let low = below(panel, Role::VenousPressure, LimitKind::VenousPressureLow);
            let closed =
                good(panel, Role::DrainageClampPosition).is_some_and(|code| (code - 1.0).abs() < 0.1);
            nothing_flows(panel) && (low || closed)
        }
        AlarmKind::Disconnect => came_apart(panel, history),
        AlarmKind::TemperatureHigh => {
            running && above(panel, Role::ArterialTemperature, LimitKind::TemperatureHigh)
        }
        AlarmKind::TemperatureLow => {
            history.was_warm && below(panel, Role::ArterialTemperature, LimitKind::TemperatureLow)
        }
        AlarmKind::VenousSaturationLow => {
            running && below(panel, Role::VenousSaturation, LimitKind::VenousSaturationLow)
        }
        AlarmKind::SweepGasLost => running && gas_is_lost(panel),
        AlarmKind::OxygenSupply => {
            running && below(panel, Role::GasSupplyPressure, LimitKind::GasSupplyPressureLow)
        }
        AlarmKind::ClampMismatch => {
            for clamp in Clamp::ALL.into_iter().filter(|clamp| is_elsewhere(*clamp, panel, history)) {
                tell(Subject::Clamp(clamp));
            }
            false
        }
        AlarmKind::MainsLost => is(panel, Role::Mains, false) && panel.core.settings().alarms.mains_expected,
        AlarmKind::BatteryLow => {
            let critical = is_critical(panel);
            !critical && below(panel, Role::BatteryCharge, LimitKind::BatteryChargeLow)
        }
        AlarmKind::BatteryCritical => is_critical(panel),
        AlarmKind::BatteryFault => is(panel, Role::BatteryUsable, false),
        AlarmKind::BatteryNotCharging => {
            let full = good(panel, Role::BatteryCharge).is_none_or(|charge| charge >= 95.0);
            is(panel, Role::Mains, true) && is(panel, Role::BatteryCharging, false) && !full
        }
        AlarmKind::SensorStale
        | AlarmKind::SensorBad
        | AlarmKind::SensorFrozen
        | AlarmKind::SensorDisagrees
        | AlarmKind::SensorRedundant
        | AlarmKind::SensorNotZeroed => {
            for role in Role::KNOWN.into_iter().filter(|role| sensor(*role, panel, history) == Some(kind)) {
                tell(Subject::Signal(u16::try_from(role as usize).unwrap()));
            }
            false
        }
        AlarmKind::HostLost => {
            if history.port_seen && panel.drivers[1..].iter().all(|health| *health == DriverHealth::Absent) {
                tell(Subject::Port(1));
            }
            false
        }
        AlarmKind::LinkDegraded => {
            // Errors, while all that is on the port runs.
            let well = panel.drivers.iter().all(|health| *health == DriverHealth::Running);
            for (port, link) in panel.links.iter().enumerate() {
                if well && matches!(link, LinkHealth::Failing { .. }) {
                    tell(Subject::Port(u16::try_from(port).unwrap()));
                }
            }
            false
        }
        AlarmKind::DriverFault => drivers(panel, DriverHealth::Faulted, tell),
        AlarmKind::PluginDead => drivers(panel, DriverHealth::Failing, tell),
        AlarmKind::ControlLost => history.was_heard && is(panel, Role::AlarmHeartbeatLost, true),
        AlarmKind::LocalControl => {
            let news = out.now.since(out.transition.at) < Span::from_millis(1_900);
            out.transition.cause == TransitionCause::LocalControl && news
        }
        AlarmKind::DaemonRestarted => fact(Fact::DaemonRestarted),
        AlarmKind::RestartsFrequent => fact(Fact::RestartsFrequent),
        AlarmKind::LoopOverrun => fact(Fact::LoopOverrun),
        AlarmKind::WatchdogNear => fact(Fact::WatchdogNear),
        AlarmKind::HostHung => fact(Fact::HostHung),
        AlarmKind::BusLost => fact(Fact::BusLost),
        AlarmKind::ConfigurationInvalid => fact(Fact::ConfigurationInvalid),
        AlarmKind::ConfigurationRestored => fact(Fact::ConfigurationRestored),
        AlarmKind::JournalDamaged => fact(Fact::JournalDamaged),
        AlarmKind::LimitsReset => fact(Fact::LimitsReset),
        AlarmKind::ClockJump => fact(Fact::ClockJumped),
        AlarmKind::DiskFull => fact(Fact::DiskFull),
        AlarmKind::StorageFailed => fact(Fact::StorageFailed),
        AlarmKind::LogLoss => fact(Fact::LogLoss),
        AlarmKind::SelfTestFailed => fact(Fact::SelfTestFailed),
        AlarmKind::CheckDue => fact(Fact::ChecklistMissing) || fact(Fact::CheckDue),
        AlarmKind::SounderFault => is(panel, Role::SounderOk, false),
        AlarmKind::KeyStuck => {
            for (index, role) in KEYS.into_iter().enumerate() {
                if history.pressed(index).is_some_and(|long| long > Span::from_millis(10_100)) {
                    tell(Subject::Signal(u16::try_from(role as usize).unwrap()));
                }
            }
            false
        }
        AlarmKind::InterventionExpired => {
            for status in out.interventions {
                if status.state == InterventionState::Expired && status.present() {
                    tell(Subject::Intervention(status.kind));
                }
            }
            false
        }
        AlarmKind::InterventionOverridden => out
            .interventions
            .iter()
            .any(|status| matches!(status.state, InterventionState::Overridden { .. })),
        AlarmKind::AlarmsOff => !out.alarms.off.is_empty(),
        AlarmKind::ReviewPending => history.unseen == (true, true),
    };
    if so {
        tell(Subject::None);
    }
}

/// The pump turns at less than half of what is demanded, says somebody who measures it.
fn stands(panel: &Panel) -> bool {
    let Some(demand) = demand(panel) else { return false };
    let slow = |role| good(panel, role).is_some_and(|speed: f64| speed.abs() < 0.5 * demand);
    slow(Role::PumpSpeed) || slow(Role::Tacho)
}

fn deviates(panel: &Panel) -> bool {
    let Some(demand) = demand(panel) else { return false };
    good(panel, Role::PumpSpeed)
        .is_some_and(|speed| (speed - demand).abs() > (0.05 * demand).max(100.0) + 1e-6)
}

/// What is demanded of a pump that can be reached and is to turn.
fn demand(panel: &Panel) -> Option<f64> {
    let demand = panel.outputs().pump_speed?.value();
    (panel.link != PumpLink::Absent && is_running(panel) && demand >= 200.0).then_some(demand)
}

fn flow_is_low(panel: &Panel, history: &History) -> bool {
    let out = panel.outputs();
    let counts = match mode(panel) {
        Some(Mode::Speed) => true,
        Some(Mode::Flow) => {
            out.limits.get(LimitKind::FlowLow).is_some_and(|limit| out.flow_setpoint.value() >= limit)
        }
        Some(Mode::ZeroFlow) | None => false,
    };
    let expected = history.flow_came_up || history.supported() > Span::from_millis(30_100);
    counts && expected && below(panel, Role::BloodFlow, LimitKind::FlowLow)
}

fn air_is_confirmed(panel: &Panel) -> bool {
    let air = panel.outputs().intervention(InterventionKind::GrossAir);
    air.present() && !air.corroboration.is_empty()
}

/// The pump turns and should move blood, and none moves.
fn nothing_flows(panel: &Panel) -> bool {
    let least = panel.outputs().limits.get(LimitKind::FlowLow).map_or(0.3, |limit| 0.2 * limit);
    let turns = good(panel, Role::PumpSpeed).is_some_and(|speed| speed > 1_001.0);
    let none = good(panel, Role::BloodFlow).is_some_and(|flow| flow.abs() < least);
    turns && none && matches!(mode(panel), Some(Mode::Speed | Mode::Flow))
}

/// The return line's pressure is that of the room, at the speed there was, and no less flows than before.
fn came_apart(panel: &Panel, history: &History) -> bool {
    let Some((flow, arterial, _)) = history.lines() else { return false };
    let open = good(panel, Role::ArterialPressure).is_some_and(|pressure| pressure.abs() < 4.0);
    open && arterial > 40.0 && flow > 1.0 && good(panel, Role::BloodFlow).is_some_and(|now| now > 1.05 * flow)
}

fn gas_is_lost(panel: &Panel) -> bool {
    let setpoint = panel.outputs().sweep_gas_flow.map_or(0.0, |gas| gas.value());
    let part = panel.outputs().limits.get(LimitKind::SweepGasLowPart).map(|part| 0.01 * part);
    let flow = good(panel, Role::SweepGasFlow);
    setpoint > 0.0 && flow.zip(part).is_some_and(|(flow, part)| flow < part * setpoint)
}

fn is_elsewhere(clamp: Clamp, panel: &Panel, history: &History) -> bool {
    let Some(code) = good(panel, of_clamp(clamp)) else { return false };
    let now = position(panel, clamp);
    let fault = (code - 3.0).abs() < 0.1;
    match panel.outputs().clamps.of(clamp) {
        Some(demand) => fault || now != Some(demand.position),
        None => fault || (is_running(panel) && history.clamp(clamp).is_some_and(|was| now != Some(was))),
    }
}

fn is_critical(panel: &Panel) -> bool {
    let on_battery = is(panel, Role::Mains, false);
    below(panel, Role::BatteryCharge, LimitKind::BatteryChargeCritical)
        || (on_battery && below(panel, Role::BatteryTimeToEmpty, LimitKind::BatteryTimeCritical))
}

/// The alarm about a signal, if there has to be one.
fn sensor(role: Role, panel: &Panel, history: &History) -> Option<AlarmKind> {
    let shown = reading(panel, role);
    let kind = match says_of_itself(&shown) {
        Some(kind) => kind,
        None => {
            let estimates = &panel.outputs().estimates;
            let says = |bits: u64| bits & (1 << (role as usize)) != 0;
            match (says(estimates.frozen), says(estimates.disagrees), says(estimates.erratic)) {
                (true, ..) => AlarmKind::SensorFrozen,
                (false, true, _) => AlarmKind::SensorDisagrees,
                (false, false, true) => AlarmKind::SensorBad,
                (false, false, false) => return None,
            }
        }
    };
    let needs_drivers =
        matches!(kind, AlarmKind::SensorStale | AlarmKind::SensorBad | AlarmKind::SensorRedundant);
    // The flow, and everything of a drive that is silent, have alarms of their own.
    let flow = role == Role::BloodFlow && is_running(panel);
    let line = panel.outputs().alarms.iter().any(|status| status.alarm.kind == AlarmKind::PumpLinkLost);
    let spared = (needs_drivers && (flow || line || !history.all_there()))
        || (kind == AlarmKind::SensorNotZeroed && !is_running(panel))
        || (role == Role::BatteryTimeToEmpty && shown.cause() == Cause::NotReady);
    (!spared).then_some(kind)
}

/// Tells the drivers that are so, but not of a pump whose link is lost; there is no alarm of the kind as a whole.
fn drivers(panel: &Panel, so: DriverHealth, tell: &mut dyn FnMut(Subject)) -> bool {
    for (index, health) in panel.drivers.iter().enumerate() {
        let pump = index == 0 && panel.link == PumpLink::Absent;
        if *health == so && !pump {
            tell(Subject::Driver(u16::try_from(index).unwrap()));
        }
    }
    false
}
