// SPDX-License-Identifier: MIT OR Apache-2.0
//! The list of the built-in procedures in the documentation is that of the code.
#![allow(clippy::unwrap_used, clippy::panic)] // tests stop at the first surprise

#[path = "reference/mod.rs"]
mod reference;

#[test]
fn the_page_of_the_procedures_is_current() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/procedures.md");
    let page = std::fs::read_to_string(path).unwrap();
    let end = page.find(reference::LIST).unwrap() + reference::LIST.len();
    assert!(
        page == reference::page(&page[..end]),
        "out of date: cargo run -p ecmod-procedures --example procedures_reference docs/src/procedures.md"
    );
}
