// SPDX-License-Identifier: MIT OR Apache-2.0
//! A slave on a real pseudo-terminal, played by hand, byte for byte.
#![allow(dead_code)] // every test binary uses a part

use std::os::fd::OwnedFd;
use std::sync::Arc;

use ecmod_config::{Parity, SerialLine};
use ecmod_host::bus::{Counters, Encoding, Gate, Modbus, Settings, open_line};
use ecmod_host::clock;
use ecmod_quantities::{Monotonic, Span};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::pty::{OpenptFlags, openpt, ptsname, unlockpt};

/// No test waits longer than this for anything.
pub const LIMIT: Span = Span::from_secs(20);
/// For requests that are to time out.
pub const SHORT: Option<Span> = Some(Span::from_millis(20));

pub fn soon() -> Monotonic {
    clock::now().plus(LIMIT)
}

/// The far end of a pty.
pub struct Slave {
    master: OwnedFd,
    pub line: SerialLine,
}

impl Slave {
    pub fn new() -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        unlockpt(&master).unwrap();
        let device = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let line = SerialLine { device, baud: 115_200, parity: Parity::Even, stop_bits: 1, rs485: false };
        Self { master, line }
    }

    /// A slave whose device is called by another name.
    pub fn at(line: SerialLine) -> Self {
        Self { line, ..Self::new() }
    }

    /// A port on this line that repeats nothing by itself.
    pub fn port(&self) -> Modbus {
        self.port_with(Settings {
            longest_reply: Span::from_millis(60),
            ..Settings::new(LIMIT, 0, Span::ZERO)
        })
    }

    pub fn port_with(&self, settings: Settings) -> Modbus {
        let line = self.line.clone();
        let counters = Arc::new(Counters::default());
        let gate = Gate::start(Box::new(move || open_line(&line)), Arc::clone(&counters)).unwrap();
        assert!(gate.wait_open(soon()));
        Modbus::new(Encoding::Rtu, settings, gate, counters)
    }

    /// Waits for `count` bytes.
    pub fn receive(&self, count: usize) -> Vec<u8> {
        let deadline = soon();
        let mut received = Vec::new();
        while received.len() < count {
            let left = deadline.since(clock::now());
            assert!(left.0 > 0, "only {received:02x?} came");
            let mut fds = [PollFd::new(&self.master, PollFlags::IN)];
            if poll(&mut fds, Some(&clock::timespec(left))).unwrap() == 0 {
                continue;
            }
            let mut buffer = vec![0; count - received.len()];
            match rustix::io::read(&self.master, &mut buffer) {
                Ok(length) => received.extend(&buffer[..length]),
                // nobody has the slave side open at the moment
                Err(rustix::io::Errno::IO) => std::thread::yield_now(),
                Err(error) => panic!("{error}"),
            }
        }
        received
    }

    /// Waits for a request of the usual eight bytes.
    pub fn request(&self) -> Vec<u8> {
        let request = self.receive(8);
        assert_eq!(with_crc(&request[..6]), request);
        request
    }

    pub fn send(&self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let count = rustix::io::write(&self.master, bytes).unwrap();
            bytes = &bytes[count..];
        }
    }

    /// Sends as much as the line takes without blocking.
    pub fn send_what_fits(&self, bytes: &[u8]) {
        let flags = rustix::fs::fcntl_getfl(&self.master).unwrap();
        rustix::fs::fcntl_setfl(&self.master, flags | rustix::fs::OFlags::NONBLOCK).unwrap();
        match rustix::io::write(&self.master, bytes) {
            Ok(_) | Err(rustix::io::Errno::AGAIN) => {}
            Err(error) => panic!("{error}"),
        }
        rustix::fs::fcntl_setfl(&self.master, flags).unwrap();
    }

    /// Whether something has arrived that nobody has fetched.
    pub fn has_input(&self) -> bool {
        let mut fds = [PollFd::new(&self.master, PollFlags::IN)];
        poll(&mut fds, Some(&clock::timespec(Span::ZERO))).unwrap() > 0
    }
}

/// A frame around `body`, with an independent bitwise checksum.
pub fn with_crc(body: &[u8]) -> Vec<u8> {
    let mut crc = 0xFFFF_u16;
    for byte in body {
        crc ^= u16::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xA001 } else { crc >> 1 };
        }
    }
    [body, &crc.to_le_bytes()].concat()
}

/// The regular answer to a read of registers with function 3.
pub fn registers(unit: u8, words: &[u16]) -> Vec<u8> {
    let mut body = vec![unit, 3, u8::try_from(words.len() * 2).unwrap()];
    body.extend(words.iter().flat_map(|word| word.to_be_bytes()));
    with_crc(&body)
}

/// One thread tells another that something has happened.
#[derive(Default)]
pub struct Signal(std::sync::Mutex<bool>, std::sync::Condvar);

impl Signal {
    pub fn raise(&self) {
        *self.0.lock().unwrap() = true;
        self.1.notify_all();
    }

    pub fn is_raised(&self) -> bool {
        *self.0.lock().unwrap()
    }

    pub fn wait(&self) {
        let raised = self.0.lock().unwrap();
        let (raised, _) =
            self.1.wait_timeout_while(raised, clock::duration(LIMIT), |raised| !*raised).unwrap();
        assert!(*raised, "it never happened");
    }
}

/// Looks until it is so.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = soon();
    while !is_so() {
        assert!(clock::now() < deadline, "it never happened that {what}");
        std::thread::yield_now();
    }
}

/// Tries until it succeeds: a port opens in the background.
pub fn until_ok<T, E: std::fmt::Debug>(mut attempt: impl FnMut() -> Result<T, E>) -> T {
    let deadline = soon();
    loop {
        match attempt() {
            Ok(result) => return result,
            Err(error) => assert!(clock::now() < deadline, "{error:?}"),
        }
        std::thread::yield_now();
    }
}
