// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a GPIO line is asked for.

use super::name::Name;
use crate::error::{Error, Result};
use crate::wire::{Reader, Writer};

/// Which line of a chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Select {
    /// By its number.
    Offset(u32),
    /// By its name.
    Name(Name),
}

/// Which edges are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Edge {
    /// None.
    #[default]
    None,
    /// Inactive to active.
    Rising,
    /// Active to inactive.
    Falling,
    /// All.
    Both,
}

impl Edge {
    /// Whether an edge of this direction is reported.
    #[must_use]
    pub fn includes(self, rising: bool) -> bool {
        match self {
            Self::None => false,
            Self::Rising => rising,
            Self::Falling => !rising,
            Self::Both => true,
        }
    }
}

/// The resistor at an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bias {
    /// As it is.
    #[default]
    AsIs,
    /// To the supply.
    PullUp,
    /// To ground.
    PullDown,
    /// None.
    Disabled,
}

/// How an output drives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Drive {
    /// Both levels.
    #[default]
    PushPull,
    /// Low only.
    OpenDrain,
    /// High only.
    OpenSource,
}

/// What a line is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Read.
    Input {
        /// What is reported.
        edge: Edge,
        /// A level counts when it has lasted this long, in microseconds; 0: at once.
        debounce_us: u32,
    },
    /// Driven.
    Output {
        /// The first level; `None`: the one that it has.
        initial: Option<bool>,
        /// How.
        drive: Drive,
    },
}

/// One line that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineRequest {
    /// Which.
    pub select: Select,
    /// What it is to be.
    pub direction: Direction,
    /// Its resistor.
    pub bias: Bias,
    /// Level 1 is the lower voltage; holds for levels and edges alike.
    pub active_low: bool,
}

impl LineRequest {
    pub(super) fn encode(&self, writer: &mut Writer<'_>) -> Result<()> {
        match &self.select {
            Select::Offset(offset) => {
                writer.u8(0)?;
                writer.u32(*offset)?;
            }
            Select::Name(name) => {
                writer.u8(1)?;
                name.encode(writer)?;
            }
        }
        match self.direction {
            Direction::Input { edge, debounce_us } => {
                writer.bytes(&[0, edge as u8])?;
                writer.u32(debounce_us)?;
            }
            Direction::Output { initial, drive } => {
                writer.bytes(&[1, drive as u8, initial.map_or(2, u8::from)])?;
            }
        }
        writer.bytes(&[self.bias as u8, u8::from(self.active_low)])
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        let select = match reader.u8()? {
            0 => Select::Offset(reader.u32()?),
            1 => Select::Name(Name::decode(reader)?),
            _ => return Err(Error::Malformed("a line is chosen by neither number nor name")),
        };
        let direction = match reader.u8()? {
            0 => {
                let edge = word(reader, &[Edge::None, Edge::Rising, Edge::Falling, Edge::Both])?;
                Direction::Input { edge, debounce_us: reader.u32()? }
            }
            1 => {
                let drive = word(reader, &[Drive::PushPull, Drive::OpenDrain, Drive::OpenSource])?;
                let initial = word(reader, &[Some(false), Some(true), None])?;
                Direction::Output { initial, drive }
            }
            _ => return Err(Error::Malformed("a line is neither input nor output")),
        };
        let bias = word(reader, &[Bias::AsIs, Bias::PullUp, Bias::PullDown, Bias::Disabled])?;
        Ok(Self { select, direction, bias, active_low: reader.flag()? })
    }
}

/// One of several words by its place.
fn word<T: Copy>(reader: &mut Reader<'_>, words: &[T]) -> Result<T> {
    let place = usize::from(reader.u8()?);
    words.get(place).copied().ok_or(Error::Malformed("an unknown word"))
}
