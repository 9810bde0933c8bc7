// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files that answer `spidev`'s ioctls, on a machine without an SPI bus: a FUSE file system of our own, in front of
//! simulated chips.
//!
//! An ioctl on a FUSE file brings as many bytes of its argument as its number says; the buffers that a
//! `struct spi_ioc_transfer` points to are reached with `process_vm_readv` and `process_vm_writev`, so this needs to be root.
//! The file is a regular one: whoever looks at its type sees the difference, nobody else does.
//!
//! The mount is in a mount namespace of this thread's own, which its child processes share: whatever happens to the
//! test, nothing is left.

use ecmod_quantities::Monotonic;
use ecmod_sim::chips::SpiChip;
use ecmod_sim::chips::board::Outcome;
use fuser::{
    BackgroundSession, Config, Errno, FileAttr, FileHandle, FileType, Filesystem, Generation, INodeNo,
    IoctlFlags, MountOption, ReplyAttr, ReplyEntry, ReplyIoctl, Request,
};
use rustix::mount::{MountPropagationFlags, mount_change};
use rustix::time::{ClockId, clock_gettime};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};
use tempfile::TempDir;

/// A chip behind a file: what comes back while this goes out, under one chip select.
pub type Chip = Box<dyn FnMut(Monotonic, &[u8], &mut [u8]) -> Outcome + Send>;

/// Any chip model, shared with the test.
pub fn chip<C: SpiChip + 'static>(chip: &Arc<Mutex<C>>) -> Chip {
    let chip = Arc::clone(chip);
    Box::new(move |now, out, back| {
        let mut chip = chip.lock().unwrap();
        chip.select(now);
        for (out, back) in out.iter().zip(back) {
            *back = chip.exchange(now, *out);
        }
        chip.deselect(now);
        Outcome::Done
    })
}

/// As long as the kernel may remember a name: for ever, they do not change.
const TTL: Duration = Duration::from_secs(3600);

/// `CLOCK_MONOTONIC`.
pub fn now() -> Monotonic {
    let now = clock_gettime(ClockId::Monotonic);
    Monotonic(u64::try_from(now.tv_sec).unwrap() * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap())
}

/// The mounted files; unmounted with this.
pub struct Mounted {
    session: Option<BackgroundSession>,
    folder: TempDir,
}

impl Mounted {
    /// Mounts files `spidev0.0`, `spidev0.1` and so on, for this thread and the processes that it starts from now on.
    pub fn new(chips: impl IntoIterator<Item = Chip>) -> Self {
        let needs = "this test needs to be root on a kernel with FUSE (/dev/fuse)";
        assert!(Path::new("/dev/fuse").exists(), "{needs}: /dev/fuse is missing");
        // SAFETY: no descriptors are unshared, only the mounts that this thread sees.
        unsafe { rustix::thread::unshare_unsafe(rustix::thread::UnshareFlags::NEWNS) }
            .unwrap_or_else(|error| panic!("{needs}: a mount namespace: {error}"));
        mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
            .unwrap_or_else(|error| panic!("{needs}: mounts of its own: {error}"));
        let folder = tempfile::tempdir().unwrap();
        let files = chips.into_iter().map(|chip| Mutex::new((chip, Settings::default())));
        let bus = Bus { files: files.collect() };
        let mut options = Config::default();
        options.mount_options = vec![MountOption::FSName("spidev".to_owned())];
        let session = fuser::spawn_mount(bus, folder.path(), &options)
            .unwrap_or_else(|error| panic!("{needs}: mounting: {error}"));
        Self { session: Some(session), folder }
    }

    /// The path of a chip's file.
    pub fn path(&self, chip: usize) -> PathBuf {
        self.folder.path().join(format!("spidev0.{chip}"))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            session.umount_and_join().expect("the files are unmounted");
        }
    }
}

/// What a client has set, by file.
#[derive(Debug, Clone, Copy)]
struct Settings {
    mode: u32,
    lsb_first: u8,
    bits: u8,
    speed: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { mode: 0, lsb_first: 0, bits: 8, speed: 10_000_000 }
    }
}

/// The file system.
struct Bus {
    files: Vec<Mutex<(Chip, Settings)>>,
}

/// Fields of an ioctl's number.
struct Number {
    /// 1: the caller gives the argument, 2: gets it, 3: both.
    direction: u32,
    size: usize,
    kind: u8,
    number: u8,
}

impl Number {
    fn of(command: u32) -> Self {
        let [number, kind, size_low, high] = command.to_le_bytes();
        let size = usize::from(u16::from_le_bytes([size_low, high & 0x3F]));
        Self { direction: u32::from(high >> 6), size, kind, number }
    }
}

/// `struct spi_ioc_transfer`.
struct Transfer {
    out: u64,
    back: u64,
    length: usize,
}

impl Transfer {
    const SIZE: usize = 32;

    fn of(bytes: &[u8]) -> Self {
        let long = |at: usize| u64::from_ne_bytes(bytes[at..at + 8].try_into().unwrap());
        let length = u32::from_ne_bytes(bytes[16..20].try_into().unwrap());
        Self { out: long(0), back: long(8), length: usize::try_from(length).unwrap() }
    }
}

