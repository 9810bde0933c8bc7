// SPDX-License-Identifier: MIT OR Apache-2.0
//! A host may answer anything: unknown numbers, lengths beyond the buffer, levels and bits that are none, half a table.
//! The SDK never reads beyond a buffer or a table, and never panics.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test stops at the first surprise

use ecmod_plugin::loaded::{Descriptor, Instance, OpenFailure};
use ecmod_plugin::quantities::{Monotonic, Quantity, Span};
use ecmod_plugin::{
    Demands, Driver, Error, Host, I2cStep, Info, LineLevel, NoConfig, Samples, Signal, SpiStep, abi, shim,
};
use proptest::prelude::*;
use std::cell::{Cell, RefCell};
use std::ffi::{c_char, c_void};
use std::mem::{offset_of, size_of};

/// What the host answers to every call.
#[derive(Debug, Clone, Default)]
struct Answer {
    code: i32,
    length: u32,
    word: u32,
    bytes: Vec<u8>,
}

thread_local! {
    static ANSWER: RefCell<Answer> = RefCell::default();
    /// Of the calls that the host refuses to know.
    static TRAPPED: Cell<bool> = const { Cell::new(false) };
    static HOST: RefCell<Option<Host>> = const { RefCell::new(None) };
}

/// Fills a buffer as far as it goes, and claims what was told.
///
/// # Safety
/// `target` has room for `capacity` elements.
unsafe fn answer<T: Copy>(target: *mut T, capacity: u32, length: *mut u32, element: fn(u8) -> T) -> i32 {
    ANSWER.with_borrow(|answer| {
        for (index, byte) in answer.bytes.iter().take(capacity as usize).enumerate() {
            // SAFETY: below `capacity`.
            unsafe { target.add(index).write(element(*byte)) };
        }
        if !length.is_null() {
            // SAFETY: the caller's place for the length.
            unsafe { length.write(answer.length) };
        }
        answer.code
    })
}

