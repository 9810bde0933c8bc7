// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every fault that was seen to mislead a plain Modbus RTU client, played on a real pty against ours.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers may stop at the first surprise, as tests do

mod support;

use ecmod_config::Priority;
use ecmod_host::bus::{
    BusError, Caller, Damage, DeviceCounter, Modbus, PortCounter, Result, SILENT, Settings, Table,
};
use ecmod_host::clock;
use ecmod_quantities::Span;
use support::{LIMIT, SHORT, Signal, Slave, registers, with_crc};

fn read(port: &Modbus, unit: u8, count: usize, timeout: Option<Span>) -> Result<Vec<u16>> {
    let mut items = vec![0; count];
    port.read(&Caller::new(Priority::Normal), unit, Table::HoldingRegisters, 0x10, &mut items, timeout)
        .map(|()| items)
}

/// Plays `slave` against `master` at the same time.
fn play<T: Send>(slave: impl FnOnce() + Send, master: impl FnOnce() -> T) -> T {
    std::thread::scope(|scope| {
        let playing = scope.spawn(slave);
        let result = master();
        playing.join().unwrap();
        result
    })
}

/// After whatever went before, the line works again at once.
fn works(slave: &Slave, port: &Modbus) {
    let answer = play(
        || {
            slave.request();
            slave.send(&registers(1, &[7, 8]));
        },
        || read(port, 1, 2, None),
    );
    assert_eq!(answer.unwrap(), [7, 8]);
}

/// The library alone, on the same kind of line: this is why the transaction layer exists. If this test fails, the library
/// has been mended, and the layer may become thinner.
#[tokio::test(flavor = "current_thread")]
async fn plain_tokio_modbus_returns_the_late_answer_to_another_request() {
    use std::time::Duration;
    use tokio_modbus::client::{Client, rtu};
    use tokio_modbus::{Request, Response, Slave as Unit};

    let slave = Slave::new();
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    // the pty's own side as an async stream, carried over a socket pair by two plain copying threads
    let tty = std::sync::Arc::new(ecmod_host::bus::open_line(&slave.line).unwrap());
    let (down, up) = (std::sync::Arc::clone(&tty), theirs.try_clone().unwrap());
    std::thread::spawn(move || copy_to_tty(theirs, &down));
    std::thread::spawn(move || copy_from_tty(&tty, up));

    let stream = tokio::net::UnixStream::from_std(ours).unwrap();
    let mut context = rtu::attach_slave(stream, Unit(1));
    let first =
        tokio::time::timeout(Duration::from_millis(50), context.call(Request::ReadHoldingRegisters(0, 1)));
    assert!(first.await.is_err(), "the first request times out");
    slave.request();
    slave.send(&registers(1, &[111]));

    let playing = std::thread::spawn(move || {
        slave.request();
        slave.send(&registers(1, &[222]));
        slave
    });
    let second = context.call(Request::ReadHoldingRegisters(1, 1));
    let second = tokio::time::timeout(Duration::from_secs(20), second).await.unwrap();
    assert_eq!(
        second.unwrap().unwrap(),
        Response::ReadHoldingRegisters(vec![111]),
        "the answer to the first one"
    );
    drop(playing.join().unwrap());
}

fn copy_to_tty(mut from: std::os::unix::net::UnixStream, tty: &ecmod_host::bus::Stream) {
    let mut buffer = [0; 256];
    while let Ok(count @ 1..) = std::io::Read::read(&mut from, &mut buffer) {
        tty.write(&buffer[..count], support::soon()).unwrap();
    }
}

fn copy_from_tty(tty: &ecmod_host::bus::Stream, mut to: std::os::unix::net::UnixStream) {
    let mut buffer = [0; 256];
    while let Ok(count) = tty.read(&mut buffer, support::soon()) {
        if std::io::Write::write_all(&mut to, &buffer[..count]).is_err() {
            return;
        }
    }
}

#[test]
fn a_late_answer_is_never_taken_for_the_answer_to_the_next_request() {
    let slave = Slave::new();
    let port = slave.port();
    let timed_out = Signal::default();
    let (first, second) = play(
        || {
            slave.request();
            timed_out.wait();
            slave.send(&registers(1, &[111]));
            slave.request();
            slave.send(&registers(1, &[222]));
        },
        || {
            let first = read(&port, 1, 1, SHORT);
            timed_out.raise();
            (first, read(&port, 1, 1, None))
        },
    );
    assert_eq!(first.unwrap_err(), BusError::Timeout);
    assert_eq!(second.unwrap(), [222]);
    assert_eq!(port.counters().of_device(1, DeviceCounter::Late), 1);
    works(&slave, &port);
}

