// SPDX-License-Identifier: MIT OR Apache-2.0
//! The port's GPIO lines, by name. Each driver has a cursor of its own into each line's edges.

use core::ffi::{c_char, c_void};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use ecmod_plugin::{Error, abi};
use ecmod_quantities::Monotonic;

use super::pointers::{elements_mut, put, text};
use super::{Context, ask, bus_error, timeout};
use crate::bus::Lines;
use crate::bus::lines::{Edge, LineId};

/// Most edges that one call hands over.
const MOST_EDGES: usize = 64;

/// How far a driver has read the edges of each line.
#[derive(Debug, Default)]
pub struct Cursors(Mutex<BTreeMap<LineId, u64>>);

impl Context {
    /// # Safety
    /// `name` is null or a C string.
    unsafe fn line(&self, name: *const c_char) -> Result<(&Lines, LineId), Error> {
        let lines = self.port.lines.as_ref().ok_or(Error::Unsupported)?;
        // SAFETY: as promised.
        let name = unsafe { text(name) }?;
        let line = lines.find(name).map_err(|error| bus_error(&error))?;
        Ok((lines, line))
    }
}

pub(super) unsafe extern "C" fn gpio_get(context: *mut c_void, line: *const c_char, level: *mut u32) -> i32 {
    let action = |context: &Context| {
        // SAFETY: the driver passes a C string.
        let (lines, line) = unsafe { context.line(line) }?;
        let is_active = lines.get(line).map_err(|error| bus_error(&error))?;
        // SAFETY: the driver passes a place for the level, or null.
        unsafe { put(level, usize::from(is_active)) };
        Ok(())
    };
    // SAFETY: our own context.
    unsafe { ask(context, None, action) }
}

pub(super) unsafe extern "C" fn gpio_set(context: *mut c_void, line: *const c_char, level: u32) -> i32 {
    let action = |context: &Context| {
        // SAFETY: the driver passes a C string.
        let (lines, line) = unsafe { context.line(line) }?;
        let level = flag(level)?;
        lines.set(line, level).map_err(|error| bus_error(&error))
    };
    // SAFETY: our own context.
    unsafe { ask(context, None, action) }
}

pub(super) unsafe extern "C" fn gpio_edges(
    context: *mut c_void,
    line: *const c_char,
    edges: *mut abi::Edge,
    capacity: u32,
    length: *mut u32,
    timeout_us: u32,
) -> i32 {
    let action = |context: &Context| {
        // SAFETY: the driver passes a place for the number of edges, or null.
        unsafe { put(length, 0) };
        // SAFETY: the driver passes a C string.
        let (lines, line) = unsafe { context.line(line) }?;
        // SAFETY: the driver passes room for `capacity` edges.
        let edges = unsafe { elements_mut(edges, capacity) }?;
        let mut room = [Edge::default(); MOST_EDGES];
        let room = room.get_mut(..edges.len().min(MOST_EDGES)).unwrap_or_default();
        let mut cursors = context.cursors.0.lock().unwrap_or_else(PoisonError::into_inner);
        let cursor = cursors.entry(line).or_default();
        let result = lines.edges(line, cursor, room, timeout(timeout_us));
        let count = result.map_err(|error| bus_error(&error))?;
        for (to, Edge { t: Monotonic(t_ns), rising, sequence }) in
            edges.iter_mut().zip(room.iter().take(count))
        {
            *to = abi::Edge { t_ns: *t_ns, rising: (*rising).into(), sequence: *sequence };
        }
        // SAFETY: as above.
        unsafe { put(length, count) };
        Ok(())
    };
    // SAFETY: our own context.
    unsafe { ask(context, timeout(timeout_us), action) }
}

pub(super) unsafe extern "C" fn gpio_wake(context: *mut c_void, line: *const c_char, on: u32) -> i32 {
    let action = |context: &Context| {
        // SAFETY: the driver passes a C string.
        let (lines, line) = unsafe { context.line(line) }?;
        let on = flag(on)?;
        lines.wake(line, &context.wake, on).map_err(|error| bus_error(&error))?;
        context.wakes.fetch_or(on, Ordering::Relaxed);
        Ok(())
    };
    // SAFETY: our own context.
    unsafe { ask(context, None, action) }
}

fn flag(number: u32) -> Result<bool, Error> {
    match number {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Error::Invalid),
    }
}
