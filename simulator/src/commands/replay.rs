// SPDX-License-Identifier: MIT OR Apache-2.0
//! `ecmod-sim replay`.

use super::{Failure, help};
use ecmod_sim::harness::replay;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::ExitCode;

const HELP: &str = "\
usage: ecmod-sim replay TAPE

Gives a new control core all that went into another one (Harness::tape) and prints the number of ticks and a digest of all
outputs. The same tape gives the same digest, however this program was built.
";

/// Plays a tape.
pub fn run(parser: &mut lexopt::Parser) -> Result<ExitCode, Failure> {
    use lexopt::Arg::{Long, Short, Value};
    let mut tape = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return help(HELP),
            Value(path) if tape.is_none() => tape = Some(PathBuf::from(path)),
            other => return Err(other.unexpected().into()),
        }
    }
    let path = tape.ok_or("TAPE is missing; try --help")?;
    let file = File::open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let replayed = replay(BufReader::new(file)).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("{} {:016x}", replayed.ticks, replayed.digest);
    Ok(ExitCode::SUCCESS)
}
