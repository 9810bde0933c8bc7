// SPDX-License-Identifier: MIT OR Apache-2.0
//! The embedded-hal traits of the SDK's types: every kind of operation as steps of the ABI, errors with their cause, no
//! allocation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test stops at the first surprise

use ecmod_plugin::embedded_hal::delay::DelayNs;
use ecmod_plugin::embedded_hal::digital::{InputPin, OutputPin};
use ecmod_plugin::embedded_hal::i2c::{self, I2c as _};
use ecmod_plugin::embedded_hal::spi::{self, SpiDevice};
use ecmod_plugin::loaded::{Descriptor, Instance};
use ecmod_plugin::quantities::{Monotonic, Span};
use ecmod_plugin::{
    Delay, Demands, Driver, Edge, Error, Host, Info, LineLevel, NoConfig, Samples, abi, shim,
};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char, c_void};

/// Counts what the tests' own threads allocate.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    /// What the host was asked: SPI and I2C steps as `w`, `r` or `t`, the bytes sent, and the delay behind.
    static STEPS: RefCell<Vec<(char, Vec<u8>, u32)>> = const { RefCell::new(Vec::new()) };
    static QUIET: Cell<bool> = const { Cell::new(false) };
    static CODE: Cell<i32> = const { Cell::new(0) };
    static DELAYED: Cell<u64> = const { Cell::new(0) };
    static LEVEL: Cell<u32> = const { Cell::new(0) };
    static HOST: RefCell<Option<Host>> = const { RefCell::new(None) };
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: as promised to us.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: as promised to us.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One step: what was sent is noted, what is read is 0x80, 0x81, ... over the whole transaction.
///
/// # Safety
/// `tx` and `rx` are null or valid for `length` bytes.
unsafe fn step(tx: *const u8, rx: *mut u8, length: u32, delay: u32, next: &mut u8) {
    let kind = match (tx.is_null(), rx.is_null()) {
        (false, true) => 'w',
        (true, false) => 'r',
        (false, false) => 't',
        (true, true) => '-',
    };
    // SAFETY: as promised.
    unsafe {
        if !QUIET.get() {
            let sent = if tx.is_null() { &[] } else { std::slice::from_raw_parts(tx, length as usize) };
            STEPS.with_borrow_mut(|steps| steps.push((kind, sent.to_vec(), delay)));
        }
        for index in 0..length as usize {
            if !rx.is_null() {
                rx.add(index).write(*next);
            }
            *next = next.wrapping_add(1);
        }
    }
}

unsafe extern "C" fn now_ns(_: *mut c_void) -> u64 {
    7
}
unsafe extern "C" fn spi_transfer(_: *mut c_void, _: u32, ops: *const abi::SpiOp, n: u32) -> i32 {
    let mut next = 0x80;
    // SAFETY: as the SDK promises.
    for op in unsafe { std::slice::from_raw_parts(ops, n as usize) } {
        // SAFETY: as the SDK promises.
        unsafe { step(op.tx, op.rx, op.length, op.delay_ns, &mut next) };
    }
    CODE.get()
}
unsafe extern "C" fn i2c_transfer(_: *mut c_void, address: u32, ops: *const abi::I2cOp, n: u32) -> i32 {
    assert_eq!(address, 0x48);
    let mut next = 0x80;
    // SAFETY: as the SDK promises.
    for op in unsafe { std::slice::from_raw_parts(ops, n as usize) } {
        // SAFETY: as the SDK promises.
        unsafe { step(op.tx, op.rx, op.length, 0, &mut next) };
    }
    CODE.get()
}
unsafe extern "C" fn gpio_get(_: *mut c_void, _: *const c_char, level: *mut u32) -> i32 {
    // SAFETY: the SDK's place for the level.
    unsafe { level.write(LEVEL.get()) };
    CODE.get()
}
unsafe extern "C" fn gpio_set(_: *mut c_void, line: *const c_char, level: u32) -> i32 {
    // SAFETY: the SDK's C string.
    assert_eq!(unsafe { CStr::from_ptr(line) }, c"line");
    LEVEL.set(level);
    CODE.get()
}
unsafe extern "C" fn gpio_edges(
    _: *mut c_void,
    _: *const c_char,
    edges: *mut abi::Edge,
    capacity: u32,
    length: *mut u32,
    _: u32,
) -> i32 {
    assert!(capacity >= 2);
    // SAFETY: the SDK's room for `capacity` edges and place for the length.
    unsafe {
        edges.write(abi::Edge { t_ns: 5, rising: 1, sequence: 1 });
        edges.add(1).write(abi::Edge { t_ns: 6, rising: 0, sequence: 2 });
        length.write(2);
    }
    CODE.get()
}
unsafe extern "C" fn delay_ns(_: *mut c_void, span: u64) {
    DELAYED.set(DELAYED.get() + span);
}

struct Lender;

