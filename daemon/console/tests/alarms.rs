// SPDX-License-Identifier: MIT OR Apache-2.0
//! Alarms, limits, interventions and the self-test on a real (private) bus, seen by a client that knows nothing but the
//! contract.

// Helpers of tests may stop at the first surprise, too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::time::Duration;

use ecmod_control::{Fact, InterventionKind, InterventionSettings};
use futures_util::StreamExt;
use support::bus::{Client, PrivateBus, as_nobody, get, until};
use support::panel::{self, Panel};
use support::{Console, Host, LIMIT, flow_hello, pump_hello};
use zbus::{MatchRule, MessageStream, OwnedFd, OwnedObjectPath, OwnedVariant};

const ALARM: &str = "org.ecmod.Alarm1";
const ALARMS: &str = "org.ecmod.Alarms1";
const LIMITS: &str = "org.ecmod.Limits1";
const INTERVENTION: &str = "org.ecmod.Intervention1";
const SELF_TEST: &str = "org.ecmod.SelfTest1";

/// An alarm that a fact raises by itself, and that does not latch; nobody here takes that fact back.
const LOST: &str = "/org/ecmod/alarms/BUS_LOST";

/// `(sadadsddds)`
type Limit = (String, Vec<f64>, Vec<f64>, String, f64, f64, f64, String);
/// `(tttssssssads)`
type Record = (u64, u64, u64, String, String, String, String, String, String, Vec<f64>, String);

/// The order is that in which it ends.
struct Room {
    client: Client,
    console: Console,
    bus: PrivateBus,
}

impl Room {
    async fn new() -> Self {
        let bus = PrivateBus::start();
        let console = Console::on_bus(&bus.address());
        let client = Client::join(&bus.address()).await;
        client.until_console("State", "standby").await;
        Self { client, console, bus }
    }

    async fn at<R>(&self, path: &str, interface: &str, method: &str) -> Result<R, (String, String)>
    where
        R: for<'de> serde::Deserialize<'de> + zbus::Type,
    {
        self.client.call_at(path, interface, method, &()).await
    }

    async fn alarms(&self, method: &str) {
        self.at::<()>("/org/ecmod/alarms", ALARMS, method).await.unwrap();
    }

    async fn property<T: TryFrom<OwnedVariant>>(&self, object: &str, interface: &str, name: &str) -> T {
        get(&self.client.objects().await.unwrap(), object, interface, name)
    }

    async fn is_present(&self, path: &str) -> bool {
        let objects = self.client.objects().await.unwrap();
        objects.contains_key(&OwnedObjectPath::try_from(path.to_owned()).unwrap())
    }

    async fn until_present(&self, path: &str, present: bool) {
        until(path, || async { (self.is_present(path).await == present).then_some(()) }).await;
    }

    async fn log(&self) -> Vec<Record> {
        let log = "/org/ecmod/alarms";
        self.client.call_at(log, ALARMS, "Log", &(0_u64, 1000_u32)).await.unwrap()
    }

    /// The first record that is about this and says this; it takes the disk a moment.
    async fn recorded(&self, what: &str, says: impl Fn(&Record) -> bool) -> Record {
        until(what, || async { self.log().await.into_iter().find(&says) }).await
    }

    async fn listen(&self, path: &'static str, interface: &'static str) -> MessageStream {
        let rule = MatchRule::builder().msg_type(zbus::message::Type::Signal).interface(interface).path(path);
        MessageStream::for_match_rule(rule.build().unwrap(), &self.client.connection, None).await.unwrap()
    }
}

/// The next signal of this name.
async fn next(stream: &mut MessageStream, member: &str) -> zbus::Message {
    let found = async {
        loop {
            let message = stream.next().await.unwrap().unwrap();
            if message.header().member().is_some_and(|name| name.as_str() == member) {
                return message;
            }
        }
    };
    tokio::time::timeout(LIMIT, found).await.unwrap_or_else(|_| panic!("no {member} within {LIMIT:?}"))
}

