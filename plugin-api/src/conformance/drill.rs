// SPDX-License-Identifier: MIT OR Apache-2.0
//! Provokes a panic, to see that it is caught where the driver's library was really built and linked.
//!
//! Drivers made with the Rust SDK panic when `cycle` is called for [`PANIC_DRILL`], a time that never comes. Others
//! know nothing of it, and there is no way to make them fail on purpose.
#![allow(unsafe_code)]

use super::scenario::Scenario;
use super::{Case, Finding, finding, not_tested};
use crate::abi;
use crate::loaded::{Descriptor, Instance};
use crate::quantities::Monotonic;
use crate::shim::PANIC_DRILL;

pub(super) fn check(descriptor: &Descriptor, case: &Case, report: &mut dyn FnMut(Finding)) {
    for scenario in Scenario::all(case) {
        let fake = scenario.host(case);
        // SAFETY: the fake host outlives the instance, and nothing leaves this thread.
        let Ok(mut instance) = (unsafe { Instance::open(descriptor, fake.as_abi()) }) else { continue };
        let demands = vec![abi::Demand::default(); instance.table().commands.len()];
        let mut samples = vec![abi::Sample::default(); instance.table().signals.len()];
        if instance.cycle(Monotonic(PANIC_DRILL), &demands, &mut samples) != abi::ECMOD_E_PANIC {
            let why =
                "the driver was not made with the Rust SDK: its crashes cannot be provoked from outside";
            report(not_tested("panic", why));
            return;
        }
        let again = instance.cycle(fake.now(), &demands, &mut samples);
        let tested = instance.self_test().map_or_else(|code| code, |_| abi::ECMOD_OK);
        let mut defects = Vec::new();
        for (call, code) in [("cycle", again), ("self_test", tested)] {
            if code != abi::ECMOD_E_STATE {
                defects.push(format!("after a panic {call} returned {code}"));
            }
        }
        drop(instance);
        report(finding("panic", &defects, || {
            "caught, and the instance is dead until it is closed".to_owned()
        }));
        return;
    }
    report(not_tested("panic", "the driver opened on none of the buses: describe a device that it accepts"));
}
