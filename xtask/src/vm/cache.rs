// SPDX-License-Identifier: MIT OR Apache-2.0
//! What takes long to make is kept in a folder named by a hash of what it is made of: change the recipe and it is made anew,
//! go back and the old one is there. An entry appears whole or not at all.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use super::progress::say;

/// What nobody has used for so long is removed.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// The cache, for as long as it lives nobody else's.
pub struct Cache {
    folder: PathBuf,
    _lock: File,
}

/// `$XDG_CACHE_HOME/ecmod`, by default `~/.cache/ecmod`.
pub fn default_folder() -> Result<PathBuf, String> {
    if let Some(folder) = std::env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()) {
        return Ok(PathBuf::from(folder).join("ecmod"));
    }
    let home = std::env::var_os("HOME").ok_or("there is no HOME: say --cache DIR")?;
    Ok(PathBuf::from(home).join(".cache/ecmod"))
}

impl Cache {
    /// Waits until no other run uses it.
    pub fn open(folder: &Path) -> Result<Self, String> {
        let says = |error: std::io::Error| format!("{}: {error}", folder.display());
        fs::create_dir_all(folder).map_err(says)?;
        let folder = folder.canonicalize().map_err(says)?;
        let lock = File::create(folder.join("lock")).map_err(says)?;
        if lock.try_lock().is_err() {
            say("waiting for another run that uses the same cache");
            lock.lock().map_err(says)?;
        }
        Ok(Self { folder, _lock: lock })
    }

    /// The folder with what `recipe` makes; `make` fills it if it is not there yet.
    pub fn entry(
        &self,
        kind: &str,
        recipe: &[u8],
        make: impl FnOnce(&Path) -> Result<(), String>,
    ) -> Result<PathBuf, String> {
        let hash = sha256(recipe)?;
        let name = format!("{kind}-{}", hash.get(..16).unwrap_or(&hash));
        let entry = self.folder.join(&name);
        let used = entry.join("used");
        if entry.is_dir() {
            say(&format!("{kind}: {} is there", entry.display()));
        } else {
            let unfinished = self.folder.join(format!("{name}.unfinished"));
            remove(&unfinished)?;
            fs::create_dir_all(&unfinished).map_err(|error| format!("{}: {error}", unfinished.display()))?;
            make(&unfinished)?;
            fs::rename(&unfinished, &entry).map_err(|error| format!("{}: {error}", entry.display()))?;
        }
        fs::write(&used, "").map_err(|error| format!("{}: {error}", used.display()))?;
        self.forget_old(kind);
        Ok(entry)
    }

    /// A cache that cannot be tidied is no reason to fail.
    fn forget_old(&self, kind: &str) {
        let now = SystemTime::now();
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let ours = entry.file_name().to_string_lossy().starts_with(&format!("{kind}-"));
            let used = entry.path().join("used").metadata().and_then(|used| used.modified());
            let age = used.ok().and_then(|used| now.duration_since(used).ok());
            if ours && age.is_some_and(|age| age > KEPT) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// Removes a folder if it is there.
pub fn remove(folder: &Path) -> Result<(), String> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{}: {error}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Every file below a folder with its path and contents, in order: what an entry's recipe hashes.
pub fn contents(folder: &Path) -> Result<Vec<u8>, String> {
    let says = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(says)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(says)?;
    entries.sort();
    let mut bytes = Vec::new();
    for path in entries {
        let name = path.file_name().unwrap_or_default();
        bytes.extend(name.as_encoded_bytes());
        bytes.push(0);
        if path.is_symlink() {
            bytes.extend(fs::read_link(&path).map_err(says)?.as_os_str().as_encoded_bytes());
        } else if path.is_dir() {
            bytes.extend(contents(&path)?);
        } else {
            bytes.extend(fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?);
        }
        bytes.push(0);
    }
    Ok(bytes)
}

fn sha256(bytes: &[u8]) -> Result<String, String> {
    let says = |error: std::io::Error| format!("sha256sum: {error}");
    let mut program =
        Command::new("sha256sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(says)?;
    if let Some(mut input) = program.stdin.take() {
        input.write_all(bytes).map_err(says)?;
    }
    let output = program.wait_with_output().map_err(says)?;
    if !output.status.success() {
        return Err(format!("sha256sum failed: {}", output.status));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    text.split(' ').next().map(str::to_owned).ok_or_else(|| "sha256sum said nothing".to_owned())
}