#[test]
fn a_late_answer_does_not_disturb_a_request_to_another_unit() {
    let slave = Slave::new();
    let port = slave.port();
    let timed_out = Signal::default();
    let second = play(
        || {
            slave.request();
            timed_out.wait();
            slave.send(&registers(1, &[111]));
            assert_eq!(slave.request()[0], 2);
            slave.send(&registers(2, &[222]));
        },
        || {
            assert_eq!(read(&port, 1, 1, SHORT).unwrap_err(), BusError::Timeout);
            timed_out.raise();
            read(&port, 2, 1, None)
        },
    );
    assert_eq!(second.unwrap(), [222]);
    works(&slave, &port);
}

#[test]
fn an_answer_waiting_on_the_line_before_the_request_is_thrown_away() {
    let slave = Slave::new();
    let port = slave.port();
    works(&slave, &port);
    slave.send(&registers(1, &[111]));
    let answer = play(
        || {
            slave.request();
            slave.send(&registers(1, &[222]));
        },
        || read(&port, 1, 1, None),
    );
    assert_eq!(answer.unwrap(), [222]);
    assert_eq!(port.counters().of_port(PortCounter::Drained), 7);
}

#[test]
fn after_a_timeout_the_next_request_waits_until_no_late_answer_can_come() {
    let slave = Slave::new();
    let port = slave.port();
    let begun = clock::now();
    play(
        || {
            slave.request();
            slave.request();
            assert!(
                clock::now().since(begun) >= Span::from_millis(60),
                "the line was used while it was dirty"
            );
            slave.send(&registers(1, &[1]));
        },
        || {
            assert_eq!(read(&port, 1, 1, SHORT).unwrap_err(), BusError::Timeout);
            assert_eq!(read(&port, 1, 1, None).unwrap(), [1]);
        },
    );
    assert_eq!(port.counters().of_port(PortCounter::Settled), 1);
}

#[test]
fn noise_of_any_length_before_the_answer_costs_nothing() {
    let slave = Slave::new();
    let port = slave.port();
    for length in [1, 19, 25, 40, 200] {
        let answer = play(
            || {
                slave.request();
                slave.send(&vec![0x01; length]);
                slave.send(&registers(1, &[0x1234]));
            },
            || read(&port, 1, 1, None),
        );
        assert_eq!(answer.unwrap(), [0x1234], "{length} bytes of noise");
    }
    works(&slave, &port);
}

/// The slave answers `bytes` to a read of two registers and then stays silent.
fn answered_with(slave: &Slave, port: &Modbus, bytes: &[u8]) -> BusError {
    play(
        || {
            slave.request();
            slave.send(bytes);
        },
        || read(port, 1, 2, SHORT),
    )
    .unwrap_err()
}

#[test]
fn damaged_and_wrong_answers_are_named_and_counted_and_the_line_goes_on() {
    let slave = Slave::new();
    let port = slave.port();
    let right = registers(1, &[1, 2]);
    let mut wrong_crc = right.clone();
    wrong_crc[8] ^= 0x10;
    let mut wrong_count = right.clone();
    wrong_count[2] = 200;
    let function_4 = with_crc(&[1, 4, 4, 0, 1, 0, 2]);
    let cases: [(&str, &[u8], Damage, DeviceCounter); 7] = [
        ("wrong CRC", &wrong_crc, Damage::Checksum, DeviceCounter::Checksum),
        ("damaged byte count", &wrong_count, Damage::Checksum, DeviceCounter::Checksum),
        ("short frame", &right[..5], Damage::Checksum, DeviceCounter::Checksum),
        ("wrong unit", &registers(2, &[1, 2]), Damage::Unit, DeviceCounter::WrongUnit),
        ("fewer registers", &registers(1, &[111]), Damage::Length, DeviceCounter::WrongLength),
        ("more registers", &registers(1, &[1, 2, 3]), Damage::Length, DeviceCounter::WrongLength),
        ("other function", &function_4, Damage::Function, DeviceCounter::WrongFunction),
    ];
    for (name, bytes, damage, counter) in cases {
        let before = port.counters().of_device(1, counter);
        assert_eq!(answered_with(&slave, &port, bytes), BusError::Corrupt(damage), "{name}");
        assert_eq!(port.counters().of_device(1, counter), before + 1, "{name}");
        works(&slave, &port);
    }
}

