// SPDX-License-Identifier: MIT OR Apache-2.0
//! `SpiDevice` on [`Spi`]: the operations of one chip select as steps of the ABI.
#![allow(unsafe_code)] // the operations' buffers become pointers here

use crate::host::{Spi, length_u32};
use crate::{Error, abi};
use core::ptr;
use embedded_hal::spi::{ErrorType, Operation, SpiDevice};

/// Most steps of one transaction. A delay costs none behind another operation, and a transfer of unequal lengths two.
pub(crate) const MOST_STEPS: usize = 16;

const NONE: abi::SpiOp = abi::SpiOp {
    struct_size: abi::size_of_u32::<abi::SpiOp>(),
    length: 0,
    tx: ptr::null(),
    rx: ptr::null_mut(),
    delay_ns: 0,
    reserved: 0,
};

/// The steps so far, on the stack.
struct Steps {
    ops: [abi::SpiOp; MOST_STEPS],
    used: usize,
}

impl Steps {
    /// One step more, unless it is empty. `tx` or `rx` may be null, not both.
    fn push(&mut self, length: usize, tx: *const u8, rx: *mut u8) -> Result<(), Error> {
        if length == 0 {
            return Ok(());
        }
        let op = self.ops.get_mut(self.used).ok_or(Error::Invalid)?;
        *op = abi::SpiOp { length: length_u32(length)?, tx, rx, ..NONE };
        self.used += 1;
        Ok(())
    }

    /// A wait behind the last step, or as a step of its own where there is none before.
    fn delay(&mut self, span_ns: u32) -> Result<(), Error> {
        if self.used == 0 {
            self.used = 1;
        }
        let op = self.used.checked_sub(1).and_then(|last| self.ops.get_mut(last)).ok_or(Error::Invalid)?;
        op.delay_ns = op.delay_ns.checked_add(span_ns).ok_or(Error::Invalid)?;
        Ok(())
    }
}

impl ErrorType for Spi {
    type Error = Error;
}

/// Up to 16 steps; more are [`Error::Invalid`]. Where a transfer reads more than it writes, zeros are sent; where it
/// writes more, what comes is dropped.
impl SpiDevice for Spi {
    fn transaction(&mut self, operations: &mut [Operation<'_, u8>]) -> Result<(), Error> {
        let mut steps = Steps { ops: [NONE; MOST_STEPS], used: 0 };
        for operation in operations {
            match operation {
                Operation::Read(rx) => steps.push(rx.len(), ptr::null(), rx.as_mut_ptr())?,
                Operation::Write(tx) => steps.push(tx.len(), tx.as_ptr(), ptr::null_mut())?,
                Operation::Transfer(rx, tx) => {
                    let both = rx.len().min(tx.len());
                    let (rx_both, rx_rest) = rx.split_at_mut_checked(both).ok_or(Error::Invalid)?;
                    let (tx_both, tx_rest) = tx.split_at_checked(both).ok_or(Error::Invalid)?;
                    steps.push(both, tx_both.as_ptr(), rx_both.as_mut_ptr())?;
                    steps.push(rx_rest.len(), ptr::null(), rx_rest.as_mut_ptr())?;
                    steps.push(tx_rest.len(), tx_rest.as_ptr(), ptr::null_mut())?;
                }
                Operation::TransferInPlace(words) => {
                    let rx = words.as_mut_ptr();
                    steps.push(words.len(), rx.cast_const(), rx)?;
                }
                Operation::DelayNs(span_ns) => steps.delay(*span_ns)?,
            }
        }
        match steps.ops.get(..steps.used) {
            None | Some([]) => Ok(()), // nothing to do
            // SAFETY: each pointer is null or comes from a borrowed slice of the step's length; `rx` from a mutable one.
            Some(ops) => unsafe { self.submit(ops) },
        }
    }
}
