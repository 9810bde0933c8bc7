// SPDX-License-Identifier: MIT OR Apache-2.0
//! `I2c` on one chip and on the whole bus.
//!
//! The trait wants neighbouring operations of one kind to go out as one, without a repeated start between them; in the ABI
//! every step has its start. So neighbours are joined in a buffer on the stack; what stands alone is not copied.
#![allow(unsafe_code)] // the operations' buffers become pointers here

use crate::host::{Calls, I2c, length_u32};
use crate::{Error, abi};
use core::mem::discriminant;
use core::ptr;
use embedded_hal::i2c::{ErrorType, I2c as I2cTrait, Operation};
use std::rc::Rc;

/// Most steps of one transaction, neighbours of one kind counted as one.
pub(crate) const MOST_STEPS: usize = 16;
/// Most bytes that neighbours of one kind have together, over a transaction.
const MOST_JOINED: usize = 256;

const NONE: abi::I2cOp = abi::I2cOp {
    struct_size: abi::size_of_u32::<abi::I2cOp>(),
    length: 0,
    tx: ptr::null(),
    rx: ptr::null_mut(),
};

/// All chips of the port's I2C bus, for a driver crate that talks to more than one address. Other drivers of the same
/// port use the bus between two transactions.
#[derive(Debug, Clone)]
pub struct I2cBus(Rc<Calls>);

impl I2cBus {
    pub(crate) fn new(calls: Rc<Calls>) -> Self {
        Self(calls)
    }
}

impl ErrorType for I2cBus {
    type Error = Error;
}

impl I2cTrait for I2cBus {
    fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), Error> {
        transaction(&self.0, address, operations)
    }
}

impl ErrorType for I2c {
    type Error = Error;
}

/// Only for this chip's own address; another one is [`Error::Denied`], so that a wrong setting of a driver crate does not
/// reach another driver's chip. Up to 16 steps.
impl I2cTrait for I2c {
    fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), Error> {
        if address != self.address() {
            return Err(Error::Denied);
        }
        transaction(self.calls(), address, operations)
    }
}

fn transaction(calls: &Calls, address: u8, operations: &mut [Operation<'_>]) -> Result<(), Error> {
    if address > 0x7F {
        return Err(Error::Invalid);
    }
    let mut ops = [NONE; MOST_STEPS];
    let mut joined = [0; MOST_JOINED];
    let mut free = joined.as_mut_slice();
    let mut used = 0;
    for run in operations.chunk_by_mut(|one, next| discriminant(one) == discriminant(next)) {
        let op = ops.get_mut(used).ok_or(Error::Invalid)?;
        used += 1;
        if let [alone] = run {
            match alone {
                Operation::Write(tx) => *op = write(tx)?,
                Operation::Read(rx) => *op = read(rx)?,
            }
            continue;
        }
        let length = run.iter().map(length).sum();
        let (buffer, rest) = core::mem::take(&mut free).split_at_mut_checked(length).ok_or(Error::TooLong)?;
        free = rest;
        let mut to = buffer.iter_mut();
        let mut is_write = false;
        for operation in run.iter() {
            if let Operation::Write(tx) = operation {
                is_write = true;
                to.by_ref().zip(tx.iter()).for_each(|(to, byte)| *to = *byte);
            }
        }
        *op = if is_write { write(buffer)? } else { read(buffer)? };
    }
    let Some(ops) = ops.get(..used).filter(|ops| !ops.is_empty()) else { return Ok(()) };
    // SAFETY: each pointer comes from a slice of the step's length that lives in `operations` or `joined`; `rx` from a
    // mutable one.
    unsafe { calls.i2c_transfer(address, ops) }?;
    share_out(operations, &joined);
    Ok(())
}

/// Gives what was read in one piece to the neighbours that asked for it.
fn share_out(operations: &mut [Operation<'_>], joined: &[u8]) {
    let mut rest = joined;
    for run in operations.chunk_by_mut(|one, next| discriminant(one) == discriminant(next)) {
        if run.len() < 2 {
            continue;
        }
        for operation in run {
            let (mine, behind) = rest.split_at_checked(length(operation)).unwrap_or_default();
            rest = behind;
            if let Operation::Read(rx) = operation {
                rx.iter_mut().zip(mine).for_each(|(to, byte)| *to = *byte);
            }
        }
    }
}

fn length(operation: &Operation<'_>) -> usize {
    match operation {
        Operation::Write(tx) => tx.len(),
        Operation::Read(rx) => rx.len(),
    }
}

fn write(tx: &[u8]) -> Result<abi::I2cOp, Error> {
    Ok(abi::I2cOp { length: length_u32(tx.len())?, tx: tx.as_ptr(), ..NONE })
}

fn read(rx: &mut [u8]) -> Result<abi::I2cOp, Error> {
    Ok(abi::I2cOp { length: length_u32(rx.len())?, rx: rx.as_mut_ptr(), ..NONE })
}
