// SPDX-License-Identifier: MIT OR Apache-2.0
//! A host that writes whatever it likes anywhere in the image: the daemon reads on, and no value passes that the checks forbid.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests

use ecmod_link::image::{Bounds, DaemonImage, Demand, Layout, Slot};
use ecmod_quantities::{Monotonic, Quality};
use proptest::prelude::*;
use std::fs::File;
use std::os::unix::fs::FileExt;

const LAYOUT: Layout = Layout { inputs: 4, outputs: 2 };
const SIZE: usize = 6 * 64 + 6 * 64;
const BOUNDS: Bounds = Bounds { min: -10.0, max: 10.0 };
const NOW: Monotonic = Monotonic(1_000_000);

/// Reads everything that the daemon reads, and says how many values passed the checks.
fn read_all(daemon: &DaemonImage) -> usize {
    let _ = daemon.host_beat();
    let passed = (0..usize::from(LAYOUT.inputs) + 2).filter(|input| match daemon.read(*input) {
        Slot::Empty | Slot::Torn => false,
        Slot::Value(sample) => {
            let reading = sample.checked(BOUNDS, NOW);
            assert!(reading.acquired() <= NOW);
            reading.value().is_some_and(|value| {
                assert!(value.is_finite() && (-10.0..=10.0).contains(&value));
                assert_ne!(reading.quality(), Quality::Bad);
                assert!(sample.t <= NOW);
                true
            })
        }
    });
    passed.count()
}

/// Eight bytes at a time, so that interesting words turn up often enough.
fn word() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        (0_u64..8),
        any::<f64>().prop_map(f64::to_bits),
        (-20.0..20.0).prop_map(f64::to_bits),
        (1_u64..4, 0_u64..24).prop_map(|(quality, cause)| quality << 32 | cause),
        Just(u64::MAX),
    ]
}

proptest! {
    #[test]
    fn whatever_stands_in_the_image_no_forbidden_value_passes_and_nothing_panics(
        words in prop::collection::vec(word(), SIZE / 8),
    ) {
        let (daemon, file) = DaemonImage::create(LAYOUT).unwrap();
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        File::from(file).write_all_at(&bytes, 0).unwrap();
        read_all(&daemon);
        // The daemon's own writes go on as if nothing had happened.
        let demand = Demand { value: 1.0, t: NOW, sequence: 1, valid: true, fallback: None };
        prop_assert!(daemon.write(0, demand) && daemon.write(1, demand));
        daemon.beat(NOW);
        daemon.ring();
        read_all(&daemon);
    }

    #[test]
    fn only_samples_that_fulfil_every_check_pass(
        value in prop_oneof![any::<f64>(), -11.0..11.0],
        t in 0..2_000_000_u64,
        quality in 0..5_u32,
        cause in 0..24_u32,
    ) {
        let (daemon, file) = DaemonImage::create(LAYOUT).unwrap();
        let words = [2, value.to_bits(), t, u64::from(quality) << 32 | u64::from(cause), 5];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        File::from(file).write_all_at(&bytes, 6 * 64).unwrap();
        let fits = (quality == 1 && cause == 0) || (quality == 2 && (1..=21).contains(&cause));
        let expected = fits && (-10.0..=10.0).contains(&value) && t <= NOW.0;
        prop_assert_eq!(read_all(&daemon), usize::from(expected));
    }
}

#[test]
fn a_host_that_punches_holes_into_the_image_reads_as_empty_and_faults_nothing() {
    let (daemon, file) = DaemonImage::create(LAYOUT).unwrap();
    File::from(file.try_clone().unwrap()).write_all_at(&[0xff; SIZE], 0).unwrap();
    assert_eq!(daemon.read(0), Slot::Torn);
    let flags = rustix::fs::FallocateFlags::PUNCH_HOLE | rustix::fs::FallocateFlags::KEEP_SIZE;
    rustix::fs::fallocate(&file, flags, 0, SIZE as u64).unwrap();
    assert_eq!(daemon.read(0), Slot::Empty);
    assert_eq!(daemon.host_beat(), (0, Monotonic(0)));
}
