// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is measured, built as it is shipped (`--release`).

use std::path::PathBuf;
use std::process::Command;

use super::report::folder;
use crate::run::{cargo, output, root, run, target};

/// Where release builds are.
pub fn release() -> PathBuf {
    target().join("release")
}

/// Builds a crate's example; gives its path.
pub fn example(package: &str, name: &str) -> Result<PathBuf, String> {
    run(cargo().args(["build", "--quiet", "--release", "--package", package, "--example", name]))?;
    Ok(release().join("examples").join(name))
}

/// Builds all programs and drivers.
pub fn console() -> Result<(), String> {
    run(cargo().args([
        "build",
        "--quiet",
        "--release",
        "--workspace",
        "--exclude",
        "xtask",
        "--lib",
        "--bins",
    ]))
}

/// Compiles one of the C programs of `xtask/bench`, which stand for what others wrote.
pub fn other(name: &str) -> Result<PathBuf, String> {
    let flags = output(Command::new("pkg-config").args(["--cflags", "--libs", "libmodbus"]))?;
    let program = folder()?.join(name);
    run(Command::new("cc")
        .args(["-O2", "-Wall", "-pthread", "-o"])
        .arg(&program)
        .arg(root().join("xtask/bench").join(format!("{name}.c")))
        .args(flags.split_whitespace()))?;
    Ok(program)
}

/// Compiles a driver of `xtask/bench` from C, with nothing but the header.
pub fn driver(name: &str) -> Result<PathBuf, String> {
    let library = folder()?.join(format!("{name}.so"));
    run(Command::new("cc")
        .args(["-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-fvisibility=hidden", "-I"])
        .arg(root().join("plugin-api/include"))
        .arg("-o")
        .arg(&library)
        .arg(root().join("xtask/bench").join(format!("{name}.c"))))?;
    Ok(library)
}
