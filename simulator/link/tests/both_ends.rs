// SPDX-License-Identifier: MIT OR Apache-2.0
//! Client and server against each other.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test code

use std::os::fd::AsFd;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use ecmod_sim_link::server::{I2cServer, LineChip, LineServer, Reply, SpiPeer, SpiServer, now_ns};
use ecmod_sim_link::{
    Bias, Direction, Drive, Edge, Error, Event, I2cClient, I2cStep, Levels, LineClient, LineRequest, Name,
    Select, SpiClient, SpiStep, errno,
};

const SOON: Duration = Duration::from_secs(20);
const MOMENT: Duration = Duration::from_millis(20);

fn step(length: u16) -> SpiStep {
    SpiStep { length, sends: true, receives: true, delay_ns: 0 }
}

#[test]
fn a_transfer_brings_back_what_the_chip_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("adc.spi");
    let _server = SpiServer::start(&path, |steps: &[SpiStep], out: &[u8], back: &mut [u8]| {
        assert_eq!(steps.len(), 2);
        back.iter_mut().zip(out).for_each(|(back, out)| *back = !out);
        Reply::Done
    })
    .unwrap();
    let mut chip = SpiClient::open(&path, 1, 1_000_000, "ecmod:adc", SOON).unwrap();
    let mut back = [0; 5];
    chip.transfer(&[step(2), step(3)], &[1, 2, 3, 4, 5], &mut back, SOON).unwrap();
    assert_eq!(back, [0xFE, 0xFD, 0xFC, 0xFB, 0xFA]);
}

#[test]
fn a_second_client_learns_who_has_the_chip() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("adc.spi");
    let _server = SpiServer::start(&path, |_: &[SpiStep], _: &[u8], _: &mut [u8]| Reply::Done).unwrap();
    let first = SpiClient::open(&path, 1, 1_000_000, "ecmod:adc", SOON).unwrap();
    let error = SpiClient::open(&path, 1, 1_000_000, "other", SOON).unwrap_err();
    assert!(
        matches!(&error, Error::Refused { errno: errno::EBUSY, holder } if holder == "ecmod:adc"),
        "{error}"
    );
    drop(first);
    let freed = std::time::Instant::now() + SOON;
    while SpiClient::open(&path, 1, 1_000_000, "other", SOON).is_err() {
        assert!(std::time::Instant::now() < freed, "the chip is not let go");
    }
}

/// Does what it is told, one transaction after the other.
struct Scripted(std::sync::mpsc::Receiver<Reply>, u8);

impl SpiPeer for Scripted {
    fn open(&mut self, mode: u8, _max_hz: u32) -> Result<(), i32> {
        if mode == 1 { Ok(()) } else { Err(errno::EINVAL) }
    }

    fn transfer(&mut self, _steps: &[SpiStep], _out: &[u8], back: &mut [u8]) -> Reply {
        self.1 += 1;
        back.fill(self.1);
        self.0.recv().unwrap()
    }
}

fn scripted() -> (tempfile::TempDir, SpiServer, SpiClient, Sender<Reply>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("adc.spi");
    let (sender, receiver) = channel();
    let server = SpiServer::start(&path, Scripted(receiver, 0)).unwrap();
    let refused = SpiClient::open(&path, 3, 1_000_000, "ecmod:adc", SOON).unwrap_err();
    assert_eq!(refused.errno(), errno::EINVAL);
    let client = SpiClient::open(&path, 1, 1_000_000, "ecmod:adc", SOON).unwrap();
    (folder, server, client, sender)
}

#[test]
fn every_way_to_fail_has_its_own_error_and_the_connection_lives_on() {
    let (_folder, _server, mut client, replies) = scripted();
    let mut back = [0; 2];
    let mut go = |reply, limit| {
        replies.send(reply).unwrap();
        client.transfer(&[step(2)], &[0; 2], &mut back, limit).map(|()| back[0])
    };
    assert_eq!(go(Reply::Errno(errno::EIO), SOON).unwrap_err().errno(), errno::EIO);
    assert!(matches!(go(Reply::Short(1), SOON), Err(Error::Malformed(_))));
    assert!(matches!(go(Reply::Silent, MOMENT), Err(Error::Silent)));
    assert_eq!(go(Reply::Done, SOON).unwrap(), 4, "the fourth one");
    assert!(go(Reply::HangUp, SOON).unwrap_err().is_gone());
}

#[test]
fn a_late_answer_is_not_taken_for_the_next_one() {
    let (_folder, _server, mut client, replies) = scripted();
    let mut back = [0; 2];
    // nothing to do yet: the chip waits, the client gives up
    assert!(matches!(client.transfer(&[step(2)], &[0; 2], &mut back, MOMENT), Err(Error::Silent)));
    replies.send(Reply::Done).unwrap();
    replies.send(Reply::Done).unwrap();
    client.transfer(&[step(2)], &[0; 2], &mut back, SOON).unwrap();
    assert_eq!(back, [2, 2], "the answer to the second request");
}

#[test]
fn i2c_reads_fill_their_bytes_and_writes_keep_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("i2c");
    let _server = I2cServer::start(&path, |address: u16, _: &[I2cStep], bytes: &mut [u8]| {
        if address != 0x48 {
            return Reply::Errno(errno::ENXIO);
        }
        bytes[0] = 99;
        bytes[1..].fill(0x5A);
        Reply::Done
    })
    .unwrap();
    let mut bus = I2cClient::open(&path, "ecmod:i2c1", SOON).unwrap();
    let steps = [I2cStep { length: 1, read: false }, I2cStep { length: 2, read: true }];
    let mut bytes = [7, 0, 0];
    bus.transfer(0x48, &steps, &mut bytes, SOON).unwrap();
    assert_eq!(bytes, [7, 0x5A, 0x5A]);
    assert_eq!(bus.transfer(0x49, &steps, &mut bytes, SOON).unwrap_err().errno(), errno::ENXIO);
}

