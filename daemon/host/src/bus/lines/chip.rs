// SPDX-License-Identifier: MIT OR Apache-2.0
//! The kernel's GPIO character device, version 2 of its interface: finding a line and asking for it.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;

use ecmod_config::{Line as Settings, LineBias, LineDirection, LineDrive, LineEdge, LineSelect};
use ecmod_quantities::Span;
use gpiocdev_uapi::v2::{self, LineFlags};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use super::handle::KERNEL_EDGES;
use crate::bus::node::at;

/// Asks for a line; the file is not blocking. `level`: an output's first one; `None`: the one that it has.
///
/// # Errors
/// What went wrong, with chip and line and, if somebody else has it, who.
pub fn request(settings: &Settings, level: Option<bool>, consumer: &str) -> io::Result<File> {
    let chip = File::options().read(true).write(true).open(&settings.chip);
    let chip = chip.map_err(|error| at(&settings.chip, &error))?;
    let offset = find(&chip, &settings.select).map_err(|error| at(&settings.chip, &error))?;
    let place = format!("{} of {}", words(&settings.select), settings.chip);
    let line = hold(&chip, offset, settings, level, consumer).map_err(|error| {
        let held = (error.kind() == io::ErrorKind::ResourceBusy).then(|| holder(&chip, offset)).flatten();
        match held {
            Some(holder) => io::Error::new(error.kind(), format!("{place} is held by {holder}")),
            None => at(&place, &error),
        }
    })?;
    let flags = fcntl_getfl(line.as_fd())?;
    fcntl_setfl(line.as_fd(), flags | OFlags::NONBLOCK)?;
    Ok(line)
}

/// A line in words.
pub fn words(select: &LineSelect) -> String {
    match select {
        LineSelect::Offset(offset) => format!("line {offset}"),
        LineSelect::Name(name) => format!("line \"{name}\""),
    }
}

/// Debounce time as the kernel counts it.
pub fn microseconds(span: Span) -> u32 {
    u32::try_from(span.0 / 1000).unwrap_or(u32::MAX)
}

/// The error of the kernel as the standard library has it.
pub fn plain(error: v2::Error) -> io::Error {
    match error {
        v2::Error::Os(errno) => io::Error::from_raw_os_error(errno.0),
        v2::Error::UnderRead(error) => io::Error::new(io::ErrorKind::InvalidData, error),
    }
}

fn find(chip: &File, select: &LineSelect) -> io::Result<u32> {
    let count = v2::get_chip_info(chip).map_err(plain)?.num_lines;
    let name = match select {
        LineSelect::Offset(offset) if *offset < count => return Ok(*offset),
        LineSelect::Offset(offset) => {
            return Err(io::Error::new(
                io::ErrorKind::NotFound,
                format!("has no line {offset}, only {count} lines"),
            ));
        }
        LineSelect::Name(name) => name,
    };
    let mut found = None;
    for offset in 0..count {
        let info = v2::get_line_info(chip, offset).map_err(plain)?;
        if String::from(&info.name) == *name && found.replace(offset).is_some() {
            let message = format!("has more than one line called \"{name}\"; configure it by its number");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
    }
    found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("has no line called \"{name}\"")))
}

/// Who has the line.
fn holder(chip: &File, offset: u32) -> Option<String> {
    let consumer = String::from(&v2::get_line_info(chip, offset).ok()?.consumer);
    if consumer.is_empty() { Some("the kernel".to_owned()) } else { Some(consumer) }
}

fn hold(
    chip: &File,
    offset: u32,
    settings: &Settings,
    level: Option<bool>,
    consumer: &str,
) -> io::Result<File> {
    let config = |level: Option<bool>| config(settings, level);
    let ask = |config| {
        let request = v2::LineRequest {
            offsets: v2::Offsets::from_slice(&[offset]),
            // the kernel ends it with a NUL
            consumer: ecmod_sim_link::Name::cut(consumer).as_str().into(),
            config,
            num_lines: 1,
            event_buffer_size: if settings.has_edges() { KERNEL_EDGES } else { 0 },
            ..v2::LineRequest::default()
        };
        v2::get_line(chip, request).map_err(plain)
    };
    if level.is_some() || matches!(settings.direction, LineDirection::Input { .. }) {
        return ask(config(level));
    }
    // An output that keeps its level: take the line as it is, look, and then drive what was seen. No flags but these two change
    // nothing at the line.
    let flags = if settings.active_low { LineFlags::ACTIVE_LOW } else { LineFlags::empty() };
    let line = ask(v2::LineConfig { flags, ..v2::LineConfig::default() })?;
    let mut values = v2::LineValues { bits: 0, mask: 1 };
    v2::get_line_values(&line, &mut values).map_err(plain)?;
    v2::set_line_config(&line, config(Some(values.bits & 1 == 1))).map_err(plain)?;
    Ok(line)
}

fn config(settings: &Settings, level: Option<bool>) -> v2::LineConfig {
    let mut config = v2::LineConfig::default();
    if settings.active_low {
        config.flags |= LineFlags::ACTIVE_LOW;
    }
    config.flags |= match settings.bias {
        LineBias::AsIs => LineFlags::empty(),
        LineBias::PullUp => LineFlags::BIAS_PULL_UP,
        LineBias::PullDown => LineFlags::BIAS_PULL_DOWN,
        LineBias::Disabled => LineFlags::BIAS_DISABLED,
    };
    match settings.direction {
        LineDirection::Input { edge, debounce } => {
            config.flags |= LineFlags::INPUT;
            config.flags |= match edge {
                LineEdge::None => LineFlags::empty(),
                LineEdge::Rising => LineFlags::EDGE_RISING,
                LineEdge::Falling => LineFlags::EDGE_FALLING,
                LineEdge::Both => LineFlags::EDGE_RISING | LineFlags::EDGE_FALLING,
            };
            if debounce != Span::ZERO {
                config.add_debounce(microseconds(debounce), 1);
            }
        }
        LineDirection::Output { drive, .. } => {
            config.flags |= LineFlags::OUTPUT;
            config.flags |= match drive {
                LineDrive::PushPull => LineFlags::empty(),
                LineDrive::OpenDrain => LineFlags::OPEN_DRAIN,
                LineDrive::OpenSource => LineFlags::OPEN_SOURCE,
            };
            if let Some(level) = level {
                config.add_values(&v2::LineValues { bits: level.into(), mask: 1 });
            }
        }
    }
    config
}
