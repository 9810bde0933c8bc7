// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a fresh machine lacks: Debian packages, installed where that is allowed and listed where it is not, and a Python
//! environment under `target/` with the clients and servers that others wrote.

use std::path::PathBuf;
use std::process::Command;

use crate::run::{has, root, run, target};

/// A program and the Debian package that brings it.
pub struct Needed {
    pub program: &'static str,
    pub package: &'static str,
}

/// What the tests use besides Rust and a C compiler.
pub const FOR_TESTS: &[Needed] = &[
    Needed { program: "cc", package: "gcc" },
    Needed { program: "c++", package: "g++" },
    Needed { program: "python3", package: "python3-venv" },
    Needed { program: "dbus-daemon", package: "dbus" },
    Needed { program: "busctl", package: "systemd" },
    Needed { program: "gdbus", package: "libglib2.0-bin" },
    Needed { program: "systemd-analyze", package: "systemd" },
];

/// What the measurements use besides.
pub const FOR_BENCHES: &[Needed] = &[
    Needed { program: "cyclictest", package: "rt-tests" },
    Needed { program: "strace", package: "strace" },
    Needed { program: "valgrind", package: "valgrind" },
    Needed { program: "pkg-config", package: "pkg-config" },
    Needed { program: "cc", package: "gcc" },
    Needed { program: "dbus-daemon", package: "dbus" },
    Needed { program: "taskset", package: "util-linux" },
];

/// What makes and runs the virtual machine.
pub const FOR_VIRTUAL_MACHINE: &[Needed] = &[
    Needed { program: "cc", package: "gcc" },
    Needed { program: "make", package: "make" },
    Needed { program: "flex", package: "flex" },
    Needed { program: "bison", package: "bison" },
    Needed { program: "bc", package: "bc" },
    Needed { program: "xz", package: "xz-utils" },
    Needed { program: "apt-get", package: "apt" },
    Needed { program: "mmdebstrap", package: "mmdebstrap" },
    Needed { program: "mke2fs", package: "e2fsprogs" },
    Needed { program: "setpriv", package: "util-linux" },
    Needed { program: "unshare", package: "util-linux" },
];

/// Libraries (by their pkg-config name) that the measurements compare with.
pub const LIBRARIES_FOR_BENCHES: &[Needed] = &[Needed { program: "libmodbus", package: "libmodbus-dev" }];

/// Installs what is missing, or says in one list what to install.
pub fn programs(needed: &[Needed]) -> Result<(), String> {
    let mut missing: Vec<&str> =
        needed.iter().filter(|needed| !has(needed.program)).map(|needed| needed.package).collect();
    missing.dedup();
    packages(&missing)
}

/// As [`programs`], for what `pkg-config` knows; `pkg-config` must be there.
pub fn libraries(needed: &[Needed]) -> Result<(), String> {
    let knows = |library: &str| {
        Command::new("pkg-config").args(["--exists", library]).status().is_ok_and(|status| status.success())
    };
    let missing: Vec<&str> =
        needed.iter().filter(|needed| !knows(needed.program)).map(|needed| needed.package).collect();
    packages(&missing)
}

/// Installs Debian packages as root; otherwise says which.
pub fn packages(missing: &[&str]) -> Result<(), String> {
    if missing.is_empty() {
        return Ok(());
    }
    let may = has("apt-get") && Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    if !may {
        return Err(format!(
            "please install these packages (Debian names), then run this again: {}",
            missing.join(" ")
        ));
    }
    run(Command::new("apt-get").args(["-qq", "update"]))?;
    run(Command::new("apt-get")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["-qq", "install", "-y", "--no-install-recommends"])
        .args(missing))
}

/// The Python of the environment under `target/`, made or renewed when its requirements change.
pub fn python() -> Result<PathBuf, String> {
    let requirements = root().join("xtask/requirements.txt");
    let wanted =
        std::fs::read_to_string(&requirements).map_err(|error| format!("requirements.txt: {error}"))?;
    let home = target().join("python");
    let python = home.join("bin/python");
    let installed = home.join("installed.txt");
    if std::fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    let venv = || run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home));
    if venv().is_err() {
        packages(&["python3-venv"])?;
        venv()?;
    }
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(&requirements))?;
    std::fs::write(&installed, wanted).map_err(|error| format!("{}: {error}", installed.display()))?;
    Ok(python)
}
