// SPDX-License-Identifier: MIT OR Apache-2.0
//! Hellos of hosts that fit, half fit, and do not fit.

use super::*;
use crate::plan::{DriverPlan, PortPlan, SourcePlan};
use ecmod_config::Endpoint;
use ecmod_control::PumpPreset;
use ecmod_link::message::{Held, Hold, PROTOCOL, SignalHello, Written};

fn endpoint(driver: &str, name: &str) -> Endpoint {
    Endpoint { driver: driver.into(), name: name.into() }
}

fn plan() -> Plan {
    let port = |name: &str| PortPlan { name: name.into(), kind: "serial", device: "/dev/ttyS9".into() };
    let driver = |id: &str, port| DriverPlan { id: id.into(), port, library: "x.so".into() };
    let source = |driver, name, quantity| SourcePlan { endpoint: endpoint(driver, name), quantity };
    Plan {
        settings: Settings::for_pump(PumpPreset::RotaflowLike),
        signals: Vec::new(),
        sources: vec![
            source("flow", "mean", Quantity::BloodFlow),
            source("pump", "speed", Quantity::Speed),
            source("pump", "load", Quantity::Fraction),
        ],
        ports: vec![port("line"), port("other")],
        drivers: vec![driver("pump", 0), driver("aux", 0), driver("flow", 1)],
        commands: vec![(Command::PumpSpeed, endpoint("pump", "set"))],
    }
}

fn signal(name: &str, quantity: Quantity) -> SignalHello {
    SignalHello {
        name: name.into(),
        label: String::new(),
        quantity,
        min: 0.0,
        max: 100.0,
        max_slew: 0.0,
        longest_age_ns: 1,
    }
}

fn driver(id: &str, signals: Vec<SignalHello>) -> DriverHello {
    DriverHello {
        id: id.into(),
        model: String::new(),
        version: String::new(),
        abi: 0,
        licence: String::new(),
        description: String::new(),
        library: String::new(),
        hold: Hold::Unverified,
        state: DriverState::Running,
        detail: String::new(),
        signals,
        commands: Vec::new(),
        held: Vec::new(),
    }
}

/// The host of `line`: an auxiliary driver first, so that the pump's slots do not begin at 0.
fn hello() -> Hello {
    let aux = driver("aux", vec![signal("a", Quantity::Code), signal("b", Quantity::Code)]);
    let mut pump = driver("pump", vec![signal("speed", Quantity::Speed), signal("load", Quantity::Fraction)]);
    pump.commands.push(CommandHello {
        name: "set".into(),
        label: String::new(),
        quantity: Quantity::Speed,
        min: 0.0,
        max: 5000.0,
        pump: true,
    });
    Hello {
        protocol: PROTOCOL,
        port: "line".into(),
        pid: 1,
        written: Written::InForce,
        answers: false,
        drivers: vec![aux, pump],
    }
}

fn sources(admission: &Admission) -> Vec<usize> {
    admission.inputs.iter().map(Input::source).collect()
}

#[test]
fn a_host_that_fits_is_admitted_without_a_remark() {
    let admission = admit(&plan(), &hello()).unwrap();
    assert_eq!(admission.port, 0);
    assert_eq!(sources(&admission), [1, 2]);
    assert_eq!(admission.outputs.len(), 1);
    assert!(admission.outputs[0].is_served());
    assert_eq!(admission.remarks, Vec::<String>::new());
}

#[test]
fn a_host_that_does_not_belong_is_refused() {
    let mut unknown_port = hello();
    unknown_port.port = "elsewhere".into();
    assert_eq!(admit(&plan(), &unknown_port).unwrap_err(), Refused::UnknownPort("elsewhere".into()));
    let mut unknown_driver = hello();
    unknown_driver.drivers[0].id = "mystery".into();
    assert_eq!(admit(&plan(), &unknown_driver).unwrap_err(), Refused::UnknownDriver("mystery".into()));
    let mut other_port = hello();
    other_port.drivers.push(driver("flow", Vec::new()));
    let refused = Refused::OtherPort { driver: "flow".into(), port: "other".into() };
    assert_eq!(admit(&plan(), &other_port).unwrap_err(), refused);
}

#[test]
fn what_a_driver_says_of_its_signals_reaches_the_loop() {
    let mut hello = hello();
    hello.drivers[1].signals[0].max_slew = 2000.0;
    let admission = admit(&plan(), &hello).unwrap();
    assert_eq!(admission.inputs[0].declared().max_slew, Some(PerSecond(2000.0)));
    assert_eq!(admission.inputs[1].declared().max_slew, None, "0: it does not say");
}

#[test]
fn an_outputs_driver_that_does_not_run_does_not_serve_it() {
    let mut hello = hello();
    hello.drivers[1].state = DriverState::Fault;
    let admission = admit(&plan(), &hello).unwrap();
    assert!(!admission.outputs[0].is_served());
    admission.drivers[1].1.store(true, std::sync::atomic::Ordering::Release);
    assert!(admission.outputs[0].is_served(), "until it does");
}

#[test]
fn a_signal_of_another_quantity_is_left_out_and_the_rest_is_not() {
    let mut hello = hello();
    hello.drivers[1].signals[0].quantity = Quantity::Pressure;
    let admission = admit(&plan(), &hello).unwrap();
    assert_eq!(sources(&admission), [2]);
    assert!(admission.remarks[0].contains("pump.speed") && admission.remarks[0].contains("pressure"));
}

#[test]
fn a_signal_that_the_driver_does_not_have_is_said() {
    let mut hello = hello();
    hello.drivers[1].signals.pop();
    let admission = admit(&plan(), &hello).unwrap();
    assert_eq!(sources(&admission), [1]);
    assert!(admission.remarks[0].contains("pump.load"));
}

#[test]
fn a_driver_without_tables_yet_is_no_news_and_a_driver_that_is_not_there_is() {
    let mut hello = hello();
    hello.drivers[1] = DriverHello { state: DriverState::Absent, ..driver("pump", Vec::new()) };
    assert_eq!(admit(&plan(), &hello).unwrap().remarks, Vec::<String>::new());
    hello.drivers.remove(0);
    assert!(admit(&plan(), &hello).unwrap().remarks[0].contains("aux"));
}

#[test]
fn only_a_pumps_speed_command_may_be_the_pump() {
    for (quantity, pump) in [(Quantity::Speed, false), (Quantity::GasFlow, true)] {
        let mut hello = hello();
        hello.drivers[1].commands[0].quantity = quantity;
        hello.drivers[1].commands[0].pump = pump;
        let admission = admit(&plan(), &hello).unwrap();
        assert!(admission.outputs.is_empty());
        assert!(admission.remarks[0].contains("pump.set"), "{:?}", admission.remarks);
    }
}

#[test]
fn a_drive_that_is_slower_than_allowed_is_used_and_said() {
    let mut hello = hello();
    hello.drivers[1].commands[0].max = 4000.0;
    let admission = admit(&plan(), &hello).unwrap();
    assert_eq!(admission.outputs.len(), 1);
    assert!(admission.remarks[0].contains("4000") && admission.remarks[0].contains("5000"));
}

#[test]
fn what_the_host_holds_is_what_the_core_will_hear_of() {
    let mut hello = hello();
    hello.drivers[1].held.push(Held {
        command: "set".into(),
        value: 3000.0,
        t_ns: 1,
        sequence: 1,
        local: true,
        returned: false,
    });
    let admission = admit(&plan(), &hello).unwrap();
    assert_eq!(admission.outputs[0].held(), Some(3000.0));
    assert!(admission.outputs[0].is_local());
}
