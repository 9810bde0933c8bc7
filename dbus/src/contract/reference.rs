// SPDX-License-Identifier: MIT OR Apache-2.0
//! Renders the contract as the D-Bus reference page of the book (Markdown).

use std::fmt::Write as _;

use super::{Argument, Changes, Interface, Method, Signal};

/// What stands before the interfaces: what cannot be said in one of the files.
const INTRODUCTION: &str = "\
# D-Bus reference

<!-- Generated from dbus/*.xml: cargo run -p ecmod-client --example dbus_reference > docs/src/dbus-reference.md -->

The console is the service `org.ecmod` on the system bus. Its objects stand below `/org/ecmod`, which has the standard
`org.freedesktop.DBus.ObjectManager`: one call of `GetManagedObjects` returns every object with every property, and
`InterfacesAdded` and `InterfacesRemoved` tell of drivers, ports and alarms that come and go. The names end in the version of the
interface; within a version members are only added, so pass over what you do not know.
Times are in ns of the console's `CLOCK_MONOTONIC` unless their unit says otherwise, and comparable with the time in `Frame`.
How to use all this, step by step: [Write a user interface](write-a-user-interface.md).

## Readings

A reading is the structure `(adsstt)`:

| field | type | meaning |
|---|---|---|
| value | `ad` | one number in the signal's unit; **empty when the reading is bad**, so that nothing can be taken for a value |
| quality | `s` | `good`, `uncertain` (there is a value, the cause lowers trust in it) or `bad` (there is none) |
| cause | `s` | why it is not good, `none` when it is |
| time | `t` | when it was acquired, in ns of the console's `CLOCK_MONOTONIC` |
| sequence | `t` | number of the sample in its source |

| cause | meaning |
|---|---|
| `none` | nothing is wrong |
| `no_data` | no sample has arrived since the start |
| `stale` | the newest sample is older than the signal's longest age |
| `timeout` | the device did not answer in time, or the driver exceeded its budget |
| `communication` | frames arrived damaged |
| `device_error` | the device answered with an error of its own |
| `disconnected` | the sensor is unplugged, open or short |
| `signal_lost` | the sensor is there but cannot measure |
| `out_of_range` | outside the declared range |
| `not_finite` | not a finite number |
| `rate` | changed faster than the signal physically can |
| `disagreement` | redundant sources contradict each other |
| `bad_time` | the time stamp lies in the future or runs backwards |
| `driver_fault` | the driver failed; its host is restarting it |
| `host_lost` | the port's host process is gone or does not move |
| `not_calibrated` | not calibrated, not zeroed, or calibration is running |
| `near_zero` | too close to zero for the sensor to tell well |
| `estimated` | calculated from other signals, not measured |
| `redundant` | the preferred source is bad; this is a redundant one |
| `not_ready` | the device is in a state in which it does not measure |
| `saturated` | the device says no more than \"saturated\" |
| `frozen` | the value has not moved where a live sensor must |

Causes may be added: show a word you do not know as it is. A number that may be absent has the type `ad` with zero or one
element, for the same reason.

## Errors

| error | meaning |
|---|---|
| `org.ecmod.Error.Refused` | the control loop refused; the message says why and what is allowed, and ends with a stable code in square brackets. Nothing was changed |
| `org.ecmod.Error.InvalidArgument` | an argument is not finite, or not one of the words. Nothing was changed |
| `org.ecmod.Error.NotAuthorised` | the caller may not do this. Nothing was changed. Reading needs no authorisation |
| `org.ecmod.Error.Unavailable` | the control loop did not answer in time: look at the state before asking again |
";

/// The whole page.
#[must_use]
pub fn reference_page(interfaces: &[Interface]) -> String {
    let mut out = INTRODUCTION.to_owned();
    for interface in interfaces {
        let _ = write!(
            out,
            "\n## {}\n\nObject path: `{}`\n\n{}\n",
            interface.name, interface.path, interface.doc
        );
        if !interface.properties.is_empty() {
            properties(&mut out, interface);
        }
        for method in &interface.methods {
            method_section(&mut out, method);
        }
        for signal in &interface.signals {
            signal_section(&mut out, signal);
        }
    }
    out
}

fn properties(out: &mut String, interface: &Interface) {
    out.push_str(
        "\n### Properties\n\n| property | type | unit | changes | meaning |\n|---|---|---|---|---|\n",
    );
    for property in &interface.properties {
        let value = &property.value;
        let changes = match property.changes {
            Changes::Announced => "announced",
            Changes::Constant => "never",
            Changes::Silent => "not announced",
        };
        let _ = writeln!(
            out,
            "| `{}` | `{}` | {} | {changes} | {} |",
            value.name,
            value.signature,
            unit(value),
            meaning(value)
        );
    }
}

fn method_section(out: &mut String, method: &Method) {
    let names = |arguments: &[Argument]| {
        arguments.iter().map(|argument| argument.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let returns =
        if method.outputs.is_empty() { String::new() } else { format!(" -> ({})", names(&method.outputs)) };
    let _ =
        write!(out, "\n### Method {}({}){returns}\n\n{}\n", method.name, names(&method.inputs), method.doc);
    if !(method.inputs.is_empty() && method.outputs.is_empty()) {
        out.push_str("\n| argument | direction | type | unit | meaning |\n|---|---|---|---|---|\n");
        for (direction, arguments) in [("in", &method.inputs), ("out", &method.outputs)] {
            for argument in arguments {
                let _ = writeln!(
                    out,
                    "| `{}` | {direction} | `{}` | {} | {} |",
                    argument.name,
                    argument.signature,
                    unit(argument),
                    meaning(argument)
                );
            }
        }
    }
    let errors: Vec<_> = method.errors.iter().map(|error| format!("`{error}`")).collect();
    let _ = write!(out, "\nErrors: {}.\n", errors.join(", "));
}

fn signal_section(out: &mut String, signal: &Signal) {
    let _ = write!(out, "\n### Signal {}\n\n{}\n", signal.name, signal.doc);
    out.push_str("\n| argument | type | unit | meaning |\n|---|---|---|---|\n");
    for argument in &signal.arguments {
        let _ = writeln!(
            out,
            "| `{}` | `{}` | {} | {} |",
            argument.name,
            argument.signature,
            unit(argument),
            meaning(argument)
        );
    }
}

fn unit(argument: &Argument) -> &str {
    match argument.unit.as_deref() {
        None | Some("1") => "",
        Some(unit) => unit,
    }
}

/// The description and the words it may be, fit for a table cell.
fn meaning(argument: &Argument) -> String {
    let mut text = argument.doc.clone();
    if !argument.values.is_empty() {
        let values: Vec<_> = argument.values.iter().map(|value| format!("`{value}`")).collect();
        let _ = write!(text, " One of {}.", values.join(", "));
    }
    text.replace('|', "\\|").replace('<', "&lt;")
}
