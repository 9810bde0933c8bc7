// SPDX-License-Identifier: MIT OR Apache-2.0
//! Loads a driver's library: opened once, looked at, then mapped through that very descriptor.
//!
//! What is refused here is refused with one sentence that says what to do. A library that passes has run its own start-up
//! code in this process: nothing protects the process from that but the process's own boundary.
//!
//! A library is never unloaded: Rust libraries with thread-local destructors stay mapped after `dlclose`, and the next
//! `dlopen` of the same name would bring back the old code. Replacing a driver means restarting its host.

mod elf;
mod file;

use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use ecmod_plugin::abi;
use ecmod_plugin::loaded::{Descriptor, Unreadable};
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

pub use elf::Defect as ElfDefect;

/// Why a library cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be opened or read.
    #[error("{path}: {source}; install the driver's library there or correct the driver's name", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A directory, a device, a symbolic link where none may be.
    #[error("{path} is not a regular file; a driver is a shared library", path = .0.display())]
    NotAFile(PathBuf),
    /// Larger than any driver.
    #[error("{path} has {size} bytes; no driver is larger than {most}", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        size: u64,
        /// The limit.
        most: u64,
    },
    /// Anybody may change it.
    #[error("{path} may be written by everybody; set its mode to 0644 (chmod o-w)", path = .0.display())]
    WorldWritable(PathBuf),
    /// Not a library of this machine.
    #[error("{path}: {defect}", path = path.display())]
    Elf {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        defect: ElfDefect,
    },
    /// The dynamic linker refuses it.
    #[error("{path} cannot be loaded: {reason}; build it for this system", path = path.display())]
    Link {
        /// The file.
        path: PathBuf,
        /// In the linker's words.
        reason: String,
    },
    /// No driver.
    #[error("{path} exports no {symbol}: it is not an ecmod driver, or one for another ABI version", path = path.display(), symbol = abi::ECMOD_SYMBOL.to_string_lossy())]
    NoSymbol {
        /// The file.
        path: PathBuf,
    },
    /// A driver whose descriptor cannot be used.
    #[error("{path}: {reason}; build it with this release's header or SDK", path = path.display())]
    Descriptor {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: Unreadable,
    },
}

/// A loaded driver. It stays loaded until the process ends.
#[derive(Debug)]
pub struct Loaded {
    /// What it says of itself, copied out.
    pub descriptor: Descriptor,
    /// The file it came from.
    pub path: PathBuf,
    pointer: *const abi::Driver,
}

impl Loaded {
    /// The descriptor itself, for the conformance checks.
    #[must_use]
    pub fn pointer(&self) -> *const abi::Driver {
        self.pointer
    }
}

/// Loads the library at `path`.
///
/// # Errors
/// [`Error`]; what was mapped before the error stays mapped.
pub fn load(path: &Path) -> Result<Loaded, Error> {
    let file = file::open_checked(path)?;
    elf::check(&file).map_err(|defect| Error::Elf { path: path.to_owned(), defect })?;
    let entry = link(file, path)?;
    // SAFETY: the symbol has the type that the header gives it, and the library stays mapped. The ABI allows this call at
    // any time.
    let pointer = unsafe { entry() };
    // SAFETY: `pointer` is what the driver's entry point returned.
    let descriptor = unsafe { Descriptor::read(pointer) }
        .map_err(|reason| Error::Descriptor { path: path.to_owned(), reason })?;
    Ok(Loaded { descriptor, path: path.to_owned(), pointer })
}

/// Maps the opened file and finds the entry point.
fn link(file: OwnedFd, path: &Path) -> Result<abi::EntryPoint, Error> {
    // through the descriptor that was checked, so that nobody can put another file in its place in between
    let name = format!("/proc/self/fd/{}", file.as_raw_fd());
    // SAFETY: loading runs the library's initialisers. Drivers promise to have none with side effects (rule 8 of the ABI);
    // whoever may write into the driver directory is trusted with this process.
    let library = unsafe { Library::open(Some(name), RTLD_NOW | RTLD_LOCAL) }
        .map_err(|error| Error::Link { path: path.to_owned(), reason: error.to_string() })?;
    let library = ManuallyDrop::new(library);
    // The linker remembers libraries by name, and this name is the descriptor's number: were it closed and the number used
    // again, the next driver would be given this library. It stays open with the library.
    let _ = ManuallyDrop::new(file);
    // SAFETY: a symbol of this name has this type; the ABI's version is part of the name.
    let symbol = unsafe { library.get::<abi::EntryPoint>(abi::ECMOD_SYMBOL.to_bytes_with_nul()) };
    symbol.map(|symbol| *symbol).map_err(|_| Error::NoSymbol { path: path.to_owned() })
}

#[cfg(test)]
mod tests;
