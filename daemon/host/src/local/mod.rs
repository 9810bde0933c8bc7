// SPDX-License-Identifier: MIT OR Apache-2.0
//! Local control: while there is no daemon, two keys on the pump's port raise and lower its speed, and a lamp and a display on the
//! same port say so. This needs nothing but this process, the pump's driver and the GPIO lines.
//!
//! ```text
//!            the daemon is silent (500 ms), or never came
//! Watching ------------------------------------------------> Serving
//!    ^                                                          | keys -> step, slew -> Cell::demand_by_keys
//!    +----------------------------------------------------------+
//!            it beats, or an image of it is attached
//! ```
//! - **Watching**: a daemon demands; keys do nothing here. Whoever wants them as signals reads the same lines with a driver.
//! - **Serving**: nobody demands; keys act. That the daemon is silent changes no speed: a press does. The lamp is on while a press
//!   would count.
//! - A daemon that comes back finds what the keys have set in the hello, marked as theirs, and goes on from there.
//!   [`crate::driver::cell::local`] says how the two are kept apart while that happens.
//!
//! # When the display hangs
//! This thread does no driver's work: a line that does not answer, or a display that hangs, delays the keys or the digits and never the
//! pump's driver. A driver that hangs costs its host otherwise; the display's does not, because then the pump's driver would go with
//! it, and with that what the keys have set. It is in fault until it comes back or somebody restarts the host.

pub mod display;
pub mod hand;
pub mod key;
pub mod presence;

use std::sync::Arc;

use ecmod_config::LocalControl;
use ecmod_quantities::{Monotonic, Span};

use self::display::Display;
use self::hand::{Hand, Seen};
use self::presence::Presence;
use crate::bus::Port;
use crate::bus::lines::LineId;
use crate::driver::cell::local::Refused;
use crate::driver::{Cell, Stop};
use crate::supervise::{LOCAL_THREAD, Turns};
use crate::{SMALL_STACK, clock};

/// How often keys are looked at while they act, and the speed moves.
const LOOK: Span = Span::from_millis(20);
/// How often the daemon's heart is felt while they do not.
const FEEL: Span = Span::from_millis(100);

/// The keys, the lamp and the display of a port.
struct Local {
    settings: LocalControl,
    bus: Arc<Port>,
    pump: Arc<Cell>,
    raise: Option<LineId>,
    lower: Option<LineId>,
    lamp: Lamp,
    display: Option<Display>,
    turns: Arc<Turns>,
    stop: Arc<Stop>,
}

/// A lamp and what it was last told.
struct Lamp {
    line: Option<LineId>,
    told: Option<bool>,
}

/// The drivers whose hanging ends this host: all but a display beside the pump.
#[must_use]
pub fn judged(port: &ecmod_config::Port, cells: &[Arc<Cell>]) -> Vec<Arc<Cell>> {
    let spared = port.local_control.as_ref().and_then(|local| {
        let display = local.display.as_ref().map(|display| display.driver.as_str());
        display.filter(|display| *display != local.pump.driver)
    });
    cells.iter().filter(|cell| spared != Some(cell.id.as_str())).map(Arc::clone).collect()
}

/// Starts the thread of a port's local control, which counts its turns. `cells` are the port's drivers; without the pump's among them nothing is started.
///
/// # Errors
/// If the system gives no thread.
pub fn start(
    settings: &LocalControl,
    bus: &Arc<Port>,
    cells: &[Arc<Cell>],
    turns: &Arc<Turns>,
    stop: &Arc<Stop>,
) -> std::io::Result<Option<std::thread::JoinHandle<()>>> {
    let cell = |id: &str| cells.iter().find(|cell| cell.id == id).map(Arc::clone);
    let Some(pump) = cell(&settings.pump.driver) else { return Ok(None) };
    let line = |name: &str| bus.lines.as_ref().and_then(|lines| lines.find(name).ok());
    let shown = settings.display.as_ref();
    let local = Local {
        raise: line(&settings.raise),
        lower: line(&settings.lower),
        lamp: Lamp { line: settings.lamp.as_deref().and_then(line), told: None },
        display: shown.and_then(|shown| Some(Display::new(cell(&shown.driver)?, &shown.name))),
        settings: settings.clone(),
        bus: Arc::clone(bus),
        pump,
        turns: Arc::clone(turns),
        stop: Arc::clone(stop),
    };
    let builder = std::thread::Builder::new().name(LOCAL_THREAD.to_owned()).stack_size(SMALL_STACK);
    builder.spawn(move || local.run()).map(Some)
}

