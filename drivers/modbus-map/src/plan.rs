// SPDX-License-Identifier: MIT OR Apache-2.0
//! Groups what must be read into as few requests as possible. Pure.
//!
//! Items of one table are put in the order of their addresses; a request is extended to the next item as long
//! as the unused items in between are no more than the gap allowed, nothing excluded is touched, and
//! the request stays within what one read can give. Going through sorted items, that is the least number of requests:
//! a request that is ended earlier can only make the ones behind it begin earlier.

use crate::config::{Config, Excluded, Table};

/// What one signal needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// Index of the signal.
    pub signal: usize,
    /// Where it is.
    pub table: Table,
    /// Its first item.
    pub address: u16,
    /// How many items, at least 1.
    pub count: u16,
}

impl Need {
    /// The address behind its last item.
    const fn end(&self) -> u32 {
        self.address as u32 + self.count as u32
    }
}

/// One request, and the signals it serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The table.
    pub table: Table,
    /// The first address.
    pub address: u16,
    /// How many items.
    pub count: u16,
    /// What is in it.
    pub needs: Vec<Need>,
}

/// What bounds a request.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Most unused items in a row.
    pub largest_gap: u16,
    /// Most registers in one read.
    pub registers: u16,
    /// Most bits in one read.
    pub bits: u16,
    /// What must not be read.
    pub excluded: Vec<Excluded>,
}

impl From<&Config> for Limits {
    fn from(config: &Config) -> Self {
        Self {
            largest_gap: config.largest_gap,
            registers: config.registers_per_read,
            bits: config.bits_per_read,
            excluded: config.excluded.clone(),
        }
    }
}

impl Limits {
    const fn items(&self, table: Table) -> u16 {
        if table.is_bits() { self.bits } else { self.registers }
    }

    /// Whether nothing of `first..end` is excluded.
    #[must_use]
    pub fn allows(&self, table: Table, first: u32, end: u32) -> bool {
        self.excluded.iter().all(|range| {
            range.table != table || end <= u32::from(range.first) || first > u32::from(range.last)
        })
    }
}

/// Groups `needs` into requests.
#[must_use]
pub fn plan(mut needs: Vec<Need>, limits: &Limits) -> Vec<Read> {
    needs.sort_by_key(|need| (need.table, need.address, need.count));
    let mut reads: Vec<Read> = Vec::new();
    for need in needs {
        let extended = reads.last_mut().is_some_and(|read| extend(read, &need, limits));
        if !extended {
            reads.push(Read {
                table: need.table,
                address: need.address,
                count: need.count,
                needs: vec![need],
            });
        }
    }
    reads
}

/// Takes `need` into `read` if that is allowed.
fn extend(read: &mut Read, need: &Need, limits: &Limits) -> bool {
    let end = u32::from(read.address).saturating_add(u32::from(read.count));
    let gap = u32::from(need.address).saturating_sub(end);
    let new_end = need.end().max(end);
    let Ok(count) = u16::try_from(new_end.saturating_sub(u32::from(read.address))) else { return false };
    let fits = read.table == need.table
        && gap <= u32::from(limits.largest_gap)
        && count <= limits.items(read.table)
        && limits.allows(read.table, end, new_end);
    if fits {
        read.count = count;
        read.needs.push(*need);
    }
    fits
}

/// Splits a request that the device refuses (an unused address in it may not exist): first without the gaps,
/// then signal by signal. `None` if it cannot be split.
#[must_use]
pub fn split(read: &Read, limits: &Limits) -> Option<Vec<Read>> {
    if read.needs.len() < 2 {
        return None;
    }
    let dense = plan(read.needs.clone(), &Limits { largest_gap: 0, ..limits.clone() });
    if dense.len() > 1 {
        return Some(dense);
    }
    let single = |need: &Need| Read {
        table: need.table,
        address: need.address,
        count: need.count,
        needs: vec![*need],
    };
    let mut parts: Vec<Read> = Vec::new();
    for need in &read.needs {
        match parts.last_mut() {
            Some(last) if (last.address, last.count) == (need.address, need.count) => last.needs.push(*need),
            _ => parts.push(single(need)),
        }
    }
    (parts.len() > 1).then_some(parts)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
