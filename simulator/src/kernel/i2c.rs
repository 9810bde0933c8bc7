// SPDX-License-Identifier: MIT OR Apache-2.0
//! The chips on `/dev/i2c-1`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::exchange::{Cursor, Exchange};
use super::{Fault, LONGEST_SLEEP, Worker, lock, now};
use crate::chips::board::{I2cStep, Outcome};
use crate::chips::{Acknowledge, I2cChip, Transfer};

const DEVICE: &str = "/dev/ecmod-i2c";
const READS: u16 = 1;
/// No acknowledge, as Linux's drivers say it.
const ENXIO: i32 = 6;
const EPROTO: i32 = 71;
const EIO: i32 = 5;

/// One transfer to an address.
type Answerer = Box<dyn FnMut(&mut [I2cStep<'_>]) -> Outcome + Send>;

struct Place {
    address: u8,
    answer: Answerer,
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
        let address = lock(chip).address();
        let chip = Arc::clone(chip);
        self.attach_with(address, move |steps| play(&mut *lock(&chip), steps));
    }

    /// Puts whatever answers whole transfers at an address.
    pub fn attach_with(
        &self,
        address: u8,
        answer: impl FnMut(&mut [I2cStep<'_>]) -> Outcome + Send + 'static,
    ) {
        lock(&self.places).push(Place { address, answer: Box::new(answer), fault: Fault::None });
    }

    /// Of every chip, from the next transfer on.
    pub fn set_fault(&self, fault: Fault) {
        for place in lock(&self.places).iter_mut() {
            place.fault = fault;
        }
    }
}

/// A transfer as the chip sees it, byte for byte.
fn play(chip: &mut impl I2cChip, steps: &mut [I2cStep<'_>]) -> Outcome {
    let now = now();
    let mut taken = Acknowledge::Ack;
    for step in steps {
        if taken == Acknowledge::Nack {
            break;
        }
        match step {
            I2cStep::Write(bytes) => {
                taken = chip.start(now, Transfer::Write);
                for byte in *bytes {
                    if taken == Acknowledge::Ack {
                        taken = chip.write(now, *byte);
                    }
                }
            }
            I2cStep::Read(bytes) => {
                taken = chip.start(now, Transfer::Read);
                if taken == Acknowledge::Ack {
                    bytes.iter_mut().for_each(|byte| *byte = chip.read(now));
                }
            }
        }
    }
    chip.stop(now);
    if taken == Acknowledge::Ack { Outcome::Done } else { Outcome::NotAcknowledged }
}

fn serve(mut exchange: Exchange, places: &Mutex<Vec<Place>>, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        match exchange.next(LONGEST_SLEEP) {
            Ok(None) => {}
            Ok(Some(request)) => {
                let sequence = request.sequence;
                let answer = match parse(request.rest) {
                    Some(messages) => transfer(&messages, &mut lock(places)),
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

/// The bytes read, an errno, or silence (`Err(None)`). All messages of a transfer go to one address, as far as Linux's clients know.
fn transfer(messages: &[Message<'_>], places: &mut [Place]) -> Result<Vec<u8>, Option<i32>> {
    let mut read =
        vec![0; messages.iter().filter(|message| message.reads).map(|message| message.length).sum()];
    let address = messages.first().map(|message| message.address).ok_or(Some(EPROTO))?;
    let place = places.iter_mut().find(|place| u16::from(place.address) == address).ok_or(Some(ENXIO))?;
    match place.fault {
        Fault::None => {}
        Fault::Errno(errno) => return Err(Some(errno)),
        Fault::Silent => return Err(None),
        Fault::Stuck(byte) => {
            read.fill(byte);
            return Ok(read);
        }
    }
    let mut left = read.as_mut_slice();
    let mut steps = Vec::with_capacity(messages.len());
    for message in messages {
        if message.reads {
            let (front, rest) = left.split_at_mut_checked(message.length).ok_or(Some(EPROTO))?;
            steps.push(I2cStep::Read(front));
            left = rest;
        } else {
            steps.push(I2cStep::Write(message.out));
        }
    }
    match (place.answer)(&mut steps) {
        Outcome::Done => {
            drop(steps);
            Ok(read)
        }
        Outcome::Error => Err(Some(EIO)),
        Outcome::NotAcknowledged => Err(Some(ENXIO)),
        Outcome::Silent => Err(None),
    }
}
