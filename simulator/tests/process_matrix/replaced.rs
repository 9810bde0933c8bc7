// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the supervisors do about what hangs: they end it in time, say why, replace it once, and leave everybody else alone.

use crate::bed::Bed;
use crate::steady::{Victim, monotonic};
use std::collections::BTreeMap;
use std::time::Duration;

/// `WatchdogSec=` of the units, and what a busy machine may take besides to end what hangs ...
const ENDED: Duration = Duration::from_secs(6);
/// ... and to have its successor at work.
const BACK: Duration = Duration::from_secs(7);
/// How the end of a process is called that no longer says that it is alive.
pub const SAYS_NOTHING: &str = "did not say that it is alive";

/// How often each process was replaced before.
pub struct Supervisors(BTreeMap<String, u64>);

impl Supervisors {
    /// Before anything hangs.
    pub fn look(bed: &Bed) -> Self {
        Self(counts(bed))
    }

    /// Asserts of what hung that the next one is at work in time, that it alone was replaced, and once; and with `why`, how its end is called.
    #[track_caller]
    pub fn have_replaced(&self, bed: &Bed, process: &str, why: Option<&str>) {
        in_time(bed, BACK);
        let expected: BTreeMap<String, u64> =
            self.0.iter().map(|(name, count)| (name.clone(), count + u64::from(name == process))).collect();
        assert_eq!(counts(bed), expected, "{process} is replaced, and nobody else");
        let end = bed.room.console.processes()[process]["last_end"].as_str().unwrap_or_default().to_owned();
        assert!(why.is_none_or(|why| end.contains(why)), "{end}");
    }
}

fn counts(bed: &Bed) -> BTreeMap<String, u64> {
    bed.processes().into_iter().map(|name| (name.clone(), bed.room.console.restarts(&name))).collect()
}

/// Waits until what hangs has been ended, which has to be in time.
#[track_caller]
pub fn is_ended(bed: &Bed, hung: &Victim) {
    hung.gone();
    in_time(bed, ENDED);
}

/// Since the fault began.
#[track_caller]
fn in_time(bed: &Bed, within: Duration) {
    let (began, _) = bed.fault();
    let after = Duration::from_nanos(monotonic() - began);
    assert!(after <= within, "{after:.1?}, in place of {within:?}");
}
