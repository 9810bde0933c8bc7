// SPDX-License-Identifier: MIT OR Apache-2.0
//! The Yocto layer's list of crates, one per `Cargo.lock`: BitBake fetches every crate by itself and checks its hash.

use std::fmt::Write as _;

use crate::run::root;

const FILE: &str = "yocto-layer/meta-ecmod/recipes-ecmod/ecmod/ecmod-crates.inc";

/// Writes the list; with `--check`, only says whether it is up to date.
pub fn crates_inc(arguments: &[String]) -> Result<(), String> {
    let wanted = list(&read("Cargo.lock")?)?;
    if arguments.iter().any(|argument| argument == "--check") {
        return if read(FILE).is_ok_and(|present| present == wanted) {
            Ok(())
        } else {
            Err(format!("{FILE} is not what Cargo.lock says: run `cargo xtask crates-inc`"))
        };
    }
    std::fs::write(root().join(FILE), wanted).map_err(|error| format!("{FILE}: {error}"))
}

fn read(file: &str) -> Result<String, String> {
    std::fs::read_to_string(root().join(file)).map_err(|error| format!("{file}: {error}"))
}

/// The crates with a checksum, that is, all that come from the registry.
fn list(lock: &str) -> Result<String, String> {
    let lock: toml::Table = lock.parse().map_err(|error| format!("Cargo.lock: {error}"))?;
    let packages = lock.get("package").and_then(toml::Value::as_array).ok_or("Cargo.lock: no packages")?;
    let field =
        |package: &toml::Value, key: &str| package.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let mut uris = String::new();
    let mut sums = String::new();
    for package in packages {
        let (Some(name), Some(version), Some(sum)) =
            (field(package, "name"), field(package, "version"), field(package, "checksum"))
        else {
            continue;
        };
        let _ = writeln!(uris, "    crate://crates.io/{name}/{version} \\");
        let _ = writeln!(sums, "SRC_URI[{name}-{version}.sha256sum] = \"{sum}\"");
    }
    Ok(format!(
        "# SPDX-License-Identifier: MIT OR Apache-2.0\n# Made from Cargo.lock by `cargo xtask crates-inc`; do not edit.\n\nSRC_URI += \" \\\n{uris}\"\n\n{sums}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_crates_of_the_registry_are_listed_with_their_hashes() {
        let lock = "[[package]]\nname = \"ours\"\nversion = \"0.1.0\"\n[[package]]\nname = \"libc\"\nversion = \"0.2.1\"\nchecksum = \"abc\"\n";
        let list = list(lock).unwrap();
        assert!(list.contains("    crate://crates.io/libc/0.2.1 \\\n\""));
        assert!(list.contains("SRC_URI[libc-0.2.1.sha256sum] = \"abc\""));
        assert!(!list.contains("ours"));
    }
}
