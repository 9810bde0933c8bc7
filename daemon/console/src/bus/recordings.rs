// SPDX-License-Identifier: MIT OR Apache-2.0
//! The recordings around interventions, for those who ask for them on D-Bus: which there are, and each as an open file.
//!
//! Where they lie is the recorder's matter; here the heads of the files are read, on a thread of their own, since a disk may
//! be slow.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;

use ecmod_control::InterventionKind;

use super::error::Error;
use crate::record::recorder::Handle;

/// No head is longer.
const HEAD: u64 = 4096;

/// Number, ms since 1970, what set it off, size in bytes.
pub type Recording = (u64, u64, String, u64);

/// Those of one kind, the newest first.
pub async fn list(record: &Handle, kind: InterventionKind) -> Vec<Recording> {
    let ending = format!("-{}.csv", kind.name());
    let mut recordings = Vec::new();
    for kept in record.records().into_iter().rev().filter(|kept| kept.name.ends_with(&ending)) {
        // One that has just made room for another is no longer there.
        let Ok(file) = record.open(kept.number).await else { continue };
        let head = tokio::task::spawn_blocking(move || read_head(file)).await.unwrap_or_default();
        let (began, trigger) = look(&head);
        recordings.push((kept.number, began, trigger, kept.bytes));
    }
    recordings
}

/// One of one kind, open for reading.
///
/// # Errors
/// There is none with this number, or the disk does not answer.
pub async fn open(record: &Handle, kind: InterventionKind, number: u64) -> Result<OwnedFd, Error> {
    let ending = format!("-{}.csv", kind.name());
    let is_there = record.records().iter().any(|kept| kept.number == number && kept.name.ends_with(&ending));
    if !is_there {
        let text =
            format!("there is no recording {number} of {} [ecmod.refused.no_such_recording]", kind.name());
        return Err(Error::Refused(text));
    }
    record.open(number).await.map_err(|error| Error::Unavailable(error.to_string()))
}

fn read_head(file: OwnedFd) -> String {
    let mut head = Vec::new();
    // What cannot be read is not shown; the file itself can still be asked for.
    let _ = File::from(file).take(HEAD).read_to_end(&mut head);
    String::from_utf8_lossy(&head).into_owned()
}

/// When it began and what set it off, from the lines of the head.
fn look(head: &str) -> (u64, String) {
    let find = |name: &str| {
        let lines = head.lines().take_while(|line| line.starts_with('#'));
        let mut values =
            lines.filter_map(|line| line.strip_prefix("# ")?.strip_prefix(name)?.strip_prefix(": "));
        values.next().map(str::to_owned)
    };
    let began = find("began_unix_ms").and_then(|text| text.parse().ok()).unwrap_or(0);
    let trigger = find("trigger").unwrap_or_default();
    let limit = find("limit").map(|limit| format!(" against {limit}")).unwrap_or_default();
    let state = find("state").map(|state| format!(" ({state})")).unwrap_or_default();
    (began, format!("{trigger}{limit}{state}").trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_says_when_and_why() {
        let head = "# ecmod intervention record 1\n# number: 42\n# began_unix_ms: 1700000000123\n# state: active\n\
                    # trigger: -112 mmHg\n# limit: -100 mmHg\ntime_s,demand_rpm\n# trigger: no longer head\n";
        assert_eq!(look(head), (1_700_000_000_123, "-112 mmHg against -100 mmHg (active)".to_owned()));
        assert_eq!(look("garbage"), (0, String::new()));
    }
}
