// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the process asks of the kernel and of systemd: signals, small memory, a name, "ready".

use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use ecmod_quantities::Span;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

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

/// How long a thread with real-time priority may compute without ever sleeping; what our drivers compute in a cycle is a hundredth of
/// it. One that never sleeps would leave the processor to nobody below it.
const LONGEST_COMPUTATION: Span = Span::from_millis(200);

/// From now on the kernel ends this process (`SIGKILL`) when one of its threads with real-time priority has computed for
/// [`LONGEST_COMPUTATION`] without ever sleeping; it is started again. A limit that there is already, of somebody who knows the
/// drivers better, is left as it is.
///
/// Not a limit of the unit: it would hold for the start too, and on a slow machine with cold files what the system does to start a
/// program computes for longer than that in one piece. No host would ever come up.
///
/// # Errors
/// What the kernel says.
pub fn limit_computing() -> io::Result<()> {
    if getrlimit(Resource::Rttime).current.is_some() {
        return Ok(());
    }
    let most = Some(LONGEST_COMPUTATION.0 / 1000);
    Ok(setrlimit(Resource::Rttime, Rlimit { current: most, maximum: most })?)
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

/// Gives back what starting has left: freed heap, and the pages of code that only the start needed (reading the configuration,
/// linking libraries). Code that is needed again comes back from the page cache, a few microseconds at a time.
pub fn trim_memory() {
    // SAFETY: malloc_trim may be called at any time.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::malloc_trim(0);
    }
    // SAFETY: the callback has the type that the function wants and uses no data.
    unsafe {
        libc::dl_iterate_phdr(Some(release_code), std::ptr::null_mut());
    }
}

/// Unmaps, until they are used again, the pages of one object's code.
unsafe extern "C" fn release_code(
    info: *mut libc::dl_phdr_info,
    _size: libc::size_t,
    _data: *mut libc::c_void,
) -> libc::c_int {
    // SAFETY: the caller passes a valid description of a loaded object, whose program headers are mapped with it.
    let (base, headers) = unsafe {
        let info = &*info;
        if info.dlpi_phdr.is_null() {
            return 0;
        }
        (info.dlpi_addr, std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()))
    };
    let page = rustix::param::page_size();
    for header in headers {
        let is_code = header.p_flags & libc::PF_X != 0 && header.p_flags & libc::PF_W == 0;
        if header.p_type != libc::PT_LOAD || !is_code {
            continue;
        }
        let (Ok(start), Ok(length)) =
            (usize::try_from(base.wrapping_add(header.p_vaddr)), usize::try_from(header.p_memsz))
        else {
            continue;
        };
        let first = start & !(page - 1);
        let end = start.saturating_add(length);
        let address = std::ptr::with_exposed_provenance_mut::<libc::c_void>(first);
        // SAFETY: these pages are a private mapping of a file that nobody may write through: each is clean, and reading or running
        // it again maps the same bytes. Where the call fails the pages simply stay.
        unsafe {
            libc::madvise(address, end - first, libc::MADV_DONTNEED);
        }
    }
    0
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

/// How long systemd waits for a sign of life of this process, if it watches it (`sd_watchdog_enabled(3)`).
#[must_use]
pub fn watchdog() -> Option<Span> {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let is_ours = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
    let us = number("WATCHDOG_USEC").filter(|us| *us > 0 && is_ours)?;
    Some(Span::from_micros(us))
}

/// The folder that systemd keeps for this process while the machine runs (`RuntimeDirectory=`), if it does.
#[must_use]
pub fn runtime_folder() -> Option<std::path::PathBuf> {
    let folders = std::env::var_os("RUNTIME_DIRECTORY")?;
    std::env::split_paths(&folders).find(|folder| folder.is_absolute())
}

/// The folder that systemd keeps for this process for good (`StateDirectory=`), if it does.
#[must_use]
pub fn state_folder() -> Option<std::path::PathBuf> {
    let folders = std::env::var_os("STATE_DIRECTORY")?;
    std::env::split_paths(&folders).find(|folder| folder.is_absolute())
}

/// Tells systemd (`sd_notify(3)`); nothing happens where there is no systemd. Written here because it is one datagram.
///
/// # Errors
/// If `NOTIFY_SOCKET` is set and cannot be used, or nobody reads what was sent there before.
pub fn notify(state: &str) -> io::Result<()> {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else { return Ok(()) };
    let address = match path.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(&path)?,
    };
    let socket = UnixDatagram::unbound()?;
    // A supervisor that does not read must not keep the main thread from its own work.
    socket.set_nonblocking(true)?;
    socket.send_to_addr(state.as_bytes(), &address).map(|_| ())
}
