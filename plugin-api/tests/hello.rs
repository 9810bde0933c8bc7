// SPDX-License-Identifier: MIT OR Apache-2.0
//! "A driver that fits on one page": the example in C and the one in Rust are built as a third party would build them,
//! loaded from their files, and run through their C ABI. Both do the same.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test stops at the first surprise

mod support;

use ecmod_plugin::conformance::{self, Case};
use ecmod_plugin::loaded::{Descriptor, OpenFailure};
use ecmod_plugin::quantities::{Cause, Quality, Span};
use ecmod_plugin::testing::{FakeHost, Harness};
use ecmod_plugin::{Error, Hold, Level, abi};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A loaded driver. The library stays loaded until the process ends, as in a host.
struct Loaded(*const abi::Driver);

impl Loaded {
    fn from(file: &Path) -> Self {
        // SAFETY: our own examples, which have no constructors.
        unsafe {
            let library = ManuallyDrop::new(libloading::Library::new(file).unwrap());
            let entry: libloading::Symbol<'_, abi::EntryPoint> =
                library.get(abi::ECMOD_SYMBOL.to_bytes_with_nul()).unwrap();
            Self(entry())
        }
    }

    fn in_c() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::from(&compiled_c(folder.path())) // once loaded it stays, also without its file
    }

    fn in_rust() -> Self {
        Self::from(&built_rust())
    }

    fn open(&self, fake: &FakeHost) -> Result<Harness, OpenFailure> {
        // SAFETY: the descriptor of a library that stays loaded.
        unsafe { Harness::open_descriptor(&Descriptor::read(self.0).unwrap(), fake) }
    }
}

