// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a driver's pointers are, checked as far as a pointer can be.

use core::ffi::{CStr, c_char};
use core::slice;

use ecmod_plugin::Error;

/// `length` elements behind `first`.
///
/// # Safety
/// `first` is null or points to that many elements, valid and unchanged for the call.
pub unsafe fn elements<'a, T>(first: *const T, length: u32) -> Result<&'a [T], Error> {
    let length = usize::try_from(length).map_err(|_| Error::Invalid)?;
    if length == 0 {
        return Ok(&[]);
    }
    if first.is_null() || !first.is_aligned() {
        return Err(Error::Invalid);
    }
    // SAFETY: as promised, not null and aligned.
    Ok(unsafe { slice::from_raw_parts(first, length) })
}

/// As [`elements`], to write to.
///
/// # Safety
/// As [`elements`], and nobody else uses them.
pub unsafe fn elements_mut<'a, T>(first: *mut T, length: u32) -> Result<&'a mut [T], Error> {
    let length = usize::try_from(length).map_err(|_| Error::Invalid)?;
    if length == 0 {
        return Ok(&mut []);
    }
    if first.is_null() || !first.is_aligned() {
        return Err(Error::Invalid);
    }
    // SAFETY: as promised, not null and aligned.
    Ok(unsafe { slice::from_raw_parts_mut(first, length) })
}

/// Writes an answer through a pointer that may be null.
///
/// # Safety
/// `place` is null or may be written to.
pub unsafe fn put(place: *mut u32, value: usize) {
    // SAFETY: as promised.
    if let Some(place) = unsafe { place.as_mut() } {
        *place = u32::try_from(value).unwrap_or(u32::MAX);
    }
}

/// A C string as text.
///
/// # Safety
/// `text` is null or a C string that stays as it is for the call.
pub unsafe fn text<'a>(text: *const c_char) -> Result<&'a str, Error> {
    if text.is_null() {
        return Err(Error::Invalid);
    }
    // SAFETY: as promised, not null.
    unsafe { CStr::from_ptr(text) }.to_str().map_err(|_| Error::Invalid)
}
