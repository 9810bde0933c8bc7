// SPDX-License-Identifier: MIT OR Apache-2.0
//! Renews the list of built-in procedures in a page: `cargo run -p ecmod-procedures --example procedures_reference docs/src/procedures.md`.
#![allow(clippy::unwrap_used, clippy::string_slice)] // a tool stops at the first surprise

#[path = "../tests/reference/mod.rs"]
mod reference;

fn main() {
    let path = std::env::args().nth(1).unwrap();
    let page = std::fs::read_to_string(&path).unwrap();
    let end = page.find(reference::LIST).unwrap() + reference::LIST.len();
    std::fs::write(path, reference::page(&page[..end])).unwrap();
}
