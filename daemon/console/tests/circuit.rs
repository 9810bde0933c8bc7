// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an operator does at the circuit: zeroing a pressure, moving a clamp. The daemon's binary, on a bus, with a host played by the test.
// Helpers of tests may stop at the first surprise, too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use support::bus::{Client, PrivateBus, get, until};
use support::daemon::{Daemon, write_configuration};
use support::panel::{self, Panel};
use tempfile::TempDir;

const CONSOLE: &str = "org.ecmod.Console1";
const SIGNAL: &str = "org.ecmod.Signal1";
const VENOUS: &str = "/org/ecmod/signals/venous_pressure";

type Clamps = HashMap<String, (String, bool)>;
/// `(adsstt)`
type Reading = (Vec<f64>, String, String, u64, u64);

/// The order is that in which it ends.
struct Room {
    client: Client,
    panel: Option<Panel>,
    daemon: Daemon,
    file: PathBuf,
    folder: TempDir,
    bus: PrivateBus,
}

impl Room {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bus = PrivateBus::start();
        let file = write_configuration(folder.path(), &bus.address(), panel::CONFIGURATION);
        let daemon = Daemon::start(&file, None);
        let panel = Panel::connect(&folder.path().join("hosts.sock"));
        let client = Client::join(&bus.address()).await;
        let room = Self { client, panel: Some(panel), daemon, file, folder, bus };
        room.until_value(0.0).await;
        room
    }

    /// The daemon is killed and started again; so is the host, by its own decision.
    async fn restart(&mut self) {
        let pressure = *self.panel.as_ref().unwrap().pressure.lock().unwrap();
        self.daemon.kill();
        self.panel = None;
        self.daemon = Daemon::start(&self.file, None);
        let panel = Panel::connect(&self.folder.path().join("hosts.sock"));
        *panel.pressure.lock().unwrap() = pressure;
        self.panel = Some(panel);
    }

    fn panel(&self) -> &Panel {
        self.panel.as_ref().unwrap()
    }

    async fn property<T: TryFrom<zbus::OwnedVariant>>(&self, object: &str, interface: &str, name: &str) -> T {
        get(&self.client.objects().await.unwrap(), object, interface, name)
    }

    /// Waits until the venous pressure is good and within 0.01 mmHg of this.
    async fn until_value(&self, wanted: f64) {
        self.until_near(wanted, 0.01).await;
    }

    /// The transducer has this level, every other sample is off by so much, and the console knows it.
    async fn set_pressure(&self, level: f64, off: f64) {
        *self.panel().pressure.lock().unwrap() = (level, off);
        self.until_near(level, off + 0.01).await;
    }

    async fn until_near(&self, wanted: f64, tolerance: f64) {
        until("the pressure", || async {
            let objects = self.client.objects().await?;
            let reading: Reading = get(&objects, "signals/venous_pressure", SIGNAL, "Reading");
            reading.0.first().is_some_and(|value| (value - wanted).abs() < tolerance).then_some(())
        })
        .await;
    }

    async fn zero(&self) -> Result<(f64, f64), (String, String)> {
        let patient = Client::join_with(&self.bus.address(), Duration::from_secs(5)).await;
        patient.call_at(VENOUS, SIGNAL, "Zero", &()).await
    }

    async fn clamp(&self, clamp: &str, position: &str) -> Result<(), (String, String)> {
        self.client.call("SetClamp", &(clamp, position)).await
    }
}

#[tokio::test]
async fn a_quiet_transducer_is_zeroed_within_two_seconds_and_keeps_its_zero_when_the_daemon_is_killed() {
    let mut room = Room::new().await;
    assert_eq!(room.property::<Vec<f64>>("signals/venous_pressure", SIGNAL, "ZeroOffset").await, [0.0; 0]);
    assert_eq!(room.property::<u64>("signals/venous_pressure", SIGNAL, "ZeroedAt").await, 0);
    room.set_pressure(12.5, 0.5).await;
    let began = Instant::now();
    let (offset, noise) = room.zero().await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert!((offset - 12.5).abs() < 0.2 && (0.3..0.7).contains(&noise), "{offset} {noise}");
    assert_eq!(room.property::<Vec<f64>>("signals/venous_pressure", SIGNAL, "ZeroOffset").await, [offset]);
    let at: u64 = room.property("signals/venous_pressure", SIGNAL, "ZeroedAt").await;
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    assert!((now - 3..=now).contains(&at), "{at}");
    *room.panel().pressure.lock().unwrap() = (offset - 60.0, 0.0);
    room.until_value(-60.0).await; // with the new zero
    until("the zero on disk", || async {
        ["zeros.a", "zeros.b"]
            .iter()
            .any(|name| room.folder.path().join("state").join(name).exists())
            .then_some(())
    })
    .await;

    room.restart().await;
    room.until_value(-60.0).await;
    assert_eq!(room.property::<Vec<f64>>("signals/venous_pressure", SIGNAL, "ZeroOffset").await, [offset]);
    assert_eq!(room.property::<u64>("signals/venous_pressure", SIGNAL, "ZeroedAt").await, at);
}

