// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the process asks of the kernel and of systemd: signals, small memory, a name, "ready".

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use ecmod_quantities::Span;

use crate::clock;

/// Signals that end the host, blocked in all threads so that one of them can wait.
#[derive(Clone, Copy)]
pub struct Signals(libc::sigset_t);

impl Signals {
    /// Blocks `SIGTERM` and `SIGINT`. Call it before any thread starts: threads inherit the mask.
    #[must_use]
    pub fn block() -> Self {
        let mut set = std::mem::MaybeUninit::uninit();
        // SAFETY: sigemptyset initialises the set that the other two use; the old mask is not asked for. None of them
        // can fail with these arguments.
        unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            libc::sigaddset(set.as_mut_ptr(), libc::SIGTERM);
            libc::sigaddset(set.as_mut_ptr(), libc::SIGINT);
            libc::pthread_sigmask(libc::SIG_BLOCK, set.as_ptr(), std::ptr::null_mut());
            Self(set.assume_init())
        }
    }

    /// Waits for one of them; `false` when `span` is over.
    #[must_use]
    pub fn wait(&self, span: Span) -> bool {
        let time = clock::timespec(span);
        #[allow(clippy::useless_conversion)] // these fields are narrower on some machines
        let time = libc::timespec {
            tv_sec: time.tv_sec.try_into().unwrap_or(libc::time_t::MAX),
            tv_nsec: time.tv_nsec.try_into().unwrap_or(0),
        };
        // SAFETY: the set is initialised, the time lives for the call, and no information about the signal is asked for.
        unsafe { libc::sigtimedwait(&raw const self.0, std::ptr::null_mut(), &raw const time) > 0 }
    }
}

/// Keeps the memory small: one heap for all threads instead of one each, and freed pages given back.
pub fn small_memory() {
    // SAFETY: mallopt only sets parameters of the allocator; called before other threads exist.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 64 * 1024);
        libc::mallopt(libc::M_MMAP_THRESHOLD, 64 * 1024);
    }
}

/// Gives back what reading the configuration has left.
pub fn trim_memory() {
    // SAFETY: malloc_trim may be called at any time.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Names the process in `ps` and `top`: `host:PORT`, cut at the kernel's 15 characters.
pub fn set_name(port: &str) {
    let name: Vec<u8> = format!("host:{port}").bytes().take(15).collect();
    if let Ok(name) = std::ffi::CString::new(name) {
        // a name is a comfort
        let _ = rustix::thread::set_name(&name);
    }
}

/// Ends the process at once: no destructors, which a hung driver's thread could block.
pub fn exit_now(code: i32) -> ! {
    // SAFETY: _exit may be called at any time and does not return.
    unsafe { libc::_exit(code) }
}

/// Tells systemd (`sd_notify(3)`); nothing happens where there is no systemd. Written here because it is one datagram.
///
/// # Errors
/// If `NOTIFY_SOCKET` is set and cannot be used.
pub fn notify(state: &str) -> io::Result<()> {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else { return Ok(()) };
    let address = match path.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(&path)?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address).map(|_| ())
}
