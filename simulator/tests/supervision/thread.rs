// SPDX-License-Identifier: MIT OR Apache-2.0
//! Stops one thread of a process and lets the others run: what a thread that hangs looks like to them. A signal would stop the whole process;
//! a debugger stops whom it wants (`ptrace(2)`).
#![allow(unsafe_code)] // there is no safe wrapper of ptrace here

use crate::support::until;
use rustix::process::Pid;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

/// A thread that is held until this is dropped, or until its process ends.
pub struct Held {
    release: Option<Sender<()>>,
    tracer: Option<JoinHandle<()>>,
}

/// The thread of this process with this name; `None` for the process's first thread.
pub fn thread_of(process: Pid, name: Option<&str>) -> i32 {
    let process = process.as_raw_nonzero().get();
    let Some(name) = name else { return process };
    until(name, || {
        let tasks = PathBuf::from(format!("/proc/{process}/task"));
        let called = |folder: &std::fs::DirEntry| {
            std::fs::read_to_string(folder.path().join("comm")).is_ok_and(|comm| comm.trim_end() == name)
        };
        let folder = std::fs::read_dir(tasks).ok()?.flatten().find(called)?;
        folder.file_name().to_str()?.parse().ok()
    })
}

impl Held {
    /// Stops a thread; returns when it stands still.
    pub fn stop(thread: i32) -> Self {
        let (release, released) = channel();
        let (tell, stands) = channel();
        // Only the thread that took hold of another may let it go again.
        let tracer = std::thread::spawn(move || hold(thread, &tell, &released));
        stands.recv().expect("the thread can be traced");
        Self { release: Some(release), tracer: Some(tracer) }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.release.take());
        if let Some(tracer) = self.tracer.take() {
            let ended = tracer.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the tracer failed");
        }
    }
}

fn hold(thread: i32, tell: &Sender<()>, released: &Receiver<()>) {
    let none = std::ptr::null_mut::<libc::c_void>();
    // SAFETY: requests that take no memory of ours, for a thread of a process that this test started.
    let taken = unsafe { libc::ptrace(libc::PTRACE_SEIZE, thread, none, none) };
    assert_eq!(taken, 0, "PTRACE_SEIZE: {}", std::io::Error::last_os_error());
    // SAFETY: as above.
    let stopped = unsafe { libc::ptrace(libc::PTRACE_INTERRUPT, thread, none, none) };
    assert_eq!(stopped, 0, "PTRACE_INTERRUPT: {}", std::io::Error::last_os_error());
    if !wait(thread, 0) {
        return;
    }
    let _nobody_waits = tell.send(());
    // A process whose thread is traced is not gone for its parent until the tracer has seen its end.
    loop {
        match released.recv_timeout(std::time::Duration::from_millis(20)) {
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) if wait(thread, libc::WNOHANG) => {}
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => return,
            _ => break,
        }
    }
    // SAFETY: as above. It fails if the thread has just ended.
    unsafe { libc::ptrace(libc::PTRACE_DETACH, thread, none, none) };
}

/// Waits for news of the thread. False if it has ended.
fn wait(thread: i32, flags: i32) -> bool {
    let mut status = 0;
    // SAFETY: the status is ours and outlives the call.
    let news = unsafe { libc::waitpid(thread, &raw mut status, libc::__WALL | flags) };
    match news {
        0 => true,
        news if news == thread => libc::WIFSTOPPED(status),
        _ => false,
    }
}