#[test]
fn the_right_answer_is_found_behind_another_units() {
    let slave = Slave::new();
    let port = slave.port();
    let answer = play(
        || {
            slave.request();
            slave.send(&registers(9, &[5, 5]));
            slave.send(&registers(1, &[1, 2]));
        },
        || read(&port, 1, 2, None),
    );
    assert_eq!(answer.unwrap(), [1, 2]);
}

#[test]
fn a_line_that_gives_back_its_own_bytes_still_works() {
    let slave = Slave::new();
    let port = slave.port();
    let write =
        |timeout| port.write(&Caller::new(Priority::Normal), 1, Table::HoldingRegisters, 5, &[9], timeout);
    let echo = |then: &[u8]| {
        let request = slave.request();
        slave.send(&request);
        slave.send(then);
    };
    assert_eq!(play(|| echo(&registers(1, &[3, 4])), || read(&port, 1, 2, None)).unwrap(), [3, 4]);
    assert_eq!(port.counters().of_port(PortCounter::Echoes), 1);
    let confirmation = with_crc(&[1, 6, 0, 5, 0, 9]);
    play(|| echo(&confirmation), || write(None)).unwrap();
    // a device that is not there: the echo of the write must not pass for its confirmation
    assert_eq!(play(|| echo(&[]), || write(SHORT)).unwrap_err(), BusError::Timeout);
    assert_eq!(play(|| echo(&[]), || read(&port, 1, 2, SHORT)).unwrap_err(), BusError::Timeout);
}

#[test]
fn a_write_that_is_confirmed_with_another_value_is_an_error() {
    let slave = Slave::new();
    let port = slave.port();
    let result = play(
        || {
            slave.request();
            slave.send(&with_crc(&[1, 6, 0, 5, 0, 8]));
        },
        || port.write(&Caller::new(Priority::Normal), 1, Table::HoldingRegisters, 5, &[9], None),
    );
    assert_eq!(result.unwrap_err(), BusError::Corrupt(Damage::Confirmation));
    works(&slave, &port);
}

#[test]
fn an_exception_is_an_answer_and_leaves_the_line_clean() {
    let slave = Slave::new();
    let port = slave.port();
    let result = play(
        || {
            slave.request();
            slave.send(&with_crc(&[1, 0x83, 2]));
        },
        || read(&port, 1, 2, None),
    );
    assert_eq!(result.unwrap_err(), BusError::Exception(2));
    works(&slave, &port);
    assert_eq!(port.counters().of_port(PortCounter::Settled), 0);
}

#[test]
fn a_broadcast_is_sent_once_and_nobody_is_waited_for() {
    let slave = Slave::new();
    let port = slave.port();
    port.write(&Caller::new(Priority::Normal), 0, Table::HoldingRegisters, 5, &[9], None).unwrap();
    assert_eq!(slave.request(), with_crc(&[0, 6, 0, 5, 0, 9]));
    let sent = clock::now();
    works(&slave, &port);
    assert!(clock::now().since(sent) >= Span::from_millis(90), "the devices need time to carry it out");
}

#[test]
fn a_failed_read_is_repeated_and_a_failed_write_too() {
    let slave = Slave::new();
    let settings = Settings::new(Span::from_millis(20), 2, Span::ZERO);
    let port = slave.port_with(settings);
    let answer = play(
        || {
            slave.request();
            slave.request();
            slave.request();
            slave.send(&registers(1, &[5]));
        },
        // the last answer may take its time on a loaded machine: what counts is that it was asked for three times
        || read(&port, 1, 1, None).or_else(|_| read(&port, 1, 1, Some(LIMIT))),
    );
    assert!(port.counters().of_device(1, DeviceCounter::Retries) >= 2);
    drop(answer);
    let write =
        || port.write(&Caller::new(Priority::High), 1, Table::HoldingRegisters, 5, &[1, 2], Some(LIMIT));
    let frame = with_crc(&[1, 16, 0, 5, 0, 2, 4, 0, 1, 0, 2]);
    let written = play(
        || {
            let mut damaged = with_crc(&[1, 0x90, 6]);
            assert!(slave.receive(frame.len()).ends_with(&frame[frame.len() - 2..]));
            slave.send(&damaged);
            damaged.clear();
            assert_eq!(slave.receive(frame.len()), frame, "a busy device is asked again");
            slave.send(&with_crc(&[1, 16, 0, 5, 0, 2]));
        },
        write,
    );
    written.unwrap();
}

