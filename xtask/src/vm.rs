// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask vm-test`: the tests that need a real kernel's SPI, I2C and GPIO, in a virtual machine that needs nothing but
//! a user's rights to run programs (User Mode Linux: a kernel that is a program).
//!
//! The kernel is built from Debian's kernel source with `virtual-machine/kernel`, the root filesystem from Debian's packages
//! with `virtual-machine/rootfs`; both are kept by what they are made of ([`cache`]). A run gives the machine a folder
//! ([`payload`]), boots it on a throw-away copy of the root filesystem ([`machine`]) and reads the result from the folder.

mod cache;
mod debian;
mod kernel;
mod machine;
mod payload;
mod progress;
mod rootfs;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::prepare;
use crate::run::target;
use cache::Cache;
use debian::Debian;

/// How long a run inside may take.
const DEFAULT_LIMIT: Duration = Duration::from_secs(300);

struct Options {
    cache: PathBuf,
    mirror: Option<String>,
    limit: Duration,
    filter: Vec<String>,
}

/// Builds what is missing, runs the tests inside, and fails if one failed, none ran, or the machine did not end by itself.
pub fn vm_test(arguments: &[String]) -> Result<(), String> {
    let begin = Instant::now();
    let options = options(arguments)?;
    let architecture = std::env::consts::ARCH;
    if architecture != "x86_64" {
        return Err(format!("User Mode Linux runs on x86_64 only, this is {architecture}"));
    }
    prepare::programs(prepare::FOR_VIRTUAL_MACHINE)?;

    let cache = Cache::open(&options.cache)?;
    let debian = Debian::new(options.mirror);
    let kernel = kernel::kernel(&cache, &debian)?;
    let rootfs = rootfs::rootfs(&cache, &debian)?;
    let made = begin.elapsed();

    let folder = target().join("vm");
    payload::write(&folder, &options.filter)?;
    let built = begin.elapsed() - made;

    let result = machine::run(&kernel, &rootfs, &folder, options.limit);
    let all = begin.elapsed();
    eprintln!(
        "vm-test: {:.0} s in all: kernel and root filesystem {:.0} s, programs {:.0} s, virtual machine {:.0} s",
        all.as_secs_f64(),
        made.as_secs_f64(),
        built.as_secs_f64(),
        (all - made - built).as_secs_f64()
    );
    let (passed, failed) = result?;
    match (passed, failed) {
        (0, 0) => Err("no test ran in the virtual machine".to_owned()),
        (_, 0) => {
            eprintln!("vm-test: {passed} tests passed in the virtual machine");
            Ok(())
        }
        _ => Err(format!("{failed} of {} tests failed in the virtual machine", passed + failed)),
    }
}

fn options(arguments: &[String]) -> Result<Options, String> {
    use lexopt::prelude::*;
    let mut options =
        Options { cache: cache::default_folder()?, mirror: None, limit: DEFAULT_LIMIT, filter: Vec::new() };
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next().map_err(said)? {
        match argument {
            Long("cache") => options.cache = PathBuf::from(text(&mut parser)?),
            Long("mirror") => options.mirror = Some(text(&mut parser)?),
            Long("limit") => {
                let seconds = text(&mut parser)?.parse().map_err(|_| "--limit wants seconds".to_owned())?;
                options.limit = Duration::from_secs(seconds);
            }
            Value(filter) => options.filter.push(filter.string().map_err(said)?),
            other => return Err(other.unexpected().to_string()),
        }
    }
    Ok(options)
}

fn text(parser: &mut lexopt::Parser) -> Result<String, String> {
    parser.value().and_then(lexopt::ValueExt::string).map_err(said)
}

fn said(error: lexopt::Error) -> String {
    error.to_string()
}
