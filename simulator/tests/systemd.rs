// SPDX-License-Identifier: MIT OR Apache-2.0
//! Socket activation as `ecmod-hosts.socket` does it: the socket outlives the daemon, so a host that comes while there is
//! no daemon waits in its queue and needs no second try. The activator here is the test.
#![cfg(test)] // helpers between the tests are test code too

mod support;

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, listen, socket_with};
use rustix::process::Signal;
use std::os::fd::OwnedFd;
use support::{Bare, Process, binary, until};

/// A port whose device never answers: the host and the daemon meet all the same.
const CONFIGURATION: &str = r#"
[control]
pump = "rotaflow_like"
[ports.line]
kind = "modbus-tcp"
address = "127.0.0.1:1"
[drivers.table]
driver = "modbus-map"
port = "line"
[drivers.table.config]
unit = 1
signals = [{ name = "tenths", quantity = "pressure", table = "input", address = 0, type = "i16", minimum = -500, maximum = 500 }]
[signals.venous_pressure]
sources = ["table.tenths"]
"#;

/// What systemd makes of `ListenSequentialPacket=`.
fn listening(bare: &Bare) -> OwnedFd {
    let listener =
        socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).unwrap();
    bind(&listener, &SocketAddrUnix::new(bare.path("hosts.sock")).unwrap()).unwrap();
    listen(&listener, 16).unwrap();
    listener
}

/// The daemon with the socket as its descriptor 3, named as systemd names it.
fn activated(bare: &Bare, listener: &OwnedFd) -> Process {
    let script = "exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" --config \"$1\"";
    let arguments =
        ["-c".into(), script.into(), binary("ecmod").into_os_string(), bare.config().into_os_string()];
    Process::start("sh", arguments, &[], &bare.path("ecmod.log"), Some(listener.try_clone().unwrap()))
}

/// Waits for the port's host, which has never been turned away.
fn assert_connected(bare: &Bare, host: &Process) {
    until("the host is connected", || {
        (bare.entry("ports", "name", "line")?["state"] == "connected").then_some(())
    });
    let said = host.log();
    // of the link to the daemon; what the port is connected to is refused on purpose
    let turned_away = said
        .lines()
        .filter(|line| line.contains("ecmod_host::link"))
        .any(|line| ["No such file", "refused"].iter().any(|words| line.contains(words)));
    assert!(!turned_away, "{said}");
}

#[test]
fn a_host_waits_in_the_sockets_queue_while_there_is_no_daemon() {
    let bare = Bare::new();
    bare.configure(CONFIGURATION);
    let listener = listening(&bare);
    let mut host = bare.host("line");
    // It is in the queue when the listener has something to accept.
    until("the host is in the queue", || {
        let mut events = [rustix::event::PollFd::new(&listener, rustix::event::PollFlags::IN)];
        let instant = rustix::time::Timespec { tv_sec: 0, tv_nsec: 0 };
        (rustix::event::poll(&mut events, Some(&instant)) == Ok(1)).then_some(())
    });

    let daemon = activated(&bare, &listener);
    assert_connected(&bare, &host);

    daemon.signal(Signal::KILL);
    drop(daemon);
    let mut second = activated(&bare, &listener);
    assert_connected(&bare, &host);

    second.signal(Signal::TERM);
    until("the daemon ends by itself", || (!second.runs()).then_some(()));
    assert!(bare.path("hosts.sock").exists(), "the socket is systemd's: the daemon leaves it");
    let _third = activated(&bare, &listener);
    assert_connected(&bare, &host);
    assert!(host.runs());
}
