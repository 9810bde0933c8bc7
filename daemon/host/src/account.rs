// SPDX-License-Identifier: MIT OR Apache-2.0
//! Giving up root's rights, before foreign code runs.
//!
//! Where systemd starts the host, it does so as the right user already and this has nothing to do. Where root starts it, devices
//! that only root may open are opened first.

use std::ffi::CString;
use std::io;

/// Room for an account's strings; the C library says if it is not enough.
const ROOM: usize = 16 * 1024;

/// Why this process cannot become that user.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is called so.
    #[error("there is no user {0:?} on this system; create it, or name another one with --user")]
    Unknown(String),
    /// Only root may.
    #[error("this host runs as user number {uid} and cannot become {user:?}; only root can")]
    NotRoot {
        /// Who it is.
        uid: u32,
        /// Who it was to be.
        user: String,
    },
    /// The system refuses, or does not do what it says.
    #[error("cannot become user {user:?}: {what}: {source}")]
    System {
        /// Who it was to be.
        user: String,
        /// What failed.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
}

/// This process, all its threads, gets the rights of `user` and of the groups that `user` is in, and can never get others again.
///
/// # Errors
/// [`Error`]; the process must end then.
pub fn become_user(user: &str) -> Result<(), Error> {
    let name = CString::new(user).map_err(|_| Error::Unknown(user.to_owned()))?;
    let (uid, gid) = numbers(user, &name)?;
    let present = rustix::process::geteuid().as_raw();
    if present == uid && present != 0 {
        return Ok(());
    }
    if present != 0 {
        return Err(Error::NotRoot { uid: present, user: user.to_owned() });
    }
    let failed = |what| move |source| Error::System { user: user.to_owned(), what, source };
    // Groups first: afterwards there is no right to change them. The C library changes all threads, unlike the system calls.
    // SAFETY: the name ends in NUL and lives for the call.
    outcome(unsafe { libc::initgroups(name.as_ptr(), gid) }).map_err(failed("groups"))?;
    // SAFETY: numbers only.
    outcome(unsafe { libc::setresgid(gid, gid, gid) }).map_err(failed("group"))?;
    // SAFETY: numbers only.
    outcome(unsafe { libc::setresuid(uid, uid, uid) }).map_err(failed("user"))?;
    // SAFETY: numbers only.
    if uid != 0 && unsafe { libc::setresuid(0, 0, 0) } == 0 {
        return Err(failed("proof")(io::Error::other("root could be had again")));
    }
    // root's capabilities went with the last user number; what an executable file may add stays closed too
    // SAFETY: numbers only.
    outcome(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) })
        .map_err(failed("no new privileges"))
}

fn numbers(user: &str, name: &CString) -> Result<(libc::uid_t, libc::gid_t), Error> {
    let mut entry = std::mem::MaybeUninit::<libc::passwd>::uninit();
    let mut text = vec![0; ROOM];
    let mut found = std::ptr::null_mut();
    // SAFETY: all pointers are to our own variables, `text` as long as said; `found` is null or `entry`.
    let code = unsafe {
        libc::getpwnam_r(name.as_ptr(), entry.as_mut_ptr(), text.as_mut_ptr(), text.len(), &raw mut found)
    };
    if code != 0 {
        let source = io::Error::from_raw_os_error(code);
        return Err(Error::System { user: user.to_owned(), what: "looking the account up", source });
    }
    if found.is_null() {
        return Err(Error::Unknown(user.to_owned()));
    }
    // SAFETY: the call succeeded and found somebody, so `entry` is filled in.
    let entry = unsafe { entry.assume_init() };
    Ok((entry.pw_uid, entry.pw_gid))
}

fn outcome(result: libc::c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
