// SPDX-License-Identifier: MIT OR Apache-2.0
//! A word that the kernel marks when the host dies.
//!
//! A heartbeat says that a host is slow before it says that it is dead, and a socket's end is told to whoever has time to hear of it.
//! The control loop has no time and must know at once. So a thread of the host *holds* this word as one holds a robust mutex: the number
//! of the thread stands in it, and the word is on the thread's robust list. When the thread ends, however it ends, the
//! kernel itself writes [`OWNER_DIED`] and wakes one waiter, who is the control thread (`set_robust_list(2)`,
//! Documentation/locking/robust-futex-ABI.rst in the kernel's source).
//!
//! # What it is not
//! Proof of life: a host that hangs holds it, a hostile one writes into it what it likes. Heartbeat and socket stay. Nor is it at
//! once while the kernel writes a core dump, which comes first: then the heartbeat tells.

use super::Error;
use super::sync::{AtomicU32, Ordering};
use core::marker::PhantomData;
use rustix::thread::futex;

/// Somebody may be waiting: the kernel wakes only then. `FUTEX_WAITERS`.
const WAITERS: u32 = 0x8000_0000;
/// The holder has ended. `FUTEX_OWNER_DIED`.
pub(super) const OWNER_DIED: u32 = 0x4000_0000;

/// The word, alone on its cache line. 0 until somebody holds it.
#[repr(C, align(64))]
#[derive(Debug)]
pub(super) struct Life {
    pub(super) word: AtomicU32,
}

/// The kernel's `struct robust_list`.
#[repr(C)]
#[derive(Debug)]
struct Entry {
    next: *const Entry,
}

/// The kernel's `struct robust_list_head`, with the one entry that is ever in it.
#[repr(C)]
#[derive(Debug)]
struct List {
    first: Entry,
    /// From an entry to its futex word.
    offset: libc::c_long,
    pending: *const Entry,
    /// Ours alone, so that nobody else can write a pointer into it.
    entry: Entry,
}

/// Size that `set_robust_list` demands: the head without our entry.
const HEAD: usize = core::mem::offset_of!(List, entry);
const _: () = assert!(HEAD == 3 * size_of::<usize>());

/// As long as this lives, the end of the thread that made it is the end of the host. It stays on that thread.
#[derive(Debug)]
pub struct Alive<'image> {
    life: &'image Life,
    /// What the thread's library had registered, to be put back.
    before: (*const libc::c_void, usize),
    /// The kernel reads it through a raw pointer; freed after the old list is back.
    list: *mut List,
    stays_on_its_thread: PhantomData<*const ()>,
}

impl Life {
    /// The calling thread holds the word from now on.
    pub(super) fn hold(&self) -> Result<Alive<'_>, Error> {
        let word = self.word.as_ptr();
        let list = Box::into_raw(Box::new(List {
            first: Entry { next: core::ptr::null() },
            offset: 0,
            pending: core::ptr::null(),
            entry: Entry { next: core::ptr::null() },
        }));
        // SAFETY: `list` comes from a box that nobody else knows; raw pointers are taken without reading through them.
        let (first, entry) = unsafe { (&raw const (*list).first, &raw const (*list).entry) };
        let offset = word.addr().wrapping_sub(entry.addr()).cast_signed();
        // SAFETY: as above. A ring of two: the head and the entry.
        unsafe {
            (*list).first.next = entry;
            (*list).entry.next = first;
            // isize and long have one width on Linux.
            #[allow(clippy::useless_conversion)]
            let offset = offset.try_into().unwrap_or(0);
            (*list).offset = offset;
        }
        let before = match registered().and_then(|before| register(list.cast(), HEAD).map(|()| before)) {
            Ok(before) => before,
            Err(errno) => {
                // SAFETY: made by `Box::into_raw` above; the kernel has not taken it.
                drop(unsafe { Box::from_raw(list) });
                return Err(Error::at("register a robust list")(errno));
            }
        };
        let thread = rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned();
        self.word.store(thread | WAITERS, Ordering::Release);
        Ok(Alive { life: self, before, list, stays_on_its_thread: PhantomData })
    }
}

/// Whether a word says that its holder has ended.
pub(super) const fn is_over(word: u32) -> bool {
    word & OWNER_DIED != 0
}

impl Drop for Alive<'_> {
    /// An orderly end is an end.
    fn drop(&mut self) {
        self.life.word.store(WAITERS | OWNER_DIED, Ordering::Release);
        // Fails only for an address that is not mapped or not aligned, which a reference excludes.
        let _ = futex::wake(&self.life.word, futex::Flags::empty(), 1);
        if register(self.before.0, self.before.1).is_ok() {
            // SAFETY: made by `Box::into_raw` in `hold`, freed nowhere else, and the kernel does not know it any more.
            drop(unsafe { Box::from_raw(self.list) });
        }
    }
}

/// The calling thread's list: the C library has one for every thread.
fn registered() -> rustix::io::Result<(*const libc::c_void, usize)> {
    let mut head: *const libc::c_void = core::ptr::null();
    let mut length: libc::size_t = 0;
    // SAFETY: 0 is the calling thread; the kernel writes one pointer and one size into our own variables.
    let result = unsafe { libc::syscall(libc::SYS_get_robust_list, 0, &raw mut head, &raw mut length) };
    outcome(result).map(|()| (head, length))
}

fn register(head: *const libc::c_void, length: usize) -> rustix::io::Result<()> {
    // SAFETY: the kernel only remembers the pointer; it reads the list when the thread ends, and never trusts it to be readable.
    // What it writes then is the word alone, and only if the number of the thread stands in it.
    outcome(unsafe { libc::syscall(libc::SYS_set_robust_list, head, length) })
}

fn outcome(result: libc::c_long) -> rustix::io::Result<()> {
    if result == 0 {
        return Ok(());
    }
    let errno = std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EINVAL);
    Err(rustix::io::Errno::from_raw_os_error(errno))
}
