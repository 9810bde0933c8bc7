// SPDX-License-Identifier: MIT OR Apache-2.0
//! The image between its two sides: values, heartbeats, the bell, and the checks of a file before it is trusted.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

use ecmod_link::image::doorbell::Sleep;
use ecmod_link::image::{DaemonImage, Demand, Error, Heard, HostImage, Layout, Sample, Slot, wait_for_news};
use ecmod_quantities::Monotonic;
use rustix::fs::{MemfdFlags, SealFlags};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;

const LAYOUT: Layout = Layout { inputs: 3, outputs: 2 };
/// Far enough away that reaching it means failure.
const PATIENCE_NS: u64 = 20_000_000_000;

fn now() -> Monotonic {
    let t = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    Monotonic(u64::try_from(t.tv_sec).unwrap() * 1_000_000_000 + u64::try_from(t.tv_nsec).unwrap())
}

fn both() -> (DaemonImage, HostImage) {
    let (daemon, file) = DaemonImage::create(LAYOUT).unwrap();
    (daemon, HostImage::attach(file, LAYOUT).unwrap())
}

fn sample(sequence: u64) -> Sample {
    Sample { value: 4.25, t: Monotonic(sequence * 10), quality: 1, cause: 0, sequence }
}

fn demand(sequence: u64) -> Demand {
    Demand { value: 3000.0, t: Monotonic(sequence * 10), sequence, valid: true, fallback: None }
}

#[test]
fn a_fresh_image_is_empty_in_both_directions() {
    let (daemon, host) = both();
    assert!((0..3).all(|input| daemon.read(input) == Slot::Empty));
    assert!((0..2).all(|output| host.demand(output) == Slot::Empty));
    assert_eq!((daemon.host_beat(), host.daemon_beat()), ((0, Monotonic(0)), (0, Monotonic(0))));
    assert_eq!((daemon.layout(), host.layout()), (LAYOUT, LAYOUT));
}

#[test]
fn samples_and_demands_arrive_in_their_own_slots() {
    let (daemon, host) = both();
    for index in 0..3 {
        assert!(host.publish(index, sample(index as u64)));
    }
    for index in 0..2 {
        assert!(daemon.write(index, demand(index as u64)));
    }
    assert!((0..3).all(|index| daemon.read(index) == Slot::Value(sample(index as u64))));
    assert!((0..2).all(|index| host.demand(index) == Slot::Value(demand(index as u64))));
}

#[test]
fn a_slot_beyond_the_layout_is_neither_read_nor_written() {
    let (daemon, host) = both();
    for index in [3, 4, 64, 511, 512, usize::MAX / 64, usize::MAX] {
        assert!(!host.publish(index, sample(1)));
        assert_eq!(daemon.read(index), Slot::Empty);
    }
    assert!(!daemon.write(2, demand(1)));
    assert_eq!(host.demand(2), Slot::Empty);
    assert!((0..3).all(|input| daemon.read(input) == Slot::Empty));
}

#[test]
fn heartbeats_count_both_ways_with_their_times() {
    let (daemon, host) = both();
    daemon.beat(Monotonic(5));
    daemon.beat(Monotonic(6));
    host.beat(Monotonic(7));
    assert_eq!(host.daemon_beat(), (2, Monotonic(6)));
    assert_eq!(daemon.host_beat(), (1, Monotonic(7)));
}

#[test]
fn a_ring_before_the_wait_ends_it_at_once_and_no_ring_ends_it_at_the_deadline() {
    let (daemon, host) = both();
    let last = host.doorbell();
    daemon.ring();
    let rung = host.wait(last, now());
    assert_ne!(rung, last);
    let deadline = Monotonic(now().0 + 2_000_000);
    assert_eq!(host.wait(rung, deadline), rung);
    assert!(now() >= deadline);
    assert_eq!(host.wait(rung, Monotonic(0)), rung);
}

