// SPDX-License-Identifier: MIT OR Apache-2.0
//! The table as a driver sees it: through its pointers.

use core::ptr;
use std::ffi::CString;

use ecmod_config::{
    Line, LineBias, LineDirection, LineEdge, LineSelect, Port as Settings, PortKind, SpiChip,
};
use ecmod_plugin::abi::{self, Host, I2cOp, SpiOp};
use ecmod_sim_link::server::{I2cServer, LineChip, LineServer, Reply, SpiServer};
use ecmod_sim_link::{I2cStep, SpiStep};

use super::*;

struct Nobody;

impl Wake for Nobody {
    fn wake(&self) {}
}

/// A driver's table of a port of this kind, with one input line `key`.
fn table(kind: PortKind, folder: &tempfile::TempDir) -> (&'static Host, &'static Context, Arc<Port>) {
    let key = Line {
        chip: format!("unix:{}/lines", folder.path().display()),
        select: LineSelect::Offset(0),
        direction: LineDirection::Input { edge: LineEdge::Both, debounce: Span::ZERO },
        bias: LineBias::AsIs,
        active_low: false,
    };
    let lines = [("key".to_owned(), key)].into();
    let timeout = Span::from_secs(20);
    let settings = Settings { kind, lines, timeout, retries: 0, turnaround: Span::ZERO, local_control: None };
    let port = Arc::new(Port::start("test", &settings).unwrap());
    let config = serde_json::json!({});
    let context =
        Context::new("test", Arc::clone(&port), config, Priority::Normal, Arc::new(Nobody), Arc::default());
    let context: &'static Context = Box::leak(Box::new(context));
    (context.table(), context, port)
}

fn unix(folder: &tempfile::TempDir, name: &str) -> String {
    format!("unix:{}/{name}", folder.path().display())
}

fn op(length: u32, tx: *const u8, rx: *mut u8) -> SpiOp {
    SpiOp { struct_size: abi::size_of_u32::<SpiOp>(), length, tx, rx, delay_ns: 0, reserved: 0 }
}

#[test]
fn spi_steps_may_share_their_buffers() {
    let folder = tempfile::tempdir().unwrap();
    let chip = |_: &[SpiStep], out: &[u8], back: &mut [u8]| {
        back.iter_mut().zip(out).for_each(|(back, out)| *back = out.wrapping_add(1));
        Reply::Done
    };
    let _chip = SpiServer::start(&folder.path().join("adc"), chip).unwrap();
    let chips = vec![SpiChip { device: unix(&folder, "adc"), mode: 0, max_hz: 1000 }];
    let (host, ..) = table(PortKind::Spi(chips), &folder);
    let mut both = [10, 20, 30];
    let place = both.as_mut_ptr();
    // in place; then a byte of the same buffer again, and a pause
    let ops =
        [op(3, place, place), op(1, ptr::null(), place.wrapping_add(2)), op(0, ptr::null(), ptr::null_mut())];
    // SAFETY: the steps point into a buffer that lives until the call is over.
    let code = unsafe { host.spi_transfer.unwrap()(host.context, 0, ops.as_ptr(), 3) };
    assert_eq!(code, abi::ECMOD_OK);
    assert_eq!(both, [11, 21, 1], "sent before anything was received");
    // SAFETY: as above; too many steps are refused before they are looked at.
    unsafe {
        let transfer = host.spi_transfer.unwrap();
        assert_eq!(transfer(host.context, 1, ops.as_ptr(), 3), abi::ECMOD_E_NOT_FOUND);
        assert_eq!(transfer(host.context, 0, ops.as_ptr(), 0), abi::ECMOD_E_INVALID);
        assert_eq!(transfer(host.context, 0, ptr::null(), 3), abi::ECMOD_E_INVALID);
        let many = [op(0, ptr::null(), ptr::null_mut()); 17];
        assert_eq!(transfer(host.context, 0, many.as_ptr(), 17), abi::ECMOD_E_INVALID);
        let long = [op(70_000, ptr::null(), ptr::null_mut())];
        assert_eq!(transfer(host.context, 0, long.as_ptr(), 1), abi::ECMOD_E_INVALID);
        assert_eq!(host.i2c_transfer.unwrap()(host.context, 0x48, ptr::null(), 0), abi::ECMOD_E_UNSUPPORTED);
    }
}

