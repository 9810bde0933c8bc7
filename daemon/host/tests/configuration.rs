// SPDX-License-Identifier: MIT OR Apache-2.0
//! A host whose configuration is spoilt while it runs comes back with its copy of the last good one, and says so.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // helpers may stop at the first surprise, as tests do

#[path = "support/process.rs"]
mod support;

use ecmod_link::message::Written;
use support::{Host, until};

/// What the host says in its next hello of what is written; its driver is there as ever.
fn written(host: &Host) -> Written {
    host.daemon().hello.written
}

#[test]
fn a_typing_error_in_the_field_does_not_take_a_host_from_its_device() {
    let mut host = Host::probe("echo");
    assert_eq!(written(&host), Written::InForce);
    let file = host.folder.path().join("ecmod.toml");
    let good = std::fs::read_to_string(&file).unwrap();
    let copy = host.folder.path().join("state/configuration.toml");
    until("a copy is kept", || copy.exists().then_some(()));

    std::fs::write(&file, format!("{good}\n[ports.line]\nkind = \"telepathy\"\n")).unwrap();
    host.restart();
    assert_eq!(written(&host), Written::Invalid);
    std::fs::remove_file(&file).unwrap();
    host.restart();
    assert_eq!(written(&host), Written::Lost);
    std::fs::write(&file, &good).unwrap();
    host.restart();
    assert_eq!(written(&host), Written::InForce);
    std::fs::write(&file, "[console").unwrap();
    host.restart();
    assert_eq!(written(&host), Written::Invalid);
    let daemon = host.daemon();
    drop(daemon);
    host.signal(rustix::process::Signal::TERM);
    let (status, log) = host.ended();
    assert!(status.success() && log.contains("host.configuration_copy"), "{log}");
    assert!(log.contains("ecmod.toml"), "the place of the error: {log}");
}
