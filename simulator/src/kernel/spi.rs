// SPDX-License-Identifier: MIT OR Apache-2.0
//! The chips behind `/dev/spidev0.N`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::exchange::{Cursor, Exchange};
use super::{Fault, Pin, Worker, lock, now, pause_until};
use crate::chips::board::Outcome;
use crate::chips::{Level, SpiChip};
use ecmod_quantities::Monotonic;

const DEVICE: &str = "/dev/ecmod-spi";
const WRITES: u8 = 1;
const READS: u8 = 2;
const ENDS_SELECT: u8 = 4;

/// One transfer under one chip select.
type Transfer = Box<dyn FnMut(&[u8], &mut [u8]) -> Outcome + Send>;

/// A chip's data-ready output at a pin.
struct Ready {
    chip: Arc<Mutex<dyn SpiChip>>,
    pin: Pin,
    level: Option<Level>,
}

/// What stands behind a chip select.
struct Place {
    select: u8,
    transfer: Transfer,
    ready: Option<Ready>,
    fault: Fault,
    transfers: u64,
}

/// The SPI bus of the virtual machine. Its chips are answered for as long as it lives; a chip select without a chip reads ones.
pub struct SpiBus {
    places: Arc<Mutex<Vec<Place>>>,
    _worker: Worker,
}

impl SpiBus {
    /// Begins to answer.
    ///
    /// # Errors
    /// The kernel has no such bus, or no right to it.
    pub fn new() -> std::io::Result<Self> {
        let exchange = Exchange::open(DEVICE)?;
        let places = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&places);
        let worker = Worker::start("spi chips", move |stop| serve(exchange, &shared, stop))?;
        Ok(Self { places, _worker: worker })
    }

    /// Puts a chip at a chip select, with its data-ready output at a pin. The chip stays the caller's too.
    pub fn attach<C: SpiChip + 'static>(&self, select: u8, chip: &Arc<Mutex<C>>, data_ready: Option<Pin>) {
        let chip: Arc<Mutex<dyn SpiChip>> = Arc::<Mutex<C>>::clone(chip);
        let ready = data_ready.map(|pin| Ready { chip: Arc::clone(&chip), pin, level: None });
        let transfer = move |out: &[u8], back: &mut [u8]| {
            let mut chip = lock(&*chip);
            let now = now();
            chip.select(now);
            for (out, back) in out.iter().zip(back) {
                *back = chip.exchange(now, *out);
            }
            chip.deselect(now);
            Outcome::Done
        };
        self.put(select, Box::new(transfer), ready);
    }

    /// Puts whatever answers whole transfers at a chip select: out, and back of the same length.
    pub fn attach_with(
        &self,
        select: u8,
        transfer: impl FnMut(&[u8], &mut [u8]) -> Outcome + Send + 'static,
    ) {
        self.put(select, Box::new(transfer), None);
    }

    fn put(&self, select: u8, transfer: Transfer, ready: Option<Ready>) {
        let mut places = lock(&self.places);
        places.retain(|place| place.select != select);
        places.push(Place { select, transfer, ready, fault: Fault::None, transfers: 0 });
    }

    /// From the next transfer on.
    pub fn set_fault(&self, select: u8, fault: Fault) {
        for place in lock(&self.places).iter_mut().filter(|place| place.select == select) {
            place.fault = fault;
        }
    }

    /// How many transfers have reached this chip select.
    #[must_use]
    pub fn transfers(&self, select: u8) -> u64 {
        lock(&self.places).iter().find(|place| place.select == select).map_or(0, |place| place.transfers)
    }
}

fn serve(mut exchange: Exchange, places: &Mutex<Vec<Place>>, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let next = lock(places).iter_mut().filter_map(|place| place.ready.as_mut()?.show()).min();
        match exchange.next(pause_until(next)) {
            Ok(None) => {}
            Ok(Some(request)) => {
                let sequence = request.sequence;
                let answer =
                    Message::parse(request.rest).map(|message| transfer(&message, &mut lock(places)));
                match answer {
                    None => exchange.answer(sequence, EPROTO, &[]),
                    Some(Answer::Bytes(bytes)) => exchange.answer(sequence, 0, &bytes),
                    Some(Answer::Errno(errno)) => exchange.answer(sequence, errno, &[]),
                    Some(Answer::Silence) => {}
                }
            }
            Err(error) => {
                eprintln!("{DEVICE}: {error}");
                return;
            }
        }
    }
}

const EPROTO: i32 = 71;
const EIO: i32 = 5;

enum Answer {
    Bytes(Vec<u8>),
    Errno(i32),
    Silence,
}

/// One message of spi-ecmod.c.
struct Message<'a> {
    select: u8,
    steps: Vec<Step<'a>>,
}

struct Step<'a> {
    length: usize,
    flags: u8,
    out: &'a [u8],
}

impl<'a> Message<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor(bytes);
        let select = cursor.u8()?;
        let _mode = cursor.u8()?;
        let count = cursor.u16()?;
        let mut steps = Vec::new();
        for _ in 0..count {
            let length = usize::try_from(cursor.u32()?).ok()?;
            let _speed = cursor.u32()?;
            let _delay = cursor.u16()?;
            let flags = cursor.u8()?;
            let _bits = cursor.u8()?;
            steps.push(Step { length, flags, out: &[] });
        }
        for step in steps.iter_mut().filter(|step| step.flags & WRITES != 0) {
            step.out = cursor.bytes(step.length)?;
        }
        Some(Self { select, steps })
    }
}

fn transfer(message: &Message<'_>, places: &mut [Place]) -> Answer {
    let wanted: usize =
        message.steps.iter().filter(|step| step.flags & READS != 0).map(|step| step.length).sum();
    let Some(place) = places.iter_mut().find(|place| place.select == message.select) else {
        return Answer::Bytes(vec![0xFF; wanted]);
    };
    place.transfers += 1;
    match place.fault {
        Fault::None => place.exchange(&message.steps),
        Fault::Errno(errno) => Answer::Errno(errno),
        Fault::Silent => Answer::Silence,
        Fault::Stuck(byte) => Answer::Bytes(vec![byte; wanted]),
    }
}

impl Place {
    fn exchange(&mut self, steps: &[Step<'_>]) -> Answer {
        let mut read = Vec::new();
        for selected in steps.split_inclusive(|step| step.flags & ENDS_SELECT != 0) {
            let length = selected.iter().map(|step| step.length).sum();
            let mut out = Vec::with_capacity(length);
            for step in selected {
                out.extend(step.out);
                // A step that only reads clocks out zeros.
                out.resize(out.len() - step.out.len() + step.length, 0);
            }
            let mut back = vec![0; length];
            match (self.transfer)(&out, &mut back) {
                Outcome::Done => {}
                Outcome::Error => return Answer::Errno(EIO),
                Outcome::NotAcknowledged => back.fill(0xFF),
                Outcome::Silent => return Answer::Silence,
            }
            let mut back = back.as_slice();
            for step in selected {
                let (of_step, rest) = back.split_at_checked(step.length).unwrap_or((back, &[]));
                if step.flags & READS != 0 {
                    read.extend(of_step);
                }
                back = rest;
            }
        }
        Answer::Bytes(read)
    }
}

impl Ready {
    /// Brings the pin up to date and says when it changes next.
    fn show(&mut self) -> Option<Monotonic> {
        let mut chip = lock(&*self.chip);
        let level = chip.data_ready(now());
        let next = chip.next_change();
        drop(chip);
        if level != self.level
            && let Some(level) = level
        {
            self.pin.set(level);
        }
        self.level = level;
        next
    }
}
