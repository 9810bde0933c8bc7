// SPDX-License-Identifier: MIT OR Apache-2.0
//! I2C: writes and reads in one transaction, without allocation.
#![allow(unsafe_code)] // the steps' buffers become pointers here

use super::hal::MOST_I2C_STEPS as MOST_STEPS;
use super::{Calls, length_u32};
use crate::{Error, abi};
use core::ptr;
use std::rc::Rc;

/// One chip on the port's I2C bus.
#[derive(Debug, Clone)]
pub struct I2c {
    calls: Rc<Calls>,
    address: u8,
}

/// One step of a transaction.
#[derive(Debug)]
pub enum I2cStep<'a> {
    /// Writes these bytes.
    Write(&'a [u8]),
    /// Fills the buffer.
    Read(&'a mut [u8]),
}

impl I2c {
    pub(crate) fn new(calls: Rc<Calls>, address: u8) -> Self {
        Self { calls, address }
    }

    pub(super) const fn address(&self) -> u8 {
        self.address
    }

    pub(super) fn calls(&self) -> &Calls {
        &self.calls
    }

    /// Does up to 16 steps in one transaction, with repeated starts between them.
    ///
    /// # Errors
    /// [`Error::Invalid`] for no step, more than 16, or an address of more than 7 bits; what the host says;
    /// [`Error::Unsupported`] where the port has no I2C.
    pub fn transaction(&self, steps: &mut [I2cStep<'_>]) -> Result<(), Error> {
        const NONE: abi::I2cOp = abi::I2cOp {
            struct_size: abi::size_of_u32::<abi::I2cOp>(),
            length: 0,
            tx: ptr::null(),
            rx: ptr::null_mut(),
        };
        if self.address > 0x7F {
            return Err(Error::Invalid);
        }
        let mut ops = [NONE; MOST_STEPS];
        let used = ops.get_mut(..steps.len()).filter(|used| !used.is_empty()).ok_or(Error::Invalid)?;
        for (op, step) in used.iter_mut().zip(steps) {
            match step {
                I2cStep::Write(tx) => {
                    op.length = length_u32(tx.len())?;
                    op.tx = tx.as_ptr();
                }
                I2cStep::Read(rx) => {
                    op.length = length_u32(rx.len())?;
                    op.rx = rx.as_mut_ptr();
                }
            }
        }
        // SAFETY: each pointer is null or comes from a borrowed slice of the step's length; `rx` from a mutable one.
        unsafe { self.calls.i2c_transfer(self.address, used) }
    }

    /// Writes `tx`, then fills `rx`, with a repeated start between them.
    ///
    /// # Errors
    /// As [`I2c::transaction`].
    pub fn write_read(&self, tx: &[u8], rx: &mut [u8]) -> Result<(), Error> {
        self.transaction(&mut [I2cStep::Write(tx), I2cStep::Read(rx)])
    }
}
