// SPDX-License-Identifier: MIT OR Apache-2.0
//! SPI: full duplex transactions under one chip select, without allocation.
#![allow(unsafe_code)] // the steps' buffers become pointers here

use super::hal::MOST_SPI_STEPS as MOST_STEPS;
use super::{Calls, length_u32};
use crate::quantities::Span;
use crate::{Error, abi};
use core::ptr;
use std::rc::Rc;

/// One chip on the port's SPI bus.
#[derive(Debug, Clone)]
pub struct Spi {
    calls: Rc<Calls>,
    device: u32,
}

/// One step of a transaction.
#[derive(Debug)]
pub enum SpiStep<'a> {
    /// Sends these bytes; what comes back is dropped.
    Write(&'a [u8]),
    /// Fills the buffer, sending zeros.
    Read(&'a mut [u8]),
    /// Sends and fills at the same time; both of the same length.
    Transfer(&'a [u8], &'a mut [u8]),
    /// Sends the buffer and fills it with what comes back.
    TransferInPlace(&'a mut [u8]),
    /// Waits, with the chip still selected: at most four seconds.
    Delay(Span),
}

impl Spi {
    pub(crate) fn new(calls: Rc<Calls>, device: u32) -> Self {
        Self { calls, device }
    }

    /// Does up to 16 steps under one chip select.
    ///
    /// # Errors
    /// [`Error::Invalid`] for no step, more than 16, or a transfer of unequal lengths; what the host says;
    /// [`Error::Unsupported`] where the port has no SPI.
    pub fn transaction(&self, steps: &mut [SpiStep<'_>]) -> Result<(), Error> {
        const NONE: abi::SpiOp = abi::SpiOp {
            struct_size: abi::size_of_u32::<abi::SpiOp>(),
            length: 0,
            tx: ptr::null(),
            rx: ptr::null_mut(),
            delay_ns: 0,
            reserved: 0,
        };
        let mut ops = [NONE; MOST_STEPS];
        let used = ops.get_mut(..steps.len()).filter(|used| !used.is_empty()).ok_or(Error::Invalid)?;
        for (op, step) in used.iter_mut().zip(steps) {
            match step {
                SpiStep::Write(tx) => {
                    op.length = length_u32(tx.len())?;
                    op.tx = tx.as_ptr();
                }
                SpiStep::Read(rx) => {
                    op.length = length_u32(rx.len())?;
                    op.rx = rx.as_mut_ptr();
                }
                SpiStep::Transfer(tx, rx) => {
                    if tx.len() != rx.len() {
                        return Err(Error::Invalid);
                    }
                    op.length = length_u32(rx.len())?;
                    op.tx = tx.as_ptr();
                    op.rx = rx.as_mut_ptr();
                }
                SpiStep::TransferInPlace(both) => {
                    op.length = length_u32(both.len())?;
                    op.rx = both.as_mut_ptr();
                    op.tx = op.rx.cast_const();
                }
                SpiStep::Delay(span) => op.delay_ns = u32::try_from(span.0).map_err(|_| Error::Invalid)?,
            }
        }
        // SAFETY: each pointer is null or comes from a borrowed slice of the step's length; `rx` from a mutable one.
        unsafe { self.calls.spi_transfer(self.device, used) }
    }

    /// The steps of one chip select, as the ABI has them.
    ///
    /// # Safety
    /// Every step's pointers are null or valid for `length` bytes, `rx` for writing.
    pub(super) unsafe fn submit(&self, ops: &[abi::SpiOp]) -> Result<(), Error> {
        // SAFETY: as the caller promises.
        unsafe { self.calls.spi_transfer(self.device, ops) }
    }

    /// Sends `tx`, then fills `rx`, under one chip select.
    ///
    /// # Errors
    /// As [`Spi::transaction`].
    pub fn write_read(&self, tx: &[u8], rx: &mut [u8]) -> Result<(), Error> {
        self.transaction(&mut [SpiStep::Write(tx), SpiStep::Read(rx)])
    }
}
