// SPDX-License-Identifier: MIT OR Apache-2.0
//! Processes at the hosts' socket that are no hosts, or hosts that lie.

use super::steady::{DAEMON, HOSTS, Quiet, Room};
use super::support::{LIMIT, until};
use rustix::fd::OwnedFd;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendFlags, SocketAddrUnix,
    SocketType,
};
use serde_json::{Value, json};
use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::path::Path;
use std::time::{Duration, Instant};

/// A process at the hosts' socket.
struct Intruder(OwnedFd);

impl Intruder {
    fn connect(socket: &Path) -> Self {
        let fd = rustix::net::socket(AddressFamily::UNIX, SocketType::SEQPACKET, None).unwrap();
        rustix::net::sockopt::set_socket_timeout(&fd, rustix::net::sockopt::Timeout::Recv, Some(LIMIT))
            .unwrap();
        rustix::net::sockopt::set_socket_send_buffer_size(&fd, 1 << 20).unwrap();
        rustix::net::connect(&fd, &SocketAddrUnix::new(socket).unwrap()).unwrap();
        Self(fd)
    }

    fn say(&self, bytes: &[u8]) -> rustix::io::Result<usize> {
        rustix::net::send(&self.0, bytes, SendFlags::NOSIGNAL)
    }

    /// The daemon's answer, and the descriptor that came with it. `None` if it has hung up.
    fn hear(&self) -> Option<(Value, Option<OwnedFd>)> {
        let mut bytes = vec![0; 64 * 1024];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut parts = [IoSliceMut::new(&mut bytes)];
        let received = rustix::net::recvmsg(&self.0, &mut parts, &mut control, RecvFlags::CMSG_CLOEXEC);
        let length = match received {
            Ok(message) => message.bytes,
            Err(rustix::io::Errno::CONNRESET) => 0,
            Err(error) => panic!("the daemon neither answers nor hangs up: {error}"),
        };
        let image = control.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
            _ => None,
        });
        (length > 0).then(|| (serde_json::from_slice(&bytes[..length]).unwrap(), image))
    }
}

fn hello(port: &str, driver: &Value) -> Vec<u8> {
    let drivers = if driver.is_null() { json!([]) } else { json!([driver]) };
    let hello = json!({ "protocol": 1, "port": port, "pid": 1, "drivers": drivers });
    serde_json::to_vec(&json!({ "hello": hello })).unwrap()
}

/// A driver as the gas controller's, with its signal and its command.
fn gas_driver() -> Value {
    let signal = json!({
        "name": "mass_flow", "label": "", "quantity": "gas_flow", "min": 0.0, "max": 15.0, "max_slew": 0.0,
        "longest_age_ns": 1_000_000_000
    });
    let command = json!({
        "name": "flow", "label": "", "quantity": "gas_flow", "min": 0.0, "max": 15.0, "pump": false
    });
    json!({
        "id": "gas", "model": "evil,gas", "version": "6.6.6", "abi": 65536, "licence": "", "description": "",
        "library": "", "hold": "unverified", "state": "running", "detail": "", "signals": [signal],
        "commands": [command], "held": []
    })
}

/// Random bytes, the same in every run.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(&mut next).flatten().take(length).collect()
}

/// All hosts but this one are what they were.
#[track_caller]
fn assert_others_good(room: &Room, lost: Option<&str>) {
    for (host, signal) in HOSTS.iter().filter(|(host, _)| lost != Some(host)) {
        let reading = room.stranger.reading(signal).unwrap();
        assert!(reading.is_good(), "{signal} of {host}: {reading:?}");
    }
}