#[test]
fn i2c_steps_write_or_read() {
    let folder = tempfile::tempdir().unwrap();
    let device = |address: u16, _: &[I2cStep], bytes: &mut [u8]| match (address, bytes) {
        (0x48, [register, high, low]) => {
            (*high, *low) = (*register, 7);
            Reply::Done
        }
        _ => Reply::Errno(ecmod_sim_link::errno::ENXIO),
    };
    let _bus = I2cServer::start(&folder.path().join("i2c"), device).unwrap();
    let (host, ..) = table(PortKind::I2c { device: unix(&folder, "i2c") }, &folder);
    let transfer = host.i2c_transfer.unwrap();
    let struct_size = abi::size_of_u32::<I2cOp>();
    let (register, mut value) = ([3_u8], [0_u8; 2]);
    let write = I2cOp { struct_size, length: 1, tx: register.as_ptr(), rx: ptr::null_mut() };
    let read = I2cOp { struct_size, length: 2, tx: ptr::null(), rx: value.as_mut_ptr() };
    // SAFETY: the steps point to buffers of their length, which live until the calls are over.
    unsafe {
        assert_eq!(transfer(host.context, 0x48, [write, read].as_ptr(), 2), abi::ECMOD_OK);
        assert_eq!(value, [3, 7]);
        assert_eq!(transfer(host.context, 0x50, [write, read].as_ptr(), 2), abi::ECMOD_E_IO);
        assert_eq!(transfer(host.context, 0x100, [write, read].as_ptr(), 2), abi::ECMOD_E_INVALID);
        let both = I2cOp { struct_size, length: 1, tx: register.as_ptr(), rx: value.as_mut_ptr() };
        assert_eq!(transfer(host.context, 0x48, &both, 1), abi::ECMOD_E_INVALID);
    }
}

#[test]
fn lines_are_known_by_name_and_inputs_cannot_be_driven() {
    let folder = tempfile::tempdir().unwrap();
    let chip = LineServer::start(&folder.path().join("lines"), LineChip::new(&["KEY"])).unwrap();
    let (host, context, port) = table(PortKind::Gpio, &folder);
    assert!(port.lines.as_ref().unwrap().wait_open(clock::now().plus(LONGEST_TIMEOUT)));
    let (key, other) = (CString::new("key").unwrap(), CString::new("other").unwrap());
    let (mut level, mut count, mut edges) = (7, 7, [abi::Edge::default(); 4]);
    // SAFETY: names are C strings, and all places live until the calls are over.
    unsafe {
        chip.drive("KEY", true);
        assert_eq!(host.gpio_get.unwrap()(host.context, key.as_ptr(), &raw mut level), abi::ECMOD_OK);
        assert_eq!(level, 1);
        let fetch = |edges: *mut abi::Edge, count: &mut u32, timeout_us| {
            host.gpio_edges.unwrap()(host.context, key.as_ptr(), edges, 4, count, timeout_us)
        };
        assert_eq!(fetch(edges.as_mut_ptr(), &mut count, 0), abi::ECMOD_OK);
        assert_eq!((count, edges[0].rising, edges[0].sequence), (1, 1, 1));
        assert_eq!(fetch(edges.as_mut_ptr(), &mut count, 1000), abi::ECMOD_E_TIMEOUT);
        assert_eq!((count, fetch(ptr::null_mut(), &mut count, 1000)), (0, abi::ECMOD_E_INVALID));
        let (get, set, wake) = (host.gpio_get.unwrap(), host.gpio_set.unwrap(), host.gpio_wake.unwrap());
        assert_eq!(set(host.context, key.as_ptr(), 1), abi::ECMOD_E_DENIED);
        assert_eq!(set(host.context, key.as_ptr(), 2), abi::ECMOD_E_INVALID);
        assert_eq!(get(host.context, other.as_ptr(), &raw mut level), abi::ECMOD_E_NOT_FOUND);
        assert_eq!(get(host.context, ptr::null(), &raw mut level), abi::ECMOD_E_INVALID);
        assert!(!context.can_be_woken());
        assert_eq!(wake(host.context, key.as_ptr(), 1), abi::ECMOD_OK);
        assert_eq!(wake(host.context, key.as_ptr(), 2), abi::ECMOD_E_INVALID);
        assert!(context.can_be_woken());
    }
}

