// SPDX-License-Identifier: MIT OR Apache-2.0
//! `ecmod-sim standstills`: a line for each time in which the machine gave a processor to nobody.

use super::{Failure, help};
use ecmod_sim::standstill::Watch;
use std::io::Write;
use std::process::ExitCode;
use std::time::SystemTime;

const HELP: &str = "\
A line for each time in which the machine gave a processor to nobody for 25 ms or more: when it was over, and how long it lasted, both in
seconds, the first since 1970. The first line is `watching`. Needs the right to the highest real-time priority.

usage: ecmod-sim standstills
";

/// Looks until it is ended.
pub fn run(parser: &mut lexopt::Parser) -> Result<ExitCode, Failure> {
    match parser.next()? {
        Some(lexopt::Arg::Long("help") | lexopt::Arg::Short('h')) => return help(HELP),
        Some(other) => return Err(other.unexpected().into()),
        None => {}
    }
    let (tell, hear) = std::sync::mpsc::channel();
    let _watch = Watch::begin(move |standstill| {
        let _nobody_listens_any_more = tell.send((SystemTime::now(), standstill.lasted));
    })?;
    let mut output = std::io::stdout();
    writeln!(output, "watching")?;
    for (over, lasted) in hear {
        let over = over.duration_since(SystemTime::UNIX_EPOCH)?;
        writeln!(output, "{:.3} {:.3}", over.as_secs_f64(), lasted.as_secs_f64())?;
    }
    Ok(ExitCode::SUCCESS)
}
