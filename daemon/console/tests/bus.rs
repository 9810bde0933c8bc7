// SPDX-License-Identifier: MIT OR Apache-2.0
//! The console on a real (private) bus, seen by the client library.

mod support;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use ecmod_client::contract::{self, Argument, Interface};
use ecmod_client::mock::PrivateBus;
use ecmod_client::{Bus, Client, Quality};
use ecmod_link::message::{FromHost, PortEvent};
use support::{Console, Host, LIMIT, flow_hello, pump_hello};
use zbus_xml::{ArgDirection, Node};

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
            while stopped.recv_timeout(Duration::from_millis(3)) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
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

async fn client(address: &str) -> Client {
    let client = Client::connect(&Bus::Address(address.to_owned())).await.unwrap();
    let began = Instant::now();
    while client.running().await.is_err() {
        assert!(began.elapsed() < LIMIT, "the console does not appear on the bus");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    client
}

async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(began.elapsed() < LIMIT, "{what}: not within {LIMIT:?}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn until_state(client: &Client, state: &str) {
    until(state, || async {
        let snapshot = client.snapshot().await.unwrap();
        (snapshot.console.state == state).then_some(())
    })
    .await;
}

/// What of an interface is promised, as lines: members, types, names of arguments, how changes are announced.
fn promised(interface: &Interface) -> BTreeSet<String> {
    let list = |arguments: &[Argument]| {
        arguments.iter().map(|a| format!("{}:{}", a.name, a.signature)).collect::<Vec<_>>().join(",")
    };
    let methods =
        interface.methods.iter().map(|m| format!("method {} in {} out {}", m.name, list(&m.inputs), list(&m.outputs)));
    let signals = interface.signals.iter().map(|s| format!("signal {} {}", s.name, list(&s.arguments)));
    let properties = interface
        .properties
        .iter()
        .map(|p| format!("property {}:{} read {}", p.value.name, p.value.signature, p.changes.annotation()));
    methods.chain(signals).chain(properties).collect()
}

/// The same lines from what the daemon says of itself.
fn offered(interface: &zbus_xml::Interface<'_>) -> BTreeSet<String> {
    fn list<'a>(arguments: impl Iterator<Item = &'a zbus_xml::Arg<'a>>) -> String {
        arguments.map(|a| format!("{}:{}", a.name().unwrap_or("?"), a.ty())).collect::<Vec<_>>().join(",")
    }
    let directed = |args: &[zbus_xml::Arg<'_>], direction| {
        list(args.iter().filter(move |argument| argument.direction() == Some(direction)))
    };
    let methods = interface.methods().map(|m| {
        let inputs = directed(m.args(), ArgDirection::In);
        format!("method {} in {inputs} out {}", m.name(), directed(m.args(), ArgDirection::Out))
    });
    let signals = interface.signals().map(|s| format!("signal {} {}", s.name(), list(s.args().iter())));
    let properties = interface.properties().map(|p| {
        let emits = "org.freedesktop.DBus.Property.EmitsChangedSignal";
        let changes = p.annotations().iter().find(|annotation| annotation.name() == emits);
        let access = match p.access() {
            zbus_xml::PropertyAccess::Read => "read",
            zbus_xml::PropertyAccess::Write | zbus_xml::PropertyAccess::ReadWrite => "write",
        };
        format!("property {}:{} {access} {}", p.name(), p.ty(), changes.map_or("true", |c| c.value()))
    });
    methods.chain(signals).chain(properties).collect()
}

#[tokio::test]
async fn live_introspection_is_what_the_contract_says() {
    let bus = PrivateBus::start().unwrap();
    let _console = Console::on_bus(&bus.address());
    let client = client(&bus.address()).await;
    for interface in contract::interfaces().unwrap() {
        let path = interface.path.replace("<name>", if interface.name.ends_with("Port1") { "pump_line" } else { "blood_flow" });
        let path = path.replace("<id>", "pump");
        let introspectable = Some("org.freedesktop.DBus.Introspectable");
        let call = client.connection().call_method(Some("org.ecmod"), path.as_str(), introspectable, "Introspect", &());
        let xml: String = call.await.unwrap().body().deserialize().unwrap();
        let node = Node::try_from(xml.as_str()).unwrap();
        let live = node.interfaces().iter().find(|live| live.name() == interface.name.as_str());
        let live = live.unwrap_or_else(|| panic!("{path} does not have {}", interface.name));
        assert_eq!(offered(live), promised(&interface), "{}", interface.name);
    }
}

#[tokio::test]
async fn one_call_shows_every_object_and_what_the_hosts_said() {
    let bus = PrivateBus::start().unwrap();
    let console = Console::on_bus(&bus.address());
    let _hosts = Hosts::start(&console);
    let client = client(&bus.address()).await;
    until_state(&client, "support").await;
    let snapshot = client.snapshot().await.unwrap();
    assert_eq!(snapshot.console.mode, "speed");
    assert_eq!(snapshot.console.speed_range, (500.0, 4500.0));
    assert_eq!(snapshot.console.flow_range, (0.0, 7.0));
    assert!(snapshot.console.loop_["ticks"] > 0 && snapshot.console.loop_.contains_key("log_lost"));
    assert_eq!(snapshot.signals.keys().collect::<Vec<_>>(), ["blood_flow", "pump_speed"]);
    let flow = &snapshot.signals["blood_flow"];
    assert_eq!((flow.unit.as_str(), flow.sources.as_slice()), ("L/min", ["flow.flow".to_owned()].as_slice()));
    assert_eq!(flow.active_source, "flow.flow");
    assert_eq!(flow.reading.value(), Some(4.0));
    let pump = &snapshot.drivers["pump"];
    assert_eq!((pump.model.as_str(), pump.state.as_str()), ("test,played", "running"));
    assert_eq!(pump.holds_on_link_loss, "unverified");
    assert_eq!(pump.port.as_str(), "/org/ecmod/ports/pump_line");
    let port = &snapshot.ports["pump_line"];
    assert_eq!((port.state.as_str(), port.pid, port.connections), ("connected", std::process::id(), 1));
    assert_eq!(port.counters["requests"], 12);
    let raw = client.read_driver("flow").await.unwrap();
    assert_eq!(raw["flow"].value(), Some(4.0));
}

