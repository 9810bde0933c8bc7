// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kernel: Debian's source, our configuration, our buses (`virtual-machine/kernel`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cache::{self, Cache};
use super::debian::{Debian, SUITE};
use super::progress;
use crate::run::root;

const SOURCE: &str = "linux-source-6.12";
/// Raised when the steps below change what comes out.
const STEPS: &str = "1";

/// The kernel as a program.
pub fn kernel(cache: &Cache, debian: &Debian) -> Result<PathBuf, String> {
    let ours = root().join("virtual-machine/kernel");
    let mut recipe = format!("{SUITE} {SOURCE} {STEPS}\n").into_bytes();
    recipe.extend(cache::contents(&ours)?);
    let entry = cache.entry("kernel", &recipe, |folder| make(folder, &ours, debian))?;
    Ok(entry.join("linux"))
}

fn make(folder: &Path, ours: &Path, debian: &Debian) -> Result<(), String> {
    let says = |error: std::io::Error| format!("{}: {error}", folder.display());
    let scratch = folder.join("scratch");
    let build = scratch.join("build");
    fs::create_dir_all(&build).map_err(says)?;

    let package = debian.download(SOURCE, &scratch)?;
    let unpack = r#"set -eu
        dpkg-deb --fsys-tarfile "$1" | tar -xO "./usr/src/$2.tar.xz" | tar -xJ -C "$3" --exclude="$2/Documentation/*/*""#;
    progress::run(
        "kernel: unpacking the source",
        Command::new("sh").args(["-c", unpack, "sh"]).arg(&package).arg(SOURCE).arg(&scratch),
        &folder.join("unpack.log"),
    )?;
    let source = scratch.join(SOURCE);
    add_our_buses(&source, ours)?;

    let configuration = ours.join("config");
    let mut allnoconfig = make_in(&source, &build);
    allnoconfig.env("KCONFIG_ALLCONFIG", &configuration).arg("allnoconfig");
    progress::run("kernel: configuring", &mut allnoconfig, &folder.join("configure.log"))?;
    check(&configuration, &build.join(".config"))?;

    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let mut compile = make_in(&source, &build);
    compile.arg(format!("-j{jobs}")).arg("linux");
    progress::run("kernel: compiling (about 1100 steps)", &mut compile, &folder.join("compile.log"))?;

    for (from, to) in [("linux", "linux"), (".config", "config")] {
        fs::copy(build.join(from), folder.join(to)).map_err(says)?;
    }
    cache::remove(&scratch)
}

/// `make` of the kernel, out of the source's tree, as a guest of whoever else uses this machine.
fn make_in(source: &Path, build: &Path) -> Command {
    let mut make = Command::new("nice");
    make.args(["-n", "10", "make", "ARCH=um"]).arg("-C").arg(source).arg(format!("O={}", build.display()));
    // The same kernel comes out wherever it is built.
    make.env("KBUILD_BUILD_USER", "ecmod").env("KBUILD_BUILD_HOST", "ecmod").env_remove("MAKEFLAGS");
    make
}

fn add_our_buses(source: &Path, ours: &Path) -> Result<(), String> {
    let says = |error: std::io::Error| format!("{}: {error}", source.display());
    let folder = source.join("drivers/ecmod");
    fs::create_dir_all(&folder).map_err(says)?;
    for file in fs::read_dir(ours.join("ecmod")).map_err(says)?.flatten() {
        fs::copy(file.path(), folder.join(file.file_name())).map_err(says)?;
    }
    let makefile = source.join("drivers/Makefile");
    let text = fs::read_to_string(&makefile).map_err(says)?;
    fs::write(&makefile, format!("{text}\nobj-y += ecmod/\n")).map_err(says)
}

/// Every option asked for is there: one whose dependency is missing would have vanished without a word.
fn check(wanted: &Path, got: &Path) -> Result<(), String> {
    let read = |path: &Path| fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
    let (wanted, got) = (read(wanted)?, read(got)?);
    let lost: Vec<&str> = wanted
        .lines()
        .filter(|line| line.starts_with("CONFIG_") && !got.lines().any(|option| option == *line))
        .collect();
    if lost.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "the kernel's configuration has lost (a dependency is missing):\n  {}",
            lost.join("\n  ")
        ))
    }
}
