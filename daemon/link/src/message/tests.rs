// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tests of the messages: what goes there and back, and what is refused with which words.

use super::*;
use crate::image::Layout;
use ecmod_quantities::Quantity;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A hello of this protocol version as it stands on the wire. A new version gets a new file; this one stays.
const HELLO_V1: &str = include_str!("hello_v1.json");

fn signal(name: &str) -> SignalHello {
    SignalHello {
        name: name.into(),
        label: "Speed of the pump".into(),
        quantity: Quantity::Speed,
        min: 0.0,
        max: 5000.0,
        max_slew: 0.0,
        longest_age_ns: 300_000_000,
    }
}

fn command(name: &str) -> CommandHello {
    CommandHello {
        name: name.into(),
        label: String::new(),
        quantity: Quantity::Speed,
        min: 80.0,
        max: 4000.0,
        pump: true,
    }
}

fn driver(id: &str) -> DriverHello {
    DriverHello {
        id: id.into(),
        model: "oriental,blv".into(),
        version: "0.1.0".into(),
        abi: 0x1_0000,
        licence: "MIT OR Apache-2.0".into(),
        description: "Pump drive".into(),
        library: "oriental-blv".into(),
        hold: Hold::Unverified,
        state: DriverState::Running,
        detail: String::new(),
        signals: vec![signal("actual_speed"), signal("load")],
        commands: vec![command("speed")],
        held: vec![Held {
            command: "speed".into(),
            value: 3000.1,
            t_ns: u64::MAX,
            sequence: 7,
            local: false,
            returned: false,
        }],
    }
}

fn hello() -> Hello {
    Hello {
        protocol: PROTOCOL,
        port: "pump_line".into(),
        pid: 42,
        written: Written::InForce,
        answers: false,
        drivers: vec![driver("pump"), driver("spare")],
    }
}

/// The error that both sides give for a hello changed in this way: who sends it and who receives it.
fn error_of(change: impl FnOnce(&mut Hello)) -> String {
    let mut hello = hello();
    change(&mut hello);
    let sent = FromHost::Hello(hello.clone()).encode().unwrap_err().to_string();
    let bytes = serde_json::to_vec(&FromHost::Hello(hello)).unwrap();
    let received = FromHost::decode(&bytes).unwrap_err().to_string();
    // What JSON cannot carry (a number that is not finite) is refused as a form, before the check.
    assert!(sent == received || received.starts_with("not a message"), "{sent} <> {received}");
    sent
}

#[test]
fn messages_go_there_and_back_unchanged() {
    let message = FromHost::Hello(hello());
    assert_eq!(FromHost::decode(&message.encode().unwrap()).unwrap(), message);
    let message = FromHost::from(Event::Driver(DriverEvent {
        id: "pump".into(),
        state: DriverState::Fault,
        detail: "no answer from unit 1".into(),
        hold: Hold::Verified,
        cycles: u64::MAX,
        overruns: 1,
        faults: 2,
        restarts: 3,
    }));
    assert_eq!(FromHost::decode(&message.encode().unwrap()).unwrap(), message);
    let found = Finding { passed: false, item: "the reference".into(), detail: "Out of tolerance.".into() };
    let report =
        SelfTestReport { number: 3, driver: "pump".into(), findings: vec![found], problem: String::new() };
    for message in [FromHost::Pong(Ping { number: u64::MAX }), FromHost::SelfTest(report)] {
        assert_eq!(FromHost::decode(&message.encode().unwrap()).unwrap(), message);
    }
    let counters: BTreeMap<_, _> = [("requests".to_owned(), 7)].into();
    let event = PortEvent { counters: counters.clone(), devices: [("unit 17".to_owned(), counters)].into() };
    let message = FromHost::from(Event::Port(event));
    assert_eq!(FromHost::decode(&message.encode().unwrap()).unwrap(), message);
    for message in [
        FromDaemon::Welcome(Welcome::new(Layout { inputs: 4, outputs: 2 })),
        FromDaemon::Refused(Refused::because("port \"x\" is\nnot configured")),
        FromDaemon::Ping(Ping { number: 1 }),
        FromDaemon::SelfTest(SelfTest { number: 2, drivers: vec!["pump".into()] }),
    ] {
        assert_eq!(FromDaemon::decode(&message.encode().unwrap()).unwrap(), message);
    }
}

