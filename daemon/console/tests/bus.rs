// SPDX-License-Identifier: MIT OR Apache-2.0
//! The console on a real (private) bus, seen by a client that knows nothing but the contract.

// Helpers of tests may stop at the first surprise, too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::time::Duration;

use ecmod_link::message::{FromHost, PortEvent};
use futures_util::StreamExt;
use support::bus::{Client, PrivateBus, as_nobody, get, until};
use support::{Console, Host, LIMIT, flow_hello, pump_hello};
use zbus::{MatchRule, MessageStream, OwnedVariant};
use zbus_xml::{Arg, ArgDirection, Interface, Node, PropertyAccess};

const CONSOLE: &str = "org.ecmod.Console1";

/// `(adsstt)`
type Reading = (Vec<f64>, String, String, u64, u64);

/// The hosts of the console, kept alive by a thread; the pump has the speed that is asked for.
struct Hosts {
    stop: std::sync::mpsc::Sender<()>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Hosts {
    fn start(console: &Console) -> Self {
        let mut pump = Host::connect(&console.socket, &pump_hello(Some(3000.0))).unwrap();
        let mut flow = Host::connect(&console.socket, &flow_hello()).unwrap();
        let counters = PortEvent { counters: [("requests".to_owned(), 12)].into(), devices: [].into() };
        pump.connection.send(&FromHost::Port(counters).encode().unwrap(), None).unwrap();
        let (stop, stopped) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let mut speed = 3000.0;
            while stopped.recv_timeout(Duration::from_millis(3)).is_err() {
                speed = pump.demanded(0).unwrap_or(speed);
                pump.publish(0, speed);
                flow.publish(0, 4.0);
            }
        });
        Self { stop, thread: Some(thread) }
    }

    /// They die.
    fn end(&mut self) {
        let _ = self.stop.send(());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        self.end();
    }
}

/// Bus, console, hosts and a client, when support has begun.
async fn supporting() -> (PrivateBus, Console, Hosts, Client) {
    let bus = PrivateBus::start();
    let console = Console::on_bus(&bus.address());
    let hosts = Hosts::start(&console);
    let client = Client::join(&bus.address()).await;
    client.until_console("State", "support").await;
    (bus, console, hosts, client)
}

async fn signals(client: &Client, interface: &'static str, path: &'static str) -> MessageStream {
    let rule = MatchRule::builder().msg_type(zbus::message::Type::Signal).interface(interface).path(path);
    MessageStream::for_match_rule(rule.build().unwrap(), &client.connection, None).await.unwrap()
}

/// What of an interface counts, as lines: members, types, names of arguments, how changes are announced.
fn members(interface: &Interface<'_>) -> BTreeSet<String> {
    fn list<'a>(arguments: impl Iterator<Item = &'a Arg<'a>>) -> String {
        arguments.map(|a| format!("{}:{}", a.name().unwrap_or("?"), a.ty())).collect::<Vec<_>>().join(",")
    }
    let directed = |args: &[Arg<'_>], direction| {
        list(args.iter().filter(move |argument| argument.direction() == Some(direction)))
    };
    let methods = interface.methods().map(|m| {
        let inputs = directed(m.args(), ArgDirection::In);
        format!("method {} in {inputs} out {}", m.name(), directed(m.args(), ArgDirection::Out))
    });
    let signals = interface.signals().map(|s| format!("signal {} {}", s.name(), list(s.args().iter())));
    let properties = interface.properties().map(|p| {
        let emits = "org.freedesktop.DBus.Property.EmitsChangedSignal";
        // Without the annotation it is "true", says the specification.
        let changes = p.annotations().iter().find(|annotation| annotation.name() == emits);
        let access = match p.access() {
            PropertyAccess::Read => "read",
            PropertyAccess::Write => "write",
            PropertyAccess::ReadWrite => "readwrite",
        };
        format!("property {}:{} {access} {}", p.name(), p.ty(), changes.map_or("true", |c| c.value()))
    });
    methods.chain(signals).chain(properties).collect()
}

