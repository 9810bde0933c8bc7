// SPDX-License-Identifier: MIT OR Apache-2.0
//! Local control: its lines and drivers are its port's own, its bounds those of the console.

use std::collections::BTreeMap;

use ecmod_quantities::{Rpm, Span};

use super::{Checker, signals};
use crate::file;
use crate::model::{Control, DriverInstance, Endpoint, LineDirection, LocalControl, Port};

/// What one press may do.
const STEP_RPM: (f64, f64) = (10.0, 500.0);
const USUAL_STEP_RPM: f64 = 100.0;
/// A daemon that is restarted is back within a second.
const SILENCE_MS: (u64, u64) = (200, 5000);
const USUAL_SILENCE_MS: u64 = 500;

/// What the checks look at.
pub(super) struct Around<'a> {
    pub drivers: &'a BTreeMap<String, DriverInstance>,
    pub control: &'a Control,
    /// The target of the pump's speed.
    pub pump: Option<&'a Endpoint>,
}

/// Checks what was written for each port, and puts it there. One console has one pump, so one port has keys for it.
pub(super) fn local_controls(
    checker: &mut Checker,
    written: BTreeMap<String, file::LocalControl>,
    ports: &mut BTreeMap<String, Port>,
    around: &Around<'_>,
) {
    let mut first: Option<String> = None;
    for (name, written) in written {
        let Some(port) = ports.get_mut(&name) else { continue };
        let key = format!("ports.{name}.local_control");
        if let Some(first) = &first {
            checker.problem(&key, format!("port `{first}` has a local control already; there is one pump"));
        }
        port.local_control = Some(local_control(checker, &key, &name, written, port, around));
        first.get_or_insert(name);
    }
}

fn local_control(
    checker: &mut Checker,
    key: &str,
    port_name: &str,
    written: file::LocalControl,
    port: &Port,
    around: &Around<'_>,
) -> LocalControl {
    let on_this_port = |checker: &mut Checker, key: &str, driver: &str| {
        let is_elsewhere = around.drivers.get(driver).is_none_or(|driver| driver.port != port_name);
        if is_elsewhere && !checker.was_left_out(&format!("drivers.{driver}")) {
            checker.problem_with_help(
                key,
                format!("there is no driver `{driver}` on this port"),
                "local control needs no other process: everything that it uses is on the pump's port",
            );
        }
    };
    let pump =
        Endpoint { driver: written.driver, name: written.command.unwrap_or_else(|| "speed".to_owned()) };
    on_this_port(checker, &format!("{key}.driver"), &pump.driver);
    if let Some(target) = around.pump.filter(|target| **target != pump) {
        checker
            .problem(&format!("{key}.driver"), format!("{pump} is not the pump's speed, which is {target}"));
    }
    let display = written.display.map(|text| {
        let key = format!("{key}.display");
        let display = signals::endpoint(checker, &key, &text, around.drivers, "command");
        if around.drivers.contains_key(&display.driver) {
            on_this_port(checker, &key, &display.driver);
        }
        if display == pump {
            checker.problem(&key, format!("{pump} drives the pump; it does not show anything"));
        }
        display
    });
    if written.raise == written.lower {
        checker.problem(&format!("{key}.lower"), "is the line of `raise` too");
    }
    for (name, line) in [("raise", &written.raise), ("lower", &written.lower)] {
        one_line(checker, &format!("{key}.{name}"), line, port, Wanted::Input);
    }
    if let Some(lamp) = &written.lamp {
        one_line(checker, &format!("{key}.lamp"), lamp, port, Wanted::Output);
    }
    let (lowest, highest) = (around.control.minimum_speed.value(), around.control.maximum_speed.value());
    let mut speed = |name: &str, value: Option<f64>, usual: f64| {
        checker.number(&format!("{key}.{name}"), value.unwrap_or(usual), (lowest, highest.max(lowest)))
    };
    let minimum = speed("minimum_rpm", written.minimum_rpm, lowest);
    let maximum = speed("maximum_rpm", written.maximum_rpm, highest);
    if minimum >= maximum && lowest < highest {
        checker.problem(
            &format!("{key}.minimum_rpm"),
            format!("{minimum} is not below maximum_rpm, which is {maximum}"),
        );
    }
    let fastest = around.control.slew_rpm_per_s;
    LocalControl {
        pump,
        feedback: written.feedback.unwrap_or_else(|| "actual_speed".to_owned()),
        raise: written.raise,
        lower: written.lower,
        lamp: written.lamp,
        display,
        step: Rpm(checker.number(
            &format!("{key}.step_rpm"),
            written.step_rpm.unwrap_or(USUAL_STEP_RPM),
            STEP_RPM,
        )),
        minimum: Rpm(minimum),
        maximum: Rpm(maximum),
        slew_rpm_per_s: checker.number(
            &format!("{key}.slew_rpm_per_s"),
            written.slew_rpm_per_s.unwrap_or(fastest),
            (10.0_f64.min(fastest), fastest),
        ),
        silence: Span::from_millis(checker.whole(
            &format!("{key}.silence_ms"),
            written.silence_ms.unwrap_or(USUAL_SILENCE_MS),
            SILENCE_MS,
        )),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Input,
    Output,
}

fn one_line(checker: &mut Checker, key: &str, name: &str, port: &Port, wanted: Wanted) {
    let is = match port.lines.get(name).map(|line| line.direction) {
        Some(LineDirection::Input { .. }) => Wanted::Input,
        Some(LineDirection::Output { .. }) => Wanted::Output,
        None => {
            let known: Vec<&str> = port.lines.keys().map(String::as_str).collect();
            let message = format!("this port has no line `{name}`");
            return checker.problem_with_help(key, message, format!("lines: {}", known.join(", ")));
        }
    };
    if is != wanted {
        let wanted = if wanted == Wanted::Input { "an input" } else { "an output" };
        checker.problem(key, format!("the line `{name}` must be {wanted}"));
    }
}