#[test]
fn a_hello_as_version_1_wrote_it_is_still_read() {
    assert_eq!(FromHost::decode(HELLO_V1.as_bytes()).unwrap(), FromHost::Hello(hello()));
}

#[test]
fn that_keys_changed_a_demand_is_said_only_where_they_did() {
    let mut said = hello();
    let text = |hello: &Hello| String::from_utf8(FromHost::Hello(hello.clone()).encode().unwrap()).unwrap();
    assert!(!text(&said).contains("local"), "a daemon that does not know the word need not learn it");
    said.drivers[0].held[0].local = true;
    let decoded = FromHost::decode(text(&said).as_bytes()).unwrap();
    assert_eq!(decoded, FromHost::Hello(said));
}

#[test]
fn slots_follow_the_order_of_the_hello() {
    let hello = hello();
    assert_eq!(hello.layout().unwrap(), Layout { inputs: 4, outputs: 2 });
    let slots: Vec<_> = hello.slots().map(|(driver, slots)| (driver.id.as_str(), slots)).collect();
    assert_eq!(slots[0], ("pump", Slots { inputs: 0..2, outputs: 0..1 }));
    assert_eq!(slots[1], ("spare", Slots { inputs: 2..4, outputs: 1..2 }));
    assert_eq!((hello.input("spare", "actual_speed"), hello.input("spare", "load")), (Some(2), Some(3)));
    assert_eq!((hello.output("pump", "speed"), hello.output("spare", "speed")), (Some(0), Some(1)));
    assert_eq!(
        (hello.input("pump", "speed"), hello.input("other", "load"), hello.output("pump", "x")),
        (None, None, None)
    );
    assert_eq!(Hello { drivers: vec![], ..hello }.layout().unwrap(), Layout { inputs: 0, outputs: 0 });
}

