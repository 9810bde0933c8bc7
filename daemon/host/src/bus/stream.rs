// SPDX-License-Identifier: MIT OR Apache-2.0
//! A byte stream with deadlines: a tty, a pty, a Unix socket or a TCP connection, all alike.
//!
//! The descriptor is non-blocking; waiting is one `ppoll` with the rest of the time. No reactor, no timer wheel and no
//! second thread stands between a request and the device.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use ecmod_quantities::{Monotonic, Span};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use crate::clock;

/// What times a line needs by its nature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineTiming {
    /// One character with start, parity and stop bits; zero on what has no bit rate (pty, socket).
    pub character: Span,
    /// The silence between two Modbus RTU frames, t3.5.
    pub silence: Span,
}

impl LineTiming {
    /// A pseudo-terminal or a socket: bytes arrive whole and at once.
    pub const NONE: Self = Self { character: Span::ZERO, silence: Span::ZERO };

    /// A UART. t3.5 is 3.5 characters of 11 bits up to 19200 baud and a fixed 1.75 ms above
    /// (MODBUS over Serial Line V1.02, 2.5.1.1).
    #[must_use]
    pub fn uart(baud: u32, bits: u32) -> Self {
        let bits_to_span = |bits: u64| Span(bits.saturating_mul(1_000_000_000) / u64::from(baud.max(1)));
        let silence =
            if baud > 19_200 { Span::from_micros(1750) } else { Span(bits_to_span(385).0.div_ceil(10)) };
        Self { character: bits_to_span(u64::from(bits)), silence }
    }

    /// How long `count` bytes are on the line.
    #[must_use]
    pub fn transmission(&self, count: usize) -> Span {
        Span(self.character.0.saturating_mul(u64::try_from(count).unwrap_or(u64::MAX)))
    }
}

/// An open, non-blocking stream.
#[derive(Debug)]
pub struct Stream {
    fd: OwnedFd,
    timing: LineTiming,
}

impl Stream {
    /// Takes over a descriptor that is already non-blocking.
    #[must_use]
    pub fn new(fd: OwnedFd, timing: LineTiming) -> Self {
        Self { fd, timing }
    }

    /// What times this line needs.
    #[must_use]
    pub fn timing(&self) -> LineTiming {
        self.timing
    }

    /// Waits for at least one byte and reads what is there.
    ///
    /// # Errors
    /// `TimedOut` at `deadline`; `UnexpectedEof` if the other side closed; otherwise what the kernel says.
    pub fn read(&self, buffer: &mut [u8], deadline: Monotonic) -> io::Result<usize> {
        loop {
            self.wait(PollFlags::IN, deadline)?;
            if let Some(count) = self.read_now(buffer)? {
                return Ok(count);
            }
        }
    }

    /// Reads what is there, without waiting; `None` if there is nothing.
    ///
    /// # Errors
    /// `UnexpectedEof` if the other side closed; otherwise what the kernel says.
    pub fn read_now(&self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        loop {
            return match rustix::io::read(&self.fd, &mut *buffer) {
                Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => Ok(Some(count)),
                Err(Errno::AGAIN) => Ok(None),
                Err(Errno::INTR) => continue,
                Err(error) => Err(error.into()),
            };
        }
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// `TimedOut` at `deadline`; otherwise what the kernel says.
    pub fn write(&self, mut bytes: &[u8], deadline: Monotonic) -> io::Result<()> {
        while !bytes.is_empty() {
            match rustix::io::write(&self.fd, bytes) {
                Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => self.wait(PollFlags::OUT, deadline)?,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn wait(&self, what: PollFlags, deadline: Monotonic) -> io::Result<()> {
        loop {
            let left = deadline.since(clock::now());
            let mut fds = [PollFd::new(&self.fd, what)];
            match poll(&mut fds, Some(&clock::timespec(left))) {
                Ok(0) if left.0 == 0 => return Err(io::ErrorKind::TimedOut.into()),
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;

    fn pair() -> (Stream, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        (Stream::new(ours.into(), LineTiming::NONE), theirs)
    }

    #[test]
    fn silence_between_frames_is_that_of_the_modbus_specification() {
        assert_eq!(LineTiming::uart(115_200, 11).silence, Span::from_micros(1750));
        let slow = LineTiming::uart(9600, 11);
        assert_eq!(slow.silence, Span(4_010_417));
        assert_eq!(slow.transmission(8).0, 8 * 1_145_833);
    }

    #[test]
    fn a_read_ends_at_its_deadline_and_says_so() {
        let (ours, _theirs) = pair();
        let deadline = clock::now().plus(Span::from_millis(3));
        let error = ours.read(&mut [0; 4], deadline).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(clock::now() >= deadline);
    }

    #[test]
    fn a_closed_peer_is_an_error_and_not_an_empty_read() {
        let (ours, theirs) = pair();
        drop(theirs);
        let far = clock::now().plus(Span::from_secs(20));
        assert_eq!(ours.read(&mut [0; 4], far).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
