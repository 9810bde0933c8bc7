// SPDX-License-Identifier: MIT OR Apache-2.0
//! The root filesystem: a minimal Debian with systemd as PID 1, and the files under `virtual-machine/rootfs/overlay`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cache::{self, Cache};
use super::debian::{Debian, KEYRING, SUITE};
use super::progress;
use crate::prepare;
use crate::run::root;

/// What no test reads.
const LEFT_OUT: &[&str] =
    &["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*"];
/// With room for what tests write; a sparse file.
const SIZE: &str = "600M";
/// Raised when the steps below change what comes out.
const STEPS: &str = "1";

/// The image of the root filesystem, to be booted from copies only.
pub fn rootfs(cache: &Cache, debian: &Debian) -> Result<PathBuf, String> {
    let ours = root().join("virtual-machine/rootfs");
    let mut recipe = format!("{SUITE} {SIZE} {STEPS} {LEFT_OUT:?}\n").into_bytes();
    recipe.extend(cache::contents(&ours)?);
    let entry = cache.entry("rootfs", &recipe, |folder| make(folder, &ours, debian))?;
    Ok(entry.join("root.ext4"))
}

fn make(folder: &Path, ours: &Path, debian: &Debian) -> Result<(), String> {
    let says = |error: std::io::Error| format!("{}: {error}", folder.display());
    let packages = fs::read_to_string(ours.join("packages")).map_err(says)?;
    let packages: Vec<&str> =
        packages.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let archive = folder.join("rootfs.tar");
    let mut bootstrap = Command::new("mmdebstrap");
    bootstrap.args(["--variant=minbase", "--aptopt=Acquire::Retries \"3\""]);
    bootstrap.arg(format!("--keyring={KEYRING}")).arg(format!("--include={}", packages.join(",")));
    for path in LEFT_OUT {
        bootstrap.arg(format!("--dpkgopt=path-exclude={path}"));
    }
    bootstrap.arg(SUITE).arg(&archive).arg(debian.mirror()?);
    progress::run("root filesystem: installing packages", &mut bootstrap, &folder.join("bootstrap.log"))?;

    // Owners and modes as in the archive, and no mount: so a plain user can do it too.
    let image = r#"set -eu
        mkdir "$1/tree"
        tar -xpf "$1/rootfs.tar" -C "$1/tree" --exclude='./dev/*'
        cp -a --no-preserve=ownership "$2/overlay/." "$1/tree/"
        mke2fs -q -F -t ext4 -d "$1/tree" "$1/root.ext4" "$3"
        rm -rf "$1/tree" "$1/rootfs.tar""#;
    let mut shell = as_root()?;
    shell.args(["sh", "-c", image, "sh"]).arg(folder).arg(ours).arg(SIZE);
    progress::run("root filesystem: image", &mut shell, &folder.join("image.log"))
}

/// Runs a program as root, or as one who believes to be.
fn as_root() -> Result<Command, String> {
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    if !root {
        prepare::programs(&[prepare::Needed { program: "fakeroot", package: "fakeroot" }])?;
    }
    Ok(Command::new(if root { "env" } else { "fakeroot" }))
}
