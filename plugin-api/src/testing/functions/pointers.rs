// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a driver passes by pointer, as slices and texts; null and crooked pointers are refused.
#![allow(unsafe_code)]

use crate::Error;
use core::ffi::{CStr, c_char};
use core::slice;

/// # Safety
/// `text` is null or a C string that lives for the call.
pub(super) unsafe fn c_text<'a>(text: *const c_char) -> Result<&'a str, Error> {
    if text.is_null() {
        return Err(Error::Invalid);
    }
    // SAFETY: as promised.
    unsafe { CStr::from_ptr(text) }.to_str().map_err(|_| Error::Invalid)
}

/// # Safety
/// `first` is null or points to `n` elements that live for the call.
pub(super) unsafe fn bytes<'a, T>(first: *const T, n: u32) -> Result<&'a [T], Error> {
    match usize::try_from(n).map_err(|_| Error::Invalid)? {
        0 => Ok(&[]),
        _ if first.is_null() || !first.is_aligned() => Err(Error::Invalid),
        // SAFETY: as promised.
        n => Ok(unsafe { slice::from_raw_parts(first, n) }),
    }
}

/// Copies at most `capacity` elements.
///
/// # Safety
/// `target` is null or has room for `capacity` elements.
pub(super) unsafe fn deliver<T: Copy>(source: &[T], target: *mut T, capacity: u32) -> Result<(), Error> {
    let length = source.len().min(usize::try_from(capacity).map_err(|_| Error::Invalid)?);
    if length > 0 {
        if target.is_null() {
            return Err(Error::Invalid);
        }
        // SAFETY: both are `length` long, and the driver's buffer is not ours.
        unsafe { core::ptr::copy_nonoverlapping(source.as_ptr(), target, length) };
    }
    Ok(())
}
