// SPDX-License-Identifier: MIT OR Apache-2.0
//! The words for zeroing: taking what a pressure transducer says at atmospheric pressure as its zero.
//!
//! # Meaning of the numbers
//! A source's value is `gain * (raw - zero) + offset`: the zero belongs to the transducer and is found by zeroing, gain
//! and offset belong to the configuration (an offset for a transducer that hangs at another height, say). A zeroed source
//! at atmospheric pressure therefore shows its configured offset.
//!
//! # How it goes
//! [`crate::Request::Zero`] begins it; for [`ZERO_TIME`] every new raw sample of each source of the signal is taken, and
//! the readings go on as before. Then the source's mean becomes its zero, unless it is in doubt. One signal at a time.
//! All sources of a signal are zeroed, or none; a source that says nothing good at all meanwhile is left out, so that
//! a broken one does not keep its neighbour from being zeroed.

use crate::{Refusal, SOURCES_PER_SIGNAL};
use ecmod_quantities::{MmHg, Monotonic, Span};

/// How long samples are taken.
pub const ZERO_TIME: Span = Span::from_secs(1);
/// The most noise (standard deviation) of a transducer that is open to air `[C]`.
pub const ZERO_NOISE: MmHg = MmHg(2.0);
/// The furthest that a sound transducer's zero lies off `[C]`.
pub const ZERO_RANGE: MmHg = MmHg(50.0);
/// The fewest good samples that make a mean `[C]`.
pub const ZERO_SAMPLES: u32 = 10;

/// Whether a signal may be believed before its sources were zeroed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ZeroPolicy {
    /// Its sources measure rightly as they are; zeroing refines them.
    #[default]
    Optional,
    /// A source that was never zeroed is uncertain with [`ecmod_quantities::Cause::NotCalibrated`], and no limiter
    /// goes by it: bridge transducers.
    Required,
}

/// What zeroing does.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Zeroing {
    /// The one that is going on.
    pub running: Option<ZeroRun>,
    /// The one that ended last. It stays until the next one ends, which is at least [`ZERO_TIME`] later.
    pub ended: Option<ZeroEnd>,
}

/// A zeroing that is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZeroRun {
    /// How many there were, this one included: tells it from others.
    pub number: u32,
    /// Index of the signal.
    pub signal: u16,
    /// When it ends.
    pub ends: Monotonic,
}

/// A zeroing that has ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ZeroEnd {
    /// That of its [`ZeroRun`].
    pub number: u32,
    /// Index of the signal.
    pub signal: u16,
    /// When it ended.
    pub at: Monotonic,
    /// The new zeros, in use from now on, in the order of the signal's sources (`None`: left out or not there); or why
    /// nothing has changed: [`Refusal::ZeroNoisy`], [`Refusal::ZeroFarOff`], [`Refusal::ZeroSamples`].
    pub result: Result<[Option<ZeroFound>; SOURCES_PER_SIGNAL], Refusal>,
}

/// The new zero of a source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ZeroFound {
    /// Index of the source, as in [`crate::SourceSettings::index`].
    pub source: u16,
    /// The zero, in what the source delivers: what is to be kept for [`crate::SourceSettings::zero`].
    pub zero: f64,
    /// The noise (standard deviation), in the signal's unit.
    pub noise: MmHg,
}
