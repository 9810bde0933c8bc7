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
const ROOM: &str = "room for records";
/// All that the daemon keeps, several times over `[C]`.
const ENOUGH: u64 = 64 * 1024 * 1024;
const FILE: &str = "self-test";
const PATTERN: &[u8] = b"ecmod writes this to see that it can\n";
/// How long a disk may take.
const LIMIT: Duration = Duration::from_secs(5);

/// Tries it, and looks how much room there is. Waits for at most [`LIMIT`].
pub(super) async fn items(directory: &Path, now: Monotonic) -> Vec<Item> {
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
    let room = result.as_ref().ok().map(|free| judge_room(*free, now));
    std::iter::once(judge(directory, result.map(|_| ()), now)).chain(room).collect()
}

async fn wait(told: oneshot::Receiver<io::Result<u64>>) -> io::Result<u64> {
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

/// A disk that is nearly full blocks nothing: what is recorded makes room for itself, the oldest first.
fn judge_room(free: u64, now: Monotonic) -> Item {
    let found = format!("{} MiB are free", free / (1024 * 1024));
    if free >= ENOUGH {
        Item::passed(ROOM, found, now)
    } else {
        let remedy = "Have old records exported and removed: the oldest go when there is no room.";
        Item::failed(ROOM, found, remedy, now)
    }
}

/// The bytes that are free afterwards.
fn try_out(directory: &Path) -> io::Result<u64> {
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
    read.and(removed)?;
    let space = rustix::fs::statvfs(directory)?;
    Ok(space.f_bavail.saturating_mul(space.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::self_test::ItemResult;

    #[tokio::test(flavor = "current_thread")]
    async fn a_folder_that_can_be_written_passes_and_nothing_stays_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let items = items(folder.path(), Monotonic(1)).await;
        assert_eq!((items.len(), items[0].result, items[1].name.as_str()), (2, ItemResult::Passed, ROOM));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_folder_that_is_not_there_fails_with_its_name() {
        let items = items(Path::new("/nowhere/at/all"), Monotonic(1)).await;
        let [item] = items.as_slice() else { panic!("{items:?}") };
        assert!(item.is_in_the_way() && item.detail.contains("/nowhere/at/all"), "{item:?}");
    }

    #[test]
    fn a_disk_that_is_nearly_full_fails_and_blocks_nothing() {
        let item = judge_room(ENOUGH - 1, Monotonic(1));
        assert_eq!(
            (item.result, item.blocks, item.detail.as_str()),
            (ItemResult::Failed, false, "63 MiB are free")
        );
        assert_eq!(judge_room(ENOUGH, Monotonic(1)).result, ItemResult::Passed);
    }
}
