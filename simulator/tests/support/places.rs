// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where programs, drivers, the Python environment and scenarios are.

use std::path::{Path, PathBuf};

/// Where cargo puts what it builds.
fn target() -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    let folder = std::env::var_os("CARGO_TARGET_DIR").map_or_else(default, PathBuf::from);
    // A relative folder is meant from the workspace's root, where cargo is called.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    folder.canonicalize().unwrap_or(folder)
}

fn there(path: PathBuf) -> PathBuf {
    assert!(
        path.exists(),
        "{} is not there: run `cargo xtask test`, which makes it before the tests",
        path.display()
    );
    path
}

/// The folder of the programs and drivers that the tests run.
pub fn binaries() -> PathBuf {
    there(target().join("optimised"))
}

/// One of the programs.
pub fn binary(name: &str) -> PathBuf {
    there(binaries().join(name))
}

/// The Python that has dbus-fast and pymodbus.
pub fn python() -> PathBuf {
    there(target().join("python/bin/python"))
}

/// A scenario of the simulator.
pub fn scenario(name: &str) -> PathBuf {
    there(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name))
}
