// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why an image cannot be made or attached.

use super::Layout;

/// Why an image cannot be made or attached.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// More slots than an image may have.
    #[error(
        "{inputs} inputs and {outputs} outputs do not fit into a process image (at most {} and {})",
        super::MAX_INPUTS,
        super::MAX_OUTPUTS
    )]
    TooLarge {
        /// Inputs asked for.
        inputs: usize,
        /// Outputs asked for.
        outputs: usize,
    },
    /// The system refused a step.
    #[error("process image: {step}: {source}")]
    System {
        /// What was tried.
        step: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The descriptor is not a sealed memory file: its size could change under our hands.
    #[error("process image: the memory file is not sealed against changes of its size")]
    NotSealed,
    /// The file's size does not belong to the layout.
    #[error("process image: {found} bytes where {expected} belong to the layout")]
    WrongSize {
        /// Size of the file in bytes.
        found: u64,
        /// Size that belongs to the layout in bytes.
        expected: usize,
    },
    /// The file does not start like a process image.
    #[error("process image: not a process image (magic {found:#018x})")]
    WrongMagic {
        /// The first eight bytes.
        found: u64,
    },
    /// An image of another version.
    #[error("process image: version {found} where {expected} is spoken; daemon and host must be of one release", expected = super::layout::VERSION)]
    WrongVersion {
        /// The version in the file.
        found: u32,
    },
    /// The file's own layout is not the one that was agreed.
    #[error("process image: laid out for {found:?} where {expected:?} was agreed")]
    WrongLayout {
        /// The layout in the file.
        found: Layout,
        /// The layout of the welcome.
        expected: Layout,
    },
}

impl Error {
    /// `map_err` for a step that the system refused.
    pub(super) fn at(step: &'static str) -> impl FnOnce(rustix::io::Errno) -> Self {
        move |errno| Self::System { step, source: errno.into() }
    }
}
