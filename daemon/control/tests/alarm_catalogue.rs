// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every row of the alarm catalogue, raised by what sensors, drivers and the daemon say.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_cmp)] // helpers of tests are tests

#[allow(clippy::cast_precision_loss)]
mod bench;
mod oracle;
mod panel;

use ecmod_control::{
    Alarm, AlarmKind, CATALOGUE, Clamp, DriverHealth, Fact, InterventionKind, LinkHealth, Priority, PumpLink,
    PumpPreset, Request, Role, Subject,
};
use ecmod_quantities::{Cause, Rpm};
use oracle::Oracle;
use panel::Panel;

/// What to do so that an alarm of this kind comes, with the subject and the priority it should have.
#[allow(clippy::too_many_lines)] // one arm for each kind
fn raise(panel: &mut Panel, kind: AlarmKind) -> (Subject, Priority) {
    use Priority::{High, Low, Medium};
    let one = |priority| (Subject::None, priority);
    let signal = |role: Role| Subject::Signal(u16::try_from(role as usize).unwrap());
    match kind {
        AlarmKind::PumpStop => {
            panel.stuck_rotor = true;
            one(High)
        }
        AlarmKind::PumpSpeedDeviation => {
            panel.offset(Role::PumpSpeed, -400.0);
            panel.offset(Role::Tacho, -400.0);
            one(High)
        }
        AlarmKind::PumpLinkLost => {
            panel.link = PumpLink::Absent;
            panel.drivers[0] = DriverHealth::Absent;
            one(High)
        }
        AlarmKind::DriveFault => panel.tell(Role::DriveAlarm, 22.0, one(High)),
        AlarmKind::DriveOvertemperature => panel.tell(Role::DriveTemperature, 85.0, one(Medium)),
        AlarmKind::MotorCurrentTrend => panel.tell(Role::PumpLoad, 120.0, one(Medium)),
        AlarmKind::FlowLow => {
            panel.ask(Request::SetSpeed(Rpm(1900.0)));
            panel.run(10.0);
            one(High)
        }
        AlarmKind::FlowHigh => {
            panel.limit("flow_high", 3.0);
            one(Medium)
        }
        AlarmKind::Backflow => panel.tell(Role::BloodFlow, -0.4, one(High)),
        AlarmKind::FlowSensorBad => {
            panel.fail(Role::BloodFlow, Cause::SignalLost);
            one(Medium)
        }
        AlarmKind::FlowImplausible => {
            panel.offset(Role::BloodFlow, 1.8);
            one(Medium)
        }
        AlarmKind::BubbleGrossArterial => {
            panel.set(Role::ReturnBubble, 1.0);
            panel.set(Role::DrainageBubble, 1.0);
            panel.set(Role::FlowQuality, 40.0);
            panel.set(Role::PumpLoad, 20.0);
            panel.plant.preset = PumpPreset::CentrimagLike; // a lighter fluid gives less head
            one(High)
        }
        AlarmKind::BubbleVenous => panel.tell(Role::DrainageBubble, 1.0, one(Medium)),
        AlarmKind::BubbleUnconfirmed => panel.tell(Role::ReturnBubble, 1.0, one(Medium)),
        AlarmKind::LevelLow => panel.tell(Role::LevelLow, 1.0, one(High)),
        AlarmKind::VenousPressureLow => panel.tell(Role::VenousPressure, -120.0, one(Medium)),
        AlarmKind::Suction => {
            panel.chatter = 45.0;
            one(Medium)
        }
        AlarmKind::PreMembranePressureHigh => panel.tell(Role::PreMembranePressure, 380.0, one(Medium)),
        AlarmKind::ArterialPressureHigh => panel.tell(Role::ArterialPressure, 330.0, one(Medium)),
        AlarmKind::MembraneDropHigh => {
            panel.run(1200.0);
            panel.clot = 3.0;
            one(Medium)
        }
        AlarmKind::MembraneDropTrend => {
            // The trend is that of an hour.
            panel.run(4000.0);
            panel.clot = 1.35;
            one(Low)
        }
        AlarmKind::OcclusionDownstream => {
            panel.plant.returning = 200.0;
            one(High)
        }
        AlarmKind::OcclusionUpstream => {
            panel.plant.drainage = 200.0;
            one(High)
        }
        AlarmKind::Disconnect => {
            panel.set(Role::ArterialPressure, 1.0);
            panel.offset(Role::BloodFlow, 0.5);
            one(High)
        }
        AlarmKind::TemperatureHigh => panel.tell(Role::ArterialTemperature, 38.5, one(Medium)),
        AlarmKind::TemperatureLow => panel.tell(Role::ArterialTemperature, 33.0, one(Medium)),
        AlarmKind::VenousSaturationLow => panel.tell(Role::VenousSaturation, 50.0, one(Medium)),
        AlarmKind::SweepGasLost => panel.tell(Role::SweepGasFlow, 0.1, one(High)),
        AlarmKind::OxygenSupply => panel.tell(Role::GasSupplyPressure, 1.2, one(High)),
        AlarmKind::ClampMismatch => {
            panel.set(Role::DrainageClampPosition, 1.0);
            (Subject::Clamp(Clamp::Drainage), High)
        }
        AlarmKind::MainsLost => panel.tell(Role::Mains, 0.0, one(Medium)),
        AlarmKind::BatteryLow => panel.tell(Role::BatteryCharge, 25.0, one(Medium)),
        AlarmKind::BatteryCritical => {
            panel.set(Role::Mains, 0.0);
            panel.tell(Role::BatteryTimeToEmpty, 400.0, one(High))
        }
        AlarmKind::BatteryFault => panel.tell(Role::BatteryUsable, 0.0, one(Medium)),
        AlarmKind::BatteryNotCharging => panel.tell(Role::BatteryCharging, 0.0, one(Medium)),
        AlarmKind::SensorStale => {
            panel.silence(Role::VenousSaturation);
            (signal(Role::VenousSaturation), Low)
        }
        AlarmKind::SensorBad => {
            panel.fail(Role::VenousPressure, Cause::Disconnected);
            (signal(Role::VenousPressure), Medium)
        }
        AlarmKind::SensorFrozen => {
            let now = panel.shown(Role::ArterialPressure);
            panel.set(Role::ArterialPressure, now);
            (signal(Role::ArterialPressure), Medium)
        }
        AlarmKind::SensorDisagrees => {
            panel.offset(Role::Tacho, 500.0);
            (signal(Role::Tacho), Low)
        }
        AlarmKind::SensorRedundant => {
            panel.doubt(Role::VenousPressure, Cause::Redundant);
            (signal(Role::VenousPressure), Low)
        }
        AlarmKind::SensorNotZeroed => {
            panel.doubt(Role::ArterialPressure, Cause::NotCalibrated);
            (signal(Role::ArterialPressure), Medium)
        }
        AlarmKind::HostLost => {
            panel.drivers[1] = DriverHealth::Absent;
            panel.drivers[2] = DriverHealth::Absent;
            (Subject::Port(1), Medium)
        }
        AlarmKind::DriverFault => {
            panel.drivers[2] = DriverHealth::Faulted;
            (Subject::Driver(2), Medium)
        }
        AlarmKind::PluginDead => {
            panel.drivers[0] = DriverHealth::Failing;
            (Subject::Driver(0), High)
        }
        AlarmKind::ControlLost => panel.tell(Role::AlarmHeartbeatLost, 1.0, one(High)),
        AlarmKind::DaemonRestarted => panel.fact(Fact::DaemonRestarted, one(Medium)),
        AlarmKind::RestartsFrequent => panel.fact(Fact::RestartsFrequent, one(Medium)),
        AlarmKind::LocalControl => {
            panel.link = PumpLink::Absent;
            panel.run(1.0);
            panel.link = PumpLink::Present { held: Some(Rpm(3200.0)), local: true };
            one(Medium)
        }
        AlarmKind::LoopOverrun => panel.fact(Fact::LoopOverrun, one(Low)),
        AlarmKind::WatchdogNear => panel.fact(Fact::WatchdogNear, one(Medium)),
        AlarmKind::HostHung => panel.fact(Fact::HostHung, one(Medium)),
        AlarmKind::BusLost => panel.fact(Fact::BusLost, one(Medium)),
        AlarmKind::ConfigurationInvalid => panel.fact(Fact::ConfigurationInvalid, one(Medium)),
        AlarmKind::ConfigurationRestored => panel.fact(Fact::ConfigurationRestored, one(Medium)),
        AlarmKind::JournalDamaged => panel.fact(Fact::JournalDamaged, one(Medium)),
        AlarmKind::LimitsReset => panel.fact(Fact::LimitsReset, one(Medium)),
        AlarmKind::ClockJump => panel.fact(Fact::ClockJumped, one(Low)),
        AlarmKind::DiskFull => panel.fact(Fact::DiskFull, one(Low)),
        AlarmKind::StorageFailed => panel.fact(Fact::StorageFailed, one(Medium)),
        AlarmKind::LogLoss => panel.fact(Fact::LogLoss, one(Low)),
        AlarmKind::SelfTestFailed => panel.fact(Fact::SelfTestFailed, one(Medium)),
        AlarmKind::SounderFault => panel.tell(Role::SounderOk, 0.0, one(Medium)),
        AlarmKind::KeyStuck => {
            panel.set(Role::KeyMute, 1.0);
            (signal(Role::KeyMute), Low)
        }
        AlarmKind::InterventionExpired => {
            panel.set(Role::LevelLow, 1.0);
            panel.run(40.0);
            (Subject::Intervention(InterventionKind::LevelLow), High)
        }
        AlarmKind::InterventionOverridden => {
            panel.ask(Request::Override { intervention: None, on: true });
            one(Low)
        }
        AlarmKind::AlarmsOff => {
            panel.ask(Request::AlarmOff { kind: AlarmKind::Suction, off: true });
            one(Low)
        }
        AlarmKind::LinkDegraded => {
            panel.links[0] = LinkHealth::Failing { percent: 7 };
            (Subject::Port(0), Medium)
        }
        AlarmKind::ReviewPending => {
            panel.tell(Role::LevelLow, 1.0, ());
            panel.run(3.0);
            panel.tell(Role::LevelLow, 0.0, ());
            panel.run(3.0);
            one(Low)
        }
        AlarmKind::CheckDue => panel.fact(Fact::ChecklistMissing, one(Low)),
    }
}

