// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a port has besides serial lines and Modbus: SPI chips, an I2C bus, a kernel driver's files, GPIO lines.

use std::collections::BTreeMap;

use ecmod_quantities::Span;

use super::Checker;
use crate::file::{self, Direction, PortKind as Kind};
use crate::model::{Line, LineBias, LineDirection, LineDrive, LineEdge, LineSelect, PortKind, SpiChip};

/// More chip selects than any SPI host has.
const MOST_CHIPS: usize = 16;
/// Lines in one request to the GPIO character device.
const MOST_LINES: usize = 64;
/// Longest name of a line there (`GPIO_MAX_NAME_SIZE` without its NUL).
const LONGEST_LINE_NAME: usize = 31;
const CLOCK_HZ: (u32, u32) = (1000, 100_000_000);
const LONGEST_DEBOUNCE_US: u32 = 1_000_000;

/// Everything that this port alone may have open.
pub(super) fn devices(kind: &PortKind) -> Vec<&str> {
    match kind {
        PortKind::Spi(chips) => chips.iter().map(|chip| chip.device.as_str()).collect(),
        PortKind::Attributes { stream, .. } => {
            let mut devices = vec![kind.device()];
            devices.extend(stream.as_deref());
            devices
        }
        PortKind::Gpio => Vec::new(),
        PortKind::ModbusRtu(_) | PortKind::ModbusTcp { .. } | PortKind::Serial(_) | PortKind::I2c { .. } => {
            vec![kind.device()]
        }
    }
}

/// Keys that belong to ports of another kind. (Those of serial lines and TCP are told apart where these are checked.)
pub(super) fn foreign_keys(checker: &mut Checker, key: &str, written: &file::Port) {
    let serial = matches!(written.kind, Kind::ModbusRtu | Kind::Serial);
    let tcp = written.kind == Kind::ModbusTcp;
    let modbus = matches!(written.kind, Kind::ModbusRtu | Kind::ModbusTcp | Kind::Serial);
    let rules = [
        (
            "device",
            written.device.is_some(),
            serial || tcp || written.kind == Kind::I2c,
            "a serial line or an I2C bus",
        ),
        ("address", written.address.is_some(), serial || tcp, "a modbus-tcp port"),
        ("baud", written.baud.is_some(), serial || tcp, "a serial line"),
        ("parity", written.parity.is_some(), serial || tcp, "a serial line"),
        ("stop_bits", written.stop_bits.is_some(), serial || tcp, "a serial line"),
        ("rs485", written.rs485.is_some(), serial || tcp, "a serial line"),
        ("retries", written.retries.is_some(), modbus, "a Modbus port"),
        ("turnaround_ms", written.turnaround_ms.is_some(), modbus, "a Modbus port"),
        ("chips", written.chips.is_some(), written.kind == Kind::Spi, "an spi port"),
        ("directory", written.directory.is_some(), written.kind == Kind::Attributes, "an attributes port"),
        ("stream", written.stream.is_some(), written.kind == Kind::Attributes, "an attributes port"),
    ];
    for (name, _, _, owner) in rules.iter().filter(|(_, is_written, belongs, _)| *is_written && !belongs) {
        let kind = written.kind.name();
        checker.problem(&format!("{key}.{name}"), format!("belongs to {owner}; this port is of kind {kind}"));
    }
}

pub(super) fn chips(checker: &mut Checker, key: &str, written: &file::Port) -> Vec<SpiChip> {
    let chips = written.chips.clone().unwrap_or_default();
    if checker.was_left_out(&format!("{key}.chips")) {
        // reported already
    } else if chips.is_empty() {
        checker.problem_with_help(
            key,
            "has no `chips`",
            "for example: chips = [{ device = \"/dev/spidev0.0\", mode = 1, max_hz = 4000000 }]",
        );
    } else if chips.len() > MOST_CHIPS {
        checker.problem(&format!("{key}.chips"), format!("{} chips; at most {MOST_CHIPS}", chips.len()));
    }
    let chip = |(place, chip): (usize, file::SpiChip)| {
        let key = format!("{key}.chips[{place}]");
        checker.node(&format!("{key}.device"), &chip.device);
        SpiChip {
            mode: checker.whole(&format!("{key}.mode"), chip.mode, (0, 3)),
            max_hz: checker.whole(&format!("{key}.max_hz"), chip.max_hz, CLOCK_HZ),
            device: chip.device,
        }
    };
    chips.into_iter().enumerate().map(chip).collect()
}

pub(super) fn i2c_device(checker: &mut Checker, key: &str, written: &file::Port) -> String {
    match &written.device {
        Some(device) => {
            checker.node(&format!("{key}.device"), device);
            device.clone()
        }
        None => {
            checker.problem_with_help(key, "has no `device`", "for example: device = \"/dev/i2c-1\"");
            String::new()
        }
    }
}

pub(super) fn attributes(checker: &mut Checker, key: &str, written: &file::Port) -> PortKind {
    let directory = match &written.directory {
        Some(directory) => {
            let directory_key = format!("{key}.directory");
            if directory == "/" || directory.split('/').any(|part| part == "..") {
                checker.problem(
                    &directory_key,
                    format!("\"{directory}\" is not the folder of one kernel driver"),
                );
            }
            checker.absolute(&directory_key, directory)
        }
        None => {
            let help = "for example: directory = \"/sys/class/power_supply\"";
            checker.problem_with_help(key, "has no `directory`", help);
            Default::default()
        }
    };
    if let Some(stream) = &written.stream {
        checker.node(&format!("{key}.stream"), stream);
    }
    PortKind::Attributes { directory, stream: written.stream.clone() }
}