impl Driver for Lender {
    const INFO: Info = Info::new(c"example,lender", c"0.1.0", c"MIT", c"Lends its host");
    type Config = NoConfig;
    fn open(host: Host, NoConfig {}: NoConfig) -> Result<Self, Error> {
        HOST.set(Some(host));
        Ok(Self)
    }
    fn cycle(&mut self, _: Monotonic, _: &Demands<'_>, _: &mut Samples<'_>) -> Result<(), Error> {
        Ok(())
    }
}

unsafe extern "C" fn config_get(
    _: *mut c_void,
    _: *const c_char,
    _: *mut c_char,
    _: u32,
    length: *mut u32,
) -> i32 {
    // SAFETY: the SDK's place for the length.
    unsafe { length.write(0) };
    0
}

fn with_host(use_it: impl FnOnce(&Host)) {
    let table = abi::Host {
        struct_size: abi::size_of_u32::<abi::Host>(),
        abi: abi::ECMOD_ABI,
        context: std::ptr::null_mut(),
        now_ns: Some(now_ns),
        log: None,
        config_get: Some(config_get),
        modbus_read: None,
        modbus_write: None,
        serial_read: None,
        serial_write: None,
        spi_transfer: Some(spi_transfer),
        i2c_transfer: Some(i2c_transfer),
        gpio_get: Some(gpio_get),
        gpio_set: Some(gpio_set),
        gpio_edges: Some(gpio_edges),
        delay_ns: Some(delay_ns),
        attribute_read: None,
        attribute_write: None,
        attribute_list: None,
        stream_read: None,
        gpio_wake: None,
        urgent: None,
    };
    // SAFETY: the SDK's own descriptor; the table lives longer than the instance.
    let instance = unsafe {
        Instance::open(&Descriptor::read(shim::Exported::<Lender>::DESCRIPTOR).unwrap(), &raw const table)
    };
    let host = HOST.take().unwrap();
    use_it(&host);
    drop((host, instance));
}

fn steps() -> Vec<(char, Vec<u8>, u32)> {
    STEPS.take()
}

#[test]
fn spi_operations_of_every_kind_become_steps_of_one_chip_select() {
    with_host(|host| {
        let mut chip = host.spi(0);
        let (mut read, mut wider, mut narrower, mut in_place) = ([0; 2], [0; 3], [0; 1], [5, 6]);
        SpiDevice::transaction(
            &mut chip,
            &mut [
                spi::Operation::Write(&[0x20]),
                spi::Operation::DelayNs(50),
                spi::Operation::DelayNs(7),
                spi::Operation::Read(&mut read),
                spi::Operation::Transfer(&mut wider, &[1]),
                spi::Operation::Transfer(&mut narrower, &[2, 3]),
                spi::Operation::TransferInPlace(&mut in_place),
                spi::Operation::Write(&[]),
            ],
        )
        .unwrap();
        let expected = [
            ('w', vec![0x20], 57),
            ('r', vec![], 0),
            ('t', vec![1], 0),
            ('r', vec![], 0),
            ('t', vec![2], 0),
            ('w', vec![3], 0),
            ('t', vec![5, 6], 0),
        ];
        assert_eq!(steps(), expected);
        assert_eq!(
            (read, wider, narrower, in_place),
            ([0x81, 0x82], [0x83, 0x84, 0x85], [0x86], [0x88, 0x89])
        );
    });
}

#[test]
fn an_spi_delay_before_anything_else_is_kept_and_nothing_to_do_is_done_at_once() {
    with_host(|host| {
        let mut chip = host.spi(0);
        SpiDevice::transaction(&mut chip, &mut [spi::Operation::DelayNs(9), spi::Operation::Write(&[1])])
            .unwrap();
        assert_eq!(steps(), [('-', vec![], 9), ('w', vec![1], 0)]);
        SpiDevice::transaction(&mut chip, &mut []).unwrap();
        chip.write(&[]).unwrap();
        assert_eq!(steps(), []);
        let mut too_many: Vec<_> = (0..17).map(|_| spi::Operation::Write(&[1])).collect();
        assert_eq!(SpiDevice::transaction(&mut chip, &mut too_many), Err(Error::Invalid));
        assert_eq!(steps(), [], "all or nothing");
    });
}

#[test]
fn i2c_neighbours_of_one_kind_go_out_without_a_repeated_start() {
    with_host(|host| {
        let mut chip = host.i2c(0x48);
        let (mut one, mut two, mut three) = ([0; 1], [0; 2], [0; 2]);
        i2c::I2c::transaction(
            &mut chip,
            0x48,
            &mut [
                i2c::Operation::Write(&[1]),
                i2c::Operation::Write(&[2, 3]),
                i2c::Operation::Read(&mut one),
                i2c::Operation::Read(&mut two),
                i2c::Operation::Write(&[4]),
                i2c::Operation::Read(&mut three),
            ],
        )
        .unwrap();
        assert_eq!(steps(), [('w', vec![1, 2, 3], 0), ('r', vec![], 0), ('w', vec![4], 0), ('r', vec![], 0)]);
        // The host counts its bytes over the transaction: three written, three read, one written, two read.
        assert_eq!((one, two, three), ([0x83], [0x84, 0x85], [0x87, 0x88]));
    });
}

