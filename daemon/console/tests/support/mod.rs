// SPDX-License-Identifier: MIT OR Apache-2.0
//! A whole console in this process, and hosts played by the test.
#![allow(dead_code)] // each test file uses its part

pub mod bus;
pub mod daemon;
pub mod panel;

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ecmod_config::{Configuration, Paths};
use ecmod_console::control_thread::channels::{Snapshot, channels};
use ecmod_console::control_thread::statistics::Statistics;
use ecmod_console::control_thread::{ControlThread, Pace};
use ecmod_console::journal::keeper::Keeper;
use ecmod_console::journal::memory::Memory;
use ecmod_console::plan::Plan;
use ecmod_console::procedures::Procedures;
use ecmod_console::record::entry::Stamp;
use ecmod_console::record::recorder::Recorder;
use ecmod_console::service::observer::{Known, Observer, Rings};
use ecmod_console::service::requests::requests;
use ecmod_console::service::{Parts, Shared};
use ecmod_console::{clock, hosts};
use ecmod_control::{Boot, Core};
use ecmod_link::image::{HostImage, Sample, Slot};
use ecmod_link::message::{
    CommandHello, DriverHello, DriverState, FromDaemon, FromHost, Held, Hello, Hold, MAX_MESSAGE, PROTOCOL,
    SignalHello, Written,
};
use ecmod_link::transport::{Connection, Error, Policy};
use ecmod_quantities::Quantity;
use rtrb::Consumer;
use tempfile::TempDir;

/// Longer than anything here may take.
pub const LIMIT: Duration = Duration::from_secs(20);

/// A pump and a flow meter, each on a port of its own.
pub const CONFIGURATION: &str = r#"
[console]
lock_memory = false
[control]
pump = "rotaflow_like"
minimum_speed_rpm = 500
maximum_speed_rpm = 4500
maximum_flow_l_min = 7
[ports.pump_line]
kind = "modbus-rtu"
device = "/dev/ttyS1"
baud = 115200
[ports.flow_line]
kind = "serial"
device = "/dev/ttyS2"
baud = 115200
[drivers.pump]
driver = "oriental-blv"
port = "pump_line"
config = { unit = 1 }
[drivers.flow]
driver = "emtec-bioprott"
port = "flow_line"
config = {}
[signals.pump_speed]
sources = ["pump.speed"]
[signals.blood_flow]
sources = ["flow.flow"]
[commands.pump_speed]
target = "pump.speed_setpoint"
"#;

/// A folder with a configuration, and what it says.
pub fn configuration(extra: &str) -> (TempDir, Configuration) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ecmod.toml");
    std::fs::write(&file, format!("{CONFIGURATION}{extra}")).unwrap();
    let mut configuration = ecmod_config::load(&Paths::at(&file)).unwrap_or_else(|errors| panic!("{errors}"));
    configuration.console.hosts_socket = folder.path().join("hosts.sock");
    configuration.console.state_directory = folder.path().join("state");
    (folder, configuration)
}

/// Waits for something that has to happen.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < LIMIT, "{what}: not within {LIMIT:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The control thread and the service thread of a console.
pub struct Console {
    pub folder: TempDir,
    pub socket: PathBuf,
    pub shared: Arc<Shared>,
    /// Every tick, if the console has no observer that takes them.
    pub snapshots: Option<Consumer<Snapshot>>,
    control: Option<ControlThread>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    service: Option<std::thread::JoinHandle<()>>,
}

impl Console {
    /// Hosts only; the test takes the snapshots.
    pub fn with_hosts(boot: Boot) -> Self {
        Self::start(boot, None)
    }

    /// Everything, on this bus.
    pub fn on_bus(address: &str) -> Self {
        Self::start(Boot::Cold, Some(address.to_owned()))
    }

    /// The same with more in its configuration.
    pub fn on_bus_with(address: &str, extra: &str) -> Self {
        Self::start_with(Boot::Cold, Some(address.to_owned()), extra)
    }

