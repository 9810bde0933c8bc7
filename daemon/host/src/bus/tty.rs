// SPDX-License-Identifier: MIT OR Apache-2.0
//! Opens the device of a serial port: a tty, set raw, or the Unix socket of a simulated device.
//!
//! A UART is opened exclusively (`TIOCEXCL`) and every tty is locked (`flock`), so that two hosts never share a line.
//! A pseudo-terminal is not marked exclusive: the mark stays with it after a kill and would lock out the next host.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

use ecmod_config::{Parity, SerialLine};
use rustix::fs::{FileType, FlockOperation, Mode, OFlags, flock, fstat, open};
use rustix::termios::{
    ControlModes, OptionalActions, QueueSelector, SpecialCodeIndex, ioctl_tiocexcl, tcflush, tcgetattr,
    tcsetattr,
};

use super::node::SOCKET_PREFIX;
use super::stream::{LineTiming, Stream};

/// Major numbers of Unix98 pseudo-terminals (Linux, `Documentation/admin-guide/devices.txt`).
const PTY_MAJORS: std::ops::RangeInclusive<u32> = 136..=143;

/// Opens the device and sets the line.
///
/// # Errors
/// What went wrong, with the step in words.
pub fn open_line(line: &SerialLine) -> io::Result<Stream> {
    if let Some(path) = line.device.strip_prefix(SOCKET_PREFIX) {
        let socket = UnixStream::connect(path)?;
        socket.set_nonblocking(true)?;
        return Ok(Stream::new(socket.into(), LineTiming::NONE));
    }
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let fd = open(line.device.as_str(), flags, Mode::empty())?;
    let stat = fstat(&fd)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::CharacterDevice {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a character device"));
    }
    let pseudo = PTY_MAJORS.contains(&rustix::fs::major(stat.st_rdev));
    flock(&fd, FlockOperation::NonBlockingLockExclusive)
        .map_err(|error| step("another process uses this device", error.into()))?;
    if !pseudo {
        ioctl_tiocexcl(&fd)?;
    }
    set_raw(&fd, line).map_err(|error| step("the line refuses these settings", error))?;
    if line.rs485 {
        set_rs485(&fd).map_err(|error| {
            step("this device cannot switch an RS-485 direction by itself; set rs485 = false", error)
        })?;
    }
    tcflush(&fd, QueueSelector::IOFlush)?;
    let parity = u32::from(line.parity != Parity::None);
    let timing = if pseudo {
        LineTiming::NONE
    } else {
        LineTiming::uart(line.baud, 9 + parity + u32::from(line.stop_bits))
    };
    Ok(Stream::new(fd, timing))
}

fn step(words: &str, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{words} ({error})"))
}

fn set_raw(fd: &OwnedFd, line: &SerialLine) -> io::Result<()> {
    let mut settings = tcgetattr(fd)?;
    settings.make_raw();
    let mut modes = settings.control_modes;
    modes.remove(ControlModes::CSIZE | ControlModes::PARENB | ControlModes::PARODD | ControlModes::CSTOPB);
    modes.remove(ControlModes::CRTSCTS | ControlModes::HUPCL);
    modes.insert(ControlModes::CS8 | ControlModes::CREAD | ControlModes::CLOCAL);
    match line.parity {
        Parity::None => {}
        Parity::Even => modes.insert(ControlModes::PARENB),
        Parity::Odd => modes.insert(ControlModes::PARENB | ControlModes::PARODD),
    }
    if line.stop_bits == 2 {
        modes.insert(ControlModes::CSTOPB);
    }
    settings.control_modes = modes;
    settings.set_speed(line.baud)?;
    // at least one byte, no timer: an empty line then reads as EAGAIN and a hang-up as end of file
    settings.special_codes[SpecialCodeIndex::VMIN] = 1;
    settings.special_codes[SpecialCodeIndex::VTIME] = 0;
    tcsetattr(fd, OptionalActions::Now, &settings)?;
    Ok(())
}

/// `struct serial_rs485` of `linux/serial.h`.
#[repr(C)]
#[derive(Default)]
struct SerialRs485 {
    flags: u32,
    delay_rts_before_send: u32,
    delay_rts_after_send: u32,
    padding: [u32; 5],
}

const SER_RS485_ENABLED: u32 = 1;
const SER_RS485_RTS_ON_SEND: u32 = 1 << 1;

fn set_rs485(fd: &impl AsFd) -> io::Result<()> {
    let settings = SerialRs485 { flags: SER_RS485_ENABLED | SER_RS485_RTS_ON_SEND, ..Default::default() };
    // SAFETY: TIOCSRS485 reads one `struct serial_rs485`, whose layout SerialRs485 has; the descriptor is open for the
    // whole call, and the kernel keeps no pointer.
    let result =
        unsafe { libc::ioctl(fd.as_fd().as_raw_fd(), libc::TIOCSRS485, std::ptr::from_ref(&settings)) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::pty::{OpenptFlags, openpt, ptsname, unlockpt};

    fn pty() -> (OwnedFd, SerialLine) {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        unlockpt(&master).unwrap();
        let device = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        (master, SerialLine { device, baud: 57_600, parity: Parity::Odd, stop_bits: 2, rs485: false })
    }

    #[test]
    fn a_tty_is_raw_with_the_configured_line_settings() {
        let (_master, line) = pty();
        let stream = open_line(&line).unwrap();
        let settings = tcgetattr(&stream).unwrap();
        assert_eq!((settings.output_speed(), settings.input_speed()), (57_600, 57_600));
        assert!(
            settings.local_modes.is_empty()
                || !settings.local_modes.contains(rustix::termios::LocalModes::ECHO)
        );
        assert!(settings.control_modes.contains(ControlModes::CSTOPB | ControlModes::CREAD));
        assert_eq!(stream.timing(), LineTiming::NONE);
    }

    #[test]
    fn a_second_opener_is_refused() {
        let (_master, line) = pty();
        let _first = open_line(&line).unwrap();
        let refused = open_line(&line).unwrap_err().to_string();
        assert!(refused.contains("another process"), "{refused}");
    }

    #[test]
    fn a_pty_that_was_closed_can_be_opened_again() {
        let (_master, line) = pty();
        drop(open_line(&line).unwrap());
        open_line(&line).unwrap();
    }

    #[test]
    fn rs485_on_a_device_without_it_says_what_to_do() {
        let (_master, mut line) = pty();
        line.rs485 = true;
        let refused = open_line(&line).unwrap_err().to_string();
        assert!(refused.contains("rs485 = false"), "{refused}");
    }

    #[test]
    fn what_is_not_a_device_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let (_master, mut line) = pty();
        line.device = file.path().to_str().unwrap().to_owned();
        assert_eq!(open_line(&line).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}