#[test]
fn a_ring_wakes_every_waiting_thread_which_then_sees_the_demand() {
    let (daemon, host) = both();
    let last = host.doorbell();
    let deadline = Monotonic(now().0 + PATIENCE_NS);
    std::thread::scope(|scope| {
        let waiting: Vec<_> =
            (0..4).map(|_| scope.spawn(|| (host.wait(last, deadline) != last, host.demand(1)))).collect();
        daemon.write(1, demand(9));
        daemon.ring();
        for waiter in waiting {
            assert_eq!(waiter.join().unwrap(), (true, Slot::Value(demand(9))));
        }
    });
    assert!(now() < deadline);
}

/// What the control thread does between two ticks.
fn wait(images: &[&DaemonImage], heard: &[Heard], deadline: Monotonic) -> Sleep {
    wait_for_news(images.iter().copied().zip(heard.iter().copied()), deadline)
}

#[test]
fn a_host_that_rings_ends_the_daemons_wait_and_nobody_else_does() {
    let (daemon, host) = both();
    let (other, _quiet) = both();
    let images = [&other, &daemon];
    let heard = images.map(DaemonImage::heard);
    let deadline = Monotonic(now().0 + 2_000_000);
    daemon.ring();
    host.beat(now());
    assert_eq!(wait(&images, &heard, deadline), Sleep::Over);
    assert!(now() >= deadline);
    let deadline = Monotonic(now().0 + PATIENCE_NS);
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| (wait(&images, &heard, deadline), daemon.read(1)));
        host.publish(1, sample(5));
        host.ring_daemon();
        assert_eq!(waiter.join().unwrap(), (Sleep::Look, Slot::Value(sample(5))));
    });
    assert!(now() < deadline);
    assert_eq!(wait(&images, &heard, deadline), Sleep::Look, "a ring before the wait ends it at once");
    assert_eq!(wait(&images, &images.map(DaemonImage::heard), Monotonic(0)), Sleep::Over, "once");
}

#[test]
fn the_end_of_the_thread_that_holds_a_hosts_life_wakes_the_daemon_however_it_comes() {
    let (daemon, host) = both();
    let heard = daemon.heard();
    assert!(!heard.has_ended(), "nobody has held it yet");
    let (tell, told) = std::sync::mpsc::channel();
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let holder = std::thread::spawn(move || {
        // Never dropped, as in a process that is killed: what remains is the kernel's own mark.
        let _alive = std::mem::ManuallyDrop::new(host.hold_life().unwrap());
        tell.send(()).unwrap();
        let _ = ended.recv();
        host
    });
    told.recv().unwrap();
    let heard = daemon.heard();
    assert!(!heard.has_ended());
    assert_eq!(wait(&[&daemon], &[heard], Monotonic(now().0 + 2_000_000)), Sleep::Over);
    let deadline = Monotonic(now().0 + PATIENCE_NS);
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| wait(&[&daemon], &[heard], deadline));
        drop(end);
        assert_eq!(waiter.join().unwrap(), Sleep::Look);
    });
    assert!(now() < deadline && daemon.heard().has_ended());
    drop(holder.join().unwrap());
}

#[test]
fn an_orderly_end_is_told_too_and_a_thread_holds_one_life_after_another() {
    for _ in 0..3 {
        let (daemon, host) = both();
        let alive = host.hold_life().unwrap();
        let heard = daemon.heard();
        assert!(!heard.has_ended());
        drop(alive);
        assert_eq!(wait(&[&daemon], &[heard], Monotonic(now().0 + PATIENCE_NS)), Sleep::Look);
        assert!(daemon.heard().has_ended());
    }
}

