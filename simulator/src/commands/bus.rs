// SPDX-License-Identifier: MIT OR Apache-2.0
//! `ecmod-sim bus`

use super::{Failure, help, required};
use ecmod_sim::broker::{self, Broker};
use lexopt::prelude::*;
use std::path::PathBuf;
use std::process::ExitCode;

const HELP: &str = "\
A private D-Bus bus on a socket in a folder that only you may enter (made if need be). Prints its address when clients
can connect; ends on SIGTERM. For development only.

usage: ecmod-sim bus --socket PATH [--broker auto|busd|dbus-daemon]
";

pub fn run(parser: &mut lexopt::Parser) -> Result<ExitCode, Failure> {
    let mut socket = None;
    let mut broker = Broker::Auto;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("socket") => socket = Some(PathBuf::from(parser.value()?)),
            Long("broker") => {
                broker =
                    parser.value()?.parse_with(|name| Broker::from_name(name).ok_or("no such broker"))?;
            }
            Long("help") | Short('h') => return help(HELP),
            other => return Err(other.unexpected().into()),
        }
    }
    let socket = std::path::absolute(required(socket, "--socket")?)?;
    broker::serve(&socket, broker)?;
    Ok(ExitCode::SUCCESS)
}
