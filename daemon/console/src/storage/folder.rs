// SPDX-License-Identifier: MIT OR Apache-2.0
//! The real thing: a folder of the file system.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::Storage;

/// A folder of the file system. It is made when something is first written.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder with this path, which need not exist.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_path_buf() }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a file. A pipe or a device under its name does not keep anybody waiting: it is an error.
    fn open_with(&self, name: &str, options: &mut OpenOptions) -> io::Result<File> {
        let file = options.custom_flags(libc::O_NONBLOCK).open(self.path.join(name))?;
        if file.metadata()?.is_file() { Ok(file) } else { Err(not_a_file()) }
    }
}

impl Storage for Folder {
    fn names(&self) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        for entry in entries {
            // A name that is no text is not ours.
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn read(&self, name: &str, most: u64) -> io::Result<Option<Vec<u8>>> {
        let file = match self.open_with(name, OpenOptions::new().read(true)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(most).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn length(&self, name: &str) -> io::Result<Option<u64>> {
        match fs::metadata(self.path.join(name)) {
            Ok(found) if found.is_file() => Ok(Some(found.len())),
            Ok(_) => Err(not_a_file()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn open(&self, name: &str) -> io::Result<OwnedFd> {
        self.open_with(name, OpenOptions::new().read(true)).map(Into::into)
    }

    fn write(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        let file = match self.open_with(name, &mut options) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(&self.path)?;
                self.open_with(name, &mut options)?
            }
            opened => opened?,
        };
        file.write_all_at(bytes, offset)
    }

    fn resize(&mut self, name: &str, length: u64) -> io::Result<()> {
        self.open_with(name, OpenOptions::new().write(true))?.set_len(length)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.open_with(name, OpenOptions::new().write(true))?.sync_data()
    }

    fn sync_names(&mut self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn free(&self) -> io::Result<u64> {
        let space = rustix::fs::statvfs(&self.path)?;
        Ok(space.f_bavail.saturating_mul(space.f_frsize))
    }
}

fn not_a_file() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is not a file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_written_read_renamed_and_removed_and_the_folder_is_made_on_demand() {
        let place = tempfile::tempdir().unwrap();
        let mut folder = Folder::new(&place.path().join("not/yet/there"));
        assert!(folder.names().unwrap().is_empty());
        assert_eq!(folder.read("a", 10).unwrap(), None);
        folder.write("a", 0, b"one").unwrap();
        folder.write("a", 3, b" two").unwrap();
        folder.sync("a").unwrap();
        folder.sync_names().unwrap();
        assert_eq!(folder.read("a", 100).unwrap().unwrap(), b"one two");
        assert_eq!(folder.read("a", 3).unwrap().unwrap(), b"one");
        folder.resize("a", 3).unwrap();
        folder.rename("a", "b").unwrap();
        assert_eq!(folder.names().unwrap(), ["b"]);
        assert_eq!(folder.read("b", 100).unwrap().unwrap(), b"one");
        folder.remove("b").unwrap();
        assert!(folder.names().unwrap().is_empty());
        assert!(folder.free().unwrap() > 0);
    }

    #[test]
    fn a_pipe_or_a_folder_in_the_place_of_a_file_keeps_nobody_waiting() {
        let place = tempfile::tempdir().unwrap();
        let path =
            std::ffi::CString::new(place.path().join("pipe").into_os_string().into_encoded_bytes()).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &path,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
            0,
        )
        .unwrap();
        fs::create_dir(place.path().join("folder")).unwrap();
        let mut folder = Folder::new(place.path());
        for name in ["pipe", "folder"] {
            assert!(folder.read(name, 10).is_err(), "{name}");
            assert!(folder.write(name, 0, b"x").is_err(), "{name}");
        }
    }
}
