// SPDX-License-Identifier: MIT OR Apache-2.0
//! The program as a script runs it, against a mock console on a private bus.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::process::{Command, Output, Stdio};

use ecmod_client::mock::{Mock, PrivateBus};
use serde_json::Value;

/// A mock console on a bus of its own.
pub struct Bench {
    bus: PrivateBus,
    /// The console.
    pub mock: Mock,
}

impl Bench {
    /// Starts both.
    pub async fn new() -> Self {
        let bus = PrivateBus::start().unwrap();
        let mock = Mock::serve(&bus.address()).await.unwrap();
        Self { bus, mock }
    }

    /// Runs it.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        ecmoctl(&self.bus.address(), arguments).await
    }

    /// Runs it, wants success, and gives standard output.
    pub async fn text(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs it, wants success, and gives standard output as JSON.
    pub async fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.text(arguments).await).unwrap()
    }

    /// Runs it, wants this exit code, and gives standard error.
    pub async fn fails(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments).await;
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
        String::from_utf8(output.stderr).unwrap()
    }
}

/// Runs the program against the bus at this address.
pub async fn ecmoctl(address: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecmoctl"));
    command.arg("--address").arg(address).args(arguments).stdin(Stdio::null());
    tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap()
}
