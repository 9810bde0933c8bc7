// SPDX-License-Identifier: MIT OR Apache-2.0
//! A small sound driver without the SDK, as a C author would write it, that can be told to break one rule.

use ecmod_plugin::abi;
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ptr;

pub const FLOW: u16 = 0x10;
pub const SPEED: u16 = 0x20;
const UNIT: u32 = 7;
const MS: u64 = 1_000_000;

/// The rule that the driver breaks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    None,
    RefuseConfig,
    OpenReturns(i32),
    OpenPanics,
    OpenForgetsInstance,
    OpenOnlyOnce,
    OpenWrites,
    OpenWaits,
    NoValues,
    DescribeChanges,
    CycleReturns(i32),
    InventsValues,
    IgnoresValid,
    Sample(f64, u32, u32),
    TimeIsZero,
    TimeIsAhead,
    CycleWaits,
    TooManyFindings,
    FindingWithoutDetail,
    FindingWithoutItem,
    HoldIs(u32),
    CloseWrites,
    UsesAnotherBus,
    LeavesTheFolder,
    UrgentIn(&'static str),
    GoesOnAfterPanic,
}

thread_local! {
    static FAULT: Cell<Fault> = const { Cell::new(Fault::None) };
    static OPENED: Cell<u32> = const { Cell::new(0) };
    /// Tables that `describe` gave away; each stays in its place until the thread ends.
    #[allow(clippy::vec_box)] // the boxes are what stays in its place
    static TABLES: RefCell<Vec<Box<(abi::Signal, abi::Table)>>> = const { RefCell::new(Vec::new()) };
}

pub fn fault(fault: Fault) {
    FAULT.set(fault);
    OPENED.set(0);
}

fn is(fault: Fault) -> bool {
    FAULT.get() == fault
}

/// A descriptor with all that it points to.
pub struct Parts {
    pub driver: abi::Driver,
    pub signals: Box<[abi::Signal; 1]>,
    pub commands: Box<[abi::Command; 1]>,
}

fn signal() -> abi::Signal {
    abi::Signal {
        struct_size: abi::size_of_u32::<abi::Signal>(),
        quantity: abi::ECMOD_BLOOD_FLOW,
        name: c"flow".as_ptr(),
        label: c"Blood flow".as_ptr(),
        min: -10.0,
        max: 10.0,
        max_slew: 0.0,
        longest_age_ns: 300 * MS,
        flags: 0,
        reserved: 0,
    }
}

pub fn sound() -> Parts {
    let signals = Box::new([signal()]);
    let commands = Box::new([abi::Command {
        struct_size: abi::size_of_u32::<abi::Command>(),
        quantity: abi::ECMOD_SPEED,
        name: c"speed_demand".as_ptr(),
        label: c"Speed".as_ptr(),
        min: 0.0,
        max: 4000.0,
        flags: abi::ECMOD_COMMAND_PUMP,
        reserved: 0,
    }]);
    let driver = abi::Driver {
        struct_size: abi::size_of_u32::<abi::Driver>(),
        abi: abi::ECMOD_ABI,
        id: c"example,pump".as_ptr(),
        version: c"1.2.3".as_ptr(),
        licence: c"MIT".as_ptr(),
        description: c"A pump".as_ptr(),
        config_schema: c"".as_ptr(),
        reserved: ptr::null(),
        buses: abi::ECMOD_BUS_MODBUS,
        flags: 0,
        period_ns: 100 * MS,
        budget_ns: 20 * MS,
        table: abi::Table {
            n_signals: 1,
            signals: signals.as_ptr(),
            n_commands: 1,
            commands: commands.as_ptr(),
            ..abi::Table::EMPTY
        },
        open: Some(open),
        describe: Some(describe),
        cycle: Some(cycle),
        self_test: Some(self_test),
        holds_on_link_loss: Some(holds_on_link_loss),
        close: Some(close),
    };
    Parts { driver, signals, commands }
}

/// As a driver of ABI 1.9 would have it: every element has a field more.
pub struct Later {
    pub driver: abi::Driver,
    _signals: Box<[LaterSignal; 2]>,
}

