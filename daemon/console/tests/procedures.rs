// SPDX-License-Identifier: MIT OR Apache-2.0
//! Guided procedures on a real (private) bus, seen by a client that knows nothing but the contract.

// Helpers of tests may stop at the first surprise, too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use ecmod_control::Fact;
use support::Console;
use support::bus::{Client, PrivateBus, get, until};
use zbus::{OwnedObjectPath, OwnedVariant};

const PROCEDURE: &str = "org.ecmod.Procedure1";
const PROCEDURES: &str = "org.ecmod.Procedures1";
const ALARMS: &str = "org.ecmod.Alarms1";

/// `(sssssssstt)`
type Step = (String, String, String, String, String, String, String, String, u64, u64);
/// `(tttssssssads)`
type Record = (u64, u64, u64, String, String, String, String, String, String, Vec<f64>, String);

/// Those that are looked at here.
#[derive(Debug, zbus::DeserializeDict, zbus::Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
struct Properties {
    steps: Vec<Step>,
}

/// The order is that in which it ends.
struct Room {
    client: Client,
    console: Console,
    _bus: PrivateBus,
}

fn path(id: &str) -> String {
    format!("/org/ecmod/procedures/{id}")
}

impl Room {
    async fn new() -> Self {
        let bus = PrivateBus::start();
        let console = Console::on_bus(&bus.address());
        let client = Client::join(&bus.address()).await;
        client.until_console("State", "standby").await;
        Self { client, console, _bus: bus }
    }

    async fn call<B>(&self, id: &str, method: &str, arguments: &B) -> Result<(), (String, String)>
    where
        B: serde::Serialize + zbus::wire::DynamicType,
    {
        self.client.call_at(&path(id), PROCEDURE, method, arguments).await
    }

    async fn property<T: TryFrom<OwnedVariant>>(&self, object: &str, interface: &str, name: &str) -> T {
        get(&self.client.objects().await.unwrap(), object, interface, name)
    }

    async fn word(&self, id: &str, property: &str) -> String {
        self.property(&format!("procedures/{id}"), PROCEDURE, property).await
    }

    async fn steps(&self, id: &str) -> Vec<Step> {
        let properties = "org.freedesktop.DBus.Properties";
        let read = self.client.call_at(&path(id), properties, "GetAll", &(PROCEDURE,)).await;
        let read: Properties = read.unwrap();
        read.steps
    }

    async fn log(&self, says: &str) -> Record {
        let log = "/org/ecmod/alarms";
        until(says, || async {
            let records: Vec<Record> =
                self.client.call_at(log, ALARMS, "Log", &(0_u64, 1000_u32)).await.unwrap();
            records.into_iter().find(|record| record.4 == "procedure" && record.10.starts_with(says))
        })
        .await
    }
}

#[tokio::test]
async fn a_procedure_is_gone_through_over_the_bus_and_the_log_says_who_did_what() {
    let room = Room::new().await;
    let all: Vec<OwnedObjectPath> = room.property("procedures", PROCEDURES, "All").await;
    assert_eq!(all[0].as_str(), path("change_console"));
    assert_eq!(room.word("change_console", "State").await, "idle");
    let (error, text) = room.call("change_console", "Confirm", &("clamp_return",)).await.unwrap_err();
    assert_eq!(error, "org.ecmod.Error.Refused");
    assert!(text.ends_with("[ecmod.refused.procedure_not_running]"), "{text}");

    room.call("change_console", "Begin", &()).await.unwrap();
    let (_, text) = room.call("change_console", "Begin", &()).await.unwrap_err();
    assert!(text.ends_with("[ecmod.refused.procedure_runs]"), "{text}");
    let running: Vec<OwnedObjectPath> = room.property("procedures", PROCEDURES, "Running").await;
    assert_eq!(running, all[..1]);
    let (_, text) = room.call("change_console", "Confirm", &("move_head",)).await.unwrap_err();
    assert!(
        text.contains("clamp_return comes first") && text.ends_with("[ecmod.refused.step_not_next]"),
        "{text}"
    );
    room.call("change_console", "Confirm", &("clamp_return",)).await.unwrap();
    assert_eq!(room.word("change_console", "Next").await, "gas_off");
    let (error, _) = room.call("change_console", "Skip", &("gas_off", " ")).await.unwrap_err();
    assert_eq!(error, "org.ecmod.Error.InvalidArgument");
    room.call("change_console", "Skip", &("gas_off", "no gas is connected")).await.unwrap();

    let user = format!("user {}", rustix::process::geteuid().as_raw());
    let steps = room.steps("change_console").await;
    assert_eq!((steps[0].3.as_str(), &steps[0].5), ("confirmed", &user));
    assert_eq!((steps[1].3.as_str(), steps[1].6.as_str()), ("skipped", "no gas is connected"));
    assert_eq!(
        (steps[2].3.as_str(), steps[2].2.as_str(), steps[0].7.as_str()),
        ("next", "confirm", "return_clamp_closed")
    );
    assert!(room.property::<i64>("procedures/change_console", PROCEDURE, "Remaining").await > 0);
    room.call("change_console", "End", &()).await.unwrap();
    assert_eq!(room.word("change_console", "State").await, "ended");

    let record = room.log("procedure_begin").await;
    assert_eq!((record.6.as_str(), record.10.contains(&user)), ("change_console", true));
    let record = room.log("procedure_step_confirmed").await;
    assert_eq!(record.6, "change_console/clamp_return");
    let record = room.log("procedure_step_skipped").await;
    assert!(record.6 == "change_console/gas_off" && record.10.contains("no gas is connected"), "{record:?}");
    room.log("procedure_end").await;
}

#[tokio::test]
async fn an_alarm_names_its_procedure_and_while_it_is_there_that_one_is_suggested() {
    let room = Room::new().await;
    assert_eq!(room.property::<Vec<OwnedObjectPath>>("procedures", PROCEDURES, "Suggested").await, []);
    room.console.shared.board.set(Fact::RestartsFrequent, true);
    let suggested = || async {
        let paths: Vec<OwnedObjectPath> = room.property("procedures", PROCEDURES, "Suggested").await;
        paths.iter().any(|own| own.as_str() == path("change_console")).then_some(())
    };
    until("it is suggested", suggested).await;
    let named: String = room.property("alarms/RESTARTS_FREQUENT", "org.ecmod.Alarm1", "Procedure").await;
    assert_eq!(named, "change_console");
    assert!(room.property::<bool>("procedures/change_console", PROCEDURE, "Suggested").await);
}

#[tokio::test]
async fn a_check_that_is_completed_was_completed_and_a_timed_step_ends_by_itself_only() {
    let room = Room::new().await;
    assert!(!room.property::<bool>("procedures/emergency_drive", PROCEDURE, "EverCompleted").await);
    room.call("emergency_drive", "Begin", &()).await.unwrap();
    for step in ["present", "whole", "turns"] {
        room.call("emergency_drive", "Confirm", &(step,)).await.unwrap();
    }
    let (_, text) = room.call("emergency_drive", "Confirm", &("keep_turning",)).await.unwrap_err();
    assert!(text.ends_with("[ecmod.refused.step_is_timed]"), "{text}");
    for step in ["keep_turning", "aim_known"] {
        room.call("emergency_drive", "Skip", &(step, "this is a test")).await.unwrap();
    }
    assert_eq!(room.word("emergency_drive", "State").await, "completed");
    assert!(room.property::<bool>("procedures/emergency_drive", PROCEDURE, "EverCompleted").await);
    let record = room.log("procedure_completed").await;
    assert_eq!(record.6, "emergency_drive");
}
