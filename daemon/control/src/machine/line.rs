// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether anybody answers on the drive's line.
//!
//! The pump's host may be well, and its driver run, while the drive itself is silent: a plug, a fuse, a bus. Then nobody
//! knows what the pump does and nobody can change it, which is as bad as a lost host and has the same alarm. It is told by
//! the time since *any* signal of the pump's driver was answered, so that a lost frame or a single bad register is none.

use super::phase::Link;
use crate::{Role, Settings};
use ecmod_quantities::{Cause, Monotonic, Quality, Reading, Span};

/// Nobody has answered for this long: the alarm has to be there within a second of the last answer.
const SILENT: Span = Span::from_millis(600);
/// A drive that has not been heard yet may take this long.
const ARRIVING: Span = Span::from_secs(5);

/// What was heard.
#[derive(Debug, Clone, Copy)]
pub(super) struct DriveLine {
    /// Since when its host is there.
    since: Option<Monotonic>,
    /// The latest answer.
    heard: Option<Monotonic>,
    silent: bool,
}

impl DriveLine {
    pub(super) const NEW: Self = Self { since: None, heard: None, silent: false };

    /// Listens for a tick.
    pub(super) fn listen(&mut self, settings: &Settings, link: Link, sources: &[Reading], now: Monotonic) {
        let Some((speed, first)) = feedback(settings) else { return };
        if matches!(link, Link::Absent) {
            *self = Self::NEW;
            return;
        }
        let since = *self.since.get_or_insert(now);
        let topology = &settings.alarms.topology;
        let is_drives = |index: u16| match topology.pump {
            Some(pump) => topology.driver_of(index) == Some(pump),
            None => index == first,
        };
        let answers = (0u16..).zip(sources).filter(|(index, reading)| is_drives(*index) && answered(reading));
        let newest = answers.map(|(_, reading)| reading.acquired().min(now)).max();
        self.heard = self.heard.max(newest);
        let longest = speed.max(SILENT);
        self.silent = match self.heard {
            // After a host came back its first answer counts like one that was just heard.
            Some(heard) => now.since(heard.max(since)) >= longest,
            None => now.since(since) >= ARRIVING,
        };
    }

    pub(super) const fn is_silent(&self) -> bool {
        self.silent
    }
}

/// How old the drive's own speed may be, and its first source; `None` if there is no such signal.
fn feedback(settings: &Settings) -> Option<(Span, u16)> {
    let signal = settings.signals.iter().flatten().find(|signal| signal.role == Role::PumpSpeed)?;
    let source = signal.sources.iter().flatten().next()?;
    Some((signal.longest_age, source.index))
}

/// Whether this came from the drive: a value, or a fault that the drive itself reports.
fn answered(reading: &Reading) -> bool {
    match reading.quality() {
        Quality::Good | Quality::Uncertain => true,
        Quality::Bad => !matches!(
            reading.cause(),
            Cause::NoData
                | Cause::Stale
                | Cause::Timeout
                | Cause::Communication
                | Cause::BadTime
                | Cause::DriverFault
                | Cause::HostLost
                | Cause::NotReady
        ),
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::{PumpPreset, SignalSettings, Topology};
    use ecmod_quantities::Quantity;

    const PRESENT: Link = Link::Present { held: None, since: Monotonic(0), by_keys: false };

    fn at(ms: u64) -> Monotonic {
        Monotonic(1_000_000_000 + ms * 1_000_000)
    }

    /// The drive has the sources 0 and 1, somebody else the source 2.
    fn settings() -> Settings {
        let mut settings = Settings::for_pump(PumpPreset::RotaflowLike);
        for (index, role) in [(0, Role::PumpSpeed), (1, Role::PumpLoad), (2, Role::Tacho)] {
            settings.signals[usize::from(index)] = Some(SignalSettings::new(role, Quantity::Speed, index));
        }
        let mut topology = Topology::UNKNOWN;
        (topology.sources[0], topology.sources[1], topology.sources[2]) = (Some(0), Some(0), Some(1));
        topology.pump = Some(0);
        settings.alarms.topology = topology;
        settings
    }

    /// After how many ms without this from the drive, which was there at first, it counts as silent.
    fn silent_after(settings: &Settings, then: impl Fn(u64) -> [Reading; 3]) -> Option<u64> {
        let mut line = DriveLine::NEW;
        line.listen(settings, PRESENT, &[Reading::good(1.0, at(0), 1); 3], at(0));
        (1..3000).find(|ms| {
            line.listen(settings, PRESENT, &then(*ms), at(*ms));
            line.is_silent()
        })
    }

    #[test]
    fn a_drive_that_does_not_answer_is_silent_within_a_second_whatever_others_say() {
        let silent = |ms| {
            let lost = Reading::bad(Cause::Timeout, at(ms), ms);
            [lost, lost, Reading::good(3000.0, at(ms), ms)]
        };
        assert_eq!(silent_after(&settings(), silent), Some(600));
        let old =
            |ms| [Reading::good(1.0, at(0), 1), Reading::good(1.0, at(0), 1), Reading::good(1.0, at(ms), ms)];
        assert_eq!(silent_after(&settings(), old), Some(600));
    }

    #[test]
    fn one_signal_that_is_answered_or_a_fault_that_the_drive_reports_is_an_answer() {
        let lost = |ms| Reading::bad(Cause::Timeout, at(ms), ms);
        assert_eq!(
            silent_after(&settings(), |ms| [lost(ms), Reading::good(1.0, at(ms), ms), lost(ms)]),
            None
        );
        let fault = |ms| Reading::bad(Cause::DeviceError, at(ms), ms);
        assert_eq!(silent_after(&settings(), |ms| [fault(ms), lost(ms), lost(ms)]), None);
        // Four of five frames are lost.
        let few = |ms: u64| if ms.is_multiple_of(500) { Reading::good(1.0, at(ms), ms) } else { lost(ms) };
        assert_eq!(silent_after(&settings(), |ms| [few(ms), lost(ms), lost(ms)]), None);
    }

    #[test]
    fn without_a_topology_the_speed_alone_tells_and_without_a_speed_nothing_does() {
        let mut settings = settings();
        settings.alarms.topology = Topology::UNKNOWN;
        let lost =
            |ms| [Reading::bad(Cause::Timeout, at(ms), ms), Reading::good(1.0, at(ms), ms), Reading::NO_DATA];
        assert_eq!(silent_after(&settings, lost), Some(600));
        settings.signals[0] = None;
        assert_eq!(silent_after(&settings, lost), None);
    }

    #[test]
    fn a_drive_that_was_never_heard_has_time_and_a_lost_host_is_another_matter() {
        let mut line = DriveLine::NEW;
        let mut silent = |link, ms| {
            line.listen(&settings(), link, &[Reading::NO_DATA; 3], at(ms));
            line.is_silent()
        };
        assert!(!silent(PRESENT, 0) && !silent(PRESENT, 4_999) && silent(PRESENT, 5_000));
        assert!(!silent(Link::Absent, 5_100) && !silent(PRESENT, 5_200));
    }
}
