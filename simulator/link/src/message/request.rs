// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the client asks.

use super::answer::Levels;
use super::kind;
use super::lines::LineRequest;
use super::name::Name;
use crate::error::{Error, Result};
use crate::wire::{Reader, Writer};
use crate::{MAX_BYTES, MAX_LINES, MAX_STEPS, VERSION};

/// What a client wants of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bus {
    /// One SPI chip.
    Spi {
        /// Clock polarity (bit 1) and phase (bit 0).
        mode: u8,
        /// Fastest clock.
        max_hz: u32,
    },
    /// An I2C bus.
    I2c,
    /// GPIO lines.
    Lines,
}

/// The first message of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hello {
    /// What is behind the socket, as the client believes.
    pub bus: Bus,
    /// Who it is, for example `ecmod:adc`.
    pub consumer: Name,
}

/// One step of an SPI transaction. All steps of a transaction share one chip select.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SpiStep {
    /// How many bytes are clocked.
    pub length: u16,
    /// Whether the client sends something (else zeros are clocked out).
    pub sends: bool,
    /// Whether the client wants what comes back.
    pub receives: bool,
    /// A pause behind this step.
    pub delay_ns: u32,
}

/// One step of an I2C transaction; a repeated start stands before all but the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct I2cStep {
    /// How many bytes.
    pub length: u16,
    /// Read them (else write).
    pub read: bool,
}

/// A request as it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request<'a> {
    /// The first one.
    Hello(Hello),
    /// A transaction of an SPI chip; `out` has as many bytes as all steps together.
    Spi {
        /// The steps.
        steps: Vec<SpiStep>,
        /// What is clocked out.
        out: &'a [u8],
    },
    /// A transaction of an I2C bus; `out` has as many bytes as all steps together (zeros where one reads).
    I2c {
        /// 7 or 10 bits.
        address: u16,
        /// The steps.
        steps: Vec<I2cStep>,
        /// What is written.
        out: &'a [u8],
    },
    /// Lines to hold.
    Lines {
        /// Who wants them.
        consumer: Name,
        /// The lines; their order numbers them from now on.
        lines: Vec<LineRequest>,
    },
    /// The levels of all held lines.
    Get,
    /// New levels of outputs.
    Set(Levels),
}

impl<'a> Request<'a> {
    /// Reads a message.
    ///
    /// # Errors
    /// [`Error::Malformed`].
    pub fn decode(message: &'a [u8]) -> Result<(u32, Self)> {
        let mut reader = Reader::new(message);
        let kind = reader.u8()?;
        let sequence = reader.u32()?;
        let request = match kind {
            kind::HELLO => Self::Hello(hello(&mut reader)?),
            kind::SPI => {
                let steps = list(&mut reader, MAX_STEPS, |reader| {
                    let length = reader.u16()?;
                    let (sends, receives) = (reader.flag()?, reader.flag()?);
                    Ok(SpiStep { length, sends, receives, delay_ns: reader.u32()? })
                })?;
                let total = steps.iter().map(|step| usize::from(step.length)).sum();
                Self::Spi { steps, out: bytes(&mut reader, total)? }
            }
            kind::I2C => {
                let address = reader.u16()?;
                let steps = list(&mut reader, MAX_STEPS, |reader| {
                    Ok(I2cStep { length: reader.u16()?, read: reader.flag()? })
                })?;
                let total = steps.iter().map(|step| usize::from(step.length)).sum();
                Self::I2c { address, steps, out: bytes(&mut reader, total)? }
            }
            kind::LINES => {
                let consumer = Name::decode(&mut reader)?;
                Self::Lines { consumer, lines: list(&mut reader, MAX_LINES, LineRequest::decode)? }
            }
            kind::GET => Self::Get,
            kind::SET => Self::Set(Levels { mask: reader.u64()?, bits: reader.u64()? }),
            _ => return Err(Error::Malformed("an unknown request")),
        };
        reader.end()?;
        Ok((sequence, request))
    }
}

/// Where a request is built.
pub(crate) struct Builder<'a>(Writer<'a>);

impl<'a> Builder<'a> {
    fn new(buffer: &'a mut [u8], kind: u8, sequence: u32) -> Result<Self> {
        let mut writer = Writer::new(buffer);
        writer.u8(kind)?;
        writer.u32(sequence)?;
        Ok(Self(writer))
    }

