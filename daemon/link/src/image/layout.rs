// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where everything stands in the image.

use super::Error;
use super::beat::Beat;
use super::cell::Cell;
use super::doorbell::Doorbell;
use super::life::Life;
use super::sync::{AtomicU32, AtomicU64};
use super::value::{DemandCell, SampleCell};

/// Most inputs of one host.
pub const MAX_INPUTS: u16 = 512;
/// Most outputs of one host.
pub const MAX_OUTPUTS: u16 = 64;

/// "ecmodimg" in little endian.
pub(super) const MAGIC: u64 = u64::from_le_bytes(*b"ecmodimg");
/// Version of everything in this module; any change of offsets or meaning is a new one.
pub(super) const VERSION: u32 = 3;

/// How many slots an image has. Known to both sides from the hello; never taken from the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Slots that the host writes, at most [`MAX_INPUTS`].
    pub inputs: u16,
    /// Slots that the daemon writes, at most [`MAX_OUTPUTS`].
    pub outputs: u16,
}

/// The first cache line. Written once, before the descriptor is given away.
#[repr(C, align(64))]
#[derive(Debug)]
pub(super) struct Header {
    pub(super) magic: AtomicU64,
    pub(super) version: AtomicU32,
    pub(super) inputs: AtomicU32,
    pub(super) outputs: AtomicU32,
}

/// Everything before the slots.
#[repr(C)]
#[derive(Debug)]
pub(super) struct Front {
    pub(super) header: Header,
    /// The daemon rings, the host waits.
    pub(super) doorbell: Doorbell,
    pub(super) daemon: Beat,
    pub(super) host: Beat,
    /// The host rings, the daemon waits.
    pub(super) urgent: Doorbell,
    pub(super) life: Life,
}

const LINE: usize = 64;
const _: () =
    assert!(size_of::<Header>() == LINE && size_of::<Doorbell>() == LINE && size_of::<Beat>() == LINE);
const _: () = assert!(size_of::<Life>() == LINE);
const _: () = assert!(size_of::<SampleCell>() == LINE && size_of::<DemandCell>() == LINE);
const _: () = assert!(size_of::<Cell<7>>() == LINE && size_of::<Front>() == 6 * LINE);

impl Layout {
    /// A layout, if it is not too large for an image.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub fn new(inputs: usize, outputs: usize) -> Result<Self, Error> {
        let too_large = Error::TooLarge { inputs, outputs };
        match (u16::try_from(inputs), u16::try_from(outputs)) {
            (Ok(inputs), Ok(outputs)) => Self { inputs, outputs }.checked(),
            _ => Err(too_large),
        }
    }

    /// Itself, if it is not too large for an image.
    pub(super) fn checked(self) -> Result<Self, Error> {
        if self.inputs <= MAX_INPUTS && self.outputs <= MAX_OUTPUTS {
            Ok(self)
        } else {
            Err(Error::TooLarge { inputs: self.inputs.into(), outputs: self.outputs.into() })
        }
    }

    /// Size of the image in bytes.
    pub(super) fn size(self) -> usize {
        size_of::<Front>() + (usize::from(self.inputs) + usize::from(self.outputs)) * LINE
    }

    /// Offset of an input slot, if there is one.
    pub(super) fn input(self, index: usize) -> Option<usize> {
        (index < usize::from(self.inputs)).then(|| size_of::<Front>() + index * LINE)
    }

    /// Offset of an output slot, if there is one.
    pub(super) fn output(self, index: usize) -> Option<usize> {
        (index < usize::from(self.outputs))
            .then(|| size_of::<Front>() + (usize::from(self.inputs) + index) * LINE)
    }
}