fn input(name: &str, edge: Edge) -> LineRequest {
    LineRequest {
        select: Select::Name(Name::new(name).unwrap()),
        direction: Direction::Input { edge, debounce_us: 0 },
        bias: Bias::AsIs,
        active_low: false,
    }
}

fn output(offset: u32, initial: Option<bool>) -> LineRequest {
    let direction = Direction::Output { initial, drive: Drive::PushPull };
    LineRequest { select: Select::Offset(offset), direction, bias: Bias::AsIs, active_low: true }
}

fn lines() -> (tempfile::TempDir, LineServer) {
    let folder = tempfile::tempdir().unwrap();
    let server =
        LineServer::start(&folder.path().join("lines"), LineChip::new(&["DRDY", "LAMP", "KEY"])).unwrap();
    (folder, server)
}

fn next(client: &mut LineClient) -> Event {
    loop {
        if let Some(event) = client.event().unwrap() {
            return event;
        }
        let mut fds = [rustix::event::PollFd::new(&*client, rustix::event::PollFlags::IN)];
        let limit = rustix::event::Timespec { tv_sec: 20, tv_nsec: 0 };
        assert_eq!(rustix::event::poll(&mut fds, Some(&limit)).unwrap(), 1, "no edge");
    }
}

#[test]
fn edges_arrive_with_their_time_and_a_number_without_gaps() {
    let (folder, server) = lines();
    let requests = [output(1, Some(true)), input("DRDY", Edge::Falling)];
    let mut client = LineClient::open(&folder.path().join("lines"), "ecmod:adc", &requests, SOON).unwrap();
    assert!(client.as_fd().try_clone_to_owned().is_ok());
    assert_eq!(server.level("LAMP"), Some(false), "active low");
    let begun = now_ns();
    for _ in 0..3 {
        server.drive("DRDY", true);
        server.drive("DRDY", false);
    }
    for count in 1..=3 {
        let event = next(&mut client);
        assert_eq!((event.line, event.rising, event.sequence), (1, false, count));
        assert!((begun..=now_ns()).contains(&event.t_ns));
    }
    client.set(Levels::default().with(0, false), SOON, |_| ()).unwrap();
    assert_eq!(server.level("LAMP"), Some(true));
    assert_eq!(client.get(SOON, |_| ()).unwrap(), Levels::default().with(0, false).with(1, false));
    let error = client.set(Levels::default().with(1, false), SOON, |_| ()).unwrap_err();
    assert_eq!(error.errno(), errno::EPERM);
}

#[test]
fn a_held_line_names_its_holder_and_is_free_when_the_client_goes() {
    let (folder, server) = lines();
    let path = folder.path().join("lines");
    let client = LineClient::open(&path, "ecmod:panel", &[input("KEY", Edge::Both)], SOON).unwrap();
    let error = LineClient::open(&path, "other", &[output(2, None)], SOON).unwrap_err();
    assert!(error.to_string().contains("held by ecmod:panel"), "{error}");
    drop(client);
    assert!(server.wait_held("KEY", false, SOON));
    server.with(|chip| chip.occupy(2, Some("gpio-keys")));
    let error = LineClient::open(&path, "other", &[output(2, None)], SOON).unwrap_err();
    assert!(error.to_string().contains("held by gpio-keys"), "{error}");
    let error = LineClient::open(&path, "other", &[input("NONE", Edge::None)], SOON).unwrap_err();
    assert_eq!(error.errno(), errno::ENOENT);
}

#[test]
fn edges_that_nobody_fetches_are_lost_and_the_gap_shows_it() {
    let (folder, server) = lines();
    let path = folder.path().join("lines");
    let mut client = LineClient::open(&path, "ecmod:panel", &[input("KEY", Edge::Both)], SOON).unwrap();
    for at in 0..100_000 {
        server.drive("KEY", at % 2 == 0);
    }
    let mut last = 0;
    while let Some(event) = client.event().unwrap() {
        assert_eq!(event.sequence, last + 1, "what was kept is the oldest");
        last = event.sequence;
    }
    assert!((1..100_000).contains(&last));
    server.drive("KEY", true);
    assert_eq!(next(&mut client).sequence, 100_001, "the gap");
}

#[test]
fn a_level_counts_when_it_has_lasted_the_debounce_time() {
    let mut chip = LineChip::new(&["KEY"]);
    let who = ecmod_sim_link::server::Client(1);
    let mut request = input("KEY", Edge::Both);
    request.direction = Direction::Input { edge: Edge::Both, debounce_us: 10 };
    chip.request(who, Name::default(), &[request]).unwrap();
    chip.drive(0, true, 1_000);
    chip.drive(0, false, 2_000);
    chip.drive(0, true, 3_000);
    assert_eq!((chip.notice(), chip.next_change()), (None, Some(13_000)));
    assert_eq!(chip.get(who).of(0), Some(false), "not yet");
    chip.settle(13_000);
    let event = chip.notice().unwrap().event;
    assert_eq!((event.rising, event.t_ns, event.sequence), (true, 13_000, 1));
    assert_eq!((chip.notice(), chip.get(who).of(0)), (None, Some(true)));
}
