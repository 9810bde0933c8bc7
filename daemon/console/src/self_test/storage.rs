// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether the state directory takes what is written to it: a small file, written, synchronised, read back and removed. On a thread of
//! its own, since a broken disk answers late or never.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ecmod_quantities::Monotonic;
use tokio::sync::oneshot;

use super::item::Item;

const NAME: &str = "the state directory";
const FILE: &str = "self-test";
const PATTERN: &[u8] = b"ecmod writes this to see that it can\n";
/// How long a disk may take.
const LIMIT: Duration = Duration::from_secs(5);

/// Tries it. Waits for at most [`LIMIT`].
pub(super) async fn item(directory: &Path, now: Monotonic) -> Item {
    let (tell, told) = oneshot::channel();
    let folder: PathBuf = directory.to_owned();
    let started =
        std::thread::Builder::new().name("self-test".into()).stack_size(64 * 1024).spawn(move || {
            // Nobody listens any more if it took too long.
            let _ = tell.send(try_out(&folder));
        });
    let result = match started {
        Err(error) => Err(error),
        Ok(_) => wait(told).await,
    };
    judge(directory, result, now)
}

async fn wait(told: oneshot::Receiver<io::Result<()>>) -> io::Result<()> {
    match tokio::time::timeout(LIMIT, told).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(io::Error::other("the test failed")),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

fn judge(directory: &Path, result: io::Result<()>, now: Monotonic) -> Item {
    let item = match result {
        Ok(()) => Item::passed(NAME, "it can be written and read", now),
        Err(error) => Item::failed(
            NAME,
            format!("{}: {error}", directory.display()),
            "Free space on it or mend its file system: without it settings and the alarm log are lost with the power.",
            now,
        ),
    };
    item.blocking(true)
}

fn try_out(directory: &Path) -> io::Result<()> {
    let path = directory.join(FILE);
    let mut file = File::create(&path)?;
    let written = file.write_all(PATTERN).and_then(|()| file.sync_all());
    drop(file);
    let read = written.and_then(|()| {
        let mut found = Vec::new();
        File::open(&path)?.read_to_end(&mut found)?;
        if found == PATTERN { Ok(()) } else { Err(io::Error::other("what was written reads back otherwise")) }
    });
    // Also what could be written by half must not stay.
    let removed = fs::remove_file(&path);
    read.and(removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::self_test::ItemResult;

    #[tokio::test(flavor = "current_thread")]
    async fn a_folder_that_can_be_written_passes_and_nothing_stays_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let item = item(folder.path(), Monotonic(1)).await;
        assert_eq!(item.result, ItemResult::Passed);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_folder_that_is_not_there_fails_with_its_name() {
        let item = item(Path::new("/nowhere/at/all"), Monotonic(1)).await;
        assert!(item.is_in_the_way() && item.detail.contains("/nowhere/at/all"), "{item:?}");
    }
}
