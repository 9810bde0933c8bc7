// SPDX-License-Identifier: MIT OR Apache-2.0
//! What goes into a cycle and what comes out of it. Safe views of the ABI's arrays.

use crate::abi;
use crate::quantities::{Cause, Monotonic, Quality};
use core::ffi::CStr;

/// What the console demands of the driver's commands, by their index.
#[derive(Debug)]
pub struct Demands<'a> {
    demands: &'a [abi::Demand],
    commands: &'a [abi::Command],
}

/// A demand that may be passed on to the device: finite and inside the command's range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    /// In the quantity's unit.
    pub value: f64,
    /// When it was decided.
    pub decided: Monotonic,
    /// Grows with every decision, also when the value stays.
    pub sequence: u64,
}

impl<'a> Demands<'a> {
    pub(crate) const fn new(demands: &'a [abi::Demand], commands: &'a [abi::Command]) -> Self {
        Self { demands, commands }
    }

    /// The demand of command `index`; `None` if nothing has been demanded yet: change nothing then.
    ///
    /// A demand that is not finite or out of the command's range counts as none, whoever let it through.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Demand> {
        let demand = self.demands.get(index)?;
        let command = self.commands.get(index)?;
        let fits = demand.value >= command.min && demand.value <= command.max; // false for NaN
        (demand.valid == 1 && fits).then_some(Demand {
            value: demand.value,
            decided: Monotonic(demand.t_ns),
            sequence: demand.sequence,
        })
    }

    /// How many commands the driver has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.demands.len()
    }

    /// Whether the driver has no command.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.demands.is_empty()
    }
}

/// What this cycle delivers, by the signals' index. Untouched means "no news".
#[derive(Debug)]
pub struct Samples<'a> {
    samples: &'a mut [abi::Sample],
    signals: &'a [abi::Signal],
    outside: Option<usize>,
}

impl<'a> Samples<'a> {
    pub(crate) const fn new(samples: &'a mut [abi::Sample], signals: &'a [abi::Signal]) -> Self {
        Self { samples, signals, outside: None }
    }

    /// Signal `index` was measured at `t`. A value that is not finite or out of range becomes a bad sample.
    pub fn good(&mut self, index: usize, value: f64, t: Monotonic) {
        self.value(index, value, Quality::Good, Cause::None, t);
    }

    /// Signal `index` was measured at `t`, but for this cause it is to be trusted less.
    pub fn uncertain(&mut self, index: usize, value: f64, cause: Cause, t: Monotonic) {
        self.value(index, value, Quality::Uncertain, cause, t);
    }

    /// Signal `index` has no value for this cause, seen at `t`.
    pub fn bad(&mut self, index: usize, cause: Cause, t: Monotonic) {
        self.put(index, 0.0, Quality::Bad, cause, t);
    }

    /// All signals have no value for this cause, seen at `t`.
    pub fn all_bad(&mut self, cause: Cause, t: Monotonic) {
        for index in 0..self.samples.len() {
            self.bad(index, cause, t);
        }
    }

    /// How many signals the driver has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether the driver has no signal.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// The first index that no signal has, if one was used: a defect of the driver.
    pub(crate) const fn outside(&self) -> Option<usize> {
        self.outside
    }

    fn value(&mut self, index: usize, value: f64, quality: Quality, cause: Cause, t: Monotonic) {
        let range = self.signals.get(index).map(|signal| signal.min..=signal.max);
        if !value.is_finite() {
            self.put(index, 0.0, Quality::Bad, Cause::NotFinite, t);
        } else if range.is_some_and(|range| !range.contains(&value)) {
            self.put(index, 0.0, Quality::Bad, Cause::OutOfRange, t);
        } else {
            self.put(index, value, quality, cause, t);
        }
    }

    fn put(&mut self, index: usize, value: f64, quality: Quality, cause: Cause, t: Monotonic) {
        match self.samples.get_mut(index) {
            Some(sample) => {
                *sample = abi::Sample { value, t_ns: t.0, quality: quality.code(), cause: cause.code() };
            }
            None => self.outside = self.outside.or(Some(index)),
        }
    }
}

/// What a self test finds, up to as many findings as the host has room for.
#[derive(Debug)]
pub struct Findings<'a> {
    findings: &'a mut Vec<abi::Finding>,
    capacity: usize,
}

impl<'a> Findings<'a> {
    pub(crate) const fn new(findings: &'a mut Vec<abi::Finding>, capacity: usize) -> Self {
        Self { findings, capacity }
    }

    /// `item` is in order.
    pub fn passed(&mut self, item: &'static CStr) {
        self.add(1, item, None);
    }

    /// `item` is not in order; `detail` says what was found and what to do.
    pub fn failed(&mut self, item: &'static CStr, detail: &'static CStr) {
        self.add(0, item, Some(detail));
    }

    fn add(&mut self, passed: u32, item: &'static CStr, detail: Option<&'static CStr>) {
        if self.findings.len() < self.capacity {
            self.findings.push(abi::Finding {
                struct_size: abi::size_of_u32::<abi::Finding>(),
                passed,
                item: item.as_ptr(),
                detail: detail.map_or(core::ptr::null(), CStr::as_ptr),
            });
        }
    }
}