#[tokio::test]
async fn live_introspection_is_what_the_contract_says() {
    let bus = PrivateBus::start();
    let console = Console::on_bus(&bus.address());
    let client = Client::join(&bus.address()).await;
    client.until_console("State", "standby").await;
    console.shared.board.set(ecmod_control::Fact::BusLost, true);
    let alarm = zbus::OwnedObjectPath::try_from("/org/ecmod/alarms/BUS_LOST").unwrap();
    until("an alarm", || async { client.objects().await?.contains_key(&alarm).then_some(()) }).await;
    for (interface, path) in [
        (CONSOLE, "/org/ecmod/console"),
        ("org.ecmod.Signal1", "/org/ecmod/signals/blood_flow"),
        ("org.ecmod.Driver1", "/org/ecmod/drivers/pump"),
        ("org.ecmod.Port1", "/org/ecmod/ports/pump_line"),
        ("org.ecmod.Alarms1", "/org/ecmod/alarms"),
        ("org.ecmod.Alarm1", "/org/ecmod/alarms/BUS_LOST"),
        ("org.ecmod.Limits1", "/org/ecmod/limits"),
        ("org.ecmod.Intervention1", "/org/ecmod/interventions/gross_air"),
        ("org.ecmod.SelfTest1", "/org/ecmod/self_test"),
        ("org.ecmod.Case1", "/org/ecmod/case"),
        ("org.ecmod.Procedures1", "/org/ecmod/procedures"),
        ("org.ecmod.Procedure1", "/org/ecmod/procedures/change_console"),
    ] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../dbus/{interface}.xml"));
        let contract = std::fs::read_to_string(file).unwrap();
        let contract = Node::try_from(contract.as_str()).unwrap();
        let introspectable = "org.freedesktop.DBus.Introspectable";
        let live: String = client.call_at(path, introspectable, "Introspect", &()).await.unwrap();
        let live = Node::try_from(live.as_str()).unwrap();
        let live = live.interfaces().iter().find(|live| live.name() == interface);
        let live = members(live.unwrap_or_else(|| panic!("{path} does not have {interface}")));
        assert!(live.len() > 3, "{live:?}");
        assert_eq!(live, members(&contract.interfaces()[0]), "{interface}");
    }
}

#[tokio::test]
async fn one_call_shows_every_object_and_what_the_hosts_said() {
    let (_bus, _console, _hosts, client) = supporting().await;
    let objects = until("the flow", || async {
        let objects = client.objects().await?;
        let source: String = get(&objects, "signals/blood_flow", "org.ecmod.Signal1", "ActiveSource");
        (!source.is_empty()).then_some(objects)
    })
    .await;
    let speeds: (f64, f64) = get(&objects, "console", CONSOLE, "SpeedRange");
    let flows: (f64, f64) = get(&objects, "console", CONSOLE, "FlowRange");
    assert_eq!((speeds, flows), ((500.0, 4500.0), (0.0, 7.0)));
    let statistics: HashMap<String, u64> = get(&objects, "console", CONSOLE, "Loop");
    assert!(statistics["ticks"] > 0 && statistics.contains_key("log_lost"), "{statistics:?}");

    let flow = |property| get::<String>(&objects, "signals/blood_flow", "org.ecmod.Signal1", property);
    assert_eq!((flow("Unit").as_str(), flow("ActiveSource").as_str()), ("L/min", "flow.flow"));
    let reading: Reading = get(&objects, "signals/blood_flow", "org.ecmod.Signal1", "Reading");
    assert_eq!(
        (reading.0.as_slice(), reading.1.as_str(), reading.2.as_str()),
        ([4.0].as_slice(), "good", "none")
    );

    let pump = |property| get::<String>(&objects, "drivers/pump", "org.ecmod.Driver1", property);
    assert_eq!((pump("Model").as_str(), pump("State").as_str()), ("test,played", "running"));
    assert_eq!(pump("HoldsOnLinkLoss"), "unverified");
    let port = ("ports/pump_line", "org.ecmod.Port1");
    assert_eq!(get::<u32>(&objects, port.0, port.1, "Pid"), std::process::id());
    assert_eq!(get::<u64>(&objects, port.0, port.1, "Connections"), 1);
    assert_eq!(get::<HashMap<String, u64>>(&objects, port.0, port.1, "Counters")["requests"], 12);

    let raw: HashMap<String, Reading> =
        client.call_at("/org/ecmod/drivers/flow", "org.ecmod.Driver1", "ReadAll", &()).await.unwrap();
    assert_eq!(raw["flow"].0, [4.0]);
}