unsafe extern "C" fn now_ns(_: *mut c_void) -> u64 {
    ANSWER.with_borrow(|answer| u64::from(answer.word))
}
unsafe extern "C" fn log(_: *mut c_void, _: u32, text: *const c_char, length: u32) {
    // SAFETY: the SDK passes `length` bytes.
    let text = unsafe { std::slice::from_raw_parts(text.cast::<u8>(), length as usize) };
    assert!(std::str::from_utf8(text).is_ok());
}
unsafe extern "C" fn config_get(
    _: *mut c_void,
    _: *const c_char,
    buffer: *mut c_char,
    capacity: u32,
    length: *mut u32,
) -> i32 {
    // SAFETY: as the SDK promises.
    unsafe { answer(buffer.cast::<u8>(), capacity, length, |byte| byte) }
}
unsafe extern "C" fn modbus_read(
    _: *mut c_void,
    _: u32,
    _: u32,
    _: u32,
    count: u32,
    items: *mut u16,
    _: u32,
) -> i32 {
    // SAFETY: as the SDK promises.
    unsafe { answer(items, count, std::ptr::null_mut(), u16::from) }
}
unsafe extern "C" fn modbus_write(
    _: *mut c_void,
    _: u32,
    _: u32,
    _: u32,
    _: u32,
    _: *const u16,
    _: u32,
) -> i32 {
    ANSWER.with_borrow(|answer| answer.code)
}
unsafe extern "C" fn serial_read(
    _: *mut c_void,
    to: *mut u8,
    capacity: u32,
    length: *mut u32,
    _: u32,
) -> i32 {
    // SAFETY: as the SDK promises.
    unsafe { answer(to, capacity, length, |byte| byte) }
}
unsafe extern "C" fn serial_write(_: *mut c_void, _: *const u8, _: u32, _: u32) -> i32 {
    ANSWER.with_borrow(|answer| answer.code)
}
unsafe extern "C" fn spi_transfer(_: *mut c_void, _: u32, ops: *const abi::SpiOp, n_ops: u32) -> i32 {
    // SAFETY: as the SDK promises: every step's buffers are as long as it says.
    unsafe {
        for op in std::slice::from_raw_parts(ops, n_ops as usize).iter().filter(|op| !op.rx.is_null()) {
            answer(op.rx, op.length, std::ptr::null_mut(), |byte| byte);
        }
    }
    ANSWER.with_borrow(|answer| answer.code)
}
unsafe extern "C" fn i2c_transfer(_: *mut c_void, _: u32, ops: *const abi::I2cOp, n_ops: u32) -> i32 {
    // SAFETY: as the SDK promises: every step's buffers are as long as it says.
    unsafe {
        for op in std::slice::from_raw_parts(ops, n_ops as usize).iter().filter(|op| !op.rx.is_null()) {
            answer(op.rx, op.length, std::ptr::null_mut(), |byte| byte);
        }
    }
    ANSWER.with_borrow(|answer| answer.code)
}
unsafe extern "C" fn gpio_get(_: *mut c_void, _: *const c_char, level: *mut u32) -> i32 {
    ANSWER.with_borrow(|answer| {
        // SAFETY: the SDK's place for the level.
        unsafe { level.write(answer.word) };
        answer.code
    })
}
unsafe extern "C" fn gpio_set(_: *mut c_void, _: *const c_char, _: u32) -> i32 {
    ANSWER.with_borrow(|answer| answer.code)
}
unsafe extern "C" fn gpio_edges(
    _: *mut c_void,
    _: *const c_char,
    edges: *mut abi::Edge,
    capacity: u32,
    length: *mut u32,
    _: u32,
) -> i32 {
    let edge = |byte: u8| abi::Edge { t_ns: u64::MAX, rising: u32::from(byte), sequence: 0 };
    // SAFETY: as the SDK promises.
    unsafe { answer(edges, capacity, length, edge) }
}
unsafe extern "C" fn attribute_read(
    _: *mut c_void,
    _: *const c_char,
    buffer: *mut c_char,
    capacity: u32,
    length: *mut u32,
) -> i32 {
    // SAFETY: as the SDK promises.
    unsafe { answer(buffer.cast::<u8>(), capacity, length, |byte| byte) }
}
unsafe extern "C" fn attribute_write(_: *mut c_void, _: *const c_char, _: *const c_char, _: u32) -> i32 {
    ANSWER.with_borrow(|answer| answer.code)
}
unsafe extern "C" fn urgent(_: *mut c_void) -> i32 {
    ANSWER.with_borrow(|answer| answer.code)
}
unsafe extern "C" fn delay_ns(_: *mut c_void, _: u64) {
    TRAPPED.set(true);
}

fn table(struct_size: u32) -> abi::Host {
    abi::Host {
        struct_size,
        abi: abi::ECMOD_ABI,
        context: std::ptr::null_mut(),
        now_ns: Some(now_ns),
        log: Some(log),
        config_get: Some(config_get),
        modbus_read: Some(modbus_read),
        modbus_write: Some(modbus_write),
        serial_read: Some(serial_read),
        serial_write: Some(serial_write),
        spi_transfer: Some(spi_transfer),
        i2c_transfer: Some(i2c_transfer),
        gpio_get: Some(gpio_get),
        gpio_set: Some(gpio_set),
        gpio_edges: Some(gpio_edges),
        delay_ns: Some(delay_ns),
        attribute_read: Some(attribute_read),
        attribute_write: Some(attribute_write),
        attribute_list: Some(attribute_read),
        stream_read: Some(serial_read),
        gpio_wake: Some(gpio_set),
        urgent: Some(urgent),
    }
}

/// Gives its host away, for the test to use.
struct Lender;

