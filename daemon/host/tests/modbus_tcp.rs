// SPDX-License-Identifier: MIT OR Apache-2.0
//! Modbus TCP against a server played by hand.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers may stop at the first surprise, as tests do

mod support;

use ecmod_config::Priority;
use ecmod_host::bus::{
    BusError, Caller, Counters, Damage, DeviceCounter, Encoding, Gate, Modbus, PortCounter, Result, Settings,
    Table, connect,
};
use ecmod_quantities::Span;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use support::{LIMIT, SHORT, Signal};

/// A port that repeats `retries` times, and the server's listening socket.
fn port(retries: u32) -> (TcpListener, Modbus) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let counters = Arc::new(Counters::default());
    let gate = Gate::start(Box::new(move || connect(&address)), Arc::clone(&counters)).unwrap();
    assert!(gate.wait_open(support::soon()));
    let port = Modbus::new(Encoding::Tcp, Settings::new(LIMIT, retries, Span::ZERO), gate, counters);
    (listener, port)
}

fn accept(listener: &TcpListener) -> TcpStream {
    let (stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    stream
}

/// Header and body of a read of registers.
fn request(stream: &mut TcpStream) -> [u8; 12] {
    let mut request = [0; 12];
    stream.read_exact(&mut request).unwrap();
    request
}

/// The answer to `request` with these registers, and whatever `change` does to it.
fn answer(stream: &mut TcpStream, request: [u8; 12], words: &[u16], change: impl FnOnce(&mut Vec<u8>)) {
    let bytes = u8::try_from(words.len() * 2).unwrap();
    let mut frame = vec![request[0], request[1], 0, 0, 0, bytes + 3, request[6], request[7], bytes];
    frame.extend(words.iter().flat_map(|word| word.to_be_bytes()));
    change(&mut frame);
    stream.write_all(&frame).unwrap();
}

fn read(port: &Modbus, count: usize, timeout: Option<Span>) -> Result<Vec<u16>> {
    let mut items = vec![0; count];
    let caller = Caller::new(Priority::Normal);
    port.read(&caller, 1, Table::HoldingRegisters, 0x10, &mut items, timeout).map(|()| items)
}

#[test]
fn a_late_answer_dies_with_its_connection() {
    let (listener, port) = port(0);
    let timed_out = Signal::default();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut old = accept(&listener);
            let late = request(&mut old);
            timed_out.wait();
            let mut new = accept(&listener);
            // the client has hung up; whether this still gets out does not matter
            let _ = old.write_all(&[late[0], late[1], 0, 0, 0, 5, 1, 3, 2, 0, 111]);
            let asked = request(&mut new);
            answer(&mut new, asked, &[222], |_| {});
        });
        assert_eq!(read(&port, 1, SHORT).unwrap_err(), BusError::Timeout);
        timed_out.raise();
        assert!(port.gate().wait_open(support::soon()));
        assert_eq!(read(&port, 1, None).unwrap(), [222]);
    });
    assert_eq!(port.counters().of_port(PortCounter::Opened), 2);
}

#[test]
fn an_answer_of_another_transaction_unit_or_length_is_not_accepted() {
    type Change = fn(&mut Vec<u8>);
    let cases: [(&str, Change, Damage); 4] = [
        ("transaction", |frame| frame[1] ^= 1, Damage::Unit),
        ("unit", |frame| frame[6] = 9, Damage::Unit),
        ("function", |frame| frame[7] = 4, Damage::Function),
        ("protocol", |frame| frame[2] = 1, Damage::Checksum),
    ];
    for (name, change, damage) in cases {
        let (listener, port) = port(0);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut stream = accept(&listener);
                let asked = request(&mut stream);
                answer(&mut stream, asked, &[1], change);
            });
            assert_eq!(read(&port, 1, None).unwrap_err(), BusError::Corrupt(damage), "{name}");
        });
    }
    let (listener, port) = port(0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut stream = accept(&listener);
            let asked = request(&mut stream);
            answer(&mut stream, asked, &[1], |_| {});
        });
        assert_eq!(read(&port, 2, None).unwrap_err(), BusError::Corrupt(Damage::Length));
    });
    assert_eq!(port.counters().of_device(1, DeviceCounter::WrongLength), 1);
}

#[test]
fn a_server_that_closed_the_idle_connection_costs_a_repetition_and_no_failure() {
    let (listener, port) = port(1);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            drop(accept(&listener));
            let mut stream = accept(&listener);
            let asked = request(&mut stream);
            answer(&mut stream, asked, &[5], |_| {});
        });
        assert_eq!(read(&port, 1, None).unwrap(), [5]);
    });
    assert_eq!(port.counters().of_device(1, DeviceCounter::Failures), 0);
}

#[test]
fn without_a_server_requests_fail_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let counters = Arc::new(Counters::default());
    let gate = Gate::start(Box::new(move || connect(&address)), Arc::clone(&counters)).unwrap();
    let port = Modbus::new(Encoding::Tcp, Settings::new(LIMIT, 0, Span::ZERO), gate, counters);
    assert!(matches!(read(&port, 1, None), Err(BusError::Io(_))));
}
