// SPDX-License-Identifier: MIT OR Apache-2.0
//! A disk of its own for a folder that is in use: it can be full, read-only, and have its files damaged. It needs root, as mounting does.

use crate::support::{Console, until};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Room for what is there, and for the daemon to find that there is some.
const SIZE: &str = "size=32m,mode=0700";
const FILLER: &str = "filler";

/// It ends with the console, in whose mount namespace it is.
pub struct SmallDisk {
    runner: i32,
    at: PathBuf,
}

impl SmallDisk {
    /// Takes a folder's place, with the same files in it, for the processes of a console that has a mount namespace of its own.
    pub fn mount(console: &Console, at: &Path) -> Self {
        let disk = Self { runner: console.runner().as_raw_nonzero().get(), at: at.to_owned() };
        let files = files(at);
        assert!(disk.mounts(&["-t", "tmpfs", "-o", SIZE, "none"]), "a disk for a test needs root");
        for (path, bytes) in files {
            let path = disk.folder().join(path.strip_prefix(at).unwrap());
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        disk
    }

    /// The folder, as the console's processes see it.
    fn folder(&self) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.runner));
        root.join(self.at.strip_prefix("/").unwrap())
    }

    fn mounts(&self, arguments: &[&str]) -> bool {
        let mut mount = Command::new("nsenter");
        mount.args(["--mount", "--target", &self.runner.to_string(), "mount"]).args(arguments).arg(&self.at);
        let output = mount.output().unwrap();
        output.status.success()
    }

    /// Until nothing fits any more.
    pub fn fill(&self) {
        let mut filler = File::create(self.folder().join(FILLER)).unwrap();
        for length in [1 << 16, 1 << 12, 1] {
            while filler.write_all(&vec![0_u8; length]).is_ok() {}
        }
    }

    /// There is room again.
    pub fn make_room(&self) {
        std::fs::remove_file(self.folder().join(FILLER)).unwrap();
    }

    /// Nothing can be written, or it can again. Whoever is just writing is let finish.
    pub fn read_only(&self, read_only: bool) {
        let option = if read_only { "remount,ro" } else { "remount,rw" };
        until(option, || self.mounts(&["-o", option]).then_some(()));
    }

    /// Every file whose name begins like this has another text.
    pub fn damage(&self, name: &str) {
        let mut damaged = 0;
        for (path, mut bytes) in files(&self.folder()) {
            if path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(name)) {
                bytes.iter_mut().for_each(|byte| *byte = byte.wrapping_add(1));
                std::fs::write(path, bytes).unwrap();
                damaged += 1;
            }
        }
        assert!(damaged > 0, "there is no {name}");
    }
}

fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if let Ok(bytes) = std::fs::read(&path) {
            found.push((path, bytes));
        }
    }
    found
}
