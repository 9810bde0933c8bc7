// SPDX-License-Identifier: MIT OR Apache-2.0
//! The daemon's side of a host's link: what `ecmod` does with its image, without deciding anything.

use std::collections::BTreeMap;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ecmod_link::image::{DaemonImage, Demand, Sample, Slot};
use ecmod_link::message::{
    DriverEvent, DriverState, FromDaemon, FromHost, Hello, MAX_MESSAGE, PROTOCOL, PortEvent, Welcome,
};
use ecmod_link::transport::{Connection, Error};
use ecmod_quantities::{Cause, Monotonic, Quality};
use ecmod_sim::kernel::now;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::{LIMIT, until};

/// The control loop's period.
const PERIOD: Duration = Duration::from_millis(10);

/// A sample with its words understood.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// In the signal's unit; means something only with a good or uncertain quality.
    pub value: f64,
    /// Whether it may be believed.
    pub quality: Quality,
    /// Why not.
    pub cause: Cause,
    /// When it was acquired.
    pub t: Monotonic,
    /// Counts the signal's samples.
    pub sequence: u64,
}

impl Reading {
    fn of(sample: Sample) -> Option<Self> {
        Some(Self {
            value: sample.value,
            quality: Quality::from_code(sample.quality)?,
            cause: Cause::from_code(sample.cause)?,
            t: sample.t,
            sequence: sample.sequence,
        })
    }

    /// Whether it is good.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.quality == Quality::Good
    }
}

/// The daemon's side; gone when dropped.
pub struct Daemon {
    connection: Connection,
    hello: Hello,
    shared: Arc<Shared>,
    ticking: Option<JoinHandle<()>>,
}

struct Shared {
    image: DaemonImage,
    demands: Mutex<BTreeMap<usize, f64>>,
    stop: AtomicBool,
}

