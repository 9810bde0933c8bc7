// SPDX-License-Identifier: MIT OR Apache-2.0
//! The trait that a driver implements.

use crate::quantities::Monotonic;
use crate::{Demands, Error, Findings, Host, Info, Samples, Table, abi};

/// A driver: one instance per device.
///
/// All calls come from one thread, in the order `open`, `cycle`*, (`self_test` between two cycles)*, `close`.
/// A panic in any of them is caught; the instance is dead from then on and the host opens a new one.
pub trait Driver: Sized + 'static {
    /// What the driver is, needs, measures and can be told.
    const INFO: Info;

    /// The driver's own configuration: derive `Deserialize` with `#[serde(deny_unknown_fields)]`.
    /// [`NoConfig`] if it has none.
    type Config: serde::de::DeserializeOwned;

    /// Opens the device, without changing what it does: a pump that runs keeps running at its speed.
    ///
    /// # Errors
    /// [`Error::Device`] if it is the wrong device; whatever the bus said, if it did not answer.
    fn open(host: Host, config: Self::Config) -> Result<Self, Error>;

    /// Signals and commands, if they depend on the configuration. Asked once, right after `open`.
    fn describe(&self) -> Option<&Table> {
        None
    }

    /// One round: writes what is demanded, reads what is measured. A signal left untouched has no news.
    ///
    /// # Errors
    /// An error makes *all* signals bad, with [`Error::cause`]. If only some could not be read, say so with
    /// [`Samples::bad`] and return `Ok`.
    fn cycle(
        &mut self,
        now: Monotonic,
        demands: &Demands<'_>,
        samples: &mut Samples<'_>,
    ) -> Result<(), Error>;

    /// Tests the device without disturbing what it does.
    ///
    /// # Errors
    /// When the test itself could not be made; what a test found is a finding, not an error.
    fn self_test(&mut self, _findings: &mut Findings<'_>) -> Result<(), Error> {
        Ok(())
    }

    /// How the device behaves when the link to it is lost. Asked after `open` and again when it may have changed.
    fn holds_on_link_loss(&self) -> Hold {
        Hold::NotApplicable
    }

    /// Ends the instance; the device goes on as it is.
    fn close(self) {}
}

/// How a device behaves when the link to it is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Hold {
    /// There is no output that matters.
    NotApplicable = abi::ECMOD_HOLD_NOT_APPLICABLE,
    /// The output stops or changes.
    No = abi::ECMOD_HOLD_NO,
    /// It should hold; nobody has looked at this device.
    Unverified = abi::ECMOD_HOLD_UNVERIFIED,
    /// It holds: read back from the device in `open`.
    Verified = abi::ECMOD_HOLD_VERIFIED,
}

impl Hold {
    /// The one with this ABI number, if there is one.
    #[must_use]
    pub const fn from_code(code: u32) -> Option<Self> {
        match code {
            abi::ECMOD_HOLD_NOT_APPLICABLE => Some(Self::NotApplicable),
            abi::ECMOD_HOLD_NO => Some(Self::No),
            abi::ECMOD_HOLD_UNVERIFIED => Some(Self::Unverified),
            abi::ECMOD_HOLD_VERIFIED => Some(Self::Verified),
            _ => None,
        }
    }

    /// The word used on D-Bus, in logs and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotApplicable => "not_applicable",
            Self::No => "no",
            Self::Unverified => "unverified",
            Self::Verified => "verified",
        }
    }
}

/// The configuration of a driver that has none: nothing, or an empty table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoConfig {}
