// SPDX-License-Identifier: MIT OR Apache-2.0
//! The link thread: connects to the daemon, greets it, attaches its image, beats, reports - and begins again, for ever.
//!
//! ```text
//!   connect --(nobody there: 10 .. 250 ms)--> connect
//!      | hello, with held demands
//!   Welcome + image --> attached: newest samples at once, a beat every 10 ms, events on change and at 1 Hz
//!      |                    | hang-up, garbage, tables changed
//!   Refused / garbage       v
//!      +--------------> detached: drivers go on with what they hold --> connect
//! ```
//! Nothing here can stop a driver: the drivers' threads go on sampling into their cells and writing what they hold.

use std::path::PathBuf;
use std::sync::Arc;

use ecmod_link::image::HostImage;
use ecmod_link::message::{
    DriverHello, DriverState, FromDaemon, FromHost, Hello, MAX_MESSAGE, PROTOCOL, PortEvent, Written,
};
use ecmod_link::transport::{Connection, Error as TransportError};
use ecmod_quantities::{Monotonic, Span};
use rustix::event::{PollFd, PollFlags, poll};

use crate::bus::Port;
use crate::clock;
use crate::driver::{Cell, Stop};
use crate::news::News;
use crate::supervise::Turns;

/// Between two attempts to connect.
const FIRST_WAIT: Span = Span::from_millis(10);
const LONGEST_WAIT: Span = Span::from_millis(250);
/// How long the daemon may take to answer a hello.
const ANSWER: Span = Span::from_secs(2);
const BEAT: Span = Span::from_millis(10);
const REPORT: Span = Span::from_secs(1);
/// Room for a question with the names of all drivers.
const LONGEST_QUESTION: usize = 8 * 1024;

