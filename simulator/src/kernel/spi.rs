// SPDX-License-Identifier: MIT OR Apache-2.0
//! The chips behind `/dev/spidev0.N`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::exchange::{Cursor, Exchange};
use super::{Fault, Pin, Worker, lock, now, pause_until};
use crate::chips::{Level, SpiChip};
use ecmod_quantities::Monotonic;

const DEVICE: &str = "/dev/ecmod-spi";
const WRITES: u8 = 1;
const READS: u8 = 2;
const ENDS_SELECT: u8 = 4;

/// A chip with what belongs to its place on the board.
struct Place {
    select: u8,
    chip: Arc<Mutex<dyn SpiChip>>,
    data_ready: Option<Pin>,
    level: Option<Level>,
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
        let mut places = lock(&self.places);
        places.retain(|place| place.select != select);
        places.push(Place { select, chip, data_ready, level: None, fault: Fault::None, transfers: 0 });
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
        let next = lock(places).iter_mut().filter_map(Place::show_data_ready).min();
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
        Fault::None => Answer::Bytes(place.exchange(&message.steps, wanted)),
        Fault::Errno(errno) => Answer::Errno(errno),
        Fault::Silent => Answer::Silence,
        Fault::Stuck(byte) => Answer::Bytes(vec![byte; wanted]),
    }
}

impl Place {
    fn exchange(&mut self, steps: &[Step<'_>], wanted: usize) -> Vec<u8> {
        let mut read = Vec::with_capacity(wanted);
        let mut chip = lock(&*self.chip);
        let mut selected = false;
        for step in steps {
            if !selected {
                chip.select(now());
                selected = true;
            }
            for place in 0..step.length {
                let out = step.out.get(place).copied().unwrap_or_default();
                let back = chip.exchange(now(), out);
                if step.flags & READS != 0 {
                    read.push(back);
                }
            }
            if step.flags & ENDS_SELECT != 0 {
                chip.deselect(now());
                selected = false;
            }
        }
        if selected {
            chip.deselect(now());
        }
        read
    }

    /// Brings the data-ready pin up to date and says when it changes next.
    fn show_data_ready(&mut self) -> Option<Monotonic> {
        let pin = self.data_ready.as_ref()?;
        let mut chip = lock(&*self.chip);
        let level = chip.data_ready(now());
        let next = chip.next_change();
        drop(chip);
        if level != self.level
            && let Some(now_is) = level
        {
            pin.set(now_is);
            self.level = level;
        }
        next
    }
}
