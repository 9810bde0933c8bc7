// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an alarm is about: its kind, and which one of several.

use super::AlarmKind;
use crate::{Clamp, InterventionKind, MAX_DRIVERS, MAX_PORTS, MAX_SIGNALS};

/// Which one of several an alarm is about. Indices are those of the settings and of [`crate::Inputs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// There is only one.
    None,
    /// A signal, by its index in [`crate::Outputs::readings`].
    Signal(u16),
    /// A driver, by its index in [`crate::Inputs::drivers`].
    Driver(u16),
    /// A port with its host, by the index in [`crate::Topology::ports`].
    Port(u16),
    /// A clamp.
    Clamp(Clamp),
    /// An intervention.
    Intervention(InterventionKind),
}

/// What the subjects of a kind are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubjectKind {
    /// There is only one alarm of the kind.
    None,
    /// One alarm for each signal.
    Signal,
    /// One for each driver.
    Driver,
    /// One for each port.
    Port,
    /// One for each clamp.
    Clamp,
    /// One for each intervention.
    Intervention,
}

/// One alarm of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alarm {
    /// What it is.
    pub kind: AlarmKind,
    /// Which one of several.
    pub subject: Subject,
}

impl Alarm {
    /// The alarm of this kind, of which there is only one.
    #[must_use]
    pub const fn of(kind: AlarmKind) -> Self {
        Self { kind, subject: Subject::None }
    }

    /// The alarm of this kind about this subject.
    #[must_use]
    pub const fn about(kind: AlarmKind, subject: Subject) -> Self {
        Self { kind, subject }
    }
}

impl Subject {
    /// What it is.
    #[must_use]
    pub const fn kind(self) -> SubjectKind {
        match self {
            Self::None => SubjectKind::None,
            Self::Signal(_) => SubjectKind::Signal,
            Self::Driver(_) => SubjectKind::Driver,
            Self::Port(_) => SubjectKind::Port,
            Self::Clamp(_) => SubjectKind::Clamp,
            Self::Intervention(_) => SubjectKind::Intervention,
        }
    }

    /// Which one of its kind: for records, and the way back is [`SubjectKind::nth`].
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::None => 0,
            Self::Signal(number) | Self::Driver(number) | Self::Port(number) => number,
            Self::Clamp(Clamp::Return) => 0,
            Self::Clamp(Clamp::Drainage) => 1,
            Self::Intervention(kind) => kind as u16,
        }
    }
}

impl SubjectKind {
    /// Every kind of subject.
    pub const ALL: [Self; 6] =
        [Self::None, Self::Signal, Self::Driver, Self::Port, Self::Clamp, Self::Intervention];

    /// How many subjects of this kind there can be.
    #[must_use]
    pub const fn count(self) -> usize {
        match self {
            Self::None => 1,
            Self::Signal => MAX_SIGNALS,
            Self::Driver => MAX_DRIVERS,
            Self::Port => MAX_PORTS,
            Self::Clamp => Clamp::ALL.len(),
            Self::Intervention => InterventionKind::ALL.len(),
        }
    }

    /// The subject with this number, if there can be one.
    #[must_use]
    pub fn nth(self, number: u16) -> Option<Subject> {
        let index = usize::from(number);
        (index < self.count()).then_some(())?;
        match self {
            Self::None => Some(Subject::None),
            Self::Signal => Some(Subject::Signal(number)),
            Self::Driver => Some(Subject::Driver(number)),
            Self::Port => Some(Subject::Port(number)),
            Self::Clamp => Clamp::ALL.get(index).copied().map(Subject::Clamp),
            Self::Intervention => InterventionKind::ALL.get(index).copied().map(Subject::Intervention),
        }
    }

    /// The word on D-Bus and in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Signal => "signal",
            Self::Driver => "driver",
            Self::Port => "port",
            Self::Clamp => "clamp",
            Self::Intervention => "intervention",
        }
    }

    /// The kind of subject with this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_go_there_and_back_by_kind_and_number() {
        for kind in SubjectKind::ALL {
            assert_eq!(SubjectKind::from_name(kind.name()), Some(kind));
            let count = u16::try_from(kind.count()).unwrap();
            for number in 0..count {
                let subject = kind.nth(number).unwrap();
                assert_eq!((subject.kind(), subject.number()), (kind, number));
            }
            assert_eq!(kind.nth(count), None);
        }
    }
}
