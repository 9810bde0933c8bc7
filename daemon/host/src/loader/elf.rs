// SPDX-License-Identifier: MIT OR Apache-2.0
//! Is this file a whole shared library for this machine? Looked at before the dynamic linker does, whose messages are terse and
//! which maps a truncated file without complaint and then dies of SIGBUS. (System V ABI, chapter 4; `elf.h`.)

use std::os::fd::OwnedFd;

use rustix::fs::fstat;
use rustix::io::pread;

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// No ELF file.
    #[error("not a shared library (no ELF header); install the driver's .so file")]
    NotElf,
    /// Of another machine.
    #[error(
        "built for another machine (ELF class {class}, byte order {order}, machine {machine}); build it for this one"
    )]
    OtherMachine {
        /// 1: 32 bit, 2: 64 bit.
        class: u8,
        /// 1: little endian, 2: big endian.
        order: u8,
        /// `e_machine`.
        machine: u16,
    },
    /// A program or an object file.
    #[error("an ELF file, but not a shared library (type {0}); link it with -shared or as a cdylib")]
    NotShared(u16),
    /// The file ends before its contents do.
    #[error("truncated: its contents reach to byte {needs}, the file has {has}; copy it again")]
    Truncated {
        /// Where the contents end.
        needs: u64,
        /// Where the file ends.
        has: u64,
    },
}

const HEADER: usize = 64;
const SHARED: u16 = 3;
const CLASS: u8 = if cfg!(target_pointer_width = "64") { 2 } else { 1 };
const ORDER: u8 = if cfg!(target_endian = "little") { 1 } else { 2 };
const LOAD: u32 = 1;
/// Program headers that are looked at; libraries have about ten.
const MOST_SEGMENTS: u16 = 64;

/// `e_machine` of this process's own architecture; `None` where we do not know it and leave the check to the linker.
const fn machine() -> Option<u16> {
    if cfg!(target_arch = "x86_64") {
        Some(62)
    } else if cfg!(target_arch = "aarch64") {
        Some(183)
    } else if cfg!(target_arch = "arm") {
        Some(40)
    } else if cfg!(target_arch = "x86") {
        Some(3)
    } else if cfg!(any(target_arch = "riscv64", target_arch = "riscv32")) {
        Some(243)
    } else {
        None
    }
}

/// Looks at the header and at where the loadable segments and the section table end.
pub fn check(file: &OwnedFd) -> Result<(), Defect> {
    let has = fstat(file).ok().and_then(|stat| u64::try_from(stat.st_size).ok()).unwrap_or(0);
    let mut header = [0; HEADER];
    let read = read_at(file, &mut header, 0);
    let [0x7F, b'E', b'L', b'F', class, order, ..] = header else { return Err(Defect::NotElf) };
    if !read {
        return Err(Defect::Truncated { needs: HEADER as u64, has });
    }
    let fields = Fields { bytes: &header };
    let found = fields.u16(18);
    if class != CLASS || order != ORDER || machine().is_some_and(|machine| machine != found) {
        return Err(Defect::OtherMachine { class, order, machine: found });
    }
    let kind = fields.u16(16);
    if kind != SHARED {
        return Err(Defect::NotShared(kind));
    }
    let needs =
        end_of_contents(file, &fields).ok_or(Defect::Truncated { needs: has.saturating_add(1), has })?;
    if needs > has { Err(Defect::Truncated { needs, has }) } else { Ok(()) }
}

/// Where the last segment or the section table ends; `None` if the program headers themselves are not there.
fn end_of_contents(file: &OwnedFd, header: &Fields<'_>) -> Option<u64> {
    let wide = CLASS == 2;
    let (segments, segment_size, segment_count) = if wide {
        (header.u64(32), header.u16(54), header.u16(56))
    } else {
        (u64::from(header.u32(28)), header.u16(42), header.u16(44))
    };
    let (sections, section_size, section_count) = if wide {
        (header.u64(40), header.u16(58), header.u16(60))
    } else {
        (u64::from(header.u32(32)), header.u16(46), header.u16(48))
    };
    let mut end = sections.checked_add(u64::from(section_size) * u64::from(section_count))?;
    for index in 0..segment_count.min(MOST_SEGMENTS) {
        let mut bytes = [0; 56];
        let length = if wide { 56 } else { 32 };
        let at = segments.checked_add(u64::from(segment_size) * u64::from(index))?;
        if !read_at(file, bytes.get_mut(..length)?, at) {
            return None;
        }
        let segment = Fields { bytes: &bytes };
        let (offset, size) = if wide {
            (segment.u64(8), segment.u64(32))
        } else {
            (u64::from(segment.u32(4)), u64::from(segment.u32(16)))
        };
        if segment.u32(0) == LOAD {
            end = end.max(offset.checked_add(size)?);
        }
    }
    Some(end)
}

/// Fills the buffer from `at`; `false` if the file ends before.
fn read_at(file: &OwnedFd, buffer: &mut [u8], at: u64) -> bool {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..)
        && !rest.is_empty()
    {
        match pread(file, rest, at.saturating_add(filled as u64)) {
            Ok(count @ 1..) => filled += count,
            Err(rustix::io::Errno::INTR) => {}
            Ok(_) | Err(_) => return false,
        }
    }
    true
}

/// Numbers in this machine's own byte order; zero behind the end.
struct Fields<'a> {
    bytes: &'a [u8],
}

impl Fields<'_> {
    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        self.bytes.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or([0; N])
    }

    fn u16(&self, at: usize) -> u16 {
        u16::from_ne_bytes(self.array(at))
    }

    fn u32(&self, at: usize) -> u32 {
        u32::from_ne_bytes(self.array(at))
    }

    fn u64(&self, at: usize) -> u64 {
        u64::from_ne_bytes(self.array(at))
    }
}