impl Settings {
    /// Sets or gets one of them; what is got comes back.
    fn access(&mut self, number: &Number, argument: &[u8]) -> Result<Vec<u8>, Errno> {
        if number.direction == 1 {
            let mut word = [0; 4];
            word[..argument.len().min(4)].copy_from_slice(&argument[..argument.len().min(4)]);
            match (number.number, number.size) {
                (1, 1) | (5, 4) => self.mode = u32::from_le_bytes(word),
                (2, 1) => self.lsb_first = word[0],
                (3, 1) => self.bits = word[0],
                (4, 4) => self.speed = u32::from_le_bytes(word),
                _ => return Err(Errno::ENOTTY),
            }
            // The chips here take nothing else.
            let fits = self.mode & 0x3 == 1 || self.mode == 0;
            let well = fits && self.lsb_first == 0 && matches!(self.bits, 0 | 8);
            return if well { Ok(Vec::new()) } else { Err(Errno::EINVAL) };
        }
        Ok(match (number.number, number.size) {
            (1, 1) => vec![self.mode.to_le_bytes()[0]],
            (5, 4) => self.mode.to_le_bytes().to_vec(),
            (2, 1) => vec![self.lsb_first],
            (3, 1) => vec![self.bits],
            (4, 4) => self.speed.to_le_bytes().to_vec(),
            _ => return Err(Errno::ENOTTY),
        })
    }
}

impl Bus {
    fn message(pid: u32, chip: &mut Chip, transfers: &[u8]) -> Result<i32, Errno> {
        let transfers: Vec<Transfer> = transfers.chunks_exact(Transfer::SIZE).map(Transfer::of).collect();
        let total: usize = transfers.iter().map(|transfer| transfer.length).sum();
        if total > 4096 {
            return Err(Errno::EMSGSIZE);
        }
        let mut out = vec![0; total];
        let mut at = 0;
        for transfer in transfers.iter().filter(|transfer| transfer.length > 0) {
            let part = &mut out[at..at + transfer.length];
            if transfer.out != 0 {
                peek(pid, transfer.out, part).map_err(|_| Errno::EFAULT)?;
            }
            at += transfer.length;
        }
        let mut back = vec![0; total];
        match chip(now(), &out, &mut back) {
            Outcome::Done => {}
            Outcome::Error | Outcome::NotAcknowledged => return Err(Errno::EIO),
            Outcome::Silent => return Err(Errno::ETIMEDOUT),
        }
        let mut at = 0;
        for transfer in &transfers {
            if transfer.back != 0 && transfer.length > 0 {
                poke(pid, transfer.back, &back[at..at + transfer.length]).map_err(|_| Errno::EFAULT)?;
            }
            at += transfer.length;
        }
        Ok(i32::try_from(total).unwrap())
    }
}

/// Reads another process's memory.
fn peek(pid: u32, address: u64, to: &mut [u8]) -> io::Result<()> {
    let here = libc::iovec { iov_base: to.as_mut_ptr().cast(), iov_len: to.len() };
    let there = libc::iovec { iov_base: pointer(address), iov_len: to.len() };
    // SAFETY: `here` describes exactly the bytes of `to`, which is borrowed mutably; `there` is only looked up in the other process.
    let count =
        unsafe { libc::process_vm_readv(pid.cast_signed(), &raw const here, 1, &raw const there, 1, 0) };
    all_of(count, to.len())
}

/// Writes another process's memory.
fn poke(pid: u32, address: u64, from: &[u8]) -> io::Result<()> {
    let here = libc::iovec { iov_base: from.as_ptr().cast_mut().cast(), iov_len: from.len() };
    let there = libc::iovec { iov_base: pointer(address), iov_len: from.len() };
    // SAFETY: `here` describes exactly the bytes of `from`, which are only read; the other process asked to have these bytes written.
    let count =
        unsafe { libc::process_vm_writev(pid.cast_signed(), &raw const here, 1, &raw const there, 1, 0) };
    all_of(count, from.len())
}

fn pointer(address: u64) -> *mut libc::c_void {
    std::ptr::without_provenance_mut(usize::try_from(address).unwrap())
}

fn all_of(count: isize, length: usize) -> io::Result<()> {
    if usize::try_from(count) == Ok(length) { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The root, or one of the files.
fn attributes(number: u64) -> FileAttr {
    let (kind, perm) =
        if number == 1 { (FileType::Directory, 0o755) } else { (FileType::RegularFile, 0o600) };
    FileAttr {
        ino: INodeNo(number),
        size: 0,
        blocks: 0,
        atime: UNIX_EPOCH,
        mtime: UNIX_EPOCH,
        ctime: UNIX_EPOCH,
        crtime: UNIX_EPOCH,
        kind,
        perm,
        nlink: 1,
        uid: rustix::process::geteuid().as_raw(),
        gid: rustix::process::getegid().as_raw(),
        rdev: 0,
        blksize: 512,
        flags: 0,
    }
}

impl Filesystem for Bus {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let number = name.to_str().and_then(|name| name.strip_prefix("spidev0.")?.parse::<usize>().ok());
        match number.filter(|number| parent == INodeNo::ROOT && *number < self.files.len()) {
            Some(number) => {
                reply.entry(&TTL, &attributes(u64::try_from(number).unwrap() + 2), Generation(0));
            }
            None => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, _: &Request, node: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        reply.attr(&TTL, &attributes(node.0));
    }

    fn ioctl(
        &self,
        request: &Request,
        node: INodeNo,
        _: FileHandle,
        _: IoctlFlags,
        command: u32,
        argument: &[u8],
        _: u32,
        reply: ReplyIoctl,
    ) {
        let number = Number::of(command);
        let place = usize::try_from(node.0).unwrap().wrapping_sub(2);
        let Some(file) = self.files.get(place).filter(|_| number.kind == b'k') else {
            return reply.error(Errno::ENOTTY);
        };
        let (chip, settings) = &mut *file.lock().unwrap();
        let answer = if number.number == 0 {
            Self::message(request.pid(), chip, argument).map(|count| (count, Vec::new()))
        } else {
            settings.access(&number, argument).map(|value| (0, value))
        };
        match answer {
            Ok((result, value)) => reply.ioctl(result, &value),
            Err(error) => reply.error(error),
        }
    }
}
