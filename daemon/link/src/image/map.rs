// SPDX-License-Identifier: MIT OR Apache-2.0
//! The memory file and its mapping: the only place that turns offsets into references.

use super::Error;
use super::layout::{Front, Header, Layout, MAGIC, VERSION};
use super::sync::Ordering;
use super::value::{DemandCell, SampleCell};
use core::ptr::NonNull;
use rustix::fs::{MemfdFlags, SealFlags};
use rustix::mm::{MapFlags, ProtFlags};
use std::os::fd::{AsFd, OwnedFd};

/// What keeps the size, so that no access can ever fault.
const SEALS: SealFlags = SealFlags::SHRINK.union(SealFlags::GROW).union(SealFlags::SEAL);

/// A mapped image with the layout that this side agreed to. All content is atomic, so sharing it between threads
/// and processes is sound whatever the others write.
#[derive(Debug)]
pub(super) struct Map {
    base: NonNull<u8>,
    layout: Layout,
}

// SAFETY: the mapping is owned by this value alone, stays until it is dropped, and is only reached through references to atomics.
unsafe impl Send for Map {}
// SAFETY: as above.
unsafe impl Sync for Map {}

impl Map {
    /// Makes, sizes and seals a memory file and writes the header.
    pub(super) fn create(layout: Layout) -> Result<(Self, OwnedFd), Error> {
        let layout = layout.checked()?;
        let file = memory_file()?;
        let size = layout.size();
        rustix::fs::ftruncate(&file, size as u64).map_err(Error::at("set the size"))?;
        rustix::fs::fcntl_add_seals(&file, SEALS).map_err(Error::at("seal the size"))?;
        let map = Self::of(&file, layout)?;
        let header = &map.front().header;
        header.magic.store(MAGIC, Ordering::Relaxed);
        header.version.store(VERSION, Ordering::Relaxed);
        header.inputs.store(layout.inputs.into(), Ordering::Relaxed);
        // Sending the descriptor orders these before everything that the receiver does.
        header.outputs.store(layout.outputs.into(), Ordering::Release);
        Ok((map, file))
    }

    /// Maps a file that should be an image of this layout.
    pub(super) fn attach(file: &OwnedFd, layout: Layout) -> Result<Self, Error> {
        let layout = layout.checked()?;
        // Fails with EINVAL for anything but a memory file.
        match rustix::fs::fcntl_get_seals(file) {
            Ok(seals) if seals.contains(SEALS) => {}
            Ok(_) | Err(rustix::io::Errno::INVAL) => return Err(Error::NotSealed),
            Err(errno) => return Err(Error::at("look at the seals")(errno)),
        }
        let found = rustix::fs::fstat(file).map_err(Error::at("look at the size"))?.st_size;
        let expected = layout.size();
        if usize::try_from(found) != Ok(expected) {
            return Err(Error::WrongSize { found: u64::try_from(found).unwrap_or(0), expected });
        }
        let map = Self::of(file, layout)?;
        check(&map.front().header, layout)?;
        Ok(map)
    }

    fn of(file: &OwnedFd, layout: Layout) -> Result<Self, Error> {
        // Populated at once: no page fault later, on a thread that has no time for it.
        // SAFETY: a new mapping at an address of the kernel's choice touches no existing memory.
        let base = unsafe {
            rustix::mm::mmap(
                core::ptr::null_mut(),
                layout.size(),
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::SHARED | MapFlags::POPULATE,
                file.as_fd(),
                0,
            )
        }
        .map_err(Error::at("map"))?;
        match NonNull::new(base.cast()) {
            Some(base) => Ok(Self { base, layout }),
            None => Err(Error::at("map")(rustix::io::Errno::FAULT)),
        }
    }

    /// Header, doorbell and heartbeats.
    pub(super) fn front(&self) -> &Front {
        // SAFETY: every layout has a front at offset 0, the mapping is page-aligned, and a front is nothing but atomics,
        // for which every bit pattern is valid.
        unsafe { self.base.cast::<Front>().as_ref() }
    }

    /// The cell of an input, if there is one.
    pub(super) fn input(&self, index: usize) -> Option<&SampleCell> {
        let offset = self.layout.input(index)?;
        // SAFETY: the layout, which is ours and never read from the image, gave an offset of a whole cache line inside the
        // mapping; the mapping is page-aligned; a cell is nothing but atomics.
        Some(unsafe { self.base.add(offset).cast::<SampleCell>().as_ref() })
    }

    /// The cell of an output, if there is one.
    pub(super) fn output(&self, index: usize) -> Option<&DemandCell> {
        let offset = self.layout.output(index)?;
        // SAFETY: as in `input`.
        Some(unsafe { self.base.add(offset).cast::<DemandCell>().as_ref() })
    }

    /// How many slots there are.
    pub(super) fn layout(&self) -> Layout {
        self.layout
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // SAFETY: unmaps exactly what `of` mapped; no reference outlives `self`.
        // It can only fail for a range that was never mapped.
        let _ = unsafe { rustix::mm::munmap(self.base.as_ptr().cast(), self.layout.size()) };
    }
}

fn memory_file() -> Result<OwnedFd, Error> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    match rustix::fs::memfd_create("ecmod-image", flags | MemfdFlags::NOEXEC_SEAL) {
        // Kernels before 6.3 do not know the flag.
        Err(rustix::io::Errno::INVAL) => rustix::fs::memfd_create("ecmod-image", flags),
        result => result,
    }
    .map_err(Error::at("make a memory file"))
}

fn check(header: &Header, expected: Layout) -> Result<(), Error> {
    let magic = header.magic.load(Ordering::Relaxed);
    if magic != MAGIC {
        return Err(Error::WrongMagic { found: magic });
    }
    let version = header.version.load(Ordering::Relaxed);
    if version != VERSION {
        return Err(Error::WrongVersion { found: version });
    }
    let (inputs, outputs) = (header.inputs.load(Ordering::Relaxed), header.outputs.load(Ordering::Relaxed));
    if (inputs, outputs) != (expected.inputs.into(), expected.outputs.into()) {
        let clip = |count: u32| u16::try_from(count).unwrap_or(u16::MAX);
        return Err(Error::WrongLayout {
            found: Layout { inputs: clip(inputs), outputs: clip(outputs) },
            expected,
        });
    }
    Ok(())
}
