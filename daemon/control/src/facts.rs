// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the daemon knows of itself and of its machine, as plain facts: [`Facts`] is a set of [`Fact`].
//!
//! A fact is in the set for as long as it is true. One that is an event (a clock jump, say) stays for a second or more, so
//! that no tick misses it.

/// Something that the daemon knows and the core cannot see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Fact {
    /// The configuration has an error; the last good one is in force.
    ConfigurationInvalid,
    /// The configuration was lost and was restored from its copy.
    ConfigurationRestored,
    /// The state journal was foreign, of an unknown version, or damaged: safe defaults are in force.
    JournalDamaged,
    /// The wall clock jumped. Nothing here goes by it; records do.
    ClockJumped,
    /// There is no room for records.
    DiskFull,
    /// The state directory cannot be written.
    StorageFailed,
    /// Log entries or alarm records were lost.
    LogLoss,
    /// The supervisor's time was nearly over before it was served.
    WatchdogNear,
    /// D-Bus is gone: no user interface can reach the console.
    BusLost,
    /// The daemon was restarted without having been asked to stop.
    DaemonRestarted,
    /// It was restarted often; optional parts have safe defaults.
    RestartsFrequent,
    /// The latest self-test failed.
    SelfTestFailed,
    /// An operator overrode the failed self-test.
    SelfTestOverridden,
    /// The alarm limits could not be kept through the loss of power: presets are in force.
    LimitsReset,
    /// The control loop was late.
    LoopOverrun,
    /// A host does not move and does not answer.
    HostHung,
    /// The case began without a checklist that belongs before it.
    ChecklistMissing,
    /// A check that is to be made again and again during a case is due.
    CheckDue,
}

/// A set of facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Facts(u32);

impl Fact {
    /// Every fact.
    pub const ALL: [Self; 18] = [
        Self::ConfigurationInvalid,
        Self::ConfigurationRestored,
        Self::JournalDamaged,
        Self::ClockJumped,
        Self::DiskFull,
        Self::StorageFailed,
        Self::LogLoss,
        Self::WatchdogNear,
        Self::BusLost,
        Self::DaemonRestarted,
        Self::RestartsFrequent,
        Self::SelfTestFailed,
        Self::SelfTestOverridden,
        Self::LimitsReset,
        Self::LoopOverrun,
        Self::HostHung,
        Self::ChecklistMissing,
        Self::CheckDue,
    ];

    /// The word in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConfigurationInvalid => "configuration_invalid",
            Self::ConfigurationRestored => "configuration_restored",
            Self::JournalDamaged => "journal_damaged",
            Self::ClockJumped => "clock_jumped",
            Self::DiskFull => "disk_full",
            Self::StorageFailed => "storage_failed",
            Self::LogLoss => "log_loss",
            Self::WatchdogNear => "watchdog_near",
            Self::BusLost => "bus_lost",
            Self::DaemonRestarted => "daemon_restarted",
            Self::RestartsFrequent => "restarts_frequent",
            Self::SelfTestFailed => "self_test_failed",
            Self::SelfTestOverridden => "self_test_overridden",
            Self::LimitsReset => "limits_reset",
            Self::LoopOverrun => "loop_overrun",
            Self::HostHung => "host_hung",
            Self::ChecklistMissing => "checklist_missing",
            Self::CheckDue => "check_due",
        }
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl Facts {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// Whether this is so.
    #[must_use]
    pub const fn has(self, fact: Fact) -> bool {
        self.0 & fact.bit() != 0
    }

    /// The same set with this fact.
    #[must_use]
    pub const fn with(self, fact: Fact) -> Self {
        Self(self.0 | fact.bit())
    }

    /// The same set without this fact.
    #[must_use]
    pub const fn without(self, fact: Fact) -> Self {
        Self(self.0 & !fact.bit())
    }

    /// The facts of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The set as bits, in the order of [`Fact::ALL`]: to pass it through an atomic.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// The set of these bits; those without a meaning are dropped.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits & ((1 << Fact::ALL.len()) - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_into_it_and_goes_through_bits() {
        for (index, fact) in Fact::ALL.into_iter().enumerate() {
            let set = Facts::NONE.with(fact);
            assert_eq!(set.bits(), 1 << index, "{}", fact.name());
            assert!(Fact::ALL.iter().all(|other| set.has(*other) == (*other == fact)));
            assert_eq!(Facts::from_bits(set.bits()), set);
            assert_eq!(set.without(fact), Facts::NONE);
        }
        let all = (1 << Fact::ALL.len()) - 1;
        assert_eq!(Facts::from_bits(u32::MAX).and(Facts::NONE).bits(), all, "no meaning, no bit");
    }
}
