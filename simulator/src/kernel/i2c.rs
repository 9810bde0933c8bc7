// SPDX-License-Identifier: MIT OR Apache-2.0
//! The chips on `/dev/i2c-1`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::exchange::{Cursor, Exchange};
use super::{Fault, LONGEST_SLEEP, Worker, lock, now};
use crate::chips::{Acknowledge, I2cChip, Transfer};

const DEVICE: &str = "/dev/ecmod-i2c";
const READS: u16 = 1;
/// No acknowledge, as Linux's drivers say it.
const ENXIO: i32 = 6;
const EPROTO: i32 = 71;

struct Place {
    chip: Arc<Mutex<dyn I2cChip>>,
    fault: Fault,
}

/// The I2C bus of the virtual machine. An address without a chip does not acknowledge.
pub struct I2cBus {
    places: Arc<Mutex<Vec<Place>>>,
    _worker: Worker,
}

impl I2cBus {
    /// Begins to answer.
    ///
    /// # Errors
    /// The kernel has no such bus, or no right to it.
    pub fn new() -> std::io::Result<Self> {
        let exchange = Exchange::open(DEVICE)?;
        let places = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&places);
        let worker = Worker::start("i2c chips", move |stop| serve(exchange, &shared, stop))?;
        Ok(Self { places, _worker: worker })
    }

    /// Puts a chip on the bus, at its own address. The chip stays the caller's too.
    pub fn attach<C: I2cChip + 'static>(&self, chip: &Arc<Mutex<C>>) {
        let chip: Arc<Mutex<dyn I2cChip>> = Arc::<Mutex<C>>::clone(chip);
        lock(&self.places).push(Place { chip, fault: Fault::None });
    }

    /// Of every chip, from the next transfer on.
    pub fn set_fault(&self, fault: Fault) {
        for place in lock(&self.places).iter_mut() {
            place.fault = fault;
        }
    }
}

fn serve(mut exchange: Exchange, places: &Mutex<Vec<Place>>, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        match exchange.next(LONGEST_SLEEP) {
            Ok(None) => {}
            Ok(Some(request)) => {
                let sequence = request.sequence;
                let answer = match parse(request.rest) {
                    Some(messages) => transfer(&messages, &lock(places)),
                    None => Err(Some(EPROTO)),
                };
                match answer {
                    Ok(bytes) => exchange.answer(sequence, 0, &bytes),
                    Err(Some(errno)) => exchange.answer(sequence, errno, &[]),
                    Err(None) => {}
                }
            }
            Err(error) => {
                eprintln!("{DEVICE}: {error}");
                return;
            }
        }
    }
}

struct Message<'a> {
    address: u16,
    length: usize,
    reads: bool,
    out: &'a [u8],
}

/// One transfer of i2c-ecmod.c.
fn parse(bytes: &[u8]) -> Option<Vec<Message<'_>>> {
    let mut cursor = Cursor(bytes);
    let count = cursor.u32()?;
    let mut messages = Vec::new();
    for _ in 0..count {
        let address = cursor.u16()?;
        let reads = cursor.u16()? & READS != 0;
        let length = usize::try_from(cursor.u32()?).ok()?;
        messages.push(Message { address, length, reads, out: &[] });
    }
    for message in messages.iter_mut().filter(|message| !message.reads) {
        message.out = cursor.bytes(message.length)?;
    }
    Some(messages)
}

/// The bytes read, an errno, or silence (`Err(None)`).
fn transfer(messages: &[Message<'_>], places: &[Place]) -> Result<Vec<u8>, Option<i32>> {
    let mut read = Vec::new();
    for message in messages {
        let at = |place: &&Place| u16::from(lock(&*place.chip).address()) == message.address;
        let place = places.iter().find(at).ok_or(Some(ENXIO))?;
        match place.fault {
            Fault::None => {}
            Fault::Errno(errno) => return Err(Some(errno)),
            Fault::Silent => return Err(None),
            Fault::Stuck(byte) => {
                read.extend(std::iter::repeat_n(byte, if message.reads { message.length } else { 0 }));
                continue;
            }
        }
        let mut chip = lock(&*place.chip);
        let way = if message.reads { Transfer::Read } else { Transfer::Write };
        let mut taken = chip.start(now(), way);
        if message.reads && taken == Acknowledge::Ack {
            read.extend((0..message.length).map(|_| chip.read(now())));
        }
        for byte in message.out {
            if taken == Acknowledge::Ack {
                taken = chip.write(now(), *byte);
            }
        }
        if taken == Acknowledge::Nack {
            chip.stop(now());
            return Err(Some(ENXIO));
        }
    }
    for place in places {
        lock(&*place.chip).stop(now());
    }
    Ok(read)
}
