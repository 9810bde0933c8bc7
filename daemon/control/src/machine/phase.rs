// SPDX-License-Identifier: MIT OR Apache-2.0
//! The states themselves, with the data that belongs to each. The diagram stands in the parent module.

use super::FASTEST;
use crate::control::Controllers;
use crate::{Mode, StopState};
use ecmod_quantities::{Monotonic, Rpm, Span};

/// How long a stop request counts.
const STOP_COUNTS: Span = Span::from_secs(10);

/// What the console is doing.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // there is no heap to put the controllers on, and only one of these exists
pub(super) enum Phase {
    Standby(Standby),
    Support(Support),
    Stopping(Stopping),
}

/// No support.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standby {
    /// Not yet known whether the pump runs. Nothing is demanded.
    Watching,
    /// The pump stands, and was never driven by this core. Nothing is demanded.
    Idle,
    /// Stopped by an operator. Zero is demanded.
    Stopped,
}

/// The pump is driven.
#[derive(Debug, Clone)]
pub(super) struct Support {
    pub(super) drive: Drive,
    pub(super) stop: Option<StopRequest>,
}

/// How the pump is driven.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // as above
pub(super) enum Drive {
    /// After a restart: the pump has not been seen yet. Nothing is demanded.
    Awaiting {
        mode: Mode,
        /// To go on from, if the pump's host is there and nobody knows the pump's speed.
        fallback: Rpm,
    },
    /// Controllers decide.
    Driving { applied: Rpm, controllers: Controllers },
    /// The pump's host is lost: the demand stands still.
    Lost { mode: Mode, applied: Rpm },
}

/// A confirmed stop: the speed runs down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stopping {
    pub(super) applied: Rpm,
}

/// The first step of a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StopRequest {
    pub(super) token: u32,
    expires: Monotonic,
}

/// The connection to the pump's host, as last seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Link {
    Absent,
    /// `by_keys`: what is held was set with the host's own keys, and nobody has demanded anything since.
    Present {
        held: Option<Rpm>,
        since: Monotonic,
        by_keys: bool,
    },
}

/// The speed, if it can be one.
pub(super) fn plausible(speed: Rpm) -> Option<Rpm> {
    (Rpm::ZERO..=FASTEST).contains(&speed).then_some(speed)
}

impl Drive {
    pub(super) const fn mode(&self) -> Mode {
        match self {
            Self::Awaiting { mode, .. } | Self::Lost { mode, .. } => *mode,
            Self::Driving { controllers, .. } => controllers.mode(),
        }
    }

    pub(super) const fn applied(&self) -> Option<Rpm> {
        match self {
            Self::Awaiting { .. } => None,
            Self::Driving { applied, .. } | Self::Lost { applied, .. } => Some(*applied),
        }
    }
}

impl StopRequest {
    /// The `number`th request of this core. The token tells it from those before, also of a core before a restart.
    pub(super) fn new(number: u64, now: Monotonic) -> Self {
        let mixed = (now.0 ^ number.rotate_left(40)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        let token = u32::try_from(mixed).unwrap_or(1).max(1);
        Self { token, expires: now.plus(STOP_COUNTS) }
    }

    pub(super) fn counts(&self, now: Monotonic) -> bool {
        now <= self.expires
    }

    pub(super) const fn shown(&self) -> StopState {
        StopState::Pending { token: self.token, expires: self.expires }
    }
}

impl Link {
    /// What the host demanded of the drive before it met us.
    pub(super) const fn held(&self) -> Option<Rpm> {
        match self {
            Self::Absent => None,
            Self::Present { held, .. } => *held,
        }
    }
}
