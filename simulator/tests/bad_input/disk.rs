// SPDX-License-Identifier: MIT OR Apache-2.0
//! A state directory that takes nothing.

use super::steady::{DAEMON, Quiet, Room};
use super::support::until;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder on a disk that is full; unmounted at the end.
struct FullDisk(PathBuf);

impl FullDisk {
    /// This process has to be allowed to mount: root in its own namespace is enough.
    #[track_caller]
    fn mount(at: &Path) -> Self {
        std::fs::create_dir(at).unwrap();
        let mut mount = Command::new("mount");
        let mount = mount.args(["-t", "tmpfs", "-o", "size=4k,mode=0700", "none"]).arg(at).output().unwrap();
        let words = String::from_utf8_lossy(&mount.stderr);
        assert!(mount.status.success(), "a full disk needs a tmpfs to be mounted, run this as root: {words}");
        std::fs::write(at.join("filler"), [0; 4096]).unwrap();
        Self(at.to_owned())
    }
}

impl Drop for FullDisk {
    fn drop(&mut self) {
        // The folder goes with the test's own; lazily, as the daemon may still be in it.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// A daemon with this state directory takes the running pump over, says what is wrong with the disk, and is operated.
fn is_survived(room: &Room, directory: &Path) {
    let configured = room.console.path("state");
    let (old, new) = (configured.display().to_string(), directory.display().to_string());
    room.console.reconfigure(&[(&old, &new)]);
    let daemon = room.victim(DAEMON);
    daemon.kill();
    room.until_succeeded(&daemon);
    let said = room.in_control().unwrap();
    assert_eq!((said.state.as_str(), said.mode.as_str()), ("support", "speed"), "taken over as it runs");
    let console = super::stranger::CONSOLE;
    // A first number is not believed: the new daemon has to have seen some.
    until("the flow is known", || room.stranger.reading("blood_flow")?.is_good().then_some(()));
    room.stranger.call::<_, ()>(console, "SetMode", &"flow").unwrap();
    room.stranger.call::<_, ()>(console, "SetFlow", &4.0).unwrap();
    until("the daemon says that the journal cannot be written", || {
        room.console.log(DAEMON).contains("the state journal cannot be written").then_some(())
    });
    let before = room.stranger.said().unwrap();
    until("the loop goes on", || (room.stranger.said()?.ticks > before.ticks + 100).then_some(()));
    assert_eq!(room.in_control().unwrap().mode, "flow");
}

#[test]
fn a_full_disk_costs_a_warning_and_the_memory_of_the_setpoints() {
    let folder = tempfile::tempdir().unwrap();
    let room = Room::steady();
    let disk = FullDisk::mount(&folder.path().join("full"));
    let quiet = Quiet::learn(&room);
    is_survived(&room, &disk.0);
    quiet.assert_kept(&room);
}

#[test]
fn a_state_directory_that_is_none_costs_a_warning_and_the_memory_of_the_setpoints() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a file, not a folder");
    std::fs::write(&file, "").unwrap();
    let room = Room::steady();
    let quiet = Quiet::learn(&room);
    is_survived(&room, &file);
    quiet.assert_kept(&room);
}
