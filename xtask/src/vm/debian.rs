// SPDX-License-Identifier: MIT OR Apache-2.0
//! Debian's packages of another release than the machine's, without a trace on the machine: an apt of our own (its source
//! list, its lists, its cache) in a folder that is thrown away. The mirror is the one that the machine itself uses.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::progress;
use crate::run::output;

/// The release that kernel source and root filesystem come from.
pub const SUITE: &str = "trixie";
/// What its packages are signed with.
pub const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Where packages come from.
pub struct Debian {
    mirror: Option<String>,
}

impl Debian {
    /// `mirror`: instead of the machine's own.
    pub fn new(mirror: Option<String>) -> Self {
        Self { mirror }
    }

    /// The mirror's address.
    pub fn mirror(&self) -> Result<String, String> {
        if let Some(mirror) = &self.mirror {
            return Ok(mirror.clone());
        }
        let targets = output(Command::new("apt-get").args([
            "indextargets",
            "--format",
            "$(ORIGIN)|$(LABEL)|$(REPO_URI)",
            "Created-By: Packages",
        ]))?;
        // Before the first `apt-get update` nothing has an origin: then Debian is known by its usual path.
        let known = targets.lines().find_map(|line| line.strip_prefix("Debian|Debian|"));
        let usual = || {
            targets
                .lines()
                .filter_map(|line| line.split('|').nth(2))
                .find(|uri| uri.trim_end_matches('/').ends_with("/debian"))
        };
        known.or_else(usual).map(str::to_owned).ok_or_else(|| {
            "this machine's package sources name no Debian mirror: say --mirror ADDRESS".to_owned()
        })
    }

    /// Downloads one package into a folder and returns its file.
    pub fn download(&self, package: &str, folder: &Path) -> Result<PathBuf, String> {
        let says = |error: std::io::Error| format!("{}: {error}", folder.display());
        let apt = folder.join("apt");
        for part in ["lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(apt.join(part)).map_err(says)?;
        }
        let list = apt.join("sources.list");
        fs::write(&list, format!("deb [signed-by={KEYRING}] {} {SUITE} main\n", self.mirror()?))
            .map_err(says)?;
        let own = [
            format!("Dir::Etc::sourcelist={}", list.display()),
            "Dir::Etc::sourceparts=-".to_owned(),
            format!("Dir::State::lists={}", apt.join("lists").display()),
            format!("Dir::Cache={}", apt.join("cache").display()),
            "Acquire::Retries=3".to_owned(),
            // Its own user may not be able to look into our folder.
            "APT::Sandbox::User=root".to_owned(),
        ];
        let apt_get = |what: &[&str]| {
            let mut command = Command::new("apt-get");
            command.current_dir(folder).arg("--quiet");
            for option in &own {
                command.args(["-o", option]);
            }
            command.args(what);
            command
        };
        progress::run("package list", &mut apt_get(&["update"]), &folder.join("apt-update.log"))?;
        progress::run(
            &format!("package {package}"),
            &mut apt_get(&["download", package]),
            &folder.join("apt-download.log"),
        )?;
        let files = fs::read_dir(folder).map_err(says)?.flatten().map(|entry| entry.path());
        files
            .into_iter()
            .find(|file| file.extension().is_some_and(|kind| kind == "deb"))
            .ok_or_else(|| format!("apt-get downloaded no {package}"))
    }
}