impl Local {
    fn run(mut self) {
        let mut presence = Presence::new(self.settings.silence, clock::now());
        let mut hand = Hand::new(&self.settings);
        let mut serves = false;
        loop {
            self.turns.turn();
            let now = clock::now();
            let is_there = presence.look(self.pump.daemon_beat(), now) || self.pump.is_yielding(now);
            let was = std::mem::replace(&mut serves, !is_there);
            if serves != was {
                self.tell(serves);
                hand.let_go();
            }
            if serves {
                self.serve(&mut hand, now);
            }
            self.lamp.show(&self.bus, serves && hand.is_ready());
            if let Some(display) = &mut self.display {
                if !Arc::ptr_eq(display.cell(), &self.pump) {
                    display.complain(now);
                }
                display.show(self.pump.measured(&self.settings.feedback, now), now);
            }
            let pause = if serves { LOOK } else { FEEL };
            if self.stop.sleep_until(now.plus(pause)) {
                return;
            }
        }
    }

    /// Looks at the keys, and has the pump follow them.
    fn serve(&mut self, hand: &mut Hand, now: Monotonic) {
        let command = self.settings.pump.name.as_str();
        let Some(range) = self.pump.range(command) else { return hand.let_go() };
        let seen = Seen {
            raise: self.is_down(self.raise),
            lower: self.is_down(self.lower),
            held: self.pump.held(command),
            measured: self.pump.measured(&self.settings.feedback, now),
            range,
        };
        let moved = hand.look(&seen, now);
        if let Some(target) = moved.target {
            tracing::warn!(
                event = "local.key",
                driver = self.pump.id,
                target,
                "a key sends the pump to this speed"
            );
            if let Some(display) = &mut self.display {
                display.target(target, now);
            }
        }
        if moved.stuck {
            tracing::warn!(
                event = "local.stuck",
                driver = self.pump.id,
                "a key is pressed for 10 s; it does nothing until it is let go"
            );
        }
        let Some(demand) = moved.demand else { return };
        match self.pump.demand_by_keys(command, demand, now) {
            Ok(()) => {}
            // the speed stays where it is
            Err(Refused::Yielding | Refused::NoCommand) => hand.let_go(),
            Err(Refused::OutOfRange) => {
                tracing::error!(
                    event = "local.range",
                    driver = self.pump.id,
                    demand,
                    "the driver does not take this speed"
                );
                hand.let_go();
            }
        }
    }

    /// Whether a key is pressed; `None` if its line cannot be read.
    fn is_down(&self, line: Option<LineId>) -> Option<bool> {
        self.bus.lines.as_ref()?.get(line?).ok()
    }

    fn tell(&self, serves: bool) {
        let (driver, raise, lower) =
            (self.pump.id.as_str(), self.settings.raise.as_str(), self.settings.lower.as_str());
        if serves {
            tracing::warn!(
                event = "local.serves",
                driver,
                raise,
                lower,
                "there is no daemon; the keys act on the pump"
            );
        } else {
            tracing::info!(event = "local.rests", driver, "a daemon is there; the keys do nothing");
        }
    }
}

impl Lamp {
    /// Told on change, and again until that went well.
    fn show(&mut self, bus: &Port, on: bool) {
        let (Some(lines), Some(line)) = (&bus.lines, self.line) else { return };
        if self.told != Some(on) {
            self.told = lines.set(line, on).is_ok().then_some(on);
        }
    }
}
