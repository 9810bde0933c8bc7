// SPDX-License-Identifier: MIT OR Apache-2.0
//! The case as a document: out of one console, into another, on real (private) buses.

// Helpers of tests may stop at the first surprise, too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use support::bus::{Client, PrivateBus, get, until};
use support::{Console, Host, pump_hello};

const CONSOLE: &str = "org.ecmod.Console1";
const CASE: &str = "org.ecmod.Case1";
const LIMITS: &str = "org.ecmod.Limits1";

/// `(sadadsddds)`
type Limit = (String, Vec<f64>, Vec<f64>, String, f64, f64, f64, String);
/// `(tttssssssads)`
type Record = (u64, u64, u64, String, String, String, String, String, String, Vec<f64>, String);
type Taken = (Vec<String>, Vec<String>);

/// The order is that in which it ends.
struct Room {
    client: Client,
    _console: Console,
    _bus: PrivateBus,
}

impl Room {
    async fn new() -> Self {
        let bus = PrivateBus::start();
        let console = Console::on_bus(&bus.address());
        let client = Client::join(&bus.address()).await;
        client.until_console("State", "standby").await;
        Self { client, _console: console, _bus: bus }
    }

    async fn export(&self) -> String {
        self.client.call_at("/org/ecmod/case", CASE, "Export", &()).await.unwrap()
    }

    async fn import(&self, document: &str) -> Result<Taken, (String, String)> {
        self.client.call_at("/org/ecmod/case", CASE, "Import", &(document,)).await
    }

    async fn limit(&self, name: &str) -> f64 {
        let objects = self.client.objects().await.unwrap();
        let limits: Vec<Limit> = get(&objects, "limits", LIMITS, "Limits");
        limits.into_iter().find(|limit| limit.0 == name).unwrap().1[0]
    }

    async fn word(&self, property: &str) -> String {
        get(&self.client.objects().await.unwrap(), "console", CONSOLE, property)
    }
}

/// A console whose operator has chosen something.
async fn chosen() -> Room {
    let room = Room::new().await;
    let limits = "/org/ecmod/limits";
    room.client.call_at::<_, ()>(limits, LIMITS, "ApplyPreset", &("paediatric",)).await.unwrap();
    room.client.call_at::<_, ()>(limits, LIMITS, "Set", &("flow_low", 0.7)).await.unwrap();
    room.client.call::<_, ()>("SetFlow", &(2.5,)).await.unwrap();
    room.client.call::<_, ()>("SetSpeed", &(2222.0,)).await.unwrap();
    room.client.call::<_, ()>("SetMode", &("flow",)).await.unwrap();
    room
}

#[tokio::test]
async fn what_one_console_exports_another_takes_up_and_nothing_is_started() {
    let one = chosen().await;
    let document = one.export().await;
    assert!(
        document.starts_with("ecmod-case 1\n") && document.contains("\nlimit flow_low 0.7\n"),
        "{document}"
    );
    let other = Room::new().await;
    let (taken, _) = other.import(&document).await.unwrap();
    assert!(taken.iter().any(|line| line == "mode flow"), "{taken:?}");
    assert_eq!((other.word("State").await.as_str(), other.word("Mode").await.as_str()), ("standby", "flow"));
    assert!((other.limit("flow_low").await - 0.7).abs() < 1e-9);
    let objects = other.client.objects().await.unwrap();
    let setpoints: (f64, f64) = (
        get(&objects, "console", CONSOLE, "SpeedSetpoint"),
        get(&objects, "console", CONSOLE, "FlowSetpoint"),
    );
    assert_eq!(setpoints, (2222.0, 2.5));
    assert!(get::<Vec<f64>>(&objects, "console", CONSOLE, "SpeedDemand").is_empty(), "nothing is demanded");
    assert!(get::<String>(&objects, "case", CASE, "Imported").starts_with("exported 20"));
    let recorded = until("its record", || async {
        let log: Vec<Record> = other
            .client
            .call_at("/org/ecmod/alarms", "org.ecmod.Alarms1", "Log", &(0_u64, 1000_u32))
            .await
            .unwrap();
        let is_import = |record: &Record| record.10.starts_with("import_case by ");
        let is_limit = |record: &Record| record.4 == "limit" && record.6 == "flow_low";
        (log.iter().any(is_limit)).then_some(())?;
        log.into_iter().find(is_import)
    })
    .await;
    assert!(recorded.10.contains("class paediatric"), "{recorded:?}");
    // Once more is the same once more.
    other.import(&document).await.unwrap();
}

#[tokio::test]
async fn a_document_that_is_damaged_or_does_not_fit_changes_nothing() {
    let one = chosen().await;
    let document = one.export().await;
    let other = Room::new().await;
    let before = other.limit("flow_low").await;
    let damaged = document.replace("limit flow_low 0.7", "limit flow_low 7.0");
    let (error, text) = other.import(&damaged).await.unwrap_err();
    assert!(error == "org.ecmod.Error.InvalidArgument" && text.contains("checksum"), "{error} {text}");
    let foreign = foreign(&document);
    let (error, text) = other.import(&foreign).await.unwrap_err();
    assert_eq!(error, "org.ecmod.Error.Refused");
    for word in
        ["speed_rpm 99999 is outside", "the case's pump is dp3_like", "[ecmod.refused.case_does_not_fit]"]
    {
        assert!(text.contains(word), "{word} is not in {text}");
    }
    assert_eq!((other.limit("flow_low").await, other.word("Mode").await.as_str()), (before, "speed"));
}

/// The same with another pump and a speed that none has, checksummed anew.
fn foreign(document: &str) -> String {
    let body: String = document
        .lines()
        .filter(|line| !line.starts_with("crc32 "))
        .map(|line| match line.split(' ').next() {
            Some("pump") => "pump dp3_like\n".to_owned(),
            Some("speed_rpm") => "speed_rpm 99999\n".to_owned(),
            Some(_) | None => format!("{line}\n"),
        })
        .collect();
    format!("{body}crc32 {:08x}\n", crc32fast::hash(body.as_bytes()))
}

#[tokio::test]
async fn a_console_that_supports_exports_its_case_and_takes_none_up() {
    let bus = PrivateBus::start();
    let console = Console::on_bus(&bus.address());
    // Before anybody waits for anything: a pump that runs is taken over by a console that has just started.
    let mut pump = Host::connect(&console.socket, &pump_hello(Some(3000.0))).unwrap();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let beats = std::thread::spawn(move || {
        use std::sync::mpsc::RecvTimeoutError::Timeout;
        while stopped.recv_timeout(std::time::Duration::from_millis(3)) == Err(Timeout) {
            let speed = pump.demanded(0).unwrap_or(3000.0);
            pump.publish(0, speed);
        }
    });
    let room = Room { client: Client::join(&bus.address()).await, _console: console, _bus: bus };
    room.client.until_console("State", "support").await;
    let document = room.export().await;
    assert!(document.contains("\nstate support\n") && document.contains("\ndemand_rpm "), "{document}");
    let (error, text) = room.import(&document).await.unwrap_err();
    assert!(error == "org.ecmod.Error.Refused" && text.contains("this console is in support"), "{text}");
    drop(stop);
    beats.join().unwrap();
}