impl Driver for Lender {
    const INFO: Info = Info::new(c"example,lender", c"0.1.0", c"MIT", c"Lends its host")
        .signals(&[Signal::new(c"count", Quantity::Count, (0.0, 1.0))]);
    type Config = NoConfig;
    fn open(host: Host, NoConfig {}: NoConfig) -> Result<Self, Error> {
        HOST.set(Some(host));
        Ok(Self)
    }
    fn cycle(&mut self, now: Monotonic, _: &Demands<'_>, samples: &mut Samples<'_>) -> Result<(), Error> {
        samples.good(0, 1.0, now);
        Ok(())
    }
}

fn open(table: &abi::Host) -> Result<Instance, OpenFailure> {
    // SAFETY: the SDK's own descriptor; the table lives in the caller, longer than the instance.
    unsafe { Instance::open(&Descriptor::read(shim::Exported::<Lender>::DESCRIPTOR).unwrap(), table) }
}

fn with_host(use_it: impl FnOnce(&Host) -> Result<(), TestCaseError>) -> Result<(), TestCaseError> {
    ANSWER.set(Answer { length: 2, bytes: b"{}".to_vec(), ..Answer::default() });
    let table = table(abi::size_of_u32::<abi::Host>());
    let instance = open(&table).unwrap();
    let result = use_it(&HOST.take().unwrap());
    drop(instance);
    result
}

fn answers() -> impl Strategy<Value = Answer> {
    let code = prop_oneof![3 => Just(0), 2 => -600..600, 1 => any::<i32>()];
    let length = prop_oneof![0..200_u32, any::<u32>(), Just(u32::MAX)];
    let word = prop_oneof![0..3_u32, any::<u32>()];
    (code, length, word, prop::collection::vec(any::<u8>(), 0..300))
        .prop_map(|(code, length, word, bytes)| Answer { code, length, word, bytes })
}

/// Makes every call once and looks at what comes back.
fn every_call(host: &Host, answer: &Answer, address: u16, size: usize) -> Result<(), TestCaseError> {
    ANSWER.set(answer.clone());
    let known = |result: Result<(), Error>| match result {
        Ok(()) => answer.code == 0,
        Err(error) => error == Error::Invalid || answer.code != 0 || error == Error::Corrupt,
    };
    let unit = host.modbus(1);
    let fits = size > 0 && usize::from(address) + size <= 0x1_0000;
    let read = unit.read_holding(address, &mut vec![0; size]);
    prop_assert_eq!(read == Err(Error::Invalid), !fits || size > 125 || answer.code == abi::ECMOD_E_INVALID);
    prop_assert!(known(read));
    prop_assert!(known(unit.read_input(address, &mut vec![0; size])));
    let mut bits = vec![false; size];
    let read = unit.read_coils(address, &mut bits);
    prop_assert!(known(read));
    if read.is_ok() {
        prop_assert!(answer.bytes.iter().take(size).all(|&bit| bit <= 1), "a bit is 0 or 1");
    }
    prop_assert!(known(unit.read_discrete(address, &mut bits)));
    prop_assert!(known(unit.write_registers(address, &vec![0; size])));
    prop_assert!(known(unit.write_coils(address, &bits)));
    prop_assert!(known(unit.write_register(address, 1)));
    prop_assert!(known(unit.write_coil(address, true)));

    let mut buffer = vec![0; size];
    match host.serial().read(&mut buffer, Span::from_millis(1)) {
        Ok(length) => prop_assert!(length > 0 && length <= size && answer.code == 0),
        Err(error) => {
            prop_assert!(size == 0 || answer.code != 0 || answer.length == 0 || error == Error::Corrupt)
        }
    }
    prop_assert!(known(host.serial().write(&buffer)) || size == 0);
    let (tx, mut rx, mut both) = (vec![1; size], vec![0; size], vec![2; size]);
    let mut steps = [
        SpiStep::Transfer(&tx, &mut rx),
        SpiStep::TransferInPlace(&mut both),
        SpiStep::Delay(Span::from_micros(5)),
    ];
    prop_assert!(known(host.spi(0).transaction(&mut steps)));
    prop_assert_eq!(
        host.spi(0).transaction(&mut [SpiStep::Transfer(&tx, &mut [])]).is_ok(),
        size == 0 && answer.code == 0
    );
    prop_assert!(known(host.i2c(0x0B).write_read(&tx, &mut rx)));
    prop_assert_eq!(host.i2c(0x80).transaction(&mut [I2cStep::Read(&mut rx)]), Err(Error::Invalid));

    let input = host.input_line("bubble").unwrap();
    match input.get() {
        Ok(level) => prop_assert_eq!(level == LineLevel::High, answer.word == 1),
        Err(_) => prop_assert!(answer.code != 0 || answer.word > 1),
    }
    if let Ok(edges) = input.edges(size, Span::ZERO) {
        prop_assert!(edges.len() <= size.min(64));
    }
    prop_assert!(known(host.output_line("clamp").unwrap().set(LineLevel::High)));
    let mut room = vec![ecmod_plugin::Edge::NONE; size];
    if let Ok(edges) = input.edges_into(&mut room, Span::ZERO) {
        prop_assert!(edges.len() <= size.min(64));
    }
    prop_assert!(known(input.wake()) && known(input.let_sleep()) && known(host.urgent()));
    prop_assert_eq!(host.now(), Monotonic(u64::from(answer.word)));
    attributes_and_stream(host, answer, size)
}

