// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a kernel's driver shows, as a folder of files: mains and battery as in `/sys/class/power_supply`, a barometer as an
//! IIO device.

use super::world::World;
use crate::plant::Plant;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

/// How often the files are written.
const PACE: Duration = Duration::from_millis(250);

/// Names and contents.
pub(super) type Files = Vec<(&'static str, String)>;

/// What the files are now.
pub(super) type Show = fn(&Plant) -> Files;

/// The folder; goes with this.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    files: Show,
    there: BTreeSet<&'static str>,
}

impl Folder {
    /// Makes the folder with its first files, in the place of an earlier run's.
    pub(super) fn create(path: &Path, files: Show, world: &RefCell<World>) -> io::Result<Self> {
        match std::fs::remove_dir_all(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut folder = Self { path: path.to_owned(), files, there: BTreeSet::new() };
        folder.write(world)?;
        Ok(folder)
    }

    /// Keeps the files up to date for ever.
    pub(super) async fn keep(mut self, world: Rc<RefCell<World>>) {
        loop {
            tokio::time::sleep(PACE).await;
            // A full disk: the files are old then.
            let _ = self.write(&world);
        }
    }

    fn write(&mut self, world: &RefCell<World>) -> io::Result<()> {
        let files = (self.files)(&world.borrow().plant);
        let named: BTreeSet<&'static str> = files.iter().map(|(name, _)| *name).collect();
        for (name, content) in files {
            let path = self.path.join(name);
            let text = format!("{content}\n");
            if std::fs::read_to_string(&path).is_ok_and(|old| old == text) {
                continue;
            }
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            // A reader sees the old content or the new one.
            let beside = self.path.join(".new");
            std::fs::write(&beside, text)?;
            std::fs::rename(&beside, &path)?;
        }
        for gone in self.there.difference(&named) {
            std::fs::remove_file(self.path.join(gone))?;
        }
        self.there = named;
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