#[tokio::test]
async fn a_change_is_accepted_or_refused_by_the_core_with_its_reason() {
    let (_bus, _console, _hosts, client) = supporting().await;
    client.call::<_, ()>("SetSpeed", &(3100.0,)).await.unwrap();
    until("the setpoint", || async {
        let setpoint: f64 = get(&client.objects().await?, "console", CONSOLE, "SpeedSetpoint");
        ((setpoint - 3100.0).abs() < 1e-9).then_some(())
    })
    .await;

    let (error, text) = client.call::<_, ()>("SetSpeed", &(99_999.0,)).await.unwrap_err();
    assert_eq!(error, "org.ecmod.Error.Refused");
    assert!(text.contains("4500") && text.ends_with("[ecmod.refused.out_of_range]"), "{text}");
    for method in ["SetSpeed", "SetFlow", "SetSweepGasFlow"] {
        for nonsense in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let (error, _) = client.call::<_, ()>(method, &(nonsense,)).await.unwrap_err();
            assert_eq!(error, "org.ecmod.Error.InvalidArgument", "{method} {nonsense}");
        }
    }
    let (error, text) = client.call::<_, ()>("SetMode", &("sideways",)).await.unwrap_err();
    assert_eq!(error, "org.ecmod.Error.InvalidArgument");
    assert!(text.contains("zero_flow"), "{text}");
    let (error, text) = client.call::<_, ()>("SetSweepGasFlow", &(3.0,)).await.unwrap_err();
    assert_eq!(error, "org.ecmod.Error.Refused");
    assert!(text.contains("no sweep gas controller"), "{text}");
}

#[tokio::test]
async fn another_user_may_read_everything_and_change_nothing() {
    assert!(rustix::process::geteuid().is_root(), "it takes root to be somebody else: run this test as root");
    let (bus, _console, _hosts, client) = supporting().await;
    bus.open_to_all();
    let address = bus.address();
    let refused = as_nobody(async move {
        let stranger = Client::join(&address).await;
        let state: String = get(&stranger.objects().await.unwrap(), "console", CONSOLE, "State");
        assert_eq!(state, "support");
        let flow = "/org/ecmod/signals/blood_flow";
        vec![
            stranger.call::<_, ()>("Start", &()).await,
            stranger.call::<_, (u32, u64)>("RequestStop", &()).await.map(|_| ()),
            stranger.call::<_, ()>("ConfirmStop", &(1_u32,)).await,
            stranger.call::<_, ()>("CancelStop", &()).await,
            stranger.call::<_, ()>("SetMode", &("flow",)).await,
            stranger.call::<_, ()>("SetSpeed", &(3500.0,)).await,
            stranger.call::<_, ()>("SetFlow", &(3.0,)).await,
            stranger.call::<_, ()>("SetClamp", &("return", "closed")).await,
            stranger.call_at::<_, (f64, f64)>(flow, "org.ecmod.Signal1", "Zero", &()).await.map(|_| ()),
        ]
    });
    for refusal in refused {
        let (error, text) = refusal.unwrap_err();
        assert_eq!(error, "org.ecmod.Error.NotAuthorised");
        assert!(text.contains("user 65534"), "{text}");
    }
    let objects = client.objects().await.unwrap();
    let setpoint: f64 = get(&objects, "console", CONSOLE, "SpeedSetpoint");
    assert!((setpoint - 3000.0).abs() < 1e-9, "{setpoint}");
    assert_eq!(get::<String>(&objects, "console", CONSOLE, "Stop"), "none");
}

#[tokio::test]
async fn what_a_method_has_changed_is_seen_as_soon_as_it_returns() {
    let (_bus, _console, _hosts, client) = supporting().await;
    for wanted in (0..20).map(|step| 3000.0 + f64::from(step)) {
        client.call::<_, ()>("SetSpeed", &(wanted,)).await.unwrap();
        let setpoint: f64 = get(&client.objects().await.unwrap(), "console", CONSOLE, "SpeedSetpoint");
        assert!((setpoint - wanted).abs() < 1e-9, "{setpoint} instead of {wanted}");
    }
    client.call::<_, (u32, u64)>("RequestStop", &()).await.unwrap();
    assert_eq!(get::<String>(&client.objects().await.unwrap(), "console", CONSOLE, "Stop"), "pending");
    client.call::<_, ()>("CancelStop", &()).await.unwrap();
    assert_eq!(get::<String>(&client.objects().await.unwrap(), "console", CONSOLE, "Stop"), "none");
}