    pub fn hello(buffer: &'a mut [u8], sequence: u32, hello: &Hello) -> Result<usize> {
        let Self(mut writer) = Self::new(buffer, kind::HELLO, sequence)?;
        let (word, mode, max_hz) = match hello.bus {
            Bus::Spi { mode, max_hz } => (0, mode, max_hz),
            Bus::I2c => (1, 0, 0),
            Bus::Lines => (2, 0, 0),
        };
        writer.bytes(&[VERSION, word, mode])?;
        writer.u32(max_hz)?;
        hello.consumer.encode(&mut writer)?;
        Ok(writer.length())
    }

    pub fn spi(buffer: &'a mut [u8], sequence: u32, steps: &[SpiStep], out: &[u8]) -> Result<usize> {
        let Self(mut writer) = Self::new(buffer, kind::SPI, sequence)?;
        writer.count(steps.len(), MAX_STEPS, "a transaction of so many steps")?;
        for step in steps {
            writer.u16(step.length)?;
            writer.bytes(&[u8::from(step.sends), u8::from(step.receives)])?;
            writer.u32(step.delay_ns)?;
        }
        check_total(steps.iter().map(|step| step.length), out)?;
        writer.bytes(out)?;
        Ok(writer.length())
    }

    pub fn i2c(
        buffer: &'a mut [u8],
        sequence: u32,
        address: u16,
        steps: &[I2cStep],
        out: &[u8],
    ) -> Result<usize> {
        let Self(mut writer) = Self::new(buffer, kind::I2C, sequence)?;
        writer.u16(address)?;
        writer.count(steps.len(), MAX_STEPS, "a transaction of so many steps")?;
        for step in steps {
            writer.u16(step.length)?;
            writer.u8(u8::from(step.read))?;
        }
        check_total(steps.iter().map(|step| step.length), out)?;
        writer.bytes(out)?;
        Ok(writer.length())
    }

    pub fn lines(
        buffer: &'a mut [u8],
        sequence: u32,
        consumer: &Name,
        lines: &[LineRequest],
    ) -> Result<usize> {
        let Self(mut writer) = Self::new(buffer, kind::LINES, sequence)?;
        consumer.encode(&mut writer)?;
        writer.count(lines.len(), MAX_LINES, "a request for so many lines")?;
        lines.iter().try_for_each(|line| line.encode(&mut writer))?;
        Ok(writer.length())
    }

    pub fn get(buffer: &'a mut [u8], sequence: u32) -> Result<usize> {
        let Self(writer) = Self::new(buffer, kind::GET, sequence)?;
        Ok(writer.length())
    }

    pub fn set(buffer: &'a mut [u8], sequence: u32, levels: Levels) -> Result<usize> {
        let Self(mut writer) = Self::new(buffer, kind::SET, sequence)?;
        writer.u64(levels.mask)?;
        writer.u64(levels.bits)?;
        Ok(writer.length())
    }
}

fn check_total(lengths: impl Iterator<Item = u16>, bytes: &[u8]) -> Result<()> {
    let total: usize = lengths.map(usize::from).sum();
    if total > MAX_BYTES {
        return Err(Error::TooLong("a transaction of so many bytes"));
    }
    if total == bytes.len() { Ok(()) } else { Err(Error::Malformed("steps and bytes do not fit together")) }
}

fn hello(reader: &mut Reader<'_>) -> Result<Hello> {
    if reader.u8()? != VERSION {
        return Err(Error::Malformed("another version"));
    }
    let (word, mode, max_hz) = (reader.u8()?, reader.u8()?, reader.u32()?);
    let bus = match word {
        0 => Bus::Spi { mode, max_hz },
        1 => Bus::I2c,
        2 => Bus::Lines,
        _ => return Err(Error::Malformed("an unknown bus")),
    };
    Ok(Hello { bus, consumer: Name::decode(reader)? })
}

fn list<T>(
    reader: &mut Reader<'_>,
    most: usize,
    item: impl Fn(&mut Reader<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let count = reader.count(most)?;
    (0..count).map(|_| item(reader)).collect()
}

fn bytes<'a>(reader: &mut Reader<'a>, total: usize) -> Result<&'a [u8]> {
    if total > MAX_BYTES {
        return Err(Error::Malformed("a transaction is too long"));
    }
    reader.bytes(total)
}