#[test]
fn another_protocol_version_is_refused_in_words_that_say_what_to_do() {
    let expected = "the other side speaks protocol 2, this side 1: install daemon and host of one release";
    // A later version may look different in everything else.
    for text in
        [r#"{"hello":{"protocol":2,"ports":[]}}"#, r#"{"welcome":{"protocol":2,"image":{"slots":[]}}}"#]
    {
        assert_eq!(FromHost::decode(text.as_bytes()).unwrap_err().to_string(), expected);
        assert_eq!(FromDaemon::decode(text.as_bytes()).unwrap_err().to_string(), expected);
    }
    assert_eq!(error_of(|hello| hello.protocol = 2), expected);
}

#[test]
fn what_breaks_a_rule_is_refused_with_its_place() {
    let name = |text: &str| format!("{text:?} is not a name ([a-z][a-z0-9_]*, at most 48 characters)");
    for bad in ["", "Pump", "1st", "_x", "a-b", "a.b", "a b", "ü", "a\n"] {
        assert_eq!(error_of(|hello| hello.port = bad.into()), format!("port: {}", name(bad)));
    }
    let long = "a".repeat(49);
    assert!(error_of(|hello| hello.port.clone_from(&long)).starts_with("port: "));
    let at = |hello: &mut Hello, change: &dyn Fn(&mut DriverHello)| change(&mut hello.drivers[1]);
    type Case<'a> = (&'a dyn Fn(&mut DriverHello), &'a str);
    let cases: [Case<'_>; 15] = [
        (&|d| d.id = "pump".into(), "drivers: two drivers are called \"pump\""),
        (&|d| d.signals[1].name = "Load".into(), "drivers[1].signals[1].name: \"Load\" is not a name"),
        (
            &|d| d.signals[1].name = "actual_speed".into(),
            "two signals or commands are called \"actual_speed\"",
        ),
        (&|d| d.commands[0].name = "load".into(), "drivers[1]: two signals or commands are called \"load\""),
        (&|d| d.signals[0].min = 5000.0, "drivers[1].signals[0]: min (5000) must be below max (5000)"),
        (&|d| d.signals[0].max = f64::INFINITY, "drivers[1].signals[0].max: not a finite number"),
        (&|d| d.signals[0].max_slew = -1.0, "drivers[1].signals[0].max_slew: must be a finite number"),
        (
            &|d| d.signals[0].longest_age_ns = 0,
            "drivers[1].signals[0].longest_age_ns: 0 would make every sample stale",
        ),
        (&|d| d.commands[0].min = f64::NAN, "drivers[1].commands[0].min: not a finite number"),
        (
            &|d| d.held[0].command = "stop".into(),
            "drivers[1].held[0].command: the driver has no command \"stop\"",
        ),
        (&|d| d.held[0].value = 4000.5, "drivers[1].held[0].value: 4000.5 is not within 80..4000"),
        (&|d| d.held.push(d.held[0].clone()), "drivers[1].held: two held commands are called \"speed\""),
        (
            &|d| d.detail = "a\u{1b}[2J".into(),
            "drivers[1].detail: \"a\\u{1b}[2J\" contains control characters",
        ),
        (
            &|d| d.signals[0].label = "x".repeat(513),
            "drivers[1].signals[0].label: 513 bytes; at most 512 are allowed",
        ),
        (&|d| d.version = "1\0".into(), "drivers[1].version: \"1\\0\" contains control characters"),
    ];
    for (change, expected) in cases {
        let found = error_of(|hello| at(hello, change));
        assert!(found.contains(expected), "{found}\n  does not say\n{expected}");
    }
}

#[test]
fn counts_are_bounded() {
    let drivers = |count: usize| {
        (0..count).map(|n| DriverHello { signals: vec![], ..driver(&format!("d{n}")) }).collect()
    };
    assert_eq!(error_of(|hello| hello.drivers = drivers(33)), "drivers: 33 entries; at most 32 are allowed");
    let signals = (0..513).map(|n| signal(&format!("s{n}"))).collect::<Vec<_>>();
    assert_eq!(
        error_of(|hello| hello.drivers[0].signals = signals),
        "515 inputs and 2 outputs do not fit into a process image (at most 512 and 64)"
    );
    let counters: BTreeMap<_, _> = (0..65).map(|n| (format!("c{n}"), 0)).collect();
    let message = FromHost::Port(PortEvent { counters, devices: BTreeMap::new() });
    assert_eq!(message.encode().unwrap_err().to_string(), "counters: 65 entries; at most 64 are allowed");
}

#[test]
fn the_largest_useful_hello_fits_into_a_message() {
    let mut hello = hello();
    hello.drivers.truncate(1);
    hello.drivers[0].signals = (0..512).map(|n| signal(&format!("holding_register_block_{n}"))).collect();
    assert!(FromHost::Hello(hello).encode().unwrap().len() < MAX_MESSAGE);
}

#[test]
fn what_is_too_long_is_refused_before_it_is_parsed() {
    let spaces = vec![b' '; MAX_MESSAGE + 1];
    assert!(matches!(FromHost::decode(&spaces), Err(Error::TooLong { length }) if length == MAX_MESSAGE + 1));
    let mut hello = hello();
    for n in 0..64 {
        hello.drivers[0].signals.push(SignalHello { label: "x".repeat(512), ..signal(&format!("a{n}")) });
        hello.drivers[1].signals.push(SignalHello { label: "x".repeat(512), ..signal(&format!("b{n}")) });
    }
    hello.drivers[0]
        .signals
        .extend((0..200).map(|n| SignalHello { label: "x".repeat(512), ..signal(&format!("c{n}")) }));
    assert!(matches!(FromHost::Hello(hello).encode(), Err(Error::TooLong { .. })));
}

#[test]
fn what_is_no_message_is_refused() {
    let deep = "[".repeat(100_000);
    for text in [
        "",
        "null",
        "{}",
        "hello",
        r#"{"hello":{}}"#,
        r#"{"hello":null}"#,
        r#"{"goodbye":{"protocol":1}}"#,
        r#"{"driver":{"id":"pump","state":"asleep","detail":"","hold":"no","cycles":0,"overruns":0,"faults":0,"restarts":0}}"#,
        r#"{"driver":{"id":"pump","state":"fault","detail":"","hold":"no","cycles":-1,"overruns":0,"faults":0,"restarts":0}}"#,
        r#"{"port":{"counters":{},"devices":{},"more":1}}"#,
        r#"{"refused":{"reason":"x"}} {"refused":{"reason":"y"}}"#,
        &deep,
    ] {
        assert!(matches!(FromHost::decode(text.as_bytes()), Err(Error::Form(_))), "{text:.60}");
        assert!(matches!(FromDaemon::decode(text.as_bytes()), Err(Error::Form(_))), "{text:.60}");
    }
    let quantity = HELLO_V1.replace(r#""quantity": "speed""#, r#""quantity": "furlongs""#);
    let error = FromHost::decode(quantity.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("no quantity is called \"furlongs\""), "{error}");
    let welcome = r#"{"welcome":{"protocol":1,"layout":{"inputs":513,"outputs":0}}}"#;
    assert!(matches!(FromDaemon::decode(welcome.as_bytes()), Err(Error::Layout(_))));
}

#[test]
fn a_reason_is_made_fit_to_be_sent() {
    let refused = Refused::because(format!("bad\n\u{7}{}", "ä".repeat(600)));
    assert!(refused.reason.starts_with("bad  ä") && refused.reason.len() <= MAX_TEXT);
    assert!(FromDaemon::Refused(refused).encode().is_ok());
}

#[test]
fn a_self_tests_report_is_bounded_and_fit_to_be_shown() {
    let finding = Finding { passed: true, item: "the zero".into(), detail: String::new() };
    let report = SelfTestReport { number: 1, driver: "adc".into(), findings: vec![], problem: String::new() };
    let error = |report: SelfTestReport| FromHost::SelfTest(report).encode().unwrap_err().to_string();
    let many = vec![finding.clone(); MAX_FINDINGS + 1];
    assert!(error(SelfTestReport { findings: many, ..report.clone() }).contains("at most 64"));
    let ugly = Finding { detail: "a\u{1b}[2J".into(), ..finding };
    assert!(error(SelfTestReport { findings: vec![ugly], ..report.clone() }).contains("findings[0].detail"));
    assert!(error(SelfTestReport { driver: "No".into(), ..report }).contains("is not a name"));
    let request = FromDaemon::SelfTest(SelfTest { number: 1, drivers: vec!["No".into()] });
    assert!(request.encode().unwrap_err().to_string().contains("drivers[0]"));
}

proptest! {
    #[test]
    fn a_damaged_message_is_an_error_or_a_message_that_can_be_sent_again(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = HELLO_V1.as_bytes().to_vec();
        for (index, byte) in damage {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        if let Ok(message) = FromHost::decode(&bytes) {
            prop_assert!(message.encode().is_ok());
        }
    }

    #[test]
    fn every_held_speed_comes_back_as_the_same_number(value in 80.0..4000.0) {
        let mut hello = hello();
        hello.drivers[0].held[0].value = value;
        let FromHost::Hello(found) = FromHost::decode(&FromHost::Hello(hello).encode().unwrap()).unwrap() else {
            panic!("a hello comes back as a hello")
        };
        prop_assert_eq!(found.drivers[0].held[0].value.to_bits(), f64::to_bits(value));
    }
}
