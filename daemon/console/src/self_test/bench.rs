// SPDX-License-Identifier: MIT OR Apache-2.0
//! A console for the tests of checks: all roles, each from a source of its own, and a core that has just been made.

use ecmod_control::{Boot, Core, Outputs, Role};
use ecmod_quantities::{Monotonic, Reading};

use crate::plan::Plan;

/// Drivers `x` (all sensors) and `pump`.
pub fn plan() -> Plan {
    let mut text = String::from(
        "[ports.line]\nkind = \"serial\"\ndevice = \"/dev/ttyS2\"\n\
         [drivers.x]\ndriver = \"x\"\nport = \"line\"\nconfig = {}\n\
         [ports.pump_line]\nkind = \"serial\"\ndevice = \"/dev/ttyS3\"\n\
         [drivers.pump]\ndriver = \"pump\"\nport = \"pump_line\"\nconfig = {}\n\
         [commands.pump_speed]\ntarget = \"pump.speed\"\n",
    );
    for role in Role::KNOWN {
        let name = role.name().unwrap();
        text.push_str(&format!("[signals.{name}]\nsources = [\"x.{name}\"]\n"));
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let configuration = ecmod_config::load(&ecmod_config::Paths::at(file.path()));
    Plan::new(&configuration.unwrap_or_else(|errors| panic!("{errors}"))).unwrap()
}

/// A console in standby that knows nothing yet.
pub fn plan_and_outputs() -> (Plan, Outputs) {
    let plan = plan();
    let outputs = *Core::new(plan.settings, Boot::Cold).unwrap().outputs();
    (plan, outputs)
}

/// The index of a signal.
pub fn index(plan: &Plan, name: &str) -> usize {
    plan.signals.iter().position(|signal| signal.name == name).unwrap()
}

/// A signal has this value.
pub fn set(plan: &Plan, outputs: &mut Outputs, role: Role, value: f64) {
    let index = index(plan, role.name().unwrap());
    outputs.readings[index] = Reading::good(value, Monotonic(1), 1);
}
