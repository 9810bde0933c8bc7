// SPDX-License-Identifier: MIT OR Apache-2.0
//! The page in the documentation is that of the catalogue.

mod reference;

use std::path::Path;

#[test]
fn the_page_of_the_alarms_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/alarms.md");
    let written = std::fs::read_to_string(path).unwrap();
    assert!(
        written == reference::page(),
        "out of date: cargo run -p ecmod-control --example alarm_reference > docs/src/alarms.md"
    );
}
