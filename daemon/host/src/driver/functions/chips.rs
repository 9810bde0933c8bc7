// SPDX-License-Identifier: MIT OR Apache-2.0
//! SPI chips and I2C devices. The driver's bytes are copied into and out of the bus's own buffers, one step after the other: the
//! driver's buffers may be the same one, or overlap.

use core::ffi::c_void;
use core::ptr;

use ecmod_plugin::{Error, abi};

use super::pointers::elements;
use super::{Context, ask, bus_error};
use crate::bus::{Bus, I2cStep, MOST_STEPS, SpiStep};

/// A step's length; more than a transaction may have is refused by the bus, with all steps together.
fn length(step: u32) -> Result<u16, Error> {
    u16::try_from(step).map_err(|_| Error::Invalid)
}

/// Copies what a step sends.
///
/// # Safety
/// `from` is null or valid for as many bytes as `to` has.
unsafe fn fetch(from: *const u8, to: &mut [u8]) {
    if !from.is_null() {
        // SAFETY: as promised; the driver's memory is none of ours, so the two do not overlap.
        unsafe { ptr::copy_nonoverlapping(from, to.as_mut_ptr(), to.len()) };
    }
}

/// Copies what a step receives.
///
/// # Safety
/// `to` is null or valid for as many bytes as `from` has.
unsafe fn deliver(from: &[u8], to: *mut u8) {
    if !to.is_null() {
        // SAFETY: as promised; the driver's memory is none of ours, so the two do not overlap.
        unsafe { ptr::copy_nonoverlapping(from.as_ptr(), to, from.len()) };
    }
}

pub(super) unsafe extern "C" fn spi_transfer(
    context: *mut c_void,
    device: u32,
    ops: *const abi::SpiOp,
    n_ops: u32,
) -> i32 {
    let action = |context: &Context| {
        let Bus::Spi(spi) = &context.port.bus else { return Err(Error::Unsupported) };
        // SAFETY: the driver passes `n_ops` steps.
        let ops = unsafe { elements(ops, n_ops) }?;
        let mut steps = [SpiStep::default(); MOST_STEPS];
        let steps = steps.get_mut(..ops.len()).ok_or(Error::Invalid)?;
        for (step, op) in steps.iter_mut().zip(ops) {
            *step = SpiStep {
                length: length(op.length)?,
                sends: !op.tx.is_null(),
                receives: !op.rx.is_null(),
                delay_ns: op.delay_ns,
            };
        }
        let fill = |mut out: &mut [u8]| {
            for op in ops {
                let parts = core::mem::take(&mut out).split_at_mut_checked(op.length as usize);
                let Some((step, rest)) = parts else { return };
                // SAFETY: the driver passes null or `length` bytes.
                unsafe { fetch(op.tx, step) };
                out = rest;
            }
        };
        let take = |mut back: &[u8]| {
            for op in ops {
                let Some((step, rest)) = back.split_at_checked(op.length as usize) else { return };
                // SAFETY: the driver passes null or room for `length` bytes.
                unsafe { deliver(step, op.rx) };
                back = rest;
            }
        };
        spi.transfer(&context.caller, device, steps, fill, take).map_err(|error| bus_error(&error))
    };
    // SAFETY: our own context.
    unsafe { ask(context, None, action) }
}

pub(super) unsafe extern "C" fn i2c_transfer(
    context: *mut c_void,
    address: u32,
    ops: *const abi::I2cOp,
    n_ops: u32,
) -> i32 {
    let action = |context: &Context| {
        let Bus::I2c(i2c) = &context.port.bus else { return Err(Error::Unsupported) };
        // SAFETY: the driver passes `n_ops` steps.
        let ops = unsafe { elements(ops, n_ops) }?;
        let mut steps = [I2cStep::default(); MOST_STEPS];
        let steps = steps.get_mut(..ops.len()).ok_or(Error::Invalid)?;
        for (step, op) in steps.iter_mut().zip(ops) {
            if op.tx.is_null() == op.rx.is_null() && op.length > 0 {
                return Err(Error::Invalid);
            }
            *step = I2cStep { length: length(op.length)?, read: !op.rx.is_null() };
        }
        let fill = |mut out: &mut [u8]| {
            for op in ops {
                let parts = core::mem::take(&mut out).split_at_mut_checked(op.length as usize);
                let Some((step, rest)) = parts else { return };
                // SAFETY: the driver passes null or `length` bytes.
                unsafe { fetch(op.tx, step) };
                out = rest;
            }
        };
        let take = |mut back: &[u8]| {
            for op in ops {
                let Some((step, rest)) = back.split_at_checked(op.length as usize) else { return };
                // SAFETY: the driver passes null or room for `length` bytes.
                unsafe { deliver(step, op.rx) };
                back = rest;
            }
        };
        i2c.transfer(&context.caller, address, steps, fill, take).map_err(|error| bus_error(&error))
    };
    // SAFETY: our own context.
    unsafe { ask(context, None, action) }
}
