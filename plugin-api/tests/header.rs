// SPDX-License-Identifier: MIT OR Apache-2.0
//! The header as C and C++ authors get it, and its numbers against the quantities' own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test stops at the first surprise

mod support;

use ecmod_plugin::quantities::{Cause, Quality, Quantity};
use std::collections::BTreeMap;

/// `#define ECMOD_X 7u /* comment */` as name, number and comment.
fn defines() -> BTreeMap<String, (u32, String)> {
    let mut defines = BTreeMap::new();
    for line in support::header().lines() {
        let Some(rest) = line.strip_prefix("#define ECMOD_") else { continue };
        let (definition, comment) = rest.split_once("/*").unwrap_or((rest, ""));
        let Some((name, value)) = definition.trim().split_once(' ') else { continue };
        if let Some(number) = value.trim().strip_suffix('u').and_then(|digits| digits.parse().ok()) {
            let comment = comment.trim_end_matches("*/").trim().to_owned();
            defines.insert(name.to_owned(), (number, comment));
        }
    }
    defines
}

fn compiles(compiler: &str, flags: &[&str], name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join(name);
    std::fs::write(&source, "#include \"ecmod_driver.h\"\n#include \"ecmod_driver.h\"\nint one_symbol;\n")
        .unwrap();
    support::compile(compiler, flags, &source, &folder.path().join("out.o"));
}

#[test]
fn the_header_is_c99_without_warnings_and_without_padding() {
    compiles("cc", &["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wpadded", "-Werror", "-c"], "a.c");
}

#[test]
fn the_header_is_cpp11_without_warnings() {
    compiles("c++", &["-std=c++11", "-pedantic", "-Wall", "-Wextra", "-Wpadded", "-Werror", "-c"], "a.cpp");
}

/// 32-bit ARM aligns 64-bit numbers to 8; 32-bit x86 does with this flag. No C library is needed for it.
#[test]
#[cfg(target_arch = "x86_64")]
fn the_header_has_no_padding_on_32_bit_targets_either() {
    let flags =
        ["-m32", "-malign-double", "-ffreestanding", "-std=c99", "-Wall", "-Wpadded", "-Werror", "-c"];
    compiles("cc", &flags, "a.c");
}

#[test]
fn every_quantity_has_the_headers_number_and_unit() {
    let defines = defines();
    for quantity in Quantity::ALL {
        let (number, comment) = &defines[&quantity.name().to_uppercase()];
        assert_eq!(*number, quantity.code(), "{}", quantity.name());
        let unit = comment.split([' ', ',']).next().unwrap();
        assert_eq!(unit, quantity.ucum(), "{}", quantity.name());
    }
    // And none is missing in Rust: the header lists them in one block.
    let header = support::header();
    let block = header.split_once("/* Quantities:").unwrap().1.split_once("\n\n").unwrap().0;
    assert_eq!(block.matches("#define ").count(), Quantity::ALL.len());
}

#[test]
fn every_cause_and_quality_has_the_headers_number() {
    let defines = defines();
    for cause in Cause::ALL {
        assert_eq!(defines[&format!("CAUSE_{}", cause.name().to_uppercase())].0, cause.code());
    }
    assert_eq!(defines.keys().filter(|name| name.starts_with("CAUSE_")).count(), Cause::ALL.len());
    for quality in [Quality::Good, Quality::Uncertain, Quality::Bad] {
        assert_eq!(defines[&format!("QUALITY_{}", quality.name().to_uppercase())].0, quality.code());
    }
    let named = defines.keys().filter(|name| name.starts_with("QUALITY_")).count();
    assert_eq!(named, 4, "and NONE, which is no quality of a reading");
}