#[test]
fn a_dead_device_gets_no_repetitions_until_it_answers_again() {
    let slave = Slave::new();
    let port = slave.port_with(Settings::new(Span::from_millis(2), 1, Span::ZERO));
    for _ in 0..10 {
        assert_eq!(read(&port, 1, 1, None).unwrap_err(), BusError::Timeout);
    }
    let retries = port.counters().of_device(1, DeviceCounter::Retries);
    assert!(retries < u64::from(SILENT), "{retries} repetitions");
    assert_eq!(port.counters().of_device(1, DeviceCounter::Requests), 10 + retries);
}

#[test]
fn a_babbling_line_is_an_error_in_bounded_time() {
    let slave = Slave::new();
    let port = slave.port();
    let done = Signal::default();
    let begun = clock::now();
    let result = play(
        || {
            while !done.is_raised() {
                slave.send_what_fits(&[0x5A; 64]);
            }
        },
        || {
            let result = read(&port, 1, 2, SHORT);
            done.raise();
            result
        },
    );
    assert_eq!(result.unwrap_err(), BusError::Corrupt(Damage::Checksum));
    assert!(clock::now().since(begun) < LIMIT);
}

#[test]
fn the_silence_that_a_device_needs_after_its_answer_is_kept() {
    let slave = Slave::new();
    let turnaround = Span::from_millis(15);
    let port = slave.port_with(Settings::new(LIMIT, 0, turnaround));
    let mut gap = Span::ZERO;
    let answers = play(
        || {
            slave.request();
            let answered = clock::now();
            slave.send(&registers(1, &[1]));
            slave.request();
            gap = clock::now().since(answered);
            slave.send(&registers(1, &[2]));
        },
        || [read(&port, 1, 1, None).unwrap(), read(&port, 1, 1, None).unwrap()],
    );
    assert_eq!(answers, [vec![1], vec![2]]);
    assert!(gap >= turnaround, "{gap:?}");
}

#[test]
fn a_device_node_that_disappears_is_opened_again_when_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("tty");
    let first = Slave::new();
    std::os::unix::fs::symlink(&first.line.device, &link).unwrap();
    let line = ecmod_config::SerialLine { device: link.to_str().unwrap().to_owned(), ..first.line.clone() };
    let named = Slave::at(line);
    let port = named.port();
    works(&first, &port);

    std::fs::remove_file(&link).unwrap();
    drop(first);
    assert!(matches!(read(&port, 1, 1, None), Err(BusError::Io(_))));
    assert!(matches!(read(&port, 1, 1, SHORT), Err(BusError::Io(_))), "while it is away");

    let second = Slave::new();
    std::os::unix::fs::symlink(&second.line.device, &link).unwrap();
    assert!(port.gate().wait_open(support::soon()));
    works(&second, &port);
    assert_eq!(port.counters().of_port(PortCounter::Lost), 1);
}

#[test]
fn two_drivers_at_once_get_their_own_answers() {
    let slave = Slave::new();
    let port = slave.port();
    const EACH: u16 = 50;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..2 * EACH {
                let request = slave.request();
                slave.send(&registers(request[0], &[u16::from(request[0])]));
            }
        });
        for unit in [1, 2] {
            let port = &port;
            scope.spawn(move || {
                for _ in 0..EACH {
                    assert_eq!(read(port, unit, 1, None).unwrap(), [u16::from(unit)]);
                }
            });
        }
    });
}

/// The codec's buffer is not a whole number of answers long.
#[test]
fn thousands_of_answers_of_any_length_pass_without_a_failure() {
    const ROUNDS: usize = 1500;
    let slave = Slave::new();
    let port = slave.port();
    let length = |round: usize| 1 + round * 7 % 60;
    play(
        || {
            for round in 0..ROUNDS {
                slave.request();
                slave.send(&registers(1, &vec![0x0103; length(round)]));
            }
        },
        || {
            for round in 0..ROUNDS {
                assert_eq!(
                    read(&port, 1, length(round), None).unwrap(),
                    vec![0x0103; length(round)],
                    "{round}"
                );
            }
        },
    );
    assert_eq!(port.counters().of_device(1, DeviceCounter::Answers), ROUNDS as u64);
}
