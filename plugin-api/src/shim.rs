// SPDX-License-Identifier: MIT OR Apache-2.0
//! Between the C ABI and the [`Driver`] trait: one generic C function per call.
//!
//! Owns the instance behind the `void *` and its state. Must never let a panic through, and never call a driver
//! whose code has panicked: that instance answers `ECMOD_E_STATE` until it is closed.
//!
//! ```text
//!   open ok -> Live --panic--> Dead -- close --> gone
//!                \------------------- close --> gone
//! ```
#![allow(unsafe_code)]

use crate::host::Calls;
use crate::quantities::Monotonic;
use crate::{Demands, Driver, Error, Findings, Hold, Host, Level, Samples, Table, abi, info};
use core::ffi::c_void;
use core::marker::PhantomData;
use core::ptr;
use std::rc::Rc;

mod config;
mod export;
mod guard;

/// A time that never comes. A host passes it to `cycle` to see that a panic is caught: see `conformance`.
pub const PANIC_DRILL: u64 = u64::MAX;

/// Gives every driver's descriptor an address without a `static` of its own.
#[derive(Debug)]
pub struct Exported<D>(PhantomData<D>);

impl<D: Driver> Exported<D> {
    /// The descriptor.
    pub const DESCRIPTOR: &'static abi::Driver = &descriptor::<D>();
}

/// The descriptor of a driver, for the `static` of [`crate::export_driver!`].
#[must_use]
pub const fn descriptor<D: Driver>() -> abi::Driver {
    let info = &D::INFO;
    abi::Driver {
        struct_size: abi::size_of_u32::<abi::Driver>(),
        abi: abi::ECMOD_ABI,
        id: info.id.as_ptr(),
        version: info.version.as_ptr(),
        licence: info.licence.as_ptr(),
        description: info.description.as_ptr(),
        config_schema: info.config_schema.as_ptr(),
        reserved: ptr::null(),
        buses: info.buses,
        flags: 0,
        period_ns: info.period.0,
        budget_ns: info.budget.0,
        table: info::static_table(info),
        open: Some(open::<D>),
        describe: Some(describe::<D>),
        cycle: Some(cycle::<D>),
        self_test: Some(self_test::<D>),
        holds_on_link_loss: Some(holds_on_link_loss::<D>),
        close: Some(close::<D>),
    }
}

/// What the `void *` of an instance points to.
struct Instance<D> {
    state: State<D>,
    calls: Rc<Calls>,
    /// What `describe` gave; immutable and held until close, since the host keeps pointers into it.
    table: Option<Table>,
}

enum State<D> {
    /// May be called.
    Live(D),
    /// Its code panicked. Kept only to be dropped.
    Dead(#[allow(dead_code)] D),
    /// Between the two, while the driver runs; and after close.
    Gone,
}

impl<D: Driver> Instance<D> {
    fn table(&self) -> &abi::Table {
        self.table.as_ref().map_or(&Exported::<D>::DESCRIPTOR.table, Table::as_abi)
    }