#[tokio::test]
async fn an_alarm_is_an_object_while_it_is_present_and_a_signal_when_it_comes_and_goes() {
    let room = Room::new().await;
    let mut signals = room.listen("/org/ecmod/alarms", ALARMS).await;
    let mut objects = room.listen("/org/ecmod", "org.freedesktop.DBus.ObjectManager").await;
    room.console.shared.board.set(Fact::BusLost, true);

    let raised = next(&mut signals, "Raised").await;
    let (path, id, subject, priority, text): (OwnedObjectPath, String, String, String, String) =
        raised.body().deserialize().unwrap();
    assert_eq!((path.as_str(), id.as_str(), subject.as_str()), (LOST, "BUS_LOST", ""));
    assert!(!text.is_empty());
    let added = next(&mut objects, "InterfacesAdded").await;
    let (path, interfaces): (OwnedObjectPath, HashMap<String, HashMap<String, OwnedVariant>>) =
        added.body().deserialize().unwrap();
    assert!(path.as_str() == LOST && interfaces.contains_key(ALARM), "{path} {interfaces:?}");

    assert!(room.is_present(LOST).await);
    let word = |property| room.property::<String>("alarms/BUS_LOST", ALARM, property);
    assert_eq!((word("Priority").await, word("Phase").await), (priority.clone(), "active".to_owned()));
    assert_eq!((word("Text").await, word("SubjectKind").await), (text, "none".to_owned()));
    assert!(!word("Condition").await.is_empty() && !word("CauseText").await.is_empty());
    let ranked: Vec<OwnedObjectPath> = room.property("alarms", ALARMS, "Ranked").await;
    assert!(ranked.iter().any(|path| path.as_str() == LOST), "{ranked:?}");
    assert!(room.property::<u64>("alarms", ALARMS, "Announced").await >= 1);

    room.console.shared.board.set(Fact::BusLost, false);
    let gone = next(&mut signals, "Gone").await;
    let (path, id, _): (OwnedObjectPath, String, String) = gone.body().deserialize().unwrap();
    assert_eq!((path.as_str(), id.as_str()), (LOST, "BUS_LOST"));
    next(&mut objects, "InterfacesRemoved").await;
    assert!(!room.is_present(LOST).await);

    let appeared = room.recorded("appeared", |record| record.4 == "appeared" && record.5 == "BUS_LOST").await;
    assert_eq!(appeared.7, priority);
    let gone = room.recorded("gone", |record| record.4 == "gone" && record.5 == "BUS_LOST").await;
    assert!(gone.0 > appeared.0 && gone.2 > appeared.2, "{gone:?} {appeared:?}");
    assert_eq!(gone.3, appeared.3, "the same boot");
}

#[tokio::test]
async fn an_operator_acknowledges_pauses_and_resumes_and_the_log_says_who() {
    let room = Room::new().await;
    let mut signals = room.listen("/org/ecmod/alarms", ALARMS).await;
    room.console.shared.board.set(Fact::BusLost, true);
    room.until_present(LOST, true).await;
    room.alarms("PauseAudio").await;
    let until_then: u64 = room.property("alarms", ALARMS, "AudioPausedUntil").await;
    assert!(until_then > ecmod_console::clock::now().0);
    assert!(room.property::<bool>("alarms/BUS_LOST", ALARM, "AudioPaused").await);
    room.alarms("ResumeAudio").await;
    assert_eq!(room.property::<u64>("alarms", ALARMS, "AudioPausedUntil").await, 0);

    let path = OwnedObjectPath::try_from(LOST).unwrap();
    room.client.call_at::<_, ()>("/org/ecmod/alarms", ALARMS, "Acknowledge", &(&path,)).await.unwrap();
    assert!(room.property::<bool>("alarms/BUS_LOST", ALARM, "Acknowledged").await);
    let acknowledged = async {
        loop {
            let changed = next(&mut signals, "Changed").await;
            let (path, _, _, acknowledged): (OwnedObjectPath, String, String, bool) =
                changed.body().deserialize().unwrap();
            if path.as_str() == LOST && acknowledged {
                return;
            }
        }
    };
    tokio::time::timeout(LIMIT, acknowledged).await.unwrap();
    room.alarms("AcknowledgeAll").await;
    room.alarms("ResetAll").await;
    let (error, text) = room
        .client
        .call_at::<_, ()>("/org/ecmod/alarms", ALARMS, "Reset", &(&path,))
        .await
        .expect_err("its condition lasts");
    assert_eq!(error, "org.ecmod.Error.Refused");
    assert!(text.ends_with("[ecmod.refused.alarm_present]"), "{text}");

    let user = format!("user {}", rustix::process::geteuid().as_raw());
    for event in ["audio_paused", "audio_resumed", "reset"] {
        let record = room.recorded(event, |record| record.4 == event).await;
        assert!(record.10.contains(&user), "{record:?}");
    }
    let record =
        room.recorded("acknowledged", |record| record.4 == "acknowledged" && record.6 == "BUS_LOST").await;
    assert!(record.10.contains(&user), "{record:?}");
}