#[tokio::test]
async fn a_transducer_that_is_noisy_or_far_off_is_not_zeroed_and_the_reason_is_said() {
    let room = Room::new().await;
    for (level, off, code) in [(10.0, 4.0, "zero_noisy"), (70.0, 0.1, "zero_far_off")] {
        room.set_pressure(level, off).await;
        let (error, text) = room.zero().await.unwrap_err();
        assert_eq!(error, "org.ecmod.Error.Refused");
        assert!(text.ends_with(&format!("[ecmod.refused.{code}]")), "{text}");
        assert_eq!(
            room.property::<Vec<f64>>("signals/venous_pressure", SIGNAL, "ZeroOffset").await,
            [0.0; 0]
        );
    }
    let (one, two) = tokio::join!(room.zero(), room.zero());
    let texts: Vec<String> = [one, two].into_iter().map(|result| result.unwrap_err().1).collect();
    assert!(texts.iter().any(|text| text.ends_with("[ecmod.refused.zeroing_runs]")), "{texts:?}");
    let flow = "/org/ecmod/signals/blood_flow";
    let (_, text) = room.client.call_at::<_, (f64, f64)>(flow, SIGNAL, "Zero", &()).await.unwrap_err();
    assert!(text.ends_with("[ecmod.refused.not_a_pressure]"), "{text}");
}

#[tokio::test]
async fn a_clamp_moves_when_it_is_asked_and_never_before_also_not_after_a_restart() {
    let mut room = Room::new().await;
    let clamps: Clamps = room.property("console", CONSOLE, "Clamps").await;
    assert_eq!(clamps, HashMap::from([("return".to_owned(), ("none".to_owned(), true))]));
    assert_eq!(room.panel().demand(0), None, "nothing is demanded of a clamp that nobody asked about");
    for (position, value) in [("closed", 1.0), ("open", 0.0), ("closed", 1.0)] {
        room.clamp("return", position).await.unwrap();
        let demand = room.panel().demand(0).unwrap();
        assert_eq!((demand.valid, demand.value), (true, value));
        let clamps: Clamps = room.property("console", CONSOLE, "Clamps").await;
        assert_eq!(clamps["return"], (position.to_owned(), true));
    }
    for (clamp, position, error, words) in [
        ("arterial", "open", "InvalidArgument", "return and drainage"),
        ("return", "shut", "InvalidArgument", "open and closed"),
        ("drainage", "closed", "Refused", "[ecmod.refused.clamp_absent]"),
    ] {
        let (name, text) = room.clamp(clamp, position).await.unwrap_err();
        assert_eq!(name, format!("org.ecmod.Error.{error}"));
        assert!(text.contains(words), "{text}");
    }

    room.restart().await;
    room.until_value(0.0).await;
    assert_eq!(room.panel().demand(0), None, "a daemon that was started again leaves it where it is");

    room.panel = None;
    until("the clamp is gone", || async {
        let objects = room.client.objects().await?;
        let clamps: Clamps = get(&objects, "console", CONSOLE, "Clamps");
        (!clamps["return"].1).then_some(())
    })
    .await;
    let (_, text) = room.clamp("return", "open").await.unwrap_err();
    assert!(text.ends_with("[ecmod.refused.clamp_absent]"), "it must not move later, unasked: {text}");
}

#[tokio::test]
async fn the_lamps_demand_is_the_loops_heartbeat_and_rings_for_nobody() {
    let room = Room::new().await;
    let (first, rung) = (room.panel().demand(1).unwrap(), room.panel().doorbell());
    assert_eq!((first.valid, first.value), (true, 0.0));
    let last = until("twenty ticks", || async {
        room.panel().demand(1).filter(|demand| demand.sequence >= first.sequence + 20)
    })
    .await;
    let period = (last.t.0 - first.t.0) / (last.sequence - first.sequence);
    assert!((9_000_000..30_000_000).contains(&period), "{period} ns between two");
    assert_eq!(room.panel().doorbell(), rung, "nothing has changed");
}