#[repr(C)]
struct LaterSignal {
    known: abi::Signal,
    unknown: u64,
}

pub fn later() -> Later {
    let known = abi::Signal { struct_size: abi::size_of_u32::<LaterSignal>(), ..signal() };
    let second = abi::Signal { name: c"flow_slow".as_ptr(), ..known };
    let signals = Box::new([
        LaterSignal { known, unknown: u64::MAX },
        LaterSignal { known: second, unknown: u64::MAX },
    ]);
    let table = abi::Table { n_signals: 2, signals: signals.as_ptr().cast(), ..abi::Table::EMPTY };
    let driver = abi::Driver {
        abi: abi::ECMOD_ABI + 9,
        flags: 0x80,
        table,
        describe: None,
        holds_on_link_loss: None,
        ..sound().driver
    };
    Later { driver, _signals: signals }
}

struct Pump {
    host: *const abi::Host,
}

impl Pump {
    fn read(&self, address: u16) -> Result<u16, i32> {
        let mut item = 0;
        // SAFETY: the host is valid from open to close.
        let code = unsafe {
            let host = &*self.host;
            host.modbus_read.unwrap()(host.context, UNIT, 3, address.into(), 1, &raw mut item, 0)
        };
        if code == 0 { Ok(item) } else { Err(code) }
    }

    fn write(&self, address: u16, value: u16) -> i32 {
        // SAFETY: the host is valid from open to close.
        unsafe {
            let host = &*self.host;
            host.modbus_write.unwrap()(host.context, UNIT, 3, address.into(), 1, &raw const value, 0)
        }
    }

    /// Does what a rule of version 1.1 forbids, if that is the fault.
    /// Does what a rule of version 1.1 forbids, if that is the fault.
    fn break_a_rule_of_1_1(&self, call: &'static str) {
        let mut length = 0;
        // SAFETY: the host is valid from open to close.
        let _ = unsafe {
            let host = &*self.host;
            match FAULT.get() {
                Fault::UsesAnotherBus => host.serial_write.unwrap()(host.context, [0x55].as_ptr(), 1, 0),
                Fault::LeavesTheFolder => {
                    let path = c"../../etc/passwd".as_ptr();
                    host.attribute_read.unwrap()(host.context, path, ptr::null_mut(), 0, &raw mut length)
                }
                Fault::UrgentIn(when) if when == call => host.urgent.unwrap()(host.context),
                _ => abi::ECMOD_OK,
            }
        };
    }

    fn wait(&self, span_ns: u64) {
        // SAFETY: the host is valid from open to close.
        unsafe { (*self.host).delay_ns.unwrap()((*self.host).context, span_ns) };
    }

    fn now(&self) -> u64 {
        // SAFETY: the host is valid from open to close.
        unsafe { (*self.host).now_ns.unwrap()((*self.host).context) }
    }
}

unsafe extern "C" fn open(host: *const abi::Host, instance: *mut *mut c_void) -> i32 {
    let pump = Pump { host };
    OPENED.set(OPENED.get() + 1);
    match FAULT.get() {
        Fault::RefuseConfig => return abi::ECMOD_E_CONFIG,
        Fault::OpenReturns(code) => return code,
        Fault::OpenPanics => return abi::ECMOD_E_PANIC,
        Fault::OpenForgetsInstance => return abi::ECMOD_OK,
        Fault::OpenOnlyOnce if OPENED.get() > 6 => return abi::ECMOD_E_STATE,
        Fault::OpenWrites => drop(pump.write(SPEED, 0)),
        Fault::OpenWaits => pump.wait(abi::ECMOD_OPEN_BUDGET_NS + 1),
        _ => {}
    }
    if let (Err(code), false) = (pump.read(FLOW), is(Fault::InventsValues)) {
        return code;
    }
    pump.break_a_rule_of_1_1("open");
    // SAFETY: the caller gives a place for it.
    unsafe { instance.write(Box::into_raw(Box::new(pump)).cast()) };
    abi::ECMOD_OK
}

