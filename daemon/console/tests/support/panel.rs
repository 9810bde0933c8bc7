// SPDX-License-Identifier: MIT OR Apache-2.0
//! A host with a pressure transducer, a clamp and lamps, kept alive by a thread.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use ecmod_link::image::{Demand, Slot};
use ecmod_link::message::{CommandHello, DriverState, Hello, PROTOCOL, Written};
use ecmod_quantities::Quantity;

use super::{Host, driver, signal};

/// What it adds to the configuration.
pub const CONFIGURATION: &str = r#"
[ports.panel]
kind = "modbus-rtu"
device = "/dev/ttyS3"
baud = 115200
[drivers.transducer]
driver = "transducer"
port = "panel"
config = {}
[drivers.clamp]
driver = "clamp"
port = "panel"
config = {}
[drivers.lamps]
driver = "lamps"
port = "panel"
config = {}
[signals.venous_pressure]
sources = ["transducer.pressure"]
[commands.return_clamp]
target = "clamp.position"
[commands.alarm_lamp]
target = "lamps.lamp"
"#;

/// What is there and what was demanded.
pub struct Panel {
    host: Arc<Mutex<Host>>,
    /// What the transducer delivers without noise, in mmHg, and how far every other sample is off that.
    pub pressure: Arc<Mutex<(f64, f64)>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Panel {
    /// Connects.
    pub fn connect(socket: &Path) -> Self {
        let command = |name: &str, quantity, max| CommandHello {
            name: name.into(),
            label: String::new(),
            quantity,
            min: 0.0,
            max,
            pump: false,
        };
        let mut transducer = driver("transducer", DriverState::Running);
        transducer.signals.push(signal("pressure", Quantity::Pressure, 500.0));
        let mut clamp = driver("clamp", DriverState::Running);
        clamp.commands.push(command("position", Quantity::State, 1.0));
        let mut lamps = driver("lamps", DriverState::Running);
        lamps.commands.push(command("lamp", Quantity::Code, 3.0));
        let drivers = vec![transducer, clamp, lamps];
        let hello = Hello {
            protocol: PROTOCOL,
            port: "panel".into(),
            pid: std::process::id(),
            written: Written::InForce,
            answers: false,
            drivers,
        };
        let host = Arc::new(Mutex::new(Host::connect(socket, &hello).unwrap()));
        let (pressure, stop) = (Arc::new(Mutex::new((0.0, 0.0))), Arc::new(AtomicBool::new(false)));
        let (theirs, its, stopped) = (Arc::clone(&host), Arc::clone(&pressure), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let mut sign = 1.0;
            while !stopped.load(Ordering::Relaxed) {
                let (level, off) = *its.lock().unwrap();
                sign = -sign;
                theirs.lock().unwrap().publish(0, level + sign * off);
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        Self { host, pressure, stop, thread: Some(thread) }
    }

    /// The demand of an output: 0 the clamp, 1 the lamps.
    pub fn demand(&self, output: usize) -> Option<Demand> {
        match self.host.lock().unwrap().image.demand(output) {
            Slot::Value(demand) => Some(demand),
            Slot::Empty | Slot::Torn => None,
        }
    }

    /// How often it was rung for.
    pub fn doorbell(&self) -> u32 {
        self.host.lock().unwrap().image.doorbell()
    }
}

impl Drop for Panel {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _its_panic_was_printed = thread.join();
        }
    }
}
