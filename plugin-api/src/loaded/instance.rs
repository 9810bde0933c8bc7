// SPDX-License-Identifier: MIT OR Apache-2.0
//! One open instance of a driver, called through its C functions.
#![allow(unsafe_code)]

use super::{Descriptor, Functions, Table, Text};
use crate::quantities::Monotonic;
use crate::{Hold, abi};
use core::ffi::c_void;
use core::ptr;

/// Most findings of one self test that are asked for.
const MOST_FINDINGS: usize = 64;

/// One open instance. Dropping it closes it.
#[derive(Debug)]
pub struct Instance {
    functions: Functions,
    instance: *mut c_void,
    table: Table,
}

/// Why there is no instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenFailure {
    /// `open` said so, with this number.
    #[error("open failed with {0}")]
    Open(i32),
    /// `open` said that all is well, and gave no instance.
    #[error("open succeeded and left *instance NULL")]
    NoInstance,
    /// `describe` failed with this number; the instance has been closed.
    #[error("describe failed with {0}")]
    Describe(i32),
}

/// One finding of a self test, copied out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is in order.
    pub passed: bool,
    /// What was tested.
    pub item: Text,
    /// What was found and what to do.
    pub detail: Option<Text>,
}

impl Instance {
    /// Opens an instance and reads its table.
    ///
    /// # Errors
    /// Why there is none.
    ///
    /// # Safety
    /// `host` is a valid table until the instance is dropped, and its functions may be called from this thread.
    pub unsafe fn open(descriptor: &Descriptor, host: *const abi::Host) -> Result<Self, OpenFailure> {
        let functions = descriptor.functions;
        let mut instance = ptr::null_mut();
        // SAFETY: the caller promises the host; the descriptor's reader promised that the functions keep the rules.
        match unsafe { (functions.open)(host, &raw mut instance) } {
            abi::ECMOD_OK if instance.is_null() => return Err(OpenFailure::NoInstance),
            abi::ECMOD_OK => {}
            code => return Err(OpenFailure::Open(code)),
        }
        let mut opened = Self { functions, instance, table: Table::default() };
        opened.table =
            opened.describe().map_err(OpenFailure::Describe)?.unwrap_or_else(|| descriptor.table.clone());
        Ok(opened)
    }

    /// Signals and commands of this instance, as `describe` gave them right after `open`.
    #[must_use]
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// Asks `describe` now; `None` means the descriptor's table.
    ///
    /// # Errors
    /// The number that `describe` returned.
    pub fn describe(&self) -> Result<Option<Table>, i32> {
        let Some(describe) = self.functions.rest.describe else { return Ok(None) };
        let mut table = ptr::null();
        // SAFETY: an open instance, called from its thread.
        match unsafe { describe(self.instance, &raw mut table) } {
            abi::ECMOD_OK if table.is_null() || !table.is_aligned() => Ok(None),
            abi::ECMOD_OK => {
                // SAFETY: the driver promises a table that lives until close. A smaller one than ours is not read
                // beyond its size.
                let raw = unsafe {
                    let size = (&raw const (*table).struct_size).read();
                    if size < abi::size_of_u32::<abi::Table>() {
                        abi::Table { struct_size: size, n_signals: u32::MAX, ..abi::Table::EMPTY }
                    } else {
                        table.read()
                    }
                };
                // SAFETY: arrays and strings as the header says.
                Ok(Some(unsafe { Table::read(&raw) }))
            }
            code => Err(code),
        }
    }

    /// One round. `demands` and `samples` are as long as the table; all samples are set to "no news" first.
    /// Returns the driver's number; `ECMOD_E_INVALID` without a call if a length does not fit or the table has a
    /// defect, since the driver would read and write what it believes to be there.
    pub fn cycle(&mut self, now: Monotonic, demands: &[abi::Demand], samples: &mut [abi::Sample]) -> i32 {
        let fits = demands.len() == self.table.commands.len() && samples.len() == self.table.signals.len();
        if !fits || self.table.defect.is_some() {
            return abi::ECMOD_E_INVALID;
        }
        samples.fill(abi::Sample::default());
        // NULL for nothing, as C authors expect.
        let demands = if demands.is_empty() { ptr::null() } else { demands.as_ptr() };
        let samples = if samples.is_empty() { ptr::null_mut() } else { samples.as_mut_ptr() };
        // SAFETY: an open instance, called from its thread; the arrays have the table's lengths.
        unsafe { (self.functions.cycle)(self.instance, now.0, demands, samples) }
    }

    /// Tests the device. A driver without a self test finds nothing.
    ///
    /// # Errors
    /// The number that `self_test` returned, or `ECMOD_E_CORRUPT` if it claims more findings than there was room for.
    pub fn self_test(&mut self) -> Result<Vec<Finding>, i32> {
        let Some(self_test) = self.functions.rest.self_test else { return Ok(Vec::new()) };
        const EMPTY: abi::Finding = abi::Finding {
            struct_size: abi::size_of_u32::<abi::Finding>(),
            passed: 0,
            item: ptr::null(),
            detail: ptr::null(),
        };
        let mut findings = [EMPTY; MOST_FINDINGS];
        let mut length = 0;
        let capacity = u32::try_from(findings.len()).unwrap_or(0);
        // SAFETY: an open instance, called from its thread; there is room for `capacity` findings.
        let code = unsafe { self_test(self.instance, findings.as_mut_ptr(), capacity, &raw mut length) };
        if code != abi::ECMOD_OK {
            return Err(code);
        }
        let found = usize::try_from(length).ok().and_then(|length| findings.get(..length));
        let found = found.ok_or(abi::ECMOD_E_CORRUPT)?;
        let read = |finding: &abi::Finding| Finding {
            passed: finding.passed == 1,
            // SAFETY: static strings or null, as the header says.
            item: unsafe { Text::read(finding.item) },
            // SAFETY: static strings or null, as the header says.
            detail: (!finding.detail.is_null()).then(|| unsafe { Text::read(finding.detail) }),
        };
        Ok(found.iter().map(read).collect())
    }

    /// How the device behaves when the link is lost.
    ///
    /// # Errors
    /// The number that the driver gave, if it is none of the ABI's.
    pub fn holds_on_link_loss(&mut self) -> Result<Hold, u32> {
        let Some(holds) = self.functions.rest.holds_on_link_loss else { return Ok(Hold::NotApplicable) };
        // SAFETY: an open instance, called from its thread.
        let code = unsafe { holds(self.instance) };
        Hold::from_code(code).ok_or(code)
    }

    /// Ends the instance; the device goes on as it is.
    pub fn close(self) {}
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: an open instance, called from its thread for the last time.
        unsafe { (self.functions.close)(self.instance) };
    }
}