#[tokio::test]
async fn what_is_no_alarm_or_not_present_is_refused_by_name() {
    let room = Room::new().await;
    for (path, error, words) in [
        ("/org/ecmod/alarms/BUS_LOST", "Refused", "[ecmod.refused.no_such_alarm]"),
        ("/org/ecmod/alarms/NONSENSE", "InvalidArgument", "not the object of an alarm"),
        ("/org/ecmod/console", "InvalidArgument", "not the object of an alarm"),
    ] {
        let path = OwnedObjectPath::try_from(path).unwrap();
        for method in ["Acknowledge", "Reset"] {
            let refused = room.client.call_at::<_, ()>("/org/ecmod/alarms", ALARMS, method, &(&path,)).await;
            let (name, text) = refused.unwrap_err();
            assert_eq!(name, format!("org.ecmod.Error.{error}"), "{method} {path}");
            assert!(text.contains(words), "{text}");
        }
    }
    for (id, error) in [("NONSENSE", "InvalidArgument"), ("PUMP_STOP", "Refused")] {
        let refused =
            room.client.call_at::<_, ()>("/org/ecmod/alarms", ALARMS, "SetAlarmOff", &(id, true)).await;
        assert_eq!(refused.unwrap_err().0, format!("org.ecmod.Error.{error}"), "{id}");
    }
}

#[tokio::test]
async fn a_kind_that_may_be_off_is_switched_off_and_on_and_that_is_shown_and_recorded() {
    let room = Room::new().await;
    let may: Vec<String> = room.property("alarms", ALARMS, "MayBeOff").await;
    let id = may.first().expect("some may").as_str();
    for (off, event) in [(true, "off"), (false, "on")] {
        room.client.call_at::<_, ()>("/org/ecmod/alarms", ALARMS, "SetAlarmOff", &(id, off)).await.unwrap();
        let shown: Vec<String> = room.property("alarms", ALARMS, "Off").await;
        assert_eq!(shown.iter().any(|shown| shown == id), off);
        room.recorded(event, |record| record.4 == event && record.6 == id).await;
    }
    for (on, word) in [(true, "begins"), (false, "ends")] {
        room.client.call_at::<_, ()>("/org/ecmod/alarms", ALARMS, "SetTransport", &(on,)).await.unwrap();
        assert_eq!(room.property::<bool>("alarms", ALARMS, "Transport").await, on);
        room.recorded(word, |record| record.4 == "transport" && record.6 == word).await;
    }
}

