// SPDX-License-Identifier: MIT OR Apache-2.0
//! The configuration that this host runs with: the one that is written, or, if that is of no use, the last that was good, of which each host keeps a
//! copy of its own ([`ecmod_config::last_good`]). The daemon hears of it in the hello and raises the alarm.
//!
//! The copy lies in the folder that systemd keeps for this host (`StateDirectory=`, in `STATE_DIRECTORY`); without one there is no copy.

use std::path::Path;

use ecmod_config::last_good::{self, Loaded, Origin};
use ecmod_config::{Errors, Paths};
use ecmod_link::message::Written;

use crate::process;

/// Loads the written configuration, or this host's copy of its last good one.
///
/// # Errors
/// What is wrong with the written one, if there is no copy that is of use.
pub fn load(paths: &Paths) -> Result<Loaded, Errors> {
    match process::state_folder().filter(|folder| is_ours(&folder.join(last_good::COPY))) {
        // Whether the port is in it is another question: one that was taken out is meant to have no host.
        Some(folder) => last_good::load(paths, &folder, |_| Ok(())),
        None => {
            let (configuration, text) = ecmod_config::load_with_copy(paths)?;
            Ok(Loaded { configuration, origin: Origin::Files(text) })
        }
    }
}

/// With the rights of root nothing is believed that another user may have written: the drivers of a host that gives its rights up later.
fn is_ours(copy: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let mine = rustix::process::geteuid();
    std::fs::symlink_metadata(copy).is_ok_and(|copy| !mine.is_root() || copy.uid() == mine.as_raw())
}

/// What the daemon is told.
#[must_use]
pub const fn written(origin: &Origin) -> Written {
    match origin {
        Origin::Files(_) => Written::InForce,
        Origin::CopyOfInvalid(_) => Written::Invalid,
        Origin::CopyOfLost(_) => Written::Lost,
    }
}

/// Says what is wrong with the written one, if this host runs with a copy.
pub fn say(origin: &Origin, port: &str) {
    let (Origin::CopyOfInvalid(errors) | Origin::CopyOfLost(errors)) = origin else { return };
    for problem in &errors.problems {
        tracing::error!(event = "host.configuration_problem", port, %problem, "the written configuration is of no use: {problem}");
    }
    tracing::error!(
        event = "host.configuration_copy",
        port,
        "this host runs with the copy of its last good configuration"
    );
}

/// Keeps a configuration that was written, for the day on which it is wrong or gone. A thread does it, because a disk may take as long as it likes and
/// a device must not wait for it.
pub fn keep(origin: Origin, port: &str) {
    let (Origin::Files(text), Some(folder)) = (origin, process::state_folder()) else { return };
    let name = port.to_owned();
    let keep = move || {
        if let Err(error) = last_good::keep(&folder, &text) {
            tracing::warn!(event = "host.configuration_not_kept", port = name, %error, "no copy of the configuration is kept");
        }
    };
    let thread =
        std::thread::Builder::new().name("keep".to_owned()).stack_size(crate::SMALL_STACK).spawn(keep);
    if let Err(error) = thread {
        tracing::warn!(event = "host.configuration_not_kept", port, %error, "no copy of the configuration is kept");
    }
}
