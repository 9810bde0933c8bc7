// SPDX-License-Identifier: MIT OR Apache-2.0
//! `spidev_file PROGRAM ARGUMENT...` runs a program beside a file that answers `spidev`'s ioctls: its chip gives back what it is
//! sent. In the arguments `{}` is the file's path. Needs root and FUSE; `cargo xtask bench spi` measures with it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a bench may stop at the first surprise

#[allow(dead_code)] // the tests use all of it
#[path = "../tests/spidev/file.rs"]
mod file;

use ecmod_sim::chips::board::Outcome;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let Some(program) = words.next() else {
        eprintln!("usage: spidev_file PROGRAM ARGUMENT... ({{}}: the file)");
        return ExitCode::FAILURE;
    };
    let echo: file::Chip = Box::new(|_, out, back| {
        back.copy_from_slice(out);
        Outcome::Done
    });
    let mounted = file::Mounted::new([echo]);
    let path = mounted.path(0).display().to_string();
    let status = Command::new(program).args(words.map(|word| word.replace("{}", &path))).status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        other => {
            eprintln!("spidev_file: {other:?}");
            ExitCode::FAILURE
        }
    }
}
