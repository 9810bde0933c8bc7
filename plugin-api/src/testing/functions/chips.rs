// SPDX-License-Identifier: MIT OR Apache-2.0
//! SPI and I2C of the fake host: the steps' bytes go to the scripted chip in one piece, its answer is shared out.
#![allow(unsafe_code)]

use super::super::state::State;
use super::pointers::{bytes, deliver};
use super::{code, with};
use crate::quantities::Span;
use crate::{Error, abi};
use core::ffi::c_void;

pub(super) unsafe extern "C" fn spi_transfer(
    context: *mut c_void,
    device: u32,
    ops: *const abi::SpiOp,
    n_ops: u32,
) -> i32 {
    // SAFETY: the driver passes `n_ops` steps with valid buffers; the script runs while nothing is borrowed.
    code((|| unsafe {
        let ops = bytes(ops, n_ops)?;
        let mut sent = Vec::new();
        for op in ops {
            let length = usize::try_from(op.length).map_err(|_| Error::Invalid)?;
            match op.tx.is_null() {
                true => sent.resize(sent.len() + length, 0),
                false => sent.extend_from_slice(bytes(op.tx, op.length)?),
            }
        }
        let answer = match with(context, |state| state.spi(device, &sent))? {
            Some(answer) => answer,
            None => scripted_spi(context, device, &sent)?,
        };
        let mut answer = answer?.into_iter();
        for op in ops {
            let length = usize::try_from(op.length).map_err(|_| Error::Invalid)?;
            let step: Vec<u8> = (0..length).map(|_| answer.next().unwrap_or(0)).collect();
            if !op.rx.is_null() {
                deliver(&step, op.rx, op.length)?;
            }
            with(context, |state| state.now = state.now.plus(Span(op.delay_ns.into())))?;
        }
        Ok(())
    })())
}

/// What the chip at this index says, be it modelled or scripted; nobody there is a timeout.
///
/// # Safety
/// As [`with`].
unsafe fn scripted_spi(
    context: *mut c_void,
    device: u32,
    sent: &[u8],
) -> Result<Result<Vec<u8>, Error>, Error> {
    // SAFETY: as promised; the script runs while nothing is borrowed.
    unsafe {
        let (chip, now) = with(context, |state| (state.spi_chips.get(&device).cloned(), state.now))?;
        if let Some(chip) = chip {
            let mut chip = chip.try_borrow_mut().map_err(|_| Error::State)?;
            let answer = chip.select(now).map(|()| {
                let answer = sent.iter().map(|byte| chip.exchange(now, *byte)).collect();
                chip.deselect(now);
                answer
            });
            with(context, State::transact)?;
            return Ok(answer);
        }
        let Some(mut script) = with(context, |state| state.on_spi.take())? else {
            return Ok(Err(with(context, |state| state.time_out(0))?));
        };
        let answer = script(device, sent);
        with(context, |state| {
            state.transact();
            state.on_spi.get_or_insert(script);
        })?;
        Ok(answer)
    }
}

pub(super) unsafe extern "C" fn i2c_transfer(
    context: *mut c_void,
    address: u32,
    ops: *const abi::I2cOp,
    n_ops: u32,
) -> i32 {
    // SAFETY: the driver passes `n_ops` steps with valid buffers; the script runs while nothing is borrowed.
    code((|| unsafe {
        let ops = bytes(ops, n_ops)?;
        let address = u8::try_from(address).map_err(|_| Error::Invalid)?;
        let mut written = Vec::new();
        let mut to_read = 0;
        for op in ops {
            match (op.tx.is_null(), op.rx.is_null()) {
                (false, true) => written.extend_from_slice(bytes(op.tx, op.length)?),
                (true, false) => to_read += usize::try_from(op.length).map_err(|_| Error::Invalid)?,
                _ => return Err(Error::Invalid),
            }
        }
        let (answer, script) = with(context, |state| {
            let answer = state.i2c(address, &written, to_read);
            (answer, state.on_i2c.take())
        })?;
        let answer = match (answer, script) {
            (Some(answer), script) => {
                with(context, |state| state.on_i2c = script)?;
                answer
            }
            (None, None) => Err(Error::Io), // not acknowledged
            (None, Some(mut script)) => {
                let answer = script(address, &written);
                with(context, |state| {
                    state.transact();
                    state.on_i2c.get_or_insert(script);
                })?;
                answer
            }
        };
        let mut answer = answer?.into_iter();
        for op in ops.iter().filter(|op| !op.rx.is_null()) {
            let length = usize::try_from(op.length).map_err(|_| Error::Invalid)?;
            let step: Vec<u8> = (0..length).map(|_| answer.next().unwrap_or(0)).collect();
            deliver(&step, op.rx, op.length)?;
        }
        Ok(())
    })())
}