#[test]
fn sixty_four_hosts_are_heard_and_none_at_all_is_no_wait() {
    let hosts: Vec<_> = (0..64).map(|_| both()).collect();
    let images: Vec<_> = hosts.iter().map(|(daemon, _)| daemon).collect();
    let heard: Vec<_> = images.iter().map(|image| image.heard()).collect();
    assert_eq!(wait(&images, &heard, Monotonic(now().0 + 1_000_000)), Sleep::Over);
    let alive = hosts[63].1.hold_life().unwrap();
    assert_eq!(wait(&images, &heard, Monotonic(0)), Sleep::Look, "the last one's word has changed");
    drop(alive);
    assert_eq!(wait(&[], &[], Monotonic(0)), Sleep::Unable);
}

fn memory(size: u64, seals: SealFlags) -> OwnedFd {
    let file = rustix::fs::memfd_create("test", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).unwrap();
    rustix::fs::ftruncate(&file, size).unwrap();
    rustix::fs::fcntl_add_seals(&file, seals).unwrap();
    file
}

#[test]
fn the_size_of_an_image_can_never_change() {
    let (_daemon, file) = DaemonImage::create(LAYOUT).unwrap();
    let size = rustix::fs::fstat(&file).unwrap().st_size;
    assert_eq!(size, 6 * 64 + 5 * 64);
    for other in [0, 1, 64, 1 << 20] {
        assert_eq!(rustix::fs::ftruncate(&file, other), Err(rustix::io::Errno::PERM));
    }
    assert_eq!(rustix::fs::fcntl_add_seals(&file, SealFlags::WRITE), Err(rustix::io::Errno::PERM));
}

#[test]
fn a_file_that_is_not_sealed_is_not_attached() {
    let size = 6 * 64 + 5 * 64;
    let all = SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
    for missing in [SealFlags::SHRINK, SealFlags::GROW, SealFlags::SEAL] {
        let result = HostImage::attach(memory(size, all - missing), LAYOUT);
        assert!(matches!(result, Err(Error::NotSealed)), "{result:?}");
    }
    let ordinary = OwnedFd::from(tempfile::tempfile().unwrap());
    assert!(matches!(HostImage::attach(ordinary, LAYOUT), Err(Error::NotSealed)));
}

#[test]
fn a_file_of_another_size_magic_version_or_layout_is_not_attached() {
    let other = Layout { inputs: 2, outputs: 3 };
    let longer = Layout { inputs: 4, outputs: 2 };
    let attach_after = |patch: &dyn Fn(&File)| {
        let (_daemon, file) = DaemonImage::create(LAYOUT).unwrap();
        let file = File::from(file);
        patch(&file);
        HostImage::attach(file.into(), LAYOUT)
    };
    assert!(attach_after(&|_| {}).is_ok());
    let magic = attach_after(&|file| file.write_all_at(b"x", 0).unwrap());
    assert!(matches!(magic, Err(Error::WrongMagic { .. })));
    let version = attach_after(&|file| file.write_all_at(&99_u32.to_ne_bytes(), 8).unwrap());
    assert!(matches!(version, Err(Error::WrongVersion { found: 99 })));

    let (_daemon, file) = DaemonImage::create(LAYOUT).unwrap();
    assert!(matches!(HostImage::attach(file, longer), Err(Error::WrongSize { found: 704, expected: 768 })));
    let (_daemon, file) = DaemonImage::create(LAYOUT).unwrap();
    let result = HostImage::attach(file, other);
    assert!(matches!(result, Err(Error::WrongLayout { found: LAYOUT, expected }) if expected == other));
}

#[test]
fn no_image_is_larger_than_the_limits() {
    assert_eq!(Layout::new(512, 64).unwrap(), Layout { inputs: 512, outputs: 64 });
    for (inputs, outputs) in [(513, 0), (0, 65), (70_000, 0), (usize::MAX, usize::MAX)] {
        assert!(matches!(Layout::new(inputs, outputs), Err(Error::TooLarge { .. })));
    }
    assert!(DaemonImage::create(Layout { inputs: u16::MAX, outputs: 0 }).is_err());
    assert!(DaemonImage::create(Layout { inputs: 0, outputs: 0 }).is_ok());
}
