// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tells systemd (`sd_notify(3)`) without ever waiting for it: a socket that is full, because systemd is busy or stopped, must hold up
//! neither the supervisor nor the service thread. What was not told is told again by whoever has something to tell.

use std::ffi::OsString;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use sd_notify::NotifyState;

/// Sends one datagram at once, or not at all. Where there is no systemd there is nobody to tell.
///
/// # Errors
/// [`io::ErrorKind::WouldBlock`]: systemd takes none at the moment. Else whatever is wrong with the socket.
pub fn notify(states: &[NotifyState<'_>]) -> io::Result<()> {
    std::env::var_os("NOTIFY_SOCKET").map_or(Ok(()), |socket| send(socket, states))
}

fn send(name: OsString, states: &[NotifyState<'_>]) -> io::Result<()> {
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    let address = match name.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(name)?,
    };
    let text: String = states.iter().map(|state| format!("{state}\n")).collect();
    socket.send_to_addr(text.as_bytes(), &address).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systemd_hears_what_it_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let systemd = UnixDatagram::bind(&path).unwrap();
        send(path.into(), &[NotifyState::Ready, NotifyState::Status("controlling")]).unwrap();
        let mut heard = [0; 100];
        let length = systemd.recv(&mut heard).unwrap();
        assert_eq!(&heard[..length], b"READY=1\nSTATUS=controlling\n");
    }

    #[test]
    fn a_systemd_that_takes_nothing_holds_nobody_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let _systemd = UnixDatagram::bind(&path).unwrap();
        let told = (0..10_000).map(|_| send(path.clone().into(), &[NotifyState::Watchdog]));
        let refused = told.filter_map(Result::err).next().map(|error| error.kind());
        assert_eq!(refused, Some(io::ErrorKind::WouldBlock));
    }

    #[test]
    fn an_abstract_name_is_one_too() {
        let name = format!("ecmod-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(name.as_bytes()).unwrap();
        let systemd = UnixDatagram::bind_addr(&address).unwrap();
        send(format!("@{name}").into(), &[NotifyState::Stopping]).unwrap();
        let mut heard = [0; 100];
        let length = systemd.recv(&mut heard).unwrap();
        assert_eq!(&heard[..length], b"STOPPING=1\n");
    }
}