/// How long the first hello waits for drivers that are opening: most know their signals by then, and the daemon need not be
/// greeted twice. A device that does not answer must not keep its host from the daemon.
const FIRST_GREETING: Span = Span::from_millis(300);

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum End {
    #[error("the host ends")]
    Stopped,
    #[error("a driver's signals have changed; the daemon is greeted anew")]
    Greeting,
    #[error("the daemon refused this host: {0}")]
    Refused(String),
    #[error("the daemon did not answer the hello")]
    NoAnswer,
    #[error("the daemon sent what nobody expects of it: {0}")]
    Garbage(String),
    #[error("waiting for the daemon: {0}")]
    Wait(rustix::io::Errno),
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error(transparent)]
    Message(#[from] ecmod_link::message::Error),
    #[error(transparent)]
    Image(#[from] ecmod_link::image::Error),
}

/// The link to the daemon.
pub struct Link {
    /// The daemon's socket.
    pub socket: PathBuf,
    /// The name of this host's port.
    pub port: String,
    /// What is made of the configuration that is written.
    pub written: Written,
    /// All drivers, in slot order.
    pub cells: Vec<Arc<Cell>>,
    /// For the port's counters.
    pub bus: Arc<Port>,
    /// What wakes this thread.
    pub news: Arc<News>,
    /// That it comes round.
    pub turns: Arc<Turns>,
    /// When to end.
    pub stop: Arc<Stop>,
}

impl Link {
    /// Runs until the host ends.
    pub fn run(&self) {
        let mut wait = FIRST_WAIT;
        let mut last_problem = String::new();
        let mut connections = 0_u64;
        self.await_drivers(clock::now().plus(FIRST_GREETING));
        while !self.stop.is_raised() {
            self.turns.turn();
            let end = self.connection(&mut connections, || {
                wait = FIRST_WAIT;
                last_problem.clear();
            });
            self.cells.iter().for_each(|cell| cell.detach());
            let Err(end) = end;
            match end {
                End::Stopped => return,
                End::Greeting => continue,
                _ => {}
            }
            let problem = end.to_string();
            if problem != last_problem {
                let port = self.port.as_str();
                tracing::warn!(event = "link.down", port, "{problem}; the drivers go on with what they hold");
                last_problem = problem;
            }
            if self.stop.sleep_until(clock::now().plus(wait)) {
                return;
            }
            wait = Span(wait.0.saturating_mul(2)).min(LONGEST_WAIT);
        }
    }

    /// Waits until no driver is opening any more, or until `deadline`.
    fn await_drivers(&self, deadline: Monotonic) {
        let opening = || self.cells.iter().any(|cell| cell.event().state == DriverState::Opening);
        while opening() && !self.stop.is_raised() {
            let left = deadline.since(clock::now());
            if left == Span::ZERO {
                return;
            }
            // What happened is in the hello: nothing is lost by silencing the bell here.
            let _ = self.news.take_events();
            if opening()
                && poll(&mut [PollFd::new(&*self.news, PollFlags::IN)], Some(&clock::timespec(left))).is_err()
            {
                return;
            }
        }
    }

    /// One connection from beginning to end.
    fn connection(
        &self,
        connections: &mut u64,
        attached: impl FnOnce(),
    ) -> Result<std::convert::Infallible, End> {
        let connection = Connection::connect(&self.socket)?;
        // taken before the hello is made: a change in between leads to one greeting too many, never to one too few
        let greeting = self.news.hellos();
        let hello = Hello {
            protocol: PROTOCOL,
            port: self.port.clone(),
            pid: std::process::id(),
            written: self.written,
            answers: true,
            drivers: self.cells.iter().map(|cell| cell.hello()).collect(),
        };
        let message = FromHost::Hello(hello.clone()).encode()?;
        connection.send(&message, None)?;
        let image = Arc::new(self.welcome(&connection, &hello)?);
        image.beat(clock::now());
        let _alive = match image.hold_life() {
            Ok(alive) => Some(alive),
            Err(error) => {
                tracing::warn!(event = "link.unheld", %error, "the kernel does not tell the daemon of this host's end; the socket does, later");
                None
            }
        };
        for (cell, (greeted, slots)) in self.cells.iter().zip(hello.slots()) {
            cell.attach(&image, &slots, greeted);
        }
        attached();
        *connections = connections.saturating_add(1);
        tracing::info!(event = "link.up", port = self.port.as_str(), "connected to the daemon");
        self.serve(&connection, &image, greeting, &hello.drivers)
    }

    /// Waits for the answer to the hello.
    fn welcome(&self, connection: &Connection, hello: &Hello) -> Result<HostImage, End> {
        let deadline = clock::now().plus(ANSWER);
        let mut buffer = vec![0; MAX_MESSAGE];
        loop {
            let received = match connection.recv(&mut buffer) {
                Err(TransportError::WouldBlock) => {
                    // A bell that rings on would end every wait at once. What it rang for is told when the daemon has answered.
                    let _ = self.news.take_events();
                    self.wait(connection, deadline)?;
                    if clock::now() >= deadline {
                        return Err(End::NoAnswer);
                    }
                    continue;
                }
                result => result?,
            };
            let bytes = buffer.get(..received.length).unwrap_or_default();
            return match (FromDaemon::decode(bytes)?, received.descriptor) {
                (FromDaemon::Refused(refused), _) => Err(End::Refused(refused.reason)),
                (FromDaemon::Welcome(_), None) => Err(End::Garbage("a welcome without an image".to_owned())),
                (FromDaemon::Welcome(welcome), Some(_)) if welcome.layout != hello.layout()? => {
                    Err(End::Garbage("an image of another layout".to_owned()))
                }
                (FromDaemon::Welcome(welcome), Some(image)) => Ok(HostImage::attach(image, welcome.layout)?),
                (FromDaemon::Ping(_) | FromDaemon::SelfTest(_), _) => {
                    Err(End::Garbage("a question before the welcome".to_owned()))
                }
            };
        }
    }

    /// Beats and reports until the connection ends.
    fn serve(
        &self,
        connection: &Connection,
        image: &HostImage,
        greeting: u64,
        greeted: &[DriverHello],
    ) -> Result<std::convert::Infallible, End> {
        let mut report_due = clock::now();
        let mut buffer = vec![0; LONGEST_QUESTION];
        // what the hello said already
        let mut told: Vec<_> =
            greeted.iter().map(|driver| (driver.state, driver.detail.clone(), driver.hold)).collect();
        loop {
            let now = clock::now();
            image.beat(now);
            if self.news.hellos() != greeting {
                return Err(End::Greeting);
            }
            let due = now >= report_due;
            if self.news.take_events() || due {
                for (cell, told) in self.cells.iter().zip(&mut told) {
                    let event = cell.event();
                    let state = (event.state, event.detail.clone(), event.hold);
                    if (due || *told != state) && report(connection, &FromHost::Driver(event))? {
                        *told = state;
                    }
                    if let Some(tested) = cell.self_test.reported() {
                        // A queue that is full now is not full at the next report, which is what brings this here again.
                        let message = FromHost::SelfTest(tested);
                        if !report(connection, &message)?
                            && let FromHost::SelfTest(tested) = message
                        {
                            cell.self_test.ended(tested);
                        }
                    }
                }
            }
            if due {
                report_due = now.plus(REPORT);
                report(connection, &FromHost::Port(self.port_event()))?;
            }
            self.wait(connection, now.plus(BEAT))?;
            match connection.recv(&mut buffer) {
                Err(TransportError::WouldBlock) => {}
                Ok(received) => {
                    let bytes = buffer.get(..received.length).unwrap_or_default();
                    self.answer(connection, FromDaemon::decode(bytes)?)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// What the daemon asks behind the welcome. Nothing is waited for: a driver tests its device in its own time.
    fn answer(&self, connection: &Connection, question: FromDaemon) -> Result<(), End> {
        match question {
            FromDaemon::Ping(ping) => report(connection, &FromHost::Pong(ping)).map(|_| ()),
            FromDaemon::SelfTest(request) => {
                let asked = self.cells.iter().filter(|cell| request.drivers.contains(&cell.id));
                asked.for_each(|cell| cell.self_test.ask(request.number));
                Ok(())
            }
            FromDaemon::Welcome(_) => Err(End::Garbage("a second welcome".to_owned())),
            FromDaemon::Refused(refused) => Err(End::Refused(refused.reason)),
        }
    }

    fn port_event(&self) -> PortEvent {
        let mut snapshot = self.bus.snapshot();
        let total = self.cells.iter().map(|cell| cell.counts()).fold((0, 0), |(demands, samples), counts| {
            (demands + counts.refused_demands, samples + counts.refused_samples)
        });
        snapshot.port.insert("refused_demands".to_owned(), total.0);
        snapshot.port.insert("refused_samples".to_owned(), total.1);
        snapshot.port.insert("lost_log_messages".to_owned(), ecmod_logging::lost());
        // more devices than a message holds are not on one line; the lowest ones are told
        let devices = snapshot.devices.into_iter().take(ecmod_link::message::MAX_COUNTERS).collect();
        PortEvent { counters: snapshot.port, devices }
    }

    /// Waits for the daemon, for news, or until `deadline`.
    fn wait(&self, connection: &Connection, deadline: Monotonic) -> Result<(), End> {
        self.turns.turn();
        if self.stop.is_raised() {
            return Err(End::Stopped);
        }
        let left = deadline.since(clock::now());
        let news: &News = &self.news;
        let mut fds = [PollFd::new(connection, PollFlags::IN), PollFd::new(news, PollFlags::IN)];
        match poll(&mut fds, Some(&clock::timespec(left))) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(End::Wait(error)),
        }
    }
}

/// Sends a report; `false` if the daemon's queue is full, in which case the next one tells the same.
fn report(connection: &Connection, message: &FromHost) -> Result<bool, End> {
    match connection.send(&message.encode()?, None) {
        Ok(()) => Ok(true),
        Err(TransportError::WouldBlock) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