#[test]
fn every_row_of_the_catalogue_is_raised_by_inputs_with_its_priority_and_within_its_delay() {
    for row in CATALOGUE {
        let mut panel = Panel::supporting();
        assert_eq!(panel.present(), "", "quiet before {}", row.kind.id());
        // What takes an hour to raise is not watched meanwhile.
        let slow = matches!(row.kind, AlarmKind::MembraneDropHigh | AlarmKind::MembraneDropTrend);
        let oracle = Oracle::attach(&mut panel);
        // Lines must have been steady before anybody can say that they have come apart.
        panel.run(if row.kind == AlarmKind::Disconnect { 22.0 } else { 0.1 });
        let observer = panel.observer.take_if(|_| slow);
        let (subject, priority) = raise(&mut panel, row.kind);
        panel.observer = observer.or(panel.observer.take());
        let began = panel.now();
        // What is estimated needs its time as well.
        let most = row.delay.seconds() + 70.0;
        let alarm = Alarm { kind: row.kind, subject };
        let found = panel.until(most, |panel| panel.outputs().alarms.find(alarm).is_some());
        assert!(found, "{} about {subject:?} is not raised; there is: {}", row.kind.id(), panel.present());
        let status = *panel.outputs().alarms.find(alarm).unwrap();
        assert_eq!(status.priority, priority, "{}", row.kind.id());
        assert!(
            row.cause_text(status.cause.word).is_some() || is_reading_cause(status.cause.word),
            "{}: {} is no cause of it",
            row.kind.id(),
            status.cause.word
        );
        let exact = !matches!(
            row.kind,
            AlarmKind::FlowLow
                | AlarmKind::LocalControl
                | AlarmKind::InterventionExpired
                | AlarmKind::ReviewPending
        );
        assert!(
            !exact || panel.now().since(began) >= row.delay,
            "{} came after {:?}, before its delay",
            row.kind.id(),
            panel.now().since(began)
        );
        // Whoever knows the catalogue and not the core says the same, sooner or later.
        let watched = panel.until(10.0, |_| oracle.borrow().due(row.kind) > 0);
        assert!(watched || oracle.borrow().due(row.kind) > 0, "nobody watches {}", row.kind.id());
    }
}

fn is_reading_cause(word: &str) -> bool {
    Cause::ALL.iter().any(|cause| cause.name() == word)
}