pub(super) fn lines(checker: &mut Checker, key: &str, written: &file::Port) -> BTreeMap<String, Line> {
    if written.kind == Kind::Gpio
        && written.lines.is_empty()
        && checker.left_out.iter().all(|left_out| !left_out.starts_with(&format!("{key}.lines")))
    {
        checker.problem_with_help(
            key,
            "has no line",
            format!("add a [{key}.lines.NAME] for each of its lines"),
        );
    }
    if written.lines.len() > MOST_LINES {
        checker.problem(key, format!("has {} lines; at most {MOST_LINES}", written.lines.len()));
    }
    let line = |(name, written): (&String, &file::Line)| {
        let key = format!("{key}.lines.{name}");
        checker.name(&key, name);
        (name.clone(), line(checker, &key, written))
    };
    written.lines.iter().map(line).collect()
}

fn line(checker: &mut Checker, key: &str, written: &file::Line) -> Line {
    checker.node(&format!("{key}.chip"), &written.chip);
    Line {
        chip: written.chip.clone(),
        select: select(checker, key, written),
        direction: direction(checker, key, written),
        bias: match written.bias {
            None | Some(file::LineBias::AsIs) => LineBias::AsIs,
            Some(file::LineBias::PullUp) => LineBias::PullUp,
            Some(file::LineBias::PullDown) => LineBias::PullDown,
            Some(file::LineBias::Disabled) => LineBias::Disabled,
        },
        active_low: written.active_low,
    }
}

fn select(checker: &mut Checker, key: &str, written: &file::Line) -> LineSelect {
    match (written.line, &written.name) {
        (Some(offset), None) => {
            LineSelect::Offset(checker.whole(&format!("{key}.line"), offset, (0, 65_535)))
        }
        (None, Some(name)) => {
            if name.is_empty() || name.len() > LONGEST_LINE_NAME {
                let message = format!("\"{name}\" is not the name of a line: 1 to {LONGEST_LINE_NAME} bytes");
                checker.problem(&format!("{key}.name"), message);
            }
            LineSelect::Name(name.clone())
        }
        (Some(offset), Some(_)) => {
            checker
                .problem(&format!("{key}.name"), "both `line` and `name` are given; one of them says which");
            LineSelect::Offset(offset)
        }
        (None, None)
            if ["line", "name"].iter().any(|choice| checker.was_left_out(&format!("{key}.{choice}"))) =>
        {
            LineSelect::Offset(0)
        }
        (None, None) => {
            checker.problem_with_help(key, "has neither `line` nor `name`", "for example: line = 5");
            LineSelect::Offset(0)
        }
    }
}

fn direction(checker: &mut Checker, key: &str, written: &file::Line) -> LineDirection {
    let (others, owner): (&[(&str, bool)], _) = match written.direction {
        Direction::Input => {
            (&[("drive", written.drive.is_some()), ("initial", written.initial.is_some())], "an output")
        }
        Direction::Output => {
            (&[("edge", written.edge.is_some()), ("debounce_us", written.debounce_us.is_some())], "an input")
        }
    };
    for (name, _) in others.iter().filter(|(_, is_written)| *is_written) {
        checker.problem(&format!("{key}.{name}"), format!("belongs to {owner}"));
    }
    match written.direction {
        Direction::Input => LineDirection::Input {
            edge: match written.edge {
                None | Some(file::LineEdge::None) => LineEdge::None,
                Some(file::LineEdge::Rising) => LineEdge::Rising,
                Some(file::LineEdge::Falling) => LineEdge::Falling,
                Some(file::LineEdge::Both) => LineEdge::Both,
            },
            debounce: Span::from_micros(
                checker
                    .whole(
                        &format!("{key}.debounce_us"),
                        written.debounce_us.unwrap_or(0),
                        (0, LONGEST_DEBOUNCE_US),
                    )
                    .into(),
            ),
        },
        Direction::Output => LineDirection::Output {
            initial: written
                .initial
                .map(|level| checker.whole(&format!("{key}.initial"), level, (0, 1)) == 1),
            drive: match written.drive {
                None | Some(file::LineDrive::PushPull) => LineDrive::PushPull,
                Some(file::LineDrive::OpenDrain) => LineDrive::OpenDrain,
                Some(file::LineDrive::OpenSource) => LineDrive::OpenSource,
            },
        },
    }
}

/// Which line of which chip is whose.
#[derive(Default)]
pub(super) struct LineOwners(Vec<(String, LineSelect, String)>);

impl LineOwners {
    /// A line has one owner. (That a number and a name mean the same line is seen only where the chip is.)
    pub(super) fn check(&mut self, checker: &mut Checker, port: &str, lines: &BTreeMap<String, Line>) {
        for (name, line) in lines {
            let owner = format!("{port}.{name}");
            let same = self.0.iter().find(|(chip, select, _)| *chip == line.chip && *select == line.select);
            match same {
                Some((chip, select, other)) => {
                    let which = match select {
                        LineSelect::Offset(offset) => format!("line {offset}"),
                        LineSelect::Name(name) => format!("line \"{name}\""),
                    };
                    let message = format!("{which} of {chip} is `{other}` already");
                    checker.problem(&format!("ports.{port}.lines.{name}"), message);
                }
                None => self.0.push((line.chip.clone(), line.select.clone(), owner)),
            }
        }
    }
}