    /// Runs the driver's code. A panic kills the instance.
    fn run<R>(&mut self, call: impl FnOnce(&mut D) -> R) -> Result<R, i32> {
        let State::Live(driver) = &mut self.state else { return Err(Error::State.code()) };
        guard::guarded(&self.calls, || call(driver)).map_err(|guard::Panicked| {
            if let State::Live(driver) = core::mem::replace(&mut self.state, State::Gone) {
                self.state = State::Dead(driver);
            }
            abi::ECMOD_E_PANIC
        })
    }
}

/// # Safety
/// As the header says: `host` is valid until close, `instance` may be written.
unsafe extern "C" fn open<D: Driver>(host: *const abi::Host, instance: *mut *mut c_void) -> i32 {
    if instance.is_null() {
        return Error::Invalid.code();
    }
    // SAFETY: the caller promises a host that stays valid.
    let calls = match unsafe { Calls::copy(host) } {
        Ok(calls) => Rc::new(calls),
        Err(error) => return error.code(),
    };
    let opened = guard::guarded(&calls, || {
        let config = config::read::<D::Config>(&calls)?;
        let driver = D::open(Host::new(Rc::clone(&calls)), config)?;
        let table = driver.describe().cloned();
        Ok::<_, Error>((driver, table))
    });
    let code = match opened {
        Ok(Ok((driver, table))) => {
            let opened = Box::new(Instance { state: State::Live(driver), calls, table });
            // SAFETY: `instance` is not null and the caller promises that it may be written.
            unsafe { instance.write(Box::into_raw(opened).cast()) };
            return abi::ECMOD_OK;
        }
        Ok(Err(error)) => error.code(),
        Err(guard::Panicked) => abi::ECMOD_E_PANIC,
    };
    calls.close();
    code
}

/// # Safety
/// As the header says: `instance` comes from `open` and is not closed, `table` may be written.
unsafe extern "C" fn describe<D: Driver>(instance: *mut c_void, table: *mut *const abi::Table) -> i32 {
    // SAFETY: an instance of this driver, used by one thread, one call at a time.
    let Some(instance) = (unsafe { instance.cast::<Instance<D>>().as_ref() }) else {
        return Error::Invalid.code();
    };
    if table.is_null() {
        return Error::Invalid.code();
    }
    // SAFETY: not null, and the caller promises that it may be written. The table lives until close.
    unsafe { table.write(instance.table()) };
    abi::ECMOD_OK
}

/// # Safety
/// As the header says: `instance` comes from `open` and is not closed; the arrays are as long as the table says.
unsafe extern "C" fn cycle<D: Driver>(
    instance: *mut c_void,
    now_ns: u64,
    demands: *const abi::Demand,
    samples: *mut abi::Sample,
) -> i32 {
    // SAFETY: an instance of this driver, used by one thread, one call at a time.
    let Some(instance) = (unsafe { instance.cast::<Instance<D>>().as_mut() }) else {
        return Error::Invalid.code();
    };
    let table = *instance.table();
    if (demands.is_null() && table.n_commands > 0) || (samples.is_null() && table.n_signals > 0) {
        return Error::Invalid.code();
    }
    // SAFETY: the table is our own and lives until close; our entries have our size. The caller promises arrays of
    // the same lengths.
    let (signals, commands, demands, samples) = unsafe {
        (
            elements(table.signals, table.n_signals),
            elements(table.commands, table.n_commands),
            elements(demands, table.n_commands),
            elements_mut(samples, table.n_signals),
        )
    };
    let mut samples = Samples::new(samples, signals);
    let result = instance.run(|driver| {
        drill(now_ns);
        driver.cycle(Monotonic(now_ns), &Demands::new(demands, commands), &mut samples)
    });
    match result {
        Ok(Ok(())) => match samples.outside() {
            None => abi::ECMOD_OK,
            Some(index) => {
                let text =
                    format!("defect of the driver: a sample for signal {index}, which it does not have");
                instance.calls.log(Level::Error, &text);
                Error::Invalid.code()
            }
        },
        Ok(Err(error)) => error.code(),
        Err(code) => code,
    }
}

/// # Safety
/// As the header says: `findings` has `capacity` elements whose `struct_size` is set; `length` may be written.
unsafe extern "C" fn self_test<D: Driver>(
    instance: *mut c_void,
    findings: *mut abi::Finding,
    capacity: u32,
    length: *mut u32,
) -> i32 {
    // SAFETY: an instance of this driver, used by one thread, one call at a time.
    let Some(instance) = (unsafe { instance.cast::<Instance<D>>().as_mut() }) else {
        return Error::Invalid.code();
    };
    if length.is_null() || (findings.is_null() && capacity > 0) {
        return Error::Invalid.code();
    }
    let most = usize::try_from(capacity).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    let result = instance.run(|driver| driver.self_test(&mut Findings::new(&mut found, most)));
    let mut written = 0;
    if !found.is_empty() {
        // SAFETY: there is at least one element, and the host has set its size. A host of a later minor version has
        // larger elements; one that left it at 0 has ours.
        let size = unsafe { (&raw const (*findings).struct_size).read() };
        let stride = usize::try_from(size).unwrap_or(0).max(size_of::<abi::Finding>());
        for (index, finding) in found.iter().enumerate() {
            // SAFETY: `index` is below `capacity`, elements lie `stride` apart and hold at least our fields.
            unsafe { findings.byte_add(index * stride).write_unaligned(*finding) };
            written += 1;
        }
    }
    // SAFETY: not null, and the caller promises that it may be written.
    unsafe { length.write(written) };
    match result {
        Ok(Ok(())) => abi::ECMOD_OK,
        Ok(Err(error)) => error.code(),
        Err(code) => code,
    }
}

/// # Safety
/// As the header says: `instance` comes from `open` and is not closed.
unsafe extern "C" fn holds_on_link_loss<D: Driver>(instance: *mut c_void) -> u32 {
    // SAFETY: an instance of this driver, used by one thread, one call at a time.
    match unsafe { instance.cast::<Instance<D>>().as_mut() } {
        // A dead driver knows nothing of its device any more.
        Some(instance) => {
            instance.run(|driver| driver.holds_on_link_loss()).unwrap_or(Hold::Unverified) as u32
        }
        None => Hold::Unverified as u32,
    }
}

/// # Safety
/// As the header says: `instance` comes from `open` and is not used again.
unsafe extern "C" fn close<D: Driver>(instance: *mut c_void) {
    if instance.is_null() {
        return;
    }
    // SAFETY: `open` made it of a box, and the caller gives it back.
    let mut instance = unsafe { Box::from_raw(instance.cast::<Instance<D>>()) };
    let calls = Rc::clone(&instance.calls);
    if let State::Live(driver) = core::mem::replace(&mut instance.state, State::Gone) {
        // A panic in `close` has been logged; there is nobody left to tell.
        let _ = guard::guarded(&calls, || driver.close());
    }
    // Whatever the driver left behind, its destructors included, reaches the device no more.
    calls.close();
    let _ = guard::guarded(&calls, || drop(instance));
}

/// See [`PANIC_DRILL`].
#[allow(clippy::panic)] // what it is for
fn drill(now_ns: u64) {
    if now_ns == PANIC_DRILL {
        panic!("the host asked for a panic, to see that it is caught");
    }
}

/// # Safety
/// `n` is 0, or `first` points to `n` elements that live and stay as they are for `'a`.
unsafe fn elements<'a, T>(first: *const T, n: u32) -> &'a [T] {
    match usize::try_from(n) {
        Ok(n) if n > 0 => {
            // SAFETY: as promised.
            unsafe { core::slice::from_raw_parts(first, n) }
        }
        _ => &[],
    }
}

/// # Safety
/// `n` is 0, or `first` points to `n` elements that nobody else touches for `'a`.
unsafe fn elements_mut<'a, T>(first: *mut T, n: u32) -> &'a mut [T] {
    match usize::try_from(n) {
        Ok(n) if n > 0 => {
            // SAFETY: as promised.
            unsafe { core::slice::from_raw_parts_mut(first, n) }
        }
        _ => &mut [],
    }
}
