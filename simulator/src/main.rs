// SPDX-License-Identifier: MIT OR Apache-2.0
//! `ecmod-sim`: the simulator, the development bus and the development runner.

mod commands;

use std::process::ExitCode;

fn main() -> ExitCode {
    match commands::run(std::env::args_os().skip(1)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("ecmod-sim: {error}");
            ExitCode::from(2)
        }
    }
}