#[test]
fn whoever_is_no_host_is_refused_with_a_reason_and_the_hosts_notice_nothing() {
    let room = Room::steady();
    let quiet = Quiet::learn(&room);
    let socket = room.console.path("hosts.sock");
    let mut nested = b"{\"hello\":".to_vec();
    nested.extend(std::iter::repeat_n(b'[', 60_000));
    let longest = "x".repeat(120_000);
    let with_id = |id: &str| {
        let mut driver = gas_driver();
        driver["id"] = json!(id);
        driver
    };
    let later_protocol = br#"{"hello":{"protocol":2,"port":"gas_line","pid":1,"drivers":[]}}"#.to_vec();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("random bytes", noise(1, 500), ""),
        ("a byte", vec![0], ""),
        ("text", b"GET / HTTP/1.1\r\n\r\n".to_vec(), ""),
        ("a number", b"1e999".to_vec(), ""),
        ("deep nesting", nested, ""),
        ("a datagram that is too long", noise(2, 400_000), ""),
        (
            "an unknown port",
            hello("elsewhere", &Value::Null),
            "port elsewhere is not in the daemon's configuration",
        ),
        ("a port's name that is none", hello("../pump_line", &Value::Null), "port"),
        ("a very long name", hello(&longest, &Value::Null), "port"),
        ("a port that has its host", hello("pump_line", &Value::Null), "port pump_line already has a host"),
        (
            "a driver of another port",
            hello("flow_line", &gas_driver()),
            "driver gas belongs to port gas_line",
        ),
        (
            "an unknown driver",
            hello("gas_line", &with_id("other")),
            "driver other is not in the daemon's configuration",
        ),
        ("another protocol", later_protocol, "protocol"),
        ("an event before the hello", b"{\"port\":{\"counters\":{},\"devices\":{}}}".to_vec(), "hello first"),
    ];
    for (what, message, reason) in cases {
        let intruder = Intruder::connect(&socket);
        // It may hang up before all of it is said.
        let _ = intruder.say(&message);
        match intruder.hear() {
            Some((answer, image)) => {
                let said = answer["refused"]["reason"].as_str().unwrap_or_else(|| panic!("{what}: {answer}"));
                assert!(said.contains(reason) && !said.is_empty() && image.is_none(), "{what}: {said}");
                let logged = until("the log says it", || {
                    let log = room.console.log(DAEMON);
                    log.lines().rev().find(|line| line.contains("host.refused")).map(str::to_owned)
                });
                assert!(logged.contains("a host was refused"), "{what}: {logged}");
                println!("{what}: {said}");
            }
            None => assert_eq!(reason, "", "{what}: hung up without a word"),
        }
        assert_others_good(&room, None);
    }
    // Those who say nothing are sent away, and do not keep the others from coming in meanwhile.
    let began = Instant::now();
    let silent: Vec<Intruder> = (0..10).map(|_| Intruder::connect(&socket)).collect();
    room.victim(HOSTS[0].0).kill();
    room.until_content();
    println!("the pump's host came in beside ten silent ones after {:?}", began.elapsed());
    silent.iter().for_each(|intruder| {
        let _ = intruder.hear();
    });
    assert!(began.elapsed() < Duration::from_secs(10), "the silent ones are sent away");
    assert_eq!(room.console.restarts(DAEMON), 0);
    quiet.assert_kept(&room);
}

#[test]
fn a_host_that_writes_random_bytes_all_over_its_image_hurts_nobody_else() {
    let room = Room::steady();
    let quiet = Quiet::learn(&room);
    let socket = room.console.path("hosts.sock");
    let (host, signal) = HOSTS[1];
    // The real host now looks for the daemon elsewhere: its port is free.
    let (here, elsewhere) =
        (socket.display().to_string(), room.console.path("nobody.sock").display().to_string());
    room.console.reconfigure(&[(&here, &elsewhere)]);
    room.victim(host).kill();
    let (intruder, image) = until("a welcome", || {
        let intruder = Intruder::connect(&socket);
        intruder.say(&hello("gas_line", &gas_driver())).unwrap();
        let (answer, image) = intruder.hear()?;
        answer["welcome"].is_object().then(|| (intruder, image.expect("the image comes with the welcome")))
    });
    let length = usize::try_from(rustix::fs::fstat(&image).unwrap().st_size).unwrap();
    assert!(rustix::fs::ftruncate(&image, 0).is_err(), "nobody can take the memory away below the daemon");
    let before = room.stranger.said().unwrap();
    let began = Instant::now();
    let mut seed = 7;
    while began.elapsed() < Duration::from_secs(3) {
        seed += 1;
        rustix::io::pwrite(&image, &noise(seed, length), 0).unwrap();
        if let Some(value) = room.stranger.reading(signal).unwrap().value {
            assert!((0.0..=15.0).contains(&value), "{value} L/min");
        }
        assert_others_good(&room, Some(host));
    }
    let after = room.stranger.said().unwrap();
    println!("{} images of noise in {} ticks", seed - 7, after.ticks - before.ticks);
    assert!(
        after.ticks > before.ticks + 200 && after.overruns <= before.overruns + 10,
        "{before:?} {after:?}"
    );
    // And a message that a host may not send ends it.
    intruder.say(&hello("gas_line", &gas_driver())).unwrap();
    assert!(intruder.hear().is_none(), "a second hello");
    room.console.reconfigure(&[(&elsewhere, &here)]);
    room.victim(host).kill();
    let said = room.until_content();
    room.assert_settings_kept(&said);
    assert_eq!(room.console.restarts(DAEMON), 0);
    quiet.assert_kept(&room);
}