#[test]
fn an_i2c_chip_is_reached_by_its_own_address_alone_and_the_bus_by_any() {
    with_host(|host| {
        let mut chip = host.i2c(0x48);
        let mut word = [0; 2];
        assert_eq!(i2c::I2c::write_read(&mut chip, 0x49, &[0], &mut word), Err(Error::Denied));
        assert_eq!(i2c::I2c::write_read(&mut chip, 0x48, &[0], &mut word), Ok(()));
        assert_eq!(word, [0x81, 0x82]);
        let mut bus = host.i2c_bus();
        assert_eq!(bus.read(0x48, &mut word), Ok(()));
        assert_eq!(bus.write(0x80, &[0]), Err(Error::Invalid), "seven bits");
        let long = [0; 200];
        let mut too_long = [i2c::Operation::Write(&long), i2c::Operation::Write(&long)];
        assert_eq!(bus.transaction(0x48, &mut too_long), Err(Error::TooLong));
        assert_eq!(bus.transaction(0x48, &mut []), Ok(()));
    });
}

#[test]
fn lines_and_delays_have_their_traits() {
    with_host(|host| {
        let (mut input, mut output) = (host.input_line("line").unwrap(), host.output_line("line").unwrap());
        output.set_high().unwrap();
        assert_eq!((input.is_high(), input.is_low()), (Ok(true), Ok(false)));
        output.set_low().unwrap();
        assert_eq!((input.is_high(), input.is_low()), (Ok(false), Ok(true)));
        LEVEL.set(2);
        assert_eq!(input.is_high(), Err(Error::Corrupt));

        let mut delay = Delay::new(host);
        delay.delay_ns(1);
        delay.delay_us(2);
        delay.delay_ms(u32::MAX);
        assert_eq!(DELAYED.get(), 1 + 2_000 + u64::from(u32::MAX) * 1_000_000);
    });
}

#[test]
fn an_error_keeps_its_cause_through_the_traits_and_has_the_ecosystems_kind() {
    with_host(|host| {
        for error in [Error::Io, Error::Timeout, Error::Corrupt, Error::Denied, Error::State] {
            CODE.set(error.code());
            assert_eq!(host.spi(0).write(&[1]), Err(error));
            assert_eq!(i2c::I2c::write(&mut host.i2c(0x48), 0x48, &[1]), Err(error));
            assert_eq!(host.output_line("line").unwrap().set_high(), Err(error));
        }
    });
    use i2c::{ErrorKind, NoAcknowledgeSource};
    let not_acknowledged = ErrorKind::NoAcknowledge(NoAcknowledgeSource::Unknown);
    assert_eq!(i2c::Error::kind(&Error::Io), not_acknowledged);
    assert_eq!(i2c::Error::kind(&Error::Timeout), ErrorKind::Bus);
    assert_eq!(i2c::Error::kind(&Error::Denied), ErrorKind::Other);
    assert_eq!(spi::Error::kind(&Error::Io), spi::ErrorKind::Other);
}

#[test]
fn no_transfer_and_no_edge_allocates() {
    with_host(|host| {
        QUIET.set(true);
        let (mut spi, mut i2c) = (host.spi(0), host.i2c(0x48));
        let (input, mut output) = (host.input_line("line").unwrap(), host.output_line("line").unwrap());
        let (mut word, mut room) = ([0; 4], [Edge::NONE; 8]);
        let before = ALLOCATIONS.get();
        for _ in 0..100 {
            SpiDevice::transaction(
                &mut spi,
                &mut [spi::Operation::Write(&[1]), spi::Operation::Read(&mut word)],
            )
            .unwrap();
            spi.transfer_in_place(&mut word).unwrap();
            let (one, two) = word.split_at_mut(2);
            let mut operations =
                [i2c::Operation::Write(&[1]), i2c::Operation::Read(one), i2c::Operation::Read(two)];
            i2c::I2c::transaction(&mut i2c, 0x48, &mut operations).unwrap();
            output.set_high().unwrap();
            let edges = input.edges_into(&mut room, Span::ZERO).unwrap();
            let expected = [
                Edge { t: Monotonic(5), to: LineLevel::High, sequence: 1 },
                Edge { t: Monotonic(6), to: LineLevel::Low, sequence: 2 },
            ];
            assert_eq!(edges, expected);
        }
        assert_eq!(ALLOCATIONS.get() - before, 0);
        assert_eq!(input.edges(8, Span::ZERO).unwrap().len(), 2);
        assert!(ALLOCATIONS.get() > before, "the counter counts");
    });
}
