// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can go wrong on a bus, in the words that counters, logs and the driver ABI share.

/// Why an answer could not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// Bytes came, but no frame with a right checksum was among them.
    #[error("no intact frame among the received bytes")]
    Checksum,
    /// An intact frame came from another unit (or, on TCP, of another transaction).
    #[error("the answer is another unit's or another transaction's")]
    Unit,
    /// An intact frame of this unit came, with another function.
    #[error("the answer is to another function")]
    Function,
    /// An intact frame came with another number of items than asked for.
    #[error("the answer has another number of items than asked for")]
    Length,
    /// The device confirms another write than the one it was sent.
    #[error("the device confirms another write than it was sent")]
    Confirmation,
}

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// The port is not open, or it failed during the request. It is being reopened.
    #[error("the port is not open: {0}")]
    Io(String),
    /// No answer within the timeout.
    #[error("no answer in time")]
    Timeout,
    /// Something came, but not the answer.
    #[error("damaged answer: {0}")]
    Corrupt(Damage),
    /// Nobody acknowledges this I2C address, or a byte sent to it.
    #[error("nobody acknowledges at this address")]
    NotAcknowledged,
    /// The port has nothing of this name or number.
    #[error("there is no such {0} on this port")]
    NotFound(&'static str),
    /// The configuration does not allow this.
    #[error("not allowed: {0}")]
    Denied(&'static str),
    /// There is more than the caller has room for: this much.
    #[error("{0} bytes do not fit")]
    TooLong(usize),
    /// The kernel's driver has no value now, or the device is in a fault state.
    #[error("the kernel's driver has no value: {0}")]
    Device(String),
    /// Not now: something else uses the device.
    #[error("in use: {0}")]
    State(String),
    /// The device refused, with this Modbus exception code.
    #[error("the device answered with exception {0}")]
    Exception(u8),
    /// This port has no such function.
    #[error("this port is not of the kind for that request")]
    Unsupported,
    /// The request itself is wrong.
    #[error("invalid request: {0}")]
    Invalid(&'static str),
    /// Too many requests wait already.
    #[error("too many requests wait for this port")]
    QueueFull,
    /// The request waited for its turn longer than it may.
    #[error("the port was busy for too long")]
    Busy,
}

/// The result of a request.
pub type Result<T> = std::result::Result<T, BusError>;
