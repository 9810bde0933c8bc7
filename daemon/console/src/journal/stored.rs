// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be kept in two files that are written in turn, and what may be wrong with one.

/// What is kept in two files that are written in turn.
pub trait Stored: Sized {
    /// The files.
    const NAMES: [&'static str; 2];
    /// The most bytes that one can have.
    const LONGEST: usize;
    /// Whether a write that was cut off is a loss that has to be told, although the record before it is whole.
    const TELLS_CUT_OFF: bool = false;

    /// The bytes to be written, with a sequence number.
    fn encode(&self, sequence: u64) -> Vec<u8>;

    /// What stands in `bytes`, with its sequence number.
    ///
    /// # Errors
    /// Whatever is wrong with it.
    fn decode(bytes: &[u8]) -> Result<(Self, u64), Damage>;
}

/// Why bytes are not a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// Too short or too long.
    #[error("{0} bytes are not its length")]
    Length(usize),
    /// Nothing but zeros: what a file system leaves of a write that the power did not last for.
    #[error("nothing was written to it")]
    Blank,
    /// Something else's file.
    #[error("it is not a file of the journal")]
    Foreign,
    /// Of another version of the daemon.
    #[error("its format {0} is unknown to this version")]
    Format(u32),
    /// The checksum does not match.
    #[error("its checksum does not match")]
    Checksum,
    /// The checksum matches and the contents are impossible.
    #[error("its contents are impossible")]
    Contents,
}

impl Damage {
    /// Whether the file may be of use to somebody else, and is to be put aside and not written over.
    #[must_use]
    pub const fn is_of_others(self) -> bool {
        match self {
            Self::Foreign | Self::Format(_) => true,
            Self::Length(_) | Self::Blank | Self::Checksum | Self::Contents => false,
        }
    }
}

/// The next `N` bytes.
pub(super) fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], Damage> {
    let (head, tail) = bytes.split_first_chunk::<N>().ok_or(Damage::Length(bytes.len()))?;
    *bytes = tail;
    Ok(*head)
}
