// SPDX-License-Identifier: MIT OR Apache-2.0
//! What stands first in the list is what somebody does something about: it must not change by itself.

use super::bed::Bed;
use ecmod_control::{AlarmKind, Mode};
use ecmod_sim::circuit::Site;
use ecmod_sim::scenario::Fault;

/// In Flow mode the controller, the limit of the pressure, its end and the detector of useless speed take turns while a return
/// line is kinked.
#[test]
fn a_kink_that_limits_the_flow_has_one_first_cause_and_keeps_it() {
    for (fraction, seconds) in [(0.8, 180.0), (0.85, 180.0), (0.9, 180.0)] {
        let mut bed = Bed::new(Mode::Flow);
        bed.fault(Fault::Occlusion { site: Site::Return, fraction });
        bed.run(seconds);
        let firsts = &bed.record.firsts;
        println!("{fraction}: {firsts:?}");
        let later: Vec<_> = firsts.iter().filter(|(after, _)| *after > 10.0).collect();
        assert!(later.len() <= 2, "{fraction}: it changes: {firsts:?}");
        assert!(
            !bed.record.alarms.contains_key(&AlarmKind::Suction),
            "{fraction}: nothing is sucked in: {firsts:?}"
        );
    }
}