#[tokio::test]
async fn stopping_takes_two_steps_and_the_right_token() {
    let (_bus, _console, _hosts, client) = supporting().await;
    let (error, _) = client.call::<_, ()>("ConfirmStop", &(1_u32,)).await.unwrap_err();
    assert_eq!(error, "org.ecmod.Error.Refused");
    let (token, expires): (u32, u64) = client.call("RequestStop", &()).await.unwrap();
    assert!(expires > ecmod_console::clock::now().0);
    let (error, text) = client.call::<_, ()>("ConfirmStop", &(token.wrapping_add(1),)).await.unwrap_err();
    assert_eq!(error, "org.ecmod.Error.Refused");
    assert!(text.contains("[ecmod.refused."), "{text}");
    let objects = client.objects().await.unwrap();
    assert_eq!(
        get::<Vec<f64>>(&objects, "console", CONSOLE, "SpeedDemand"),
        [3000.0],
        "nothing has changed yet"
    );
    client.call::<_, ()>("ConfirmStop", &(token,)).await.unwrap();
    until("the pump slows down", || async {
        let demand: Vec<f64> = get(&client.objects().await?, "console", CONSOLE, "SpeedDemand");
        (demand[0] < 2900.0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn frames_come_without_a_gap_and_a_dead_hosts_readings_are_bad_in_them() {
    type Frame = (u64, u64, BTreeMap<String, Reading>);
    let (_bus, _console, mut hosts, client) = supporting().await;
    let mut frames = signals(&client, CONSOLE, "/org/ecmod/console").await;
    let mut next = async || -> Frame {
        let message = tokio::time::timeout(LIMIT, frames.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(message.header().member().unwrap().as_str(), "Frame");
        message.body().deserialize().unwrap()
    };
    let mut last: Option<u64> = None;
    for _ in 0..10 {
        let (monotonic, sequence, readings) = next().await;
        assert_eq!(readings.keys().collect::<Vec<_>>(), ["blood_flow", "pump_speed"]);
        assert!(readings.values().all(|reading| reading.3 <= monotonic), "{monotonic} {readings:?}");
        assert!(last.is_none_or(|last| sequence == last + 1), "{last:?} {sequence}");
        last = Some(sequence);
    }
    hosts.end();
    let lost = async {
        loop {
            let (_, _, readings) = next().await;
            if readings["blood_flow"].0.is_empty() {
                return readings["blood_flow"].2.clone();
            }
        }
    };
    assert_eq!(tokio::time::timeout(LIMIT, lost).await.unwrap(), "host_lost");
}

#[tokio::test]
async fn what_changes_together_is_announced_in_one_message() {
    type Changed = (String, HashMap<String, OwnedVariant>, Vec<String>);
    let (_bus, _console, mut hosts, client) = supporting().await;
    let mut messages =
        signals(&client, "org.freedesktop.DBus.Properties", "/org/ecmod/ports/pump_line").await;
    hosts.end();
    let message = tokio::time::timeout(LIMIT, messages.next()).await.unwrap().unwrap().unwrap();
    let (interface, changed, invalidated): Changed = message.body().deserialize().unwrap();
    assert_eq!(interface, "org.ecmod.Port1");
    assert_eq!(changed.keys().map(String::as_str).collect::<BTreeSet<_>>(), ["Pid", "State"].into());
    assert!(invalidated.is_empty());
}

#[tokio::test]
async fn a_bus_that_goes_away_is_joined_again_and_control_does_not_notice() {
    let (mut bus, console, _hosts, _client) = supporting().await;
    bus.stop();
    let before = console.shared.statistics.ticks();
    until("ticks without a bus", || async {
        (console.shared.statistics.ticks() > before + 20).then_some(())
    })
    .await;
    bus.restart();
    let client = Client::join(&bus.address()).await;
    client.until_console("State", "support").await;
}
