// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which drivers run, and whether what is installed is still what runs: ABI and version of each, and a checksum of its library that is
//! compared with the one at the first test.
//!
//! A checksum is no signature: it tells that a file was replaced or is damaged, not who made it. Signed bundles do not exist yet.
//! Reading libraries may take its time, so a thread of its own does it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::time::Duration;

use ecmod_link::message::DriverState;
use ecmod_quantities::Monotonic;
use tokio::sync::oneshot;

use super::item::Item;
use crate::hosts::registry::DriverStatus;

const NAME: &str = "the drivers' libraries";
/// How long reading all of them may take.
const LIMIT: Duration = Duration::from_secs(10);
/// More than any library has.
const LONGEST: u64 = 256 * 1024 * 1024;

/// By driver: the library, and its checksum when it was seen first.
#[derive(Debug, Default)]
pub(super) struct Libraries {
    first: BTreeMap<String, (String, u32)>,
}

/// A driver, its library, and what reading it came to.
type Seen = (String, String, io::Result<u32>);

impl Libraries {
    /// Reads the libraries of the drivers that run, and compares. Waits for at most [`LIMIT`].
    pub(super) async fn item(&mut self, drivers: Vec<(String, String)>, now: Monotonic) -> Item {
        let (tell, told) = oneshot::channel();
        let started =
            std::thread::Builder::new().name("self-test".into()).stack_size(128 * 1024).spawn(move || {
                // Nobody listens any more if it took too long.
                let _ = tell.send(read_all(drivers));
            });
        let seen = match started {
            Ok(_) => tokio::time::timeout(LIMIT, told).await.ok().and_then(Result::ok),
            Err(_) => None,
        };
        match seen {
            Some(seen) => self.compare(seen, now),
            None => Item::skipped(NAME, "they could not be read in time", now),
        }
    }

    fn compare(&mut self, seen: Vec<Seen>, now: Monotonic) -> Item {
        let mut problems = Vec::new();
        let count = seen.len();
        for (driver, library, checksum) in seen {
            match checksum {
                Err(error) => problems.push(format!("{driver}: {library}: {error}")),
                Ok(checksum) => {
                    let first = self.first.entry(driver.clone()).or_insert((library.clone(), checksum));
                    if first.0 != library {
                        *first = (library, checksum);
                    } else if first.1 != checksum {
                        problems.push(format!(
                            "{driver}: {library} was replaced ({:08x}, now {checksum:08x})",
                            first.1
                        ));
                    }
                }
            }
        }
        if count == 0 {
            Item::skipped(NAME, "no driver runs", now)
        } else if problems.is_empty() {
            Item::passed(NAME, format!("{count} read, as they were when they were seen first"), now)
        } else {
            let remedy = "What runs is not what is installed: restart the hosts of these drivers between cases, or install them anew.";
            Item::failed(NAME, problems.join("; "), remedy, now)
        }
    }
}

/// The drivers that run, with their libraries.
pub(super) fn running(drivers: &[DriverStatus]) -> Vec<(String, String)> {
    let running = drivers.iter().filter(|driver| driver.state == DriverState::Running);
    running.map(|driver| (driver.id.clone(), driver.library.clone())).collect()
}

fn read_all(drivers: Vec<(String, String)>) -> Vec<Seen> {
    let mut known: BTreeMap<String, Option<u32>> = BTreeMap::new();
    let read = |(driver, library): (String, String)| {
        let checksum = match known.get(&library) {
            Some(Some(checksum)) => Ok(*checksum),
            Some(None) | None => checksum(&library),
        };
        known.insert(library.clone(), checksum.as_ref().ok().copied());
        (driver, library, checksum)
    };
    drivers.into_iter().map(read).collect()
}

fn checksum(library: &str) -> io::Result<u32> {
    let mut file = File::open(library)?.take(LONGEST);
    let mut hasher = crc32fast::Hasher::new();
    let mut chunk = vec![0; 64 * 1024];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(hasher.finalize()),
            length => hasher.update(chunk.get(..length).unwrap_or_default()),
        }
    }
}

/// The ABI as people write it.
pub(super) fn abi(abi: u32) -> String {
    format!("ABI {}.{}", abi >> 16, abi & 0xFFFF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::self_test::ItemResult::{Failed, Passed, Skipped};

    const NOW: Monotonic = Monotonic(5);

    #[tokio::test(flavor = "current_thread")]
    async fn a_library_that_was_replaced_or_cannot_be_read_fails_and_blocks_nothing() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().display().to_string();
        let drivers = || vec![("pump".to_owned(), path.clone()), ("other".to_owned(), path.clone())];
        let mut libraries = Libraries::default();
        assert_eq!(libraries.item(Vec::new(), NOW).await.result, Skipped);
        std::fs::write(&path, b"one").unwrap();
        for _ in 0..2 {
            let item = libraries.item(drivers(), NOW).await;
            assert_eq!((item.result, item.blocks), (Passed, false), "{item:?}");
        }
        std::fs::write(&path, b"two").unwrap();
        let item = libraries.item(drivers(), NOW).await;
        assert!(item.result == Failed && item.detail.contains("was replaced") && !item.blocks, "{item:?}");
        let item = libraries.item(vec![("pump".into(), "/nowhere/at/all.so".into())], NOW).await;
        assert!(item.result == Failed && item.detail.contains("/nowhere/at/all.so"), "{item:?}");
    }

    #[test]
    fn an_abi_is_its_major_and_minor_version() {
        assert_eq!(abi(0x0001_0002), "ABI 1.2");
    }
}