impl Daemon {
    /// Takes a hello and answers it; `None` while a driver does not know its signals yet (the host comes again when it does).
    pub(crate) fn welcome(connection: Connection) -> Option<Self> {
        let FromHost::Hello(hello) = receive(&connection, LIMIT)? else {
            panic!("something else than a hello")
        };
        for driver in &hello.drivers {
            assert_ne!(driver.state, DriverState::Absent, "{}: {}", driver.id, driver.detail);
        }
        let layout = hello.layout().unwrap();
        let (image, file) = DaemonImage::create(layout).unwrap();
        let welcome = FromDaemon::Welcome(Welcome { protocol: PROTOCOL, layout }).encode().unwrap();
        connection.send(&welcome, Some(file.as_fd())).ok()?;
        if hello.drivers.iter().any(|driver| driver.signals.is_empty() && driver.commands.is_empty()) {
            wait_for_the_end(&connection);
            return None;
        }
        let shared = Arc::new(Shared { image, demands: Mutex::default(), stop: AtomicBool::new(false) });
        let ticking = Some(std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || tick(&shared)
        }));
        Some(Self { connection, hello, shared, ticking })
    }

    /// What the host said of itself.
    #[must_use]
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// The image, for what the methods here do not do.
    #[must_use]
    pub fn image(&self) -> &DaemonImage {
        &self.shared.image
    }

    /// The newest sample of a signal.
    ///
    /// # Panics
    /// No driver has this signal.
    #[must_use]
    pub fn latest(&self, driver: &str, signal: &str) -> Option<Reading> {
        let slot = self.hello.input(driver, signal).unwrap_or_else(|| panic!("{driver} has no {signal}"));
        match self.shared.image.read(slot) {
            Slot::Value(sample) => Reading::of(sample),
            _ => None,
        }
    }

    /// Waits for a sample.
    ///
    /// # Panics
    /// At the time limit, with what there was instead.
    pub fn sample(&self, driver: &str, signal: &str, wanted: impl Fn(&Reading) -> bool) -> Reading {
        let deadline = Instant::now() + LIMIT;
        loop {
            let latest = self.latest(driver, signal);
            if let Some(reading) = latest.filter(&wanted) {
                return reading;
            }
            assert!(Instant::now() < deadline, "{driver}.{signal} is never as wanted, now {latest:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits for a good sample of about this value.
    ///
    /// # Panics
    /// At the time limit.
    pub fn good(&self, driver: &str, signal: &str, value: f64, tolerance: f64) -> Reading {
        self.sample(driver, signal, |reading| reading.is_good() && (reading.value - value).abs() <= tolerance)
    }

    /// Waits for a bad sample and says how long after the call it came.
    ///
    /// # Panics
    /// At the time limit.
    pub fn bad(&self, driver: &str, signal: &str, cause: Cause) -> Duration {
        let begin = Instant::now();
        self.sample(driver, signal, |reading| reading.quality == Quality::Bad && reading.cause == cause);
        begin.elapsed()
    }

    /// Demands this from now on, afresh with every tick.
    ///
    /// # Panics
    /// No driver has this command.
    pub fn demand(&self, driver: &str, command: &str, value: f64) {
        let slot = self.hello.output(driver, command).unwrap_or_else(|| panic!("{driver} has no {command}"));
        self.shared.demands.lock().unwrap().insert(slot, value);
    }

    /// Hangs: connected, but no demand and no heartbeat any more.
    pub fn hang(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(ticking) = self.ticking.take() {
            ticking.join().unwrap();
        }
    }

    /// Waits for news of a driver.
    pub fn event(&self, wanted: impl Fn(&DriverEvent) -> bool) -> DriverEvent {
        until("the driver is told of as wanted", || {
            match receive(&self.connection, PERIOD).filter(|message| matches!(message, FromHost::Driver(_))) {
                Some(FromHost::Driver(event)) if wanted(&event) => Some(event),
                _ => None,
            }
        })
    }

    /// Waits for the port's counters.
    pub fn port(&self, wanted: impl Fn(&PortEvent) -> bool) -> PortEvent {
        until("the counters are as wanted", || match receive(&self.connection, PERIOD) {
            Some(FromHost::Port(event)) if wanted(&event) => Some(event),
            _ => None,
        })
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(ticking) = self.ticking.take() {
            let _ = ticking.join();
        }
    }
}

fn tick(shared: &Shared) {
    let mut sequence = 0;
    while !shared.stop.load(Ordering::Relaxed) {
        let t = now();
        sequence += 1;
        for (slot, value) in shared.demands.lock().unwrap().iter() {
            shared.image.write(*slot, Demand { value: *value, t, sequence, valid: true, fallback: None });
        }
        shared.image.beat(t);
        shared.image.ring();
        std::thread::sleep(PERIOD);
    }
}

/// Until the host hangs up, which it does to come again with what it has learnt; or until it is time to ask it again.
fn wait_for_the_end(connection: &Connection) {
    let deadline = Instant::now() + Duration::from_secs(1);
    let mut buffer = vec![0; MAX_MESSAGE];
    while Instant::now() < deadline {
        let mut files = [PollFd::new(connection, PollFlags::IN)];
        let _ = poll(&mut files, Some(&Timespec { tv_sec: 0, tv_nsec: 100_000_000 }));
        if !matches!(connection.recv(&mut buffer), Ok(_) | Err(Error::WouldBlock)) {
            return;
        }
    }
}

/// The next message within `limit`; `None` if none comes or the host has hung up.
fn receive(connection: &Connection, limit: Duration) -> Option<FromHost> {
    let limit = Timespec { tv_sec: limit.as_secs().cast_signed(), tv_nsec: limit.subsec_nanos().into() };
    let mut files = [PollFd::new(connection, PollFlags::IN)];
    if poll(&mut files, Some(&limit)).unwrap() == 0 {
        return None;
    }
    let mut buffer = vec![0; MAX_MESSAGE];
    match connection.recv(&mut buffer) {
        Ok(received) => Some(FromHost::decode(&buffer[..received.length]).unwrap()),
        Err(Error::WouldBlock) => None,
        Err(_) => None,
    }
}