#[tokio::test]
async fn a_limit_is_changed_inside_its_range_and_refused_outside_or_when_it_is_no_number() {
    let room = Room::new().await;
    let client = &room.client;
    assert!(read_limits(client).await.len() >= 20);
    let find = |name: &'static str| async move {
        let all = read_limits(client).await;
        all.into_iter().find(|limit| limit.0 == name).unwrap()
    };
    let set = |name: &'static str, value: f64| async move {
        client.call_at::<_, ()>("/org/ecmod/limits", LIMITS, "Set", &(name, value)).await
    };
    let before = find("venous_pressure_low").await;
    assert_eq!((before.3.as_str(), before.1.len()), ("mmHg", 1));
    let wanted = before.1[0] + 5.0;
    set("venous_pressure_low", wanted).await.unwrap();
    assert_eq!(find("venous_pressure_low").await.1, [wanted]);
    let record =
        room.recorded("limit", |record| record.4 == "limit" && record.6 == "venous_pressure_low").await;
    assert_eq!(record.9, [wanted]);
    assert!(record.10.contains("user"), "{record:?}");

    for nonsense in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let (error, _) = set("venous_pressure_low", nonsense).await.unwrap_err();
        assert_eq!(error, "org.ecmod.Error.InvalidArgument", "{nonsense}");
    }
    for outside in [before.4 - 1.0, before.5 + 1.0] {
        let (error, text) = set("venous_pressure_low", outside).await.unwrap_err();
        assert_eq!(error, "org.ecmod.Error.Refused", "{outside}");
        assert!(text.ends_with("[ecmod.refused.out_of_range]"), "{text}");
    }
    let crossing = find("venous_pressure_very_low").await.1[0];
    let (_, text) = set("venous_pressure_low", crossing).await.unwrap_err();
    assert!(text.ends_with("[ecmod.refused.limits_cross]"), "{text}");
    let (error, _) = set("no_such_limit", 1.0).await.unwrap_err();
    assert_eq!(error, "org.ecmod.Error.InvalidArgument");
    assert_eq!(find("venous_pressure_low").await.1, [wanted], "nothing has changed by what was refused");

    let preset = |class: &'static str| async move {
        client.call_at::<_, ()>("/org/ecmod/limits", LIMITS, "ApplyPreset", &(class,)).await
    };
    preset("neonate").await.unwrap();
    assert_eq!(room.property::<String>("limits", LIMITS, "PatientClass").await, "neonate");
    let neonate = find("venous_pressure_low").await;
    assert_eq!(neonate.1, neonate.2, "what the preset has");
    assert_eq!(preset("giant").await.unwrap_err().0, "org.ecmod.Error.InvalidArgument");
    room.recorded("preset", |record| record.4 == "preset" && record.6 == "neonate").await;
}

/// The properties of the limits.
#[derive(Debug, zbus::DeserializeDict, zbus::Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
struct LimitsProperties {
    limits: Vec<Limit>,
}

async fn read_limits(client: &Client) -> Vec<Limit> {
    let properties = "org.freedesktop.DBus.Properties";
    let read = client.call_at("/org/ecmod/limits", properties, "GetAll", &(LIMITS,)).await;
    let read: LimitsProperties = read.unwrap();
    read.limits
}

#[tokio::test]
async fn interventions_are_there_with_their_bounds_and_are_overridden_by_one_call() {
    let room = Room::new().await;
    for name in InterventionKind::ALL.map(|kind| kind.name()) {
        let object = format!("interventions/{name}");
        assert_eq!(room.property::<String>(&object, INTERVENTION, "Name").await, name);
        assert!(!room.property::<String>(&object, INTERVENTION, "Description").await.is_empty());
    }
    let longest: u64 = room.property("interventions/gross_air", INTERVENTION, "LongestDuration").await;
    let usual = InterventionSettings::usual().of(InterventionKind::GrossAir).longest;
    assert_eq!(longest, usual.0);
    let state = |name: &'static str| room.property::<String>(name, INTERVENTION, "State");
    room.client.call::<_, ()>("Override", &()).await.unwrap();
    room.recorded("override", |record| record.4 == "override" && record.6 == "all").await;
    room.client.call::<_, ()>("ReleaseOverride", &()).await.unwrap();
    let air = "/org/ecmod/interventions/gross_air";
    room.at::<()>(air, INTERVENTION, "Override").await.unwrap();
    assert_eq!(state("interventions/gross_air").await, "overridden");
    assert!(room.property::<u64>("interventions/gross_air", INTERVENTION, "Ends").await > 0);
    room.at::<()>(air, INTERVENTION, "ReleaseOverride").await.unwrap();
    assert_ne!(state("interventions/gross_air").await, "overridden");
    let records: Vec<(u64, u64, String, u64)> = room.at(air, INTERVENTION, "Records").await.unwrap();
    assert!(records.is_empty(), "{records:?}");
    let (error, text) =
        room.client.call_at::<_, OwnedFd>(air, INTERVENTION, "OpenRecord", &(1_u64,)).await.unwrap_err();
    assert_eq!(error, "org.ecmod.Error.Refused");
    assert!(text.contains("no recording 1"), "{text}");
}

/// The pump and the flow meter, at work; the pump has the speed that is asked for.
fn at_work(console: &Console) -> Work {
    let mut pump = Host::connect(&console.socket, &pump_hello(Some(3000.0))).unwrap();
    let mut flow = Host::connect(&console.socket, &flow_hello()).unwrap();
    let (stop, stopped) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let mut speed = 3000.0;
        while stopped.recv_timeout(Duration::from_millis(3)).is_err() {
            speed = pump.demanded(0).unwrap_or(speed);
            pump.publish(0, speed);
            flow.publish(0, 4.0);
        }
    });
    Work { stop, thread: Some(thread) }
}

