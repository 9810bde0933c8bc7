// SPDX-License-Identifier: MIT OR Apache-2.0
//! Plans of configurations as they are written.

use super::*;
use ecmod_config::Paths;
use ecmod_control::{
    InterventionAction, InterventionKind, InterventionPolicy, InterventionSettings, LimitKind, Limits,
    PatientClass,
};

const TEXT: &str = r#"
[console]
period_ms = 5
[control]
pump = "centrimag_like"
minimum_speed_rpm = 600
maximum_speed_rpm = 1200
proportional_gain = 42.0
[ports.b_line]
kind = "serial"
device = "/dev/ttyS2"
[ports.a_line]
kind = "modbus-tcp"
address = "10.0.0.7:502"
[drivers.pump]
driver = "oriental-blv"
port = "a_line"
config = { unit = 1 }
[drivers.flow]
driver = "emtec-bioprott"
port = "b_line"
config = {}
[signals.blood_flow]
sources = ["flow.mean", { source = "flow.fast", offset = 0.1, gain = 1.02 }]
vote = "median"
[signals.pump_speed]
sources = ["pump.speed"]
[signals.own_flow]
quantity = "blood_flow"
minimum = -10.0
maximum = 10.0
sources = ["flow.mean"]
[signals.zeroed]
quantity = "pressure"
minimum = -500.0
maximum = 900.0
sources = ["flow.head"]
zero = "required"
[commands.pump_speed]
target = "pump.speed"
"#;

fn plan() -> Plan {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), TEXT).unwrap();
    let configuration =
        ecmod_config::load(&Paths::at(file.path())).unwrap_or_else(|errors| panic!("{errors}"));
    Plan::new(&configuration).unwrap()
}

#[test]
fn ports_and_drivers_have_the_index_of_their_name() {
    let plan = plan();
    assert_eq!(plan.ports.iter().map(|port| port.name.as_str()).collect::<Vec<_>>(), ["a_line", "b_line"]);
    assert_eq!((plan.ports[0].kind, plan.ports[0].device.as_str()), ("modbus-tcp", "10.0.0.7:502"));
    assert_eq!((plan.port("b_line"), plan.port("c_line")), (Some(1), None));
    let drivers: Vec<_> = plan.drivers.iter().map(|driver| (driver.id.as_str(), driver.port)).collect();
    assert_eq!(drivers, [("flow", 1), ("pump", 0)]);
}

#[test]
fn an_endpoint_that_two_signals_use_is_one_source() {
    let plan = plan();
    let sources: Vec<_> = plan.sources.iter().map(|source| source.endpoint.to_string()).collect();
    assert_eq!(sources, ["flow.fast", "flow.head", "flow.mean", "pump.speed"]);
    let index = |signal: usize, source: usize| {
        plan.settings.signals[signal].unwrap().sources[source].map(|s| s.index)
    };
    assert_eq!((index(0, 0), index(0, 1), index(0, 2)), (Some(2), Some(0), None), "blood_flow");
    assert_eq!(index(1, 0), Some(2), "own_flow");
    assert_eq!(index(2, 0), Some(3), "pump_speed");
}

#[test]
fn a_signals_settings_are_what_is_written() {
    let plan = plan();
    let flow = plan.settings.signals[0].unwrap();
    assert_eq!((flow.role, flow.vote), (Role::BloodFlow, Vote::Median));
    let calibrated = flow.sources[1].unwrap();
    assert!((calibrated.offset - 0.1).abs() < 1e-12 && (calibrated.gain - 1.02).abs() < 1e-12);
    assert_eq!(plan.settings.signals[1].unwrap().role, Role::Other);
    assert_eq!(plan.signals[0].sources, ["flow.mean", "flow.fast"]);
    assert_eq!(plan.signals[1].name, "own_flow");
    assert_eq!(
        plan.settings.signals.map(|signal| signal.map(|signal| signal.zero))[2..4],
        [Some(ZeroPolicy::Optional), Some(ZeroPolicy::Required)]
    );
}

#[test]
fn the_controllers_settings_are_what_is_written_and_the_floor_stays_below_the_highest_speed() {
    let settings = plan().settings;
    assert_eq!(settings.period, ecmod_quantities::Span::from_millis(5));
    assert_eq!((settings.speed.minimum, settings.speed.maximum), (Rpm(600.0), Rpm(1200.0)));
    assert!((settings.flow.gains.proportional - 42.0).abs() < 1e-12);
    assert!(settings.flow.gains.integral > 0.0, "the preset's");
    assert_eq!(
        settings.limits.floor,
        Rpm(1200.0),
        "the preset's static floor is higher than the pump may go"
    );
    assert_eq!(settings.check(), Ok(()));
}