fn compiled_c(folder: &Path) -> PathBuf {
    let library = folder.join("libhello.so");
    let flags = ["-std=c99", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror"];
    support::compile("cc", &flags, &support::package().join("examples/hello.c"), &library);
    library
}

fn built_rust() -> PathBuf {
    // target/PROFILE/deps/hello-HASH -> target/PROFILE/examples
    let test: PathBuf = std::env::current_exe().unwrap();
    let profile = test.parent().unwrap().parent().unwrap();
    let name = format!("{}hello{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let library = profile.join("examples").join(name);
    // `cargo test --test hello` alone does not build examples.
    let changed = |file: &Path| file.metadata().and_then(|data| data.modified()).ok();
    let source = changed(&support::package().join("examples/hello.rs"));
    assert!(
        changed(&library) > source,
        "{} is missing or old: cargo build -p ecmod-plugin --examples",
        library.display()
    );
    library
}

fn both() -> [(&'static str, Loaded); 2] {
    [("C", Loaded::in_c()), ("Rust", Loaded::in_rust())]
}

fn transmitter(tenths_of_mmhg: i16) -> FakeHost {
    let fake = FakeHost::new();
    fake.configure(r#"{"unit": 7}"#);
    fake.unit(7).holding(4, &[tenths_of_mmhg.cast_unsigned()]);
    fake
}

#[test]
fn the_register_becomes_a_pressure_with_its_time() {
    for (language, library) in both() {
        for (register, pressure) in [(2105, 210.5), (-655, -65.5), (0, 0.0)] {
            let mut driver = library.open(&transmitter(register)).unwrap();
            assert_eq!(driver.cycle_after(Span::from_millis(100)), abi::ECMOD_OK, "{language}");
            let sample = driver.sample("pressure").unwrap();
            assert_eq!(
                (sample.value, sample.quality, sample.cause),
                (Some(pressure), Quality::Good, Cause::None)
            );
            assert_eq!(sample.t, driver.fake().now());
            assert_eq!(driver.holds_on_link_loss(), Ok(Hold::NotApplicable));
        }
    }
}

#[test]
fn a_pressure_that_cannot_be_or_is_not_there_is_bad() {
    for (language, library) in both() {
        for (register, cause) in [(9001, Cause::OutOfRange), (i16::MIN, Cause::Disconnected)] {
            let mut driver = library.open(&transmitter(register)).unwrap();
            assert_eq!(driver.cycle(), abi::ECMOD_OK, "{language}");
            let sample = driver.sample("pressure").unwrap();
            assert_eq!(
                (sample.value, sample.quality, sample.cause),
                (None, Quality::Bad, cause),
                "{language}"
            );
        }
    }
}

#[test]
fn what_the_bus_says_is_passed_on() {
    for (language, library) in both() {
        let fake = transmitter(100);
        let mut driver = library.open(&fake).unwrap();
        for error in [Error::Timeout, Error::Corrupt, Error::Modbus(4)] {
            fake.unit(7).fail(1, error);
            assert_eq!(driver.cycle(), error.code(), "{language}");
            assert_eq!(driver.cycle(), abi::ECMOD_OK, "{language}: it goes on when the device is back");
        }
    }
}

#[test]
fn a_missing_device_or_a_wrong_configuration_does_not_open() {
    for (language, library) in both() {
        let fake = transmitter(100);
        fake.unit(7).set_silent(true);
        let failure = library.open(&fake).unwrap_err();
        assert_eq!(failure, OpenFailure::Open(abi::ECMOD_E_TIMEOUT), "{language}");
        for config in ["{}", r#"{"unit": "7"}"#, r#"{"unit": 7.5}"#, r#"{"unit": 300}"#, "7"] {
            let fake = transmitter(100);
            fake.configure(config);
            let failure = library.open(&fake).unwrap_err();
            assert_eq!(failure, OpenFailure::Open(abi::ECMOD_E_CONFIG), "{language}: {config}");
            let log = fake.log();
            assert!(
                matches!(log.as_slice(), [(Level::Error, text)] if text.starts_with("configuration: ")),
                "{log:?}"
            );
        }
    }
}

#[test]
fn both_pass_every_check() {
    for (language, library) in both() {
        let case = Case::new(r#"{"unit": 7}"#)
            .device("transmitter", |fake| {
                fake.unit(7).holding(4, &[2105]);
            })
            .device("transmitter at zero", |fake| {
                fake.unit(7).holding(4, &[0]);
            });
        // SAFETY: the descriptor of a library that stays loaded.
        let findings = unsafe { conformance::check(library.0, &case) };
        assert_eq!(conformance::failed(&findings), [], "{language}");
        let untested: Vec<_> =
            findings.iter().filter(|finding| !finding.tested).map(|finding| finding.check).collect();
        let crashes: &[&str] = if language == "C" { &["panic"] } else { &[] };
        assert_eq!(untested, crashes, "{language}: everything else was looked at");
        for (check, _) in conformance::CHECKS {
            assert!(findings.iter().any(|finding| finding.check == *check), "{language}: {check} is missing");
        }
    }
}

#[test]
fn a_driver_exports_one_symbol_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    for library in [compiled_c(folder.path()), built_rust()] {
        let output = Command::new("nm").args(["-D", "--defined-only"]).arg(&library).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let symbols: Vec<_> = text.lines().filter_map(|line| line.split_whitespace().last()).collect();
        assert_eq!(symbols, [abi::ECMOD_SYMBOL.to_str().unwrap()], "{}", library.display());
    }
}

#[test]
fn each_fits_on_one_page() {
    for example in ["hello.c", "hello.rs"] {
        let text = std::fs::read_to_string(support::package().join("examples").join(example)).unwrap();
        assert!(text.lines().count() <= 100, "{example} has {} lines", text.lines().count());
    }
}

#[test]
fn the_guide_shows_the_example_as_it_is() {
    let guide = std::fs::read_to_string(support::package().join("../docs/src/write-a-driver.md")).unwrap();
    let read = |file| std::fs::read_to_string(support::package().join("examples").join(file)).unwrap();
    let code = read("hello.rs").split_once("#![forbid").map(|(_, code)| format!("#![forbid{code}")).unwrap();
    assert!(guide.contains(&code), "write-a-driver.md and examples/hello.rs differ");
    assert!(guide.contains(&read("hello.schema.json")), "write-a-driver.md and hello.schema.json differ");
}