unsafe extern "C" fn describe(_: *mut c_void, table: *mut *const abi::Table) -> i32 {
    let given = if is(Fault::DescribeChanges) {
        TABLES.with_borrow_mut(|tables| {
            let max = 10.0 + f64::from(u32::try_from(tables.len()).unwrap());
            let mut entry = Box::new((abi::Signal { max, ..signal() }, abi::Table::EMPTY));
            entry.1 = abi::Table { n_signals: 1, signals: &raw const entry.0, ..abi::Table::EMPTY };
            tables.push(entry);
            &raw const tables.last().unwrap().1
        })
    } else {
        ptr::null()
    };
    // SAFETY: the caller gives a place for it.
    unsafe { table.write(given) };
    abi::ECMOD_OK
}

unsafe extern "C" fn cycle(
    instance: *mut c_void,
    now_ns: u64,
    demands: *const abi::Demand,
    samples: *mut abi::Sample,
) -> i32 {
    // SAFETY: what `open` gave.
    let pump = unsafe { &*instance.cast::<Pump>() };
    match FAULT.get() {
        Fault::CycleReturns(code) => return code,
        Fault::CycleWaits => pump.wait(21 * MS),
        Fault::GoesOnAfterPanic if now_ns == u64::MAX => return abi::ECMOD_E_PANIC,
        _ => {}
    }
    // SAFETY: NULL, or one for each command of the instance's table.
    let demand = unsafe { demands.as_ref() }.copied().unwrap_or_default();
    if demand.valid == 1 || (is(Fault::IgnoresValid) && demand.value > 0.0) {
        let code = pump.write(SPEED, 100);
        if code != 0 {
            return code;
        }
    }
    let flow = match pump.read(FLOW) {
        Ok(register) => f64::from(register % 10_000) / 1000.0,
        Err(_) if is(Fault::InventsValues) => 0.0,
        Err(code) => return code,
    };
    let t_ns = match FAULT.get() {
        Fault::TimeIsZero => 0,
        Fault::TimeIsAhead => pump.now() + MS,
        _ => pump.now(),
    };
    let sample = match FAULT.get() {
        Fault::NoValues => return abi::ECMOD_OK,
        Fault::Sample(value, quality, cause) => abi::Sample { value, t_ns, quality, cause },
        _ => abi::Sample { value: flow, t_ns, quality: 1, cause: 0 },
    };
    // SAFETY: there is one signal at least.
    unsafe { samples.write(sample) };
    abi::ECMOD_OK
}

unsafe extern "C" fn self_test(
    instance: *mut c_void,
    findings: *mut abi::Finding,
    capacity: u32,
    length: *mut u32,
) -> i32 {
    // SAFETY: what `open` gave.
    unsafe { &*instance.cast::<Pump>() }.break_a_rule_of_1_1("self_test");
    let sound = abi::Finding {
        struct_size: abi::size_of_u32::<abi::Finding>(),
        passed: 1,
        item: c"link".as_ptr(),
        detail: ptr::null(),
    };
    let (finding, n) = match FAULT.get() {
        Fault::TooManyFindings => (sound, capacity + 1),
        Fault::FindingWithoutDetail => (abi::Finding { passed: 0, ..sound }, 1),
        Fault::FindingWithoutItem => (abi::Finding { item: ptr::null(), ..sound }, 1),
        _ => (sound, 1),
    };
    // SAFETY: there is room for one and a place for the length.
    unsafe {
        findings.write(finding);
        length.write(n);
    }
    abi::ECMOD_OK
}

unsafe extern "C" fn holds_on_link_loss(_: *mut c_void) -> u32 {
    match FAULT.get() {
        Fault::HoldIs(code) => code,
        _ => abi::ECMOD_HOLD_UNVERIFIED,
    }
}

unsafe extern "C" fn close(instance: *mut c_void) {
    // SAFETY: what `open` gave, for the last time.
    let pump = unsafe { Box::from_raw(instance.cast::<Pump>()) };
    pump.break_a_rule_of_1_1("close");
    if is(Fault::CloseWrites) {
        pump.write(SPEED, 0);
    }
}