#[test]
fn the_pump_speed_is_carried_out_by_its_target() {
    let commands = plan().commands;
    assert_eq!(commands.len(), 1);
    assert_eq!((commands[0].0, commands[0].1.to_string()), (Command::PumpSpeed, "pump.speed".to_owned()));
}

fn plan_of(extra: &str) -> Result<Plan, PlanError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{TEXT}{extra}")).unwrap();
    let configuration =
        ecmod_config::load(&Paths::at(file.path())).unwrap_or_else(|errors| panic!("{errors}"));
    Plan::new(&configuration)
}

#[test]
fn the_configuration_and_the_core_know_the_same_roles_limits_and_interventions() {
    for role in Role::KNOWN {
        let name = role.name().unwrap();
        assert_eq!(ecmod_config::signal_quantity(name), role.quantity(), "{name}");
    }
    for limit in LimitKind::ALL {
        let range = limit.range();
        assert_eq!(
            ecmod_config::limit_range(limit.name()),
            Some((range.minimum, range.maximum)),
            "{}",
            limit.name()
        );
    }
    let acting =
        InterventionKind::ALL.into_iter().filter(|kind| kind.action() != InterventionAction::AlarmOnly);
    for kind in acting {
        let plan =
            plan_of(&format!("[interventions.{}]\npolicy = \"alarm_only\"\nlongest_s = 7\n", kind.name()));
        let settings = plan.unwrap().settings.interventions.of(kind);
        assert_eq!(settings.policy, InterventionPolicy::AlarmOnly, "{}", kind.name());
        assert_eq!(settings.longest, ecmod_quantities::Span::from_secs(7), "{}", kind.name());
    }
}

#[test]
fn the_printed_defaults_of_interventions_are_those_of_the_core() {
    let text = ecmod_config::default_toml();
    let usual = InterventionSettings::usual();
    for kind in
        InterventionKind::ALL.into_iter().filter(|kind| kind.action() != InterventionAction::AlarmOnly)
    {
        let plan = usual.of(kind);
        let shown = format!(
            "{{ policy = \"{}\", longest_s = {}, rearm_s = {} }}`.\n# {} =",
            plan.policy.name(),
            plan.longest.millis() / 1000,
            plan.rearm.millis() / 1000,
            kind.name()
        );
        assert!(text.contains(&shown), "{shown}\n{text}");
    }
}

#[test]
fn an_organisations_limits_are_in_its_preset_and_the_others_stay_as_they_are() {
    let plan = plan_of(
        "[alarms]\npatient_class = \"neonate\"\nplanned_transport = true\naudio_pause_s = 30\n\
         [alarms.neonate]\nvenous_pressure_low = -30\n[interventions]\noverride_s = 60\n",
    );
    let settings = plan.unwrap().settings;
    let alarms = &settings.alarms;
    assert_eq!((alarms.class, alarms.transport), (PatientClass::Neonate, true));
    assert_eq!(alarms.audio_pause, ecmod_quantities::Span::from_secs(30));
    let mut neonate = Limits::preset(PatientClass::Neonate);
    neonate.put(LimitKind::VenousPressureLow, Some(-30.0));
    assert_eq!(alarms.preset(PatientClass::Neonate), neonate);
    assert_eq!(alarms.preset(PatientClass::Adult), Limits::preset(PatientClass::Adult));
    assert_eq!(settings.interventions.override_lasts, ecmod_quantities::Span::from_secs(60));
    assert_eq!(settings.check(), Ok(()));
}

#[test]
fn a_preset_that_contradicts_itself_is_refused_by_both_names() {
    let problem = plan_of("[alarms.adult]\nflow_high = 0.5\n").unwrap_err();
    let text = problem.to_string();
    assert!(text.contains("[alarms.adult]: flow_low must stay below flow_high"), "{text}");
}

#[test]
fn what_belongs_to_what_is_known_to_the_core() {
    let plan = plan();
    let topology = &plan.settings.alarms.topology;
    let driver = |source: &str| {
        let index = plan.sources.iter().position(|planned| planned.endpoint.to_string() == source).unwrap();
        topology.driver_of(u16::try_from(index).unwrap())
    };
    // flow is driver 0 on port 1 (b_line), pump is driver 1 on port 0 (a_line).
    assert_eq!((driver("flow.mean"), driver("pump.speed")), (Some(0), Some(1)));
    assert_eq!((topology.port_of(0), topology.port_of(1), topology.port_of(2)), (Some(1), Some(0), None));
    assert_eq!(topology.pump, Some(1));
}