#[test]
fn files_and_stream_of_a_kernel_driver_come_through_the_table() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("device")).unwrap();
    std::fs::write(folder.path().join("device/raw"), "1234\n").unwrap();
    let socket = std::os::unix::net::UnixListener::bind(folder.path().join("stream")).unwrap();
    let directory = folder.path().join("device");
    let kind = PortKind::Attributes { directory, stream: Some(unix(&folder, "stream")) };
    let (host, ..) = table(kind, &folder);
    let raw = CString::new("raw").unwrap();
    let (mut text, mut length) = ([0_u8; 8], 0);
    // SAFETY: names are C strings, and all places live until the calls are over.
    unsafe {
        let read = host.attribute_read.unwrap();
        assert_eq!(
            read(host.context, raw.as_ptr(), text.as_mut_ptr().cast(), 8, &raw mut length),
            abi::ECMOD_OK
        );
        assert_eq!(&text[..5], b"1234\n");
        let short = read(host.context, raw.as_ptr(), text.as_mut_ptr().cast(), 2, &raw mut length);
        assert_eq!((short, length), (abi::ECMOD_E_TOO_LONG, 5));
        let write = host.attribute_write.unwrap();
        assert_eq!(write(host.context, raw.as_ptr(), c"9".as_ptr(), 1), abi::ECMOD_OK);
        assert_eq!(write(host.context, c"../x".as_ptr(), c"9".as_ptr(), 1), abi::ECMOD_E_DENIED);
        let list = host.attribute_list.unwrap();
        assert_eq!(
            list(host.context, c"".as_ptr(), text.as_mut_ptr().cast(), 8, &raw mut length),
            abi::ECMOD_OK
        );
        assert_eq!((&text[..4], length), (&b"raw\0"[..], 4));

        let (mut peer, _) = socket.accept().unwrap();
        std::io::Write::write_all(&mut peer, &[1, 2, 3]).unwrap();
        let stream = host.stream_read.unwrap();
        assert_eq!(stream(host.context, text.as_mut_ptr(), 8, &raw mut length, 0), abi::ECMOD_OK);
        assert_eq!(&text[..length as usize], [1, 2, 3]);
        assert_eq!(stream(host.context, text.as_mut_ptr(), 8, &raw mut length, 1000), abi::ECMOD_E_TIMEOUT);
        drop(peer);
        assert_eq!(stream(host.context, text.as_mut_ptr(), 8, &raw mut length, 0), abi::ECMOD_E_IO);
        assert_eq!(length, 0);
    }
}

#[test]
fn urgent_is_what_a_cycle_delivers_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (host, context, _port) = table(PortKind::Gpio, &folder);
    // SAFETY: our own context.
    let urgent = || unsafe { host.urgent.unwrap()(host.context) };
    assert_eq!(urgent(), abi::ECMOD_E_STATE);
    context.enter_cycle();
    assert!(!context.leave_cycle());
    context.enter_cycle();
    assert_eq!((urgent(), urgent()), (abi::ECMOD_OK, abi::ECMOD_OK));
    assert!(context.leave_cycle());
    assert_eq!(urgent(), abi::ECMOD_E_STATE);
}
