// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which request is due, and what becomes of it: one group per request, each with its own interval and its own fate.

use crate::config::{Config, Signal, Table};
use crate::number;
use crate::plan::{Limits, Need, Read, plan, split};
use ecmod_plugin::quantities::{Monotonic, Span};
use ecmod_plugin::{Error, Host, Level, ModbusUnit, Samples};

/// Modbus exceptions by which a device refuses a request that reaches too far.
const ILLEGAL_ADDRESS: Error = Error::Modbus(2);
const ILLEGAL_VALUE: Error = Error::Modbus(3);

/// After so long no further request is begun in a cycle; what is still due has its turn in the next one.
const LONGEST: Span = Span::from_millis(50);

/// What a round of reads told about the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Nothing was due.
    Nothing,
    /// It answered, be it with an exception.
    Answer,
    /// A request had no answer.
    Silence,
}

/// One request that is made again and again.
#[derive(Debug)]
struct Group {
    read: Read,
    interval: Span,
    due: Monotonic,
    outcome: Result<(), Error>,
}

/// All requests of a device.
#[derive(Debug)]
pub struct Poller {
    groups: Vec<Group>,
    limits: Limits,
    /// The group that is looked at first: after a timeout the others get their turn before it.
    first: usize,
    registers: Vec<u16>,
    bits: Vec<bool>,
}

impl Poller {
    /// Plans the requests of a checked configuration; all are due at once.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let limits = Limits::from(config);
        let mut intervals: Vec<u32> = config.signals.iter().map(|signal| signal.poll_ms).collect();
        intervals.sort_unstable();
        intervals.dedup();
        let mut groups = Vec::new();
        for interval in intervals {
            let needs = config.signals.iter().enumerate().filter(|(_, signal)| signal.poll_ms == interval);
            let needs = needs.map(|(index, signal)| need(index, signal)).collect();
            groups.extend(plan(needs, &limits).into_iter().map(|read| Group {
                read,
                interval: Span::from_millis(u64::from(interval)),
                due: Monotonic(0),
                outcome: Ok(()),
            }));
        }
        let longest = |bits: bool| {
            let counts = groups.iter().filter(|group| group.read.table.is_bits() == bits);
            counts.map(|group| usize::from(group.read.count)).max().unwrap_or(0)
        };
        let (registers, bits) = (vec![0; longest(false)], vec![false; longest(true)]);
        Self { groups, limits, first: 0, registers, bits }
    }

    /// How many requests one round of all signals takes.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.groups.len()
    }

    /// Makes the requests that are due. After one without an answer the others wait for the next cycle: on a shared
    /// line a silent device must not cost more than one timeout at a time.
    pub fn poll(
        &mut self,
        host: &Host,
        unit: &ModbusUnit,
        signals: &[Signal],
        samples: &mut Samples<'_>,
    ) -> Heard {
        let began = host.now();
        let count = self.groups.len();
        let mut index = self.first;
        let mut split_off = Vec::new();
        let mut heard = Heard::Nothing;
        for _ in 0..count {
            index = if index >= count { 0 } else { index };
            let now = host.now();
            if now.since(began) > LONGEST {
                break;
            }
            let Some(group) = self.groups.get_mut(index).filter(|group| group.due <= now) else {
                index = index.saturating_add(1);
                continue;
            };
            group.due = next_due(group.due, group.interval, now);
            let result = read(&group.read, unit, &mut self.registers, &mut self.bits, signals, samples, now);
            if let Err(error) = result {
                let parts = match error {
                    ILLEGAL_ADDRESS | ILLEGAL_VALUE => split(&group.read, &self.limits),
                    _ => None,
                };
                match parts {
                    Some(parts) => {
                        let parts_count = parts.len();
                        let text = format!(
                            "{} is refused as a whole: {parts_count} requests instead",
                            place(&group.read)
                        );
                        host.log(Level::Info, &text);
                        split_off.push((index, parts));
                    }
                    None => {
                        for need in &group.read.needs {
                            samples.bad(need.signal, error.cause(), now);
                        }
                        if group.outcome.is_ok() {
                            // One that is lost is nothing yet: it is asked again in the next cycle, and not an interval later.
                            group.due = now;
                        }
                        note(host, group, Err(error));
                    }
                }
            } else {
                note(host, group, Ok(()));
            }
            index = index.saturating_add(1);
            if result == Err(Error::Timeout) {
                heard = Heard::Silence;
                break;
            }
            heard = Heard::Answer;
        }
        self.first = index;
        self.replace(split_off);
        heard
    }

    /// Puts the parts of refused requests in the place of the whole; they are due at once.
    fn replace(&mut self, split_off: Vec<(usize, Vec<Read>)>) {
        for (index, parts) in split_off.into_iter().rev() {
            if index >= self.groups.len() {
                continue;
            }
            let whole = self.groups.swap_remove(index);
            self.groups.extend(parts.into_iter().map(|read| Group {
                read,
                interval: whole.interval,
                due: Monotonic(0),
                outcome: Ok(()),
            }));
        }
    }
}

fn need(index: usize, signal: &Signal) -> Need {
    Need { signal: index, table: signal.table, address: signal.address, count: signal.kind.items() }
}

/// The next time on the group's own grid; what was missed is not made up for.
fn next_due(due: Monotonic, interval: Span, now: Monotonic) -> Monotonic {
    let next = due.plus(interval);
    if next > now { next } else { now.plus(interval) }
}

/// One request; a failure leaves the samples as they are.
fn read(
    read: &Read,
    unit: &ModbusUnit,
    registers: &mut [u16],
    bits: &mut [bool],
    signals: &[Signal],
    samples: &mut Samples<'_>,
    t: Monotonic,
) -> Result<(), Error> {
    let count = usize::from(read.count);
    let registers = registers.get_mut(..count).unwrap_or_default();
    let bits = bits.get_mut(..count).unwrap_or_default();
    match read.table {
        Table::Holding => unit.read_holding(read.address, registers)?,
        Table::Input => unit.read_input(read.address, registers)?,
        Table::Coil => unit.read_coils(read.address, bits)?,
        Table::Discrete => unit.read_discrete(read.address, bits)?,
    }
    for need in &read.needs {
        let Some(signal) = signals.get(need.signal) else { continue };
        let first = usize::from(need.address.saturating_sub(read.address));
        let range = first..first.saturating_add(usize::from(need.count));
        let value = if read.table.is_bits() {
            let bit = bits.get(first).copied().unwrap_or_default();
            number::decode(&[u16::from(bit)], signal)
        } else {
            number::decode(registers.get(range).unwrap_or_default(), signal)
        };
        match value {
            Ok(value) => samples.good(need.signal, value, t),
            Err(cause) => samples.bad(need.signal, cause, t),
        }
    }
    Ok(())
}

/// Logs what changed.
fn note(host: &Host, group: &mut Group, outcome: Result<(), Error>) {
    if group.outcome == outcome {
        return;
    }
    group.outcome = outcome;
    let place = place(&group.read);
    match outcome {
        Ok(()) => host.log(Level::Info, &format!("{place} is read again")),
        Err(error) => host.log(Level::Warning, &format!("{place} cannot be read: {error}")),
    }
}

fn place(read: &Read) -> String {
    let last = read.address.saturating_add(read.count.saturating_sub(1));
    format!("{:?} {} to {last}", read.table, read.address)
}
