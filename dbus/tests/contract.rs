// SPDX-License-Identifier: MIT OR Apache-2.0
//! The XML files are the source of truth: whatever is derived from them or speaks for them must agree.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp,
    reason = "tests stop at the first surprise"
)]

use std::{collections::BTreeSet, fs, path::Path};

use ecmod_client::{
    Client,
    contract::{self, Interface},
    mock::{Mock, MockAlarm, PrivateBus},
};
use zbus_xml::Node;

fn committed(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn each_file_is_named_after_its_interface() {
    for ((file, _), interface) in contract::FILES.iter().zip(contract::interfaces().unwrap()) {
        assert_eq!(*file, format!("{}.xml", interface.name));
    }
}

#[test]
fn the_committed_proxies_are_what_the_xml_says() {
    for interface in contract::interfaces().unwrap() {
        let file = format!("src/generated/{}.rs", interface.short_name().to_lowercase());
        let expected = contract::rust_module(&interface).unwrap();
        assert_eq!(
            committed(&file),
            expected,
            "{file}: run cargo run -p ecmod-client --example dbus_proxies"
        );
    }
}

#[test]
fn the_committed_reference_page_is_what_the_xml_says() {
    let page = contract::reference_page(&contract::interfaces().unwrap());
    let hint = "run cargo run -p ecmod-client --example dbus_reference > docs/src/dbus-reference.md";
    assert_eq!(committed("../docs/src/dbus-reference.md"), page, "{hint}");
}

#[test]
fn every_error_a_method_names_is_one_the_client_knows() {
    let known = ["Refused", "InvalidArgument", "NotAuthorised", "Unavailable"]
        .map(|e| format!("org.ecmod.Error.{e}"));
    for interface in contract::interfaces().unwrap() {
        for error in interface.methods.iter().flat_map(|method| &method.errors) {
            assert!(known.contains(error), "{}: {error}", interface.name);
        }
    }
}

/// Members of an interface as lines: kind, name, types, and how changes are announced.
fn members(interface: &Interface) -> BTreeSet<String> {
    let types = |arguments: &[contract::Argument]| {
        arguments
            .iter()
            .map(|argument| format!("{} {}", argument.signature, argument.name))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let methods = interface.methods.iter().map(|method| {
        format!("method {}({}) -> ({})", method.name, types(&method.inputs), types(&method.outputs))
    });
    let signals = interface
        .signals
        .iter()
        .map(|signal| format!("signal {}({})", signal.name, types(&signal.arguments)));
    let properties = interface.properties.iter().map(|property| {
        let changes = property.changes.annotation();
        format!("property {} {} {changes}", property.value.name, property.value.signature)
    });
    methods.chain(signals).chain(properties).collect()
}

/// The same lines from live introspection.
fn live_members(interface: &zbus_xml::Interface<'_>) -> BTreeSet<String> {
    let types = |args: &[zbus_xml::Arg<'_>], direction: Option<zbus_xml::ArgDirection>| {
        let args = args.iter().filter(|arg| direction.is_none() || arg.direction() == direction);
        args.map(|arg| format!("{} {}", arg.ty(), arg.name().unwrap_or("?"))).collect::<Vec<_>>().join(", ")
    };
    let methods = interface.methods().map(|method| {
        let (inputs, outputs) = (
            types(method.args(), Some(zbus_xml::ArgDirection::In)),
            types(method.args(), Some(zbus_xml::ArgDirection::Out)),
        );
        format!("method {}({inputs}) -> ({outputs})", method.name())
    });
    let signals =
        interface.signals().map(|signal| format!("signal {}({})", signal.name(), types(signal.args(), None)));
    let properties = interface.properties().map(|property| {
        let emits = "org.freedesktop.DBus.Property.EmitsChangedSignal";
        let changes = property.annotations().iter().find(|annotation| annotation.name() == emits);
        format!(
            "property {} {} {}",
            property.name(),
            property.ty(),
            changes.map_or("true", |annotation| annotation.value())
        )
    });
    methods.chain(signals).chain(properties).collect()
}

#[tokio::test]
async fn the_mock_offers_exactly_what_the_xml_says() {
    let bus = PrivateBus::start().unwrap();
    let mock = Mock::serve(&bus.address()).await.unwrap();
    mock.raise(MockAlarm::new("PUMP_STOP", "high", "Clamp.")).await.unwrap();
    let client = Client::connect(&ecmod_client::Bus::Address(bus.address())).await.unwrap();
    let paths = [
        "/org/ecmod/console",
        "/org/ecmod/signals/blood_flow",
        "/org/ecmod/drivers/pump",
        "/org/ecmod/ports/pump_line",
        "/org/ecmod/alarms",
        "/org/ecmod/alarms/PUMP_STOP",
        "/org/ecmod/limits",
        "/org/ecmod/interventions/gross_air",
        "/org/ecmod/self_test",
        "/org/ecmod/procedures",
        "/org/ecmod/procedures/change_console",
        "/org/ecmod/case",
    ];
    assert_eq!(paths.len(), contract::FILES.len(), "an object of each interface");
    for (path, expected) in paths.into_iter().zip(contract::interfaces().unwrap()) {
        let introspectable = "org.freedesktop.DBus.Introspectable";
        let reply =
            client.connection().call_method(Some("org.ecmod"), path, Some(introspectable), "Introspect", &());
        let xml: String = reply.await.unwrap().body().deserialize().unwrap();
        let node = Node::try_from(xml.as_str()).unwrap();
        let live =
            node.interfaces().iter().find(|interface| interface.name() == expected.name.as_str()).unwrap();
        assert_eq!(live_members(live), members(&expected), "{}", expected.name);
    }
}