#[tokio::test]
async fn a_change_is_accepted_or_refused_by_the_core_with_its_reason() {
    let bus = PrivateBus::start().unwrap();
    let console = Console::on_bus(&bus.address());
    let _hosts = Hosts::start(&console);
    let client = client(&bus.address()).await;
    until_state(&client, "support").await;
    let proxy = client.console().await.unwrap();

    proxy.set_speed(3100.0).await.unwrap();
    until("the setpoint", || async {
        let snapshot = client.snapshot().await.unwrap();
        ((snapshot.console.speed_setpoint - 3100.0).abs() < 1e-9).then_some(())
    })
    .await;

    let name = |error: zbus::Error| match error {
        zbus::Error::MethodError(name, text, _) => (name.to_string(), text.unwrap_or_default()),
        other => panic!("{other}"),
    };
    let (error, text) = name(proxy.set_speed(99_999.0).await.unwrap_err());
    assert_eq!(error, "org.ecmod.Error.Refused");
    assert!(text.contains("4500") && text.ends_with("[ecmod.refused.out_of_range]"), "{text}");
    for nonsense in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(name(proxy.set_speed(nonsense).await.unwrap_err()).0, "org.ecmod.Error.InvalidArgument");
        assert_eq!(name(proxy.set_flow(nonsense).await.unwrap_err()).0, "org.ecmod.Error.InvalidArgument");
        assert_eq!(name(proxy.set_sweep_gas_flow(nonsense).await.unwrap_err()).0, "org.ecmod.Error.InvalidArgument");
    }
    assert_eq!(name(proxy.set_mode("sideways").await.unwrap_err()).0, "org.ecmod.Error.InvalidArgument");
    assert_eq!(name(proxy.confirm_stop(1).await.unwrap_err()).0, "org.ecmod.Error.Refused");

    let (error, text) = name(proxy.set_sweep_gas_flow(3.0).await.unwrap_err());
    assert!(error.ends_with("Refused") && text.contains("no sweep gas controller"), "{text}");

    let (token, _) = proxy.request_stop().await.unwrap();
    assert_eq!(name(proxy.confirm_stop(token.wrapping_add(1)).await.unwrap_err()).0, "org.ecmod.Error.Refused");
    proxy.confirm_stop(token).await.unwrap();
}

#[tokio::test]
async fn frames_come_without_a_gap_and_a_dead_hosts_readings_are_bad_in_the_next_one() {
    let bus = PrivateBus::start().unwrap();
    let console = Console::on_bus(&bus.address());
    let mut hosts = Hosts::start(&console);
    let client = client(&bus.address()).await;
    until_state(&client, "support").await;
    let mut frames = client.frames().await.unwrap();
    let mut last = None;
    for _ in 0..10 {
        let frame = frames.next().await.unwrap().unwrap();
        assert_eq!(frame.readings.len(), 2);
        assert_eq!(frame.readings["blood_flow"].value(), Some(4.0));
        if let Some(last) = last.replace(frame.sequence) {
            assert_eq!(frame.sequence, last + 1);
        }
    }
    hosts.end();
    let mut waited = 0;
    loop {
        let frame = frames.next().await.unwrap().unwrap();
        if frame.readings["blood_flow"].quality() == Quality::Bad {
            assert_eq!(frame.readings["blood_flow"].cause(), "host_lost");
            break;
        }
        waited += 1;
        assert!(waited < 10);
    }
}

#[tokio::test]
async fn what_changes_together_is_announced_in_one_message() {
    use futures_util::StreamExt;

    let bus = PrivateBus::start().unwrap();
    let console = Console::on_bus(&bus.address());
    let mut hosts = Hosts::start(&console);
    let client = client(&bus.address()).await;
    until_state(&client, "support").await;
    let rule = zbus::MatchRule::builder()
        .msg_type(zbus::message::Type::Signal)
        .interface("org.freedesktop.DBus.Properties")
        .path("/org/ecmod/ports/pump_line")
        .build()
        .unwrap();
    let mut messages =
        zbus::MessageStream::for_match_rule(rule, client.connection(), None).await.unwrap();
    hosts.end();
    let message = tokio::time::timeout(LIMIT, messages.next()).await.unwrap().unwrap().unwrap();
    type Changed = (String, std::collections::HashMap<String, zbus::OwnedVariant>, Vec<String>);
    let (interface, changed, invalidated): Changed = message.body().deserialize().unwrap();
    assert_eq!(interface, "org.ecmod.Port1");
    assert_eq!(changed.keys().map(String::as_str).collect::<BTreeSet<_>>(), ["Pid", "State"].into());
    assert!(invalidated.is_empty());
}

#[tokio::test]
async fn a_bus_that_goes_away_is_joined_again_and_control_does_not_notice() {
    let mut bus = PrivateBus::start().unwrap();
    let console = Console::on_bus(&bus.address());
    let _hosts = Hosts::start(&console);
    until_state(&client(&bus.address()).await, "support").await;
    bus.stop();
    let before = console.shared.statistics.ticks();
    until("ticks without a bus", || async {
        (console.shared.statistics.ticks() > before + 20).then_some(())
    })
    .await;
    bus.restart().unwrap();
    until_state(&client(&bus.address()).await, "support").await;
}