    fn start(boot: Boot, bus: Option<String>) -> Self {
        Self::start_with(boot, bus, "")
    }

    fn start_with(boot: Boot, bus: Option<String>, extra: &str) -> Self {
        let (folder, configuration) = configuration(extra);
        let mut plan = Plan::new(&configuration).unwrap();
        let (memory, journal) = Memory::open(&configuration.console.state_directory);
        plan.recall(&memory.zeros);
        let core = Core::new(plan.settings, boot).unwrap();
        let initial = *core.outputs();
        let (loop_end, service_end) = channels();
        let statistics = Arc::new(Statistics::default());
        let pace = Pace { period: configuration.console.period, priority: None };
        let control = ControlThread::start(core, loop_end, Arc::clone(&statistics), pace).unwrap();
        let (requests, broker) = requests(service_end.requests, service_end.replies);
        let recorder = Recorder::start(&configuration.console.state_directory, memory.boot.as_str()).unwrap();
        let procedures = Procedures::new(
            configuration.procedures.clone(),
            memory.procedures.as_ref(),
            &memory.boot,
            Stamp::now(),
            Arc::clone(&service_end.board),
        );
        let shared = Arc::new(Shared::new(Parts {
            plan,
            initial,
            zeros: memory.zeros.clone(),
            statistics,
            requests,
            arrivals: service_end.arrivals,
            configuration: None,
            board: service_end.board,
            record: recorder.handle(),
            procedures,
        }));
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let socket = configuration.console.hosts_socket.clone();
        let (theirs, path) = (Arc::clone(&shared), socket.clone());
        let (snapshots, news, departures) = (service_end.snapshots, service_end.news, service_end.departures);
        let (mine, observed) = match bus {
            None => (Some(snapshots), None),
            Some(address) => (None, Some((address, Rings { snapshots, news, departures }))),
        };
        let service = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::spawn(broker.serve());
                tokio::spawn(hosts::server::serve(Arc::clone(&theirs), path, Policy::default()));
                let Some((address, rings)) = observed else {
                    let _ = stopped.await;
                    return;
                };
                let settings = ecmod_console::bus::Settings {
                    address: ecmod_config::BusAddress::Address(address),
                    frame_period: Duration::from_millis(100),
                    rights: ecmod_console::bus::Rights::of_groups("no-such-group", None),
                };
                tokio::spawn(ecmod_console::bus::serve(Arc::clone(&theirs), settings));
                let keeper = Keeper::start(journal).unwrap();
                let known = Known { memory: &memory, newest_recording: recorder.newest_record() };
                let mut observer = Observer::new(theirs, rings, &keeper, known);
                tokio::select! {
                    _ = stopped => {}
                    never = observer.run() => match never {},
                }
            });
            recorder.close(LIMIT).unwrap();
        });
        Self {
            folder,
            socket,
            shared,
            snapshots: mine,
            control: Some(control),
            stop: Some(stop),
            service: Some(service),
        }
    }

    /// Ends both threads, as the daemon does.
    pub fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(service) = self.service.take() {
            service.join().unwrap();
        }
        if let Some(control) = self.control.take() {
            control.stop();
        }
    }

    /// The first tick that shows this.
    pub fn until_tick(&mut self, what: &str, shows: impl Fn(&Snapshot) -> bool) -> Snapshot {
        let snapshots = self.snapshots.as_mut().expect("the observer has them");
        until(what, || snapshots.pop().ok().filter(&shows).map(Some).unwrap_or_default())
    }

    /// Forgets the ticks so far.
    pub fn forget(&mut self) {
        let snapshots = self.snapshots.as_mut().expect("the observer has them");
        while snapshots.pop().is_ok() {}
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A host played by the test.
pub struct Host {
    pub connection: Connection,
    pub image: HostImage,
    /// The memory that the image is in.
    pub file: OwnedFd,
    pub sequence: u64,
}

impl Host {
    /// Connects and says hello, as soon as the daemon listens.
    ///
    /// # Errors
    /// The reason of a refusal.
    pub fn connect(socket: &Path, hello: &Hello) -> Result<Self, String> {
        let connection = until("connecting", || Connection::connect(socket).ok());
        connection.send(&FromHost::Hello(hello.clone()).encode().unwrap(), None).unwrap();
        let mut buffer = vec![0; MAX_MESSAGE];
        let received = until("the answer to the hello", || match connection.recv(&mut buffer) {
            Err(Error::WouldBlock) => None,
            other => Some(other),
        });
        let received = received.map_err(|error| error.to_string())?;
        match FromDaemon::decode(&buffer[..received.length]).unwrap() {
            unasked @ (FromDaemon::Ping(_) | FromDaemon::SelfTest(_)) => panic!("not an answer: {unasked:?}"),
            FromDaemon::Refused(refused) => Err(refused.reason),
            FromDaemon::Welcome(welcome) => {
                let file = received.descriptor.unwrap();
                let image = HostImage::attach(file.try_clone().unwrap(), welcome.layout).unwrap();
                Ok(Self { connection, image, file, sequence: 0 })
            }
        }
    }

    /// A good sample in a slot, and a heartbeat.
    pub fn publish(&mut self, slot: usize, value: f64) {
        self.sequence += 1;
        let t = clock::now();
        self.image.publish(slot, Sample { value, t, quality: 1, cause: 0, sequence: self.sequence });
        self.image.beat(t);
    }

    /// What the daemon demands.
    pub fn demanded(&self, slot: usize) -> Option<f64> {
        match self.image.demand(slot) {
            Slot::Value(demand) => demand.valid.then_some(demand.value),
            Slot::Empty | Slot::Torn => None,
        }
    }

    /// Whether the daemon has closed the connection.
    pub fn is_closed(&self) -> bool {
        let mut buffer = [0; 64];
        !matches!(self.connection.recv(&mut buffer), Err(Error::WouldBlock))
    }
}

/// A driver without signals and commands.
pub fn driver(id: &str, state: DriverState) -> DriverHello {
    DriverHello {
        id: id.into(),
        model: "test,played".into(),
        version: "1.2.3".into(),
        abi: 0x0001_0000,
        licence: "MIT".into(),
        description: "played by the test".into(),
        library: format!("/nowhere/{id}.so"),
        hold: Hold::Unverified,
        state,
        detail: String::new(),
        signals: Vec::new(),
        commands: Vec::new(),
        held: Vec::new(),
    }
}

/// A signal, plausible up to `max` either way.
pub fn signal(name: &str, quantity: Quantity, max: f64) -> SignalHello {
    SignalHello {
        name: name.into(),
        label: name.into(),
        quantity,
        min: -max,
        max,
        max_slew: 0.0,
        longest_age_ns: 300_000_000,
    }
}

/// The pump's host, which holds a speed or none.
pub fn pump_hello(held: Option<f64>) -> Hello {
    let mut pump = driver("pump", DriverState::Running);
    pump.signals.push(signal("speed", Quantity::Speed, 5000.0));
    pump.commands.push(CommandHello {
        name: "speed_setpoint".into(),
        label: "speed".into(),
        quantity: Quantity::Speed,
        min: 0.0,
        max: 5000.0,
        pump: true,
    });
    pump.held.extend(held.map(|value| Held {
        command: "speed_setpoint".into(),
        value,
        t_ns: 1,
        sequence: 1,
        local: false,
        returned: false,
    }));
    Hello {
        protocol: PROTOCOL,
        port: "pump_line".into(),
        pid: std::process::id(),
        written: Written::InForce,
        answers: false,
        drivers: vec![pump],
    }
}

/// The flow meter's host.
pub fn flow_hello() -> Hello {
    let mut flow = driver("flow", DriverState::Running);
    flow.signals.push(signal("flow", Quantity::BloodFlow, 10.0));
    Hello {
        protocol: PROTOCOL,
        port: "flow_line".into(),
        pid: std::process::id(),
        written: Written::InForce,
        answers: false,
        drivers: vec![flow],
    }
}