/// Ends with the test.
struct Work {
    stop: std::sync::mpsc::Sender<()>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = self.stop.send(());
        if let Some(thread) = self.thread.take() {
            let _its_panic_was_printed = thread.join();
        }
    }
}

#[tokio::test]
async fn a_pressure_that_is_too_low_is_held_recorded_with_its_readings_and_given_back_by_one_call() {
    let bus = PrivateBus::start();
    let console = Console::on_bus_with(&bus.address(), panel::CONFIGURATION);
    let client = Client::join(&bus.address()).await;
    let room = Room { client, console, bus };
    let _work = at_work(&room.console);
    let panel = Panel::connect(&room.console.socket);
    *panel.pressure.lock().unwrap() = (-40.0, 0.2);
    room.client.until_console("State", "support").await;
    let (object, path) =
        ("interventions/venous_pressure_low", "/org/ecmod/interventions/venous_pressure_low");
    let state = || room.property::<String>(object, INTERVENTION, "State");
    until("watching", || async { (state().await == "watching").then_some(()) }).await;
    assert!(room.property::<Vec<f64>>(object, INTERVENTION, "TriggerValue").await.is_empty());

    *panel.pressure.lock().unwrap() = (-160.0, 0.2);
    until("acting", || async { (state().await == "active").then_some(()) }).await;
    let value: Vec<f64> = room.property(object, INTERVENTION, "TriggerValue").await;
    let limit: Vec<f64> = room.property(object, INTERVENTION, "TriggerLimit").await;
    assert!(value[0] < limit[0] && room.property::<bool>(object, INTERVENTION, "TriggerPresent").await);
    let remaining: Vec<f64> = room.property(object, INTERVENTION, "Remaining").await;
    assert!(remaining[0] > 0.0 && remaining[0] <= 30.0, "{remaining:?}");
    until("the limit is shown", || async {
        let word: String = room.property("console", "org.ecmod.Console1", "ActiveLimit").await;
        (word == "venous_pressure_low").then_some(())
    })
    .await;

    let began =
        room.recorded("its beginning", |record| record.4 == "intervention" && record.8 == "active").await;
    assert_eq!((began.6.as_str(), began.9.len()), ("venous_pressure_low", 1));
    assert!(began.10.contains("recording 1") && began.10.contains("not below"), "{began:?}");
    let recordings = until("its recording", || async {
        let recordings: Vec<(u64, u64, String, u64)> = room.at(path, INTERVENTION, "Records").await.unwrap();
        (!recordings.is_empty()).then_some(recordings)
    })
    .await;
    let (number, time, trigger, size) = &recordings[0];
    assert!(*number == 1 && *time > 1_700_000_000_000 && *size > 100, "{recordings:?}");
    assert!(trigger.contains("mmHg against"), "{trigger}");
    let file: OwnedFd = room.client.call_at(path, INTERVENTION, "OpenRecord", &(1_u64,)).await.unwrap();
    let text = tokio::task::spawn_blocking(move || {
        let mut text = String::new();
        File::from(std::os::fd::OwnedFd::from(file)).read_to_string(&mut text).unwrap();
        text
    });
    let text = text.await.unwrap();
    assert!(
        text.contains("venous_pressure [mmHg]") && (text.contains(",-159.8,") || text.contains(",-160.2,")),
        "{text}"
    );

    room.client.call::<_, ()>("Override", &()).await.unwrap();
    assert_eq!(state().await, "overridden");
    room.recorded("the override", |record| record.4 == "override" && record.6 == "all").await;
    room.recorded("its end", |record| record.4 == "intervention" && record.8 == "overridden").await;
    until("the limit is gone", || async {
        let word: String = room.property("console", "org.ecmod.Console1", "ActiveLimit").await;
        (word != "venous_pressure_low").then_some(())
    })
    .await;
}

