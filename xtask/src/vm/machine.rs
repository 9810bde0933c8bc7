// SPDX-License-Identifier: MIT OR Apache-2.0
//! One run of the machine. It ends by itself, or at its time limit, or when this program ends, and leaves nothing behind: all
//! its processes live in a PID namespace of their own, which dies with its first process.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::progress::{last_lines, say};

/// Enough for systemd, a host and its drivers.
const MEMORY: &str = "512M";
const FROM_THE_TESTS: &[&str] = &["test ", "    ", "figure ", "passed "];

/// Boots, shows what the tests say, and returns how many passed and failed.
pub fn run(kernel: &Path, rootfs: &Path, folder: &Path, limit: Duration) -> Result<(usize, usize), String> {
    let says = |error: std::io::Error| format!("virtual machine: {error}");
    say(&format!("starting the virtual machine (at most {} s)", limit.as_secs()));
    let console = folder.join("console.log");
    let mut log = File::create(&console).map_err(says)?;
    // What the kernel says as a program, not as a machine.
    let program = File::create(folder.join("kernel.log")).map_err(says)?;
    let mut machine = command(kernel, rootfs, folder, limit)
        .stdout(Stdio::piped())
        .stderr(program)
        .spawn()
        .map_err(says)?;
    if let Some(output) = machine.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = line.map_err(says)?;
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches('\r');
            writeln!(log, "{text}").map_err(says)?;
            if FROM_THE_TESTS.iter().any(|beginning| text.starts_with(beginning)) {
                println!("{text}");
            }
        }
    }
    let status = machine.wait().map_err(says)?;
    if let Ok(result) = fs::read_to_string(folder.join("host/results/status")) {
        return counts(&result).ok_or_else(|| format!("virtual machine: result not understood: {result}"));
    }
    let why = if status.code() == Some(124) || status.code() == Some(137) {
        format!("did not end within {} s", limit.as_secs())
    } else {
        format!("ended without a result ({status})")
    };
    Err(format!("the virtual machine {why}; the end of {}:\n{}", console.display(), last_lines(&console)))
}

fn command(kernel: &Path, rootfs: &Path, folder: &Path, limit: Duration) -> Command {
    // Root may make a PID namespace; a user needs one of users for it.
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "unshare", "--pid", "--fork", "--kill-child=KILL"]);
    if !root {
        command.args(["--user", "--map-root-user"]);
    }
    // The kernel is not the namespace's first process: that one may not signal itself as it does. The shell stays.
    command.args(["sh", "-c", "\"$@\"; exit $?", "sh", "timeout", "--kill-after=5"]);
    command.arg(limit.as_secs().to_string()).arg(kernel);
    command.arg(format!("mem={MEMORY}"));
    command.arg(format!("ubd0={},{}", folder.join("copy-on-write").display(), rootfs.display()));
    command.args(["root=/dev/ubda", "rw", "con0=null,fd:1", "con=null", "ssl=null"]);
    command.arg(format!("hostfs={}", folder.join("host").display()));
    command.arg(format!("uml_dir={}", folder.join("uml").display()));
    command.args(["spi_ecmod.chip_selects=8", "loglevel=4", "systemd.show_status=false"]);
    command.stdin(Stdio::null());
    command
}

/// `passed N failed M`.
fn counts(text: &str) -> Option<(usize, usize)> {
    let mut words = text.split_whitespace();
    let mut number = |name: &str| (words.next() == Some(name)).then(|| words.next()?.parse().ok()).flatten();
    Some((number("passed")?, number("failed")?))
}

#[cfg(test)]
mod tests {
    use super::counts;

    #[test]
    fn a_result_that_is_cut_off_is_no_result() {
        assert_eq!(counts("passed 12 failed 1\n"), Some((12, 1)));
        assert_eq!(counts("passed 12 failed"), None);
        assert_eq!(counts("passed 12"), None);
        assert_eq!(counts(""), None);
    }
}
