// SPDX-License-Identifier: MIT OR Apache-2.0
//! The folder that the machine gets: the programs and drivers as the process tests run them, the tests that run inside, the
//! units, the script that runs the tests, and a place for the result.

use std::fs;
use std::path::{Path, PathBuf};

use super::cache::remove;
use crate::bench::programs::driver;
use crate::run::{binaries, build, cargo, output, root};

/// The crate of the tests that run inside, and the name of its one test program.
const CRATE: &str = "ecmod-vm-tests";
const TESTS: &str = "vm";
/// The programs of a console, with a bus.
const CONSOLE: [&str; 4] = ["ecmod", "ecmod-host", "ecmoctl", "ecmod-sim"];
/// What measures the fast path, and the drivers that it does it with.
const FAST_PATH: (&str, [&str; 2]) = ("fast_path", ["fast_path_edge", "fast_path_pump"]);

/// Builds everything and lays it out.
pub fn write(folder: &Path, filter: &[String]) -> Result<(), String> {
    build()?;
    let tests = build_one(&["test", "--package", CRATE, "--test", TESTS, "--no-run"], TESTS)?;
    let (fast_path, drivers) = FAST_PATH;
    let fast_path_program =
        build_one(&["build", "--package", "ecmod-sim", "--example", fast_path], fast_path)?;
    let says = |error: std::io::Error| format!("{}: {error}", folder.display());
    remove(folder)?;
    for part in ["host/bin", "host/results", "host/systemd/dbus"] {
        fs::create_dir_all(folder.join(part)).map_err(says)?;
    }
    let host = folder.join("host");
    let copy = |from: &Path, to: PathBuf| {
        fs::copy(from, &to).map(|_| ()).map_err(|error| format!("{}: {error}", from.display()))
    };
    copy(&tests, host.join("bin/vm-tests"))?;
    for program in CONSOLE {
        copy(&binaries().join(program), host.join("bin").join(program))?;
    }
    copy(&fast_path_program, host.join("bin").join(fast_path))?;
    for name in drivers {
        let library = driver(name)?;
        copy(&library, host.join(format!("bin/{name}.so")))?;
    }
    for entry in fs::read_dir(binaries()).map_err(says)?.flatten() {
        let name = entry.file_name();
        let text = name.to_string_lossy();
        if text.starts_with("libecmod_driver_") && text.ends_with(".so") {
            copy(&entry.path(), host.join("bin").join(&name))?;
        }
    }
    copy(&root().join("virtual-machine/guest/run-tests.sh"), host.join("guest"))?;
    let units = root().join("systemd");
    for part in ["", "dbus"] {
        for entry in fs::read_dir(units.join(part)).map_err(says)?.flatten() {
            if entry.path().is_file() {
                copy(&entry.path(), host.join("systemd").join(part).join(entry.file_name()))?;
            }
        }
    }
    fs::write(host.join("filter"), filter.join("\n")).map_err(says)
}

/// Builds one program with the profile of the process tests and says where it is.
fn build_one(what: &[&str], target: &str) -> Result<PathBuf, String> {
    let how = ["--profile", "optimised", "--message-format", "json-render-diagnostics"];
    let messages = output(cargo().args(what).args(how))?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message.pointer("/target/name").and_then(|name| name.as_str()) == Some(target))
        .find_map(|message| message.pointer("/executable").and_then(|path| path.as_str()).map(PathBuf::from))
        .ok_or_else(|| format!("cargo built no program {target}"))
}