#[tokio::test]
async fn another_user_may_read_everything_and_change_nothing() {
    assert!(rustix::process::geteuid().is_root(), "it takes root to be somebody else: run this test as root");
    let room = Room::new().await;
    room.bus.open_to_all();
    room.console.shared.board.set(Fact::BusLost, true);
    room.until_present(LOST, true).await;
    let address = room.bus.address();
    let refused = as_nobody(async move {
        let stranger = Client::join(&address).await;
        let objects = stranger.objects().await.unwrap();
        assert!(objects.keys().any(|path| path.as_str() == LOST));
        let log: Vec<Record> =
            stranger.call_at("/org/ecmod/alarms", ALARMS, "Log", &(0_u64, 10_u32)).await.unwrap();
        assert!(log.len() <= 10);
        let path = OwnedObjectPath::try_from(LOST).unwrap();
        let alarms = "/org/ecmod/alarms";
        let air = "/org/ecmod/interventions/gross_air";
        vec![
            stranger.call_at::<_, ()>(alarms, ALARMS, "Acknowledge", &(&path,)).await,
            stranger.call_at::<_, ()>(alarms, ALARMS, "AcknowledgeAll", &()).await,
            stranger.call_at::<_, ()>(alarms, ALARMS, "PauseAudio", &()).await,
            stranger.call_at::<_, ()>(alarms, ALARMS, "ResumeAudio", &()).await,
            stranger.call_at::<_, ()>(alarms, ALARMS, "Reset", &(&path,)).await,
            stranger.call_at::<_, ()>(alarms, ALARMS, "ResetAll", &()).await,
            stranger.call_at::<_, ()>(alarms, ALARMS, "SetAlarmOff", &("FLOW_HIGH", true)).await,
            stranger.call_at::<_, ()>(alarms, ALARMS, "SetTransport", &(true,)).await,
            stranger.call_at::<_, ()>("/org/ecmod/limits", LIMITS, "Set", &("flow_low", 1.0)).await,
            stranger.call_at::<_, ()>("/org/ecmod/limits", LIMITS, "Set", &("nonsense", f64::NAN)).await,
            stranger.call_at::<_, ()>("/org/ecmod/limits", LIMITS, "ApplyPreset", &("adult",)).await,
            stranger.call_at::<_, ()>(air, INTERVENTION, "Override", &()).await,
            stranger.call_at::<_, ()>(air, INTERVENTION, "ReleaseOverride", &()).await,
            stranger.call::<_, ()>("Override", &()).await,
            stranger.call::<_, ()>("ReleaseOverride", &()).await,
            stranger.call_at::<_, ()>("/org/ecmod/case", "org.ecmod.Case1", "Import", &("",)).await,
            stranger.call_at::<_, ()>("/org/ecmod/self_test", SELF_TEST, "Run", &()).await,
            stranger.call_at::<_, ()>("/org/ecmod/self_test", SELF_TEST, "Override", &("I want",)).await,
        ]
    });
    for (index, refusal) in refused.into_iter().enumerate() {
        let (error, text) = refusal.unwrap_err();
        assert_eq!(error, "org.ecmod.Error.NotAuthorised", "{index}");
        assert!(text.contains("user 65534"), "{text}");
    }
    assert!(!room.property::<bool>("alarms/BUS_LOST", ALARM, "Acknowledged").await);
    assert_eq!(room.property::<u64>("alarms", ALARMS, "AudioPausedUntil").await, 0);
}

#[tokio::test]
async fn a_dead_hosts_alarm_names_its_port_and_outlives_a_bus_that_crashes() {
    let mut room = Room::new().await;
    let pump = Host::connect(&room.console.socket, &pump_hello(None)).unwrap();
    let flow = Host::connect(&room.console.socket, &flow_hello()).unwrap();
    drop((pump, flow));
    let path = until("the port's alarm", || async {
        let objects = room.client.objects().await?;
        let paths: Vec<String> = objects.keys().map(|path| path.as_str().to_owned()).collect();
        paths.into_iter().find(|path| path.starts_with("/org/ecmod/alarms/") && path.ends_with("line"))
    })
    .await;
    let object = path.trim_start_matches("/org/ecmod/").to_owned();
    assert_eq!(room.property::<String>(&object, ALARM, "SubjectKind").await, "port");

    room.bus.restart();
    room.client = Client::join(&room.bus.address()).await;
    room.client.until_console("State", "standby").await;
    room.until_present(&path, true).await;
}
