// SPDX-License-Identifier: MIT OR Apache-2.0
//! Simulated chips, buses and lines in a folder of their own, and ports on them.
#![allow(dead_code)] // every test binary uses a part

use std::collections::BTreeMap;
use std::path::PathBuf;

use ecmod_config::{
    Line, LineBias, LineDirection, LineDrive, LineEdge, LineSelect, Port as Settings, PortKind, SpiChip,
};
use ecmod_host::bus::{Bus, I2c, Lines, Port, PortState, Spi};
use ecmod_host::clock;
use ecmod_quantities::{Monotonic, Span};
use tempfile::TempDir;

/// No test waits longer than this for anything.
pub const LIMIT: Span = Span::from_secs(20);
/// A port's timeout where something is to time out.
pub const SHORT: Span = Span::from_millis(20);

pub fn soon() -> Monotonic {
    clock::now().plus(LIMIT)
}

/// Where the simulated devices are.
pub struct Bench {
    pub folder: TempDir,
}

impl Bench {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn device(&self, name: &str) -> String {
        format!("unix:{}", self.path(name).display())
    }

    pub fn port(&self, kind: PortKind, lines: &[(&str, Line)], timeout: Span) -> Port {
        let lines: BTreeMap<String, Line> =
            lines.iter().map(|(name, line)| ((*name).to_owned(), line.clone())).collect();
        let settings =
            Settings { kind, lines, timeout, retries: 0, turnaround: Span::ZERO, local_control: None };
        Port::start("bench", &settings).unwrap()
    }

    pub fn spi(&self, chips: &[&str], timeout: Span) -> Port {
        let chip = |name: &&str| SpiChip { device: self.device(name), mode: 1, max_hz: 1_000_000 };
        self.port(PortKind::Spi(chips.iter().map(chip).collect()), &[], timeout)
    }

    pub fn input(&self, name: &str, edge: LineEdge) -> Line {
        let direction = LineDirection::Input { edge, debounce: Span::ZERO };
        self.line(name, direction)
    }

    pub fn output(&self, name: &str, initial: Option<bool>) -> Line {
        self.line(name, LineDirection::Output { initial, drive: LineDrive::PushPull })
    }

    fn line(&self, name: &str, direction: LineDirection) -> Line {
        Line {
            chip: self.device("lines"),
            select: LineSelect::Name(name.to_owned()),
            direction,
            bias: LineBias::AsIs,
            active_low: false,
        }
    }
}

pub fn spi(port: &Port) -> &Spi {
    match &port.bus {
        Bus::Spi(spi) => spi,
        _ => panic!("no SPI"),
    }
}

pub fn i2c(port: &Port) -> &I2c {
    match &port.bus {
        Bus::I2c(i2c) => i2c,
        _ => panic!("no I2C"),
    }
}

pub fn lines(port: &Port) -> &Lines {
    port.lines.as_ref().unwrap()
}

/// Waits until the port as a whole is in this state, and returns why.
pub fn until_state(port: &Port, wanted: PortState) -> String {
    let deadline = soon();
    loop {
        let (state, reason) = port.status();
        if state == wanted {
            return reason;
        }
        assert!(clock::now() < deadline, "the port is {}: {reason}", state.name());
        clock::sleep_until(clock::now().plus(Span::from_micros(500)));
    }
}
