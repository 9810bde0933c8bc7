// SPDX-License-Identifier: MIT OR Apache-2.0
//! What several tests need: the header's place, the C compiler, a reader of the header.
#![allow(dead_code)] // each test binary uses its part

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of this crate, which the runner may have moved since it was compiled.
pub fn package() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from)
}

pub fn header() -> String {
    std::fs::read_to_string(package().join("include/ecmod_driver.h")).unwrap()
}

/// Runs a C or C++ compiler with the header's folder on its path; the compiler's complaints end the test.
pub fn compile(compiler: &str, flags: &[&str], source: &Path, output: &Path) {
    let result = Command::new(compiler)
        .args(flags)
        .arg("-I")
        .arg(package().join("include"))
        .arg(source)
        .arg("-o")
        .arg(output)
        .output()
        .unwrap_or_else(|error| panic!("`{compiler}` cannot be started ({error}): install a C compiler"));
    assert!(result.status.success(), "{compiler} {flags:?}:\n{}", String::from_utf8_lossy(&result.stderr));
}

/// The header without its comments.
pub fn without_comments(text: &str) -> String {
    let mut rest = text;
    let mut out = String::new();
    while let Some((before, comment)) = rest.split_once("/*") {
        out.push_str(before);
        out.push(' ');
        rest = comment.split_once("*/").expect("a comment that ends").1;
    }
    out + rest
}

/// Every struct of the header with its fields, in order.
pub fn structs(header: &str) -> Vec<(String, Vec<String>)> {
    let text = without_comments(header);
    let mut found = Vec::new();
    for part in text.split("typedef struct ").skip(1) {
        let (name, body) = part.split_once('{').unwrap();
        let (body, _) = body.split_once('}').expect("no struct inside a struct");
        let fields = body.split(';').map(str::trim).filter(|field| !field.is_empty()).map(|field| {
            // `int32_t (*open)(...)` or `const char *name`
            let name = match field.split_once("(*") {
                Some((_, function)) => function.split_once(')').unwrap().0,
                None => field.rsplit([' ', '*']).next().unwrap(),
            };
            name.to_owned()
        });
        found.push((name.trim().to_owned(), fields.collect()));
    }
    found
}

/// Every macro of the header that has a value.
pub fn macros(header: &str) -> Vec<String> {
    without_comments(header)
        .lines()
        .filter_map(|line| line.strip_prefix("#define "))
        .filter_map(|line| line.trim().split_once(' ').map(|(name, _)| name.to_owned()))
        .collect()
}
