// SPDX-License-Identifier: MIT OR Apache-2.0
//! A chip or a bus behind a socket; one client at a time, as a chip has one owner.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::chip::Client;
use super::runner::{Runner, Service};
use crate::message::{Answer, Bus, FromServer, Hello, I2cStep, Name, Request, SpiStep};
use crate::socket::Connection;
use crate::{MAX_MESSAGE, errno};

/// How a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// Well.
    Done,
    /// The kernel would have said this error number.
    Errno(i32),
    /// No answer is sent.
    Silent,
    /// Only so many bytes come back, which no kernel would do.
    Short(usize),
    /// The connection is closed, as if the device had been pulled out.
    HangUp,
}

/// A simulated SPI chip.
pub trait SpiPeer: Send + 'static {
    /// Somebody begins to use it with this clock mode and speed; an error number refuses.
    ///
    /// # Errors
    /// An error number of Linux.
    fn open(&mut self, _mode: u8, _max_hz: u32) -> Result<(), i32> {
        Ok(())
    }

    /// One transaction under one chip select: `out` and `back` have one byte for each byte that is clocked.
    fn transfer(&mut self, steps: &[SpiStep], out: &[u8], back: &mut [u8]) -> Reply;
}

impl<F: FnMut(&[SpiStep], &[u8], &mut [u8]) -> Reply + Send + 'static> SpiPeer for F {
    fn transfer(&mut self, steps: &[SpiStep], out: &[u8], back: &mut [u8]) -> Reply {
        self(steps, out, back)
    }
}

/// The devices of a simulated I2C bus.
pub trait I2cPeer: Send + 'static {
    /// One transaction: `bytes` has those of all steps one behind the other; those of reading steps are to be filled.
    fn transfer(&mut self, address: u16, steps: &[I2cStep], bytes: &mut [u8]) -> Reply;
}

impl<F: FnMut(u16, &[I2cStep], &mut [u8]) -> Reply + Send + 'static> I2cPeer for F {
    fn transfer(&mut self, address: u16, steps: &[I2cStep], bytes: &mut [u8]) -> Reply {
        self(address, steps, bytes)
    }
}

/// Serves one SPI chip.
#[derive(Debug)]
pub struct SpiServer(#[allow(dead_code)] Runner); // its end is that of the thread

impl SpiServer {
    /// Listens at `path`, which must not exist.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn start(path: &Path, peer: impl SpiPeer) -> io::Result<Self> {
        Runner::start(path, Exclusive::new(SpiDevice(peer))).map(Self)
    }
}

/// Serves one I2C bus.
#[derive(Debug)]
pub struct I2cServer(#[allow(dead_code)] Runner); // as above

impl I2cServer {
    /// Listens at `path`, which must not exist.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn start(path: &Path, peer: impl I2cPeer) -> io::Result<Self> {
        Runner::start(path, Exclusive::new(I2cDevice(peer))).map(Self)
    }
}

trait Device: Send + 'static {
    fn open(&mut self, bus: Bus) -> Result<(), i32>;
    /// `bytes`: what is sent, and then what comes back.
    fn carry_out(&mut self, request: &Request<'_>, bytes: &mut Vec<u8>) -> Reply;
}

struct SpiDevice<P>(P);

impl<P: SpiPeer> Device for SpiDevice<P> {
    fn open(&mut self, bus: Bus) -> Result<(), i32> {
        match bus {
            Bus::Spi { mode, max_hz } => self.0.open(mode, max_hz),
            Bus::I2c | Bus::Lines => Err(errno::EINVAL),
        }
    }

    fn carry_out(&mut self, request: &Request<'_>, bytes: &mut Vec<u8>) -> Reply {
        let Request::Spi { steps, out } = request else { return Reply::Errno(errno::EINVAL) };
        bytes.resize(out.len(), 0);
        self.0.transfer(steps, out, bytes)
    }
}

struct I2cDevice<P>(P);

impl<P: I2cPeer> Device for I2cDevice<P> {
    fn open(&mut self, bus: Bus) -> Result<(), i32> {
        if bus == Bus::I2c { Ok(()) } else { Err(errno::EINVAL) }
    }

    fn carry_out(&mut self, request: &Request<'_>, bytes: &mut Vec<u8>) -> Reply {
        let Request::I2c { address, steps, out } = request else { return Reply::Errno(errno::EINVAL) };
        bytes.extend_from_slice(out);
        self.0.transfer(*address, steps, bytes)
    }
}

struct Exclusive<D> {
    device: D,
    holder: Option<(Client, Name)>,
    bytes: Vec<u8>,
    message: Vec<u8>,
}

impl<D: Device> Exclusive<D> {
    fn new(device: D) -> Self {
        Self { device, holder: None, bytes: Vec::new(), message: vec![0; MAX_MESSAGE] }
    }

    fn hello(&mut self, client: Client, hello: &Hello) -> Result<(), (i32, Name)> {
        match self.holder {
            Some((other, name)) if other != client => Err((errno::EBUSY, name)),
            _ => {
                self.device.open(hello.bus).map_err(|errno| (errno, Name::default()))?;
                self.holder = Some((client, hello.consumer));
                Ok(())
            }
        }
    }
}

impl<D: Device> Service for Exclusive<D> {
    fn joined(&mut self, _client: Client, _connection: &Arc<Connection>) {}

    fn message(&mut self, client: Client, connection: &Connection, message: &[u8]) -> bool {
        let Ok((sequence, request)) = Request::decode(message) else { return false };
        self.bytes.clear();
        let answer = match &request {
            Request::Hello(hello) => match self.hello(client, hello) {
                Ok(()) => Answer::Done(&[]),
                Err((errno, holder)) => Answer::Refused { errno, holder },
            },
            _ if self.holder.is_none_or(|(holder, _)| holder != client) => return false,
            request => match self.device.carry_out(request, &mut self.bytes) {
                Reply::Done => Answer::Done(&self.bytes),
                Reply::Short(count) => Answer::Done(self.bytes.get(..count).unwrap_or(&self.bytes)),
                Reply::Errno(errno) => Answer::Refused { errno, holder: Name::default() },
                Reply::Silent => return true,
                Reply::HangUp => return false,
            },
        };
        let Ok(length) = FromServer::Answer(sequence, answer).encode(&mut self.message) else { return false };
        connection.send(self.message.get(..length).unwrap_or_default()).is_ok()
    }

    fn gone(&mut self, client: Client) {
        self.holder.take_if(|(holder, _)| *holder == client);
    }
}