fn attributes_and_stream(host: &Host, answer: &Answer, size: usize) -> Result<(), TestCaseError> {
    let attribute = host.attributes().at("BAT0/capacity").unwrap();
    let mut buffer = vec![0; size];
    match attribute.read(&mut buffer) {
        Ok(text) => prop_assert!(answer.code == 0 && text.len() <= size && !text.ends_with('\n')),
        Err(Error::TooLong) => prop_assert!(answer.code == abi::ECMOD_E_TOO_LONG),
        Err(error) => prop_assert!(answer.code != 0 || error == Error::Corrupt),
    }
    prop_assert_eq!(attribute.write("1"), Error::check(answer.code));
    if let Ok(names) = host.attributes().list("") {
        let length = names.iter().map(|name| name.len() + 1).sum::<usize>();
        prop_assert_eq!(length, answer.length as usize);
    }
    match host.stream().read(&mut buffer, Span::from_millis(1)) {
        Ok(length) => prop_assert!(length > 0 && length <= size && answer.code == 0),
        Err(error) => {
            prop_assert!(size == 0 || answer.code != 0 || answer.length == 0 || error == Error::Corrupt)
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_answer_makes_the_sdk_read_beyond_a_buffer_or_panic(answer in answers(), size in 0..2100_usize, address: u16) {
        with_host(|host| every_call(host, &answer, address, size))?;
    }

    #[test]
    fn no_configuration_makes_open_panic(answer in answers()) {
        ANSWER.set(answer);
        let table = table(abi::size_of_u32::<abi::Host>());
        if let Err(OpenFailure::Open(code)) = open(&table) {
            prop_assert_ne!(code, abi::ECMOD_E_PANIC);
            prop_assert!(code < 0);
        }
    }

    #[test]
    fn nothing_outside_the_hosts_struct_size_is_called(struct_size in 0..260_u32) {
        ANSWER.set(Answer { length: 2, bytes: b"{}".to_vec(), ..Answer::default() });
        TRAPPED.set(false);
        let table = table(struct_size);
        let struct_size = struct_size as usize;
        let has = |offset: usize| struct_size >= offset + size_of::<usize>();
        match open(&table) {
            Ok(_instance) => {
                prop_assert!(has(offset_of!(abi::Host, now_ns)));
                let host = HOST.take().unwrap();
                let read = host.serial().read(&mut [0; 4], Span::ZERO);
                prop_assert_eq!(read == Err(Error::Unsupported), !has(offset_of!(abi::Host, serial_read)));
                host.delay(Span::ZERO);
                prop_assert_eq!(TRAPPED.get(), has(offset_of!(abi::Host, delay_ns)));
                let urgent = host.urgent();
                prop_assert_eq!(urgent, if has(offset_of!(abi::Host, urgent)) { Ok(()) } else { Err(Error::Unsupported) });
            }
            Err(failure) => {
                prop_assert_eq!(failure, OpenFailure::Open(abi::ECMOD_E_UNSUPPORTED));
                prop_assert!(!has(offset_of!(abi::Host, now_ns)));
            }
        }
    }
}

/// The size that `ecmod_host` has in version 1.0.
const SIZE_OF_1_0: usize = offset_of!(abi::Host, attribute_read);

#[test]
fn on_a_host_of_version_1_0_all_that_came_with_1_1_is_unsupported_and_the_rest_works() {
    ANSWER.set(Answer { length: 2, bytes: b"{}".to_vec(), ..Answer::default() });
    let mut old = table(u32::try_from(SIZE_OF_1_0).unwrap());
    old.abi = 1 << 16;
    let instance = open(&old).unwrap();
    let host = HOST.take().unwrap();
    let line = host.input_line("bubble").unwrap();
    let attribute = host.attributes().at("BAT0/capacity").unwrap();
    assert_eq!(attribute.read(&mut [0; 8]), Err(Error::Unsupported));
    assert_eq!(attribute.write("1"), Err(Error::Unsupported));
    assert_eq!(host.attributes().list(""), Err(Error::Unsupported));
    assert_eq!(host.stream().read(&mut [0; 8], Span::ZERO), Err(Error::Unsupported));
    assert_eq!(line.wake(), Err(Error::Unsupported));
    assert_eq!(line.let_sleep(), Err(Error::Unsupported));
    assert_eq!(host.urgent(), Err(Error::Unsupported));
    assert_eq!(line.get(), Ok(LineLevel::Low));
    host.delay(Span::ZERO);
    assert!(TRAPPED.get(), "the last function of 1.0");
    drop(instance);
}

#[test]
fn a_host_of_another_version_or_without_a_clock_or_none_at_all_is_refused() {
    let whole = table(abi::size_of_u32::<abi::Host>());
    let refusal = |host: *const abi::Host| {
        // SAFETY: null, or a table of this test; the SDK's own function.
        unsafe { shim::Exported::<Lender>::DESCRIPTOR.open.unwrap()(host, &mut std::ptr::null_mut()) }
    };
    assert_eq!(refusal(std::ptr::null()), abi::ECMOD_E_INVALID);
    assert_eq!(refusal(&abi::Host { abi: 2 << 16, ..whole }), abi::ECMOD_E_UNSUPPORTED);
    assert_eq!(refusal(&abi::Host { now_ns: None, ..whole }), abi::ECMOD_E_UNSUPPORTED);
    // SAFETY: a table of this test; the SDK's own function, which must not write through NULL.
    let code = unsafe { shim::Exported::<Lender>::DESCRIPTOR.open.unwrap()(&whole, std::ptr::null_mut()) };
    assert_eq!(code, abi::ECMOD_E_INVALID);
}

#[test]
fn null_pointers_from_a_host_are_answered_with_a_number() {
    let driver = shim::Exported::<Lender>::DESCRIPTOR;
    let null = std::ptr::null_mut();
    // SAFETY: NULL for everything is what these functions must bear.
    unsafe {
        assert_eq!(driver.cycle.unwrap()(null, 0, null.cast(), null.cast()), abi::ECMOD_E_INVALID);
        assert_eq!(driver.describe.unwrap()(null, null.cast()), abi::ECMOD_E_INVALID);
        assert_eq!(driver.self_test.unwrap()(null, null.cast(), 0, null.cast()), abi::ECMOD_E_INVALID);
        assert_eq!(driver.holds_on_link_loss.unwrap()(null), abi::ECMOD_HOLD_UNVERIFIED);
        driver.close.unwrap()(null);
    }
}
