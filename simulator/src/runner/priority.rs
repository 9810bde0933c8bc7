// SPDX-License-Identifier: MIT OR Apache-2.0
//! The priorities that our programs have in a console, given to them here too: without them every other program of the machine
//! could keep a host from its heartbeat, and what is seen would be the machine and not the console.
//!
//! `systemd/` says the same of the real ones. Whoever may not give them (an ordinary user) gets a line in each log, and a
//! console that is as punctual as the machine is idle.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// Of a host's threads (`ecmod-host@.service`).
const HOST: i32 = 10;
/// Of the devices: they stand for hardware, which waits for nobody. The control loop stays above (50).
const DEVICES: i32 = 30;
/// Of the daemon's threads besides the control loop's (`ecmod.service`).
const DAEMON_NICENESS: i32 = -10;

/// Gives this process the priority of the program that it is about to become.
pub(super) fn take(program: &OsStr, arguments: &[OsString]) -> std::io::Result<()> {
    let name = Path::new(program).file_name().and_then(OsStr::to_str).unwrap_or_default();
    let first = arguments.first().and_then(|first| first.to_str());
    match (name, first) {
        // Its other words are for people, who are in no hurry.
        ("ecmod-host", Some("check")) => Ok(()),
        ("ecmod-host", _) => first_in_first_out(HOST),
        ("ecmod-sim", Some("devices")) => first_in_first_out(DEVICES),
        ("ecmod", _) => Ok(rustix::process::setpriority_process(None, DAEMON_NICENESS)?),
        _ => Ok(()),
    }
}

/// Gives the calling thread, and what it begins from now on, `SCHED_FIFO` with this priority.
///
/// # Errors
/// What the kernel says; [`PermissionDenied`](std::io::ErrorKind::PermissionDenied) to an ordinary user.
#[allow(unsafe_code)] // rustix has no call for it
pub fn first_in_first_out(priority: i32) -> std::io::Result<()> {
    let parameters = libc::sched_param { sched_priority: priority };
    // SAFETY: the parameters outlive the call, which changes nothing but how this process is scheduled.
    match unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const parameters) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}
