// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask lint`: what must hold of the sources without running them.

use std::path::Path;

use crate::run::{cargo, has, output, root, run, target};
use crate::{crates_inc, drivers, layers, safety, specification};

type Check = fn() -> Result<(), String>;

/// Format, clippy, licences, the dependency rule, headers, generated files: all are run, then all failures are told.
pub fn lint() -> Result<(), String> {
    let checks: &[(&str, Check)] = &[
        ("format", || run(cargo().args(["fmt", "--all", "--check"]))),
        ("dependency rule", layers::check),
        ("licence headers", licence_headers),
        ("promises and their tests", specification::check),
        ("hazards and their tests", safety::check),
        ("drivers are described and packaged", drivers::check),
        ("systemd units", systemd_units),
        ("crates.inc", || crates_inc::crates_inc(&["--check".to_owned()])),
        ("clippy", || {
            run(cargo().args([
                "clippy",
                "--workspace",
                "--all-targets",
                "--quiet",
                "--",
                "--deny",
                "warnings",
            ]))
        }),
        ("licences, bans and sources of dependencies", deny),
    ];
    let mut failures = Vec::new();
    for (name, check) in checks {
        if let Err(message) = check() {
            failures.push(format!("{name}: {message}"));
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

fn deny() -> Result<(), String> {
    if !has("cargo-deny") {
        run(cargo().args(["install", "--quiet", "--locked", "cargo-deny"]))?;
    }
    run(cargo().args(["deny", "--log-level", "error", "check", "bans", "licenses", "sources"]))
}

/// `systemd-analyze verify` ends with success even for an unknown key: whatever it says is a failure.
fn systemd_units() -> Result<(), String> {
    let folder = target().join("units");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut units = Vec::new();
    for name in ["ecmod.service", "ecmod-hosts.socket", "ecmod-host@.service"] {
        let path = root().join("systemd").join(name);
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        // verify wants to see the programs; nothing is installed here.
        let text = text
            .replace("ExecStart=/usr/bin/ecmod-host", "ExecStart=/bin/true")
            .replace("ExecStart=/usr/bin/ecmod", "ExecStart=/bin/true");
        let unit = folder.join(name.replace('@', "@pump_line"));
        std::fs::write(&unit, text).map_err(|error| format!("{}: {error}", unit.display()))?;
        units.push(unit);
    }
    let found = std::process::Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .args(&units)
        .output()
        .map_err(|error| format!("systemd-analyze: {error}"))?;
    let said = [found.stdout, found.stderr].concat();
    if said.is_empty() && found.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&said).into_owned())
    }
}

/// Every source file says under which licence it stands, in its first five lines.
fn licence_headers() -> Result<(), String> {
    const KINDS: &[&str] =
        &["rs", "c", "h", "py", "sh", "service", "socket", "bb", "bbclass", "inc", "conf", "xml", "toml"];
    let mut missing = Vec::new();
    for file in output(std::process::Command::new("git").current_dir(root()).args(["ls-files"]))?.lines() {
        let path = Path::new(file);
        let counts = path
            .extension()
            .and_then(|extension| extension.to_str())
            .is_some_and(|kind| KINDS.contains(&kind));
        // The corpus of malformed configurations shows line numbers: a header would move them.
        if !counts || file.contains("/malformed/") || !root().join(path).is_file() {
            continue;
        }
        let text = std::fs::read_to_string(root().join(path)).map_err(|error| format!("{file}: {error}"))?;
        if !text.lines().take(5).any(|line| line.contains("SPDX-License-Identifier: MIT OR Apache-2.0")) {
            missing.push(file.to_owned());
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(format!("no SPDX header in\n  {}", missing.join("\n  "))) }
}
