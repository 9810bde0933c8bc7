// SPDX-License-Identifier: MIT OR Apache-2.0
//! A serial port as a byte stream, on a real pty and on a simulated device's socket.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers may stop at the first surprise, as tests do

mod support;

use ecmod_config::SerialLine;
use ecmod_host::bus::{BusError, CAPACITY, Counters, Gate, LONGEST_WRITE, PortCounter, Serial, open_line};
use ecmod_quantities::Span;
use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use support::{LIMIT, SHORT, Slave};

fn port(line: SerialLine) -> Serial {
    let counters = Arc::new(Counters::default());
    let gate = Gate::start(Box::new(move || open_line(&line)), Arc::clone(&counters)).unwrap();
    Serial::new(gate, LIMIT, counters).unwrap()
}

/// Reads until there are `count` bytes.
fn read(port: &Serial, count: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < count {
        let mut buffer = vec![0; count - bytes.len()];
        let length = port.read(&mut buffer, None).unwrap();
        bytes.extend(&buffer[..length]);
    }
    bytes
}

fn write(port: &Serial, bytes: &[u8]) {
    support::until_ok(|| port.write(bytes, None));
}

#[test]
fn bytes_go_both_ways_and_a_read_waits_for_at_least_one() {
    let slave = Slave::new();
    let port = port(slave.line.clone());
    write(&port, b"ask\n");
    assert_eq!(slave.receive(4), b"ask\n");
    assert_eq!(port.read(&mut [0; 8], SHORT).unwrap_err(), BusError::Timeout);
    std::thread::scope(|scope| {
        scope.spawn(|| slave.send(b"answer"));
        assert_eq!(read(&port, 6), b"answer");
    });
}

#[test]
fn bytes_that_nobody_fetches_are_bounded_counted_and_the_newest_stay() {
    let slave = Slave::new();
    let port = port(slave.line.clone());
    write(&port, b"x");
    slave.receive(1);
    let sent: Vec<u8> = (0..2 * CAPACITY).map(|index| u8::try_from(index / 64 % 251).unwrap()).collect();
    for part in sent.chunks(512) {
        slave.send(part);
    }
    support::until("all has been received", || {
        port.counters().of_port(PortCounter::Received) == u64::try_from(sent.len()).unwrap()
    });
    assert_eq!(port.counters().of_port(PortCounter::Overflow), u64::try_from(CAPACITY).unwrap());
    assert_eq!(read(&port, CAPACITY), sent[CAPACITY..]);
    assert_eq!(port.read(&mut [0; 8], SHORT).unwrap_err(), BusError::Timeout);
}

#[test]
fn a_write_that_nobody_takes_ends_at_its_timeout() {
    let slave = Slave::new();
    let port = port(slave.line.clone());
    write(&port, b"x");
    let error = (0..1000).find_map(|_| port.write(&[0; LONGEST_WRITE], Some(Span::from_millis(5))).err());
    assert_eq!(error, Some(BusError::Timeout));
    assert!(matches!(port.write(&[0; LONGEST_WRITE + 1], None), Err(BusError::Invalid(_))));
}

#[test]
fn a_simulated_device_that_goes_away_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("device.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let line = SerialLine { device: format!("unix:{}", path.display()), ..Slave::new().line };
    let port = port(line);

    let (mut device, _) = listener.accept().unwrap();
    device.write_all(b"one").unwrap();
    assert_eq!(read(&port, 3), b"one");
    drop(device);
    assert!(matches!(port.read(&mut [0; 8], None), Err(BusError::Io(_))));

    let (mut device, _) = listener.accept().unwrap();
    write(&port, b"back?");
    let mut asked = [0; 5];
    device.read_exact(&mut asked).unwrap();
    device.write_all(b"two").unwrap();
    assert_eq!(read(&port, 3), b"two");
    assert_eq!(port.counters().of_port(PortCounter::Lost), 1);
}
