// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo xtask`: build, demonstrate, test, check and measure the console.
//!
//! Every command prepares what it needs, shows what it does, and ends with the status of what failed.

mod bench;
mod crates_inc;
mod demo;
mod drivers;
mod layers;
mod lint;
mod prepare;
mod process_matrix;
mod report;
mod run;
mod safety;
mod specification;
mod standstill;
mod storm;
mod test;
mod vm;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  demo [--headless] [--scenario FILE] [--duration SECONDS]
                      build the console and run it against the simulator
  test [FILTER]       prepare, build and run all tests
  vm-test [--cache DIR] [--mirror ADDRESS] [--limit SECONDS] [FILTER ...]
                      the tests on a real kernel's SPI, I2C and GPIO, in a virtual machine that is made when needed
  process-matrix [FILTER]
                      kill, hang, slow, flood and deceive every process of the console in each mode, and write what was measured
                      to the book
  storm [STRIKES]     kill and hang processes of the console at random under support, a thousand times
  lint                format, clippy, licences, dependency rule, generated files
  bench [NAME ...]    measure; writes target/bench/results.json and a table
  crates-inc [--check]
                      write the Yocto layer's list of crates from Cargo.lock
";

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let command = if arguments.is_empty() { String::new() } else { arguments.remove(0) };
    let result = match command.as_str() {
        "demo" => demo::demo(&arguments),
        "test" => test::test(&arguments),
        "vm-test" => vm::vm_test(&arguments),
        "process-matrix" => process_matrix::process_matrix(&arguments),
        "storm" => storm::storm(&arguments),
        "lint" => lint::lint(),
        "bench" => bench::bench(&arguments),
        "crates-inc" => crates_inc::crates_inc(&arguments),
        "" | "help" | "--help" | "-h" => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        other => Err(format!("there is no command `{other}`\n\n{HELP}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
